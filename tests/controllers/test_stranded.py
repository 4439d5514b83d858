"""Bookings at a time that is closed by now."""

import itertools

import pytest

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.overview import left_with_account
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.stranded import stranded
from hmsdesk.models.appointments import CANCELLED
from hmsdesk.security.permissions import Role
from tests.bookings import at, book, close, doctor_of, schedule_id
from tests.conftest import PASSWORD
from tests.factories import operation
from tests.views.desk import far_day

# Within the two months that are looked at.
DAYS = itertools.count(20)


@pytest.fixture
def day(desk):
    return far_day(desk, next(DAYS))


def found(session, day):
    return next((one for one in stranded(session) if one.day == day), None)


def test_who_is_booked_in_open_hours_is_none_of_them(desk, patient, doctor, day):
    book(desk, patient, doctor, at(desk, day, "09:00"))
    assert found(desk, day) is None


def test_a_day_that_is_closed_strands_who_is_booked_with_its_reason(clinic, desk, patient, doctor, day):
    for clock in ("09:00", "10:00"):
        book(desk, patient, doctor, at(desk, day, clock))
    close(clinic, day, reason="Power cut")
    told = found(desk, day)
    assert (len(told.rows), told.closed, len(told.doctors)) == (2, "Power cut", 1)
    assert found(clinic.administrator, day) == told


def test_a_leave_strands_who_is_booked_within_it(clinic, desk, patient, doctor, day):
    on = [day, *(far_day(desk, next(DAYS)) for _ in range(3))]
    for one in on:
        book(desk, patient, doctor, at(desk, one, "11:40"))
    close(clinic, on[1], practitioner=doctor, reason="Leave", until=on[2])
    assert [found(desk, one) is not None for one in on] == [False, True, True, False]
    assert found(desk, on[2]).closed == "Leave"


def test_a_day_that_is_taken_back_closes_nothing(clinic, desk, patient, doctor, day):
    booked = book(desk, patient, doctor, at(desk, day, "09:00"))
    closed = close(clinic, day)
    session = clinic.administrator
    CLINIC_DAYS.change(session, closed["_id"], closed["version"], {"active": False}, operation())
    assert found(desk, day) is None
    again = book(desk, patient, doctor, at(desk, day, "09:20"))
    assert again["_id"] != booked["_id"]


def test_hours_that_are_taken_away_strand_who_is_booked_in_them(clinic, desk, patient, doctor, day):
    book(desk, patient, doctor, at(desk, day, "09:00"))
    book(desk, patient, doctor, at(desk, day, "11:40"))
    session = clinic.administrator
    schedule = SCHEDULES.get(session, schedule_id(session, doctor))
    later = [part | {"starts": "10:00"} if part["starts"] == "09:00" else part for part in schedule["hours"]]
    SCHEDULES.change(session, schedule["_id"], schedule["version"], {"hours": later}, operation())
    told = found(desk, day)
    assert ([row["start"] for row in told.rows], told.closed) == ([at(desk, day, "09:00")], "")


def test_who_was_booked_though_it_was_closed_is_none_of_them(clinic, desk, patient, doctor, day):
    close(clinic, day)
    book(desk, patient, doctor, at(desk, day, "09:00"), override="The doctor comes for this patient")
    assert found(desk, day) is None


def test_whose_booking_is_cancelled_has_nothing_to_be_told(clinic, desk, patient, doctor, day):
    booked = book(desk, patient, doctor, at(desk, day, "09:00"))
    close(clinic, day)
    assert found(desk, day) is not None
    APPOINTMENTS.set_status(desk, booked, CANCELLED, operation())
    assert found(desk, day) is None


def test_a_doctor_asks_for_their_own(clinic, desk, patient, doctor, day):
    book(desk, patient, doctor, at(desk, day, "09:00"))
    close(clinic, day)
    other = doctor_of(clinic)
    assert [one.day for one in stranded(desk, doctor)] == [day]
    assert stranded(desk, other) == []


def test_a_doctor_who_left_strands_bookings_and_may_leave_an_account_behind(clinic, desk, patient, doctor, day):
    book(desk, patient, doctor, at(desk, day, "09:00"))
    member = STAFF.get(desk, doctor)
    values = {"name": member["name"], "email": f"{operation()[:8]}@nileclinic.example", "person": doctor}
    with clinic.owning() as owner:
        owner.create_active(values, [Role.DOCTOR], PASSWORD)
    session = clinic.administrator
    assert left_with_account(session, doctor) == []
    STAFF.change(session, doctor, member["version"], {"active": False}, operation())
    assert left_with_account(session, doctor) == [member["name"]]
    assert member["name"] in left_with_account(session)
    assert [row["practitioner"] for row in found(desk, day).rows] == [doctor]
