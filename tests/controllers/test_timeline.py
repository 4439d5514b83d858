"""What happened to a patient: merged, a page at a time, only what the role may read, and in the same few questions."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from hmsdesk.controllers import charts, timeline
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.database.session import Session
from hmsdesk.errors import NotAllowed
from hmsdesk.models.appointments import CHECKED_IN, IN_CONSULTATION
from hmsdesk.security.permissions import Role
from tests.factories import typed
from tests.views.desk import book, far_day, morning_of


@pytest.fixture
def patient(clinic):
    return PATIENTS.create(clinic.session(Role.RECEPTIONIST), typed("patients"), uuid4().hex)["_id"]


def measure(session, patient, days=0, **values):
    at = session.now() - timedelta(days=days)
    values = values or {"systolic": "120", "diastolic": "80"}
    return OBSERVATIONS.record_vitals(session, patient, values, uuid4().hex, at=at)


def whole(session, patient, limit, **options):
    """Every page, one after the other."""
    found = timeline.page(session, patient, limit=limit, **options)
    entries = list(found.entries)
    while found.last is not None:
        found = timeline.page(session, patient, before=found.last, limit=limit, **options)
        entries += found.entries
    return entries


def test_pages_hold_everything_once_and_in_order(clinic, patient):
    nurse = clinic.session(Role.NURSE)
    made = [measure(nurse, patient, days)["_id"] for days in range(11)]
    for limit in (1, 3, 11, 40):
        assert [entry.row["_id"] for entry in whole(nurse, patient, limit)] == made


def test_what_happened_at_one_moment_is_not_lost_between_pages(clinic, patient):
    nurse = clinic.session(Role.NURSE)
    at = nurse.now() - timedelta(hours=1)
    made = {OBSERVATIONS.record_vitals(nurse, patient, {"pain": str(n)}, uuid4().hex, at=at)["_id"] for n in range(5)}
    found = [entry.row["_id"] for entry in whole(nurse, patient, 2)]
    assert len(found) == 5
    assert set(found) == made


def test_kinds_can_be_chosen(clinic, patient):
    nurse = clinic.session(Role.NURSE)
    measure(nurse, patient)
    assert len(whole(nurse, patient, 10, only=("observations",))) == 1
    assert whole(nurse, patient, 10, only=("prescriptions",)) == []


def test_an_appointment_that_became_a_visit_is_told_once(clinic, practice, patient):
    reception, doctor = clinic.session(Role.RECEPTIONIST), practice.doctor
    day = far_day(reception, 2)
    booked = book(reception, {"_id": patient}, _doctor(clinic, doctor), day, "09:00")
    with morning_of(reception, day):
        APPOINTMENTS.set_status(reception, booked, CHECKED_IN, uuid4().hex)
    ENCOUNTERS.begin(doctor, booked["_id"], uuid4().hex)
    told = whole(doctor, patient, 10)
    assert [entry.kind for entry in told] == ["encounters"]
    assert told[0].row["practitioner:title"]
    assert len(whole(doctor, patient, 10, only=("appointments",))) == 1
    chart = charts.open_chart(doctor, patient)
    assert chart.visit["_id"] == booked["_id"]
    assert chart.visit["practitioner:title"]


def _doctor(clinic, doctor):
    """Hours for whoever prescribes."""
    from hmsdesk.controllers.schedules import SCHEDULES
    from hmsdesk.models.schedules import FOR_PATIENTS, WEEKDAYS

    hours = [{"weekday": day, "starts": "09:00", "ends": "12:00", "purpose": FOR_PATIENTS} for day, _ in WEEKDAYS]
    SCHEDULES.create(clinic.administrator, {"practitioner": doctor.identity.person, "hours": hours}, uuid4().hex)
    return {"_id": doctor.identity.person}


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PHARMACIST, Role.ADMINISTRATOR, Role.LABORATORY])
def test_vital_signs_are_told_to_nobody_else(clinic, patient, role):
    measure(clinic.session(Role.NURSE), patient)
    session = clinic.session(role)
    assert whole(session, patient, 10) == []
    assert whole(session, patient, 10, only=("observations",)) == []


def test_who_may_read_nothing_is_told_nothing(clinic, patient):
    assert whole(clinic.session(Role.REPRESENTATIVE), patient, 10) == []
    with pytest.raises(NotAllowed):
        charts.open_chart(clinic.session(Role.REPRESENTATIVE), patient)


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE])
def test_a_long_history_costs_as_many_questions_as_a_short_one(clinic, patient, monkeypatch, role):
    nurse, session = clinic.session(Role.NURSE), clinic.session(role)
    asked = []
    reading = Session.reading

    @contextmanager
    def counted(self, resource):
        asked.append(resource)
        with reading(self, resource) as collection:
            yield collection

    def questions():
        asked.clear()
        charts.look_again(session, patient)
        timeline.page(session, patient)
        OBSERVATIONS.known(session, PATIENTS.get(session, patient))
        return len(asked)

    measure(nurse, patient)
    monkeypatch.setattr(Session, "reading", counted)
    short = questions()
    for days in range(1, 60):
        measure(nurse, patient, days)
    assert questions() == short


@pytest.mark.parametrize("kind", timeline.KINDS, ids=lambda kind: kind.resource)
def test_no_kind_is_searched_through_as_a_whole(clinic, patient, kind):
    with clinic.past_the_program() as database:
        found = database[kind.resource].find({"patient": patient, **kind.where}).sort([(kind.at, -1), ("_id", -1)])
        plan = str(found.limit(41).explain()["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan


def test_somebody_in_consultation_without_a_visit_is_still_here(clinic, practice, patient):
    reception, doctor = clinic.session(Role.RECEPTIONIST), practice.new_doctor(f"Dr {uuid4().hex[:6]}")
    day = far_day(reception, 2)
    booked = book(reception, {"_id": patient}, _doctor(clinic, doctor), day, "09:00")
    with morning_of(reception, day):
        for status in (CHECKED_IN, IN_CONSULTATION):
            booked = APPOINTMENTS.set_status(reception, booked, status, uuid4().hex)
    chart = charts.look_again(reception, patient)
    assert chart.visit is None
    assert chart.waiting["_id"] == booked["_id"]


def test_what_is_taken_ends_with_its_cancellation(clinic, practice, patient):
    medicine, doctor = practice.medicine(), practice.doctor
    line = {"medicine": medicine["_id"], "dose": 1, "route": "oral", "frequency": "twice", "days": 30, "quantity": 60}
    signed = PRESCRIPTIONS.sign(doctor, Prescribe(patient=patient, lines=(line,)), uuid4().hex)
    (told,) = whole(doctor, patient, 10)
    assert "cancelled" not in told.row
    assert [one.line["name"] for one in charts.look_again(doctor, patient).medication] == [medicine["name"]]
    CANCELLATIONS.cancel(doctor, signed["_id"], "Another patient's", uuid4().hex)
    (told,) = whole(doctor, patient, 10)
    assert told.row["cancelled"]["reason"] == "Another patient's"
    assert charts.look_again(doctor, patient).medication == []
