"""A doctor's week."""

import pytest

from hmsdesk.errors import InvalidInput
from hmsdesk.models.schedules import WEEKDAYS, Hours, Schedule, following, in_a_line
from tests.factories import EGYPT, typed


def hours(*spans):
    return [dict(zip(("weekday", "starts", "ends"), span, strict=True)) for span in spans]


def test_a_day_may_have_several_spans_that_meet():
    row = Schedule.build(
        typed("schedules", hours=hours(("sun", "9", "12"), ("sun", "12", "15"), ("mon", "9", "12"))), EGYPT
    )
    assert [(one["starts"], one["ends"]) for one in row["hours"]] == [
        ("09:00", "12:00"),
        ("12:00", "15:00"),
        ("09:00", "12:00"),
    ]
    assert {one["purpose"] for one in row["hours"]} == {"patients"}


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([("sun", "15", "9")], "Sunday: 15:00 to 09:00 ends before it begins"),
        ([("sun", "9", "9")], "ends before it begins"),
        ([("sun", "9", "12"), ("sun", "11:55", "15")], "Sunday: two spans overlap at 11:55"),
        ([("sun", "9:03", "12")], "steps of 5 minutes"),
        ([("sun", "9", "25")], "Entry 1: A day has 24 hours"),
        ([("sun", "9", "12"), ("funday", "9", "12")], "Entry 2: Choose one of: Monday"),
    ],
)
def test_what_is_wrong_with_the_hours_is_said(spans, told):
    with pytest.raises(InvalidInput) as refused:
        Schedule.build(typed("schedules", hours=hours(*spans)), EGYPT)
    assert told in refused.value.fields["hours"]


@pytest.mark.parametrize("minutes", [7, 0, 4, 245, "half an hour"])
def test_appointments_fall_on_whole_cells(minutes):
    with pytest.raises(InvalidInput) as refused:
        Schedule.build(typed("schedules", slot_minutes=minutes), EGYPT)
    assert set(refused.value.fields) == {"slot_minutes"}


def test_a_week_without_hours_is_none():
    with pytest.raises(InvalidInput) as refused:
        Schedule.build(typed("schedules", hours=[]), EGYPT)
    assert refused.value.fields["hours"] == "Hours are needed."


def test_what_follows_a_span_is_the_same_on_the_next_day():
    span = {"weekday": "sat", "starts": "9", "ends": "12", "purpose": "patients"}
    assert following(span) == span | {"weekday": "sun"}
    assert following({"weekday": "sun"})["weekday"] == "mon"
    assert following({"weekday": ""})["weekday"] == ""
    assert {following({"weekday": day})["weekday"] for day, _ in WEEKDAYS} == {day for day, _ in WEEKDAYS}


def test_hours_are_read_as_one_says_them():
    span = {"weekday": "sun", "starts": "09:00", "ends": "15:00", "purpose": "patients"}
    assert Hours.told(span) == "Sunday 09:00–15:00"
    assert Hours.told(span | {"purpose": "representatives"}) == "Sunday 09:00–15:00, representatives"


def week(*spans):
    return [dict(zip(("weekday", "starts", "ends", "purpose"), (*span, "patients")[:4], strict=True)) for span in spans]


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ([], ""),
        (
            week(*((day, "09:00", "15:00") for day in ("mon", "tue", "wed", "thu", "sun")), ("sat", "10:00", "14:00")),
            "Sun–Thu 09:00–15:00, Sat 10:00–14:00",
        ),
        (week(("sun", "17:00", "20:00"), ("sun", "09:00", "12:00")), "Sun 09:00–12:00 and 17:00–20:00"),
        (week(("mon", "09:00", "12:00"), ("wed", "09:00", "12:00")), "Mon, Wed 09:00–12:00"),
        (week(*((day, "08:00", "09:00") for day, _ in WEEKDAYS)), "Daily 08:00–09:00"),
        (week(("mon", "15:00", "16:00", "representatives")), ""),
    ],
)
def test_a_week_is_told_in_a_line_with_days_that_are_alike_together(hours, told):
    assert in_a_line(hours) == told
