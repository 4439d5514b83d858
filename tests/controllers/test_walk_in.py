"""Who comes without a booking, on the real server: registered, booked and checked in at once."""

from datetime import timedelta

import pytest
import time_machine
from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS, Refusal
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.walk_in import WALK_IN, walk_in, who_sees
from hmsdesk.errors import InvalidInput, NotAllowed
from hmsdesk.models.appointments import APPROVED, CANCELLED, CHECKED_IN
from hmsdesk.models.booking import Rule
from hmsdesk.security.permissions import Role
from tests.bookings import all_at_once, at, book, claims_of, close, doctor_of, receives, untouched
from tests.consulting import Consulting
from tests.factories import operation

NEW = {"name": "Samir Fikry Wahba", "gender": "male", "birth_date": "1974", "phone": "0100 555 0199"}


@pytest.fixture
def day(desk):
    return desk.locale.today() + timedelta(days=next(untouched))


@pytest.fixture
def clock(desk, day):
    """The day at 10:07."""
    with time_machine.travel(at(desk, day, "10:07"), tick=True) as moved:
        yield moved


def time_of(desk, row):
    return f"{desk.locale.local(row['start']):%H:%M}"


class TestWalkIn:
    def test_the_free_time_that_runs_is_taken(self, desk, patient, doctor, clock):
        row = walk_in(desk, patient["_id"], doctor, operation())
        assert (time_of(desk, row), row["minutes"], row["status"]) == ("10:00", 20, CHECKED_IN)
        assert row["walk_in"]
        assert [stamp["status"] for stamp in row["stamps"]] == [APPROVED, CHECKED_IN]
        assert "override" not in row
        assert len(claims_of(desk, doctor)) == 5

    def test_or_the_next_free_one_that_begins_soon(self, desk, patient, doctor, day, clock):
        clock.move_to(at(desk, day, "08:00"))
        for start in ("10:00", "10:20"):
            book(desk, patient, doctor, at(desk, day, start))
        clock.move_to(at(desk, day, "10:12"))
        assert time_of(desk, walk_in(desk, patient["_id"], doctor, operation())) == "10:40"

    def test_between_others_it_takes_a_further_lane_here_and_now(self, desk, patient, doctor, day, clock):
        clock.move_to(at(desk, day, "08:00"))
        for start in ("10:00", "10:20", "10:40"):
            book(desk, patient, doctor, at(desk, day, start))
        clock.move_to(at(desk, day, "10:07"))
        rows = [walk_in(desk, patient["_id"], doctor, operation()) for _ in range(2)]
        assert [time_of(desk, row) for row in rows] == ["10:05", "10:05"]
        assert [row["claims"][0][-1] for row in rows] == ["1", "2"]
        assert {(row["override"]["rule"], row["override"]["reason"]) for row in rows} == {("slot_free", WALK_IN)}

    def test_beyond_the_limit_it_takes_a_further_seat(self, clinic, desk, patient, day, clock):
        doctor = doctor_of(clinic, patient_limit=1)
        first, second = (walk_in(desk, patient["_id"], doctor, operation()) for _ in range(2))
        assert "override" not in first
        assert (time_of(desk, second), second["override"]["rule"]) == ("10:20", "limit")
        assert second["claims"][-1].endswith("|2")

    def test_out_of_hours_and_on_a_closed_day_too(self, clinic, desk, patient, doctor, day, clock):
        clock.move_to(at(desk, day, "20:03"))
        row = walk_in(desk, patient["_id"], doctor, operation())
        assert (time_of(desk, row), row["override"]["rule"]) == ("20:00", "in_hours")
        other = doctor_of(clinic)
        close(clinic, day, other)
        assert walk_in(desk, patient["_id"], other, operation())["override"]["rule"] == "clinic_open"

    def test_a_doctor_without_a_schedule_sees_nobody(self, clinic, desk, patient, clock):
        member = STAFF.create(clinic.administrator, {"name": "Dr New", "profession": "doctor"}, operation())
        with pytest.raises(Refusal) as found:
            walk_in(desk, patient["_id"], member["_id"], operation())
        assert found.value.rule is Rule.HAS_SCHEDULE
        assert member["_id"] not in {sees.doctor["_id"] for sees in who_sees(desk)}

    def test_somebody_new_is_registered_in_the_same_operation(self, clinic, desk, doctor, clock):
        row = walk_in(desk, NEW, doctor, operation())
        patient = PATIENTS.get(desk, row["patient"])
        assert (patient["name"], row["patient:title"]) == (NEW["name"], NEW["name"])
        assert patient["identifier"]
        assert HEALTH.get(clinic.session(Role.DOCTOR), patient["_id"])
        with clinic.past_the_program() as database:
            entry = database.audit.find_one({"record": row["_id"]})
            done = database.audit.find({"operation": entry["operation"]}).sort("n", 1)
            assert [one["action"] for one in done] == ["book", "register", "create", CHECKED_IN]

    def test_where_it_is_refused_nobody_is_registered(self, clinic, desk, clock):
        member = STAFF.create(clinic.administrator, {"name": "Dr New", "profession": "doctor"}, operation())
        name = f"Nobody {operation()[:8]}"
        with pytest.raises(Refusal):
            walk_in(desk, NEW | {"name": name}, member["_id"], operation())
        with clinic.past_the_program() as database:
            assert database.patients.count_documents({"name": name}) == 0

    def test_what_is_wrong_with_somebody_new_is_said_at_its_field(self, desk, doctor, clock):
        with pytest.raises(InvalidInput) as found:
            walk_in(desk, NEW | {"birth_date": "tomorrow"}, doctor, operation())
        assert set(found.value.fields) == {"birth_date"}
        assert claims_of(desk, doctor) == []
        with pytest.raises(InvalidInput):
            walk_in(desk, ObjectId(), doctor, operation())

    def test_sent_again_it_changes_nothing(self, clinic, desk, doctor, day, clock):
        sent, name = operation(), f"Once {operation()[:8]}"
        rows = [walk_in(desk, NEW | {"name": name}, doctor, sent) for _ in range(2)]
        assert rows[0] == rows[1]
        assert len(APPOINTMENTS.day(desk, day, doctor)) == 1
        with clinic.past_the_program() as database:
            assert database.patients.count_documents({"name": name}) == 1

    def test_it_can_be_taken_back(self, desk, patient, doctor, clock):
        row = walk_in(desk, patient["_id"], doctor, operation())
        assert APPOINTMENTS.set_status(desk, row, CANCELLED, operation())["status"] == CANCELLED
        assert claims_of(desk, doctor) == []

    @pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST])
    def test_who_books_nobody_lets_nobody_walk_in(self, clinic, patient, doctor, clock, role):
        with pytest.raises(NotAllowed):
            walk_in(clinic.session(role), patient["_id"], doctor, operation())

    def test_many_workstations_at_one_doctor_share_no_lane_and_no_id(self, clinic, doctor, day, clock):
        desks = [clinic.sign_in(Role.RECEPTIONIST) for _ in range(8)]
        found = all_at_once(
            desks, lambda desk, n: walk_in(desk, NEW | {"name": f"Walker {n} Gaber"}, doctor, operation())
        )
        assert len({row["_id"] for row in found}) == 8
        assert len({PATIENTS.get(desks[0], row["patient"])["identifier"] for row in found}) == 8
        assert len({claim for row in found for claim in row["claims"]}) == len(claims_of(desks[0], doctor)) == 40


def test_who_sees_them_soonest_comes_first(clinic, desk, patient, day, clock):
    clock.move_to(at(desk, day, "08:00"))
    free, busy, full = (doctor_of(clinic, **more) for more in ({}, {}, {"patient_limit": 1}))
    for start in ("10:00", "10:20", "10:40"):
        book(desk, patient, busy, at(desk, day, start))
    waiting = book(desk, patient, full, at(desk, day, "09:00"))
    APPOINTMENTS.set_status(desk, waiting, CHECKED_IN, operation())
    clock.move_to(at(desk, day, "10:07"))
    own = {free: "free", busy: "busy", full: "full"}
    found = [sees for sees in who_sees(desk) if sees.doctor["_id"] in own]
    assert [own[sees.doctor["_id"]] for sees in found] == ["free", "full", "busy"] or [
        own[sees.doctor["_id"]] for sees in found
    ] == ["free", "busy", "full"]
    by_name = {own[sees.doctor["_id"]]: sees for sees in found}
    assert by_name["free"].between is None
    assert by_name["busy"].between.rule is Rule.SLOT_FREE
    assert (by_name["full"].between.rule, by_name["full"].waiting) == (Rule.LIMIT, 1)


def test_a_doctor_who_asks_comes_first(clinic, desk, patient, day, clock):
    clock.move_to(at(desk, day, "08:00"))
    doctor_of(clinic)
    session = Consulting(clinic).new_doctor("Dr Zeinab Last")
    receives(clinic, session.identity.person)
    book(desk, patient, session.identity.person, at(desk, day, "10:00"))
    clock.move_to(at(desk, day, "10:07"))
    assert who_sees(session)[0].doctor["_id"] == session.identity.person
    assert who_sees(desk)[0].doctor["_id"] != session.identity.person
