"""The waiting list on the real server: what fits, what was freed, and one time for one of them."""

from datetime import timedelta

import pytest
import time_machine

from hmsdesk.controllers.appointments import APPOINTMENTS, Refusal
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.notices import notices
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.waiting_entries import SLOT_FREED
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed
from hmsdesk.models.appointments import APPROVED, CANCELLED, CHECKED_IN, NO_SHOW
from hmsdesk.models.booking import Rule
from hmsdesk.models.waiting_list import AFTERNOON, BOOKED, OFFERED, TAKEN_OFF, URGENT, WAITING
from hmsdesk.security.permissions import Role
from tests.bookings import all_at_once, at, book, claims_of, doctor_of, starts_of, untouched
from tests.factories import operation, typed

DAY = timedelta(days=1)
PHONE = "0100 555 0112"


@pytest.fixture
def day(desk):
    return desk.locale.today() + timedelta(days=20 * next(untouched))


@pytest.fixture(autouse=True)
def morning(desk, day):
    """Seven in the morning of the day, so that it lies within the two weeks that are looked at."""
    with time_machine.travel(at(desk, day, "07:00"), tick=True) as moved:
        yield moved


@pytest.fixture(autouse=True)
def nobody_else_waits(clinic):
    yield
    with clinic.past_the_program() as database:
        database.waiting_list.delete_many({})


def another(desk):
    """Somebody else who waits."""
    return PATIENTS.create(desk, {"name": f"Hala {operation()[:8]}", "gender": "female", "phone": PHONE}, operation())


def put(session, patient, **values):
    return WAITING_LIST.create(session, {"patient": patient["_id"]} | values, operation())


def freed(clinic):
    """The entries that news were left of, since the list was empty."""
    with clinic.past_the_program() as database:
        return [one["record"] for one in database.changes.find({"action": SLOT_FREED}).sort("_id", 1)]


class TestPutting:
    def test_who_is_put_on_waits_with_a_stamp(self, desk, patient, doctor):
        row = put(desk, patient, practitioner=doctor, note="Prefers Sundays")
        assert (row["status"], row["priority"], row["part_of_day"]) == (WAITING, "routine", "any")
        assert [(stamp["status"], stamp["by"]) for stamp in row["stamps"]] == [(WAITING, desk.identity.person)]
        assert row["patient:title"] == patient["name"]

    def test_the_same_operation_puts_on_once(self, desk, patient):
        sent = operation()
        rows = [WAITING_LIST.create(desk, {"patient": patient["_id"]}, sent) for _ in range(2)]
        assert rows[0] == rows[1]
        assert WAITING_LIST.number_open(desk) == 1

    def test_the_urgent_come_first_and_then_who_waits_longest(self, desk, patient):
        first, second = put(desk, patient), put(desk, another(desk))
        third = another(desk)
        urgent = put(desk, third, priority=URGENT)
        rows = WAITING_LIST.open_entries(desk)
        assert [row["_id"] for row in rows] == [urgent["_id"], first["_id"], second["_id"]]
        assert rows[0]["patient:phone"] == third["phone"]

    def test_who_has_no_business_with_it_is_told(self, clinic, patient):
        for role in (Role.PHARMACIST, Role.ADMINISTRATOR):
            with pytest.raises(NotAllowed):
                put(clinic.session(role), patient)
            with pytest.raises(NotAllowed):
                WAITING_LIST.open_entries(clinic.session(role))


class TestFits:
    def fits(self, desk, entry):
        return WAITING_LIST.fits(desk, [entry])[entry["_id"]]

    def test_the_first_free_times_of_the_doctor(self, desk, patient, doctor, day):
        book(desk, patient, doctor, at(desk, day, "09:00"))
        entry = put(desk, patient, practitioner=doctor)
        # Only patients wait, and so for a patients' time: nothing says so.
        assert "purpose" not in entry
        found = self.fits(desk, entry)
        assert starts_of(found) == [at(desk, day, clock) for clock in ("09:20", "09:40", "10:00")]
        assert {offer.doctor for offer in found} == {entry["practitioner:title"]}

    def test_within_the_days_and_the_part_of_the_day(self, clinic, desk, patient, day):
        hours = [
            {"weekday": one, "starts": starts, "ends": ends, "purpose": "patients"}
            for one in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
            for starts, ends in (("09:00", "10:00"), ("14:00", "14:40"))
        ]
        doctor = doctor_of(clinic, hours=hours)
        wish = {"practitioner": doctor, "part_of_day": AFTERNOON, "earliest": (day + 2 * DAY).isoformat()}
        entry = put(desk, patient, **wish, latest=(day + 2 * DAY).isoformat())
        assert starts_of(self.fits(desk, entry)) == [at(desk, day + 2 * DAY, clock) for clock in ("14:00", "14:20")]

    def test_any_doctor_of_a_department(self, clinic, desk, patient, doctor, day):
        department = DEPARTMENTS.create(clinic.administrator, typed("departments"), operation())["_id"]
        row = STAFF.get(clinic.administrator, doctor)
        STAFF.change(clinic.administrator, doctor, row["version"], {"department": department}, operation())
        doctor_of(clinic)
        entry = put(desk, patient, department=department)
        assert {offer.practitioner for offer in self.fits(desk, entry)} == {doctor}

    def test_for_several_at_once_and_for_nobody(self, desk, patient, doctor, day):
        late = (day + 30 * DAY).isoformat()
        entries = [
            put(desk, patient, practitioner=doctor),
            put(desk, another(desk), practitioner=doctor, earliest=late),
        ]
        found = WAITING_LIST.fits(desk, entries)
        assert [len(found[entry["_id"]]) for entry in entries] == [3, 0]
        assert WAITING_LIST.fits(desk, []) == {}


class TestSteps:
    def test_offered_waiting_again_and_taken_off(self, desk, patient):
        row = put(desk, patient)
        for status in (OFFERED, WAITING, TAKEN_OFF, WAITING):
            row = WAITING_LIST.set_status(desk, row, status, operation())
        assert [stamp["status"] for stamp in row["stamps"]] == [WAITING, OFFERED, WAITING, TAKEN_OFF, WAITING]

    def test_what_can_not_follow_is_told(self, desk, patient):
        row = WAITING_LIST.set_status(desk, put(desk, patient), TAKEN_OFF, operation())
        with pytest.raises(InvalidInput):
            WAITING_LIST.set_status(desk, row, BOOKED, operation())
        assert WAITING_LIST.number_open(desk) == 0

    def test_the_same_step_sent_again_is_taken_once(self, desk, patient):
        row, sent = put(desk, patient), operation()
        rows = [WAITING_LIST.set_status(desk, row, OFFERED, sent) for _ in range(2)]
        assert rows[0] == rows[1]

    def test_of_two_who_offer_one_is_told_of_the_other(self, desk, patient):
        row = put(desk, patient)
        WAITING_LIST.set_status(desk, row, OFFERED, operation())
        with pytest.raises(Conflict):
            WAITING_LIST.set_status(desk, row, TAKEN_OFF, operation())


class TestBooking:
    def test_the_time_is_booked_and_the_entry_is_off_the_list(self, desk, patient, doctor, day):
        entry = put(desk, patient, practitioner=doctor, note="Knee")
        row = WAITING_LIST.book(desk, entry, at(desk, day, "09:20"), doctor, operation())
        assert (row["status"], row["patient"], row["reason"]) == (APPROVED, patient["_id"], "Knee")
        now = WAITING_LIST.get(desk, entry["_id"])
        assert (now["status"], now["appointment"]) == (BOOKED, row["_id"])
        assert WAITING_LIST.open_entries(desk) == []

    def test_sent_again_it_books_nothing_more(self, desk, patient, doctor, day):
        entry, sent = put(desk, patient), operation()
        rows = [WAITING_LIST.book(desk, entry, at(desk, day, "09:20"), doctor, sent) for _ in range(2)]
        assert rows[0] == rows[1]
        assert len(claims_of(desk, doctor)) == 5

    def test_a_time_that_is_taken_is_refused_and_the_entry_waits_on(self, desk, patient, doctor, day):
        book(desk, patient, doctor, at(desk, day, "09:20"))
        entry = put(desk, patient)
        with pytest.raises(Refusal) as found:
            WAITING_LIST.book(desk, entry, at(desk, day, "09:20"), doctor, operation())
        assert found.value.rule is Rule.SLOT_FREE
        assert WAITING_LIST.get(desk, entry["_id"]) == entry | {
            "created_by:title": WAITING_LIST.get(desk, entry["_id"])["created_by:title"]
        }

    def test_it_can_be_undone(self, desk, patient, doctor, day):
        entry = put(desk, patient)
        row = WAITING_LIST.book(desk, entry, at(desk, day, "09:20"), doctor, operation())
        sent = operation()
        rows = [WAITING_LIST.take_back(desk, row, sent) for _ in range(2)]
        assert rows[0] == rows[1]
        assert rows[0]["status"] == CANCELLED
        now = WAITING_LIST.get(desk, entry["_id"])
        assert (now["status"], "appointment" in now) == (WAITING, False)
        assert claims_of(desk, doctor) == []

    def test_who_may_not_book_books_nobody_from_the_list(self, clinic, desk, patient, doctor, day):
        entry = put(clinic.session(Role.NURSE), patient)
        with pytest.raises(NotAllowed):
            WAITING_LIST.book(clinic.session(Role.NURSE), entry, at(desk, day, "09:20"), doctor, operation())

    def test_two_workstations_and_one_entry_make_one_booking(self, clinic, desk, patient, doctor, day):
        desks = [clinic.sign_in(Role.RECEPTIONIST) for _ in range(4)]
        entry = put(desk, patient)
        starts = [at(desk, day, clock) for clock in ("09:00", "09:20", "09:40", "10:00")]

        def work(session, number):
            try:
                return WAITING_LIST.book(session, entry, starts[number], doctor, operation())
            except Conflict:
                return "conflict"

        found = all_at_once(desks, work)
        assert found.count("conflict") == 3
        assert len(APPOINTMENTS.day(desk, day, doctor)) == 1
        assert len(claims_of(desk, doctor)) == 5

    def test_two_entries_and_one_time_make_one_booking(self, clinic, desk, patient, doctor, day):
        desks = [clinic.sign_in(Role.RECEPTIONIST) for _ in range(4)]
        entries = [put(desk, another(desk)) for _ in desks]
        start = at(desk, day, "09:00")
        found = all_at_once(
            desks, lambda session, n: WAITING_LIST.book(session, entries[n], start, doctor, operation())
        )
        assert found.count(Rule.SLOT_FREE) == 3
        assert sorted(row["status"] for row in WAITING_LIST.open_entries(desk)) == [WAITING] * 3


class TestOnceEach:
    def test_nobody_waits_twice_for_the_same(self, desk, patient, doctor):
        put(desk, patient, practitioner=doctor)
        with pytest.raises(InvalidInput) as found:
            put(desk, patient, practitioner=doctor)
        assert found.value.fields == {"patient": "This patient is on the waiting list already."}
        assert put(desk, patient)
        assert WAITING_LIST.number_open(desk) == 2

    def test_who_was_taken_off_may_wait_again(self, desk, patient):
        WAITING_LIST.set_status(desk, put(desk, patient), TAKEN_OFF, operation())
        assert put(desk, patient)["status"] == WAITING

    def test_who_is_booked_waits_no_more(self, desk, patient, doctor, day):
        entry = put(desk, patient, practitioner=doctor)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        now = WAITING_LIST.get(desk, entry["_id"])
        assert (now["status"], now["appointment"]) == (BOOKED, row["_id"])
        assert [one["_id"] for one in WAITING_LIST.left_with(desk, row["_id"])] == [entry["_id"]]

    def test_who_waits_for_another_doctor_or_time_waits_on(self, clinic, desk, patient, doctor, day):
        put(desk, patient, practitioner=doctor_of(clinic))
        put(desk, patient, part_of_day=AFTERNOON)
        book(desk, patient, doctor, at(desk, day, "09:00"))
        assert WAITING_LIST.number_open(desk) == 2

    def test_a_booking_that_is_taken_back_puts_its_patient_on_the_list_again(self, desk, patient, doctor, day):
        entry = put(desk, patient)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        assert WAITING_LIST.take_back(desk, row, operation())["status"] == CANCELLED
        assert WAITING_LIST.get(desk, entry["_id"])["status"] == WAITING


class TestFreedTimes:
    def test_who_it_suits_is_told_of(self, clinic, desk, patient, doctor, day, morning):
        other = doctor_of(clinic)
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        wishes = [
            {"practitioner": doctor},
            {},
            {"practitioner": other},
            {"part_of_day": AFTERNOON},
            {"earliest": (day + DAY).isoformat()},
        ]
        entries = [put(desk, another(desk), **wish) for wish in wishes]
        before = len(freed(clinic))
        APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        assert set(freed(clinic)[before:]) == {entry["_id"] for entry in entries[:2]}

    def test_a_moved_booking_frees_where_it_was(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        entry = put(desk, patient, latest=day.isoformat())
        before = len(freed(clinic))
        row = APPOINTMENTS.move(desk, row, at(desk, day + DAY, "09:00"), doctor, operation())
        assert freed(clinic)[before:] == [entry["_id"]]
        # Moved back it frees a day that doesn't suit.
        APPOINTMENTS.move(desk, row, at(desk, day, "09:00"), doctor, operation())
        assert len(freed(clinic)) == before + 1

    def test_of_a_time_that_is_over_nobody_is_told(self, clinic, desk, patient, doctor, day, morning):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        put(desk, patient)
        before = len(freed(clinic))
        morning.move_to(at(desk, day, "09:30"))
        APPOINTMENTS.set_status(desk, row, NO_SHOW, operation())
        assert len(freed(clinic)) == before

    def test_of_a_time_at_which_the_doctor_is_away_by_now_nobody_is_told(self, clinic, desk, patient, doctor, day):
        rows = [book(desk, patient, doctor, at(desk, day + n * DAY, "09:00")) for n in (1, 2)]
        put(desk, patient)
        leave = {"day": (day + DAY).isoformat(), "practitioner": doctor, "kind": "closed", "reason": "Annual leave"}
        CLINIC_DAYS.create(clinic.administrator, leave, operation())
        before = len(freed(clinic))
        APPOINTMENTS.set_status(desk, rows[0], CANCELLED, operation())
        assert len(freed(clinic)) == before
        APPOINTMENTS.set_status(desk, rows[1], CANCELLED, operation())
        assert len(freed(clinic)) == before + 1

    def test_who_was_taken_off_is_not_told_of(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        WAITING_LIST.set_status(desk, put(desk, patient), TAKEN_OFF, operation())
        before = len(freed(clinic))
        APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
        assert len(freed(clinic)) == before

    def test_a_step_that_frees_nothing_tells_nobody(self, clinic, desk, patient, doctor, day):
        row = book(desk, patient, doctor, at(desk, day, "09:00"))
        put(desk, patient)
        before = len(freed(clinic))
        APPOINTMENTS.set_status(desk, row, CHECKED_IN, operation())
        assert len(freed(clinic)) == before


def test_reception_is_noticed_of_a_freed_time(clinic, desk, patient, doctor, day):
    row = book(desk, patient, doctor, at(desk, day, "09:00"))
    entry = put(desk, patient)
    APPOINTMENTS.set_status(desk, row, CANCELLED, operation())
    found = [one for one in notices(desk) if one.kind.collection == "waiting_list"]
    assert [(one.title, one.record) for one in found] == [(f"A time is free for {patient['name']}", str(entry["_id"]))]
