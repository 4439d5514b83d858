"""The waiting list's part in booking: whom a freed time would suit is told of, and who is booked waits no more."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from hmsdesk.controllers.diaries import opening
from hmsdesk.controllers.staff import STAFF
from hmsdesk.database.questions import Answers, Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.models.waiting_list import BOOKED, OPEN, WaitingEntry, wants
from hmsdesk.security.permissions import READ, UPDATE

WAITING_LIST = WaitingEntry.collection()
SLOT_FREED = "slot freed"


def is_for(entry: Row, doctor: Row) -> bool:
    """Whether somebody who waits would go to a doctor (a member of staff)."""
    if entry.get("practitioner"):
        return bool(entry["practitioner"] == doctor["_id"])
    return not entry.get("department") or entry["department"] == doctor.get("department")


def announce_freed(session: Session, work: Work, practitioner: ObjectId, start: datetime, purpose: str) -> None:
    """Leave news of each entry of the waiting list that a freed time suits; of a time that is over, that isn't for
    patients, or at which the doctor doesn't receive any more, nobody is told.
    """
    if start <= work.at or purpose != FOR_PATIENTS or not session.may(WAITING_LIST, READ):
        return
    if not _receives(session, practitioner, start):
        return
    doctor = work.find(STAFF.resource, {"_id": practitioner}) or {"_id": practitioner}
    for entry in work.find_all(WAITING_LIST, {"status": {"$in": list(OPEN)}}):
        if is_for(entry, doctor) and wants(entry, start, session.locale):
            work.announce(WAITING_LIST, entry["_id"], SLOT_FREED)


def _receives(session: Session, practitioner: ObjectId, start: datetime) -> bool:
    day = session.locale.local(start).date()
    diary = opening(session, [practitioner], day, day)[practitioner]
    return any(span.holds(start, diary.minutes) for span in diary.spans(day, FOR_PATIENTS))


def waits(session: Session, patient: ObjectId, purpose: str) -> dict[str, Question]:
    """What `leave_list` is to know, as a question that can be asked together with others."""
    if purpose != FOR_PATIENTS or not session.may(WAITING_LIST, UPDATE):
        return {}
    where = {"patient": patient, "status": {"$in": list(OPEN)}}
    return {WAITING_LIST: Question(WAITING_LIST, where, order=(("_id", 1),))}


def leave_list(session: Session, work: Work, booked: Row, found: Answers | None = None) -> None:
    """Who was booked a time that they waited for is off the list with it; who waits for another doctor or an earlier
    day waits on. found: the answers to `waits`, where that was asked already.
    """
    if found is None:
        found = work.answers(waits(session, booked["patient"], booked["purpose"]))
    waiting = found.get(WAITING_LIST)
    if not waiting:
        return
    doctor = work.find(STAFF.resource, {"_id": booked["practitioner"]}) or {"_id": booked["practitioner"]}
    for entry in waiting:
        if is_for(entry, doctor) and wants(entry, booked["start"], session.locale):
            mark(session, work, entry, BOOKED, booked["_id"])


def mark(session: Session, work: Work, entry: Row, status: str, appointment: ObjectId | None = None) -> None:
    """Give an entry of the list another status, stamped. appointment: what it was booked as."""
    stamps = [*entry.get("stamps", []), stamp(session, work, status)]
    changes = {"status": status, "stamps": stamps, "appointment": appointment}
    work.change(WAITING_LIST, entry, changes, status)


def stamp(session: Session, work: Work, status: str) -> Row:
    """Who gave an entry a status when."""
    return {"status": status, "at": work.at, "by": session.identity.person}
