"""Reading days, weeks and months of appointments, with ghosts of what was moved, on the real server."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import time_machine
from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS, diaries
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.appointments import APPROVED, CANCELLED, RESCHEDULED
from hmsdesk.models.booking import whole_day
from hmsdesk.models.locale import Locale
from tests.bookings import at, book, close, doctor_of, untouched
from tests.factories import operation

DAY = timedelta(days=1)


@pytest.fixture
def day(desk):
    # A week of its own for each test.
    return desk.locale.today() + timedelta(days=8 * next(untouched))


def move(session, row, start, doctor=None):
    return APPOINTMENTS.move(session, row, start, doctor or row["practitioner"], operation())


class TestBetween:
    def test_a_week_in_order_with_what_tells_patients_apart(self, desk, patient, doctor, day):
        starts = [at(desk, day + n * DAY, clock) for n, clock in ((0, "10:00"), (2, "09:00"), (6, "11:40"))]
        for start in reversed(starts):
            book(desk, patient, doctor, start)
        book(desk, patient, doctor, at(desk, day + 7 * DAY, "09:00"))
        rows = APPOINTMENTS.between(desk, day, day + 6 * DAY, [doctor])
        assert [row["start"] for row in rows] == starts
        assert {(row["patient:title"], row["patient:birth_date"]) for row in rows} == {(patient["name"], "1959")}

    def test_of_some_doctors_or_of_all(self, clinic, desk, patient, doctor, day):
        other, third = doctor_of(clinic), doctor_of(clinic)
        for one, clock in ((doctor, "09:00"), (other, "09:20"), (third, "09:40")):
            book(desk, patient, one, at(desk, day, clock))
        found = {row["practitioner"] for row in APPOINTMENTS.between(desk, day, day, [doctor, other])}
        assert found == {doctor, other}
        assert len(APPOINTMENTS.between(desk, day, day)) == 3
        assert APPOINTMENTS.between(desk, day, day, []) == []

    def test_a_ghost_stands_where_it_was(self, clinic, desk, patient, doctor, day):
        other = doctor_of(clinic, slot_minutes=40)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        now = move(desk, row, at(desk, day + 2 * DAY, "10:20"), other)
        (ghost,) = APPOINTMENTS.between(desk, day, day)
        assert (ghost["status"], ghost["ghost"], ghost["appointment"]) == (RESCHEDULED, True, row["_id"])
        assert (ghost["start"], ghost["practitioner"], ghost["minutes"]) == (row["start"], doctor, 20)
        assert ghost["practitioner:title"] == row["practitioner:title"]
        assert (ghost["now_at"], ghost["now_with"]) == (now["start"], other)
        assert ghost["now_with:title"] == now["practitioner:title"]
        assert APPOINTMENTS.steps(desk, ghost) == []
        rows = APPOINTMENTS.between(desk, day, day + 6 * DAY)
        assert [one["status"] for one in rows] == [RESCHEDULED, APPROVED]
        assert len({one["_id"] for one in rows}) == 2

    def test_a_move_within_the_doctor_s_day_leaves_no_ghost(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        move(desk, row, at(desk, day, "11:00"))
        assert [one["status"] for one in APPOINTMENTS.day(desk, day, doctor)] == [APPROVED]

    def test_several_moves_leave_one_ghost_for_each_day(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        for start in (
            at(desk, day, "10:00"),
            at(desk, day + DAY, "09:00"),
            at(desk, day + 2 * DAY, "09:00"),
            at(desk, day + DAY, "09:40"),
        ):
            row = move(desk, row, start)
        rows = APPOINTMENTS.between(desk, day, day + 6 * DAY)
        found = [((one["start"]), one["status"]) for one in rows]
        assert found == [
            (at(desk, day, "10:00"), RESCHEDULED),
            (at(desk, day + DAY, "09:40"), APPROVED),
            (at(desk, day + 2 * DAY, "09:00"), RESCHEDULED),
        ]

    def test_a_move_that_was_undone_leaves_none(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        moved = move(desk, row, at(desk, day + DAY, "09:00"))
        move(desk, moved, row["start"])
        assert APPOINTMENTS.between(desk, day + DAY, day + DAY) == []

    def test_only_the_asked_doctor_s_ghosts_are_shown(self, clinic, desk, patient, doctor, day):
        other = doctor_of(clinic)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        move(desk, row, at(desk, day, "09:00"), other)
        assert [one["status"] for one in APPOINTMENTS.between(desk, day, day, [other])] == [APPROVED]
        assert [one["status"] for one in APPOINTMENTS.between(desk, day, day, [doctor])] == [RESCHEDULED]

    def test_a_year_far_away_is_a_slip(self, desk):
        with pytest.raises(InvalidInput):
            APPOINTMENTS.between(desk, date(1, 1, 1), date(1, 1, 7))


class TestCounts:
    def test_by_day_and_doctor_and_status(self, clinic, desk, patient, doctor, day):
        other = doctor_of(clinic)
        rows = [book(desk, patient, doctor, at(desk, day, clock)) for clock in ("09:00", "09:20")]
        book(desk, patient, other, at(desk, day + DAY, "09:00"))
        APPOINTMENTS.set_status(desk, rows[0], CANCELLED, operation())
        found = APPOINTMENTS.counts_between(desk, day, day + 6 * DAY)
        assert found == {
            (day, doctor): Counter({APPROVED: 1, CANCELLED: 1}),
            (day + DAY, other): Counter({APPROVED: 1}),
        }
        assert set(APPOINTMENTS.counts_between(desk, day, day + DAY, [other])) == {(day + DAY, other)}


# In 2027 it is the last Friday of April and the last Thursday of October, and the last Sundays.
CHANGES = {
    "Africa/Cairo": (date(2027, 4, 30), date(2027, 10, 28)),
    "Europe/Berlin": (date(2027, 3, 28), date(2027, 10, 31)),
}


class TestClockChanges:
    """Cairo's days of 23 and 25 hours begin and end at midnight, Berlin's change in the night."""

    @pytest.fixture(params=["Africa/Cairo", "Europe/Berlin"])
    def abroad(self, desk, monkeypatch, request):
        monkeypatch.setattr(desk, "locale", Locale("EG", "EGP", request.param))
        return request.param

    @pytest.fixture
    def now(self):
        with time_machine.travel(datetime.fromisoformat("2027-01-10T10:00+00:00"), tick=True):
            yield

    @pytest.fixture
    def night(self, clinic):
        """A doctor who receives all day and all night."""
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        hours = [{"weekday": one, "starts": "00:00", "ends": "23:55", "purpose": "patients"} for one in days]
        return doctor_of(clinic, hours=hours, slot_minutes=30, patient_limit=200)

    @pytest.mark.parametrize(("autumn", "length"), [(False, 23), (True, 25)])
    def test_a_column_is_as_long_as_the_day(self, desk, abroad, now, night, autumn, length):
        changed = CHANGES[abroad][autumn]
        span = whole_day(changed, desk.locale)
        assert span.end - span.start == timedelta(hours=length)
        diary = diaries(desk, [night], changed, changed)[night]
        slots = diary.slots(changed, "patients", desk.now())
        # In Cairo the hour before midnight comes twice: hours that end in it end the first time.
        missing = 2 if autumn and abroad == "Africa/Cairo" else 0
        assert len(slots) == length * 2 - 1 - missing
        assert {desk.locale.local(slot.start).date() for slot in slots} == {changed}

    @pytest.mark.parametrize("autumn", [False, True])
    def test_every_start_of_such_a_day_is_booked_and_found_on_it(self, desk, patient, abroad, now, night, autumn):
        changed = CHANGES[abroad][autumn]
        starts = [
            slot.start
            for slot in diaries(desk, [night], changed, changed)[night].slots(changed, "patients", desk.now())
        ]
        for start in starts:
            book(desk, patient, night, start)
        assert [row["start"] for row in APPOINTMENTS.between(desk, changed, changed, [night])] == starts
        counted = APPOINTMENTS.counts_between(desk, changed - DAY, changed + DAY, [night])
        assert counted == {(changed, night): Counter({APPROVED: len(starts)})}
        assert diaries(desk, [night], changed, changed)[night].used(changed, "patients") == len(starts)

    def test_of_an_hour_that_comes_twice_each_is_a_time_of_its_own(self, desk, abroad, now, night):
        patient = PATIENTS.create(desk, {"name": "Nour Night Adly", "gender": "female"}, operation())
        changed = CHANGES[abroad][1]
        span = whole_day(changed, desk.locale)
        twice = Counter(desk.locale.local(span.start + timedelta(minutes=30 * n)).strftime("%H:%M") for n in range(50))
        clock = next(word for word, number in twice.items() if number == 2 and word.endswith(":30"))
        first = at(desk, changed, clock)
        # In Cairo the second one is after the doctor's hours.
        why = "Night duty" if abroad == "Africa/Cairo" else ""
        rows = [book(desk, patient, night, start, override=why) for start in (first, first + timedelta(hours=1))]
        assert {f"{desk.locale.local(row['start']):%H:%M}" for row in rows} == {clock}
        moved = move(desk, rows[0], at(desk, changed - DAY, "14:00"))
        back = move(desk, moved, first)
        assert back["start"] == first
        assert len(APPOINTMENTS.between(desk, changed, changed, [night])) == 2

    @pytest.mark.parametrize("autumn", [False, True])
    def test_moving_over_the_change_keeps_the_wall_time_that_was_asked_for(
        self, desk, patient, abroad, now, night, autumn
    ):
        changed = CHANGES[abroad][autumn]
        row = book(desk, patient, night, at(desk, changed - DAY, "14:00"))
        now_at = move(desk, row, at(desk, changed + DAY, "14:00"))
        local = desk.locale.local(now_at["start"])
        assert (local.date(), f"{local:%H:%M}") == (changed + DAY, "14:00")
        assert now_at["start"] - row["start"] == timedelta(hours=49 if autumn else 47)
        (ghost,) = APPOINTMENTS.between(desk, changed - DAY, changed - DAY, [night])
        assert ghost["now_at"] == now_at["start"]


class TestDiaries:
    def test_of_many_doctors_and_days_in_as_many_questions_as_of_one(self, clinic, desk, patient, day, monkeypatch):
        doctors = [doctor_of(clinic) for _ in range(12)]
        book(desk, patient, doctors[3], at(desk, day, "09:00"))
        close(clinic, day + DAY, doctors[5], "On leave")
        asked, reading, answers = [], Session.reading, Session.answers
        with monkeypatch.context() as patched:
            patched.setattr(Session, "reading", lambda self, name: asked.append(name) or reading(self, name))
            patched.setattr(Session, "answers", lambda self, some: asked.append(list(some)) or answers(self, some))
            found = diaries(desk, doctors, day, day + 6 * DAY)
        assert asked == ["slot_claims", ["schedules", "staff", "clinic_days"]]
        assert list(found) == doctors
        assert found[doctors[3]].used(day, "patients") == 1
        assert found[doctors[4]].used(day, "patients") == 0
        assert found[doctors[5]].closed(day + DAY) == "On leave"
        assert found[doctors[6]].closed(day + DAY) == ""
        assert found[doctors[0]].limit("patients") == 20
        assert [len(found[doctors[0]].spans(day, purpose)) for purpose in ("patients", "representatives")] == [1, 1]

    def test_who_is_not_here_has_no_schedule(self, desk, day):
        stranger = ObjectId()
        diary = diaries(desk, [stranger], day, day)[stranger]
        assert (diary.schedule, diary.limit("patients")) == (None, 0)
        assert diary.closed(day).startswith("This doctor has no schedule yet.")
        assert diaries(desk, [], day, day) == {}
