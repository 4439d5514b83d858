"""Prescribing: what is typed, what will be printed, and signing once, on the real server."""

import threading
from functools import partial
from types import SimpleNamespace

import pytest
from bson import ObjectId
from PySide6.QtCore import QPoint, Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.prescription_paper import page as signed_page
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.prescription_doses import DOSINGS
from hmsdesk.views.kit import paper_out
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.habits import habits
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.prescribe import make_page
from hmsdesk.views.prescribe.page import PrescribePage
from tests.factories import operation
from tests.views.windows import shown
from tests.waiting import PATIENCE_S

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def medicines(practice):
    """A tablet and an inhaler, as they are found by their first letters."""
    names = (("Metformin 850 mg tablet", "metformin", "tablet"), ("Salbutamol inhaler", "salbutamol", "inhaler"))
    return [
        MEDICINES.create(practice.pharmacist, {"name": name, "ingredient": what, "unit": unit}, operation())
        for name, what, unit in names
    ]


@pytest.fixture(autouse=True)
def no_size_was_chosen_before(monkeypatch):
    monkeypatch.setattr(habits, "_known", {})


@pytest.fixture(autouse=True)
def nothing_runs_yet(practice):
    """What one test signs would be given twice in the next."""
    practice.patient = practice.allergic_patient()


@pytest.fixture
def open_page(practice, medicines, qtbot, tmp_path):
    """Opens the editor for a patient; again with the same drafts."""
    drafts = Drafts(tmp_path, practice.doctor)

    def make(patient=None, *, wait=True, rest=""):
        host = QWidget()
        qtbot.addWidget(host)
        context = SimpleNamespace(
            session=practice.doctor, door=None, drafts=drafts, live=Live(), toasts=Toasts(host),
            navigate=lambda *_: None, close_page=lambda *_: None, list_behind=lambda: ("", ""),
        )  # fmt: skip
        page = make_page(context, str((patient or practice.patient)["_id"]) + rest)
        page.host, page.context = host, context
        page.resize(1190, 700)
        # Something stands before it in the window, where Tab comes to first.
        page.rail = QPushButton("Today")
        page.window_of_test = shown(qtbot, page.rail, page)
        qtbot.waitUntil(lambda: not wait or (page.editor is not None and page.editor.isVisible()))
        return page

    return make


@pytest.fixture
def page(open_page):
    return open_page()


def test_what_is_typed_before_the_page_is_there_is_typed_into_its_first_field(open_page, qtbot, monkeypatch):
    typed, fetch = threading.Event(), PrescribePage._fetch
    monkeypatch.setattr(PrescribePage, "_fetch", lambda page: typed.wait(PATIENCE_S) and fetch(page))
    page = open_page(wait=False)
    assert page.editor is None
    page.setFocus()
    QTest.keyClicks(page, "brufen 4")
    typed.set()
    qtbot.waitUntil(lambda: page.editor is not None)
    medicine = page.editor.lines.editors[0].medicine
    qtbot.waitUntil(lambda: medicine.text() == "brufen 4")
    qtbot.waitUntil(medicine.hasFocus)


def test_what_is_typed_before_the_page_is_there_waits_for_who_goes_elsewhere(open_page, qtbot, monkeypatch):
    typed, fetch = threading.Event(), PrescribePage._fetch
    monkeypatch.setattr(PrescribePage, "_fetch", lambda page: typed.wait(PATIENCE_S) and fetch(page))
    page = open_page(wait=False)
    page.setFocus()
    QTest.keyClicks(page, "brufen 4")
    # As where one locks.
    page.hide()
    page.rail.setFocus()
    typed.set()
    qtbot.waitUntil(lambda: page.editor is not None)
    medicine = page.editor.lines.editors[0].medicine
    qtbot.wait(20)
    assert medicine.text() == ""
    page.show()
    page.setFocus()
    qtbot.waitUntil(lambda: medicine.text() == "brufen 4")


def choose(qtbot, line, text):
    """Type the first letters and take what is found with Enter."""
    line.medicine.setFocus()
    QTest.keyClicks(line.medicine, text)
    qtbot.waitUntil(line.medicine.popup.isVisible)
    # The first is chosen already; down from the only one goes nowhere.
    QTest.keyClick(line.medicine.popup, Qt.Key.Key_Down)
    QTest.keyClick(line.medicine.popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: line.medicine.chosen is not None)


def test_enter_is_for_what_was_typed_last_however_late_that_is_found(page, practice, qtbot):
    # No letter that a word of both names begins with: each ends in a number in base 16.
    first, second = (practice.medicine(f"Zzquick {letter}") for letter in "pq")
    medicine = page.editor.lines.editors[0].medicine
    # Nothing is offered in a field that has lost the keyboard, or hasn't got it yet.
    medicine.setFocus()
    qtbot.waitUntil(medicine.hasFocus)
    QTest.keyClicks(medicine, "zzquick")
    qtbot.waitUntil(medicine.popup.isVisible)
    assert medicine.popup.currentIndex().data() == first["name"]
    # Before the list has followed.
    QTest.keyClicks(medicine.popup, " q")
    QTest.keyClick(medicine.popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: medicine.chosen == second["_id"])
    assert (medicine.text(), medicine.popup.isVisible()) == (second["name"], False)
    assert page.editor.lines.editors[0].dose.hasFocus()


def cut_off(combo):
    """The words that don't fit into a closed list."""
    words = [combo.itemText(index) for index in range(combo.count())]
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = combo.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, combo).width()
    return [one for one in words if combo.fontMetrics().horizontalAdvance(one) > room]


def test_no_route_and_no_frequency_is_cut_off(page):
    line = page.editor.lines.editors[0]
    assert cut_off(line.frequency.combo) == []
    for unit in DOSINGS:
        line.restore({"medicine": ObjectId(), "name": "Something", "unit": unit})
        line.route.combo.ensurePolished()
        assert cut_off(line.route.combo) == []


@pytest.mark.parametrize(
    ("name", "form", "routes"),
    [
        ("Ambroxol 15 mg/5 ml syrup", "syrup", ["By mouth"]),
        ("Dexamethasone 0.1 % eye drops", "drops", ["Into the eye", "Into the ear", "In the nose", "By mouth"]),
        ("Oxymetazoline 0.05 % nasal drops", "drops", ["In the nose", "Into the eye", "Into the ear", "By mouth"]),
    ],
)
def test_a_bottle_is_given_as_what_is_in_it_is_made_for_the_usual_route_first(
    practice, open_page, qtbot, name, form, routes
):
    values = {"name": name, "ingredient": name.split()[0], "unit": "bottle", "form": form}
    made = MEDICINES.create(practice.pharmacist, values, operation())
    line = open_page().editor.lines.editors[0]
    choose(qtbot, line, name[:6])
    assert line.medicine.chosen == made["_id"]
    combo = line.route.combo
    assert [combo.itemText(index) for index in range(combo.count())] == routes
    assert combo.currentText() == routes[0]


def test_a_last_line_in_which_nothing_is_written_is_not_signed(page, qtbot):
    fill(qtbot, page)
    page.editor.lines.add()
    assert page.editor.lines.missing() == ""
    page.editor.sign()
    qtbot.waitUntil(lambda: page.editor._signed is not None)
    assert len(page.editor._signed["lines"]) == 1
    assert len(page.editor.lines.editors) == 1


def test_instructions_without_a_medicine_are_not_left_out_in_silence(page, qtbot):
    fill(qtbot, page)
    page.editor.lines.add()
    page.editor.lines.editors[1].instructions.setText("With food")
    assert page.editor.lines.missing() == "Choose medicine 2, or remove its line"


@pytest.mark.parametrize(
    ("typed", "unit", "words", "quantity"),
    [
        ("1/2", "tablet", "Take half a tablet by mouth twice a day, for 7 days.", "7"),
        ("1.5", "tablets", "Take one and a half tablets by mouth twice a day, for 7 days.", "21"),
    ],
)
def test_half_a_tablet_is_prescribed(page, qtbot, typed, unit, words, quantity):
    line = fill(qtbot, page)
    retype(line.dose, typed)
    assert line._words.text().endswith(words)
    assert line._measure.text() == unit
    assert line.quantity.text() == quantity
    retype(line.dose, "0.3")
    line._on_left("dose")
    assert line._words.text() == "Dose: whole tablets, halves or quarters."


def set_often(line, code):
    line.frequency.set_raw(code)
    line.frequency.edited.emit()


def fill(qtbot, page, medicine="metf"):
    """One complete line."""
    line = page.editor.lines.editors[0]
    choose(qtbot, line, medicine)
    set_often(line, "twice")
    return line


def retype(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def record_allergy(practice, page, substance):
    """Somebody else records it, and the page hears of it."""
    health = practice.patient["_id"]
    current = HEALTH.get(practice.doctor, health)
    known = {"allergies": [*current["allergies"], {"substance": substance}]}
    HEALTH.change(practice.doctor, health, current["version"], known, operation())
    page.context.live.changed.emit(SimpleNamespace(collection="patient_health", record=health))


def head(page, name):
    return page.editor.head.findChild(QWidget, name)


def signed(practice):
    return PRESCRIPTIONS.of_patient(practice.doctor, practice.patient["_id"])


class TestWriting:
    def test_the_first_medicine_has_the_focus_and_the_banner_says_who(self, page, qtbot):
        qtbot.waitUntil(page.editor.lines.editors[0].medicine.hasFocus)
        assert page.banner.isVisible()
        allergies = page.banner.findChild(QWidget, "bannerAllergies")
        assert "Penicillin" in allergies.accessibleName()
        assert page.banner.findChild(QAbstractButton, "bannerEditAllergies").accessibleName() == "Edit allergies"

    def test_a_medicine_brings_its_route_its_measure_and_the_focus_to_the_dose(self, page, qtbot):
        line = page.editor.lines.editors[0]
        choose(qtbot, line, "salb")
        assert line.route.raw() == "inhaled"
        assert line._measure.text() == "puff"
        assert line.dose.hasFocus()

    def test_the_quantity_follows_until_one_is_typed(self, page, qtbot):
        line = fill(qtbot, page)
        assert line.quantity.text() == "14"
        retype(line.days, "30")
        assert line.quantity.text() == "60"
        retype(line.quantity, "56")
        retype(line.dose, "2")
        assert line.quantity.text() == "56"
        line.quantity.setFocus()
        line.quantity.selectAll()
        QTest.keyClick(line.quantity, Qt.Key.Key_Delete)
        assert line.quantity.text() == ""
        line.days.setFocus()
        assert line.quantity.text() == "120"
        retype(line.dose, "1")
        assert line.quantity.text() == "60"

    def test_the_dose_stands_below_in_the_words_that_will_be_printed(self, page, qtbot):
        line = fill(qtbot, page)
        retype(line.instructions, "With food")
        assert line._words.text().endswith("Take one tablet by mouth twice a day, for 7 days. With food.")

    def test_a_name_that_its_field_cuts_off_stands_whole_below(self, practice, page, qtbot):
        name = "Hydroxychloroquine and something of a long name 457 mg per 5 ml suspension"
        name = practice.medicine(name, "tablet", "hydroxychloroquine")["name"]
        line = page.editor.lines.editors[0]
        line.medicine.setFocus()
        QTest.keyClicks(line.medicine, "hydroxych")
        qtbot.waitUntil(line.medicine.popup.isVisible)
        needed = line.medicine.popup.fontMetrics().horizontalAdvance(name)
        assert line.medicine.popup.width() > needed
        QTest.keyClick(line.medicine.popup, Qt.Key.Key_Return)
        assert line._words.text() == f"{name}."
        set_often(line, "twice")
        assert line._words.text() == f"{name}. Take one tablet by mouth twice a day, for 7 days."

    def test_the_key_for_signing_leads_to_what_is_missing(self, page, qtbot):
        line = page.editor.lines.editors[0]
        choose(qtbot, line, "metf")
        retype(line.days, "0")
        page.editor.notes["advice"].line.setFocus()
        assert line._words.text() == "Days: a whole number from 1 to 365."
        QTest.keyClick(page.editor.notes["advice"].line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert line.frequency.combo.hasFocus()
        set_often(line, "twice")
        QTest.keyClick(line.frequency.combo, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert line.days.hasFocus()
        assert page.editor._is_open()

    def test_what_is_wrong_is_told_once_the_field_is_left(self, page, qtbot):
        line = fill(qtbot, page)
        retype(line.dose, "99")
        assert "at most" not in line._words.text()
        line.days.setFocus()
        assert line._words.text() == "Dose: at most 20 tablets at a time."
        assert line.dose.property("invalid")
        retype(line.dose, "1")
        assert not line.dose.property("invalid")

    def test_tab_goes_through_the_page_from_top_to_bottom(self, page, qtbot):
        page.editor.lines.add()
        page.editor.lines.editors[0].medicine.setText("x")
        page.editor.lines.add()
        second = page.editor.lines.editors[1]
        qtbot.waitUntil(second.isVisible)
        page.editor.notes["diagnosis"].line.setFocus()
        stops = []
        for _ in range(20):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            stops.append(QApplication.focusWidget().accessibleName())
        medicines = [name for name in stops if name.startswith("Medicine")]
        assert medicines == ["Medicine 1", "Medicine 2"]
        assert stops[0] == "Medicine 1"
        assert stops.index("Add a medicine") > stops.index(second.instructions.accessibleName())
        assert stops.index("Advice to the patient") > stops.index("Add a medicine")

    def test_beside_the_button_stands_why_it_cannot_be_signed_yet(self, page, qtbot):
        why, sign = head(page, "whyNotYet"), head(page, "sign")
        assert why.text() == "Add a medicine first"
        line = page.editor.lines.editors[0]
        QTest.keyClicks(line.medicine, "xyz")
        assert why.text() == "Medicine 1: Choose a medicine from the list"
        line.medicine.clear()
        line.medicine.choose(None, "")
        choose(qtbot, line, "metf")
        assert not sign.isEnabled()
        assert "How often" in why.text()
        set_often(line, "twice")
        assert sign.isEnabled()
        assert not why.isVisible()

    def test_too_long_a_diagnosis_is_told_at_its_field(self, page, qtbot):
        fill(qtbot, page)
        page.editor.notes["diagnosis"].line.setFocus()
        QApplication.clipboard().setText("x" * 121)
        page.editor.notes["diagnosis"].line.paste()
        assert page.editor.notes["diagnosis"].is_wrong
        assert not head(page, "sign").isEnabled()

    def test_insert_adds_a_line_and_control_delete_takes_it_away(self, page, qtbot):
        first = fill(qtbot, page)
        QTest.keyClick(page, Qt.Key.Key_Insert)
        lines = page.editor.lines.editors
        assert len(lines) == 2
        assert lines[1].medicine.hasFocus()
        QTest.keyClick(page, Qt.Key.Key_Insert)
        assert len(page.editor.lines.editors) == 2
        QTest.keyClick(lines[1].medicine, Qt.Key.Key_Delete)
        assert page.editor.lines.editors == [first]
        assert page.context.toasts.shown() == []
        QTest.keyClick(first.days, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
        assert page.editor.lines.editors[0].is_empty()
        page.context.toasts.shown()[0].findChild(QWidget, "toastAction").click()
        assert page.editor.lines.editors[0].medicine.text() == "Metformin 850 mg tablet"
        assert page.editor.lines.editors[0].unit == "tablet"

    def test_enter_in_the_last_field_begins_the_next_medicine(self, page, qtbot):
        line = fill(qtbot, page)
        line.instructions.setFocus()
        QTest.keyClick(line.instructions, Qt.Key.Key_Return)
        assert page.editor.lines.editors[1].medicine.hasFocus()

    def test_the_page_beside_it_is_the_paper_itself(self, page, qtbot):
        qtbot.waitUntil(lambda: page.editor.preview.pdf.startswith(b"%PDF"))
        before = page.editor.preview.pdf
        fill(qtbot, page)
        qtbot.waitUntil(lambda: page.editor.preview.pdf != before)
        before = page.editor.preview.pdf
        page.editor.preview._sizes.choose("A4")
        qtbot.waitUntil(lambda: page.editor.preview.pdf != before)

    def test_an_allergy_recorded_elsewhere_is_seen_at_once(self, practice, page, qtbot):
        record_allergy(practice, page, "Latex")
        qtbot.waitUntil(lambda: "Latex" in page.banner.findChild(QWidget, "bannerAllergies").accessibleName())
        # What was made anew is still where Tab comes to first.
        edit = page.banner.findChild(QAbstractButton, "bannerEditAllergies")
        edit.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(edit, Qt.Key.Key_Tab)
        assert QApplication.focusWidget().objectName() == "prescribeBack"

    def test_an_allergy_recorded_while_it_opens_is_seen_too(self, practice, open_page, qtbot, monkeypatch):
        read, go_on = threading.Event(), threading.Event()
        real = PATIENTS.open_chart

        def slow(*asked):
            opened = real(*asked)
            read.set()
            assert go_on.wait(PATIENCE_S)
            return opened

        monkeypatch.setattr(PATIENTS, "open_chart", slow)
        page = open_page(wait=False)
        qtbot.waitUntil(read.is_set)
        record_allergy(practice, page, "Iodine")
        qtbot.waitUntil(lambda: page._missed)
        go_on.set()
        qtbot.waitUntil(lambda: page.editor is not None)
        qtbot.waitUntil(lambda: "Iodine" in page.banner.findChild(QWidget, "bannerAllergies").accessibleName())


class TestSigning:
    def test_control_enter_signs_and_shows_the_signed_page(self, practice, page, qtbot):
        line = fill(qtbot, page)
        page.editor.notes["diagnosis"].line.setFocus()
        QTest.keyClicks(page.editor.notes["diagnosis"].line, "Diabetes")
        before = len(signed(practice))
        QTest.keyClick(line.dose, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        assert len(signed(practice)) == before + 1
        assert page.editor._signed["diagnosis"] == "Diabetes"
        assert head(page, "prescribeTitle").text() == page.editor._signed["number"]
        assert not page.editor.lines.editors[0].instructions.placeholderText(), "an example reads as what was signed"
        assert not page.findChild(QAbstractButton, "addLine").isVisible()
        assert head(page, "printPaper").isVisible()
        assert not head(page, "sign").isVisible()
        assert not page.isWindowModified()
        qtbot.waitUntil(lambda: page.focusWidget() is head(page, "printPaper"))

    def test_signed_its_fields_still_stand_below_their_headings(self, practice, page, qtbot):
        page.window().resize(1366, 768)
        line = fill(qtbot, page)
        headings = page.editor.lines.findChildren(QLabel)
        below = {"Dose": line.dose, "Route": line.route, "Days": line.days, "Quantity": line.quantity}

        def places():
            QApplication.processEvents()
            named = {one.text(): one.mapTo(page, QPoint()).x() for one in headings}
            return {name: (named[name], field.mapTo(page, QPoint()).x()) for name, field in below.items()}

        assert all(above == field for above, field in places().values()), places()
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        assert all(above == field for above, field in places().values()), places()

    def test_signing_twice_in_a_moment_signs_once(self, practice, page, qtbot):
        fill(qtbot, page)
        before = len(signed(practice))
        page.editor.sign()
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        assert len(signed(practice)) == before + 1

    def test_the_next_one_is_another(self, practice, page, qtbot):
        fill(qtbot, page)
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        first = page.editor._signed["_id"]
        head(page, "newPrescription").click()
        assert page.editor.lines.editors[0].is_empty()
        assert page.editor.lines.isEnabled()
        fill(qtbot, page, "salb")
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        assert page.editor._signed["_id"] != first

    @pytest.mark.parametrize("begins_another", [False, True])
    def test_a_line_taken_away_before_does_not_come_back(self, page, qtbot, begins_another):
        first = fill(qtbot, page)
        QTest.keyClick(first.days, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
        undo = page.context.toasts.shown()[0].findChild(QWidget, "toastAction")
        fill(qtbot, page)
        page.editor.sign()
        qtbot.waitUntil(lambda: head(page, "newPrescription").isVisible())
        if begins_another:
            head(page, "newPrescription").click()
        undo.click()
        texts = [line.medicine.text() for line in page.editor.lines.editors]
        assert texts == ["" if begins_another else "Metformin 850 mg tablet"]

    def test_a_refusal_is_told_at_the_field(self, practice, page, medicines, qtbot):
        medicine = practice.medicine("Retired syrup", "bottle")
        line = page.editor.lines.editors[0]
        choose(qtbot, line, medicine["name"][-8:])
        set_often(line, "twice")
        MEDICINES.change(practice.pharmacist, medicine["_id"], 1, {"active": False}, operation())
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._sent is None)
        assert line.medicine.property("invalid")
        assert "no longer in use" in line._words.text()
        assert line.medicine.text() == medicine["name"]

    def test_a_lost_answer_keeps_everything_and_signs_once(self, practice, page, qtbot, monkeypatch):
        line = fill(qtbot, page)
        real, before = PRESCRIPTIONS.sign, len(signed(practice))
        sent = []

        def lose(session, prescribed, operation):
            sent.append(operation)
            row = real(session, prescribed, operation)
            if len(sent) == 1:
                raise Unreachable("The clinic's server does not answer.")
            return row

        monkeypatch.setattr(PRESCRIPTIONS, "sign", lose)
        page.editor.sign()
        qtbot.waitUntil(page.editor.notice.isVisible)
        assert line.medicine.text() == "Metformin 850 mg tablet"
        assert not page.editor._fields.isEnabled()
        assert not head(page, "sign").isEnabled()
        page.editor.notice.findChild(QWidget, "noticeAction").click()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        assert sent[0] == sent[1]
        assert len(signed(practice)) == before + 1


def test_after_a_refusal_one_goes_on_where_one_was(page, qtbot, monkeypatch):
    fill(qtbot, page)
    note = page.editor.notes["advice"].line
    note.setFocus()

    def refuse(*_):
        raise UserError("This account is disabled.")

    monkeypatch.setattr(PRESCRIPTIONS, "sign", refuse)
    page.editor.sign()
    assert QApplication.focusWidget() is not note
    qtbot.waitUntil(page.editor.notice.isVisible)
    assert QApplication.focusWidget() is note


def test_after_a_lost_answer_and_a_refusal_too(page, qtbot, monkeypatch):
    fill(qtbot, page)
    note = page.editor.notes["advice"].line
    note.setFocus()
    answers = [Unreachable("The clinic's server does not answer."), UserError("This account is disabled.")]

    def fail(*_):
        raise answers.pop(0)

    monkeypatch.setattr(PRESCRIPTIONS, "sign", fail)
    page.editor.sign()
    qtbot.waitUntil(page.editor.notice.isVisible)
    assert not note.isEnabled()
    page.editor.notice.findChild(QWidget, "noticeAction").click()
    qtbot.waitUntil(note.isEnabled)
    assert QApplication.focusWidget() is note


def test_nothing_is_printed_before_the_signed_page_is_there(page, qtbot, monkeypatch):
    from hmsdesk.views.prescribe import editor

    def fail(*_):
        raise UserError("A text of this prescription is longer than a page.")

    qtbot.waitUntil(lambda: page.editor.preview.pdf.startswith(b"%PDF"))
    fill(qtbot, page)
    monkeypatch.setattr(editor, "page", fail)
    page.editor.sign()
    problem = page.editor.preview.findChild(QWidget, "paperProblem")
    # In a window as narrow as this one the page takes turns with the fields.
    qtbot.waitUntil(lambda: problem.isVisibleTo(page.editor.preview))
    assert page.editor._signed is not None
    assert page.editor.preview.pdf == b""
    for name in ("printPaper", "savePaper"):
        assert not head(page, name).isEnabled()
    assert "It is signed, but its page can't be shown." in page.editor.notice.words.text()
    page.editor.fit(wide=False, narrow=True)
    assert (head(page, "newPrescription").text(), head(page, "newPrescription").accessibleName()) == (
        "New",
        "New prescription",
    )
    monkeypatch.undo()
    page.editor.notice.findChild(QWidget, "noticeAction").click()
    qtbot.waitUntil(lambda: page.editor.preview.pdf.startswith(b"%PDF"))
    assert not page.editor.notice.isVisible()


class TestTakingBack:
    def test_what_was_just_signed_is_cancelled_where_it_stands(self, practice, page, qtbot):
        fill(qtbot, page)
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        head(page, "cancelPrescription").click()
        asking = page.findChild(Ask)
        assert {button.text() for button in asking.findChildren(QPushButton)} == {"Keep it", "Cancel the prescription"}
        asking.questions.rows["reason"].editor.set_raw("Wrong strength")
        asking._yes.click()
        qtbot.waitUntil(lambda: page.editor.head.chip.text == "Cancelled")
        assert "Wrong strength" in page.editor.notice.words.text()
        assert not head(page, "printPaper").isVisible()
        row = next(one for one in signed(practice) if one["_id"] == page.editor._signed["_id"])
        assert row["cancelled"]["reason"] == "Wrong strength"
        head(page, "newPrescription").click()
        assert head(page, "sign").isVisible()
        assert not head(page, "cancelPrescription").isVisible()


class TestDrafts:
    def test_what_was_typed_is_offered_again(self, open_page, qtbot):
        page = open_page()
        line = fill(qtbot, page)
        retype(line.instructions, "With food")
        assert page.isWindowModified()
        qtbot.waitUntil(lambda: not page.editor._copy.is_due)
        assert page.editor.head.chip.text.startswith("Draft, kept")
        again = open_page()
        restored = again.editor.lines.editors[0]
        assert restored.raw() == line.raw()
        assert again.editor.notice.isVisible()
        assert head(again, "sign").isEnabled()
        again.editor.notice.findChild(QWidget, "noticeAction").click()
        assert again.editor.lines.editors[0].is_empty()
        assert open_page().editor.lines.editors[0].is_empty()

    def test_a_disk_that_keeps_nothing_is_told_of_until_it_does(self, open_page, qtbot, monkeypatch):
        def full(*_):
            raise OSError("No space left on device")

        page = open_page()
        with monkeypatch.context() as until_there_is_room:
            until_there_is_room.setattr(Drafts, "keep", full)
            line = fill(qtbot, page)
            qtbot.waitUntil(lambda: "can't keep a copy" in page.editor.notice.words.text())
            assert open_page().editor.lines.editors[0].is_empty()
        qtbot.waitUntil(page.editor.notice.isHidden)
        assert open_page().editor.lines.editors[0].raw() == line.raw()

    def test_what_was_thrown_away_can_be_had_back(self, open_page, qtbot):
        page = open_page()
        fill(qtbot, page)
        qtbot.waitUntil(lambda: not page.editor._copy.is_due)
        again = open_page()
        retype(again.editor.lines.editors[0].instructions, "With food")
        before = again.editor._typed()
        again.editor.notice.findChild(QWidget, "noticeAction").click()
        assert not again.editor.is_edited()
        again.host.findChild(QAbstractButton, "toastAction").click()
        assert again.editor._typed() == before

    def test_the_page_in_the_chart_and_that_in_a_visit_are_one_draft(self, open_page, medicines):
        in_chart, in_visit = open_page(), open_page()
        in_visit.hide()
        chosen = {"medicine": medicines[0]["_id"], "name": medicines[0]["name"], "unit": "tablet"}
        in_chart.editor.lines.add_raw([{**chosen, "route": "oral", "frequency": "twice", "quantity": "14"}])
        in_chart.hide()
        in_visit.show()
        assert in_visit.editor._typed() == in_chart.editor._typed()
        QTest.keyClicks(in_visit.editor.lines.editors[0].instructions, "With food")
        in_visit.hide()
        in_chart.show()
        assert in_chart.editor.lines.editors[0].instructions.text() == "With food"
        in_chart.editor.notice.findChild(QWidget, "noticeAction").click()
        in_chart.hide()
        in_visit.show()
        assert not in_visit.editor.is_edited()
        assert not in_visit.isWindowModified()

    def test_one_that_was_being_signed_is_sent_again_as_it_was(self, practice, open_page, qtbot, monkeypatch):
        page = open_page()
        fill(qtbot, page)
        real, before = PRESCRIPTIONS.sign, len(signed(practice))

        def lose(*arguments):
            real(*arguments)
            raise Unreachable("The clinic's server does not answer.")

        monkeypatch.setattr(PRESCRIPTIONS, "sign", lose)
        page.editor.sign()
        qtbot.waitUntil(page.editor.notice.isVisible)
        monkeypatch.undo()
        again = open_page()
        assert not again.editor._fields.isEnabled()
        again.editor.notice.findChild(QWidget, "noticeAction").click()
        qtbot.waitUntil(lambda: again.editor._signed is not None)
        assert len(signed(practice)) == before + 1
        assert open_page().editor.lines.editors[0].is_empty()


class TestThePaper:
    def test_a_saved_page_is_whole_and_only_this_users(self, practice, page, qtbot, tmp_path):
        fill(qtbot, page)
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        qtbot.waitUntil(head(page, "savePaper").isEnabled)
        assert page.editor.preview.pdf == signed_page(practice.doctor, page.editor._signed, "A5")
        path, toasts = tmp_path / "prescription.pdf", page.context.toasts
        made = page.editor.preview.pdf
        paper_out.write_paper(page, lambda: made, path, partial(paper_out.tell_saved, toasts), toasts.show_problem)
        qtbot.waitUntil(path.exists)
        assert path.read_bytes() == page.editor.preview.pdf
        assert path.stat().st_mode & 0o777 == 0o600
        assert [file.name for file in tmp_path.iterdir() if file.suffix != ""] == ["prescription.pdf"]

    def test_a_folder_that_cannot_be_written_to_is_told(self, page, qtbot, tmp_path):
        toasts = page.context.toasts
        paper_out.write_paper(page, lambda: b"%PDF", tmp_path / "nowhere" / "a.pdf", print, toasts.show_problem)
        qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
        assert not (tmp_path / "nowhere").exists()
        assert "The folder is not there any more." in toasts.shown()[0].findChild(QWidget, "toastText").text()

    def test_what_could_not_be_saved_leaves_nothing_behind(self, page, qtbot, tmp_path):
        (tmp_path / "taken.pdf").mkdir()
        paper_out.write_paper(page, lambda: b"%PDF", tmp_path / "taken.pdf", print, page.context.toasts.show_problem)
        toasts = page.context.toasts
        qtbot.waitUntil(lambda: bool(toasts.shown()))
        assert "There is a folder of this name." in toasts.shown()[0].findChild(QWidget, "toastText").text()
        assert [file.name for file in tmp_path.iterdir() if file.is_file()] == []

    def test_a_printer_gets_every_page(self, page, qtbot, tmp_path):
        from PySide6.QtPdf import QPdfDocument

        qtbot.waitUntil(lambda: page.editor.preview.pdf.startswith(b"%PDF"))
        printer = QPrinter()
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(tmp_path / "printed.pdf"))
        images = paper_out.sheets(page.editor.preview.pdf, paper_out.paper_of(printer))
        assert paper_out.paint_paper(printer, images)
        printed = QPdfDocument()
        printed.load(str(tmp_path / "printed.pdf"))
        assert printed.pageCount() == 1
        printed.close()

    def test_a_printer_that_stops_between_pages_gets_no_more_and_has_not_printed(self, page, qtbot, tmp_path):
        class OutOfPaper(QPrinter):
            asked = 0

            def newPage(self):
                self.asked += 1
                return self.asked < 2 and super().newPage()

        qtbot.waitUntil(lambda: page.editor.preview.pdf.startswith(b"%PDF"))
        printer = OutOfPaper()
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(tmp_path / "printed.pdf"))
        [sheet] = paper_out.sheets(page.editor.preview.pdf, paper_out.paper_of(printer))
        assert not paper_out.paint_paper(printer, [sheet] * 5)
        assert printer.asked == 2

    def test_what_was_sent_to_a_printer_is_painted_off_the_windows_thread(self, page, qtbot, tmp_path, monkeypatch):
        drawn_on, told = [], []
        real = paper_out.sheets
        monkeypatch.setattr(paper_out, "sheets", lambda *given: drawn_on.append(threading.get_ident()) or real(*given))
        qtbot.waitUntil(lambda: page.editor.preview.pdf.startswith(b"%PDF"))
        made = page.editor.preview.pdf
        dialog = paper_out.print_paper(
            page, lambda _: made, "A5", "paper", told.append, lambda: told.append("printed"), keep=print
        )
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(tmp_path / "printed.pdf"))
        dialog.done(QDialog.DialogCode.Accepted)
        qtbot.waitUntil(lambda: bool(told))
        assert told == ["printed"]
        assert drawn_on != [threading.get_ident()]
        assert (tmp_path / "printed.pdf").stat().st_size > 1000

    @pytest.mark.qt_log_ignore("QPainter::begin")
    def test_a_printer_that_takes_nothing_is_told(self, page, qtbot, tmp_path):
        qtbot.waitUntil(lambda: page.editor.preview.pdf.startswith(b"%PDF"))
        told = []
        made = page.editor.preview.pdf
        dialog = paper_out.print_paper(page, lambda _: made, "A5", "paper", told.append, told.append, keep=print)
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(tmp_path / "nowhere" / "printed.pdf"))
        dialog.done(QDialog.DialogCode.Accepted)
        qtbot.waitUntil(lambda: bool(told))
        assert told == [paper_out.NOT_PRINTED]
