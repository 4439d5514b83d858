"""A visit from the door to its charges, and one whose window is killed while it is written."""

from uuid import uuid4

import pytest
from bson import ObjectId
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.demo import PASSWORD
from hmsdesk.controllers.documents import DOCUMENTS
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.models.appointments import COMPLETED
from hmsdesk.security.permissions import Role
from hmsdesk.views.visit.note import NoteForm
from hmsdesk.views.visit.reading import ReadNote
from tests.journeys.conftest import email_of
from tests.waiting import until

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def reception(practice):
    session = practice.door.sign_in(email_of(Role.RECEPTIONIST), PASSWORD)
    yield session
    session.close()


@pytest.fixture
def booked(practice, reception):
    """Somebody new who walks in to the doctor whose window it is, at whatever hour: booked and checked in."""
    person = practice.owner.database.accounts.find_one({"email": email_of(Role.DOCTOR)})["_id"]
    return walk_in(reception, {"name": f"Mona Adel {uuid4().hex[:6]}", "gender": "female"}, person, uuid4().hex)


def test_from_checking_in_to_the_charges(practice, reception, booked, window, tmp_path):
    hands = window()
    hands.sign_in(email_of(Role.DOCTOR))
    hands.go("visit", f"begin/{booked['_id']}")
    hands.wait(lambda: getattr(hands.desk().frame.page(), "form", None) is not None, "the note")
    page = hands.desk().frame.page()
    hands.type_in("reason", "Thirst for two weeks")

    page.form.fields.diagnoses.add.click()
    picker = page.form.fields.diagnoses.parts[-1].rows[0].editor.picker
    picker.setObjectName("diagnosisOfTest")
    hands.fill("diagnosisOfTest", "diabetes")
    hands.wait(picker.popup.isVisible, "the codes")
    page.form.fields.diagnoses.parts[-1].rows[0].editor.picker._take(picker.finder.found[0])

    letter = tmp_path / "Result.txt"
    letter.write_text("HbA1c 7.9 %")
    page.around.files.add_files([letter])
    hands.wait(lambda: hands.sees("Result.txt is added"), "the file")

    hands.activate()
    hands.click("visitPrescribe")
    hands.wait(lambda: getattr(hands.desk().frame.page(), "editor", None) is not None, "the prescription")
    editor = hands.desk().frame.page().editor
    assert editor.notes["diagnosis"].line.text().startswith("Type 2 diabetes")
    line = editor.lines.editors[0]
    line.medicine.setObjectName("medicineOfTest")
    hands.fill("medicineOfTest", "Paracet")
    hands.wait(line.medicine.popup.isVisible, "the medicines")
    hands.press("medicineOfTest", Qt.Key.Key_Escape)
    line.medicine._take(line.medicine.finder.found[0])
    line.frequency.set_raw("twice")
    line.frequency.edited.emit()
    hands.wait(lambda: not editor._missing(), "complete")
    editor.sign()
    hands.wait(lambda: editor._signed is not None, "signed")
    assert editor._signed["encounter"] == booked["_id"]

    hands.go("visit", str(booked["_id"]))
    hands.click("visitClose")
    hands.find("closingDialog", QWidget).yes.click()
    hands.wait(lambda: isinstance(page.note, ReadNote), "closed")
    assert APPOINTMENTS.get(reception, booked["_id"])["status"] == COMPLETED
    charges = list(practice.owner.database.charges.find({"about": booked["_id"]}))
    assert [(one["kind"], str(one["amount"]["value"])) for one in charges] == [("charged", "350.00")]
    doctor = hands.desk().session
    assert [one["name"] for one in DOCUMENTS.of_patient(doctor, booked["patient"])][:1] == ["Result.txt"]
    assert PRESCRIPTIONS.of_patient(doctor, booked["patient"])[0]["encounter"] == booked["_id"]
    assert ENCOUNTERS.get(reception, booked["_id"])["status"] == "finished"


def test_what_was_typed_can_be_had_once_its_writer_has_another_role(practice, booked, window, monkeypatch):
    # As where the server is away just then.
    monkeypatch.setattr(NoteForm, "_save_quietly", lambda _: None)
    doctor = email_of(Role.DOCTOR)
    person = practice.owner.database.accounts.find_one({"email": doctor})["_id"]
    hands = window()
    hands.sign_in(doctor)
    hands.go("visit", str(booked["_id"]))
    hands.type_in("plan", "Metformin twice a day")
    practice.owner.set_roles(person, [Role.NURSE])
    try:
        hands.wait(lambda: hands.sees("you may not work as doctor any more."), "signed out")
        hands.sign_in(doctor)
        hands.take_up("Visits: something is not saved yet")
        hands.wait(lambda: hands.sees("It can't be saved in the role you work in now."), "the reason")
        hands.click("noticeAction")
        assert hands.find("leftBehindWords").toPlainText() == "Plan and notes: Metformin twice a day"
        hands.click("leftBehindDiscard")
        hands.program.sign_out()
    finally:
        practice.owner.set_roles(person, [Role.DOCTOR])
        session = practice.door.sign_in(doctor, PASSWORD)
        ENCOUNTERS.close(session, booked["_id"], 1, {"reason": "Thirst"}, uuid4().hex)
        session.close()


def test_a_killed_window_loses_nothing_of_the_note(practice, booked, elsewhere):
    drafts = practice.settings.folder() / "drafts"
    before = set(drafts.rglob("*.draft"))
    first = elsewhere()
    first.do("sign_in", email_of(Role.DOCTOR))
    first.do("go", "visit", str(booked["_id"]))
    first.do("type_in", "plan", "Metformin twice a day with food")
    kept = f"visit-{booked['_id']}.*.draft"
    assert until(lambda: set(drafts.rglob(kept)) - before)
    first.kill()

    second = elsewhere()
    second.do("sign_in", email_of(Role.DOCTOR))
    second.do("go", "visit", str(booked["_id"]))
    assert second.do("typed", "plan") == "Metformin twice a day with food"
    assert second.do("sees", "Restored what was typed")
    second.close()
    note = practice.owner.database.encounter_notes.find_one({"_id": ObjectId(str(booked["_id"]))})
    assert note is not None
