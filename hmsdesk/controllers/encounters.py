"""Visits: beginning one, what was done in it, closing it with all that follows, and taking that back the same day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers import references
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.charges import take_back
from hmsdesk.controllers.encounter_notes import ADDENDA, CLOSED, NOTES
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.staff import member
from hmsdesk.controllers.visit_charges import charge_visit, usual_services
from hmsdesk.controllers.visit_list import VisitList
from hmsdesk.database.audit import Event
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, write
from hmsdesk.errors import Conflict, NotFound, UserError
from hmsdesk.models.appointments import APPROVED, CHECKED_IN, COMPLETED, IN_CONSULTATION, STATUSES, WITH_NURSE
from hmsdesk.models.booking import whole_day
from hmsdesk.models.declaration import checked
from hmsdesk.models.encounter_notes import EncounterNote, is_empty
from hmsdesk.models.encounters import FINISHED, IN_PROGRESS, MISTAKEN, DoneService, Encounter, id_without_appointment
from hmsdesk.models.patient_health import visit_marks
from hmsdesk.models.row import Row
from hmsdesk.models.staff import DOCTOR
from hmsdesk.models.times import clock
from hmsdesk.security.permissions import CREATE, READ, UPDATE

_TRIES = 8
_MOST = 100
_PRESENT, _WORDS = (CHECKED_IN, WITH_NURSE, IN_CONSULTATION), dict(STATUSES)
TRY_AGAIN = UserError("Somebody else was changing this visit.", "Nothing was done. Please try again.")


class StillOpen(UserError):
    """A visit of this patient that has no appointment is open, and gone on with before another one is begun."""

    def __init__(self, visit: Row, since: str) -> None:
        title = f"Your visit of this patient is open since {since}."
        super().__init__(title, "It has no appointment. Close it before another one is begun.")
        self.encounter: ObjectId = visit["_id"]


@dataclass(frozen=True)
class Visit:
    """One visit as its page shows it. appointment: None for who came without one."""

    encounter: Row
    note: Row
    appointment: Row | None = None
    addenda: list[Row] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether its note can still be written."""
        return bool(self.encounter["status"] == IN_PROGRESS)


@dataclass(frozen=True)
class Doing:
    """A service that was done, as it is entered: the price is the practice's, not what anybody types."""

    service: ObjectId | None
    quantity: int = 1
    waived: str = ""


class Encounters(VisitList):
    """Keeping visits."""

    # Beginning

    def begin(self, session: Session, appointment: ObjectId, operation: str) -> Row:
        """Begin the visit of an appointment, or go on with it: the patient is in consultation from then on.

        However many windows begin it at once, there is one. Raises UserError for who isn't checked in or no doctor,
        StillOpen where the doctor has a visit of this patient open that was begun without an appointment (two would
        be written and charged side by side), NotAllowed, NotFound, Unreachable.
        """
        return self._begin_booked(session, appointment, operation, _PRESENT)

    def _begin_booked(self, session: Session, appointment: ObjectId, operation: str, here: Sequence[str]) -> Row:
        """here: the statuses of an appointment whose patient is taken to be here."""
        session.require(self.resource, CREATE)
        _require_doctor(session)
        for _ in range(_TRIES):
            booked = APPOINTMENTS.get(session, appointment)
            visit = self._found(session, appointment)
            is_begun = visit is not None and visit["status"] != MISTAKEN
            if is_begun and booked["status"] not in (CHECKED_IN, WITH_NURSE):
                break
            if not is_begun and booked["status"] not in (*here, COMPLETED):
                raise UserError(
                    f"This appointment is {_WORDS[booked['status']].lower()}.", "Check the patient in first."
                )
            if not is_begun:
                self._require_none_open(session, booked["patient"])
            services = usual_services(session, session.identity.member)
            try:
                write(session, operation, partial(self._begin, session, booked, visit, services))
            except Repeated:
                break
            except (Conflict, Taken):
                # Another window was faster; what it began is gone on with.
                continue
        return self.get(session, appointment)

    def begin_for(self, session: Session, patient: ObjectId, operation: str) -> Row:
        """Begin the visit of a patient who is in the room.

        A visit without appointment that is open since today is gone on with. Otherwise today's appointment with this
        doctor is theirs: one that nobody checked in is checked in by it, or the patient would still be waited for
        at reception. Raises what `begin` raises.
        """
        session.require(self.resource, CREATE)
        _require_doctor(session)
        for _ in range(_TRIES):
            before = self._unbooked_today(session, patient)
            going_on = next((row for row in before if row["status"] == IN_PROGRESS), None)
            if going_on is not None:
                return self.get(session, going_on["_id"])
            booked = self._booked_today(session, patient)
            if booked is not None:
                return self._begin_booked(session, booked, operation, (*_PRESENT, APPROVED))
            day = session.locale.local(session.now()).date().isoformat()
            visit = id_without_appointment(patient, session.identity.member, day, len(before) + 1)
            services = usual_services(session, session.identity.member)
            try:
                write(session, operation, partial(self._begin_unbooked, session, visit, patient, services))
            except Repeated:
                pass
            except Taken:
                continue
            return self.get(session, visit)
        raise TRY_AGAIN

    # Reading

    def open(self, session: Session, encounter: ObjectId) -> Visit:
        """A visit with what was written, once its opening is in the trail. Raises NotFound, NotAllowed, Unreachable."""
        session.require(NOTES.resource, READ)
        opening = Event("open visit", NOTES.resource, encounter)
        write(session, uuid4().hex, lambda work: work.note(opening))
        return self.look_again(session, encounter)

    def look_again(self, session: Session, encounter: ObjectId) -> Visit:
        """A visit that is open already, as it stands now. Raises NotFound, NotAllowed, Unreachable."""
        row = self.get(session, encounter)
        booked = APPOINTMENTS.get(session, row["appointment"]) if "appointment" in row else None
        return Visit(row, NOTES.get(session, encounter), booked, ADDENDA.of(session, encounter))

    def of_patient(self, session: Session, patient: ObjectId) -> list[tuple[Row, Row]]:
        """A patient's visits with their notes, the newest first. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            asked = {"patient": patient, "status": {"$ne": MISTAKEN}}
            visits = list(collection.find(asked).sort([("started_at", -1), ("_id", -1)]).limit(_MOST))
        self.add_titles(session, visits)
        with session.reading(NOTES.resource) as collection:
            notes = {row["_id"]: row for row in collection.find({"_id": {"$in": [row["_id"] for row in visits]}})}
        return [(row, notes.get(row["_id"], {})) for row in visits]

    def open_visits(self, session: Session) -> list[Row]:
        """The visits this doctor hasn't closed yet, the oldest first. Raises NotAllowed, Unreachable."""
        mine = {"practitioner": session.identity.member, "status": IN_PROGRESS}
        with session.reading(self.resource) as collection:
            rows = list(collection.find(mine).sort([("started_at", 1)]).limit(_MOST))
        self.add_titles(session, rows)
        return rows

    # What was done

    def set_services(
        self, session: Session, encounter: ObjectId, version: int, doing: Sequence[Doing], operation: str
    ) -> Row:
        """Enter what was done in an open visit, each service at the price that it has now, or had when entered.

        Raises Conflict, InvalidInput, UserError for a closed visit, NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, UPDATE)
        visit = self._read(session, encounter)
        if visit["status"] != IN_PROGRESS:
            raise CLOSED
        done = {"services": [self._priced(session, visit, one) for one in doing]}
        return self.change(session, encounter, version, done, operation)

    def _priced(self, session: Session, visit: Row, doing: Doing) -> Row:
        entered = {"quantity": doing.quantity, "waived": doing.waived}
        asked = checked("service", DoneService.service, doing.service, session.locale)
        known = (*visit.get("services", []), *usual_services(session, visit["practitioner"]))
        for line in (line for line in known if line.get("service") == asked):
            return {name: line[name] for name in ("service", "label", "price") if name in line} | entered
        with session.reading("services") as services:
            service = services.find_one({"_id": asked, "active": {"$ne": False}})
        if service is not None:
            return {"service": service["_id"], "label": service["name"], "price": service["price"]} | entered
        raise UserError("This service is not offered any more.", "Choose another one.")

    # Closing

    def close(
        self, session: Session, encounter: ObjectId, version: int, written: Mapping[str, Any], operation: str
    ) -> Row:
        """Close a visit with what was written: its note, the visit, its appointment and its charges in one step.

        version: that of the note. Raises InvalidInput where nothing is written or a diagnosis is empty, Conflict with
        the note as it stands now, UserError, NotAllowed, NotFound, Unreachable.
        """
        session.require(NOTES.resource, UPDATE)
        update = NOTES.to_close(session, NOTES.read(session, encounter), written)
        try:
            write(session, operation, partial(self._close, session, encounter, version, update))
        except Repeated:
            pass
        except Conflict:
            note = NOTES.get(session, encounter)
            if "closed_at" in note:
                raise CLOSED from None
            raise Conflict("Somebody else changed this meanwhile.", "Compare the two.", note) from None
        return self.get(session, encounter)

    def may_reopen(self, session: Session, visit: Row) -> bool:
        """Whether this person may open a closed visit again: its own doctor, until the day ends."""
        today = session.locale.local(session.now()).date()
        return (
            visit["status"] == FINISHED
            and visit["practitioner"] == session.identity.member
            and session.may(NOTES.resource, UPDATE)
            and session.locale.local(visit["ended_at"]).date() == today
        )

    def reopen(self, session: Session, encounter: ObjectId, operation: str) -> Row:
        """Open a visit again that was closed today: its charges are taken back, its note can be written.

        Raises UserError for another doctor's, an earlier day's, or one that is on a bill, NotAllowed, NotFound,
        Unreachable.
        """
        session.require(NOTES.resource, UPDATE)
        visit = self._read(session, encounter)
        if visit["status"] == FINISHED and not self.may_reopen(session, visit):
            raise UserError(
                "This visit can't be opened again.", "Only its doctor may, on the same day. Add an addendum."
            )
        # Where another window has opened it again, or this very operation, it is open all the same.
        with suppress(Repeated, Conflict):
            write(session, operation, partial(self._reopen, session, visit))
        return self.get(session, encounter)

    def discard(self, session: Session, encounter: ObjectId, operation: str) -> Row:
        """Take back a visit that was begun by mistake and in which nothing is written; its patient waits again.

        Raises UserError for another doctor's, and where something is written, NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, UPDATE)
        with suppress(Repeated):
            write(session, operation, partial(self._discard, session, encounter))
        return self.get(session, encounter)

    # Inside the transactions

    def _begin(self, session: Session, booked: Row, visit: Row | None, services: list[Row], work: Work) -> None:
        if visit is None:
            self._insert(session, work, booked["_id"], booked["patient"], services, {"appointment": booked["_id"]})
        elif visit["status"] == MISTAKEN:
            self._begin_after_all(session, work, visit)
        if booked["status"] == APPROVED:
            booked = APPOINTMENTS.step(session, work, booked, CHECKED_IN)
        if booked["status"] in (CHECKED_IN, WITH_NURSE):
            APPOINTMENTS.step(session, work, booked, IN_CONSULTATION)
        OBSERVATIONS.take_over(work, booked, self._unclaimed_since(session, work, booked["patient"]))

    def _unclaimed_since(self, session: Session, work: Work, patient: ObjectId) -> datetime:
        """Today's vital signs from then on belong to no visit: one without appointment has those before its end."""
        day = whole_day(session.locale.local(work.at).date(), session.locale)
        ended = work.find_all(self.resource, {"patient": patient, "status": FINISHED, "ended_at": {"$gte": day.start}})
        ends: list[datetime] = [visit["ended_at"] for visit in ended if "appointment" not in visit]
        return max([day.start, *ends])

    def _begin_unbooked(
        self, session: Session, visit: ObjectId, patient: ObjectId, services: list[Row], work: Work
    ) -> None:
        self._insert(session, work, visit, patient, services, {})
        marks = visit_marks(session.locale.local(work.at).date())
        work.commute("patient_health", patient, {"$addToSet": {"find.visit_days": {"$each": marks}}}, "visit")

    def _insert(
        self, session: Session, work: Work, visit: ObjectId, patient: ObjectId, services: list[Row], more: Row
    ) -> None:
        values = {"patient": patient, "practitioner": session.identity.member, "started_at": work.at, **more}
        built = Encounter.build(values | {"status": IN_PROGRESS, "services": services}, session.locale)
        find = Encounter.derived(built | references.titles(session, Encounter, built))
        work.insert(self.resource, {"_id": visit} | built | {"find": find}, "begin visit")
        note = EncounterNote.build({}, session.locale)
        note["find"] |= {"started_at": work.at}
        work.insert(NOTES.resource, {"_id": visit, "patient": patient} | note, "begin visit")

    def _close(self, session: Session, encounter: ObjectId, version: int, update: Row, work: Work) -> None:
        visit, note = _both(work, encounter)
        if visit["status"] != IN_PROGRESS or note["version"] != version:
            raise Conflict("Somebody else changed this meanwhile.", "Compare the two.", note)
        work.change(NOTES.resource, note, update | {"closed_at": work.at}, "close visit")
        closed = work.change(self.resource, visit, {"status": FINISHED, "ended_at": work.at}, "close visit")
        booked = work.find(APPOINTMENTS.resource, {"_id": visit["appointment"]}) if "appointment" in visit else None
        if booked is not None and booked["status"] in (CHECKED_IN, WITH_NURSE):
            booked = APPOINTMENTS.step(session, work, booked, IN_CONSULTATION)
        if booked is not None and booked["status"] == IN_CONSULTATION:
            APPOINTMENTS.step(session, work, booked, COMPLETED)
        else:
            charged = closed["patient"], closed["practitioner"], closed.get("services", [])
            charge_visit(session, work, encounter, *charged)

    def _discard(self, session: Session, encounter: ObjectId, work: Work) -> None:
        visit, note = _both(work, encounter)
        if visit["status"] == MISTAKEN:
            return
        if visit["status"] != IN_PROGRESS:
            raise CLOSED
        if visit["practitioner"] != session.identity.member:
            raise UserError("This visit can't be taken back.", "Only the doctor who began it may.")
        of_visit = {"patient": visit["patient"], "encounter": encounter}
        if not is_empty(note) or work.find("prescriptions", of_visit) or work.find("documents", of_visit):
            raise UserError("Something belongs to this visit.", "Write down why the patient came, and close it.")
        work.change(NOTES.resource, note, {"closed_at": work.at}, "discard visit")
        work.change(self.resource, visit, {"status": MISTAKEN, "ended_at": work.at}, "discard visit")
        booked = work.find(APPOINTMENTS.resource, {"_id": visit["appointment"]}) if "appointment" in visit else None
        if booked is not None and booked["status"] == IN_CONSULTATION:
            APPOINTMENTS.step(session, work, booked, CHECKED_IN)

    def _begin_after_all(self, session: Session, work: Work, visit: Row) -> None:
        _, note = _both(work, visit["_id"])
        begun = {"status": IN_PROGRESS, "started_at": work.at, "ended_at": None}
        work.change(self.resource, visit, begun | {"practitioner": session.identity.member}, "begin visit")
        find = note["find"] | {"started_at": work.at}
        work.change(NOTES.resource, note, {"closed_at": None, "find": find}, "begin visit")

    def _reopen(self, session: Session, visit: Row, work: Work) -> None:
        _, note = _both(work, visit["_id"])
        if visit["status"] != FINISHED:
            raise Conflict("This visit is open.", "", visit)
        work.change(self.resource, visit, {"status": IN_PROGRESS, "ended_at": None}, "reopen visit")
        work.change(NOTES.resource, note, {"closed_at": None}, "reopen visit")
        booked = work.find(APPOINTMENTS.resource, {"_id": visit["appointment"]}) if "appointment" in visit else None
        if booked is None:
            take_back(work, visit["_id"])
        elif booked["status"] == COMPLETED:
            APPOINTMENTS.step(session, work, booked, IN_CONSULTATION)

    # What is asked of the server

    def _found(self, session: Session, encounter: ObjectId) -> Row | None:
        with session.reading(self.resource) as collection:
            row: Row | None = collection.find_one({"_id": encounter})
        return row

    def _booked_today(self, session: Session, patient: ObjectId) -> ObjectId | None:
        """A patient's appointment of today with this doctor, one for which they are here before one to come."""
        day = whole_day(session.locale.local(session.now()).date(), session.locale)
        asked: Row = {"patient": patient, "practitioner": session.identity.member}
        asked |= {"start": {"$gte": day.start, "$lt": day.end}, "status": {"$in": [*_PRESENT, APPROVED]}}
        with session.reading(APPOINTMENTS.resource) as collection:
            rows = list(collection.find(asked, ["_id", "status"]).sort([("start", 1)]))
        return next((row["_id"] for row in sorted(rows, key=lambda row: row["status"] == APPROVED)), None)

    def _require_none_open(self, session: Session, patient: ObjectId) -> None:
        """Raises StillOpen where a visit without appointment is open."""
        for row in self._unbooked_today(session, patient):
            if row["status"] == IN_PROGRESS:
                raise StillOpen(row, clock(row["started_at"], session.locale))

    def _unbooked_today(self, session: Session, patient: ObjectId) -> list[Row]:
        day = whole_day(session.locale.local(session.now()).date(), session.locale)
        asked = {"patient": patient, "practitioner": session.identity.member, "appointment": {"$exists": False}}
        with session.reading(self.resource) as collection:
            return list(collection.find(asked | {"started_at": {"$gte": day.start, "$lt": day.end}}))


def _both(work: Work, encounter: ObjectId) -> tuple[Row, Row]:
    """A visit and its note, as the transaction sees them. Raises NotFound."""
    visit, note = work.find(Encounter.collection(), {"_id": encounter}), work.find(NOTES.resource, {"_id": encounter})
    if visit is None or note is None:
        raise NotFound("This visit is not here.", "It may have been removed meanwhile.")
    return visit, note


def _require_doctor(session: Session) -> None:
    """Raises UserError for whoever isn't a doctor of this practice."""
    doctor = member(session, session.identity.member)
    if doctor is None or doctor["profession"] != DOCTOR:
        raise UserError("You are not entered as a doctor.", "An administrator adds you to the members of staff.")


ENCOUNTERS = Encounters(Encounter)
