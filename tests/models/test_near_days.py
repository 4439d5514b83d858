"""Days not far from today, as they are said at a desk."""

from datetime import date

import pytest

from hmsdesk.models import near_days
from hmsdesk.models.declaration import Problem

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("24/11", "2026-11-24"),
        ("24 11", "2026-11-24"),
        ("24.11", "2026-11-24"),
        ("24 nov", "2026-11-24"),
        ("24Nov", "2026-11-24"),
        ("٢٤/١١", "2026-11-24"),
        ("24/11/26", "2026-11-24"),
        ("24/11/2026", "2026-11-24"),
        ("2026-11-24", "2026-11-24"),
        ("5/1", "2027-01-05"),
        ("18/11", "2026-11-18"),
        ("today", "2026-11-20"),
        ("Tomorrow", "2026-11-21"),
        ("tom", "2026-11-21"),
        ("sunday", "2026-11-22"),
        ("Sun", "2026-11-22"),
        ("fri", "2026-11-27"),
        ("+7", "2026-11-27"),
    ],
)
def test_a_day_is_read_however_it_is_said(said, meant):
    assert near_days.read(said, FRIDAY, 2000) == meant


def test_around_new_year_it_is_the_nearest_one():
    assert near_days.read("30/12", date(2027, 1, 2), 2000) == "2026-12-30"


@pytest.mark.parametrize("said", ["noday", "24", "24/11/6", "1" * 10_000, "24/11\x00", "+1000", "+"])
def test_what_is_no_day_is_told_with_examples(said):
    with pytest.raises(Problem, match="24/11, Sunday or tomorrow"):
        near_days.read(said, FRIDAY, 2000)


@pytest.mark.parametrize(("said", "told"), [("31/4", "April 2026 has 30 days"), ("12/13", "twelve months")])
def test_a_slip_is_told_as_in_any_date(said, told):
    with pytest.raises(Problem, match=told):
        near_days.read(said, FRIDAY, 2000)
