"""Booking a doctor's time by the five checks, and an appointment's way through the day.

The last two checks hold under any number of workstations: a booking inserts documents whose ids are the cells of its
time and a seat of the day, and the server lets only one have each.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bson import ObjectId

from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import member
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import InvalidInput, NotFound, UserError
from hmsdesk.models.appointments import (
    APPROVED,
    COMPLETED,
    FOLLOWS,
    FREEING,
    IN_CONSULTATION,
    NO_SHOW,
    PENDING,
    STATUSES,
    Appointment,
)
from hmsdesk.models.booking import ENTERED_BY, NO_HOURS, Broken, Diary, Rule, Slot, closed_because, whole_day
from hmsdesk.models.dates import EARLIEST, LATEST
from hmsdesk.models.declaration import clean_values
from hmsdesk.models.locale import Locale
from hmsdesk.models.patient_health import visit_marks
from hmsdesk.models.record import Row
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.security.permissions import CREATE, DELETE, UPDATE

CLAIMS = "slot_claims"
# What a day's list shows of each patient besides the name.
PATIENT_FACTS = ("identifier", "name_ar", "birth_date", "gender")

_NEAREST = 3
_DAYS_AHEAD = 21
_MOST_A_DAY = 1000
_TRIES = 40
_WORDS = dict(STATUSES)


class Refusal(UserError):
    """A booking that a rule forbids; `nearest` are free starts that it would allow, UTC."""

    def __init__(self, broken: Broken, nearest: list[datetime]) -> None:
        super().__init__(broken.sentence, broken.reason, {"start": broken.sentence})
        self.rule = broken.rule
        self.nearest = nearest


@dataclass(frozen=True)
class BookAppointment:
    """What booking takes, checked by the fields of Appointment. start: any time zone."""

    patient: ObjectId
    practitioner: ObjectId
    start: datetime
    purpose: str = FOR_PATIENTS
    reason: str = ""


@dataclass(frozen=True)
class DoctorDay:
    """What can be booked with one doctor on one day. closed: why not at all, if so."""

    schedule: Row | None
    slots: list[Slot]
    closed: str
    diary: Diary
    purpose: str

    def hindrance(self, start: datetime, now: datetime) -> str:
        """Why a start of this day can't be booked, as far as was known when it was asked for; empty where it can."""
        broken = self.diary.broken(start, self.purpose, now)
        return f"{broken.sentence} {broken.reason}".strip() if broken else ""


class Appointments(Keeping):
    """Keeping appointments; they are made by booking, and changed by their status only."""

    def book(self, session: Session, booking: BookAppointment, operation: str) -> Row:
        """Book a time. Raises Refusal naming the check that failed, InvalidInput, NotAllowed, NotFound, Unreachable."""
        session.require(self.resource, CREATE)
        booking = _cleaned(booking, session.locale)
        for _ in range(_TRIES):
            try:
                diary, claims = self._checked(session, booking)
                write(session, operation, lambda work: self._book(session, work, booking, diary, claims))  # noqa: B023
            except Refusal:
                # What is in the way may be this very booking, made when its answer was lost.
                earlier = self._booked_before(session, operation)
                if earlier is None:
                    raise
                return earlier
            except Repeated:
                pass
            except Taken:
                # Somebody took a cell or the seat in this very moment: look again what is left.
                continue
            return self.get(session, record_id(operation))
        raise Refusal(Broken(Rule.SLOT_FREE, "Please try again.", "Many are booking at once."), [])

    def doctor_day(self, session: Session, practitioner: ObjectId, day: date, purpose: str = FOR_PATIENTS) -> DoctorDay:
        """The starts of a doctor's day and which are free. Raises InvalidInput, NotAllowed, Unreachable."""
        _require_near(day)
        diary = self._diary(session, practitioner, day, day)
        schedule = dict(diary.schedule) if diary.schedule else None
        closed = closed_because(day, diary.exceptions)
        if closed is None and schedule is None:
            closed = f"{Rule.HAS_SCHEDULE} {ENTERED_BY}"
        if closed is None and not diary.spans(day, purpose):
            closed = NO_HOURS
        if closed is not None:
            return DoctorDay(schedule, [], closed, diary, purpose)
        slots = diary.slots(day, purpose, session.now())
        return DoctorDay(schedule, slots, "", diary, purpose)

    def day(self, session: Session, day: date, practitioner: ObjectId | None = None) -> list[Row]:
        """The appointments of a day on the practice's wall, in order, with names and `patient:` facts.

        Raises InvalidInput for a day too far away, NotAllowed, Unreachable.
        """
        _require_near(day)
        span = whole_day(day, session.locale)
        where: Row = {"start": {"$gte": span.start, "$lt": span.end}}
        if practitioner:
            where["practitioner"] = practitioner
        with session.reading(self.resource) as collection:
            rows = list(collection.find(where).sort([("start", 1), ("_id", 1)]).limit(_MOST_A_DAY))
        self.add_titles(session, rows)
        _add_patient_facts(session, rows)
        return rows

    def booked_that_day(self, session: Session, patient: ObjectId, day: date) -> list[Row]:
        """What a patient has on a day with any doctor and still holds, in order, with the doctors' names.

        Raises InvalidInput for a day too far away, NotAllowed, Unreachable.
        """
        _require_near(day)
        span = whole_day(day, session.locale)
        where = {"patient": patient, "start": {"$gte": span.start, "$lt": span.end}, "status": {"$nin": list(FREEING)}}
        with session.reading(self.resource) as collection:
            rows = list(collection.find(where).sort([("start", 1), ("_id", 1)]).limit(_MOST_A_DAY))
        self.add_titles(session, rows)
        return rows

    def steps(self, session: Session, appointment: Row) -> list[str]:
        """The statuses that this person may give an appointment now, the usual next one first."""
        follow = FOLLOWS[appointment["status"]] if session.may(self.resource, UPDATE) else ()
        return [status for status in follow if self._is_open_to(session, appointment, status)]

    def set_status(self, session: Session, appointment: Row, status: str, operation: str) -> Row:
        """The next step of an appointment, stamped with who and when.

        Raises InvalidInput, Conflict, NotAllowed, NotFound, Unreachable, and Refusal where a time that was given
        back is taken by now.
        """
        session.require(self.resource, UPDATE)
        self._require_step(session, appointment, status)
        try:
            write(session, operation, lambda work: self._step(session, work, appointment, status))
        except Repeated:
            pass
        except Taken:
            taken = Broken(Rule.SLOT_FREE, "Somebody else has it by now. Book another time.")
            raise Refusal(taken, self._nearest_to(session, appointment)) from None
        return self.get(session, appointment["_id"])

    def nearest(
        self, session: Session, practitioner: ObjectId, start: datetime, purpose: str = FOR_PATIENTS
    ) -> list[datetime]:
        """The doctor's free starts nearest to a time: those of its day, or else the next ones, UTC.

        Raises InvalidInput for a time too far away, NotAllowed, Unreachable.
        """
        _require_near(start)
        first = max(session.locale.local(start).date(), session.locale.local(session.now()).date())
        days = [first + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD)]
        diary = self._diary(session, practitioner, days[0], days[-1])
        found: list[datetime] = []
        for day in days:
            free = [slot.start for slot in diary.slots(day, purpose, session.now()) if slot.free]
            found += sorted(free, key=lambda one: abs(one - start))[: _NEAREST - len(found)]
            if len(found) >= _NEAREST:
                break
        return sorted(found)

    # Booking

    def _checked(self, session: Session, booking: BookAppointment) -> tuple[Diary, list[str]]:
        """The five checks, on what the server holds now: the doctor's diary and what the booking will claim."""
        day = session.locale.local(booking.start).date()
        diary = self._diary(session, booking.practitioner, day, day)
        broken = diary.broken(booking.start, booking.purpose, session.now())
        if broken is not None:
            nearest = self.nearest(session, booking.practitioner, booking.start, booking.purpose)
            raise Refusal(broken, nearest)
        _require_patient(session, booking.patient)
        # Any seat: workstations that book in the same moment seldom choose the same one.
        place = secrets.choice(diary.free_seats(day, booking.purpose))
        return diary, [*diary.cells(booking.start), place]

    def _booked_before(self, session: Session, operation: str) -> Row | None:
        """The booking an operation has made already."""
        try:
            return self.get(session, record_id(operation))
        except NotFound:
            return None

    def _book(self, session: Session, work: Work, booking: BookAppointment, diary: Diary, claims: list[str]) -> None:
        values = vars(booking) | {"minutes": diary.minutes, "status": APPROVED}
        built = Appointment.build(values, session.locale)
        stamp = {"status": APPROVED, "at": work.at, "by": session.identity.person}
        row = work.insert(self.resource, built | {"stamps": [stamp], "claims": claims}, "book")
        work.claim(CLAIMS, [{"_id": claim, "appointment": row["_id"]} for claim in claims])

    def _diary(self, session: Session, practitioner: ObjectId, first: date, last: date) -> Diary:
        """What decides about a doctor's time from one day to another, in three questions."""
        with session.reading(SCHEDULES.resource) as schedules:
            schedule: Row | None = schedules.find_one({"practitioner": practitioner})
        doctor = member(session, practitioner)
        if doctor is None or not doctor.get("active", True):
            schedule = None
        days = {"$gte": first.isoformat(), "$lte": last.isoformat()}
        with session.reading(CLINIC_DAYS.resource) as clinic_days:
            exceptions = list(clinic_days.find({"day": days, "practitioner": {"$in": [None, practitioner]}}))
        taken = self._taken(session, practitioner, first, last)
        return Diary(practitioner, session.locale, schedule, exceptions, taken)

    @staticmethod
    def _taken(session: Session, practitioner: ObjectId, first: date, last: date) -> set[str]:
        """What is claimed of a doctor around some days: cells are named in UTC, seats by the practice's day."""
        day = timedelta(days=1)
        between = {"$gte": f"{practitioner}|{first - day}", "$lt": f"{practitioner}|{last + day}~"}
        with session.reading(CLAIMS) as claims:
            return {row["_id"] for row in claims.find({"_id": between}, ["_id"])}

    # The way through the day

    def _is_open_to(self, session: Session, appointment: Row, status: str) -> bool:
        """Whether the person may give time back or take it again, where the step does; nobody is missed too early."""
        if status == NO_SHOW and appointment["start"] > session.now():
            return False
        if status == PENDING and PENDING not in [stamp["status"] for stamp in appointment.get("stamps", [])[-2:]]:
            # What never waited for approval has none to be undone.
            return False
        needed = _claims_action(appointment, status)
        return needed is None or session.may(CLAIMS, needed)

    def _require_step(self, session: Session, appointment: Row, status: str) -> None:
        if status not in FOLLOWS[appointment["status"]]:
            before, after = _WORDS[appointment["status"]].lower(), _WORDS.get(status, status).lower()
            raise InvalidInput({"status": f"An appointment that is {before} can't become {after}."})
        if status == NO_SHOW and appointment["start"] > session.now():
            raise InvalidInput({"status": "Its time has not come yet."})
        needed = _claims_action(appointment, status)
        if needed is not None:
            session.require(CLAIMS, needed)

    def _step(self, session: Session, work: Work, appointment: Row, status: str) -> None:
        stamp = {"status": status, "at": work.at, "by": session.identity.person}
        stamps = [*appointment.get("stamps", []), stamp]
        work.change(self.resource, appointment, {"status": status, "stamps": stamps}, status)
        action, claims = _claims_action(appointment, status), appointment.get("claims", [])
        if action == DELETE:
            work.release(CLAIMS, claims)
        elif action == CREATE:
            work.claim(CLAIMS, [{"_id": claim, "appointment": appointment["_id"]} for claim in claims])
        if status in (IN_CONSULTATION, COMPLETED):
            self._note_visit(session, work, appointment)

    def _nearest_to(self, session: Session, appointment: Row) -> list[datetime]:
        return self.nearest(session, appointment["practitioner"], appointment["start"], appointment["purpose"])

    @staticmethod
    def _note_visit(session: Session, work: Work, appointment: Row) -> None:
        """Clinical roles search patients by the day they were seen."""
        if session.may("patient_health", UPDATE):
            marks = visit_marks(session.locale.local(appointment["start"]).date())
            seen = {"$addToSet": {"find.visit_days": {"$each": marks}}}
            work.commute("patient_health", appointment["patient"], seen, "visit")


def _cleaned(booking: BookAppointment, locale: Locale) -> BookAppointment:
    """The booking as it will be kept and claimed: one moment has one name, in UTC. Raises InvalidInput."""
    asked = vars(booking)
    cleaned, problems = clean_values(Appointment, asked, locale, only=asked.__contains__)
    if problems:
        raise InvalidInput(problems)
    return replace(booking, **cleaned)  # type: ignore[arg-type]


def _require_near(day: date) -> None:
    if not EARLIEST <= day.year <= LATEST:
        raise InvalidInput({"day": f"The year must be from {EARLIEST} to {LATEST}."})


def _claims_action(appointment: Row, status: str) -> str | None:
    """What a step does to the doctor's time: gives it back, takes it again, or neither."""
    frees, freed = status in FREEING, appointment["status"] in FREEING
    if frees == freed:
        return None
    return DELETE if frees else CREATE


def _require_patient(session: Session, patient: ObjectId) -> None:
    with session.reading("patients") as patients:
        found = patients.find_one({"_id": patient}, ["active"])
    if found is None:
        raise InvalidInput({"patient": "Choose a patient from the list."})


def _add_patient_facts(session: Session, rows: list[Row]) -> None:
    with session.reading("patients") as patients:
        ids = list({row["patient"] for row in rows})
        known = {row["_id"]: row for row in patients.find({"_id": {"$in": ids}}, PATIENT_FACTS)} if ids else {}
    for row in rows:
        patient = known.get(row["patient"], {})
        row |= {f"patient:{name}": patient[name] for name in PATIENT_FACTS if name in patient}


APPOINTMENTS = Appointments(Appointment)
