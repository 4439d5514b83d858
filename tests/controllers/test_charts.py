"""Opening a chart: in the trail before it is shown, and only what the role may know."""

from uuid import uuid4

import pytest
from bson import ObjectId

from hmsdesk.controllers import charts, patients
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import NotAllowed, NotFound, Unreachable
from hmsdesk.security.permissions import Role
from tests.factories import typed


@pytest.fixture(scope="module")
def patient(clinic):
    row = PATIENTS.create(clinic.session(Role.RECEPTIONIST), typed("patients"), uuid4().hex)
    HEALTH.change(clinic.session(Role.DOCTOR), row["_id"], 1, typed("patient_health"), uuid4().hex)
    return row["_id"]


def openings(clinic, patient, person):
    with clinic.past_the_program() as database:
        return database.audit.count_documents({"record": patient, "action": "open chart", "person": person})


def test_every_opening_is_in_the_trail(clinic, patient):
    doctor = clinic.session(Role.DOCTOR)
    for n in (1, 2):
        charts.open_chart(doctor, patient)
        assert openings(clinic, patient, doctor.identity.person) == n


def test_looking_again_at_an_open_chart_is_no_opening(clinic, patient):
    nurse = clinic.session(Role.NURSE)
    charts.open_chart(nurse, patient)
    charts.look_again(nurse, patient)
    assert openings(clinic, patient, nurse.identity.person) == 1


def test_nothing_is_shown_where_the_trail_could_not_be_written(clinic, patient, monkeypatch):
    def broken(*_):
        raise Unreachable("The clinic's server does not answer.")

    monkeypatch.setattr(patients, "write", broken)
    with pytest.raises(Unreachable):
        charts.open_chart(clinic.session(Role.DOCTOR), patient)


def test_nobody_is_told_of_a_chart_that_is_not_there(clinic):
    nobody = ObjectId()
    with pytest.raises(NotFound):
        charts.open_chart(clinic.session(Role.DOCTOR), nobody)
    assert openings(clinic, nobody, clinic.person(Role.DOCTOR)) == 0


@pytest.mark.parametrize(("role", "listed"), [(Role.RECEPTIONIST, 1), (Role.NURSE, 1), (Role.PHARMACIST, 0)])
def test_whom_the_waiting_list_concerns_learns_who_is_on_it(clinic, role, listed):
    desk = clinic.session(Role.RECEPTIONIST)
    waits = PATIENTS.create(desk, typed("patients"), uuid4().hex)["_id"]
    WAITING_LIST.create(desk, {"patient": waits}, uuid4().hex)
    assert len(charts.open_chart(clinic.session(role), waits).listed) == listed


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE, Role.PHARMACIST])
def test_clinical_roles_know_of_allergies(clinic, patient, role):
    chart = charts.open_chart(clinic.session(role), patient)
    assert [one["substance"] for one in chart.health["allergies"]] == ["Penicillin"]


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.LABORATORY])
def test_others_get_no_health(clinic, patient, role):
    assert charts.open_chart(clinic.session(role), patient).health is None


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.RECEPTIONIST, {"encounters", "appointments", "invoices"}),
        (Role.PHARMACIST, {"prescriptions", "dispensations"}),
        (Role.LABORATORY, set()),
    ],
)
def test_only_what_a_role_may_read_is_counted(clinic, patient, role, kinds):
    chart = charts.open_chart(clinic.session(role), patient)
    assert set(chart.counts) == kinds
    assert (chart.visit, chart.waiting, chart.medication) == (None, None, [])


def test_only_who_bills_knows_what_is_to_be_paid(clinic, patient):
    assert charts.open_chart(clinic.session(Role.RECEPTIONIST), patient).balance == 0
    assert charts.open_chart(clinic.session(Role.NURSE), patient).balance is None


@pytest.mark.parametrize("role", [Role.REPRESENTATIVE, Role.PATIENT])
def test_who_is_no_staff_opens_none(clinic, patient, role):
    with pytest.raises(NotAllowed):
        charts.open_chart(clinic.session(role), patient)
