"""What is still being taken: lines whose time isn't over, and of one medicine that which lasts longest."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bson import ObjectId

from hmsdesk.models.medication import Taken, running
from tests.factories import EGYPT

NOON = datetime(2026, 11, 17, 10, tzinfo=UTC)
METFORMIN, AMLODIPINE = ObjectId(), ObjectId()


def prescribed(days_ago, *lines):
    return {
        "issued_at": NOON - timedelta(days=days_ago),
        "lines": [{"medicine": medicine, "name": name, "days": days} for medicine, name, days in lines],
    }


@time_machine.travel(NOON, tick=False)
def test_the_last_day_counts_and_the_day_after_does_not():
    taken = running([prescribed(6, (METFORMIN, "Metformin", 7), (AMLODIPINE, "Amlodipine", 6))], EGYPT)
    assert [(one.line["name"], one.days_left(NOON.date())) for one in taken] == [("Metformin", 1)]


@time_machine.travel(NOON, tick=False)
def test_of_one_medicine_that_which_lasts_longest_counts():
    older, newer = prescribed(20, (METFORMIN, "Metformin", 30)), prescribed(1, (METFORMIN, "Metformin", 30))
    (one,) = running([older, newer], EGYPT)
    assert one.days_left(NOON.date()) == 29
    assert one.prescription is newer


@pytest.mark.parametrize(
    ("became", "words"),
    [
        ({}, "1 tablet"),
        ({"set_aside": "Sent elsewhere"}, "1 tablet · Not dispensed here: Sent elsewhere"),
        ({"refused": "Too strong"}, "Not dispensed here: Too strong"),
    ],
)
def test_what_was_set_aside_keeps_its_dose_and_what_was_refused_does_not(became, words):
    assert Taken({}, became, NOON.date()).told("1 tablet") == words


@time_machine.travel(NOON, tick=False)
def test_nothing_prescribed_is_nothing_taken():
    assert running([], EGYPT) == []
