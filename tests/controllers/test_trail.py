"""The trail, as it is read a page at a time and verified."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

import hmsdesk.controllers
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.trail import TRAIL, verify_as_owner, verify_as_reader
from hmsdesk.errors import NotAllowed
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.preferences import THE_ONE
from hmsdesk.models.record import DAYS
from hmsdesk.models.trail import TrailEntry
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD, Clinic
from tests.factories import EGYPT
from tests.views.desk import book, doctor_of, far_day, patient_of

NEWEST_FIRST = {"order": "at", "descending": True}


@pytest.fixture(scope="module")
def written(clinic: Clinic) -> Clinic:
    for number in range(30):
        DEPARTMENTS.create(clinic.administrator, {"name": f"Department {number}", "code": f"D{number}"}, uuid4().hex)
    patient = {"name": "Mohamed Ali Hassan", "gender": "male", "birth_date": "1968-03-12", "phone": "0100 555 0112"}
    PATIENTS.create(clinic.session(Role.RECEPTIONIST), patient, uuid4().hex)
    return clinic


def everything(session, **asked) -> list[dict]:
    """All rows, page by page."""
    rows, start = [], None
    while True:
        page = TRAIL.page(session, Query(**NEWEST_FIRST | asked, limit=7, start=start))
        rows += page.rows
        if not page.more:
            return rows
        start = page.rows[-1]


def test_pages_hold_every_entry_once_the_newest_first(written: Clinic) -> None:
    rows = everything(written.administrator)
    assert len(rows) == TRAIL.count(written.administrator, Query()).number
    assert len({row["_id"] for row in rows}) == len(rows)
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


def test_a_page_can_be_read_towards_the_beginning_too(written: Clinic) -> None:
    rows = everything(written.administrator)
    before = TRAIL.page(written.administrator, Query(**NEWEST_FIRST, start=rows[10], backwards=True, limit=5))
    assert [row["_id"] for row in before.rows] == [row["_id"] for row in rows[5:10]]


def test_entries_name_people_workstations_and_records(written: Clinic) -> None:
    rows = everything(written.administrator)
    added = next(row for row in rows if row["what"] == "Department: Department 3")
    assert (added["person:title"], added["workstation"]) == ("Sara El-Masry", "Reception desk 1")
    registered = next(row for row in rows if row["action"] == "register")
    assert registered["what"].startswith("Patient: AA-")
    founded = next(row for row in rows if row["action"] == "found practice")
    assert founded["what"] == "Practice: Nile Family Clinic"
    assert "Password: Receptionist of the tests" in {row["what"] for row in rows}


def test_filters_by_person_action_and_day(written: Clinic) -> None:
    session = written.administrator
    reception = written.person(Role.RECEPTIONIST)
    rows = everything(session, filters={"person": reception})
    assert {row["person"] for row in rows} == {reception}
    rows = everything(session, filters={"action": "register"})
    assert [row["action"] for row in rows] == ["register"]
    today = session.locale.today()
    everyday = (str(today - timedelta(days=1)), str(today + timedelta(days=1)))
    assert len(everything(session, filters={DAYS: everyday})) == len(everything(session))
    long_ago = (str(today - timedelta(days=400)),) * 2
    assert everything(session, filters={DAYS: long_ago, "person": reception}) == []
    assert TRAIL.count(session, Query(filters={DAYS: long_ago})).number == 0


def test_a_day_is_the_practices_and_not_the_servers(written: Clinic) -> None:
    session = written.administrator
    session_day = session.locale.local(everything(session)[0]["at"]).date()
    found = everything(session, filters={DAYS: (str(session_day), str(session_day))})
    assert {session.locale.local(row["at"]).date() for row in found} == {session_day}


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.RECEPTIONIST, Role.REPRESENTATIVE])
def test_only_an_administrator_reads_it(written: Clinic, role: Role) -> None:
    with pytest.raises(NotAllowed):
        TRAIL.page(written.session(role), Query())
    with pytest.raises(NotAllowed):
        verify_as_reader(written.door, written.session(role))


def test_an_export_says_how_much_of_which_list_left(written: Clinic) -> None:
    reception = written.session(Role.RECEPTIONIST)
    PATIENTS.note_export(reception, Query(), 1)
    PATIENTS.note_export(reception, Query(text="moh"), 1200)
    latest = everything(written.administrator, filters={"action": "export"})
    assert [row["what"] for row in latest] == ["List of patients, 1,200 rows of a search", "List of patients, 1 row"]
    with pytest.raises(NotAllowed):
        PATIENTS.note_export(written.session(Role.NURSE), Query(), 1)


def test_a_booking_says_whose_it_is(written: Clinic) -> None:
    reception = written.session(Role.RECEPTIONIST)
    doctor = doctor_of(written, "Dr Karim Nabil")
    patient = patient_of(reception, "Mona Omar Gaber")
    book(reception, patient, doctor, far_day(reception, 3), "09:20")
    booked = everything(written.administrator, filters={"action": "book"})
    assert [row["what"] for row in booked] == [f"Appointment: {patient['identifier']}"]


def test_a_prescription_and_its_hand_out_say_which_it_is_to_who_may_read_neither(written: Clinic, practice) -> None:
    row = practice.stocked(20, 100)
    opened = practice.opened(row)
    dispense(practice.pharmacist, opened, {1: 20}, uuid4().hex)
    PRESCRIPTIONS.open(practice.doctor, row["_id"])
    patient = practice.patient["identifier"]
    for action in ("sign prescription", "open prescription"):
        latest = everything(written.administrator, filters={"action": action})[0]
        assert (latest["what"], latest["reason"]) == (f"{row['number']} of {patient}", None)
    dispensed = {row["what"] for row in everything(written.administrator, filters={"action": "dispense"})}
    assert row["number"] in dispensed
    PRESCRIPTIONS.note_export(practice.doctor, Query(), 4)
    assert everything(written.administrator, filters={"action": "export"})[0]["what"] == "List of prescriptions, 4 rows"


def test_an_owner_verifies_everything(written: Clinic) -> None:
    told: list[int] = []
    report = verify_as_owner(written.door, written.administrator, PASSWORD, told.append)
    assert report.holds, report.findings
    assert report.records > 30


def test_a_reader_verifies_what_the_role_may_read_and_says_what_it_left_out(new_clinic) -> None:
    clinic = new_clinic()
    DEPARTMENTS.create(clinic.administrator, {"name": "Cardiology", "code": "CARD"}, uuid4().hex)
    verified = verify_as_reader(clinic.door, clinic.administrator)
    assert verified.report.holds, verified.report.findings
    assert "prescriptions" in verified.left_out
    assert "departments" not in verified.left_out
    with clinic.past_the_program() as database:
        database.departments.update_one({}, {"$set": {"name": "Astrology"}})
    found = verify_as_reader(clinic.door, clinic.administrator).report.findings
    assert [one.what for one in found] == ["The record was altered past the program."]
    with clinic.past_the_program() as database:
        database.audit.delete_one({"action": "found practice"})
    assert any("missing" in one.what for one in verify_as_reader(clinic.door, clinic.administrator).report.findings)


def test_what_there_is_only_one_of_is_named_by_its_kind_alone(clinic: Clinic):
    session = clinic.administrator
    PREFERENCES.change(session, THE_ONE, 0, {"waiting_long": 25}, uuid4().hex)
    entry = next(row for row in everything(session) if row["collection"] == "preferences")
    assert entry["what"] == "Preferences"


def _actions_written(file: Path) -> Iterator[str]:
    """The words that a module hands to the unit of work for the trail, as far as they stand there themselves."""
    places = {"insert": 2, "change": 3, "commute": 3, "Event": 0}
    for call in (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        for given in call.args[places.get(name, 99) : places.get(name, 99) + 1]:
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value


def test_whatever_is_done_has_a_word_of_its_own():
    files = sorted(Path(hmsdesk.controllers.__file__).parent.rglob("*.py"))
    written = {action for file in files for action in _actions_written(file)}
    words = {action: declared_fields(TrailEntry)["action"].show(action, EGYPT) for action in written}
    assert len(words) > 30
    # What isn't known is shown as the program has it, which is no word of the clinic's.
    assert not [action for action, shown in words.items() if shown == action.capitalize() and " " in action]
