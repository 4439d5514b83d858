"""The layout of the calendar without a window: hours and changes of the clock, columns, bookings side by side."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.models.appointments import APPROVED, CANCELLED, RESCHEDULED, cells, seat
from hmsdesk.models.booking import Diary, Span, wall, whole_day
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import FOR_PATIENTS, FOR_REPRESENTATIVES
from hmsdesk.views.calendar.axis import DAY, Axis, axis_for, doubled_in
from hmsdesk.views.calendar.plan import Box, Closed, Wanted, boxes, column

CAIRO = Locale("EG", "EGP", "Africa/Cairo")
BERLIN = Locale("DE", "EUR", "Europe/Berlin")
DOCTOR = {"_id": ObjectId(), "name": "Dr Sara El-Masry"}
TUESDAY = date(2026, 11, 17)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)
CHANGES = [
    (CAIRO, date(2026, 4, 24), 23),
    (CAIRO, date(2026, 10, 29), 25),
    (BERLIN, date(2026, 3, 29), 23),
    (BERLIN, date(2026, 10, 25), 25),
]


def hours(starts, ends, weekday="tue", purpose=FOR_PATIENTS):
    return {"weekday": weekday, "starts": starts, "ends": ends, "purpose": purpose}


def diary(*spans, exceptions=(), taken=(), locale=CAIRO, **values):
    week = {"hours": list(spans), "slot_minutes": 20, "patient_limit": 20, "representative_limit": 2} | values
    return Diary(DOCTOR["_id"], locale, week, exceptions, frozenset(taken))


def booking(start, minutes=20, status=APPROVED, **values):
    return {
        "_id": ObjectId(), "start": start, "minutes": minutes, "status": status, "purpose": FOR_PATIENTS
    } | values  # fmt: skip


def at(clock, day=TUESDAY, locale=CAIRO):
    return wall(day, clock, locale)


def planned(made, rows=(), day=TUESDAY, now=EARLY, **options):
    wanted = Wanted(DOCTOR, day, made, rows)
    seen = [(day, span) for span in wanted.seen()]
    return column(wanted, axis := axis_for([day], seen, made.minutes, made.locale, **options), now), axis


class TestTheHours:
    def test_they_begin_with_the_first_hour_somebody_receives_and_end_with_the_last(self):
        _, axis = planned(diary(hours("09:20", "14:40")))
        assert (axis.first, axis.last) == (9 * 60, 15 * 60)
        assert [word for _, word in axis.hours()] == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00"]

    def test_a_booking_outside_of_the_hours_is_seen_too(self):
        _, axis = planned(diary(hours("09:00", "12:00")), [booking(at("07:45")), booking(at("12:10"))])
        assert (axis.first, axis.last) == (7 * 60, 13 * 60)

    def test_twenty_minutes_are_33_px_high_and_shorter_slots_still_have_room_for_a_line(self):
        _, axis = planned(diary(hours("09:00", "12:00")))
        assert axis.y(9 * 60 + 20) == 33
        _, fine = planned(diary(hours("09:00", "12:00"), slot_minutes=5))
        assert fine.y(9 * 60 + 5) == 25

    def test_where_nobody_receives_usual_hours_are_shown(self):
        _, axis = planned(Diary(DOCTOR["_id"], CAIRO))
        assert (axis.first, axis.last) == (8 * 60, 16 * 60)

    def test_a_high_window_is_filled_with_the_hours_around_and_never_with_more_than_a_day(self):
        _, axis = planned(diary(hours("09:00", "12:00")), room=700)
        assert axis.height >= 700
        assert axis.first == 9 * 60
        _, most = planned(diary(hours("09:00", "12:00")), room=10_000)
        assert (most.first, most.last) == (0, DAY)

    @pytest.mark.parametrize(("locale", "day", "length"), CHANGES)
    def test_each_minute_of_a_day_of_23_or_25_hours_has_a_place_of_its_own(self, locale, day, length):
        axis = Axis(locale, 0, DAY, doubled=doubled_in([day], locale))
        span = whole_day(day, locale)
        minutes = int((span.end - span.start).total_seconds()) // 60
        assert minutes == length * 60
        moments = [span.start + timedelta(minutes=minute) for minute in range(minutes)]
        places = [axis.position(day, moment) for moment in moments]
        assert places == sorted(set(places))
        assert [axis.moment(day, place) for place in places] == moments
        assert len({axis.y(place) for place in places}) == minutes

    def test_an_hour_that_comes_twice_is_told_twice(self):
        axis = axis_for([date(2026, 10, 25)], [(date(2026, 10, 25), whole_day(date(2026, 10, 25), BERLIN))], 20, BERLIN)
        assert [word for _, word in axis.hours()][1:5] == ["01:00", "02:00", "02:00", "03:00"]

    def test_a_week_shows_an_hour_that_one_of_its_days_has_twice_and_the_others_are_closed_there(self):
        days = [date(2026, 10, 24), date(2026, 10, 25)]
        axis = Axis(BERLIN, 0, DAY + 60, doubled=doubled_in(days, BERLIN))
        assert axis.missing(days[0]) == [(180, 240)]
        assert axis.missing(days[1]) == []
        assert axis.position(days[0], wall(days[0], "09:00", BERLIN)) == axis.position(
            days[1], wall(days[1], "09:00", BERLIN)
        )

    def test_an_hour_that_is_left_out_holds_nothing(self):
        axis = Axis(BERLIN, 0, DAY)
        assert axis.missing(date(2026, 3, 29)) == [(120, 180)]
        assert axis.moment(date(2026, 3, 29), 150) is None


class TestAColumn:
    def test_it_says_why_it_is_closed_before_between_and_after(self):
        made, axis = planned(diary(hours("09:20", "13:00"), hours("14:00", "14:40")))
        assert [(one.reason, one.top, one.bottom) for one in made.closed] == [
            ("Opens at 09:20", axis.first, 560),
            ("Break 13:00 to 14:00", 780, 840),
            ("Closes at 14:40", 880, axis.last),
        ]

    def test_it_says_where_it_is_only_for_representatives_that_it_opens_and_closes(self):
        for_reps = hours("15:20", "15:40", purpose=FOR_REPRESENTATIVES)
        made, _ = planned(diary(for_reps))
        assert made.closed[0].reason == "Opens for representatives at 15:20"
        assert made.closed[-1].reason == "Closes for representatives at 15:40"
        made, _ = planned(diary(hours("09:20", "12:00"), for_reps))
        assert made.closed[0].reason == "Opens at 09:20"

    @given(
        st.lists(st.tuples(st.integers(0, 1440), st.integers(5, 90)), max_size=8),
        st.tuples(st.integers(0, 1440), st.integers(1, 600)),
    )
    def test_why_it_is_closed_is_said_where_nobody_is_booked_all_the_same(self, booked, stretch):
        made = [Box(booking("10:00"), top, top + minutes) for top, minutes in booked]
        closed = Closed(stretch[0], sum(stretch), "Break")
        found = list(closed.free_of(made))
        positions = [place for top, bottom in found for place in range(top, bottom)]
        covered = {place for box in made for place in range(box.top, box.bottom)}
        assert positions == [place for place in range(closed.top, closed.bottom) if place not in covered]
        # Two that touch would be one.
        assert all(before[1] < after[0] for before, after in pairwise(found))

    def test_a_closed_day_says_its_reason(self):
        holiday = {"day": TUESDAY.isoformat(), "kind": "closed", "reason": "Armed Forces Day"}
        made, _ = planned(diary(hours("09:00", "12:00"), exceptions=[holiday]))
        assert [one.reason for one in made.closed] == ["Armed Forces Day"]
        assert made.starts == ()

    def test_a_doctor_without_hours_that_day_or_without_a_schedule_says_so(self):
        assert planned(diary(hours("09:00", "12:00", "wed")))[0].closed[0].reason == "Doesn't receive on this day"
        assert planned(Diary(DOCTOR["_id"], CAIRO))[0].closed[0].reason == "No hours entered yet"

    def test_free_starts_say_whom_for_and_those_that_are_over_or_taken_say_nothing(self):
        taken = cells(DOCTOR["_id"], at("09:20"), 20)
        week = [hours("09:00", "10:00"), hours("10:00", "10:20", purpose=FOR_REPRESENTATIVES)]
        made, _ = planned(diary(*week, taken=taken), now=at("09:10"))
        assert [(one.words, one.bookable) for one in made.starts] == [
            ("", False),
            ("", False),
            ("Free", True),
            ("Free for representatives", False),
        ]
        assert made.starts[2].start == at("09:40")

    def test_over_the_daily_limit_free_starts_say_so_and_the_column_is_full(self):
        taken = {seat(DOCTOR["_id"], TUESDAY, FOR_PATIENTS, 1), *cells(DOCTOR["_id"], at("09:00"), 20)}
        made, _ = planned(diary(hours("09:00", "10:00"), taken=taken, patient_limit=1), [booking(at("09:00"))])
        assert [one.words for one in made.starts] == ["", *["Daily limit reached"] * 2]
        assert (made.booked, made.limit, made.full) == (1, 1, True)

    def test_who_was_cancelled_or_moved_away_is_not_counted(self):
        rows = [booking(at("09:00")), booking(at("09:20"), status=CANCELLED), booking(at("09:40"), status=RESCHEDULED)]
        made, _ = planned(diary(hours("09:00", "12:00")), rows)
        assert made.booked == 1


class TestSideBySide:
    def test_a_booking_alone_has_the_whole_width(self):
        (one,) = boxes([booking(at("09:00"))], TUESDAY, Axis(CAIRO, 0, DAY))
        assert (one.start, one.end) == (0, 1)

    def test_two_at_one_time_share_it_and_the_next_has_it_again(self):
        rows = [booking(at("09:00")), booking(at("09:00")), booking(at("09:20"))]
        made = boxes(rows, TUESDAY, Axis(CAIRO, 0, DAY))
        assert [(one.start, one.end) for one in made] == [(0, 0.5), (0.5, 1), (0, 1)]

    def test_what_was_cancelled_is_narrow_beside_what_took_its_time(self):
        rows = [booking(at("09:00"), status=CANCELLED), booking(at("09:00"))]
        made = boxes(rows, TUESDAY, Axis(CAIRO, 0, DAY))
        assert [(one.row["status"], one.end - one.start) for one in made] == [
            (APPROVED, pytest.approx(0.8)),
            (CANCELLED, pytest.approx(0.2)),
        ]

    @given(
        st.lists(
            st.tuples(st.integers(0, 200), st.integers(1, 30), st.sampled_from([APPROVED, CANCELLED, RESCHEDULED])),
            max_size=40,
        ),
        st.sampled_from([(CAIRO, TUESDAY), *[(locale, day) for locale, day, _ in CHANGES]]),
    )
    def test_no_two_bookings_cover_one_another_and_none_is_lost(self, drawn, where):
        locale, day = where
        midnight = whole_day(day, locale).start
        rows = [booking(midnight + timedelta(minutes=5 * cell), 5 * length, status) for cell, length, status in drawn]
        spans = [(day, Span(row["start"], row["start"] + timedelta(minutes=row["minutes"]))) for row in rows]
        axis = axis_for([day], spans, 5, locale)
        made = boxes(rows, day, axis)
        assert sorted(one.record for one in made) == sorted(row["_id"] for row in rows)
        assert all(one.top < one.bottom and 0 <= one.start < one.end <= 1 for one in made)
        for one, other in combinations(made, 2):
            apart_in_time = axis.y(one.bottom) <= axis.y(other.top) or axis.y(other.bottom) <= axis.y(one.top)
            assert apart_in_time or one.end <= other.start or other.end <= one.start
