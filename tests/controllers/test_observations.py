"""Vital signs on the real server: recorded once, corrected with their history, and known to the clinical roles only."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from bson import Decimal128, ObjectId
from pymongo.errors import OperationFailure

from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, NotFound, UserError
from hmsdesk.security.permissions import Role
from tests.factories import typed
from tests.views.desk import book, doctor_of, far_day

VALUES = {"systolic": "128", "diastolic": "82", "temperature": "36,8"}


@pytest.fixture(scope="module")
def nurse(clinic):
    return clinic.session(Role.NURSE)


def registered(clinic, **values):
    return PATIENTS.create(clinic.session(Role.RECEPTIONIST), typed("patients", **values), uuid4().hex)


@pytest.fixture
def patient(clinic):
    return registered(clinic)


@pytest.fixture(scope="module")
def doctor(clinic):
    return doctor_of(clinic, "Dr Sara El-Masry")


def measure(session, patient, operation=None, **values):
    return OBSERVATIONS.record_vitals(session, patient["_id"], VALUES | values, operation or uuid4().hex)


def trail(clinic, record):
    with clinic.past_the_program() as database:
        return [entry["action"] for entry in database.audit.find({"record": record}).sort("seq")]


def news(clinic, record):
    with clinic.past_the_program() as database:
        return [(one["collection"], one["action"]) for one in database.changes.find({"record": record})]


class TestRecording:
    def test_what_was_measured_is_kept_signed_and_told(self, clinic, nurse, patient):
        row = measure(nurse, patient)
        assert (row["systolic"], row["temperature"], row["status"]) == (128, Decimal128("36.8"), "final")
        assert trail(clinic, row["_id"]) == ["record vitals"]
        assert news(clinic, row["_id"]) == [("observations", "record vitals")]

    def test_sent_again_it_is_recorded_once(self, clinic, nurse, patient):
        operation = uuid4().hex
        first = measure(nurse, patient, operation)
        assert measure(nurse, patient, operation)["_id"] == first["_id"]
        with clinic.past_the_program() as database:
            assert database.observations.count_documents({"patient": patient["_id"]}) == 1

    def test_the_same_sent_by_many_threads_is_recorded_once(self, clinic, nurse, patient):
        operation = uuid4().hex
        sending = [threading.Thread(target=measure, args=(nurse, patient, operation)) for _ in range(4)]
        for thread in sending:
            thread.start()
        for thread in sending:
            thread.join()
        with clinic.past_the_program() as database:
            assert database.observations.count_documents({"patient": patient["_id"]}) == 1

    def test_its_appointment_knows_when(self, clinic, nurse, patient, doctor):
        session = clinic.session(Role.RECEPTIONIST)
        booked = book(session, patient, doctor, far_day(session, 4), "09:00")
        row = OBSERVATIONS.record_vitals(nurse, patient["_id"], VALUES, uuid4().hex, booked["_id"])
        with clinic.past_the_program() as database:
            now = database.appointments.find_one({"_id": booked["_id"]})
        assert now["vitals_at"] == row["at"]
        assert now["version"] == booked["version"] + 1
        assert row["appointment"] == booked["_id"]

    def test_struck_through_its_appointment_knows_it_no_more(self, clinic, nurse, patient, doctor):
        session = clinic.session(Role.RECEPTIONIST)
        booked = book(session, patient, doctor, far_day(session, 4), "10:00")
        rows = [OBSERVATIONS.record_vitals(nurse, patient["_id"], VALUES, uuid4().hex, booked["_id"]) for _ in range(2)]
        measured = []
        for row in reversed(rows):
            OBSERVATIONS.mark_in_error(nurse, row["_id"], 1, "Another patient's", uuid4().hex)
            with clinic.past_the_program() as database:
                measured.append(database.appointments.find_one({"_id": booked["_id"]}).get("vitals_at"))
        assert measured == [rows[0]["at"], None]

    def test_nobodys_values_are_kept_with_anothers_appointment(self, clinic, nurse, patient, doctor):
        session = clinic.session(Role.RECEPTIONIST)
        booked = book(session, registered(clinic), doctor, far_day(session, 5), "09:00")
        with pytest.raises(InvalidInput) as refused:
            OBSERVATIONS.record_vitals(nurse, patient["_id"], VALUES, uuid4().hex, booked["_id"])
        assert list(refused.value.fields) == ["appointment"]

    def test_what_can_not_be_is_refused_and_nothing_is_kept(self, clinic, nurse, patient):
        with pytest.raises(InvalidInput) as refused:
            measure(nurse, patient, temperature="98.6")
        assert refused.value.fields == {"temperature": "From 25 to 45 °C. 98.6 °F is 37 °C."}
        with clinic.past_the_program() as database:
            assert database.observations.count_documents({"patient": patient["_id"]}) == 0

    def test_what_is_unusual_is_kept_only_when_it_was_confirmed(self, nurse, patient):
        with pytest.raises(InvalidInput) as asked:
            measure(nurse, patient, systolic="240")
        assert asked.value.fields == {"systolic": "240 mmHg is unusually high. Measure again, or confirm."}
        assert measure(nurse, patient, systolic="240", confirmed=["systolic"])["confirmed"] == ["systolic"]

    def test_a_weight_far_from_the_last_one_is_kept_only_when_it_was_confirmed(self, nurse, patient):
        measure(nurse, patient, weight="68.2")
        with pytest.raises(InvalidInput, match="18 kg more") as asked:
            measure(nurse, patient, weight="86.2")
        assert list(asked.value.fields) == ["weight"]
        row = measure(nurse, patient, weight="86.2", confirmed=["weight"])
        OBSERVATIONS.mark_in_error(nurse, row["_id"], 1, "Typed wrong", uuid4().hex)
        measure(nurse, patient, weight="68.9")

    def test_what_is_unusual_depends_on_the_age(self, clinic, nurse):
        baby = registered(clinic, birth_date=(nurse.locale.today() - timedelta(days=90)).isoformat())
        measure(nurse, baby, systolic=None, diastolic=None, heart_rate="170")
        with pytest.raises(InvalidInput) as asked:
            measure(nurse, baby, systolic=None, diastolic=None, heart_rate="60")
        assert list(asked.value.fields) == ["heart_rate"]

    def test_nothing_is_measured_in_the_future(self, nurse, patient):
        tomorrow = nurse.now() + timedelta(days=1)
        with pytest.raises(InvalidInput):
            OBSERVATIONS.record_vitals(nurse, patient["_id"], VALUES, uuid4().hex, at=tomorrow)

    def test_nobody_who_is_not_there_is_measured(self, nurse):
        with pytest.raises(InvalidInput):
            OBSERVATIONS.record_vitals(nurse, ObjectId(), VALUES, uuid4().hex)


class TestMistakes:
    def test_a_correction_keeps_what_was_there(self, nurse, patient):
        row = measure(nurse, patient)
        OBSERVATIONS.change(nurse, row["_id"], 1, {"systolic": "138"}, uuid4().hex)
        assert [one["systolic"] for one in OBSERVATIONS.history(nurse, row["_id"])] == [138, 128]

    def test_a_correction_is_asked_about_too(self, nurse, patient):
        row = measure(nurse, patient)
        with pytest.raises(InvalidInput):
            OBSERVATIONS.change(nurse, row["_id"], 1, {"systolic": "250"}, uuid4().hex)
        changed = OBSERVATIONS.change(nurse, row["_id"], 1, {"systolic": "250", "confirmed": ["systolic"]}, uuid4().hex)
        assert changed["systolic"] == 250

    def test_what_was_entered_in_error_stays_and_counts_no_more(self, clinic, nurse, patient):
        wrong = measure(nurse, patient, systolic="150")
        operation = uuid4().hex
        for _ in range(2):
            row = OBSERVATIONS.mark_in_error(nurse, wrong["_id"], 1, "another patient's", operation)
        assert (row["status"], row["error_reason"]) == ("entered-in-error", "another patient's")
        known = OBSERVATIONS.known(nurse, patient)
        assert [one["_id"] for one in known.rows] == [wrong["_id"]]
        assert (known.series, known.latest) == ([], {})
        assert trail(clinic, wrong["_id"]) == ["record vitals", "entered in error"]
        with pytest.raises(UserError, match="entered in error"):
            OBSERVATIONS.change(nurse, wrong["_id"], 2, {"systolic": "120"}, uuid4().hex)

    def test_it_says_why(self, nurse, patient):
        row = measure(nurse, patient)
        for reason in ("", "  ", "x" * 300):
            with pytest.raises(InvalidInput) as refused:
                OBSERVATIONS.mark_in_error(nurse, row["_id"], 1, reason, uuid4().hex)
            assert list(refused.value.fields) == ["error_reason"]

    def test_of_two_who_correct_it_one_is_told(self, nurse, patient):
        row = measure(nurse, patient)
        OBSERVATIONS.change(nurse, row["_id"], 1, {"systolic": "138"}, uuid4().hex)
        with pytest.raises(Conflict) as conflict:
            OBSERVATIONS.mark_in_error(nurse, row["_id"], 1, "mistyped", uuid4().hex)
        assert conflict.value.current["systolic"] == 138


class TestKnowing:
    def test_the_latest_of_each_kind_and_the_series(self, nurse, patient):
        def at(days):
            return nurse.now() - timedelta(days=days)

        def add(days, **values):
            OBSERVATIONS.record_vitals(nurse, patient["_id"], values, uuid4().hex, at=at(days))

        add(700, height="175", weight="95")
        add(100, systolic="150", diastolic="94")
        add(10, systolic="140", diastolic="88", weight="91.4")
        add(1, temperature="37.0")
        known = OBSERVATIONS.known(nurse, patient)
        assert [row.get("systolic") for row in known.series] == [150, 140, None]
        latest = {name: one.value for name, one in known.latest.items()}
        assert (latest["systolic"], latest["height"], latest["bmi"]) == (140, 175, Decimal128("29.8"))
        assert latest["temperature"] == Decimal128("37.0")
        assert known.series[0]["created_by:title"] == nurse.identity.name

    def test_whom_one_measures_is_found_by_appointment_or_patient_and_in_the_trail(
        self, clinic, nurse, patient, doctor
    ):
        session = clinic.session(Role.RECEPTIONIST)
        booked = book(session, patient, doctor, far_day(session, 6), "09:00")
        for place, appointment in ((booked["_id"], booked["_id"]), (patient["_id"], None)):
            found = OBSERVATIONS.subject(nurse, place)
            assert found.patient["_id"] == patient["_id"]
            assert (found.appointment or {}).get("_id") == appointment
        assert trail(clinic, patient["_id"]).count("open chart") == 2
        with pytest.raises(NotFound):
            OBSERVATIONS.subject(nurse, ObjectId())


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE])
    def test_doctors_and_nurses_record_and_read(self, clinic, patient, role):
        session = clinic.session(role)
        row = measure(session, patient)
        assert OBSERVATIONS.get(session, row["_id"])["systolic"] == 128

    @pytest.mark.parametrize(
        "role",
        [Role.RECEPTIONIST, Role.PHARMACIST, Role.ADMINISTRATOR, Role.LABORATORY, Role.REPRESENTATIVE, Role.PATIENT],
    )
    def test_nobody_else_does(self, clinic, nurse, patient, role):
        row = measure(nurse, patient)
        session = clinic.session(role)
        tries = (
            lambda: measure(session, patient),
            lambda: OBSERVATIONS.get(session, row["_id"]),
            lambda: OBSERVATIONS.known(session, patient),
            lambda: OBSERVATIONS.subject(session, patient["_id"]),
            lambda: OBSERVATIONS.change(session, row["_id"], 1, {"systolic": "1"}, uuid4().hex),
            lambda: OBSERVATIONS.mark_in_error(session, row["_id"], 1, "wrong", uuid4().hex),
            lambda: OBSERVATIONS.history(session, row["_id"]),
        )
        for attempt in tries:
            with pytest.raises(NotAllowed):
                attempt()

    @pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PHARMACIST])
    def test_the_server_itself_keeps_them_from_other_roles(self, clinic, nurse, patient, role):
        measure(nurse, patient)
        with clinic.bare(clinic.credentials()[role]) as client:
            database = client[clinic.database]
            for name in ("observations", "observations_history"):
                with pytest.raises(OperationFailure, match="not authorized"):
                    database[name].find_one({})
            with pytest.raises(OperationFailure, match="not authorized"):
                list(database.patients.aggregate([{"$lookup": {"from": "observations", "as": "x", "pipeline": []}}]))
