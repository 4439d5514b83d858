"""What a person is told of: read off the news and the records they may see, and marked as read for them alone."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.charges import Chargeable, charge
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.refusing import refuse, set_aside, take_back
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.notices import MARKS, mark_all_read, mark_read, notices
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import doctors
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import NotAllowed
from hmsdesk.models.appointments import CANCELLED, CHECKED_IN
from hmsdesk.models.booking import wall
from hmsdesk.models.charges import FOR_OTHER
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.fields import MoneyField
from hmsdesk.models.notices import KINDS, kinds_for
from hmsdesk.models.schedules import WEEKDAYS
from hmsdesk.models.times import clock
from hmsdesk.navigation import word_of
from hmsdesk.security.permissions import Role, may
from tests.factories import operation
from tests.views.desk import book, doctor_of, far_day, patient_of


@pytest.fixture
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture
def nurse(clinic):
    """A nurse of the test's own, who has read nothing."""
    hired = clinic.hire(Role.NURSE)
    session = clinic.door.sign_in(hired.email, hired.password)
    yield session
    session.close()


def titles(session, heading=None):
    return [one.title for one in notices(session) if heading in (None, one.kind.heading)]


def came(clinic, reception, name):
    doctor = doctor_of(clinic, f"Dr {uuid4().hex[:6]}")
    return walk_in(reception, patient_of(reception, name)["_id"], doctor["_id"], operation())


def put_on_the_bill(session, patient, label, price):
    lines = [Chargeable(FOR_OTHER, label, MoneyField().clean(price, session.locale))]
    write(session, operation(), lambda work: charge(session, work, patient["_id"], ObjectId(), lines))


def receives(clinic, doctor):
    hours = [{"weekday": day, "starts": "09:00", "ends": "12:00", "purpose": "patients"} for day, _ in WEEKDAYS]
    SCHEDULES.create(clinic.administrator, {"practitioner": doctor["_id"], "hours": hours}, operation())


def runs_low(session, medicine):
    write(session, operation(), lambda work: work.announce("medicines", medicine["_id"], "low stock"))


class TestTheTable:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.collection}-{kind.action}")
    def test_everybody_who_is_told_may_read_it_and_go_there(self, kind):
        for role in kind.roles:
            assert may(role, kind.collection, "read")
            assert word_of(kind.opens[0], role), f"{role} has no {kind.opens[0]}"

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.collection}-{kind.action}")
    def test_what_it_says_is_declared(self, kind):
        record = KEEPERS[kind.collection].record
        if kind.told_of:
            record = KEEPERS[declared_fields(record)[kind.told_of].refers_to].record
        fields = dict.fromkeys(declared_fields(record), "word")
        assert "{" not in f"{kind.title} {kind.about}".format_map(fields)
        assert {kind.opens[1], kind.one_each} <= {"_id", *fields}

    def test_one_who_works_alone_is_told_of_everybody_s(self):
        assert kinds_for(Role.SOLO) == KINDS

    def test_visitors_are_told_of_nothing(self):
        assert kinds_for(Role.PATIENT) == kinds_for(Role.REPRESENTATIVE) == ()


class TestWhatIsTold:
    def test_the_pharmacist_is_told_of_what_is_cancelled_after_some_of_it_was_handed_out(self, practice):
        row = practice.stocked()
        dispense(practice.pharmacist, practice.opened(row), {1: 7}, operation())
        CANCELLATIONS.cancel(practice.doctor, row["_id"], "A stomach ulcer", operation())
        (told,) = [one for one in notices(practice.pharmacist) if one.record == str(row["_id"]) and one.unread]
        assert told.title.startswith("Hand nothing more to ")
        assert row["number"] in told.about

    def test_the_nurse_is_told_who_has_come(self, clinic, reception, nurse):
        row = came(clinic, reception, "Samir Fikry Wahba")
        newest = notices(nurse)[0]
        assert newest.title == "Samir Fikry Wahba has come"
        assert clock(row["start"], nurse.locale) in newest.about
        assert newest.record == str(row["patient"])
        assert newest.unread

    def test_a_doctor_is_told_of_what_is_moved_to_or_from_them_and_given_up(self, practice, reception):
        clinic, left = practice.clinic, practice.new_doctor("Dr Left Behind")
        (own,) = [one for one in doctors(reception) if one["_id"] == left.identity.person]
        receives(clinic, own)
        other = doctor_of(clinic, f"Dr {uuid4().hex[:6]}")
        day = far_day(reception, 42)
        row = book(reception, patient_of(reception, "Mona Moved"), own, day, "09:00")
        elsewhere = wall(day, "10:00", reception.locale)
        row = APPOINTMENTS.move(reception, row, elsewhere, other["_id"], operation())
        assert titles(left, "Moved") == ["Mona Moved has another time"]
        row = APPOINTMENTS.move(reception, row, wall(day, "11:00", reception.locale), own["_id"], operation())
        APPOINTMENTS.set_status(reception, row, CANCELLED, operation())
        assert titles(left, "Cancelled") == ["Mona Moved doesn't come"]

    def test_a_doctor_is_told_of_their_own_patients(self, practice, reception):
        clinic, doctor = practice.clinic, practice.new_doctor("Dr Karim Nabil")
        came(clinic, reception, "Somebody Else's")
        assert titles(doctor, "Checked in") == []
        (own,) = [one for one in doctors(reception) if one["_id"] == doctor.identity.person]
        receives(clinic, own)
        row = walk_in(reception, patient_of(reception, "Mona Own")["_id"], own["_id"], operation())
        assert titles(doctor) == ["Mona Own has come", "Mona Own is booked"]
        values = {"systolic": "148", "diastolic": "92", "temperature": "38.6"}
        OBSERVATIONS.record_vitals(clinic.session(Role.NURSE), row["patient"], values, operation(), row["_id"])
        newest = notices(doctor)[0]
        assert newest.title == "Vitals done: Mona Own"
        # How old she is isn't known.
        assert newest.about.startswith("Temperature 38.6 °C high · ")

    def test_nobody_is_told_of_what_they_did(self, clinic, reception):
        came(clinic, reception, "Rania By Reception")
        assert [title for title in titles(reception, "Booked") if "Rania" in title] == []

    def test_the_pharmacist_and_then_the_doctor(self, practice):
        signed = practice.stocked()
        waiting = notices(practice.pharmacist)[0]
        assert (waiting.record, waiting.title) == (str(signed["_id"]), "Medicines for Mohamed Ali Hassan")
        dispense(practice.pharmacist, practice.opened(signed), {1: 60}, operation())
        handed = notices(practice.doctor)[0]
        assert handed.title == "Mohamed Ali Hassan was handed medicines"
        assert handed.record == str(signed["_id"])

    def test_the_doctor_is_told_why_nothing_was_handed_out_as_long_as_that_holds(self, practice):
        signed = practice.stocked()
        refused = refuse(practice.pharmacist, practice.opened(signed), "The dose is too high", operation())
        told = notices(practice.doctor)[0]
        assert (told.title, told.record) == ("Mohamed Ali Hassan was handed nothing", str(signed["_id"]))
        assert told.about == f"The dose is too high · {signed['number']}"
        take_back(practice.pharmacist, refused["_id"], "The doctor explained it", operation())
        assert [one.about for one in notices(practice.doctor) if one.id == told.id] == [signed["number"]]

    def test_the_doctor_is_told_why_a_prescription_was_set_aside(self, practice):
        signed = practice.stocked()
        set_aside(practice.pharmacist, practice.opened(signed), "Not in stock", operation())
        told = notices(practice.doctor)[0]
        assert (told.title, told.record) == ("Medicines for Mohamed Ali Hassan are set aside", str(signed["_id"]))
        assert told.about == f"Not in stock · {signed['number']}"

    def test_what_was_done_about_it_counts_as_read_and_may_still_be_looked_up(self, practice):
        rows = practice.stocked(), practice.stocked()

        def unread():
            to_dispense = [one for one in notices(practice.pharmacist) if one.kind.action == "sign prescription"]
            return {one.record for one in to_dispense if one.unread}

        told = {str(row["_id"]) for row in rows}
        assert told <= unread()
        dispense(practice.pharmacist, practice.opened(rows[0]), {1: 60}, operation())
        assert str(rows[0]["_id"]) not in unread()
        CANCELLATIONS.cancel(practice.doctor, rows[1]["_id"], "Wrong strength", operation())
        assert not told & unread()
        assert told <= {one.record for one in notices(practice.pharmacist)}

    def test_a_patient_has_one_bill(self, clinic, reception):
        patient = patient_of(reception, f"Aisha {uuid4().hex[:5]}")
        doctor = clinic.session(Role.DOCTOR)
        for label, price in (("Dressing", "80"), ("Injection", "30")):
            put_on_the_bill(doctor, patient, label, price)
        told = [one for one in notices(reception) if patient["name"] in one.title]
        assert [one.about for one in told] == ["Injection"]

    def test_whoever_caused_it_is_told_that_a_medicine_runs_low(self, practice):
        medicine = practice.medicine()
        runs_low(practice.pharmacist, medicine)
        assert titles(practice.pharmacist)[0] == f"{medicine['name']} is running low"

    def test_what_happened_more_than_a_week_ago_is_forgotten(self, clinic, reception, nurse):
        came(clinic, reception, "Long Ago")
        with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
            assert titles(nurse) == []

    def test_hostile_news_are_passed_over(self, clinic, reception, nurse):
        came(clinic, reception, "After All")
        with clinic.past_the_program() as database:
            row = {"collection": "appointments", "record": "no record", "version": 1, "action": CHECKED_IN}
            by = {"actor": ObjectId(), "workstation": "nowhere"}
            for at in (datetime.now(UTC), datetime.now(UTC) + timedelta(days=900)):
                database.changes.insert_one({"_id": ObjectId(), "at": at} | row | by)
        assert titles(nurse)[0] == "After All has come"

    def test_words_in_braces_stay_words(self, practice):
        values = {"name": f"{{name}} {uuid4().hex[:5]}", "ingredient": "x", "unit": "tablet"}
        medicine = MEDICINES.create(practice.pharmacist, values, operation())
        runs_low(practice.pharmacist, medicine)
        assert titles(practice.pharmacist)[0] == f"{medicine['name']} is running low"


class TestReading:
    def test_one_is_read_at_every_workstation(self, clinic, reception, nurse):
        came(clinic, reception, "First")
        came(clinic, reception, "Second")
        second, first = notices(nurse)[:2]
        mark_read(nurse, [second])
        mark_read(nurse, [second])
        assert [one.unread for one in notices(nurse)[:2]] == [False, True]
        assert first.unread

    def test_all_are_read_up_to_the_newest_that_was_seen(self, clinic, reception, nurse):
        came(clinic, reception, "Seen")
        seen = notices(nurse)[0]
        came(clinic, reception, "Not seen")
        mark_all_read(nurse, seen.at)
        assert [one.title for one in notices(nurse) if one.unread] == ["Not seen has come"]

    def test_it_is_read_for_oneself_alone(self, clinic, reception, nurse):
        other = clinic.session(Role.NURSE)
        came(clinic, reception, "For two")
        mark_all_read(nurse, notices(nurse)[0].at)
        assert not notices(nurse)[0].unread
        assert notices(other)[0].unread

    def test_to_begin_with_the_days_before_are_read(self, clinic, reception, nurse):
        came(clinic, reception, "Yesterday's")
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
            assert [one.unread for one in notices(nurse) if one.title.startswith("Yesterday")] == [False]

    def test_a_visitor_marks_nothing(self, clinic):
        with pytest.raises(NotAllowed):
            mark_all_read(clinic.session(Role.PATIENT), datetime.now(UTC))

    def test_what_is_marked_is_not_in_the_trail(self, clinic, nurse):
        with clinic.past_the_program() as database:
            before = database.audit.count_documents({})
            mark_all_read(nurse, nurse.now())
            assert database.audit.count_documents({}) == before
            assert database[MARKS].count_documents({"_id": nurse.identity.person}) == 1

    def test_only_so_many_are_remembered_one_by_one(self, clinic, reception, nurse):
        came(clinic, reception, "Often")
        newest = notices(nurse)[0]
        mark_read(nurse, [newest] * 1500)
        with clinic.past_the_program() as database:
            assert len(database[MARKS].find_one({"_id": nurse.identity.person})["read"]) == 1000
