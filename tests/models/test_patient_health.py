"""What is clinical: allergies that are recorded, denied or unknown; and how problems and visits are found."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.errors import InvalidInput
from hmsdesk.models.allergies import AllergyState, allergy_state
from hmsdesk.models.patient_health import PatientHealth, marks_between, visit_marks
from tests.factories import EGYPT, typed

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("health", "state"),
    [
        (None, AllergyState.HIDDEN),
        ({}, AllergyState.NOT_RECORDED),
        ({"no_known_allergies": False}, AllergyState.NOT_RECORDED),
        ({"no_known_allergies": True}, AllergyState.NONE_KNOWN),
        ({"allergies": [{"substance": "Penicillin"}]}, AllergyState.RECORDED),
    ],
)
def test_not_asked_is_not_none(health, state):
    assert allergy_state(health) is state


def test_nobody_has_allergies_and_none():
    with pytest.raises(InvalidInput) as refused:
        PatientHealth.build(typed("patient_health", no_known_allergies=True), EGYPT)
    assert set(refused.value.fields) == {"no_known_allergies"}


def test_an_allergy_says_to_what():
    with pytest.raises(InvalidInput, match="Entry 1: To what is needed"):
        PatientHealth.build({"allergies": [{"reaction": "rash"}]}, EGYPT)


def test_problems_are_found_by_the_beginnings_of_their_words():
    row = PatientHealth.build({"conditions": [{"name": "Type 2 diabetes"}, {"name": "داء السكري"}]}, EGYPT)
    assert {"d", "di", "dia", "diab", "type", "السك"} <= set(row["find"]["conditions"])
    assert {"diabetes", "السكري"} <= set(row["find"]["condition_words"])


@given(DAYS, DAYS, DAYS)
def test_a_span_of_days_has_the_marks_of_its_visits_and_of_no_others(one, other, visit):
    first, last = sorted((one, other))
    marks = set(marks_between(first, last))
    assert bool(marks & set(visit_marks(visit))) == (first <= visit <= last)


@given(DAYS, st.integers(0, 40_000))
def test_a_span_has_few_marks(first, days):
    last = first + timedelta(days=days)
    marks = marks_between(first, last)
    assert len(set(marks)) == len(marks) <= 2 * (30 + 11) + (last.year - first.year)


def test_one_day_has_its_own_mark():
    assert marks_between(date(2026, 11, 17), date(2026, 11, 17)) == ["2026-11-17"]
    assert marks_between(date(2026, 1, 1), date(2026, 12, 31)) == ["2026"]
    assert marks_between(date(2026, 11, 30), date(2027, 1, 1)) == ["2026-11-30", "2026-12", "2027-01-01"]
