"""Civil dates and times of day as people write them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.models import dates
from hmsdesk.models.declaration import Problem
from hmsdesk.models.times import MomentField, TimeField, clock, day_and_time, time_or_day
from tests.factories import EGYPT

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    "typed",
    ["1968-03-12", "12/3/1968", "12.03.1968", "12 3 1968", "12-3-1968", "12 Mar 1968", "12march1968", "12-MAR-1968"],
)
def test_a_day_is_read_however_it_is_written(typed):
    assert dates.read(typed, partial=False, earliest=1900) == "1968-03-12"


@pytest.mark.parametrize(
    ("typed", "kept"), [("1968", "1968"), ("3/1968", "1968-03"), ("Mar 1968", "1968-03"), ("1968-3", "1968-03")]
)
def test_a_part_of_a_date_is_kept_as_such(typed, kept):
    assert dates.read(typed, partial=True, earliest=1900) == kept
    with pytest.raises(Problem):
        dates.read(typed, partial=False, earliest=1900)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("30 Feb 2024", "February 2024 has 29 days"),
        ("29/2/2023", "February 2023 has 28 days"),
        ("31.4.2000", "April 2000 has 30 days"),
        ("0/3/1968", "March 1968 has 31 days"),
        ("1968-03-00", "March 1968 has 31 days"),
        ("12/13/1968", "twelve months"),
        ("12/0/1968", "twelve months"),
        ("12 Foo 1968", "month is not known"),
        ("12/3/1868", "1900 or later"),
        ("12/3/9999", "too far ahead"),
        ("12/3/68", "not a date"),
        ("yesterday", "not a date"),
        ("", "not a date"),
        ("1" * 10_000, "not a date"),
        ('{"$gt": ""}', "not a date"),
        ("12/3/1968\x00", "not a date"),
    ],
)
def test_a_slip_is_told_in_words(typed, told):
    with pytest.raises(Problem, match=told):
        dates.read(typed, partial=True, earliest=1900)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06/2027", "2027-06-30"),
        ("6.2027", "2027-06-30"),
        ("2027-06", "2027-06-30"),
        ("Feb 2028", "2028-02-29"),
        ("02/2027", "2027-02-28"),
        ("12-2027", "2027-12-31"),
        ("15/06/2027", "2027-06-15"),
    ],
)
def test_a_month_without_a_day_means_its_last_one_where_that_is_declared(typed, kept):
    assert dates.read(typed, partial=False, month_end=True, earliest=1900) == kept


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("2027", "or only the month"),
        ("13/2027", "twelve months"),
        ("0/2027", "twelve months"),
        ("06/1868", "1900 or later"),
        ("00/06/2027", "June 2027 has 30 days"),
    ],
)
def test_what_is_no_month_either_is_told_in_words(typed, told):
    with pytest.raises(Problem, match=told):
        dates.read(typed, partial=False, month_end=True, earliest=1900)


@given(DAYS)
def test_what_is_shown_is_read_as_the_same(day):
    kept = day.isoformat()
    assert dates.read(dates.worded(kept), partial=False, earliest=1900) == kept
    assert dates.read(kept, partial=False, earliest=1900) == kept


def test_days_are_said_in_the_same_words_on_every_computer():
    day = date(2026, 11, 7)
    assert (dates.worded(day), dates.worded(datetime(2026, 11, 7, 23, tzinfo=UTC))) == ("7 Nov 2026", "7 Nov 2026")
    assert (dates.day_and_month(day), dates.in_full(day)) == ("7 Nov", "7 November 2026")
    assert (dates.weekday(day), dates.short_weekday(day)) == ("Saturday", "Sat")


def test_a_moment_is_said_on_the_wall_of_the_practice():
    late = datetime(2026, 11, 16, 22, 5, tzinfo=UTC)
    assert (clock(late, EGYPT), day_and_time(late, EGYPT)) == ("00:05", "17 Nov 2026, 00:05")
    assert time_or_day(late, EGYPT, date(2026, 11, 17)) == "00:05"
    assert time_or_day(late, EGYPT, date(2026, 11, 16)) == "17 Nov, 00:05"


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_date_or_a_problem(typed):
    try:
        kept = dates.read(typed, partial=True, earliest=1900)
    except Problem:
        return
    assert dates.read(kept, partial=True, earliest=1900) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("9", "09:00"),
        ("9:05", "09:05"),
        ("0905", "09:05"),
        ("9.30", "09:30"),
        ("2 pm", "14:00"),
        ("12 am", "00:00"),
        ("12:30 PM", "12:30"),
        ("23:59", "23:59"),
        ("0:00", "00:00"),
    ],
)
def test_a_time_is_read_however_it_is_written(typed, kept):
    field = TimeField()
    assert field.clean(typed, EGYPT) == kept
    assert field.clean(kept, EGYPT) == kept


@pytest.mark.parametrize("typed", ["24:00", "9:60", "13 pm", "0 am", "noon", "9:5", 900, ["9"], {"$gt": ""}, "9\x00"])
def test_what_is_no_time_is_told(typed):
    with pytest.raises(Problem):
        TimeField().clean(typed, EGYPT)


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_is_kept_in_utc_to_the_millisecond(moment):
    field = MomentField()
    try:
        kept = field.clean(moment, EGYPT)
    except Problem:
        assert not 1900 < moment.year < 2200
    else:
        assert field.clean(kept, EGYPT) == kept
        assert abs((kept - moment).total_seconds()) < 0.001
        assert field.show(kept, EGYPT)


@pytest.mark.parametrize("wrong", ["2026-11-17", 5, date(2026, 11, 17), {"$date": 0}])
def test_only_a_moment_with_its_time_zone_is_one(wrong):
    with pytest.raises(Problem):
        MomentField().clean(wrong, EGYPT)
