"""A time that was given back: who on the waiting list it would suit is told of."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from hmsdesk.controllers.staff import STAFF
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work
from hmsdesk.models.row import Row
from hmsdesk.models.waiting_list import OPEN, WaitingEntry, wants
from hmsdesk.security.permissions import READ

WAITING_LIST = WaitingEntry.collection()
SLOT_FREED = "slot freed"


def is_for(entry: Row, doctor: Row) -> bool:
    """Whether somebody who waits would go to a doctor (a member of staff)."""
    if entry.get("practitioner"):
        return bool(entry["practitioner"] == doctor["_id"])
    return not entry.get("department") or entry["department"] == doctor.get("department")


def announce_freed(session: Session, work: Work, practitioner: ObjectId, start: datetime, purpose: str) -> None:
    """Leave news of each entry of the waiting list that a freed time suits; of a time that is over nobody is told."""
    if start <= work.at or not session.may(WAITING_LIST, READ):
        return
    doctor = work.find(STAFF.resource, {"_id": practitioner}) or {"_id": practitioner}
    for entry in work.find_all(WAITING_LIST, {"status": {"$in": list(OPEN)}, "purpose": purpose}):
        if is_for(entry, doctor) and wants(entry, start, session.locale):
            work.announce(WAITING_LIST, entry["_id"], SLOT_FREED)
