"""An appointment's statuses, and the names of what it claims."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from bson import ObjectId

from hmsdesk.errors import InvalidInput
from hmsdesk.models.appointments import (
    APPROVED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    FOLLOWS,
    FREEING,
    IN_CONSULTATION,
    NO_SHOW,
    STATUSES,
    Appointment,
    cells,
    seat,
)
from hmsdesk.models.locale import Locale

CAIRO = Locale("EG", "EGP", "Africa/Cairo")
DOCTOR = ObjectId()
TEN = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)


def test_every_status_says_what_may_follow():
    words = {code for code, _ in STATUSES}
    assert set(FOLLOWS) == words
    assert {status for follow in FOLLOWS.values() for status in follow} <= words


def test_the_way_through_the_day():
    way = (APPROVED, CHECKED_IN, IN_CONSULTATION, COMPLETED)
    assert all(after in FOLLOWS[before] for before, after in pairwise(way))


@pytest.mark.parametrize(
    ("after", "before"),
    [
        (CHECKED_IN, APPROVED),
        (IN_CONSULTATION, CHECKED_IN),
        (COMPLETED, IN_CONSULTATION),
        (CANCELLED, APPROVED),
        (NO_SHOW, APPROVED),
    ],
)
def test_a_mistaken_step_can_be_undone(after, before):
    assert before in FOLLOWS[after]


def test_those_who_do_not_come_give_their_time_back():
    assert set(FREEING) == {CANCELLED, NO_SHOW}


def test_a_booking_claims_every_five_minutes_of_its_time():
    assert cells(DOCTOR, TEN, 15) == [f"{DOCTOR}|2026-11-17T08:{minute:02}|0" for minute in (0, 5, 10)]


def test_times_side_by_side_share_nothing():
    assert not set(cells(DOCTOR, TEN, 20)) & set(cells(DOCTOR, TEN + timedelta(minutes=20), 20))


def test_times_of_different_lengths_that_overlap_share_something():
    assert set(cells(DOCTOR, TEN, 60)) & set(cells(DOCTOR, TEN + timedelta(minutes=55), 5))


def test_a_seat_belongs_to_a_day_and_a_purpose():
    assert seat(DOCTOR, date(2026, 11, 17), "patients", 3) == f"{DOCTOR}|2026-11-17|patients|3"


def test_further_lanes_share_nothing_with_the_first():
    assert not set(cells(DOCTOR, TEN, 20)) & set(cells(DOCTOR, TEN, 20, lane=1))


def test_what_an_appointment_needs_is_said_at_its_field():
    with pytest.raises(InvalidInput) as refused:
        Appointment.build({"reason": "x" * 201}, CAIRO)
    assert {"patient", "practitioner", "start", "minutes", "reason"} <= set(refused.value.fields)


def test_a_moment_without_its_zone_is_refused():
    values = {"patient": ObjectId(), "practitioner": DOCTOR, "minutes": 20, "purpose": "patients"}
    with pytest.raises(InvalidInput) as refused:
        Appointment.build(values | {"start": TEN.replace(tzinfo=None)}, CAIRO)
    assert set(refused.value.fields) == {"start"}
