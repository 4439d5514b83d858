"""Booking on the real server: the checks, races, and an appointment's way through the day."""

import itertools
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import time_machine
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hmsdesk.controllers.appointments import APPOINTMENTS, Refusal
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed
from hmsdesk.models.appointments import (
    APPROVED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    FOLLOWS,
    FREEING,
    IN_CONSULTATION,
    NO_SHOW,
    PENDING,
    STATUSES,
    WITH_NURSE,
    leads_back,
)
from hmsdesk.models.booking import Rule, SlotState
from hmsdesk.models.schedules import FOR_PATIENTS, FOR_REPRESENTATIVES, WEEKDAYS
from hmsdesk.security.permissions import Role
from tests.bookings import (
    all_at_once,
    at,
    book,
    claims_of,
    close,
    doctor_of,
    refused,
    schedule_id,
    starts_of,
    untouched,
)
from tests.factories import operation

THREADS = 16


@pytest.fixture
def day(desk):
    """A day that no other test has touched."""
    return desk.locale.today() + timedelta(days=next(untouched))


@pytest.fixture
def morning(desk, day):
    """The day has come: whoever is booked can be checked in."""
    with time_machine.travel(at(desk, day, "08:00"), tick=True):
        yield


class TestBooking:
    def test_what_was_booked_is_kept_with_names_and_its_stamp(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:20"), reason="Headache")
        assert (row["status"], row["minutes"], row["reason"]) == (APPROVED, 20, "Headache")
        assert row["patient:title"] == patient["name"]
        assert [(stamp["status"], stamp["by"]) for stamp in row["stamps"]] == [(APPROVED, desk.identity.person)]
        assert APPOINTMENTS.get(desk, row["_id"]) == row

    def test_the_same_operation_books_once(self, desk, patient, doctor, day):
        sent = operation()
        rows = [book(desk, patient, doctor, at(desk, day, "09:20"), sent) for _ in range(3)]
        assert rows[0] == rows[1] == rows[2]
        assert len(APPOINTMENTS.day(desk, day, doctor)) == 1

    def test_the_same_operation_is_answered_though_its_time_is_over(self, desk, patient, doctor, day):
        sent, start = operation(), at(desk, day, "09:20")
        row = book(desk, patient, doctor, start, sent)
        with time_machine.travel(start + timedelta(hours=1), tick=True):
            assert book(desk, patient, doctor, start, sent) == row

    def test_one_moment_has_one_name_in_every_time_zone(self, desk, patient, doctor, day):
        start = at(desk, day, "09:20")
        book(desk, patient, doctor, start)
        elsewhere = start.astimezone(timezone(timedelta(hours=9)))
        assert refused(desk, patient, doctor, elsewhere).rule is Rule.SLOT_FREE

    def test_a_patient_who_is_not_here_is_not_booked(self, desk, doctor, day):
        with pytest.raises(InvalidInput) as found:
            book(desk, {"_id": ObjectId()}, doctor, at(desk, day, "09:00"))
        assert set(found.value.fields) == {"patient"}
        assert claims_of(desk, doctor) == []

    def test_a_note_that_is_too_long_is_said_and_nothing_is_claimed(self, desk, patient, doctor, day):
        with pytest.raises(InvalidInput) as found:
            book(desk, patient, doctor, at(desk, day, "09:00"), reason="x" * 201)
        assert set(found.value.fields) == {"reason"}
        assert claims_of(desk, doctor) == []

    @pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST, Role.ADMINISTRATOR])
    def test_who_may_not_book_is_told(self, clinic, patient, doctor, day, role):
        session = clinic.session(role)
        with pytest.raises(NotAllowed):
            book(session, patient, doctor, at(session, day, "09:00"))


class TestTheFiveChecks:
    def test_the_clinic_is_open(self, clinic, desk, patient, doctor, day):
        close(clinic, day)
        found = refused(desk, patient, doctor, at(desk, day, "09:00"))
        assert (found.rule, found.title, found.message) == (Rule.CLINIC_OPEN, Rule.CLINIC_OPEN.value, "Public holiday")
        assert {desk.locale.local(start).date() for start in starts_of(found.nearest)} == {day + timedelta(days=1)}

    def test_closed_for_one_doctor_is_open_for_others(self, clinic, desk, patient, doctor, day):
        close(clinic, day, doctor, "On leave")
        assert refused(desk, patient, doctor, at(desk, day, "09:00")).message == "On leave"
        assert book(desk, patient, doctor_of(clinic), at(desk, day, "09:00"))

    def test_a_schedule_exists(self, clinic, desk, patient, day):
        nobody = STAFF.create(clinic.administrator, {"name": "Dr New", "profession": "doctor"}, operation())["_id"]
        found = refused(desk, patient, nobody, at(desk, day, "09:00"))
        assert (found.rule, found.nearest) == (Rule.HAS_SCHEDULE, [])

    def test_who_does_not_work_here_any_more_has_none(self, clinic, desk, patient, doctor, day):
        version = STAFF.get(clinic.administrator, doctor)["version"]
        STAFF.change(clinic.administrator, doctor, version, {"active": False}, operation())
        assert refused(desk, patient, doctor, at(desk, day, "09:00")).rule is Rule.HAS_SCHEDULE

    def test_the_time_is_in_hours(self, desk, patient, doctor, day):
        found = refused(desk, patient, doctor, at(desk, day, "11:50"))
        assert found.rule is Rule.IN_HOURS
        assert found.message == "On this day: 09:00 to 12:00; an appointment takes 20 min."

    def test_a_time_that_is_over_is_refused(self, desk, patient, doctor):
        yesterday = desk.locale.today() - timedelta(days=1)
        found = refused(desk, patient, doctor, at(desk, yesterday, "09:00"))
        assert (found.rule, found.title) == (Rule.IN_HOURS, "This time is over.")
        assert all(start > desk.now() for start in starts_of(found.nearest))
        assert len(found.nearest) == 3

    def test_the_slot_is_free(self, desk, patient, doctor, day):
        book(desk, patient, doctor, at(desk, day, "09:00"))
        for clock in ("09:00", "09:15"):
            assert refused(desk, patient, doctor, at(desk, day, clock)).rule is Rule.SLOT_FREE
        assert book(desk, patient, doctor, at(desk, day, "09:20"))

    def test_the_daily_limit_is_not_reached(self, clinic, desk, patient, day):
        doctor = doctor_of(clinic, patient_limit=2)
        for clock in ("09:00", "09:20"):
            book(desk, patient, doctor, at(desk, day, clock))
        found = refused(desk, patient, doctor, at(desk, day, "09:40"))
        assert (found.rule, found.message) == (Rule.LIMIT, "At most 2 a day.")
        assert {desk.locale.local(start).date() for start in starts_of(found.nearest)} == {day + timedelta(days=1)}

    def test_the_first_of_several_is_named(self, clinic, desk, patient, day):
        doctor = doctor_of(clinic, patient_limit=1)
        book(desk, patient, doctor, at(desk, day, "09:00"))
        assert refused(desk, patient, doctor, at(desk, day, "09:00")).rule is Rule.SLOT_FREE
        assert refused(desk, patient, doctor, at(desk, day, "08:00")).rule is Rule.IN_HOURS
        close(clinic, day)
        assert refused(desk, patient, doctor, at(desk, day, "08:00")).rule is Rule.CLINIC_OPEN

    def test_the_nearest_free_times_are_offered(self, desk, patient, doctor, day):
        for clock in ("09:40", "10:00", "10:20"):
            book(desk, patient, doctor, at(desk, day, clock))
        found = refused(desk, patient, doctor, at(desk, day, "10:00"))
        offered = [f"{desk.locale.local(start):%H:%M}" for start in starts_of(found.nearest)]
        assert offered == ["09:00", "09:20", "10:40"]
        assert book(desk, patient, doctor, found.nearest[0].start)

    def test_where_nothing_is_free_for_weeks_nothing_is_offered(self, clinic, desk, patient, day):
        hours = [{"weekday": "mon", "starts": "09:00", "ends": "09:20", "purpose": FOR_REPRESENTATIVES}]
        doctor = doctor_of(clinic, hours=hours)
        assert refused(desk, patient, doctor, at(desk, day, "09:00")).nearest == []

    def test_representatives_and_patients_exclude_each_other(self, clinic, desk, patient, day):
        weekday = WEEKDAYS[day.weekday()][0]
        both = [
            {"weekday": weekday, "starts": "09:00", "ends": "10:00", "purpose": FOR_PATIENTS},
            {"weekday": weekday, "starts": "10:00", "ends": "11:00", "purpose": FOR_REPRESENTATIVES},
        ]
        doctor = doctor_of(clinic, hours=both)
        version = SCHEDULES.get(clinic.administrator, schedule_id(desk, doctor))["version"]
        book(desk, patient, doctor, at(desk, day, "10:00"), purpose=FOR_REPRESENTATIVES)
        assert refused(desk, patient, doctor, at(desk, day, "10:00")).rule is Rule.IN_HOURS
        changed = {"hours": [both[0] | {"ends": "11:00"}]}
        SCHEDULES.change(clinic.administrator, schedule_id(desk, doctor), version, changed, operation())
        assert refused(desk, patient, doctor, at(desk, day, "10:00")).rule is Rule.SLOT_FREE
        assert book(desk, patient, doctor, at(desk, day, "10:20"))

    def test_nobody_is_booked_in_a_leave_that_began_days_before(self, clinic, desk, patient, doctor, day):
        close(clinic, day - timedelta(days=7), practitioner=doctor, reason="Leave", until=day)
        assert refused(desk, patient, doctor, at(desk, day, "09:00")).rule is Rule.CLINIC_OPEN
        assert book(desk, patient, doctor, at(desk, day + timedelta(days=1), "11:40"))

    def test_an_exceptional_opening_can_be_booked(self, clinic, desk, patient, doctor, day):
        close(clinic, day)
        opening = {"day": day.isoformat(), "kind": "open", "practitioner": doctor, "reason": "Makes up for Monday"}
        CLINIC_DAYS.create(clinic.administrator, opening | {"starts": "18:00", "ends": "19:00"}, operation())
        assert book(desk, patient, doctor, at(desk, day, "18:20"))
        assert refused(desk, patient, doctor, at(desk, day, "09:00")).rule is Rule.IN_HOURS


@pytest.fixture(scope="module")
def desks(clinic):
    """Receptions of their own connection and chain, as many workstations."""
    return [clinic.sign_in(Role.RECEPTIONIST) for _ in range(THREADS)]


class TestRaces:
    def test_sixteen_workstations_and_one_slot_make_one_booking(self, desks, patient, doctor, day):
        start = at(desks[0], day, "09:00")
        found = all_at_once(desks, lambda desk, _: book(desk, patient, doctor, start))
        booked = [one for one in found if isinstance(one, dict)]
        assert len(booked) == 1
        assert [one for one in found if one is not booked[0]] == [Rule.SLOT_FREE] * (THREADS - 1)
        assert len(APPOINTMENTS.day(desks[0], day, doctor)) == 1
        assert len(claims_of(desks[0], doctor)) == 5

    def test_a_daily_limit_of_ten_makes_ten_bookings(self, clinic, desks, patient, day):
        doctor = doctor_of(clinic, patient_limit=10, slot_minutes=10)
        starts = [at(desks[0], day, "09:00") + timedelta(minutes=10 * n) for n in range(THREADS)]
        found = all_at_once(desks, lambda desk, n: book(desk, patient, doctor, starts[n]))
        assert sum(isinstance(one, dict) for one in found) == 10
        assert found.count(Rule.LIMIT) == THREADS - 10
        assert len(APPOINTMENTS.day(desks[0], day, doctor)) == 10

    def test_one_operation_sent_by_many_is_done_once(self, desks, patient, doctor, day):
        sent, start = operation(), at(desks[0], day, "09:00")
        same = [desks[0]] * 4
        found = all_at_once(same, lambda desk, _: book(desk, patient, doctor, start, sent))
        assert {one["_id"] for one in found} == {found[0]["_id"]}
        assert len(APPOINTMENTS.day(desks[0], day, doctor)) == 1

    def test_of_two_steps_at_once_one_is_told_of_the_other(self, desks, patient, doctor, day, morning):
        row = book(desks[0], patient, doctor, at(desks[0], day, "09:00"))

        def step(desk, number):
            try:
                return APPOINTMENTS.set_status(desk, row, (CHECKED_IN, CANCELLED)[number % 2], operation())["status"]
            except Conflict:
                return "conflict"

        found = all_at_once(desks[:4], step)
        assert found.count("conflict") == 3
        now = APPOINTMENTS.get(desks[0], row["_id"])
        assert now["status"] in found
        assert len(claims_of(desks[0], doctor)) == (0 if now["status"] == CANCELLED else 5)


class TestDoctorDay:
    def test_each_start_says_how_it_stands(self, desk, patient, doctor, day):
        book(desk, patient, doctor, at(desk, day, "09:20"))
        found = APPOINTMENTS.doctor_day(desk, doctor, day)
        assert [slot.state for slot in found.slots[:3]] == [SlotState.FREE, SlotState.TAKEN, SlotState.FREE]
        assert (len(found.slots), found.closed) == (9, "")

    def test_a_full_day_says_so(self, clinic, desk, patient, day):
        doctor = doctor_of(clinic, patient_limit=1)
        book(desk, patient, doctor, at(desk, day, "09:20"))
        found = APPOINTMENTS.doctor_day(desk, doctor, day)
        assert {slot.state for slot in found.slots} == {SlotState.FULL, SlotState.TAKEN}

    def test_today_what_is_over_is_over(self, desk, doctor, day):
        with time_machine.travel(at(desk, day, "10:01"), tick=False):
            states = [slot.state for slot in APPOINTMENTS.doctor_day(desk, doctor, day).slots]
        assert states == [SlotState.OVER] * 4 + [SlotState.FREE] * 5

    def test_why_there_is_nothing_is_said(self, clinic, desk, doctor, day):
        stranger = ObjectId()
        assert APPOINTMENTS.doctor_day(desk, stranger, day).closed.startswith(Rule.HAS_SCHEDULE)
        close(clinic, day)
        assert APPOINTMENTS.doctor_day(desk, doctor, day).closed == "Public holiday"
        hours = [{"weekday": WEEKDAYS[day.weekday()][0], "starts": "09:00", "ends": "10:00", "purpose": FOR_PATIENTS}]
        seldom = doctor_of(clinic, hours=hours)
        found = APPOINTMENTS.doctor_day(desk, seldom, day + timedelta(days=1))
        assert found.closed == "The doctor doesn't receive on this day."


class TestTheDay:
    def test_the_day_is_the_practice_s_with_what_tells_patients_apart(self, clinic, desk, patient, day):
        weekday = WEEKDAYS[day.weekday()][0]
        # 00:10 in Cairo is the day before in UTC.
        hours = [{"weekday": weekday, "starts": "00:00", "ends": "01:00", "purpose": FOR_PATIENTS}]
        doctor = doctor_of(clinic, hours=hours)
        row = book(desk, patient, doctor, at(desk, day, "00:20"))
        (found,) = APPOINTMENTS.day(desk, day, doctor)
        assert found["_id"] == row["_id"]
        assert found["patient:identifier"] == patient["identifier"]
        assert (found["patient:gender"], found["patient:birth_date"]) == ("female", "1959")
        assert APPOINTMENTS.day(desk, day - timedelta(days=1), doctor) == []

    def test_all_doctors_in_order_or_one(self, clinic, desk, patient, day):
        one, other = doctor_of(clinic), doctor_of(clinic)
        for doctor, clock in ((one, "10:00"), (other, "09:00"), (one, "09:20")):
            book(desk, patient, doctor, at(desk, day, clock))
        assert [row["practitioner"] for row in APPOINTMENTS.day(desk, day)] == [other, one, one]
        assert len(APPOINTMENTS.day(desk, day, other)) == 1

    def test_what_is_still_to_be_approved_on_later_days_is_found_with_names(self, clinic, desk, patient, day):
        one, other = doctor_of(clinic), doctor_of(clinic)
        wanted = ((one, "09:00"), (other, "09:20"))
        waiting = [book(desk, patient, doctor, at(desk, day, clock), pending=True) for doctor, clock in wanted]
        book(desk, patient, one, at(desk, day, "10:00"))
        evening = day - timedelta(days=1)
        found = [row for row in APPOINTMENTS.pending_after(desk, evening) if row["practitioner"] in (one, other)]
        assert [row["_id"] for row in found] == [row["_id"] for row in waiting]
        assert (found[0]["patient:title"], bool(found[0]["practitioner:title"])) == (patient["name"], True)
        assert [row["_id"] for row in APPOINTMENTS.pending_after(desk, evening, other)] == [waiting[1]["_id"]]
        # Those of the day itself stand on its list.
        assert APPOINTMENTS.pending_after(desk, day, other) == []

    def test_what_is_still_to_be_approved_is_found_however_far_ahead(self, clinic, desk, patient, day):
        doctor, far = doctor_of(clinic), day + timedelta(weeks=20)
        row = book(desk, patient, doctor, at(desk, far, "09:00"), pending=True)
        assert [one["_id"] for one in APPOINTMENTS.pending_after(desk, desk.locale.today(), doctor)] == [row["_id"]]


def brought_to(session, row, status):
    """An appointment on its way to a status."""
    ways = {
        PENDING: (),
        APPROVED: (),
        CHECKED_IN: (CHECKED_IN,),
        WITH_NURSE: (CHECKED_IN, WITH_NURSE),
        IN_CONSULTATION: (CHECKED_IN, IN_CONSULTATION),
        COMPLETED: (CHECKED_IN, IN_CONSULTATION, COMPLETED),
        CANCELLED: (CANCELLED,),
        NO_SHOW: (NO_SHOW,),
    }
    for step in ways[status]:
        row = APPOINTMENTS.set_status(session, row, step, operation())
    return row


REACHED = (PENDING, APPROVED, CHECKED_IN, WITH_NURSE, IN_CONSULTATION, COMPLETED, CANCELLED, NO_SHOW)


@pytest.fixture(scope="module")
def nurse(clinic):
    """Signed in before any test travels: what a session is given holds for a time."""
    return clinic.session(Role.NURSE)


class TestSteps:
    @pytest.fixture
    def afterwards(self, desk, day):
        """The afternoon of the day, when somebody may be missed."""
        with time_machine.travel(at(desk, day, "14:00"), tick=True) as clock:
            clock.move_to(at(desk, day, "08:00"))
            yield clock

    @pytest.mark.parametrize("after", [code for code, _ in STATUSES])
    @pytest.mark.parametrize("before", REACHED)
    def test_only_what_may_follow_follows(self, desk, patient, doctor, day, afterwards, before, after):
        row = book(desk, patient, doctor, at(desk, day, "09:00"), pending=before == PENDING)
        afterwards.move_to(at(desk, day, "14:00"))
        row = brought_to(desk, row, before)
        if after not in FOLLOWS[before] or not leads_back(row, after):
            with pytest.raises(InvalidInput):
                APPOINTMENTS.set_status(desk, row, after, operation())
            assert APPOINTMENTS.get(desk, row["_id"])["status"] == before
            return
        now = APPOINTMENTS.set_status(desk, row, after, operation())
        assert now["status"] == after
        assert now["stamps"][-1]["status"] == after
        assert len(now["stamps"]) == len(row["stamps"]) + 1
        assert len(claims_of(desk, doctor)) == (0 if after in FREEING else 5)

    @pytest.mark.parametrize(
        ("pending", "way"),
        [
            (True, [APPROVED]),
            (True, [CHECKED_IN]),
            (True, [CANCELLED]),
            (True, [NO_SHOW]),
            (False, [CHECKED_IN]),
            (False, [CANCELLED]),
            (False, [NO_SHOW]),
            (False, [CHECKED_IN, CANCELLED]),
            (False, [CHECKED_IN, WITH_NURSE]),
            (False, [CHECKED_IN, IN_CONSULTATION]),
            (False, [CHECKED_IN, WITH_NURSE, IN_CONSULTATION]),
            (False, [CHECKED_IN, IN_CONSULTATION, COMPLETED]),
        ],
    )
    def test_every_step_can_be_undone(self, desk, patient, doctor, day, afterwards, pending, way):
        row = book(desk, patient, doctor, at(desk, day, "09:00"), pending=pending)
        afterwards.move_to(at(desk, day, "14:00"))
        for status in way:
            before, row = row, APPOINTMENTS.set_status(desk, row, status, operation())
        assert before["status"] in APPOINTMENTS.steps(desk, row)
        now = APPOINTMENTS.set_status(desk, row, before["status"], operation())
        assert (now["status"], len(now["stamps"])) == (before["status"], len(way) + 2)
        assert len(claims_of(desk, doctor)) == 5

    def test_only_what_was_pending_becomes_pending_again(self, desk, patient, doctor, day, morning):
        approved = book(desk, patient, doctor, at(desk, day, "09:00"))
        assert PENDING not in APPOINTMENTS.steps(desk, approved)
        cancelled = APPOINTMENTS.set_status(desk, approved, CANCELLED, operation())
        assert APPOINTMENTS.steps(desk, cancelled) == [APPROVED]
        waiting = book(desk, patient, doctor, at(desk, day, "09:00"), pending=True)
        assert waiting["stamps"][0]["status"] == PENDING
        assert APPOINTMENTS.steps(desk, waiting) == [APPROVED, CHECKED_IN, CANCELLED]
        assert APPOINTMENTS.steps(desk, APPOINTMENTS.set_status(desk, waiting, CANCELLED, operation())) == [PENDING]

    def test_the_same_step_sent_again_is_taken_once(self, desk, patient, doctor, day, morning):
        row, sent = book(desk, patient, doctor, at(desk, day, "09:00")), operation()
        rows = [APPOINTMENTS.set_status(desk, row, CHECKED_IN, sent) for _ in range(2)]
        assert rows[0] == rows[1]
        assert len(rows[1]["stamps"]) == 2

    def test_vitals_that_are_recorded_meanwhile_do_not_stand_in_its_way(
        self, clinic, desk, patient, doctor, day, morning
    ):
        row = APPOINTMENTS.set_status(
            desk, book(desk, patient, doctor, at(desk, day, "09:00")), CHECKED_IN, operation()
        )
        nurse = clinic.session(Role.NURSE)
        OBSERVATIONS.record_vitals(nurse, patient["_id"], {"temperature": "37"}, operation(), row["_id"])
        now = APPOINTMENTS.set_status(desk, row, IN_CONSULTATION, operation())
        assert (now["status"], now["version"]) == (IN_CONSULTATION, row["version"] + 2)
        assert "vitals_at" in now

    def test_a_step_of_what_has_moved_on_is_a_conflict(self, desk, patient, doctor, day, morning):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        APPOINTMENTS.set_status(desk, row, CHECKED_IN, operation())
        with pytest.raises(Conflict):
            APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        assert len(claims_of(desk, doctor)) == 5

    def test_nobody_is_missed_before_the_time(self, desk, patient, doctor, day, morning):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        assert APPOINTMENTS.steps(desk, row) == [CHECKED_IN, CANCELLED]
        with pytest.raises(InvalidInput):
            APPOINTMENTS.set_status(desk, row, NO_SHOW, operation())

    def test_nobody_is_here_on_an_earlier_day(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        with time_machine.travel(at(desk, day - timedelta(days=1), "23:00"), tick=True):
            assert APPOINTMENTS.steps(desk, row) == [CANCELLED]
            with pytest.raises(InvalidInput, match="given another time first"):
                APPOINTMENTS.set_status(desk, row, CHECKED_IN, operation())
        with time_machine.travel(at(desk, day, "00:10"), tick=True):
            assert APPOINTMENTS.steps(desk, row) == [CHECKED_IN, CANCELLED]

    def test_a_cancelled_booking_gives_slot_and_seat_back(self, clinic, desk, patient, day):
        doctor = doctor_of(clinic, patient_limit=1)
        start = at(desk, day, "09:00")
        row = book(desk, patient, doctor, start)
        assert refused(desk, patient, doctor, at(desk, day, "10:00")).rule is Rule.LIMIT
        APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        assert claims_of(desk, doctor) == []
        assert book(desk, patient, doctor, start)

    def test_a_restored_booking_takes_its_time_again(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        row = APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        row = APPOINTMENTS.set_status(desk, row, APPROVED, operation())
        assert row["status"] == APPROVED
        assert refused(desk, patient, doctor, at(desk, day, "09:00")).rule is Rule.SLOT_FREE

    def test_a_restored_booking_takes_another_seat_where_its_own_was_given_away(self, clinic, desk, patient, day):
        doctor = doctor_of(clinic, patient_limit=2)
        first, second = (book(desk, patient, doctor, at(desk, day, time)) for time in ("09:00", "09:20"))
        first = APPOINTMENTS.set_status(desk, first, CANCELLED, operation())
        third = book(desk, patient, doctor, at(desk, day, "09:40"))
        second = APPOINTMENTS.set_status(desk, second, CANCELLED, operation())
        assert third["claims"][-1] == first["claims"][-1]
        restored = APPOINTMENTS.set_status(desk, first, APPROVED, operation())
        assert restored["claims"] == [*first["claims"][:-1], second["claims"][-1]]
        taken = {one["_id"] for one in claims_of(desk, doctor)}
        assert taken == {*restored["claims"], *third["claims"]}
        with pytest.raises(Refusal) as found:
            APPOINTMENTS.set_status(desk, second, APPROVED, operation())
        assert found.value.rule is Rule.LIMIT

    def test_what_somebody_else_has_taken_can_not_be_restored(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        row = APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        other = book(desk, patient, doctor, at(desk, day, "09:10"))
        with pytest.raises(Refusal) as found:
            APPOINTMENTS.set_status(desk, row, APPROVED, operation())
        assert found.value.rule is Rule.SLOT_FREE
        assert found.value.nearest
        assert APPOINTMENTS.get(desk, row["_id"])["status"] == CANCELLED
        assert {claim["appointment"] for claim in claims_of(desk, doctor)} == {other["_id"]}

    def test_a_nurse_moves_patients_on_but_gives_no_time_away(self, nurse, desk, patient, doctor, day, morning):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        assert APPOINTMENTS.steps(nurse, row) == [CHECKED_IN]
        with pytest.raises(NotAllowed):
            APPOINTMENTS.set_status(nurse, row, CANCELLED, operation())
        assert APPOINTMENTS.set_status(nurse, row, CHECKED_IN, operation())["status"] == CHECKED_IN

    def test_a_nurse_leads_patients_to_the_doctor_and_neither_completes_nor_reopens_a_visit(
        self, nurse, desk, patient, doctor, day, morning
    ):
        row = brought_to(desk, book(desk, patient, doctor, at(desk, day, "09:00")), CHECKED_IN)
        row = APPOINTMENTS.set_status(nurse, row, IN_CONSULTATION, operation())
        assert COMPLETED in APPOINTMENTS.steps(desk, row)
        assert COMPLETED not in APPOINTMENTS.steps(nurse, row)
        with pytest.raises(NotAllowed):
            APPOINTMENTS.set_status(nurse, row, COMPLETED, operation())
        done = APPOINTMENTS.set_status(desk, row, COMPLETED, operation())
        assert APPOINTMENTS.steps(nurse, done) == []
        with pytest.raises(NotAllowed):
            APPOINTMENTS.set_status(nurse, done, IN_CONSULTATION, operation())

    def test_who_only_reads_has_no_steps(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        assert APPOINTMENTS.steps(clinic.administrator, row) == []
        with pytest.raises(NotAllowed):
            APPOINTMENTS.set_status(clinic.administrator, row, CHECKED_IN, operation())

    def test_the_day_of_a_visit_is_noted_for_clinical_search(self, clinic, desk, doctor, day, morning):
        seen = PATIENTS.create(desk, {"name": "Karim Visit Wahba", "gender": "male"}, operation())
        treating = clinic.session(Role.DOCTOR)
        row = book(desk, seen, doctor, at(desk, day, "09:00"))
        row = APPOINTMENTS.set_status(desk, row, CHECKED_IN, operation())
        APPOINTMENTS.set_status(treating, row, IN_CONSULTATION, operation())
        assert day.isoformat() in HEALTH.get(treating, seen["_id"])["find"]["visit_days"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_two_live_bookings_of_a_doctor_overlap(clinic, desk, patient, data):
    """Whatever is booked, cancelled and restored, and however long appointments are meanwhile."""
    doctor = doctor_of(clinic)
    schedule = schedule_id(desk, doctor)
    day = desk.locale.today() + timedelta(days=next(untouched))
    begin = at(desk, day, "09:00")
    for step in data.draw(st.lists(st.sampled_from(["book", "book", "cancel", "restore", "length"]), max_size=12)):
        rows = APPOINTMENTS.day(desk, day, doctor)
        try:
            if step == "book":
                start = begin + timedelta(minutes=5 * data.draw(st.integers(0, 12)))
                book(desk, patient, doctor, start)
            elif step == "length":
                version = SCHEDULES.get(clinic.administrator, schedule)["version"]
                minutes = {"slot_minutes": data.draw(st.sampled_from([5, 10, 20, 35]))}
                SCHEDULES.change(clinic.administrator, schedule, version, minutes, operation())
            elif rows:
                wanted = CANCELLED if step == "cancel" else APPROVED
                row = data.draw(st.sampled_from(rows))
                if wanted in FOLLOWS[row["status"]]:
                    APPOINTMENTS.set_status(desk, row, wanted, operation())
        except Refusal:
            continue
        live = [row for row in APPOINTMENTS.day(desk, day, doctor) if row["status"] not in FREEING]
        assert_apart(live)


def assert_apart(rows):
    spans = sorted((row["start"], row["start"] + timedelta(minutes=row["minutes"])) for row in rows)
    for (_, ends), (starts, _) in itertools.pairwise(spans):
        assert ends <= starts


def test_dates_far_away_are_no_matter(desk, patient, doctor):
    far = datetime(2027, 12, 1, 7, 0, tzinfo=UTC)
    assert book(desk, patient, doctor, far)["start"] == far
    assert APPOINTMENTS.day(desk, date(2027, 12, 1), doctor)
