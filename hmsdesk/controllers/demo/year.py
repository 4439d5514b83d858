"""The demo practice's days: who was booked with whom, came, was seen, was given what, and paid how.

A day that is over is told to its end; of today as much has happened as the clock says.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bson import ObjectId

from hmsdesk.controllers.demo.cases import CASES, Case
from hmsdesk.controllers.demo.desk import Desk
from hmsdesk.controllers.demo.kept import unsearched
from hmsdesk.controllers.demo.people import DemoDoctor
from hmsdesk.controllers.demo.persons import Person
from hmsdesk.controllers.demo.room import Room
from hmsdesk.database.loading import Loading
from hmsdesk.models.appointments import (
    APPROVED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    FREEING,
    IN_CONSULTATION,
    NO_SHOW,
    PENDING,
    WITH_NURSE,
    Appointment,
    cells,
    seat,
)
from hmsdesk.models.booking import open_spans, slot_starts, wall_or_later
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS

# Of a doctor's starts so many are booked on a day that is over, and on the days to come less and less.
BOOKED = 0.25
_AHEAD_DAYS = 30
_DRAWS = 8
# When a usual day begins at the desks; and how long before and after now people come on a day that is open all day.
OPENS = "08:30"
_AROUND = timedelta(hours=4)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Doctor:
    """One doctor with their week. row: the member of staff."""

    known: DemoDoctor
    row: Row
    schedule: Row
    room: Room

    @property
    def id(self) -> ObjectId:
        """Of the member of staff, and of the account."""
        identity: ObjectId = self.row["_id"]
        return identity


@dataclass(frozen=True)
class Course:
    """When what happens to a patient on the day, UTC."""

    check_in: datetime
    vitals: datetime
    begin: datetime
    end: datetime

    def reached(self, now: datetime) -> list[tuple[str, datetime]]:
        """The statuses that have been reached, each with its moment."""
        steps = (
            (CHECKED_IN, self.check_in),
            (WITH_NURSE, self.vitals),
            (IN_CONSULTATION, self.begin),
            (COMPLETED, self.end),
        )
        return [(status, at) for status, at in steps if at <= now]


class Year:
    """Tells the days one after the other."""

    def __init__(
        self,
        chance: random.Random,
        reception: Loading,
        desk: Desk,
        *,
        persons: Sequence[Person],
        exceptions: Sequence[Row],
        now: datetime,
    ) -> None:
        """exceptions: the clinic days."""
        self._chance = chance
        locale = reception.session.locale
        self._locale = locale
        self._reception = reception
        self._desk = desk
        self._exceptions = exceptions
        self._now = now
        self._today = locale.local(now).date()
        self._persons = persons
        self._cases = {
            code: [case for case in CASES if code in case.departments]
            for code in {code for case in CASES for code in case.departments}
        }

    def tell(self, day: date, doctors: Sequence[Doctor]) -> None:
        """One day of all doctors."""
        known = self._known_by(day)
        if not known:
            return
        planned = [(start, doctor) for doctor in doctors for start in self._starts(doctor, day)]
        used: dict[ObjectId, int] = {}
        seen: set[str] = set()
        for start, doctor in sorted(planned, key=lambda one: (one[0], str(one[1].id))):
            person, case = self._patient(known, doctor, day, seen)
            if person is not None and case is not None:
                seen.add(person.name)
                used[doctor.id] = used.get(doctor.id, 0) + 1
                self._book(doctor, person, case, start, used[doctor.id])

    def _known_by(self, day: date) -> Sequence[Person]:
        """Who was registered before; the list is in that order."""
        end = len(self._persons)
        while end and self._locale.local(self._persons[end - 1].row["registered_at"]).date() >= day:
            end -= 1
        return self._persons[:end]

    def _starts(self, doctor: Doctor, day: date) -> list[datetime]:
        spans = open_spans(day, doctor.schedule, self._exceptions, FOR_PATIENTS, self._locale)
        starts = list(slot_starts(spans, doctor.schedule["slot_minutes"]))
        if day == self._today:
            # The exceptional opening lets something be booked at any hour; people come around the present one, and by
            # day nobody came at night.
            opens = wall_or_later(day, OPENS, self._locale)
            starts = [one for one in starts if abs(one - self._now) < _AROUND and (one >= opens or self._now < opens)]
        share = BOOKED * doctor.known.busy
        ahead = (day - self._today).days
        if ahead > 0:
            share *= max(0.08, 1 - ahead / _AHEAD_DAYS)
        number = round(len(starts) * min(0.95, self._chance.gauss(share, 0.08)))
        return sorted(self._chance.sample(starts, max(0, min(number, len(starts), doctor.schedule["patient_limit"]))))

    def _patient(
        self, known: Sequence[Person], doctor: Doctor, day: date, seen: set[str]
    ) -> tuple[Person | None, Case | None]:
        """Somebody who has a reason to come to this doctor, and the reason."""
        cases = self._cases[doctor.known.department]
        for _ in range(_DRAWS):
            person = self._chance.choice(known)
            if person.name in seen:
                continue
            own = [case for case in person.lasting if case in cases]
            fitting = [case for case in cases if person.may_have(case, day)]
            if own and self._chance.random() < 0.7:
                return person, self._chance.choice(own)
            # Who has something lasting to be looked after comes more often than who hasn't.
            if fitting and (own or self._chance.random() < 0.6):
                return person, self._chance.choices(fitting, [case.often for case in fitting])[0]
        return None, None

    def _book(self, doctor: Doctor, person: Person, case: Case, start: datetime, number: int) -> None:
        minutes = doctor.schedule["slot_minutes"]
        booked = min(start, self._now) - timedelta(
            days=self._chance.randrange(1, 12), minutes=self._chance.randrange(300)
        )
        booked = max(booked, person.row["registered_at"] + 5 * _MINUTE)
        day = self._locale.local(start).date()
        claims = [*cells(doctor.id, start, minutes), seat(doctor.id, day, FOR_PATIENTS, number)]
        first = PENDING if start > self._now and self._chance.random() < 0.06 else APPROVED
        by = self._reception.person
        stamps: list[Row] = [{"status": first, "at": booked, "by": by}]
        fate, course = self._chance.random(), self._course(start, minutes)
        if fate < 0.06 and start - self._now < timedelta(days=7):
            gone = min(self._now, start) - timedelta(minutes=self._chance.randrange(30, 2000))
            stamps.append({"status": CANCELLED, "at": max(gone, booked), "by": by})
        elif fate < 0.11 and start < self._now - timedelta(minutes=30):
            stamps.append({"status": NO_SHOW, "at": start + 25 * _MINUTE, "by": by})
        elif fate >= 0.11:
            stamps += [{"status": status, "at": at, "by": by} for status, at in course.reached(self._now)]
        values: Row = {
            "_id": ObjectId(),
            "patient": person.row["_id"],
            "practitioner": doctor.id,
            "start": start,
            "minutes": minutes,
            "purpose": FOR_PATIENTS,
            "status": stamps[-1]["status"],
            "stamps": stamps,
            "claims": claims,
        }
        if self._chance.random() < 0.3:
            values["reason"] = case.reason
        if len(stamps) > 2 and course.vitals <= self._now:
            values["vitals_at"] = course.vitals
        self._reception.add("appointments", values | unsearched(Appointment), "book", booked)
        if values["status"] not in FREEING:
            for claim in claims:
                self._reception.claim("slot_claims", {"_id": claim, "appointment": values["_id"]})
        if len(stamps) > 1 and values["status"] not in FREEING:
            self._see(doctor, person, case, values, course)

    def _course(self, start: datetime, minutes: int) -> Course:
        check_in = start + self._chance.randrange(-15, 12) * _MINUTE
        vitals = check_in + self._chance.randrange(3, 12) * _MINUTE
        begin = max(start, vitals + 3 * _MINUTE) + self._chance.randrange(0, 14) * _MINUTE
        return Course(check_in, vitals, begin, begin + self._chance.randrange(8, minutes + 4) * _MINUTE)

    def _see(self, doctor: Doctor, person: Person, case: Case, booked: Mapping[str, ObjectId], course: Course) -> None:
        day = self._locale.local(course.begin).date()
        if course.vitals <= self._now:
            doctor.room.measure(person, case, booked["_id"], course.vitals, day)
        if course.begin > self._now:
            return
        person.see(day)
        if case.lasting and case not in person.lasting:
            person.lasting.append(case)
        visit, over = booked["_id"], course.end <= self._now
        end = course.end if over else None
        charged = doctor.room.visit(doctor.row, person, case, visit, (course.begin, end))
        if not over:
            return
        signed = course.end - _MINUTE
        prescription = doctor.room.prescribe(doctor.row, person, case, visit, signed)
        if prescription is not None:
            keys = [one[0] for one in case.medicines if person.may_take(one[0])]
            charged += self._desk.dispense(prescription, person, keys, signed)
        self._desk.pay(person, charged, course.end)
