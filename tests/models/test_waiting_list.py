"""Which time suits somebody who waits."""

from datetime import UTC, date, datetime

import pytest
from bson import ObjectId

from hmsdesk.errors import InvalidInput
from hmsdesk.models.locale import Locale
from hmsdesk.models.waiting_list import AFTERNOON, ANY_TIME, EVENING, MORNING, WaitingEntry, wants, wants_day

CAIRO = Locale("EG", "EGP", "Africa/Cairo")
ENTRY = {"earliest": "2026-11-17", "latest": "2026-11-20", "part_of_day": ANY_TIME}


def at(hour, day=17):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(("day", "suits"), [(16, False), (17, True), (20, True), (21, False)])
def test_only_days_within_suit(day, suits):
    assert wants_day(ENTRY, date(2026, 11, day)) is suits
    assert wants(ENTRY, at(10, day), CAIRO) is suits


def test_an_open_end_suits_always():
    assert wants_day({"earliest": "2026-11-17"}, date(2030, 1, 1))
    assert wants_day({}, date(2020, 1, 1))


@pytest.mark.parametrize(
    ("hour", "part"), [(7, MORNING), (9, MORNING), (10, AFTERNOON), (14, AFTERNOON), (15, EVENING), (20, EVENING)]
)
def test_the_part_of_the_day_is_that_of_the_wall(hour, part):
    # Cairo is two hours ahead.
    suiting = [one for one in (MORNING, AFTERNOON, EVENING) if wants(ENTRY | {"part_of_day": one}, at(hour), CAIRO)]
    assert suiting == [part]
    assert wants(ENTRY, at(hour), CAIRO)


def test_days_in_the_wrong_order_and_two_wishes_are_told():
    with pytest.raises(InvalidInput) as found:
        WaitingEntry.build({"patient": ObjectId(), "earliest": "20/11/2026", "latest": "17/11/2026"}, CAIRO)
    assert set(found.value.fields) == {"latest"}
    both = {"patient": ObjectId(), "practitioner": ObjectId(), "department": ObjectId()}
    with pytest.raises(InvalidInput) as found:
        WaitingEntry.build(both, CAIRO)
    assert set(found.value.fields) == {"department"}
