"""Doctors with hours, bookings and refusals, and many workstations at once, for tests of booking."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hmsdesk.controllers.appointments import APPOINTMENTS, CLAIMS, BookAppointment, Refusal
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.models.booking import wall
from hmsdesk.models.schedules import FOR_PATIENTS, FOR_REPRESENTATIVES, WEEKDAYS
from tests.factories import operation

# Days that no other test has touched: that many from today.
untouched = itertools.count(30)


def doctor_of(clinic, **schedule):
    """A doctor who receives every day from nine to twelve, and representatives after that."""
    member = STAFF.create(clinic.administrator, {"name": f"Dr {operation()[:8]}", "profession": "doctor"}, operation())
    receives(clinic, member["_id"], **schedule)
    return member["_id"]


def receives(clinic, doctor, **schedule):
    """Let a doctor receive at these hours."""
    hours = [
        {"weekday": day, "starts": starts, "ends": ends, "purpose": purpose}
        for day, _ in WEEKDAYS
        for starts, ends, purpose in (("09:00", "12:00", FOR_PATIENTS), ("12:00", "13:00", FOR_REPRESENTATIVES))
    ]
    values = {"practitioner": doctor, "hours": hours, "slot_minutes": 20, "patient_limit": 20} | schedule
    SCHEDULES.create(clinic.administrator, values, operation())


def at(desk, day, clock):
    return wall(day, clock, desk.locale)


def book(session, patient, doctor, start, sent=None, **values):
    wanted = BookAppointment(patient=patient["_id"], practitioner=doctor, start=start, **values)
    return APPOINTMENTS.book(session, wanted, sent or operation())


def refused(*args, **values):
    with pytest.raises(Refusal) as found:
        book(*args, **values)
    return found.value


def starts_of(offers):
    return [offer.start for offer in offers]


def close(clinic, day, practitioner=None, reason="Public holiday", until=None):
    values = {"day": day.isoformat(), "reason": reason, "practitioner": practitioner}
    values |= {"until": until.isoformat()} if until else {}
    return CLINIC_DAYS.create(clinic.administrator, values, operation())


def claims_of(session, doctor):
    with session.reading(CLAIMS) as claims:
        return list(claims.find({"_id": {"$regex": f"^{doctor}"}}))


def schedule_id(session, doctor):
    with session.reading("schedules") as schedules:
        return schedules.find_one({"practitioner": doctor})["_id"]


def all_at_once(desks, work):
    """What each workstation gets, or is refused, when all do it in the same moment."""
    gate = threading.Barrier(len(desks))

    def one(number):
        gate.wait()
        try:
            return work(desks[number], number)
        except Refusal as refusal:
            return refusal.rule

    with ThreadPoolExecutor(len(desks)) as pool:
        return list(pool.map(one, range(len(desks))))
