"""The rules of booking that need no server: open time, clock changes, exceptional days, slots and the checks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.models.appointments import cells, seat
from hmsdesk.models.booking import (
    Diary,
    Rule,
    SlotState,
    Span,
    closed_because,
    open_spans,
    slot_starts,
    wall,
    wall_or_later,
    whole_day,
)
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import FOR_PATIENTS, FOR_REPRESENTATIVES

CAIRO = Locale("EG", "EGP", "Africa/Cairo")
BERLIN = Locale("DE", "EUR", "Europe/Berlin")
DOCTOR = ObjectId()
# Sunday to Thursday are working days here.
TUESDAY = date(2026, 11, 17)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# Cairo: at midnight the clock jumps to one; and on the last Thursday of October it goes back at midnight.
CAIRO_SPRING, CAIRO_AUTUMN = date(2026, 4, 24), date(2026, 10, 29)
BERLIN_SPRING, BERLIN_AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def hours(starts, ends, weekday="tue", purpose=FOR_PATIENTS):
    return {"weekday": weekday, "starts": starts, "ends": ends, "purpose": purpose}


def week(*spans, **values):
    return {"hours": list(spans), "slot_minutes": 20, "patient_limit": 20, "representative_limit": 2} | values


def exception(kind, day=TUESDAY, practitioner=None, **values):
    row = {"day": day.isoformat(), "kind": kind, "reason": f"{kind} for a reason"} | values
    return row | ({"practitioner": practitioner} if practitioner else {})


def opened(starts, ends, **values):
    return exception("open", starts=starts, ends=ends, **values)


def told(spans, locale=CAIRO):
    return [f"{locale.local(span.start):%H:%M}-{locale.local(span.end):%H:%M}" for span in spans]


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


class TestWallTime:
    def test_a_wall_time_is_told_in_utc(self):
        assert wall(TUESDAY, "10:20", CAIRO) == utc(2026, 11, 17, 8, 20)

    @pytest.mark.parametrize(
        ("day", "clock", "locale"),
        [(CAIRO_SPRING, "00:00", CAIRO), (CAIRO_SPRING, "00:59", CAIRO), (BERLIN_SPRING, "02:30", BERLIN)],
    )
    def test_a_skipped_time_is_none(self, day, clock, locale):
        assert wall(day, clock, locale) is None

    def test_a_skipped_time_is_the_moment_at_which_the_clock_has_jumped(self):
        assert wall_or_later(BERLIN_SPRING, "02:30", BERLIN) == utc(2026, 3, 29, 1, 0)
        assert wall_or_later(CAIRO_SPRING, "00:00", CAIRO) == utc(2026, 4, 23, 22, 0)

    def test_of_an_hour_that_comes_twice_the_first_is_meant(self):
        assert wall(BERLIN_AUTUMN, "02:30", BERLIN) == utc(2026, 10, 25, 0, 30)
        assert wall(CAIRO_AUTUMN, "23:30", CAIRO) == utc(2026, 10, 29, 20, 30)

    @pytest.mark.parametrize(
        ("day", "locale", "length"),
        [
            (TUESDAY, CAIRO, 24),
            (CAIRO_SPRING, CAIRO, 23),
            (CAIRO_AUTUMN, CAIRO, 25),
            (BERLIN_SPRING, BERLIN, 23),
            (BERLIN_AUTUMN, BERLIN, 25),
        ],
    )
    def test_a_day_has_as_many_hours_as_its_clock_says(self, day, locale, length):
        span = whole_day(day, locale)
        assert span.end - span.start == timedelta(hours=length)
        assert locale.local(span.start).date() == day
        assert locale.local(span.end - timedelta(minutes=1)).date() == day


class TestOpenTime:
    def test_the_hours_of_the_weekday_and_the_purpose_hold(self):
        schedule = week(
            hours("16:00", "17:00"), hours("09:00", "12:00"), hours("09:00", "10:00", "wed"),
            hours("12:00", "13:00", purpose=FOR_REPRESENTATIVES),
        )  # fmt: skip
        assert told(open_spans(TUESDAY, schedule, [], FOR_PATIENTS, CAIRO)) == ["09:00-12:00", "16:00-17:00"]
        assert told(open_spans(TUESDAY, schedule, [], FOR_REPRESENTATIVES, CAIRO)) == ["12:00-13:00"]

    def test_spans_that_meet_are_one(self):
        schedule = week(hours("09:00", "12:00"))
        spans = open_spans(TUESDAY, schedule, [opened("11:00", "14:00"), opened("14:00", "15:00")], FOR_PATIENTS, CAIRO)
        assert told(spans) == ["09:00-15:00"]

    def test_hours_within_a_skipped_hour_are_none(self):
        schedule = week(hours("02:00", "03:00", "sun"), hours("08:00", "09:00", "sun"))
        assert told(open_spans(BERLIN_SPRING, schedule, [], FOR_PATIENTS, BERLIN), BERLIN) == ["08:00-09:00"]

    def test_hours_over_a_skipped_hour_are_an_hour_shorter(self):
        (span,) = open_spans(BERLIN_SPRING, week(hours("01:00", "04:00", "sun")), [], FOR_PATIENTS, BERLIN)
        assert span.end - span.start == timedelta(hours=2)
        assert len(list(slot_starts([span], 20))) == 6

    def test_hours_that_begin_in_a_skipped_hour_begin_after_it(self):
        spans = open_spans(BERLIN_SPRING, week(hours("02:30", "06:00", "sun")), [], FOR_PATIENTS, BERLIN)
        assert told(spans, BERLIN) == ["03:00-06:00"]

    def test_hours_over_an_hour_that_comes_twice_are_an_hour_longer(self):
        (span,) = open_spans(BERLIN_AUTUMN, week(hours("01:00", "04:00", "sun")), [], FOR_PATIENTS, BERLIN)
        assert span.end - span.start == timedelta(hours=4)
        starts = list(slot_starts([span], 30))
        assert len(set(starts)) == 8

    def test_a_night_in_cairo_begins_when_the_clock_has_jumped(self):
        spans = open_spans(CAIRO_SPRING, week(hours("00:00", "03:00", "fri")), [], FOR_PATIENTS, CAIRO)
        assert told(spans) == ["01:00-03:00"]


class TestExceptionalDays:
    SCHEDULE = week(hours("09:00", "12:00"))

    def spans(self, *exceptions, day=TUESDAY, purpose=FOR_PATIENTS):
        return told(open_spans(day, self.SCHEDULE, exceptions, purpose, CAIRO))

    def test_a_closed_day_is_closed_with_its_reason(self):
        assert closed_because(TUESDAY, [exception("closed")]) == "closed for a reason"
        assert self.spans(exception("closed")) == []

    def test_another_day_is_not_concerned(self):
        other = exception("closed", day=date(2026, 11, 18))
        assert closed_because(TUESDAY, [other]) is None
        assert self.spans(other) == ["09:00-12:00"]

    def test_a_day_without_hours_can_be_opened(self):
        friday = date(2026, 11, 20)
        assert self.spans(opened("10:00", "11:00", day=friday), day=friday) == ["10:00-11:00"]

    def test_further_hours_are_added_to_those_of_the_week(self):
        assert self.spans(opened("18:00", "19:00")) == ["09:00-12:00", "18:00-19:00"]

    def test_on_a_closed_day_that_is_opened_only_the_exceptional_hours_hold(self):
        assert self.spans(exception("closed"), opened("10:00", "11:00")) == ["10:00-11:00"]

    def test_a_doctor_may_open_where_the_clinic_is_closed(self):
        own = opened("10:00", "11:00", practitioner=DOCTOR)
        assert closed_because(TUESDAY, [exception("closed"), own]) is None
        assert self.spans(exception("closed"), own) == ["10:00-11:00"]

    def test_a_doctor_on_leave_stays_away_though_the_clinic_opens(self):
        leave = exception("closed", practitioner=DOCTOR, reason="On leave")
        assert closed_because(TUESDAY, [opened("10:00", "11:00"), leave]) == "On leave"
        assert self.spans(opened("10:00", "11:00"), leave) == []

    def test_exceptional_hours_are_for_patients(self):
        assert self.spans(opened("18:00", "19:00"), purpose=FOR_REPRESENTATIVES) == []


class TestSlots:
    def test_only_whole_appointments_fit(self):
        span = Span(utc(2026, 1, 1, 9), utc(2026, 1, 1, 10))
        assert [f"{start:%H:%M}" for start in slot_starts([span], 25)] == ["09:00", "09:25"]

    def test_what_is_shorter_than_an_appointment_has_none(self):
        assert list(slot_starts([Span(utc(2026, 1, 1, 9), utc(2026, 1, 1, 9, 10))], 20)) == []

    @given(first=st.integers(0, 200), length=st.integers(1, 100), minutes=st.integers(1, 24).map(lambda n: n * 5))
    def test_slots_lie_within_their_span_side_by_side(self, first, length, minutes):
        begin = utc(2026, 3, 29) + timedelta(minutes=first * 5)
        span = Span(begin, begin + timedelta(minutes=length * 5))
        starts = list(slot_starts([span], minutes))
        assert all(span.holds(start, minutes) for start in starts)
        assert {after - before for before, after in pairwise(starts)} <= {timedelta(minutes=minutes)}
        assert len(starts) == length * 5 // minutes


class TestDiary:
    SCHEDULE = week(hours("09:00", "10:00"), patient_limit=2)

    def diary(self, *taken, schedule=SCHEDULE, exceptions=()):
        return Diary(DOCTOR, CAIRO, schedule, exceptions, set(taken))

    def at(self, clock, day=TUESDAY):
        return wall(day, clock, CAIRO)

    def broken(self, diary, start, now=LONG_AGO):
        found = diary.broken(start, FOR_PATIENTS, now)
        return found.rule if found else None

    def test_a_free_time_may_be_booked(self):
        assert self.broken(self.diary(), self.at("09:20")) is None
        assert self.broken(self.diary(), self.at("09:25")) is None

    def test_the_checks_come_in_order(self):
        start = self.at("09:00")
        all_seats = [seat(DOCTOR, TUESDAY, FOR_PATIENTS, n) for n in (1, 2)]
        full_and_taken = [*cells(DOCTOR, start, 20), *all_seats]
        closed = (exception("closed"),)
        outside = week(hours("12:00", "13:00"), patient_limit=2)
        assert self.broken(self.diary(schedule=None, exceptions=closed), start) is Rule.CLINIC_OPEN
        assert self.broken(self.diary(*full_and_taken, schedule=None), start) is Rule.HAS_SCHEDULE
        assert self.broken(self.diary(*full_and_taken, schedule=outside), start) is Rule.IN_HOURS
        assert self.broken(self.diary(*full_and_taken), start) is Rule.SLOT_FREE
        assert self.broken(self.diary(*all_seats), start) is Rule.LIMIT

    @pytest.mark.parametrize("clock", ["08:55", "09:45", "10:00"])
    def test_an_appointment_lies_wholly_within_hours(self, clock):
        found = self.diary().broken(self.at(clock), FOR_PATIENTS, LONG_AGO)
        assert found.rule is Rule.IN_HOURS
        assert "09:00 to 10:00" in found.reason

    @pytest.mark.parametrize("off", [timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)])
    def test_an_appointment_begins_on_a_whole_cell(self, off):
        assert self.broken(self.diary(), self.at("09:00") + off) is Rule.IN_HOURS

    def test_a_time_that_is_over_says_so(self):
        found = self.diary().broken(self.at("09:00"), FOR_PATIENTS, self.at("09:01"))
        assert found.sentence == "This time is over."

    def test_a_partly_taken_time_is_taken(self):
        diary = self.diary(*cells(DOCTOR, self.at("09:10"), 5))
        assert self.broken(diary, self.at("09:00")) is Rule.SLOT_FREE
        assert self.broken(diary, self.at("09:20")) is None

    def test_each_slot_says_how_it_stands(self):
        diary = self.diary(*cells(DOCTOR, self.at("09:20"), 20))
        states = [slot.state for slot in diary.slots(TUESDAY, FOR_PATIENTS, self.at("09:00"))]
        assert states == [SlotState.OVER, SlotState.TAKEN, SlotState.FREE]

    def test_on_a_full_day_nothing_is_free(self):
        diary = self.diary(*(seat(DOCTOR, TUESDAY, FOR_PATIENTS, n) for n in (1, 2)))
        assert {slot.state for slot in diary.slots(TUESDAY, FOR_PATIENTS, LONG_AGO)} == {SlotState.FULL}

    def test_representatives_have_seats_of_their_own(self):
        diary = self.diary(*(seat(DOCTOR, TUESDAY, FOR_PATIENTS, n) for n in (1, 2)))
        assert len(diary.free_seats(TUESDAY, FOR_REPRESENTATIVES)) == 2

    def test_seats_are_those_of_the_practice_s_day(self):
        late = week(hours("23:00", "23:59", "thu"), patient_limit=1)
        diary = self.diary(schedule=late)
        (place,) = diary.free_seats(CAIRO_AUTUMN, FOR_PATIENTS)
        assert place == seat(DOCTOR, CAIRO_AUTUMN, FOR_PATIENTS, 1)
        assert "2026-10-29" in place

    def test_a_seat_beyond_the_limit_counts(self):
        beyond = seat(DOCTOR, TUESDAY, FOR_PATIENTS, 3)
        diary = self.diary(seat(DOCTOR, TUESDAY, FOR_PATIENTS, 2), beyond)
        assert (diary.used(TUESDAY, FOR_PATIENTS), diary.limit(FOR_PATIENTS)) == (2, 2)
        assert diary.free_seats(TUESDAY, FOR_PATIENTS) == []
        assert diary.further_seat(TUESDAY, FOR_PATIENTS) == seat(DOCTOR, TUESDAY, FOR_PATIENTS, 1)
        assert (diary.used(TUESDAY, FOR_REPRESENTATIVES), diary.limit(FOR_REPRESENTATIVES)) == (0, 2)

    def test_the_first_lane_that_is_free_all_along_is_taken(self):
        start = self.at("09:00")
        diary = self.diary(*cells(DOCTOR, start, 20), cells(DOCTOR, start, 20, lane=1)[-1])
        assert diary.free_lane(start) == cells(DOCTOR, start, 20, lane=2)
        assert diary.free_lane(self.at("09:20")) == cells(DOCTOR, self.at("09:20"), 20)

    def test_a_time_is_taken_in_whatever_lane(self):
        diary = self.diary(*cells(DOCTOR, self.at("09:20"), 20, lane=4))
        assert self.broken(diary, self.at("09:20")) is Rule.SLOT_FREE

    def test_all_that_is_against_a_time_is_found(self):
        start = self.at("09:55")
        taken = (*cells(DOCTOR, start, 20), *(seat(DOCTOR, TUESDAY, FOR_PATIENTS, n) for n in (1, 2)))
        diary = self.diary(*taken, exceptions=(exception("closed"),))
        found = list(diary.hindrances(start, FOR_PATIENTS, self.at("10:00")))
        assert [one.rule for one in found] == [
            Rule.CLINIC_OPEN,
            Rule.IN_HOURS,
            Rule.IN_HOURS,
            Rule.SLOT_FREE,
            Rule.LIMIT,
        ]
        assert [one.title for one in found if not one.overridable] == ["This time is over."]

    def test_why_nobody_can_be_booked_on_a_day(self):
        assert self.diary().closed(TUESDAY) == ""
        assert self.diary().closed(date(2026, 11, 18)) == "The doctor doesn't receive on this day."
        assert self.diary(exceptions=(exception("closed"),)).closed(TUESDAY) == "closed for a reason"
        assert self.diary(schedule=None).closed(TUESDAY).startswith(Rule.HAS_SCHEDULE)

    @given(data=st.data(), zone=st.sampled_from([CAIRO, BERLIN]))
    def test_what_is_offered_as_free_passes_the_checks(self, data, zone):
        day = data.draw(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
        weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
        begins, length = data.draw(st.integers(0, 200)), data.draw(st.integers(1, 80))
        ends = min(begins + length, 287)
        span = hours(_clock(begins), _clock(ends), weekday)
        diary = Diary(DOCTOR, zone, week(span, slot_minutes=data.draw(st.sampled_from([5, 15, 20, 50]))))
        booked = data.draw(st.lists(st.sampled_from(diary.slots(day, FOR_PATIENTS, LONG_AGO) or [None]), max_size=5))
        taken = {cell for slot in booked if slot for cell in diary.cells(slot.start)}
        diary = Diary(DOCTOR, zone, diary.schedule, (), taken)
        for slot in diary.slots(day, FOR_PATIENTS, LONG_AGO):
            assert zone.local(slot.start).date() == day
            assert slot.free == (diary.broken(slot.start, FOR_PATIENTS, LONG_AGO) is None)
            assert slot.start.astimezone(ZoneInfo(zone.timezone)).second == 0


def _clock(cell):
    return f"{cell * 5 // 60:02}:{cell * 5 % 60:02}"


class TestWalkIns:
    """Who has just come is put into the time that runs, the next one soon, or between the others."""

    SCHEDULE = week(hours("09:00", "12:00"))

    def start(self, now, *taken, schedule=SCHEDULE, locale=CAIRO):
        return Diary(DOCTOR, locale, schedule, (), set(taken)).start_for_walk_in(now)

    def at(self, clock):
        return wall(TUESDAY, clock, CAIRO)

    def test_the_time_that_runs(self):
        assert self.start(self.at("09:07")) == self.at("09:00")
        assert self.start(self.at("09:20")) == self.at("09:20")

    def test_the_next_one_if_it_begins_soon(self):
        taken = cells(DOCTOR, self.at("09:00"), 40)
        assert self.start(self.at("09:10"), *taken) == self.at("09:40")
        assert self.start(self.at("08:40")) == self.at("09:00")

    def test_otherwise_here_and_now(self):
        taken = cells(DOCTOR, self.at("09:00"), 60)
        assert self.start(self.at("09:07"), *taken) == self.at("09:05")
        assert self.start(self.at("13:59")) == self.at("13:55")
        assert self.start(self.at("07:00")) == self.at("07:00")

    @pytest.mark.parametrize(
        ("locale", "day"),
        [(CAIRO, CAIRO_SPRING), (CAIRO, CAIRO_AUTUMN), (BERLIN, BERLIN_SPRING), (BERLIN, BERLIN_AUTUMN)],
    )
    def test_on_every_minute_of_a_day_on_which_the_clock_changes(self, locale, day):
        weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
        schedule = week(hours("00:00", "23:55", weekday))
        span = whole_day(day, locale)
        now = span.start
        while now < span.end:
            start = self.start(now, schedule=schedule, locale=locale)
            # The time that runs; after the doctor's hours the five minutes that do.
            assert now - timedelta(minutes=20) < start <= now
            assert locale.local(start).date() == day
            now += timedelta(minutes=7)
