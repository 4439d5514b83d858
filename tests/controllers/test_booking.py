"""Booking in spite of a rule, moving, and undoing a move, on the real server."""

from datetime import timedelta

import pytest
import time_machine

from hmsdesk.controllers.appointments import APPOINTMENTS, Refusal
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed
from hmsdesk.models.appointments import APPROVED, CANCELLED, CHECKED_IN, NO_SHOW, PENDING
from hmsdesk.models.booking import Rule
from hmsdesk.security.permissions import OVERRIDE, Role, may
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
from tests.factories import operation, typed

THREADS = 32
WHY = "Sent by Dr Nabil, must be seen"


@pytest.fixture
def day(desk):
    return desk.locale.today() + timedelta(days=next(untouched))


@pytest.fixture
def morning(desk, day):
    """The day has come: whoever is booked can be checked in."""
    with time_machine.travel(at(desk, day, "08:00"), tick=True):
        yield


def trail_of(clinic, row):
    with clinic.past_the_program() as database:
        return list(database.audit.find({"record": row["_id"]}).sort("version", 1))


def move(session, row, start, doctor=None, sent=None, override=""):
    return APPOINTMENTS.move(session, row, start, doctor or row["practitioner"], sent or operation(), override)


class TestOverride:
    def test_who_may_book_in_spite_of_a_rule(self):
        assert {role for role in Role if may(role, "appointments", OVERRIDE)} == {
            Role.DOCTOR,
            Role.RECEPTIONIST,
            Role.SOLO,
        }

    def test_a_taken_time_gets_a_further_lane_and_the_reason_is_kept(self, clinic, desk, patient, doctor, day):
        start = at(desk, day, "09:00")
        first = book(desk, patient, doctor, start)
        found = refused(desk, patient, doctor, start)
        assert (found.rule, found.overridable) == (Rule.SLOT_FREE, True)
        second = book(desk, patient, doctor, start, override=WHY)
        third = book(desk, patient, doctor, start + timedelta(minutes=10), override=WHY)
        lanes = [{claim[-1] for claim in row["claims"][:-1]} for row in (first, second, third)]
        assert lanes == [{"0"}, {"1"}, {"2"}]
        assert second["override"] == {
            "rule": "slot_free",
            "reason": WHY,
            "at": second["created_at"],
            "by": desk.identity.person,
        }
        assert [entry.get("reason") for entry in trail_of(clinic, second)] == [WHY]
        assert "override" not in first
        assert len(claims_of(desk, doctor)) == 15

    def test_beyond_the_limit_it_takes_a_further_seat(self, clinic, desk, patient, day):
        doctor = doctor_of(clinic, patient_limit=1)
        first = book(desk, patient, doctor, at(desk, day, "09:00"))
        row = book(desk, patient, doctor, at(desk, day, "09:20"), override=WHY)
        assert row["claims"][-1].endswith(f"{day}|patients|2")
        assert APPOINTMENTS.doctor_day(desk, doctor, day).diary.used(day, "patients") == 2
        # The limit is one: with the further one there still is no seat once the first is given back.
        APPOINTMENTS.set_status(desk, first, CANCELLED, operation())
        assert refused(desk, patient, doctor, at(desk, day, "10:00")).rule is Rule.LIMIT

    def test_on_a_closed_day_and_out_of_hours(self, clinic, desk, patient, doctor, day):
        assert book(desk, patient, doctor, at(desk, day, "19:00"), override=WHY)["override"]["rule"] == "in_hours"
        close(clinic, day)
        row = book(desk, patient, doctor, at(desk, day, "09:00"), override=WHY)
        assert row["override"]["rule"] == "clinic_open"

    def test_what_no_rule_forbids_needs_no_override(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"), override=WHY)
        assert "override" not in row
        assert trail_of(clinic, row)[0]["reason"] is None

    def test_nobody_books_a_time_that_is_over(self, desk, patient, doctor):
        yesterday = at(desk, desk.locale.today() - timedelta(days=1), "09:00")
        assert not refused(desk, patient, doctor, yesterday).overridable
        assert refused(desk, patient, doctor, yesterday, override=WHY).title == "This time is over."

    def test_a_closed_day_that_is_over_can_not_be_overridden_either(self, clinic, desk, patient, doctor):
        yesterday = desk.locale.today() - timedelta(days=1)
        close(clinic, yesterday, doctor)
        found = refused(desk, patient, doctor, at(desk, yesterday, "09:00"))
        assert (found.rule, found.overridable) == (Rule.CLINIC_OPEN, False)

    def test_nobody_books_a_doctor_without_a_schedule_or_between_the_cells(self, clinic, desk, patient, doctor, day):
        member = STAFF.create(clinic.administrator, {"name": "Dr New", "profession": "doctor"}, operation())
        found = refused(desk, patient, member["_id"], at(desk, day, "09:00"), override=WHY)
        assert (found.rule, found.overridable) == (Rule.HAS_SCHEDULE, False)
        between = at(desk, day, "09:00") + timedelta(minutes=1)
        assert not refused(desk, patient, doctor, between, override=WHY).overridable

    def test_a_reason_that_is_too_long_is_said_at_its_field(self, desk, patient, doctor, day):
        with pytest.raises(InvalidInput) as found:
            book(desk, patient, doctor, at(desk, day, "09:00"), override="x" * 201)
        assert set(found.value.fields) == {"override"}

    def test_a_blank_reason_overrides_nothing(self, desk, patient, doctor, day):
        book(desk, patient, doctor, at(desk, day, "09:00"))
        assert refused(desk, patient, doctor, at(desk, day, "09:00"), override="  ").rule is Rule.SLOT_FREE

    def test_the_same_override_is_booked_once(self, desk, patient, doctor, day):
        sent, start = operation(), at(desk, day, "09:00")
        book(desk, patient, doctor, start)
        rows = [book(desk, patient, doctor, start, sent, override=WHY) for _ in range(2)]
        assert rows[0] == rows[1]
        assert len(APPOINTMENTS.day(desk, day, doctor)) == 2

    def test_a_time_in_a_further_lane_is_taken_for_those_who_keep_the_rules(self, desk, patient, doctor, day):
        start = at(desk, day, "09:00")
        first = book(desk, patient, doctor, start)
        book(desk, patient, doctor, start, override=WHY)
        APPOINTMENTS.set_status(desk, first, CANCELLED, operation())
        assert refused(desk, patient, doctor, start).rule is Rule.SLOT_FREE


def test_what_booking_answers_is_what_is_kept(clinic, desk, patient, doctor, day):
    for session in (desk, clinic.session(Role.DOCTOR)):
        row = book(session, patient, doctor, at(desk, day, "09:00" if session is desk else "09:20"))
        assert APPOINTMENTS.get(session, row["_id"]) == row


class TestMove:
    def test_it_takes_the_new_place_and_gives_the_old_one_back(self, clinic, desk, patient, doctor, day):
        old, new = at(desk, day, "09:00"), at(desk, day, "10:00")
        row = book(desk, patient, doctor, old)
        now = move(desk, row, new)
        assert (now["start"], now["status"], now["version"]) == (new, APPROVED, 2)
        (left,) = now["moved"]
        assert (left["start"], left["practitioner"], left["minutes"]) == (old, doctor, 20)
        assert left["by"] == desk.identity.person
        assert {claim["_id"] for claim in claims_of(desk, doctor)} == set(now["claims"])
        assert [entry["action"] for entry in trail_of(clinic, row)] == ["book", "move"]
        assert book(desk, patient, doctor, old)

    def test_a_step_of_five_minutes_is_not_in_its_own_way(self, clinic, desk, patient, day):
        doctor = doctor_of(clinic, patient_limit=1)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        assert move(desk, row, at(desk, day, "09:05"))["start"] == at(desk, day, "09:05")

    def test_with_another_doctor_it_takes_as_long_as_it_does_there(self, clinic, desk, patient, doctor, day):
        other = doctor_of(clinic, slot_minutes=40)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        now = move(desk, row, at(desk, day, "09:00"), other)
        assert (now["practitioner"], now["minutes"]) == (other, 40)
        assert (claims_of(desk, doctor), len(claims_of(desk, other))) == ([], 9)

    def test_each_rule_holds_at_the_new_place(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        book(desk, patient, doctor, at(desk, day, "09:20"))
        full = doctor_of(clinic, patient_limit=1)
        book(desk, patient, full, at(desk, day, "11:00"))
        closed = day + timedelta(days=1)
        close(clinic, closed, doctor)
        for start, whose, rule in (
            (at(desk, day, "09:20"), doctor, Rule.SLOT_FREE),
            (at(desk, day, "20:00"), doctor, Rule.IN_HOURS),
            (at(desk, closed, "09:00"), doctor, Rule.CLINIC_OPEN),
            (at(desk, day, "09:40"), full, Rule.LIMIT),
        ):
            with pytest.raises(Refusal) as found:
                move(desk, row, start, whose)
            assert found.value.rule is rule
            assert found.value.nearest
        assert APPOINTMENTS.get(desk, row["_id"]) == row
        assert len([claim for claim in claims_of(desk, doctor) if claim["appointment"] == row["_id"]]) == 5

    def test_in_spite_of_a_rule_with_a_reason(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        book(desk, patient, doctor, at(desk, day, "09:20"))
        now = move(desk, row, at(desk, day, "09:20"), override=WHY)
        assert (now["override"]["rule"], now["override"]["reason"]) == ("slot_free", WHY)
        assert [entry.get("reason") for entry in trail_of(clinic, row)] == [None, WHY]
        assert "override" not in move(desk, now, at(desk, day, "11:00"))

    def test_moving_back_undoes_it(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        now = move(desk, row, at(desk, day, "10:00"))
        back = move(desk, now, row["start"])
        assert (back["start"], back["claims"]) == (row["start"], row["claims"])
        assert "moved" not in back
        assert [entry["action"] for entry in trail_of(clinic, row)] == ["book", "move", "move back"]
        assert {claim["_id"] for claim in claims_of(desk, doctor)} == set(row["claims"])

    def test_a_move_of_somebody_late_can_be_undone(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        with time_machine.travel(at(desk, day, "09:10"), tick=True):
            now = move(desk, row, at(desk, day, "11:00"))
            assert move(desk, now, row["start"])["start"] == row["start"]

    def test_undoing_brings_an_override_back_too(self, desk, patient, doctor, day):
        start = at(desk, day, "09:00")
        book(desk, patient, doctor, start)
        row = book(desk, patient, doctor, start, override=WHY)
        now = move(desk, row, at(desk, day, "10:00"))
        assert "override" not in now
        assert move(desk, now, start)["override"] == row["override"]

    def test_a_place_that_somebody_else_has_by_now_is_refused(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        now = move(desk, row, at(desk, day, "10:00"))
        book(desk, patient, doctor, at(desk, day, "09:10"))
        with pytest.raises(Refusal) as found:
            move(desk, now, row["start"])
        assert found.value.rule is Rule.SLOT_FREE

    def test_a_seat_that_is_gone_is_replaced_by_another(self, clinic, desk, patient, day):
        doctor, other = doctor_of(clinic, patient_limit=2), doctor_of(clinic)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        now = move(desk, row, at(desk, day, "09:00"), other)
        one, two = (book(desk, patient, doctor, at(desk, day, clock)) for clock in ("09:20", "09:40"))
        gone = one if two["claims"][-1] == row["claims"][-1] else two
        APPOINTMENTS.set_status(desk, gone, CANCELLED, operation())
        assert move(desk, now, row["start"], doctor)["start"] == row["start"]

    def test_the_same_move_sent_again_changes_nothing(self, desk, patient, doctor, day):
        row, sent = book(desk, patient, doctor, at(desk, day, "09:00")), operation()
        rows = [move(desk, row, at(desk, day, "10:00"), sent=sent) for _ in range(2)]
        assert rows[0] == rows[1]
        assert len(rows[1]["moved"]) == 1

    def test_to_where_it_is_nothing_is_moved(self, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        assert move(desk, row, row["start"]) == row

    def test_what_has_moved_on_meanwhile_is_a_conflict(self, desk, patient, doctor, day, morning):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        APPOINTMENTS.set_status(desk, row, CHECKED_IN, operation())
        with pytest.raises(Conflict):
            move(desk, row, at(desk, day, "10:00"))
        assert {claim["_id"] for claim in claims_of(desk, doctor)} == set(row["claims"])

    def test_only_who_is_expected_is_moved(self, desk, patient, doctor, day, morning):
        waiting = book(desk, patient, doctor, at(desk, day, "09:00"), pending=True)
        assert move(desk, waiting, at(desk, day, "09:20"))["status"] == PENDING
        row = book(desk, patient, doctor, at(desk, day, "10:00"))
        row = APPOINTMENTS.set_status(desk, row, CHECKED_IN, operation())
        with pytest.raises(InvalidInput) as found:
            move(desk, row, at(desk, day, "10:20"))
        assert found.value.fields == {"start": "An appointment that is checked in keeps its time."}

    @pytest.mark.parametrize("role", [Role.NURSE, Role.ADMINISTRATOR, Role.PHARMACIST])
    def test_who_gives_no_time_away_moves_nobody(self, clinic, desk, patient, doctor, day, role):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        with pytest.raises(NotAllowed):
            move(clinic.session(role), row, at(desk, day, "10:00"))


class TestOnePatientAtATime:
    """Two doctors can't see one patient in the same minute."""

    @pytest.fixture
    def other(self, clinic):
        return doctor_of(clinic)

    def test_a_booking_with_another_doctor_at_that_time_is_refused(self, desk, patient, doctor, other, day):
        first = book(desk, patient, doctor, at(desk, day, "09:00"))
        refusal = refused(desk, patient, other, at(desk, day, "09:10"))
        assert refusal.rule is Rule.PATIENT_FREE
        assert refusal.message == f"At 09:00 with {APPOINTMENTS.get(desk, first['_id'])['practitioner:title']}."
        assert starts_of(refusal.nearest)[0] == at(desk, day, "09:20")
        assert book(desk, patient, other, at(desk, day, "09:20"))

    def test_it_can_be_booked_all_the_same_with_a_reason(self, desk, patient, doctor, other, day):
        book(desk, patient, doctor, at(desk, day, "09:00"))
        row = book(desk, patient, other, at(desk, day, "09:00"), override=WHY)
        assert row["override"]["rule"] == "patient_free"

    def test_what_was_given_back_is_no_hindrance(self, desk, patient, doctor, other, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        assert book(desk, patient, other, at(desk, day, "09:00"))

    def test_it_holds_for_a_move_too(self, desk, patient, doctor, other, day):
        book(desk, patient, doctor, at(desk, day, "09:00"))
        row = book(desk, patient, other, at(desk, day, "10:00"))
        with pytest.raises(Refusal) as found:
            move(desk, row, at(desk, day, "09:00"))
        assert found.value.rule is Rule.PATIENT_FREE

    def test_it_holds_for_undoing_a_move_too(self, desk, patient, doctor, other, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        moved = move(desk, row, at(desk, day, "10:00"))
        book(desk, patient, other, at(desk, day, "09:10"))
        with pytest.raises(Refusal) as found:
            move(desk, moved, row["start"])
        assert found.value.rule is Rule.PATIENT_FREE
        assert APPOINTMENTS.get(desk, row["_id"]) == moved

    @pytest.mark.parametrize("status", [CANCELLED, NO_SHOW])
    def test_what_was_given_back_is_not_taken_again_beside_another_one(self, desk, patient, doctor, other, day, status):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        with time_machine.travel(at(desk, day, "08:00" if status == CANCELLED else "09:05"), tick=True):
            row = APPOINTMENTS.set_status(desk, row, status, operation())
            first = book(desk, patient, other, at(desk, day, "09:10"))
            with pytest.raises(Refusal) as found:
                APPOINTMENTS.set_status(desk, row, APPROVED, operation())
            assert found.value.rule is Rule.PATIENT_FREE
            assert set(found.value.fields) == {"start"}
            name = APPOINTMENTS.get(desk, first["_id"])["practitioner:title"]
            assert found.value.message == f"At 09:10 with {name}. Cancel that one first, or book another time."
            assert at(desk, day, "09:20") not in starts_of(found.value.nearest)
            assert APPOINTMENTS.get(desk, row["_id"]) == row
            APPOINTMENTS.set_status(desk, first, CANCELLED, operation())
            assert APPOINTMENTS.set_status(desk, row, APPROVED, operation())["status"] == APPROVED

    def test_what_stood_beside_another_one_with_a_reason_is_taken_again_there(self, desk, patient, doctor, other, day):
        book(desk, patient, doctor, at(desk, day, "09:00"))
        row = book(desk, patient, other, at(desk, day, "09:00"), override=WHY)
        row = APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        assert APPOINTMENTS.set_status(desk, row, APPROVED, operation())["override"] == row["override"]

    def test_a_move_that_is_refused_is_not_offered_the_place_it_is_at(self, desk, patient, doctor, day):
        book(desk, patient, doctor, at(desk, day, "09:20"))
        row = book(desk, patient, doctor, at(desk, day, "09:40"))
        with pytest.raises(Refusal) as found:
            move(desk, row, at(desk, day, "09:20"))
        assert at(desk, day, "09:40") not in starts_of(found.value.nearest)
        assert len(found.value.nearest) == 3


class TestNearest:
    @pytest.fixture
    def department(self, clinic):
        return DEPARTMENTS.create(clinic.administrator, typed("departments"), operation())["_id"]

    def of_department(self, clinic, department, **schedule):
        doctor = doctor_of(clinic, **schedule)
        row = STAFF.get(clinic.administrator, doctor)
        STAFF.change(clinic.administrator, doctor, row["version"], {"department": department}, operation())
        return doctor

    def test_colleagues_of_the_department_are_offered_where_the_doctor_is_full(
        self, clinic, desk, patient, day, department
    ):
        full = self.of_department(clinic, department, patient_limit=1)
        free = self.of_department(clinic, department)
        elsewhere = doctor_of(clinic)
        book(desk, patient, full, at(desk, day, "09:00"))
        found = refused(desk, patient, full, at(desk, day, "10:00"))
        offered = [(offer.start, offer.practitioner) for offer in found.nearest]
        assert offered == [
            (at(desk, day, "09:40"), free),
            (at(desk, day, "10:00"), free),
            (at(desk, day + timedelta(days=1), "09:00"), full),
        ]
        assert {offer.doctor for offer in found.nearest} == {STAFF.get(desk, one)["name"] for one in (full, free)}
        assert elsewhere not in {offer.practitioner for offer in found.nearest}

    def test_where_the_doctor_has_enough_that_day_only_the_doctor_is_offered(
        self, clinic, desk, patient, day, department
    ):
        doctor, _ = self.of_department(clinic, department), self.of_department(clinic, department)
        book(desk, patient, doctor, at(desk, day, "10:00"))
        found = refused(desk, patient, doctor, at(desk, day, "10:00"))
        assert {offer.practitioner for offer in found.nearest} == {doctor}
        assert len(starts_of(found.nearest)) == 3


@pytest.fixture(scope="module")
def desks(clinic):
    """Receptions of their own connection and chain, as many workstations."""
    return [clinic.sign_in(Role.RECEPTIONIST) for _ in range(THREADS)]


class TestRaces:
    def test_thirty_two_workstations_and_one_slot_make_one_booking(self, desks, patient, doctor, day):
        start = at(desks[0], day, "09:00")
        found = all_at_once(desks, lambda desk, _: book(desk, patient, doctor, start))
        assert sum(isinstance(one, dict) for one in found) == 1
        assert found.count(Rule.SLOT_FREE) == THREADS - 1
        assert len(claims_of(desks[0], doctor)) == 5

    def test_a_daily_limit_of_five_makes_five_bookings(self, clinic, desks, patient, day):
        doctor = doctor_of(clinic, patient_limit=5, slot_minutes=5)
        starts = [at(desks[0], day, "09:00") + timedelta(minutes=5 * n) for n in range(THREADS)]
        found = all_at_once(desks, lambda desk, n: book(desk, patient, doctor, starts[n]))
        assert sum(isinstance(one, dict) for one in found) == 5
        assert found.count(Rule.LIMIT) == THREADS - 5

    def test_overrides_onto_one_slot_never_share_a_lane_or_a_seat(self, clinic, desks, patient, day):
        doctor, start = doctor_of(clinic, patient_limit=1), at(desks[0], day, "09:00")
        found = all_at_once(desks[:8], lambda desk, _: book(desk, patient, doctor, start, override=WHY))
        assert all(isinstance(one, dict) for one in found)
        claims = [claim for one in found for claim in one["claims"]]
        assert len(set(claims)) == len(claims) == len(claims_of(desks[0], doctor)) == 8 * 5

    def test_moves_and_bookings_onto_one_slot_leave_one_there(self, desks, patient, doctor, day):
        target = at(desks[0], day, "11:00")
        rows = [book(desks[0], patient, doctor, at(desks[0], day, clock)) for clock in ("09:00", "09:20", "09:40")]

        def work(desk, number):
            if number % 2:
                return book(desk, patient, doctor, target)
            return move(desk, rows[number // 2], target)

        found = all_at_once(desks[:6], work)
        there = [row for row in APPOINTMENTS.day(desks[0], day, doctor) if row["start"] == target]
        assert len(there) == sum(isinstance(one, dict) for one in found) == 1
        assert found.count(Rule.SLOT_FREE) == 5
        held = [claim for row in APPOINTMENTS.day(desks[0], day, doctor) for claim in row["claims"]]
        assert sorted(held) == sorted(claim["_id"] for claim in claims_of(desks[0], doctor))

    def test_of_two_moves_of_one_booking_one_is_told_of_the_other(self, desks, patient, doctor, day):
        row = book(desks[0], patient, doctor, at(desks[0], day, "09:00"))
        starts = [at(desks[0], day, clock) for clock in ("10:00", "10:20", "10:40", "11:00")]

        def work(desk, number):
            try:
                return move(desk, row, starts[number])["start"]
            except Conflict:
                return "conflict"

        found = all_at_once(desks[:4], work)
        assert found.count("conflict") == 3
        now = APPOINTMENTS.get(desks[0], row["_id"])
        assert now["start"] in found
        assert {claim["_id"] for claim in claims_of(desks[0], doctor)} == set(now["claims"])


def test_a_lowered_limit_holds_for_what_was_booked_before(clinic, desk, patient, day):
    doctor = doctor_of(clinic, patient_limit=20)
    for clock in ("09:00", "09:20"):
        book(desk, patient, doctor, at(desk, day, clock))
    schedule = schedule_id(desk, doctor)
    version = SCHEDULES.get(clinic.administrator, schedule)["version"]
    SCHEDULES.change(clinic.administrator, schedule, version, {"patient_limit": 2}, operation())
    assert refused(desk, patient, doctor, at(desk, day, "10:00")).rule is Rule.LIMIT
