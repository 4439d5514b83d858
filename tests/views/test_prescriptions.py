"""The list of prescriptions, and the page of the selected one as a copy."""

import threading
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.refusing import refuse
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.security.permissions import Role
from hmsdesk.views import prescriptions
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.prescriptions import make_page
from tests.factories import operation
from tests.prescribing import Prescribing, line
from tests.printing.reading import text_of
from tests.views.windows import shown

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def practice(clinic):
    made = Prescribing(clinic)
    clinic.session(Role.NURSE)
    for _ in range(3):
        made.stocked()
    return made


@pytest.fixture
def open_list(qtbot, tmp_path):
    def make(session):
        host, gone = QWidget(), []
        qtbot.addWidget(host)
        context = SimpleNamespace(
            session=session, door=None, drafts=Drafts(tmp_path, session), live=Live(), toasts=Toasts(host),
            navigate=lambda *to: gone.append(to), close_page=lambda *_: None, list_behind=lambda: ("", ""),
        )  # fmt: skip
        page = make_page(context, "")
        page.host, page.context, page.gone = host, context, gone
        page.resize(1200, 700)
        shown(qtbot, page)
        qtbot.waitUntil(lambda: bool(page.list.pages.rows))
        return page

    return make


@pytest.fixture(params=[Role.DOCTOR, Role.NURSE, Role.PHARMACIST])
def reader(request, practice):
    """Everybody who reads prescriptions."""
    return practice.doctor if request.param is Role.DOCTOR else practice.clinic.session(request.param)


def test_the_newest_stand_first_with_patient_and_doctor(reader, open_list):
    page = open_list(reader)
    moments = [row["issued_at"] for row in page.list.pages.rows]
    assert moments == sorted(moments, reverse=True)
    labels = [column.label for column in page.list.pages.columns]
    assert labels == ["Number", "Patient", "Doctor", "Signed", "State"]
    texts = [column.text(page.list.pages.rows[0]) for column in page.list.pages.columns]
    assert texts[1:3] == ["Mohamed Ali Hassan", "Dr Sara El-Masry"]


def test_none_is_added_here_but_in_a_patients_chart(reader, open_list):
    assert open_list(reader).findChild(QWidget, "add") is None


def test_the_selected_ones_page_is_shown_and_may_be_printed(reader, open_list, qtbot):
    page = open_list(reader)
    page.list.table.selectRow(1)
    qtbot.waitUntil(lambda: page.paper.pdf.startswith(b"%PDF"))
    for name in ("print-copy", "save-copy"):
        assert page.findChild(QWidget, name).isEnabled()


def test_a_page_does_not_wait_for_an_export_and_a_verification(practice, open_list, qtbot):
    gate = threading.Event()
    page = open_list(practice.doctor)
    for _ in range(tasks.LONG_WORKERS):
        tasks.run(page, gate.wait, lambda _: None, long=True)
    try:
        page.list.table.selectRow(1)
        qtbot.waitUntil(lambda: page.paper.pdf.startswith(b"%PDF"))
    finally:
        gate.set()


def test_a_page_that_comes_late_is_not_shown_for_another_one(practice, open_list, qtbot, monkeypatch):
    gate, asked = threading.Event(), threading.Event()

    def late(*_, **__):
        asked.set()
        gate.wait(10)
        return b"%PDF of the one before"

    page = open_list(practice.doctor)
    qtbot.waitUntil(lambda: not tasks.busy())
    monkeypatch.setattr(prescriptions, "page", late)
    page.list.table.selectRow(1)
    qtbot.waitUntil(asked.is_set)
    # Whoever goes on at once does so before the next page is asked for.
    page._follow.setInterval(60_000)
    page.list.table.selectRow(2)
    gate.set()
    qtbot.waitUntil(lambda: not tasks.busy())
    assert page.paper.pdf == b""
    assert not page.findChild(QWidget, "print-copy").isEnabled()


def test_one_that_was_altered_past_the_program_is_not_printed(practice, open_list, qtbot):
    row = practice.stocked()
    practice.tamper("prescriptions", row["_id"], {"lines.0.quantity": 600})
    page = open_list(practice.pharmacist)
    qtbot.waitUntil(lambda: page._row is not None and page._row["_id"] == row["_id"])
    problem = page.paper.findChild(QWidget, "paperProblem")
    qtbot.waitUntil(problem.isVisible)
    assert "not as it was signed" in problem.text()
    assert not page.findChild(QWidget, "print-copy").isEnabled()


def test_enter_leads_the_dispensary_to_its_desk_and_others_to_the_chart(reader, practice, open_list):
    page = open_list(reader)
    row = page.list.pages.rows[0]
    page.list.open_asked.emit(row)
    dispenses = reader is practice.pharmacist
    expected = ("dispensary", str(row["_id"])) if dispenses else ("patients", str(row["patient"]))
    assert page.gone == [expected]


def test_a_new_one_comes_into_the_list(practice, open_list, qtbot):
    page = open_list(practice.doctor)
    row = practice.stocked()
    page.context.live.changed.emit(SimpleNamespace(collection="prescriptions", record=row["_id"]))
    qtbot.waitUntil(lambda: row["_id"] in [one["_id"] for one in page.list.pages.rows])


@pytest.mark.parametrize("typed", ["fawzia", "فوزية", "fawzia gam"])
def test_one_is_found_by_its_patients_name_in_either_script(practice, open_list, qtbot, typed):
    values = {"name": "Fawzia Gamal", "name_ar": "فوزية جمال", "birth_date": "1968-03-12", "gender": "female"}
    patient = PATIENTS.create(practice.clinic.session(Role.RECEPTIONIST), values, operation())
    row = practice.sign(line(practice.medicine()), patient=patient)
    page = open_list(practice.doctor)
    page.list.filters.search.setText(typed)
    qtbot.waitUntil(lambda: {one["patient:title"] for one in page.list.pages.rows} == {"Fawzia Gamal"})
    assert row["_id"] in [one["_id"] for one in page.list.pages.rows]


def test_what_became_of_each_stands_in_the_list_and_comes_by_itself(practice, open_list, qtbot):
    _signed, part, full, refused, late, cancelled = rows = [practice.stocked() for _ in range(6)]
    dispense(practice.pharmacist, practice.opened(part), {1: 1}, operation(), told="With food.")
    refuse(practice.pharmacist, practice.opened(refused), "It is not tolerated.", operation())
    CANCELLATIONS.cancel(practice.doctor, cancelled["_id"], "Written by mistake", operation())
    practice.tamper("prescriptions", late["_id"], {"valid_until": "2020-01-01"})
    page = open_list(practice.doctor)
    (column,) = [one for one in page.list.pages.columns if one.label == "State"]

    def states():
        now = {one["_id"]: column.text(one) for one in page.list.pages.rows}
        return [now.get(one["_id"]) for one in rows]

    qtbot.waitUntil(lambda: states() == ["Signed", "In part", "Signed", "Refused", "Expired", "Cancelled"])
    dispense(practice.pharmacist, practice.opened(full), {1: full["lines"][0]["quantity"]}, operation())
    page.context.live.changed.emit(SimpleNamespace(collection="dispensations", record=None))
    qtbot.waitUntil(lambda: states()[2] == "Dispensed")


def test_what_the_dispensary_did_is_said_and_comes_by_itself(practice, open_list, qtbot):
    row = practice.stocked()
    dispense(practice.pharmacist, practice.opened(row), {1: 20}, operation(), told="Take it with food.")
    page = open_list(practice.doctor)
    qtbot.waitUntil(lambda: row["_id"] in [one["_id"] for one in page.list.pages.rows])
    page.list.table.selectRow([one["_id"] for one in page.list.pages.rows].index(row["_id"]))
    qtbot.waitUntil(lambda: len(page.dispensed.lines) == 1)
    assert "Told: Take it with food." in page.dispensed.lines[0].text()
    assert page.dispensed.lines[0].text().startswith("Handed out ")
    refuse(practice.pharmacist, practice.opened(row), "It is not tolerated.", operation())
    page.context.live.changed.emit(SimpleNamespace(collection="dispensations", record=None))
    qtbot.waitUntil(lambda: len(page.dispensed.lines) == 2)
    assert page.dispensed.lines[1].text().endswith("It is not tolerated.")


def select(page, row, qtbot):
    """Several may be signed in the same second: which of them stands first is nobody's business."""
    qtbot.waitUntil(lambda: row["_id"] in [one["_id"] for one in page.list.pages.rows])
    page.list.table.selectRow([one["_id"] for one in page.list.pages.rows].index(row["_id"]))
    qtbot.waitUntil(lambda: page._row is not None and page._row["_id"] == row["_id"])


def test_the_first_print_is_the_original_from_here_too_and_looks_like_it(practice, open_list, qtbot, monkeypatch):
    sent = []

    def print_at_once(_parent, make, size, _name, _failed, printed, *, keep):
        assert keep
        sent.append(text_of(make(size)))
        printed()

    monkeypatch.setattr(prescriptions, "print_paper", print_at_once)
    row = practice.stocked()
    page = open_list(practice.doctor)
    select(page, row, qtbot)
    qtbot.waitUntil(page._print.isEnabled)
    assert "Copy" not in text_of(page.paper.pdf)
    page._print.click()
    assert "Copy" not in sent[0]
    qtbot.waitUntil(lambda: page._print.isEnabled() and "Copy" in text_of(page.paper.pdf))


class TestCancelling:
    def test_a_reason_is_asked_and_the_row_and_its_page_say_so(self, practice, open_list, qtbot):
        row = practice.stocked()
        page = open_list(practice.doctor)
        select(page, row, qtbot)
        qtbot.waitUntil(page._cancel.isEnabled)
        page._cancel.click()
        dialog = page.findChild(Ask)
        dialog._yes.click()
        assert dialog.isVisible(), "without a reason nothing is cancelled"
        dialog.questions.rows["reason"].editor.set_raw("Wrong strength")
        dialog._yes.click()
        qtbot.waitUntil(page.notice.isVisible)
        assert page.notice.words.text().startswith("Cancelled by Dr Sara El-Masry")
        assert "Wrong strength" in page.notice.words.text()
        assert not page._print.isEnabled()
        assert not page._cancel.isEnabled()
        qtbot.waitUntil(lambda: any(one.get("cancelled") for one in page.list.pages.rows))

    def test_what_is_handed_out_already_says_so_in_the_dialog(self, practice, open_list, qtbot):
        row = practice.stocked()
        page = open_list(practice.doctor)
        select(page, row, qtbot)
        qtbot.waitUntil(page._cancel.isEnabled)
        dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation())
        page._cancel.click()
        dialog = page.findChild(Ask)
        dialog.questions.rows["reason"].editor.set_raw("Wrong strength")
        dialog._yes.click()
        qtbot.waitUntil(lambda: "handed out already" in dialog._problem.text())
        assert dialog.isVisible()
        dialog.reject()

    @pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST])
    def test_only_a_doctor_is_offered_to_cancel_or_repeat(self, practice, open_list, role):
        page = open_list(practice.clinic.session(role))
        assert not page._cancel.isVisible()
        assert not page._repeat.isVisible()

    def test_repeating_leads_to_the_editor_with_its_lines(self, practice, open_list, qtbot):
        page = open_list(practice.doctor)
        qtbot.waitUntil(page._repeat.isEnabled)
        page._repeat.click()
        assert page.gone == [("prescribe", f"{page._row['patient']}/repeat/{page._row['_id']}")]
