"""The waiting list: who waits for a time, which free times would suit, and booking one of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.booking import insert_booked, while_taken
from hmsdesk.controllers.days import add_patient_facts
from hmsdesk.controllers.diaries import Offer, diaries
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.staff import doctors
from hmsdesk.controllers.waiting_entries import is_for, leave_list, mark, stamp
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.appointments import APPROVED, CANCELLED, Appointment
from hmsdesk.models.booking import Diary
from hmsdesk.models.declaration import checked
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.models.waiting_list import (
    BOOKED,
    OFFERED,
    OPEN,
    STATUSES,
    TAKEN_OFF,
    URGENT,
    WAITING,
    WaitingEntry,
    wants,
    wants_day,
)
from hmsdesk.security.permissions import CREATE, READ, UPDATE

_FOLLOWS = {WAITING: (OFFERED, TAKEN_OFF), OFFERED: (WAITING, TAKEN_OFF), TAKEN_OFF: OPEN, BOOKED: ()}
_WORDS = dict(STATUSES)
_MOST = 500
_OFFERED = 3
# So far ahead free times are looked for.
DAYS_AHEAD = 14


class WaitingList(Keeping):
    """Keeping who waits. What is done with an entry is stamped."""

    def create(self, session: Session, values: Mapping[str, object], operation: str) -> Row:
        """Put somebody on the list. Raises InvalidInput, NotAllowed, Unreachable."""
        session.require(self.resource, CREATE)
        built = self.built(session, values)

        def work(work: Work) -> Row:
            self._require_new(work, built, record_id(operation))
            return work.insert(
                self.resource, built | {"status": WAITING, "stamps": [stamp(session, work, WAITING)]}, "put on list"
            )

        with suppress(Repeated):
            write(session, operation, work)
        return self.get(session, record_id(operation))

    def _require_new(self, work: Work, built: Row, entry: ObjectId) -> None:
        """Raises InvalidInput where the patient waits for the same already; entry: the id that this one will have."""
        same = {name: built.get(name) for name in ("patient", "practitioner", "department")}
        if work.find(self.resource, same | {"status": {"$in": list(OPEN)}, "_id": {"$ne": entry}}):
            raise InvalidInput({"patient": "This patient is on the waiting list already."})

    def open_entries(self, session: Session) -> list[Row]:
        """Who waits, the urgent first and then the longest, with names, `patient:` facts and telephones.

        Raises NotAllowed, Unreachable.
        """
        with session.reading(self.resource) as collection:
            found = collection.find({"status": {"$in": list(OPEN)}}).sort([("created_at", 1), ("_id", 1)])
            rows = list(found.limit(_MOST))
        self.add_titles(session, rows)
        add_patient_facts(session, rows)
        return sorted(rows, key=lambda row: row["priority"] != URGENT)

    def waits_for(self, session: Session, patient: ObjectId) -> list[Row]:
        """What one patient waits for, the longest first; nothing for whom may not know. Raises Unreachable."""
        if not session.may(self.resource, READ):
            return []
        with session.reading(self.resource) as collection:
            asked = {"status": {"$in": list(OPEN)}, "patient": patient}
            rows = list(collection.find(asked).sort([("created_at", 1), ("_id", 1)]).limit(_MOST))
        self.add_titles(session, rows)
        return rows

    def number_open(self, session: Session) -> int:
        """How many wait. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            return int(collection.count_documents({"status": {"$in": list(OPEN)}}))

    def fits(self, session: Session, entries: list[Row]) -> dict[ObjectId, list[Offer]]:
        """For each entry the first free times of the next two weeks that suit. Raises NotAllowed, Unreachable."""
        session.require(self.resource, READ)
        today = session.locale.local(session.now()).date()
        days = [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
        among = {row["_id"]: row for row in doctors(session)}
        wanted = [doctor for doctor, row in among.items() if any(is_for(entry, row) for entry in entries)]
        if not wanted:
            return {entry["_id"]: [] for entry in entries}
        free = _Free(session, diaries(session, wanted, days[0], days[-1]))
        return {
            entry["_id"]: _first_of(session, entry, [among[one] for one in wanted], days, free) for entry in entries
        }

    def set_status(self, session: Session, entry: Row, status: str, operation: str) -> Row:
        """Offered, waiting again, or taken off; stamped. Raises InvalidInput, Conflict, NotAllowed, Unreachable."""
        session.require(self.resource, UPDATE)
        checked("status", WaitingEntry.status, status, session.locale)
        if status not in _FOLLOWS[entry["status"]]:
            before, after = (str(_WORDS.get(one, one)).lower() for one in (entry["status"], status))
            raise InvalidInput({"status": f"An entry that is {before} can't become {after}."})
        with suppress(Repeated):
            write(session, operation, lambda work: mark(session, work, entry, status))
        return self.get(session, entry["_id"])

    def book(self, session: Session, entry: Row, start: datetime, practitioner: ObjectId, operation: str) -> Row:
        """Book a time for an entry, which is off the list with it. Returns the appointment.

        Of two who take the same entry or the same time one is told: Conflict, or Refusal. Raises InvalidInput,
        NotAllowed, Unreachable besides.
        """
        session.require(APPOINTMENTS.resource, CREATE)
        session.require(self.resource, UPDATE)
        if entry["status"] not in OPEN:
            raise InvalidInput({"status": "It isn't on the waiting list any more."})
        asked = {"patient": entry["patient"], "reason": entry.get("note", ""), "purpose": FOR_PATIENTS}
        at = checked("start", Appointment.start, start, session.locale)
        doctor = checked("practitioner", Appointment.practitioner, practitioner, session.locale)
        if at is None or doctor is None:
            raise InvalidInput({"start": "Choose a time first."})

        def work(work: Work) -> None:
            place = APPOINTMENTS.place(session, work, entry["patient"], doctor, at, FOR_PATIENTS)
            where = {"start": place.start, "practitioner": doctor, "minutes": place.minutes, "status": APPROVED}
            row = insert_booked(session, work, Appointment.build(asked | where, session.locale), place, "")
            mark(session, work, entry, BOOKED, row["_id"])
            leave_list(session, work, row)

        done = record_id(operation)
        while_taken(lambda: write(session, operation, work), lambda: APPOINTMENTS.is_there(session, done))
        return APPOINTMENTS.get(session, done)

    def left_with(self, session: Session, appointment: ObjectId) -> list[Row]:
        """The entries that are off the list with an appointment. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            return list(collection.find({"appointment": appointment, "status": BOOKED}))

    def take_back(self, session: Session, appointment: Row, operation: str) -> Row:
        """Undo a booking: the time is given back, and whoever left the list with it waits again.

        Raises InvalidInput where the patient has come meanwhile, Conflict, NotAllowed, Unreachable.
        """
        APPOINTMENTS.require_step(session, appointment, CANCELLED)
        left = self.left_with(session, appointment["_id"]) if session.may(self.resource, UPDATE) else []

        def work(work: Work) -> None:
            APPOINTMENTS.step(session, work, appointment, CANCELLED)
            for entry in left:
                mark(session, work, entry, WAITING)

        with suppress(Repeated):
            write(session, operation, work)
        return APPOINTMENTS.get(session, appointment["_id"])


class _Free:
    """The free starts for patients in doctors' days, each reckoned once."""

    def __init__(self, session: Session, known: dict[ObjectId, Diary]) -> None:
        self._known = known
        self._now = session.now()
        self._found: dict[tuple[ObjectId, date], list[datetime]] = {}

    def on(self, doctor: ObjectId, day: date) -> list[datetime]:
        """In order."""
        key = (doctor, day)
        if key not in self._found:
            slots = self._known[doctor].slots(day, FOR_PATIENTS, self._now)
            self._found[key] = [slot.start for slot in slots if slot.free]
        return self._found[key]


def _first_of(session: Session, entry: Row, among: list[Row], days: list[date], free: _Free) -> list[Offer]:
    """The first free times that suit an entry, in order."""
    found: list[Offer] = []
    for day in days:
        if len(found) >= _OFFERED or not wants_day(entry, day):
            continue
        that_day = [
            Offer(start, doctor["_id"], doctor["name"])
            for doctor in among
            if is_for(entry, doctor)
            for start in free.on(doctor["_id"], day)
            if wants(entry, start, session.locale)
        ]
        found += sorted(that_day, key=lambda offer: (offer.start, offer.doctor))[: _OFFERED - len(found)]
    return found


WAITING_LIST = WaitingList(WaitingEntry)
