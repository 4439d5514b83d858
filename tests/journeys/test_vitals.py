"""The nurse measures in one window, the doctor sees it in another; what was typed outlives a killed program."""

import pytest

from hmsdesk.controllers.demo import PASSWORD
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.security.permissions import Role
from tests.journeys.conftest import email_of


@pytest.fixture
def patient(practice):
    """Somebody's chart."""
    return PATIENTS.page(practice.session, Query()).rows[0]


def test_the_doctor_sees_at_once_what_the_nurse_has_measured(window, elsewhere, patient):
    nurse, doctor = elsewhere(), window()
    nurse.begin("sign_in", email_of(Role.NURSE))
    doctor.sign_in(email_of(Role.DOCTOR))
    doctor.go("patients", str(patient["_id"]))
    doctor.wait(lambda: doctor.sees("Timeline"), "the chart")
    nurse.finish()
    nurse.do("go", "vitals", str(patient["_id"]))
    for name, typed in (("systolic", "161"), ("diastolic", "97"), ("temperature", "38,4")):
        nurse.do("type_in", name, typed)
    nurse.do("click", "formSave")
    doctor.wait(lambda: doctor.sees("Pressure: 161/97 High"), "what the nurse measured")
    assert doctor.sees("Temperature: 38.4 °C High")


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_values_outlive_a_killed_program(window, elsewhere, practice, patient):
    email, person = practice.hire(Role.NURSE)
    other = elsewhere()
    other.do("sign_in", email)
    other.do("go", "vitals", str(patient["_id"]))
    other.do("type_in", "heart_rate", "77")
    folder = practice.settings.home / "drafts" / str(person)
    here = window()
    here.wait(lambda: list(folder.glob("*.draft")), "the draft")
    other.kill()

    here.sign_in(email)
    here.wait(lambda: here.sees("Record vital signs: something is not saved yet"), "the offer")
    assert here.sees(patient["name"])
    here.take_up("Record vital signs: something is not saved yet")
    assert here.typed("heart_rate") == "77"
    here.click("formSave")
    here.wait(lambda: here.sees(f"Vital signs of {patient['name']} are saved"), "saved")
    assert not list(folder.glob("*.draft"))
    nurse = practice.door.sign_in(email, PASSWORD)
    found = OBSERVATIONS.known(nurse, patient).rows
    nurse.close()
    assert [row["heart_rate"] for row in found if row["created_by"] == person] == [77]
