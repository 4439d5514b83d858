"""Visits: begun once, written in versions, closed with all that follows, and after that only added to."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hmsdesk.controllers import timeline
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.consulting_room import look_again, prescribed_in
from hmsdesk.controllers.encounter_notes import ADDENDA, NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS, Doing, StillOpen
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.problems import add_problem
from hmsdesk.controllers.services import SERVICES
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, NotFound, UserError
from hmsdesk.models.appointments import (
    APPROVED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    IN_CONSULTATION,
    WITH_NURSE,
)
from hmsdesk.models.encounters import MISTAKEN
from hmsdesk.security.permissions import Role
from tests.consulting import WRITTEN, Consulting, yesterday
from tests.factories import operation
from tests.prescribing import Prescribing, line

FEE = [("Consultation, Dr Sara El-Masry", 1, "350.00")]


@pytest.fixture(scope="module")
def room(clinic):
    return Consulting(clinic)


def status_of(room, appointment):
    return APPOINTMENTS.get(room.reception, appointment)["status"]


def together(*calls):
    """What several threads get or raise that begin at the same moment."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def go(place, call):
        start.wait()
        try:
            answers[place] = call()
        except Exception as problem:  # noqa: BLE001
            answers[place] = problem

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# Vital signs that no appointment was named for


def measured(room, patient, **more):
    return OBSERVATIONS.record_vitals(room.nurse, patient["_id"], {"heart_rate": "72"}, operation(), **more)


def test_what_was_measured_that_day_belongs_to_the_visit_that_begins(room):
    patient = room.patient()
    before = measured(room, patient, at=room.nurse.now() - timedelta(days=2))
    rows = [measured(room, patient) for _ in range(2)]
    visit = room.begun(patient)
    now = [OBSERVATIONS.get(room.nurse, row["_id"]).get("appointment") for row in (before, *rows)]
    assert now == [None, visit["_id"], visit["_id"]]
    assert APPOINTMENTS.get(room.reception, visit["_id"])["vitals_at"] == rows[1]["at"]
    # Whoever is booked for the same day again has had their values already.
    other = room.begun(patient)
    assert "vitals_at" not in APPOINTMENTS.get(room.reception, other["_id"])


def measured_for(room, patient):
    return (OBSERVATIONS.subject(room.nurse, patient["_id"]).appointment or {}).get("_id")


def test_who_is_here_for_an_appointment_is_measured_for_that(room):
    patient = room.patient()
    assert measured_for(room, patient) is None
    room.appointment(patient, APPROVED)
    assert measured_for(room, patient) is None, "it may be another doctor's, hours later"
    here = room.appointment(patient, CHECKED_IN)
    assert measured_for(room, patient) == here["_id"]
    assert measured_for(room, {"_id": room.closed()["patient"]}) is None


def test_what_is_measured_in_a_visit_without_appointment_is_not_for_another_doctors(room):
    patient = room.patient()
    other = room.appointment(patient, CHECKED_IN, doctor=room.new_doctor("Dr Hoda Nasr"))
    visit = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    assert measured_for(room, patient) is None
    # Two workstations know the server's time to a few milliseconds.
    row = measured(room, patient, at=room.nurse.now() - timedelta(minutes=1))
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert measured_for(room, patient) == other["_id"]
    ENCOUNTERS.begin(room.doctor, other["_id"], operation())
    assert "appointment" not in OBSERVATIONS.get(room.nurse, row["_id"])


def test_a_visit_shows_what_was_measured_on_its_day(room):
    patient = room.patient()
    then = measured(room, patient, at=yesterday(room.nurse.now()))
    today = measured(room, patient)
    visit = room.closed(patient)
    assert [row["_id"] for row in look_again(room.doctor, visit["_id"]).vitals] == [today["_id"]]
    moments = {name: yesterday(visit[name]) for name in ("started_at", "ended_at")}
    room.past("encounters", visit["_id"], moments)
    assert [row["_id"] for row in look_again(room.doctor, visit["_id"]).vitals] == [then["_id"]]
    OBSERVATIONS.mark_in_error(room.nurse, then["_id"], 1, "Another patient's", operation())
    assert look_again(room.doctor, visit["_id"]).vitals == []


# Beginning, and taking back what was begun by mistake


def test_a_visit_begun_by_mistake_is_taken_back_once_and_its_patient_waits_again(room):
    visit, same = room.begun(), operation()
    for _ in range(2):
        assert ENCOUNTERS.discard(room.doctor, visit["_id"], same)["status"] == MISTAKEN
    assert status_of(room, visit["_id"]) == CHECKED_IN
    assert room.standing(visit["_id"]) == []
    assert visit["_id"] not in {row["_id"] for row in ENCOUNTERS.open_visits(room.doctor)}
    assert ENCOUNTERS.of_patient(room.doctor, visit["patient"]) == []
    assert [entry.kind for entry in timeline.page(room.doctor, visit["patient"]).entries] == ["appointments"]
    with pytest.raises(UserError):
        NOTES.change(room.doctor, visit["_id"], 2, WRITTEN, operation())
    assert ENCOUNTERS.reopen(room.doctor, visit["_id"], operation())["status"] == MISTAKEN


def test_what_was_taken_back_can_be_begun_after_all(room):
    visit = room.begun()
    ENCOUNTERS.discard(room.doctor, visit["_id"], operation())
    for _ in range(2):
        again = ENCOUNTERS.begin(room.doctor, visit["_id"], operation())
        assert (again["_id"], again["status"]) == (visit["_id"], "in-progress")
    assert "ended_at" not in again
    assert status_of(room, visit["_id"]) == IN_CONSULTATION
    note = NOTES.read(room.doctor, visit["_id"])
    ENCOUNTERS.close(room.doctor, visit["_id"], note["version"], WRITTEN, operation())
    assert room.standing(visit["_id"]) == FEE


def test_a_visit_without_appointment_is_taken_back_and_the_next_is_another(room):
    patient = room.patient()
    first = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    ENCOUNTERS.discard(room.doctor, first["_id"], operation())
    assert ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())["_id"] != first["_id"]


def test_a_visit_to_which_something_belongs_is_not_taken_back(room, practice):
    written, prescribed, closed = room.begun(), room.begun(), room.closed()
    NOTES.change(room.doctor, written["_id"], 1, {"reason": "Thirst"}, operation())
    patient, lines = prescribed["patient"], (line(practice.medicine()),)
    told = Prescribe(patient=patient, lines=lines, diagnosis="Thirst", encounter=prescribed["_id"])
    PRESCRIPTIONS.sign(room.doctor, told, operation())
    for visit in (written, prescribed, closed):
        with pytest.raises(UserError):
            ENCOUNTERS.discard(room.doctor, visit["_id"], operation())
        assert ENCOUNTERS.get(room.doctor, visit["_id"])["status"] == visit["status"]


def test_only_its_doctor_takes_a_visit_back(room):
    visit = room.begun()
    with pytest.raises(UserError, match="Only the doctor"):
        ENCOUNTERS.discard(room.new_doctor("Dr Omar Adly"), visit["_id"], operation())
    with pytest.raises(NotAllowed):
        ENCOUNTERS.discard(room.reception, visit["_id"], operation())


def test_beginning_a_visit_puts_the_patient_into_consultation_and_makes_an_empty_note(room):
    booked = room.appointment()
    visit = ENCOUNTERS.begin(room.doctor, booked["_id"], operation())
    assert visit["_id"] == visit["appointment"] == booked["_id"]
    assert visit["practitioner"] == room.doctor.identity.person
    assert status_of(room, booked["_id"]) == IN_CONSULTATION
    assert NOTES.get(room.doctor, visit["_id"])["version"] == 1


def test_beginning_again_goes_on_with_the_same_visit(room):
    visit = room.begun()
    again = ENCOUNTERS.begin(room.doctor, visit["_id"], operation())
    assert (again["_id"], again["version"]) == (visit["_id"], visit["version"])


def test_two_windows_that_begin_at_once_get_the_same_visit(room):
    booked = room.appointment()
    other = room.clinic.door.sign_in(room.doctor.identity.email, "purple monkey dishwasher")
    room.clinic._sessions[uuid4()] = other
    begin = ENCOUNTERS.begin
    answers = together(*(lambda s=s: begin(s, booked["_id"], operation()) for s in (room.doctor, other) * 3))
    assert {answer["_id"] for answer in answers} == {booked["_id"]}
    with room.clinic.past_the_program() as database:
        assert database.encounters.count_documents({"appointment": booked["_id"]}) == 1
        stamps = database.appointments.find_one({"_id": booked["_id"]})["stamps"]
    assert [stamp["status"] for stamp in stamps].count(IN_CONSULTATION) == 1


def test_a_patient_who_went_back_to_wait_is_called_in_again(room):
    visit = room.begun()
    APPOINTMENTS.set_status(room.reception, APPOINTMENTS.get(room.reception, visit["_id"]), CHECKED_IN, operation())
    ENCOUNTERS.begin(room.doctor, visit["_id"], operation())
    assert status_of(room, visit["_id"]) == IN_CONSULTATION


def test_a_visit_can_be_begun_while_the_patient_is_with_the_nurse(room):
    booked = room.appointment()
    APPOINTMENTS.set_status(room.nurse, booked, WITH_NURSE, operation())
    assert ENCOUNTERS.begin(room.doctor, booked["_id"], operation())["status"] == "in-progress"


@pytest.mark.parametrize("status", [APPROVED, CANCELLED])
def test_who_is_not_here_has_no_visit(room, status):
    booked = room.appointment(status=APPROVED)
    if status == CANCELLED:
        booked = APPOINTMENTS.set_status(room.reception, booked, CANCELLED, operation())
    with pytest.raises(UserError, match=r"Check the patient in first\."):
        ENCOUNTERS.begin(room.doctor, booked["_id"], operation())
    assert status_of(room, booked["_id"]) == status


def test_who_walks_into_the_room_has_a_visit_without_appointment_and_only_one(room):
    patient = room.patient()
    answers = together(*(lambda: ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation()) for _ in range(4)))
    assert len({answer["_id"] for answer in answers}) == 1
    assert "appointment" not in answers[0]


def test_a_second_visit_on_the_same_day_is_another_one(room):
    patient = room.patient()
    first = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    ENCOUNTERS.close(room.doctor, first["_id"], 1, WRITTEN, operation())
    second = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    assert second["_id"] != first["_id"]


def test_who_waits_for_an_appointment_with_this_doctor_gets_that_one(room):
    patient = room.patient()
    booked = room.appointment(patient)
    assert ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())["_id"] == booked["_id"]


def test_who_is_in_the_room_and_was_not_checked_in_is_so_by_beginning(room):
    patient = room.patient()
    booked = room.appointment(patient, status=APPROVED)
    visit = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    assert visit["_id"] == booked["_id"]
    stamps = APPOINTMENTS.get(room.reception, booked["_id"])["stamps"]
    assert [stamp["status"] for stamp in stamps] == [APPROVED, CHECKED_IN, IN_CONSULTATION]


def test_who_is_here_for_an_appointment_comes_before_one_that_is_still_to_come(room):
    patient = room.patient()
    room.appointment(patient, status=APPROVED)
    here = room.appointment(patient)
    assert ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())["_id"] == here["_id"]


def test_beside_a_visit_without_appointment_no_second_one_is_begun(room):
    patient = room.patient()
    first = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    booked = room.appointment(patient)
    with pytest.raises(StillOpen, match="is open since") as refused:
        ENCOUNTERS.begin(room.doctor, booked["_id"], operation())
    assert refused.value.encounter == first["_id"]
    assert status_of(room, booked["_id"]) == CHECKED_IN
    assert ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())["_id"] == first["_id"]
    ENCOUNTERS.close(room.doctor, first["_id"], 1, WRITTEN, operation())
    assert ENCOUNTERS.begin(room.doctor, booked["_id"], operation())["_id"] == booked["_id"]


def test_a_visit_without_appointment_is_found_by_its_day(room):
    patient = room.patient()
    ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    today = room.doctor.locale.today().isoformat()
    with room.clinic.past_the_program() as database:
        assert today in database.patient_health.find_one({"_id": patient["_id"]})["find"]["visit_days"]


def test_an_account_that_is_no_doctor_of_the_practice_begins_none(room):
    booked = room.appointment()
    with pytest.raises(UserError, match="not entered as a doctor"):
        ENCOUNTERS.begin(room.clinic.session(Role.DOCTOR), booked["_id"], operation())


@pytest.mark.parametrize("role", [Role.NURSE, Role.RECEPTIONIST, Role.PHARMACIST, Role.ADMINISTRATOR])
def test_nobody_but_a_doctor_begins_closes_or_writes(room, role):
    session, visit = room.clinic.session(role), room.begun()
    for attempt in (
        lambda: ENCOUNTERS.begin(session, visit["_id"], operation()),
        lambda: ENCOUNTERS.close(session, visit["_id"], 1, WRITTEN, operation()),
        lambda: ENCOUNTERS.reopen(session, visit["_id"], operation()),
        lambda: NOTES.change(session, visit["_id"], 1, WRITTEN, operation()),
        lambda: ADDENDA.add(session, visit["_id"], "More", operation()),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_reception_reads_what_was_done_and_not_what_was_written(room):
    visit = room.begun()
    assert ENCOUNTERS.get(room.reception, visit["_id"])["services"][0]["label"] == FEE[0][0]
    with pytest.raises(NotAllowed):
        ENCOUNTERS.open(room.reception, visit["_id"])


def test_opening_a_visit_is_in_the_trail_and_looking_again_is_not(room):
    visit = room.begun()
    ENCOUNTERS.open(room.nurse, visit["_id"])
    ENCOUNTERS.look_again(room.nurse, visit["_id"])
    with room.clinic.past_the_program() as database:
        assert database.audit.count_documents({"record": visit["_id"], "action": "open visit"}) == 1


# Writing


def test_a_note_is_saved_in_versions(room):
    visit = room.begun()
    first = NOTES.change(room.doctor, visit["_id"], 1, {"reason": "Thirst"}, operation())
    NOTES.change(room.doctor, visit["_id"], first["version"], {"reason": "Thirst, tiredness"}, operation())
    told = [row.get("reason") for row in NOTES.history(room.nurse, visit["_id"])]
    assert told == ["Thirst, tiredness", "Thirst", None]


def test_two_doctors_at_one_note_hear_of_one_another(room):
    visit, other = room.begun(), room.new_doctor("Dr Omar Adel")
    NOTES.change(room.doctor, visit["_id"], 1, {"reason": "Thirst"}, operation())
    with pytest.raises(Conflict) as heard:
        NOTES.change(other, visit["_id"], 1, {"reason": "Cough"}, operation())
    assert heard.value.current["reason"] == "Thirst"
    assert NOTES.get(room.doctor, visit["_id"])["reason"] == "Thirst"


def test_saving_twice_by_the_same_operation_is_saving_once(room):
    visit, same = room.begun(), operation()
    for _ in range(2):
        row = NOTES.change(room.doctor, visit["_id"], 1, {"reason": "Thirst"}, same)
    assert row["version"] == 2


def test_only_one_diagnosis_is_the_main_one(room):
    visit = room.begun()
    two = [{"text": one, "rank": "main"} for one in ("Flu", "Cough")]
    with pytest.raises(InvalidInput) as refused:
        NOTES.change(room.doctor, visit["_id"], 1, {"diagnoses": two}, operation())
    assert set(refused.value.fields) == {"diagnoses"}


# Closing


def test_closing_finishes_note_visit_and_appointment_and_charges_the_fee(room):
    visit = room.begun()
    closed = ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert closed["status"] == "finished"
    assert NOTES.get(room.doctor, visit["_id"])["reason"] == WRITTEN["reason"]
    assert status_of(room, visit["_id"]) == COMPLETED
    assert room.standing(visit["_id"]) == FEE


def test_closing_twice_by_the_same_operation_charges_once(room):
    visit, same = room.begun(), operation()
    for _ in range(2):
        ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, same)
    assert room.standing(visit["_id"]) == FEE
    assert room.owed(visit["_id"]) == "350.00"


def test_two_windows_that_close_at_once_close_it_once(room):
    visit = room.begun()
    other = room.clinic.door.sign_in(room.doctor.identity.email, "purple monkey dishwasher")
    room.clinic._sessions[uuid4()] = other
    close = ENCOUNTERS.close
    answers = together(*(lambda s=s: close(s, visit["_id"], 1, WRITTEN, operation()) for s in (room.doctor, other)))
    assert [type(one) for one in answers].count(UserError) == 1
    assert [one["status"] for one in answers if isinstance(one, dict)] == ["finished"]
    assert room.owed(visit["_id"]) == "350.00"


def test_a_visit_in_which_nothing_was_written_is_not_closed(room):
    visit = room.begun()
    with pytest.raises(InvalidInput) as refused:
        ENCOUNTERS.close(room.doctor, visit["_id"], 1, {"outcome": "better"}, operation())
    assert set(refused.value.fields) == {"reason"}
    assert status_of(room, visit["_id"]) == IN_CONSULTATION


def test_a_visit_with_an_empty_diagnosis_is_not_closed(room):
    visit = room.begun()
    empty = {"reason": "Cough", "diagnoses": [{"text": "", "rank": "other"}]}
    with pytest.raises(InvalidInput) as refused:
        ENCOUNTERS.close(room.doctor, visit["_id"], 1, empty, operation())
    assert set(refused.value.fields) == {"diagnoses"}


def test_what_another_window_wrote_meanwhile_is_not_closed_over(room):
    visit = room.begun()
    NOTES.change(room.doctor, visit["_id"], 1, {"plan": "Metformin"}, operation())
    with pytest.raises(Conflict) as heard:
        ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert heard.value.current["plan"] == "Metformin"
    assert room.standing(visit["_id"]) == []


def test_what_was_waived_is_not_charged_and_what_else_was_done_is(room):
    visit, ecg = room.begun(), room.service("ECG", "120")
    fee = visit["services"][0].get("service")
    doing = [Doing(fee, waived="Came back with the result"), Doing(ecg["_id"], 2)]
    ENCOUNTERS.set_services(room.doctor, visit["_id"], visit["version"], doing, operation())
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert room.standing(visit["_id"]) == [(ecg["name"], 2, "240.00")]
    kept = ENCOUNTERS.get(room.reception, visit["_id"])["services"]
    assert kept[0]["waived"] == "Came back with the result"


def test_a_service_keeps_the_price_it_had_when_it_was_entered(room):
    visit, ecg = room.begun(), room.service("ECG", "120")
    row = ENCOUNTERS.set_services(room.doctor, visit["_id"], visit["version"], [Doing(ecg["_id"])], operation())
    room.past("services", ecg["_id"], {"price.value": row["services"][0]["price"]["value"].__class__("999")})
    row = ENCOUNTERS.set_services(room.doctor, visit["_id"], row["version"], [Doing(ecg["_id"], 3)], operation())
    assert str(row["services"][0]["price"]["value"]) == "120.00"


def test_what_was_done_is_not_changed_once_the_visit_is_closed(room):
    visit = room.closed()
    with pytest.raises(UserError, match="closed"):
        ENCOUNTERS.set_services(room.doctor, visit["_id"], visit["version"], [], operation())


def test_a_doctor_without_a_fee_costs_what_the_practice_says(room):
    cheap = room.new_doctor("Dr Nadia Samir")
    visit = room.begun(doctor=cheap)
    assert visit.get("services") is None
    values = {"name": "Consultation", "code": "CONS", "price": "200"}
    SERVICES.create(room.clinic.administrator, values, operation())
    visit = room.begun(doctor=cheap)
    assert [(one["label"], str(one["price"]["value"])) for one in visit["services"]] == [
        ("Consultation, Dr Nadia Samir", "200.00")
    ]


# Completing at the desk


def test_reception_completing_what_no_doctor_began_charges_the_usual_fee_and_undo_takes_it_back(room):
    booked = APPOINTMENTS.set_status(room.reception, room.appointment(), IN_CONSULTATION, operation())
    same = operation()
    for _ in range(2):
        done = APPOINTMENTS.set_status(room.reception, booked, COMPLETED, same)
    assert room.standing(booked["_id"]) == FEE
    APPOINTMENTS.set_status(room.reception, done, IN_CONSULTATION, operation())
    assert room.standing(booked["_id"]) == []
    assert room.owed(booked["_id"]) == "0.00"


def test_what_reception_completed_is_not_charged_again_when_the_doctor_closes(room):
    visit = room.begun()
    APPOINTMENTS.set_status(room.reception, APPOINTMENTS.get(room.reception, visit["_id"]), COMPLETED, operation())
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert room.owed(visit["_id"]) == "350.00"


def test_what_reception_billed_stands_and_the_doctor_adds_the_rest(room):
    visit = room.begun()
    ecg = room.service("Heart trace", "120")
    APPOINTMENTS.set_status(room.reception, APPOINTMENTS.get(room.reception, visit["_id"]), COMPLETED, operation())
    with room.clinic.past_the_program() as database:
        database.uninvoiced.delete_many({"patient": visit["patient"]})
    usual = visit["services"][0].get("service")
    doing = [Doing(usual), Doing(ecg["_id"])]
    ENCOUNTERS.set_services(room.doctor, visit["_id"], visit["version"], doing, operation())
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert room.standing(visit["_id"]) == [(ecg["name"], 1, "120.00")], "what is on the bill is not asked for again"
    assert room.owed(visit["_id"]) == "470.00"


def test_what_is_billed_can_not_be_left_out_by_the_doctor(room):
    visit = room.begun()
    APPOINTMENTS.set_status(room.reception, APPOINTMENTS.get(room.reception, visit["_id"]), COMPLETED, operation())
    with room.clinic.past_the_program() as database:
        database.uninvoiced.delete_many({"patient": visit["patient"]})
    usual = visit["services"][0].get("service")
    doing = [Doing(usual, waived="Comes with the check")]
    ENCOUNTERS.set_services(room.doctor, visit["_id"], visit["version"], doing, operation())
    with pytest.raises(UserError, match="on a bill") as refused:
        ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert refused.value.title == f"{visit['services'][0]['label']} is on a bill already."
    assert "leave it charged as it was" in refused.value.message
    assert room.owed(visit["_id"]) == "350.00"


def test_what_is_on_a_bill_is_not_taken_back(room):
    visit = room.closed()
    with room.clinic.past_the_program() as database:
        database.uninvoiced.delete_many({"patient": visit["patient"]})
    with pytest.raises(UserError, match="on a bill"):
        ENCOUNTERS.reopen(room.doctor, visit["_id"], operation())
    assert ENCOUNTERS.get(room.doctor, visit["_id"])["status"] == "finished"


@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.sampled_from(["desk", "undo", "close", "reopen", "begin", "again"]), max_size=7))
def test_charges_after_any_order_of_completing_and_undoing_are_one_fee_or_none(room, steps):
    visit = room.begun()["_id"]
    for step in steps:
        booked = APPOINTMENTS.get(room.reception, visit)
        note = NOTES.read(room.doctor, visit)
        same = operation()
        for _ in range(2 if step == "again" else 1):
            try:
                if step == "desk":
                    APPOINTMENTS.set_status(room.reception, booked, COMPLETED, same)
                elif step == "undo":
                    APPOINTMENTS.set_status(room.reception, booked, IN_CONSULTATION, same)
                elif step in ("close", "again"):
                    ENCOUNTERS.close(room.doctor, visit, note["version"], WRITTEN, same)
                elif step == "reopen":
                    ENCOUNTERS.reopen(room.doctor, visit, same)
                else:
                    ENCOUNTERS.begin(room.doctor, visit, same)
            except UserError:
                pass
        completed = status_of(room, visit) == COMPLETED
        assert room.standing(visit) == (FEE if completed else [])
        assert room.owed(visit) in (("350.00",) if completed else ("0.00", "0"))


# After closing


def test_a_closed_note_is_not_written_any_more(room):
    visit = room.closed()
    note = NOTES.get(room.doctor, visit["_id"])
    with pytest.raises(UserError, match="closed"):
        NOTES.change(room.doctor, visit["_id"], note["version"], {"plan": "Something else"}, operation())
    assert "plan" not in NOTES.get(room.doctor, visit["_id"])


def test_an_addendum_is_added_once_and_says_who_wrote_it(room):
    visit, same = room.closed(), operation()
    for _ in range(2):
        ADDENDA.add(room.doctor, visit["_id"], "HbA1c came: 7.9 %", same)
    added = ENCOUNTERS.open(room.nurse, visit["_id"]).addenda
    assert [(one["text"], one["created_by:title"]) for one in added] == [("HbA1c came: 7.9 %", "Dr Sara El-Masry")]


def test_an_open_visit_has_no_addenda(room):
    visit = room.begun()
    with pytest.raises(UserError, match="still open"):
        ADDENDA.add(room.doctor, visit["_id"], "More", operation())
    with pytest.raises(NotFound):
        ADDENDA.add(room.doctor, ObjectId(), "More", operation())


def test_its_doctor_opens_it_again_on_the_same_day_and_the_charges_are_taken_back(room):
    visit, same = room.closed(), operation()
    for _ in range(2):
        ENCOUNTERS.reopen(room.doctor, visit["_id"], same)
    assert room.standing(visit["_id"]) == []
    assert status_of(room, visit["_id"]) == IN_CONSULTATION
    note = NOTES.get(room.doctor, visit["_id"])
    NOTES.change(room.doctor, visit["_id"], note["version"], {"plan": "Metformin"}, operation())
    with room.clinic.past_the_program() as database:
        assert database.audit.count_documents({"record": visit["_id"], "action": "reopen visit"}) == 2


def test_a_visit_without_appointment_is_closed_charged_and_opened_again_too(room):
    visit = ENCOUNTERS.begin_for(room.doctor, room.patient()["_id"], operation())
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert room.standing(visit["_id"]) == FEE
    ENCOUNTERS.reopen(room.doctor, visit["_id"], operation())
    assert room.owed(visit["_id"]) == "0.00"


def test_another_doctor_or_another_day_does_not_open_it_again(room):
    visit, other = room.closed(), room.new_doctor("Dr Karim Fathy")
    with pytest.raises(UserError, match="can't be opened again"):
        ENCOUNTERS.reopen(other, visit["_id"], operation())
    room.past("encounters", visit["_id"], {"ended_at": yesterday(visit["ended_at"])})
    with pytest.raises(UserError, match="can't be opened again"):
        ENCOUNTERS.reopen(room.doctor, visit["_id"], operation())


# Around it


def test_a_doctor_sees_which_visits_are_not_closed(room):
    doctor = room.new_doctor("Dr Hoda Zaki")
    visit = room.begun(doctor=doctor)
    assert [row["_id"] for row in ENCOUNTERS.open_visits(doctor)] == [visit["_id"]]
    ENCOUNTERS.close(doctor, visit["_id"], 1, WRITTEN, operation())
    assert ENCOUNTERS.open_visits(doctor) == []


def test_the_visits_of_a_patient_come_with_their_notes_the_newest_first(room):
    patient = room.patient()
    first = room.closed(patient)
    second = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    found = ENCOUNTERS.of_patient(room.nurse, patient["_id"])
    assert [row["_id"] for row, _ in found] == [second["_id"], first["_id"]]
    assert found[1][1]["reason"] == WRITTEN["reason"]


def test_a_diagnosis_becomes_a_problem_once(room):
    patient, same = room.patient()["_id"], operation()
    assert add_problem(room.doctor, patient, "Type 2 diabetes", same)
    assert not add_problem(room.doctor, patient, "type 2 Diabetes", operation())
    with pytest.raises(NotAllowed):
        add_problem(room.reception, patient, "Flu", operation())
    chart = PATIENTS.open_chart(room.doctor, patient)
    assert [one["name"] for one in chart.health["conditions"]] == ["Type 2 diabetes"]


def test_two_diagnoses_at_once_both_become_problems(room):
    patient = room.patient()["_id"]
    names = ["Asthma", "Migraine", "Gout"]
    together(*(lambda name=name: add_problem(room.doctor, patient, name, operation()) for name in names))
    chart = PATIENTS.open_chart(room.doctor, patient)
    assert sorted(one["name"] for one in chart.health["conditions"]) == sorted(names)
    assert HEALTH.get(room.doctor, patient)["find"]["condition_words"]


def test_what_was_prescribed_in_a_visit_is_told_with_it_unless_it_was_taken_back(room, practice):
    visit = room.begun()
    kept, taken_back = practice.medicine("Kept 5 mg tablet"), practice.medicine("Taken back 5 mg tablet")
    for medicine in (kept, taken_back):
        prescribed = Prescribe(visit["patient"], (line(medicine),), encounter=visit["_id"])
        row = PRESCRIPTIONS.sign(room.doctor, prescribed, operation())
    CANCELLATIONS.cancel(room.doctor, row["_id"], "Wrong strength", operation())
    told = prescribed_in(room.doctor, visit)
    assert [one.partition(".")[0] for one in told] == [kept["name"]]
    assert prescribed_in(room.doctor, room.begun()) == []


def test_a_prescription_remembers_the_visit_it_was_written_in(room, practice):
    visit, medicine = room.begun(), practice.medicine()
    NOTES.change(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert NOTES.main_diagnosis(room.doctor, visit["_id"]) == "Type 2 diabetes"
    wanted = Prescribe(visit["patient"], (line(medicine),), encounter=visit["_id"])
    row = PRESCRIPTIONS.sign(room.doctor, wanted, operation())
    assert row["encounter"] == visit["_id"]
    assert isinstance(practice, Prescribing)
    assert PRESCRIPTIONS.get(practice.pharmacist, row["_id"])["number"] == row["number"]


def test_reception_can_know_that_a_visit_is_still_open(room):
    visit = room.begun()
    booked = APPOINTMENTS.get(room.reception, visit["appointment"])
    assert APPOINTMENTS.has_open_visit(room.reception, booked)
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    assert not APPOINTMENTS.has_open_visit(room.reception, booked)
