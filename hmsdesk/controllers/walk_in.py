"""Who comes without a booking: registered where new, booked and checked in, in one operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.booking import Place, insert_booked, require_patient, while_taken
from hmsdesk.controllers.diaries import Refusal, diaries, nearest
from hmsdesk.controllers.patients import PATIENTS, Register
from hmsdesk.controllers.staff import doctors
from hmsdesk.controllers.waiting_entries import leave_list
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work, record_id, write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.appointments import APPROVED, CHECKED_IN, COMPLETED, IN_CONSULTATION, WITH_NURSE, Appointment
from hmsdesk.models.booking import Broken, Diary
from hmsdesk.models.declaration import checked
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.security.permissions import CREATE, OVERRIDE, UPDATE

# Why a rule was overridden, where it was.
WALK_IN = "Walk-in"

_JUST_BEFORE = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Sees:
    """How soon a doctor would see somebody who comes now. start, now: UTC. between: not at a free time, but between
    others. waiting: how many are here and haven't seen the doctor yet, whether at the nurse's or not. inside: how many
    are with the doctor.
    """

    doctor: Row
    start: datetime
    between: Broken | None
    waiting: int
    inside: int
    now: datetime


def who_sees(session: Session) -> list[Sees]:
    """The doctors who can see somebody now: who asks, then the soonest and with the fewest waiting.

    Raises NotAllowed, Unreachable.
    """
    now = session.now()
    today = session.locale.local(now).date()
    by_id = {row["_id"]: row for row in doctors(session)}
    waiting = APPOINTMENTS.counts_between(session, today, today, list(by_id))
    found = []
    for doctor, diary in diaries(session, list(by_id), today, today).items():
        if diary.schedule is None:
            continue
        start = diary.start_for_walk_in(now)
        counted = waiting.get((today, doctor), Counter())
        number = counted[CHECKED_IN] + counted[WITH_NURSE]
        found.append(Sees(by_id[doctor], start, _against(diary, start, now), number, counted[IN_CONSULTATION], now))
    me = session.identity.member
    return sorted(
        found,
        # A doctor who lets somebody in means to see them.
        key=lambda one: (
            one.doctor["_id"] != me,
            one.between is not None,
            one.start,
            one.waiting + one.inside,
            one.doctor["name"],
        ),
    )


def expected_today(session: Session, patient: ObjectId) -> list[Row]:
    """What a patient has today that isn't over: bookings, and where they are here already.

    Raises NotAllowed, Unreachable.
    """
    today = session.locale.today()
    rows = APPOINTMENTS.held(session, patient, today)
    return [row for row in rows if row["status"] != COMPLETED and session.locale.local(row["start"]).date() == today]


def walk_in(session: Session, patient: ObjectId | Mapping[str, object], practitioner: ObjectId, operation: str) -> Row:
    """Register (what was typed of somebody new), book and check in, all or nothing; sent again it changes nothing.

    It takes the free time that runs or begins soon, and otherwise this very moment, in a further lane, and beyond
    the daily limit a further seat. Taking the booking back leaves the patient registered.
    Raises Refusal where the doctor has no schedule, InvalidInput, NotAllowed, Unreachable, UserError.
    """
    session.require(APPOINTMENTS.resource, CREATE)
    session.require(APPOINTMENTS.resource, UPDATE)
    if checked("practitioner", Appointment.practitioner, practitioner, session.locale) is None:
        raise InvalidInput({"practitioner": "Choose a doctor first."})
    if isinstance(patient, ObjectId):
        require_patient(session, patient)
        _come(session, patient, practitioner, operation, None)
    else:
        new = record_id(operation, 2)
        PATIENTS.registering(session, patient, lambda register: _come(session, new, practitioner, operation, register))
    return APPOINTMENTS.get(session, record_id(operation))


def is_let_in(session: Session, operation: str) -> bool:
    """Whether an operation of `walk_in` was done. Raises NotAllowed, Unreachable."""
    return APPOINTMENTS.is_there(session, record_id(operation))


def _come(
    session: Session, patient: ObjectId, practitioner: ObjectId, operation: str, register: Register | None
) -> None:
    asked = {"patient": patient, "practitioner": practitioner, "purpose": FOR_PATIENTS, "status": APPROVED}

    def attempt() -> None:
        place = _place(session, practitioner)
        built = Appointment.build(asked | {"start": place.start, "minutes": place.minutes}, session.locale)

        def work(work: Work) -> None:
            # The appointment is the operation's first record, the patient, where new, its second.
            row = insert_booked(session, work, built, place, WALK_IN, walk_in=True)
            leave_list(session, work, row)
            if register is not None:
                register(work)
            APPOINTMENTS.step(session, work, row, CHECKED_IN)

        write(session, operation, work)

    while_taken(attempt)


def _place(session: Session, practitioner: ObjectId) -> Place:
    """Raises Refusal, NotAllowed."""
    now = session.now()
    today = session.locale.local(now).date()
    diary = diaries(session, [practitioner], today, today)[practitioner]
    start = diary.start_for_walk_in(now)
    broken = _against(diary, start, now)
    if broken is not None and not broken.overridable:
        raise Refusal(broken, nearest(session, practitioner, now))
    if broken is not None:
        session.require(APPOINTMENTS.resource, OVERRIDE)
    return Place.in_diary(diary, start, FOR_PATIENTS, broken.rule if broken else None)


def _against(diary: Diary, start: datetime, now: datetime) -> Broken | None:
    """The first rule that a walk-in breaks. That its time has begun is no matter."""
    return diary.broken(start, FOR_PATIENTS, min(now, start - _JUST_BEFORE))
