"""Booking a doctor's time by the checks of `models.booking`, moving it, and in spite of a rule with a reason.

That a time and a seat of the day are one patient's holds under any number of workstations: a booking inserts documents
whose ids are the cells of its time and the seat, and the server lets only one have each. That a patient isn't booked
with two doctors at once holds, too: of those who book somebody in the same moment each waits for the one before, and
looks once more at what the patient has by then.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.days import Days
from hmsdesk.controllers.diaries import CLAIMS, DoctorDay, Refusal, claims, diaries, hours, nearest, set_out
from hmsdesk.controllers.waiting_entries import announce_freed, leave_list, waits
from hmsdesk.database.questions import Answers, Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.appointments import APPROVED, COMPLETED, MOVABLE, PENDING, REASON_LENGTH, STATUSES, Appointment
from hmsdesk.models.booking import Broken, Diary, Rule
from hmsdesk.models.declaration import checked, clean_values, declared_fields
from hmsdesk.models.fields import TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import Patient
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.models.staff import StaffMember
from hmsdesk.models.times import clock
from hmsdesk.security.permissions import CREATE, DELETE, OVERRIDE, UPDATE

PLACE = ("start", "practitioner", "minutes", "claims")

_TRIES = 40
_WORDS = dict(STATUSES)
_REASON = TextField(verbose_name="Reason", max_length=REASON_LENGTH)


@dataclass(frozen=True)
class BookAppointment:
    """What booking takes, checked by the fields of Appointment.

    start: any time zone. override: why, where it is booked in spite of a rule. pending: it is still to be approved.
    """

    patient: ObjectId
    practitioner: ObjectId
    start: datetime
    purpose: str = FOR_PATIENTS
    reason: str = ""
    override: str = ""
    pending: bool = False


@dataclass(frozen=True)
class Place:
    """Where an appointment stands: what is kept of it, and what it claims.

    overridden: the rule it is booked in spite of. override: what is kept of that already, where it stood there before.
    titles: of the patient and the doctor, as `field:title`, where they were asked for. waiting: what was found for
    `waits`, where that was.
    """

    start: datetime
    practitioner: ObjectId
    minutes: int
    claims: list[str]
    overridden: Rule | None = None
    override: Row | None = None
    titles: Row = field(default_factory=dict)
    waiting: Answers = field(default_factory=dict)

    def kept(self, work: Work, person: ObjectId, reason: str) -> Row:
        """The fields of the appointment; None for one it isn't to have."""
        override = self.override
        if self.overridden is not None:
            override = {"rule": self.overridden.name.lower(), "reason": reason, "at": work.at, "by": person}
        place = {name: getattr(self, name) for name in PLACE}
        return place | {"override": override}

    def take(self, work: Work, appointment: Row) -> None:
        """Take its cells and its seat, once nobody else gives its patient a time in this very moment.

        Whoever does writes the same claim. The server then lets only one go on; the other one begins anew, and sees
        what the patient has by then.
        """
        waits = f"{appointment['patient']}|is being booked"
        work.claim(CLAIMS, [{"_id": claim, "appointment": appointment["_id"]} for claim in (*self.claims, waits)])
        work.release(CLAIMS, [waits])

    @classmethod
    def in_diary(cls, diary: Diary, start: datetime, purpose: str, overridden: Rule | None) -> Place:
        """A start that nothing is against but what is overridden: then in a further lane, on a further seat."""
        day = diary.locale.local(start).date()
        free = diary.free_seats(day, purpose)
        # Any seat: workstations that book in the same moment seldom choose the same one.
        place = secrets.choice(free) if free else diary.further_seat(day, purpose)
        return cls(start, diary.practitioner, diary.minutes, [*diary.free_lane(start), place], overridden)

    @classmethod
    def before(cls, appointment: Row) -> Place | None:
        """Where an appointment was before it was moved last."""
        left = (appointment.get("moved") or [None])[-1]
        return None if left is None else cls.of(left)

    @classmethod
    def of(cls, kept: Row) -> Place:
        """The place that an appointment's fields tell of."""
        start, practitioner, minutes, claims = (kept[name] for name in PLACE)
        return cls(start, practitioner, minutes, claims, override=kept.get("override"))


class Booking(Days):
    """Making appointments, and giving them another time."""

    def book(self, session: Session, booking: BookAppointment, operation: str) -> Row:
        """Book a time; with a reason to override, in spite of closed days, hours, taken times and limits.

        Raises Refusal naming the check that failed, InvalidInput, NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, CREATE)
        booking = _cleaned(booking, session.locale)
        booked: list[Row] = []

        def attempt() -> None:
            row, titles = write(session, operation, lambda work: self._book(session, work, booking))
            booked.append(self.as_got(session, row, titles))

        while_taken(attempt, lambda: self.is_there(session, record_id(operation)))
        return booked[0] if booked else self.get(session, record_id(operation))

    def move(
        self,
        session: Session,
        appointment: Row,
        start: datetime,
        practitioner: ObjectId,
        operation: str,
        override: str = "",
    ) -> Row:
        """Give an appointment another time or doctor; where it was before is kept.

        Moving it back to where it was just before undoes the move, also where that time is over or full by now, as
        long as nobody else has it. Raises Refusal, InvalidInput, Conflict, NotAllowed, NotFound, Unreachable.
        """
        for resource, action in ((self.resource, UPDATE), (CLAIMS, CREATE), (CLAIMS, DELETE)):
            session.require(resource, action)
        _require_movable(appointment)
        reason, start = _cleaned_reason(override, session.locale), _moment(start, session.locale)
        if checked("practitioner", Appointment.practitioner, practitioner, session.locale) is None:
            raise InvalidInput({"practitioner": "Choose a doctor first."})
        target = (start, practitioner)

        def attempt() -> None:
            write(session, operation, lambda work: self._move(session, work, appointment, target, reason))

        before = Place.before(appointment)
        if target == (appointment["start"], appointment["practitioner"]):
            pass
        elif (
            before is None
            or target != (before.start, before.practitioner)
            or not self._moved_back(session, appointment, before, operation)
        ):
            while_taken(attempt)
        return self.get(session, appointment["_id"])

    def may_move(self, session: Session, appointment: Row) -> bool:
        """Whether this person may give an appointment another time now; a ghost has none."""
        allowed = ((self.resource, UPDATE), (CLAIMS, CREATE), (CLAIMS, DELETE))
        return appointment["status"] in MOVABLE and all(session.may(*one) for one in allowed)

    def doctor_day(
        self,
        session: Session,
        practitioner: ObjectId,
        day: date,
        purpose: str = FOR_PATIENTS,
        besides: ObjectId | None = None,
    ) -> DoctorDay:
        """The starts of a doctor's day and which are free. besides: an appointment that isn't in its own way.

        Raises InvalidInput, NotAllowed, Unreachable.
        """
        diary = diaries(session, [practitioner], day, day, besides)[practitioner]
        schedule = dict(diary.schedule) if diary.schedule else None
        closed = diary.closed(day, purpose)
        slots = [] if closed else diary.slots(day, purpose, session.now())
        return DoctorDay(schedule, slots, closed, diary, purpose)

    def place(
        self,
        session: Session,
        work: Work,
        patient: ObjectId,
        practitioner: ObjectId,
        start: datetime,
        purpose: str,
        *,
        reason: str = "",
        moved: Row | None = None,
    ) -> Place:
        """Where a booking would stand, by the checks on what its transaction sees. Raises Refusal, NotAllowed.

        reason: why it is booked in spite of them. moved: the appointment that is moved, which isn't in its own way.
        """
        day = session.locale.local(start).date()
        besides = moved["_id"] if moved else None
        found = work.answers(
            {
                "patient": Question(Patient.collection(), {"_id": patient}, (Patient.LISTING.title,)),
                self.resource: self.holding(session, patient, day, besides),
                CLAIMS: claims(session.locale, [practitioner], day, day, besides),
            }
            | hours([practitioner], day, day)
            | ({} if moved else waits(session, patient, purpose))
        )
        if not found["patient"]:
            raise _no_patient()
        others = [one for one in found[self.resource] if one["status"] != COMPLETED]
        diary = set_out(session, [practitioner], found, found[CLAIMS])[practitioner]
        broken = list(diary.hindrances(start, purpose, session.now()))
        clash = next((one for one in others if overlap(one, start, diary.minutes)), None)
        if clash is not None and diary.schedule is not None:
            self.add_titles(session, [clash])
            when = clock(clash["start"], session.locale)
            broken.append(Broken(Rule.PATIENT_FREE, f"At {when} with {clash.get('practitioner:title', '')}."))
        if broken and reason:
            session.require(self.resource, OVERRIDE)
        refused = next((one for one in broken if not (reason and one.overridable)), None)
        if refused is not None:
            refused = replace(refused, overridable=all(one.overridable for one in broken))

            def suits(doctor: ObjectId, offered: datetime) -> bool:
                stays = moved is not None and (doctor, offered) == (moved["practitioner"], moved["start"])
                return not stays and not any(overlap(one, offered, diary.minutes) for one in others)

            raise Refusal(refused, nearest(session, practitioner, start, purpose, besides, suits))
        place = Place.in_diary(diary, start, purpose, broken[0].rule if broken else None)
        return replace(place, titles=_titles(found), waiting=found)

    def is_there(self, session: Session, record: ObjectId) -> bool:
        """Whether an appointment was booked. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            return collection.find_one({"_id": record}, ["_id"]) is not None

    def _book(self, session: Session, work: Work, booking: BookAppointment) -> tuple[Row, Row]:
        """The appointment, and the titles of what it refers to."""
        asked = booking.patient, booking.practitioner, booking.start, booking.purpose
        place = self.place(session, work, *asked, reason=booking.override)
        status = PENDING if booking.pending else APPROVED
        values = {name: value for name, value in vars(booking).items() if name in declared_fields(Appointment)}
        built = Appointment.build(values | {"minutes": place.minutes, "status": status}, session.locale)
        row = insert_booked(session, work, built, place, booking.override)
        leave_list(session, work, row, place.waiting)
        return row, place.titles

    def take_again(self, session: Session, work: Work, appointment: Row, place: Place) -> None:
        """Take a place that was given back, in spite of a rule only if it was had so. Raises Taken, Unreachable."""
        place.take(work, appointment)
        if place.override is not None:
            return
        day = session.locale.local(place.start).date()
        asked = self.holding(session, appointment["patient"], day, appointment["_id"])
        held = work.answers({self.resource: asked})[self.resource]
        if any(one["status"] != COMPLETED and overlap(one, place.start, place.minutes) for one in held):
            raise Taken(self.resource, appointment["patient"])

    def _move(
        self, session: Session, work: Work, appointment: Row, target: tuple[datetime, ObjectId], reason: str
    ) -> None:
        start, practitioner = target
        asked = appointment["patient"], practitioner, start, appointment["purpose"]
        place = self.place(session, work, *asked, reason=reason, moved=appointment)
        left = {name: appointment[name] for name in (*PLACE, "override") if name in appointment}
        left |= {"at": work.at, "by": session.identity.person}
        changes = place.kept(work, session.identity.person, reason) | {"moved": [*appointment.get("moved", []), left]}
        work.change(self.resource, appointment, changes, "move", reason if place.overridden else None)
        work.release(CLAIMS, appointment["claims"])
        place.take(work, appointment)
        announce_freed(session, work, appointment["practitioner"], appointment["start"], appointment["purpose"])

    def _moved_back(self, session: Session, appointment: Row, before: Place, operation: str) -> bool:
        """Undo a move, after which nothing of it remains but the trail; False where the place isn't free for it."""

        def work(work: Work) -> None:
            changes = before.kept(work, session.identity.person, "") | {"moved": appointment["moved"][:-1] or None}
            work.change(self.resource, appointment, changes, "move back")
            work.release(CLAIMS, appointment["claims"])
            self.take_again(session, work, appointment, before)

        try:
            write(session, operation, work)
        except Repeated:
            pass
        except Taken:
            return False
        return True


def insert_booked(session: Session, work: Work, built: Row, place: Place, reason: str, **more: Any) -> Row:
    """Keep a new appointment and take its place."""
    kept = {name: value for name, value in place.kept(work, session.identity.person, reason).items() if value}
    stamps = [{"status": built["status"], "at": work.at, "by": session.identity.person}]
    values = built | kept | {"stamps": stamps} | more
    row = work.insert(Appointment.collection(), values, "book", reason if place.overridden else None)
    place.take(work, row)
    return row


def overlap(held: Row, start: datetime, minutes: int) -> bool:
    """Whether a patient who has an appointment couldn't come to another one."""
    ends = held["start"] + timedelta(minutes=held["minutes"])
    return bool(start < ends and held["start"] < start + timedelta(minutes=minutes))


def while_taken(attempt: Callable[[], None], is_done: Callable[[], bool] = lambda: False) -> None:
    """Do it, once; again where somebody took a cell or the seat in this very moment: it is looked anew what is left.

    is_done: whether what is in the way is this very operation's, done when its answer was lost.
    """
    for _ in range(_TRIES):
        try:
            attempt()
        except Repeated:
            pass
        except Taken:
            continue
        except Refusal:
            if not is_done():
                raise
        return
    raise Refusal(Broken(Rule.SLOT_FREE, "Please try again.", "Many are booking at once.", overridable=False), [])


def require_patient(session: Session, patient: ObjectId) -> None:
    """Raises InvalidInput where nobody has this id."""
    with session.reading("patients") as patients:
        found = patients.find_one({"_id": patient}, ["active"])
    if found is None:
        raise _no_patient()


def _no_patient() -> InvalidInput:
    return InvalidInput({"patient": "Choose a patient from the list."})


def _titles(found: Answers) -> Row:
    """What the patient and the doctor who were asked for are called."""
    asked = (("patient", Patient, found["patient"]), ("practitioner", StaffMember, found[StaffMember.collection()]))
    return {f"{name}:title": record.title_of(row) for name, record, rows in asked for row in rows}


def _require_movable(appointment: Row) -> None:
    if appointment["status"] not in MOVABLE:
        word = str(_WORDS.get(appointment["status"], appointment["status"])).lower()
        raise InvalidInput({"start": f"An appointment that is {word} keeps its time."})


def _cleaned(booking: BookAppointment, locale: Locale) -> BookAppointment:
    """The booking as it will be kept and claimed: one moment has one name, in UTC. Raises InvalidInput."""
    asked = {name: value for name, value in vars(booking).items() if name in declared_fields(Appointment)}
    cleaned, problems = clean_values(Appointment, asked, locale, only=asked.__contains__)
    if problems:
        raise InvalidInput(problems)
    return replace(booking, override=_cleaned_reason(booking.override, locale), **cleaned)  # type: ignore[arg-type]


def _cleaned_reason(reason: str, locale: Locale) -> str:
    """Raises InvalidInput."""
    return checked("override", _REASON, reason, locale) or ""


def _moment(start: datetime, locale: Locale) -> datetime:
    """Raises InvalidInput."""
    cleaned, problems = clean_values(Appointment, {"start": start}, locale, only="start".__eq__)
    if problems:
        raise InvalidInput(problems)
    return cleaned["start"]  # type: ignore[return-value]
