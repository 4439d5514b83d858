"""Booking a doctor's time by the five checks, and an appointment's way through the day.

The last two checks hold under any number of workstations: a booking inserts documents whose ids are the cells of its
time and a seat of the day, and the server lets only one have each.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bson import ObjectId
from pydantic import AwareDatetime, BaseModel, ConfigDict

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.staff import SCHEDULES
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.appointments import (
    APPROVED,
    FOLLOWS,
    FREEING,
    IN_CONSULTATION,
    Appointment,
    cells,
    seat,
)
from hmsdesk.models.booking import Rule, Span, closed_because, open_spans, slots, wall
from hmsdesk.models.record import Row
from hmsdesk.models.schedules import PATIENTS, REPRESENTATIVES
from hmsdesk.security.permissions import CREATE, UPDATE

CLAIMS = "slot_claims"
_NEAREST = 3
_DAYS_AHEAD = 21
_TRIES = 40


class Refusal(UserError):
    """A booking that a rule forbids; `nearest` are free starts that it would allow, UTC."""

    def __init__(self, rule: Rule, reason: str, nearest: list[datetime]) -> None:
        super().__init__(rule.value, reason, {"start": rule.value})
        self.rule = rule
        self.nearest = nearest


class BookAppointment(BaseModel):
    """What booking takes. start: UTC."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    patient: ObjectId
    practitioner: ObjectId
    start: AwareDatetime
    purpose: str = PATIENTS
    reason: str = ""


@dataclass(frozen=True)
class Slot:
    """One start of a doctor's day, and whether it can be booked. start: UTC."""

    start: datetime
    free: bool


@dataclass(frozen=True)
class DoctorDay:
    """What can be booked with one doctor on one day. closed: why not at all, if so. full: the limit is reached."""

    schedule: Row | None
    slots: list[Slot]
    closed: str
    full: bool


class Appointments(Keeping):
    """Keeping appointments; they are made by booking, and changed by their status only."""

    def book(self, session: Session, booking: BookAppointment, operation: str) -> Row:
        """Book a time. Raises Refusal naming the check that failed, NotAllowed, Unreachable."""
        session.require(self.resource, CREATE)
        schedule, spans = self._checked(session, booking)
        minutes = schedule["slot_minutes"]
        for _ in range(_TRIES):
            taken = self._claimed(session, booking.practitioner, booking.start)
            claims = self._claims(session, booking, schedule, taken, spans)
            try:
                return write(session, operation, lambda work: self._book(session, work, booking, minutes, claims))  # noqa: B023
            except Repeated:
                return self.get(session, record_id(operation))
            except Taken:
                # Somebody took a cell or the seat in this very moment: look again what is left.
                continue
        raise Refusal(Rule.SLOT_FREE, "Many are booking at once. Please try again.", [])

    def doctor_day(self, session: Session, practitioner: ObjectId, day: date, purpose: str = PATIENTS) -> DoctorDay:
        """The starts of a doctor's day and which are free."""
        schedule = _schedule_of(session, practitioner)
        if schedule is None:
            return DoctorDay(None, [], Rule.HAS_SCHEDULE.value, full=False)
        exceptions = _exceptions(session, practitioner, day, day)
        closed = closed_because(day, exceptions)
        spans = open_spans(day, schedule, exceptions, purpose, session.locale)
        if not spans:
            return DoctorDay(schedule, [], closed or Rule.IN_HOURS.value, full=False)
        taken = self._claimed(session, practitioner, spans[0].start)
        full = self._free_seat(session, practitioner, spans[0].start, purpose, schedule, taken) is None
        minutes = schedule["slot_minutes"]
        found = [
            Slot(start, not full and not taken & set(cells(practitioner, start, minutes)) and start > session.now())
            for start in slots(spans, minutes)
        ]
        return DoctorDay(schedule, found, "", full)

    def day(self, session: Session, day: date, practitioner: ObjectId | None = None) -> list[Row]:
        """The appointments of a day on the practice's wall, in order, each with its patient's and doctor's name."""
        start, end = _bounds(day, session)
        where: Row = {"start": {"$gte": start, "$lt": end}}
        if practitioner:
            where["practitioner"] = practitioner
        with session.reading(self.resource) as collection:
            rows = list(collection.find(where).sort([("start", 1), ("_id", 1)]).limit(1000))
        self.add_titles(session, rows)
        return rows

    def set_status(self, session: Session, appointment: Row, status: str, operation: str) -> Row:
        """The next step of an appointment, stamped with who and when. Raises InvalidInput, Conflict."""
        session.require(self.resource, UPDATE)
        if status not in FOLLOWS[appointment["status"]]:
            raise InvalidInput({"status": f"An appointment that is {appointment['status']} can't become {status}."})

        def work(work: Work) -> Row:
            stamp = {"status": status, "at": work.at, "by": session.identity.person}
            stamps = [*appointment.get("stamps", []), stamp]
            if status in FREEING:
                work.release(CLAIMS, appointment.get("claims", []))
            if status == IN_CONSULTATION:
                self._note_visit(session, work, appointment)
            return work.change(self.resource, appointment, {"status": status, "stamps": stamps}, status)

        try:
            return write(session, operation, work)
        except Repeated:
            return self.get(session, appointment["_id"])

    def nearest(self, session: Session, booking: BookAppointment, schedule: Row) -> list[datetime]:
        """The free starts nearest after the one that was asked for, UTC."""
        first = session.locale.local(booking.start).date()
        found: list[datetime] = []
        for ahead in range(_DAYS_AHEAD):
            day = self.doctor_day(session, booking.practitioner, first + timedelta(days=ahead), booking.purpose)
            free = [slot.start for slot in day.slots if slot.free]
            found += sorted(free, key=lambda start: abs(start - booking.start))[: _NEAREST - len(found)]
            if len(found) >= _NEAREST:
                break
        return sorted(found)

    def _checked(self, session: Session, booking: BookAppointment) -> tuple[Row, list[Span]]:
        """The first three checks: the doctor's schedule, and the open time the booking lies in."""
        day = session.locale.local(booking.start).date()
        exceptions = _exceptions(session, booking.practitioner, day, day)
        schedule = _schedule_of(session, booking.practitioner)
        closed = closed_because(day, exceptions)
        if closed is not None:
            raise Refusal(Rule.CLINIC_OPEN, closed, self.nearest(session, booking, schedule) if schedule else [])
        if schedule is None:
            raise Refusal(Rule.HAS_SCHEDULE, "An administrator enters the doctor's hours under Schedules.", [])
        spans = open_spans(day, schedule, exceptions, booking.purpose, session.locale)
        minutes = schedule["slot_minutes"]
        if booking.start.minute % 5 or not any(span.holds(booking.start, minutes) for span in spans):
            raise Refusal(Rule.IN_HOURS, _hours_worded(spans, session), self.nearest(session, booking, schedule))
        if booking.start <= session.now():
            raise Refusal(Rule.IN_HOURS, "This time is over.", self.nearest(session, booking, schedule))
        return schedule, spans

    def _claims(
        self, session: Session, booking: BookAppointment, schedule: Row, taken: set[str], spans: list[Span]
    ) -> list[str]:
        """The last two checks: what the booking will claim."""
        wanted = cells(booking.practitioner, booking.start, schedule["slot_minutes"])
        if taken & set(wanted):
            raise Refusal(Rule.SLOT_FREE, "Choose another time.", self.nearest(session, booking, schedule))
        place = self._free_seat(session, booking.practitioner, spans[0].start, booking.purpose, schedule, taken)
        if place is None:
            limit = f"At most {_limit(schedule, booking.purpose)} a day."
            raise Refusal(Rule.LIMIT, limit, self.nearest(session, booking, schedule))
        return [*wanted, place]

    def _book(self, session: Session, work: Work, booking: BookAppointment, minutes: int, claims: list[str]) -> Row:
        values = {
            "patient": booking.patient,
            "practitioner": booking.practitioner,
            "start": booking.start,
            "minutes": minutes,
            "purpose": booking.purpose,
            "status": APPROVED,
            "reason": booking.reason,
        }
        built = Appointment.build(values, session.locale)
        stamp = {"status": APPROVED, "at": work.at, "by": session.identity.person}
        row = work.insert(self.resource, built | {"stamps": [stamp], "claims": claims}, "book")
        work.claim(CLAIMS, [{"_id": claim, "appointment": row["_id"]} for claim in claims])
        return row

    @staticmethod
    def _note_visit(session: Session, work: Work, appointment: Row) -> None:
        """Clinical roles search patients by the day they were seen."""
        if session.may("patient_health", UPDATE):
            day = session.locale.local(appointment["start"]).date().isoformat()
            seen = {"$addToSet": {"find.visit_days": day}}
            work.commute("patient_health", appointment["patient"], seen, "visit")

    def _claimed(self, session: Session, practitioner: ObjectId, start: datetime) -> set[str]:
        """What is claimed of a doctor around a day: cells are named in UTC, seats by the practice's day."""
        local = session.locale.local(start).date()
        days = {local.isoformat(), *(f"{local + timedelta(days=n):%Y-%m-%d}" for n in (-1, 1))}
        ranges = [{"_id": {"$gte": f"{practitioner}|{day}", "$lt": f"{practitioner}|{day}~"}} for day in sorted(days)]
        with session.reading(CLAIMS) as claims:
            return {row["_id"] for row in claims.find({"$or": ranges}, ["_id"])}

    @staticmethod
    def _free_seat(
        session: Session, practitioner: ObjectId, start: datetime, purpose: str, schedule: Row, taken: set[str]
    ) -> str | None:
        names = (seat(practitioner, start, session.locale, purpose, n + 1) for n in range(_limit(schedule, purpose)))
        left = [name for name in names if name not in taken]
        # Any of them: workstations that book in the same moment seldom choose the same one.
        return secrets.choice(left) if left else None


def _limit(schedule: Row, purpose: str) -> int:
    return int(schedule["representative_limit" if purpose == REPRESENTATIVES else "patient_limit"])


def _schedule_of(session: Session, practitioner: ObjectId) -> Row | None:
    with session.reading(SCHEDULES.resource) as schedules:
        row: Row | None = schedules.find_one({"practitioner": practitioner})
    return row


def _exceptions(session: Session, practitioner: ObjectId, first: date, last: date) -> list[Row]:
    """The clinic days that concern a doctor, between two days."""
    days = {"$gte": first.isoformat(), "$lte": last.isoformat()}
    with session.reading("clinic_days") as clinic_days:
        return list(clinic_days.find({"day": days, "practitioner": {"$in": [None, practitioner]}}))


def _bounds(day: date, session: Session) -> tuple[datetime, datetime]:
    """A day of the practice, as UTC: from its midnight to the next."""
    start = wall(day, "00:00", session.locale) or wall(day, "01:00", session.locale)
    following = day + timedelta(days=1)
    end = wall(following, "00:00", session.locale) or wall(following, "01:00", session.locale)
    assert start is not None and end is not None  # noqa: S101 (no clock change leaves out both hours)
    return start, end


def _hours_worded(spans: list[Span], session: Session) -> str:
    if not spans:
        return "The doctor doesn't receive on this day."
    told = (f"{session.locale.local(s.start):%H:%M} to {session.locale.local(s.end):%H:%M}" for s in spans)
    return "On this day: " + ", ".join(told) + "."


APPOINTMENTS = Appointments(Appointment)
