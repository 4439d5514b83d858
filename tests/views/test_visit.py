"""The page of a visit: nothing typed is lost, closing says what it charges, files are looked at and never run."""

import re
from types import SimpleNamespace

import pytest
from bson import ObjectId
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QMenu, QPlainTextEdit, QWidget
from reportlab.pdfgen.canvas import Canvas

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.dispensary.refusing import refuse
from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.encounter_notes import ADDENDA, NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.note_templates import NOTE_TEMPLATES
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH
from hmsdesk.errors import InvalidInput, Unreachable
from hmsdesk.models.appointments import COMPLETED
from hmsdesk.models.dates import worded
from hmsdesk.models.documents import MOST_BYTES
from hmsdesk.models.encounters import MISTAKEN
from hmsdesk.models.times import clock, day_and_time
from hmsdesk.views.kit import documents as documents_view
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.buttons import IconButton
from hmsdesk.views.kit.preview import PdfPages, Picture, PreviewDialog, view_of
from hmsdesk.views.patients.documents_tab import DocumentsTab
from hmsdesk.views.visit import make_page
from hmsdesk.views.visit.closing import ClosingDialog
from hmsdesk.views.visit.earlier import EarlierDialog
from hmsdesk.views.visit.note import NoteForm
from hmsdesk.views.visit.reading import ReadNote
from tests.consulting import WRITTEN, Consulting, yesterday
from tests.factories import operation
from tests.prescribing import Prescribing
from tests.views.desk import Desk

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
CTRL = Qt.KeyboardModifier.ControlModifier
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def room(clinic):
    return Consulting(clinic)


@pytest.fixture(scope="module")
def practice(clinic):
    """Connections have threads, which are begun before each test counts them."""
    return Prescribing(clinic)


@pytest.fixture
def open_page(room, qtbot, tmp_path):
    """Opens a visit, in a window of its own each time, with the same drafts."""

    def make(visit, session=None):
        session = session or room.doctor
        desk = Desk(qtbot, session)
        desk.context.drafts = Drafts(tmp_path / str(session.identity.person), session)
        tmp_path.joinpath(str(session.identity.person)).mkdir(exist_ok=True)
        page = make_page(desk.context, str(visit["_id"]))
        page.desk = desk
        desk.show(page)
        desk.until(lambda: page.note is not None)
        return page

    return make


@pytest.fixture
def page(room, open_page):
    return open_page(room.begun())


def stored(page):
    return NOTES.get(page.desk.context.session, page._visit)


def write(page, name, text):
    editor = page.note.fields.section(name)
    editor.text.setFocus()
    QTest.keyClicks(editor.text, text)


def save(page):
    version = stored(page)["version"]
    QTest.keyClick(page, Qt.Key.Key_S, CTRL)
    page.desk.until(lambda: stored(page)["version"] > version)
    page.desk.until(lambda: not page.note.is_sending)


def add_diagnosis(page, text):
    """Type a diagnosis; its field."""
    page.note.fields.diagnoses.add.click()
    picker = page.note.fields.diagnoses.parts[-1].rows[0].editor.picker
    picker.setFocus()
    QTest.keyClicks(picker, text)
    return picker


def close(page):
    """Ask for closing; the dialog."""
    page.head.close_visit.click()
    return page.findChild(ClosingDialog)


def words(widget):
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_a_visit_for_nothing_is_pointed_out_before_it_is_closed(page):
    write(page, "reason", "Thirst")
    save(page)
    dialog = close(page)
    assert "Nothing is charged" not in words(dialog), "the usual fee is"
    for line in list(dialog.services.lines):
        line.findChild(IconButton).click()
    assert "Nothing is charged" in words(dialog)


def test_vital_signs_are_recorded_by_key_while_the_files_are_shown(page, monkeypatch):
    asked = []
    page.around.measure_asked.connect(lambda: asked.append(1))
    page.around.show_files()
    page.activateWindow()
    page.desk.until(page.isActiveWindow)
    QTest.keyClick(page, Qt.Key.Key_M, CTRL)
    assert asked == [1]


# Writing


def test_what_is_written_is_saved_by_key_and_the_head_says_so(page):
    write(page, "reason", "Thirst for two weeks")
    assert page.head.state.text() == "Not saved yet (Ctrl+S)"
    assert page.isWindowModified()
    save(page)
    assert stored(page)["reason"] == "Thirst for two weeks"
    assert page.head.state.text().startswith("Saved ")
    assert not page.isWindowModified()


def test_saving_leaves_the_cursor_where_it_was(page):
    write(page, "plan", "One two three")
    section = page.note.fields.section("plan")
    section.go_to(4)
    save(page)
    assert (section.place(), section.text.hasFocus()) == (4, True)


def test_going_elsewhere_saves_what_was_written(page):
    write(page, "findings", "Chest clear")
    page.hide()
    page.desk.until(lambda: stored(page).get("findings") == "Chest clear")


def test_what_can_not_be_saved_on_leaving_stays_a_draft_and_is_saved_later(page, monkeypatch):
    change = NOTES.change

    def silent(*arguments):
        monkeypatch.setattr(NOTES, "change", change)
        raise Unreachable("The clinic's server does not answer.", "Please try again.")

    monkeypatch.setattr(NOTES, "change", silent)
    write(page, "findings", "Chest clear")
    page.hide()
    page.desk.settle()
    page.show()
    assert not page.note.notice.isVisibleTo(page.note)
    assert page.head.state.text() == "Not saved yet (Ctrl+S)"
    assert len(page.desk.context.drafts.all()) == 1
    page.note.save()
    page.desk.until(lambda: stored(page).get("findings") == "Chest clear")
    assert page.desk.context.drafts.all() == []


def test_what_was_typed_and_not_saved_is_there_in_the_next_window_with_its_place(page, open_page, monkeypatch):
    write(page, "reason", "Cough")
    write(page, "plan", "Rest, fluids")
    page.note.fields.section("plan").go_to(4)
    page.note._keep_draft()
    # As if the program had ended just then.
    monkeypatch.setattr(page.note, "_save_quietly", lambda: None)
    page.desk.context.drafts.close()
    again = open_page({"_id": page._visit})
    assert again.note.fields.section("reason").raw() == "Cough"
    assert "Restored what was typed" in words(again)
    plan = again.note.fields.section("plan")
    assert (plan.raw(), plan.place()) == ("Rest, fluids", 4)
    assert again.note.focusProxy() is plan


def test_two_windows_that_write_the_same_part_compare_value_by_value(page, open_page, room):
    other = open_page({"_id": page._visit})
    write(other, "plan", "Metformin")
    save(other)
    write(page, "plan", "Diet only")
    page.note.save()
    page.desk.until(lambda: page.note.is_comparing)
    said = "\n".join(one.accessibleName() for one in page.note.findChildren(QAbstractButton))
    assert "yours: Diet only" in said
    assert "theirs: Metformin" in said
    page.note.findChild(QAbstractButton, "theirs-plan").click()
    page.note.findChild(QAbstractButton, "conflictSave").click()
    page.desk.until(lambda: not page.note.is_comparing and not page.note.is_edited())
    assert stored(page)["plan"] == "Metformin"
    # A note has no foot of its own: its keys are those of the visit, and Ctrl+Enter closes that.
    assert not page.note._foot.isVisible()


def test_what_another_window_wrote_is_shown_where_nothing_was_typed(page, room):
    NOTES.change(room.doctor, page._visit, 1, {"findings": "Chest clear"}, operation())
    page.desk.news("encounter_notes")
    page.desk.until(lambda: page.note.fields.section("findings").raw() == "Chest clear")


def test_the_history_shows_each_version(page):
    for words_ in ("Cough", " and fever"):
        write(page, "reason", words_)
        save(page)
    page.findChild(QAbstractButton, "visitHistory").click()
    page.desk.until(lambda: "Cough and fever" in words(page.history))
    assert words(page.history).count("Changed by") == 2
    assert "Diagnoses" not in words(page.history), "nothing was ever written there"
    page.history.closed.emit()
    assert page.history is None


# Diagnoses


def test_a_diagnosis_is_chosen_from_icd_10_with_the_keyboard(page, qtbot):
    picker = add_diagnosis(page, "diabetes")
    qtbot.waitUntil(picker.popup.isVisible)
    QTest.keyClick(picker.popup, Qt.Key.Key_Down)
    QTest.keyClick(picker.popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: picker.text() == "Type 2 diabetes mellitus without complications")
    save(page)
    (kept,) = stored(page)["diagnoses"]
    assert kept == {"text": picker.text(), "code": "E11.9", "rank": "main", "certainty": "confirmed"}


def test_what_is_not_in_icd_10_stays_as_it_was_typed(page, qtbot):
    picker = add_diagnosis(page, "Worried well, third visit")
    qtbot.waitUntil(picker.popup.isVisible)
    assert "is not in ICD-10. It stays as you typed it." in picker.finder.model.item(0).text()
    QTest.keyClick(picker.popup, Qt.Key.Key_Escape)
    save(page)
    assert stored(page)["diagnoses"] == [
        {"text": "Worried well, third visit", "rank": "main", "certainty": "confirmed"}
    ]


def test_enter_keeps_the_words_though_codes_were_found(page, qtbot):
    picker = add_diagnosis(page, "cold")
    qtbot.waitUntil(picker.popup.isVisible)
    QTest.keyClick(picker.popup, Qt.Key.Key_Return)
    assert picker.text() == "cold"
    save(page)
    assert "code" not in stored(page)["diagnoses"][0]


def test_down_and_enter_choose_the_first_however_late_it_comes(page, qtbot):
    picker = add_diagnosis(page, "acute tonsillitis")
    QTest.keyClick(picker, Qt.Key.Key_Down)
    QTest.keyClick(picker, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.note.fields.diagnoses.parts[0].rows[0].editor.code != "")
    assert picker.hasFocus()
    assert not picker.popup.isVisible()
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert not picker.hasFocus()


def test_typing_on_in_a_chosen_diagnosis_gives_its_code_up(page, room):
    NOTES.change(room.doctor, page._visit, 1, {"diagnoses": WRITTEN["diagnoses"]}, operation())
    page.desk.news("encounter_notes")
    page.desk.until(lambda: len(page.note.fields.diagnoses.parts) == 1)
    picker = page.note.fields.diagnoses.parts[0].rows[0].editor.picker
    picker.setFocus()
    picker.setCursorPosition(len(picker.text()))
    QTest.keyClicks(picker, ", poorly controlled")
    save(page)
    assert "code" not in stored(page)["diagnoses"][0]


def test_a_diagnosis_becomes_a_problem_with_one_press(page, room):
    add_diagnosis(page, "Gout")
    page.findChild(QAbstractButton, "addToProblems").click()
    page.desk.until(lambda: page.desk.told()[-1:] == ["Gout is one of the problems now"])
    page.desk.until(lambda: "Gout" in words(page.around.problems))
    page.findChild(QAbstractButton, "addToProblems").click()
    page.desk.until(lambda: page.desk.told()[-1:] == ["Gout is among the problems already"])


# Templates and earlier visits


def open_menu_of(page, qtbot):
    QTest.keyClick(page, Qt.Key.Key_T, CTRL)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    return QApplication.activePopupWidget()


def action(menu, text):
    return next(one for one in menu.actions() if one.text() == text)


def test_a_template_is_put_in_where_one_is_writing_with_what_is_known(page, room, qtbot):
    text = "{patient}, {age}: throat red. {doctor}."
    NOTE_TEMPLATES.create(room.doctor, {"name": "Throat", "section": "findings", "text": text}, operation())
    page.note.fields.section("findings").text.setFocus()
    menu = open_menu_of(page, qtbot)
    action(menu, "Throat").trigger()
    menu.close()
    assert page.note.fields.section("findings").raw() == ("Mohamed Ali Hassan, 58, M: throat red. Dr Sara El-Masry.")
    page.note.fields.section("reason").text.setFocus()
    menu = open_menu_of(page, qtbot)
    assert "Throat" not in [one.text() for one in menu.actions()]
    menu.close()


def test_what_would_stand_in_a_note_with_its_braces_is_no_template(room):
    with pytest.raises(InvalidInput) as refused:
        NOTE_TEMPLATES.create(room.doctor, {"name": "Ear", "text": "{patient}: {side} ear drum red"}, operation())
    assert refused.value.fields == {"text": "Nothing is filled in for {side}. Write it without braces."}


def test_a_template_stands_apart_from_what_was_typed_and_is_taken_back_alone(page, room, qtbot):
    NOTE_TEMPLATES.create(room.doctor, {"name": "Sick note", "section": "any", "text": "Sick note given."}, operation())
    section = page.note.fields.section("findings")
    write(page, "findings", "No crackles")
    menu = open_menu_of(page, qtbot)
    assert menu.actions()[0].text() == "Into findings"
    action(menu, "Sick note").trigger()
    menu.close()
    assert section.raw() == "No crackles\nSick note given."
    QTest.keyClick(section.text, Qt.Key.Key_Z, CTRL)
    assert section.raw() == "No crackles"
    section.go_to(3)
    section.put_in("wheeze, no")
    assert section.raw() == "No wheeze, no crackles"


@pytest.mark.parametrize("lines", [3, 5, 9])
def test_all_that_is_written_in_a_part_is_in_sight(page, open_page, lines):
    section = page.note.fields.section("findings")
    section.set_raw("\n".join(f"line {n}" for n in range(lines)))
    section.go_to(len(section.raw()))
    QApplication.processEvents()
    bar = section.text.verticalScrollBar()
    assert (bar.value(), bar.maximum()) == (0, 0)


def test_a_long_line_of_an_earlier_day_is_in_sight_when_the_note_is_opened_again(page, open_page, room):
    write(page, "reason", "Fever and cough, " * 40)
    save(page)
    section = open_page({"_id": page._visit}).note.fields.section("reason")
    page.desk.until(lambda: section.text.verticalScrollBar().maximum() == 0)
    assert section.text.height() > 4 * section.text.fontMetrics().lineSpacing()


def test_what_is_selected_becomes_a_template(page, qtbot, room):
    write(page, "plan", "Drink two litres a day")
    page.note.fields.section("plan").text.selectAll()
    menu = open_menu_of(page, qtbot)
    action(menu, "Make a template of what is selected…").trigger()
    menu.close()
    dialog = page.findChild(QWidget, "keepTemplate")
    dialog.name.setText("Fluids")
    dialog.findChild(QAbstractButton, "dialogYes").click()
    page.desk.until(lambda: page.desk.told()[-1:] == ["The template Fluids is kept"])
    rows = NOTE_TEMPLATES.page(room.doctor, Query(text="Fluids")).rows
    assert [(row["section"], row["text"]) for row in rows] == [("plan", "Drink two litres a day")]


def test_an_earlier_visit_is_read_and_copied_into_what_is_empty(room, open_page):
    patient = room.patient()
    earlier = room.closed(patient)
    ADDENDA.add(room.doctor, earlier["_id"], "HbA1c came: 7.9 %", operation())
    page = open_page(ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation()))
    page.around.parts.choose("earlier")
    read, copy = (
        next(one for one in page.around.earlier.findChildren(QAbstractButton) if one.accessibleName().startswith(word))
        for word in ("Read", "Copy")
    )
    read.click()
    dialog = page.findChild(EarlierDialog)
    page.desk.until(lambda: "HbA1c came: 7.9 %" in words(dialog))
    assert "Thirst for two weeks" in words(dialog)
    dialog.reject()
    copy.click()
    copy.click()
    assert page.note.fields.section("reason").raw() == WRITTEN["reason"]
    assert [one["text"] for one in page.note.fields.diagnoses.raw()] == ["Type 2 diabetes"]
    assert page.desk.told()[-2:] == ["Copied into this note", "All of it stands here already"]
    toasts = page.desk.window.findChildren(QAbstractButton, "toastAction")
    next(one for one in toasts if one.text() == "Undo").click()
    assert not page.note.fields.section("reason").raw()
    assert not page.note.fields.diagnoses.raw()
    page.note.fields.diagnoses.set_raw([{**WRITTEN["diagnoses"][0], "text": "Diabetes, the second kind"}])
    copy.click()
    assert [one["text"] for one in page.note.fields.diagnoses.raw()] == ["Diabetes, the second kind"]
    page.note.save()
    page.desk.until(lambda: stored(page)["version"] == 2)
    assert stored(page)["diagnoses"][0]["code"] == "E11.9"


# Closing


def test_closing_says_what_is_charged_and_then_it_is(page, room):
    write(page, "reason", "Cough")
    dialog = close(page)
    assert dialog.services.total.text() == "EGP 350.00"
    assert "Consultation, Dr Sara El-Masry" in words(dialog)
    dialog.yes.click()
    page.desk.until(lambda: isinstance(page.note, ReadNote))
    assert room.standing(page._visit) == [("Consultation, Dr Sara El-Masry", 1, "350.00")]
    assert APPOINTMENTS.get(room.reception, page._visit)["status"] == COMPLETED
    assert page.head.chip.text.startswith("Closed ")
    assert "Cough" in words(page.note)
    # What was typed and not saved was stored by closing: nothing of it is left over.
    assert page.note.text.toPlainText() == ""
    assert "was closed elsewhere" not in words(page.note)
    assert page.desk.context.drafts.all() == []
    assert "EGP 350.00 is charged." in words(page.desk.window)


def test_what_is_written_and_not_signed_is_named_before_a_visit_is_closed(page, room):
    patient = ENCOUNTERS.get(page.desk.context.session, page._visit)["patient"]
    lines = [{"name": "Amoxicillin 500 mg capsule"}]
    page.desk.context.drafts.keep(f"prescribe/{patient}", {"lines": lines})
    page.refresh()
    page.desk.until(lambda: page.head.findChild(QAbstractButton, "visitPrescribe").text() == "Sign prescription")
    write(page, "reason", "Sore throat")
    dialog = close(page)
    assert "Written and not signed: Amoxicillin 500 mg capsule." in words(dialog)
    assert dialog.yes.text() == "Close without it"
    dialog.findChild(QAbstractButton, "closingPrescribe").click()
    page.desk.until(lambda: "prescribe" in [module for module, _ in page.desk.went])


def test_a_further_service_is_added_and_the_consultation_waived_with_a_reason(page, room, qtbot):
    ecg = room.service("Heart trace", "120")
    write(page, "reason", "Palpitations")
    dialog = close(page)
    picker = dialog.services.picker
    picker.setFocus()
    QTest.keyClicks(picker, ecg["name"][:14])
    qtbot.waitUntil(picker.popup.isVisible)
    QTest.keyClick(picker.popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(dialog.services.lines) == 2)
    line = dialog.services.lines[0]
    line._waived.setChecked(True)
    dialog.yes.click()
    assert "Say why it costs nothing." in words(dialog)
    line._why.setText("Comes with the check")
    assert dialog.services.total.text() == "EGP 120.00"
    dialog.yes.click()
    page.desk.until(lambda: isinstance(page.note, ReadNote))
    assert room.standing(page._visit) == [(ecg["name"], 1, "120.00")]


def test_what_reception_has_billed_is_not_waived_but_the_visit_closes_where_it_is_left_charged(page, room):
    write(page, "reason", "Cough")
    booked = APPOINTMENTS.get(room.reception, page._visit)
    APPOINTMENTS.set_status(room.reception, booked, COMPLETED, operation())
    with room.clinic.past_the_program() as database:
        database.uninvoiced.delete_many({"patient": booked["patient"]})
    dialog = close(page)
    (line,) = dialog.services.lines
    line._waived.setChecked(True)
    line._why.setText("Comes with the check")
    dialog.yes.click()
    page.desk.until(lambda: "leave it charged as it was" in words(dialog))
    line._waived.setChecked(False)
    dialog.yes.click()
    page.desk.until(lambda: isinstance(page.note, ReadNote))
    assert "waived" not in ENCOUNTERS.get(page.desk.context.session, page._visit)["services"][0]


def test_an_empty_visit_that_was_begun_by_mistake_is_taken_back_where_it_is_to_be_closed(page):
    page.head.close_visit.click()
    page.note.notice.findChild(QWidget, "noticeAction").click()
    page.desk.until(lambda: bool(page.desk.went))
    assert ENCOUNTERS.get(page.desk.context.session, page._visit)["status"] == MISTAKEN


def test_nothing_written_leads_back_to_the_note_before_anything_is_asked(page):
    assert close(page) is None
    assert "Write down at least why the patient came" in words(page.note)
    assert page.note.fields.section("reason").text.hasFocus()
    write(page, "reason", "Cough")
    assert close(page) is not None
    assert ENCOUNTERS.get(page.desk.context.session, page._visit)["status"] == "in-progress"


def test_an_empty_diagnosis_is_named_before_anything_is_asked(page):
    write(page, "reason", "Cough")
    page.note.fields.diagnoses.add.click()
    assert close(page) is None
    page.desk.until(lambda: "Write the diagnosis, or take this line away." in words(page.note))


def test_a_lost_answer_closes_once(page, room, monkeypatch):
    closing, lost = ENCOUNTERS.close, []

    def once_silent(*arguments):
        row = closing(*arguments)
        if not lost:
            lost.append(1)
            raise Unreachable("The clinic's server does not answer.", "Please try again.")
        return row

    monkeypatch.setattr(ENCOUNTERS, "close", once_silent)
    write(page, "reason", "Cough")
    dialog = close(page)
    dialog.yes.click()
    page.desk.until(lambda: "does not answer" in words(dialog))
    dialog.yes.click()
    page.desk.until(lambda: isinstance(page.note, ReadNote))
    assert room.owed(page._visit) == "350.00"


def test_a_follow_up_is_offered_on_its_day_with_this_doctor(page, room):
    write(page, "reason", "Cough")
    page.note.fields.rows["follow_up_days"].editor.line.setText("14")
    page.note.fields.rows["follow_up_days"].editor.edited.emit()
    dialog = close(page)
    assert "To come again in 14 days" in words(dialog)
    dialog.yes.click()
    page.desk.until(lambda: page.desk.told()[-1:] == ["The visit is closed"])
    page.desk.press_toast()
    module, place = page.desk.went[-1]
    assert module == "appointments"
    assert place.startswith("book/")
    assert place.endswith(str(room.doctor.identity.person))
    # The message passes; the page goes on offering the same.
    page.desk.until(lambda: isinstance(page.note, ReadNote))
    page.findChild(QAbstractButton, "visitBook").click()
    assert page.desk.went[-2] == page.desk.went[-1]


def test_it_is_opened_again_with_one_press_and_the_charges_are_taken_back(room, open_page):
    page = open_page(room.closed())
    page.findChild(QAbstractButton, "visitReopen").click()
    page.desk.until(lambda: isinstance(page.note, NoteForm))
    assert room.owed(page._visit) == "0.00"
    assert "What it was charged with is taken back." in words(page.desk.window)


def test_a_closed_visit_is_only_added_to(room, open_page):
    page = open_page(room.closed())
    assert page.findChildren(NoteForm) == []
    text = page.findChild(QPlainTextEdit, "addendum")
    add = page.findChild(QAbstractButton, "addAddendum")
    add.click()
    page.desk.until(lambda: "Addendum is needed." in words(page.note))
    text.setPlainText("HbA1c came: 7.9 %")
    assert "Addendum is needed." not in words(page.note)
    QTest.keyClick(text, Qt.Key.Key_Return, CTRL)
    page.desk.until(lambda: "by Dr Sara El-Masry" in words(page.note))
    assert text.toPlainText() == ""
    assert [one["text"] for one in ADDENDA.of(room.doctor, page._visit)] == ["HbA1c came: 7.9 %"]


def test_what_was_typed_while_another_window_closed_the_visit_is_not_lost(page, room):
    write(page, "plan", "Metformin twice a day")
    ENCOUNTERS.close(room.doctor, page._visit, 1, WRITTEN, operation())
    page.desk.news("encounters")
    page.desk.until(lambda: isinstance(page.note, ReadNote))
    assert page.note.text.toPlainText() == "Plan and notes: Metformin twice a day"
    assert "was closed elsewhere" in words(page.note)


def test_a_nurse_reads_and_writes_nothing(room, open_page):
    page = open_page(room.begun(), room.nurse)
    assert isinstance(page.note, ReadNote)
    for name in ("visitClose", "visitTemplates", "visitPrescribe", "visitReopen"):
        assert not page.findChild(QAbstractButton, name).isVisible()
    assert page.findChild(QPlainTextEdit, "addendum") is None


def kept_by_a_doctor(room, visit, folder):
    """The nurse, who left something unsaved in a visit when she was a doctor; her drafts."""
    drafts = Drafts(folder / str(room.nurse.identity.person), room.nurse)
    folder.joinpath(str(room.nurse.identity.person)).mkdir(exist_ok=True)
    diagnosis = {"text": "", "code": "", "rank": "main", "certainty": "confirmed"}
    typed = {"reason": "Thirst for two weeks", "plan": "<b>HbA1c</b>", "diagnoses": [diagnosis], "version": 1}
    drafts.keep(f"visit/{visit['_id']}", typed)
    drafts.close()
    return drafts


def left(page, name):
    """Of what was left behind: what is shown now."""
    around = page.findChild(QWidget, "leftBehind")
    page.desk.until(lambda: any(one.isVisible() for one in around.findChildren(QWidget, name)))
    return next(one for one in around.findChildren(QWidget, name) if one.isVisible())


def test_who_may_not_write_any_more_reads_what_they_typed_and_copies_it(room, open_page, tmp_path):
    visit = room.begun()
    kept_by_a_doctor(room, visit, tmp_path)
    page = open_page(visit, room.nurse)
    assert "is not saved. It can't be saved in the role you work in now." in words(page)
    # What is stored is told apart from it.
    assert "Thirst" not in words(page.note)
    left(page, "noticeAction").click()
    text = left(page, "leftBehindWords").toPlainText()
    assert text.splitlines()[0].endswith(": Thirst for two weeks")
    assert "Plan and notes: <b>HbA1c</b>" in text
    left(page, "leftBehindCopy").click()
    assert QGuiApplication.clipboard().text() == text
    page.desk.news("encounters")
    page.desk.settle()
    assert left(page, "leftBehindWords").isVisible()


def test_what_can_not_be_saved_any_more_is_thrown_away_and_taken_back(room, open_page, tmp_path):
    visit = room.begun()
    kept_by_a_doctor(room, visit, tmp_path)
    page = open_page(visit, room.nurse)
    drafts = page.desk.context.drafts
    left(page, "noticeAction").click()
    left(page, "leftBehindDiscard").click()
    assert drafts.all() == []
    assert "thrown away" in words(page)
    left(page, "noticeAction").click()
    assert drafts.read(f"visit/{visit['_id']}").values["reason"] == "Thirst for two weeks"
    assert "is not saved." in words(page)


def test_of_what_is_stored_as_it_was_typed_nothing_is_said(room, open_page, tmp_path):
    visit = room.begun()
    drafts = kept_by_a_doctor(room, visit, tmp_path)
    (kept,) = drafts.all()
    NOTES.change(room.doctor, visit["_id"], 1, {"reason": kept.values["reason"], "plan": "<b>HbA1c</b>"}, operation())
    page = open_page(visit, room.nurse)
    assert not page.findChild(QWidget, "leftBehind").isVisible()
    assert page.desk.context.drafts.all() == []


def test_what_was_left_in_a_visit_that_was_closed_since_can_be_had(room, open_page, tmp_path):
    visit = room.begun()
    page = open_page(visit)
    page.desk.context.drafts.keep(f"visit/{visit['_id']}", {"plan": "Metformin twice a day"})
    page.desk.context.drafts.close()
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    again = open_page(visit)
    assert "is not saved. This visit is closed" in words(again)
    left(again, "noticeAction").click()
    assert left(again, "leftBehindWords").toPlainText() == "Plan and notes: Metformin twice a day"


def test_prescribing_saves_the_note_first_and_names_the_visit(page, room):
    write(page, "reason", "Cough")
    page.findChild(QAbstractButton, "visitPrescribe").click()
    page.desk.until(lambda: page.desk.went != [])
    patient = ENCOUNTERS.get(room.doctor, page._visit)["patient"]
    assert page.desk.went == [("prescribe", f"{patient}/{page._visit}")]
    assert stored(page)["reason"] == "Cough"


def test_what_was_noted_when_booking_stands_beside_the_note(page, room, open_page):
    assert not page.around.booked.isVisible()
    booked = room.appointment()
    room.past("appointments", booked["_id"], {"reason": "Sore throat since Monday"})
    other = open_page(ENCOUNTERS.begin(room.doctor, booked["_id"], operation()))
    assert "Sore throat since Monday" in words(other.around.booked)


def test_an_allergy_that_a_colleague_records_shows_at_once(page, room):
    patient = ENCOUNTERS.get(room.doctor, page._visit)["patient"]
    seen = HEALTH.get(room.nurse, patient)["version"]
    HEALTH.change(room.nurse, patient, seen, {"allergies": [{"substance": "Penicillin"}]}, operation())
    page.desk.news("patient_health")
    page.desk.until(lambda: "Penicillin" in page.banner.findChild(QWidget, "bannerAllergies").accessibleName())


# Beginning


@pytest.mark.parametrize("kind", ["begin", "patient"])
def test_who_begins_a_visit_is_led_to_its_page(room, qtbot, kind):
    booked = room.appointment()
    desk = Desk(qtbot, room.doctor)
    about = booked["_id"] if kind == "begin" else room.patient()["_id"]
    desk.show(make_page(desk.context, f"{kind}/{about}"))
    desk.until(lambda: desk.closed == [("visit", f"{kind}/{about}")])
    ((module, visit),) = desk.went
    assert module == "visit"
    assert kind == "patient" or visit == str(booked["_id"])


def test_the_way_back_is_where_one_came_from(page):
    context, patient = page.desk.context, str(ObjectId())

    def shown_again(came_from):
        context.came_from, context.list_behind = lambda: came_from, lambda: ("home", "Today")
        page.hide()
        page.show()
        page.head.back.click()
        return page.head.back.text(), page.desk.went.pop()

    assert shown_again(("home", "")) == ("Today", ("home", ""))
    assert shown_again(("patients", patient)) == ("Chart", ("patients", patient))
    # Who comes back from prescribing in the visit still goes to the chart.
    assert shown_again(("prescribe", f"{patient}/{patient}")) == ("Chart", ("patients", patient))
    assert shown_again(("home", "")) == ("Today", ("home", ""))
    assert shown_again(("calendar", "2026-11-22")) == ("Calendar", ("calendar", "2026-11-22"))


def test_who_is_not_checked_in_is_told_so(room, qtbot):
    booked = room.appointment(status="approved")
    desk = Desk(qtbot, room.doctor)
    page = desk.show(make_page(desk.context, f"begin/{booked['_id']}"))
    desk.until(lambda: "Check the patient in first." in words(page))


@pytest.mark.parametrize("way", ["begin/{}", "{}"])
def test_who_has_a_visit_open_is_led_to_that_one_and_told_why(room, qtbot, way):
    patient = room.patient()
    first = ENCOUNTERS.begin_for(room.doctor, patient["_id"], operation())
    booked = room.appointment(patient)
    desk = Desk(qtbot, room.doctor)
    desk.show(make_page(desk.context, way.format(booked["_id"])))
    desk.until(lambda: desk.went == [("visit", str(first["_id"]))])
    assert desk.told()[-1].startswith("Your visit of this patient is open since")


# Files


def drop(page, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(10, 10), Qt.DropAction.CopyAction, data, *none))


def files_of(page):
    return DOCUMENTS.of_patient(page.desk.context.session, page._room.known.patient["_id"])


def press(page, name):
    button = next(one for one in page.around.files.findChildren(QAbstractButton) if one.accessibleName() == name)
    button.click()


def test_a_dropped_file_is_added_and_saved_back_byte_for_byte(page, tmp_path, monkeypatch):
    letter, copy = tmp_path / "Letter <b>of Dr X.txt", tmp_path / "copy.txt"
    letter.write_bytes("Grüße, رسالة\r\n".encode())
    drop(page, letter)
    page.desk.until(lambda: "Letter <b>of Dr X.txt" in words(page.around.files) or len(files_of(page)) == 1)
    page.desk.until(lambda: any("Dr X.txt" in label.text() for label in page.around.files.findChildren(QLabel)))
    (row,) = files_of(page)
    assert row["encounter"] == page._visit
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(copy), ""))
    press(page, f"Save {row['name']}")
    page.desk.until(copy.exists)
    assert copy.read_bytes() == letter.read_bytes()


def test_a_picture_is_pasted_and_looked_at(page):
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    page.around.show_files()
    QTest.keyClick(page, Qt.Key.Key_V, CTRL | Qt.KeyboardModifier.ShiftModifier)
    page.desk.until(lambda: len(files_of(page)) == 1)
    (row,) = files_of(page)
    assert re.fullmatch(rf"Picture {worded(page._session.locale.today())} \d\d\.\d\d\.\d\d\.png", row["name"])
    page.desk.until(lambda: row["name"] in words(page.around.files))
    press(page, f"Open {row['name']}")
    dialog = page.window().findChild(PreviewDialog)
    page.desk.until(lambda: dialog.findChild(Picture) is not None)


def test_pictures_pasted_within_a_minute_have_names_of_their_own(page, monkeypatch):
    now = page._session.now().replace(second=0)
    names = set()
    for second in (1, 40):
        monkeypatch.setattr(page.around.files._session, "now", lambda second=second: now.replace(second=second))
        names.add(page.around.files._picture_name())
    assert len(names) == 2


def test_too_large_a_file_is_refused_in_words_and_without_reading_it(page, tmp_path, monkeypatch):
    large = tmp_path / "Scan.pdf"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    monkeypatch.setattr(type(large), "read_bytes", lambda _: pytest.fail("it was read"))
    drop(page, large)
    page.desk.until(lambda: "Scan.pdf is too large" in " ".join(page.desk.told()))


def test_adding_can_be_cancelled(page, tmp_path, monkeypatch):
    monkeypatch.setattr(documents_view, "_read", lambda _: b"%PDF-1.7")
    started = []

    def slow(session, new, operation_, watch):
        started.append(watch)
        while not watch.stopped():
            pass
        return add(session, new, operation_, watch)

    add = DOCUMENTS.add
    monkeypatch.setattr(DOCUMENTS, "add", slow)
    drop(page, tmp_path / "Scan.pdf")
    page.desk._qtbot.waitUntil(lambda: bool(started))
    page.desk.press_toast()
    page.desk.until(lambda: "The file was not added" in " ".join(page.desk.told()))
    assert files_of(page) == []


def test_a_file_is_taken_out_of_the_chart_and_put_back(page, room):
    new = NewFile(page._room.known.patient["_id"], "Wrong.txt", b"x", page._visit)
    DOCUMENTS.add(room.doctor, new, operation())
    page.refresh()
    page.desk.until(lambda: any(label.text() == "Wrong.txt" for label in page.around.files.findChildren(QLabel)))
    press(page, "Remove Wrong.txt")
    page.desk.until(lambda: files_of(page) == [])
    page.desk.until(lambda: page.desk.told()[-1:] == ["Wrong.txt is taken out of the chart"])
    page.desk.press_toast()
    page.desk.until(lambda: len(files_of(page)) == 1)


@pytest.mark.parametrize(
    ("kind", "content"),
    [("image/png", PNG + b"broken"), ("application/pdf", b"%PDF-1.7 broken")],
)
def test_a_damaged_file_is_told_as_such(qapp, kind, content):
    assert view_of(kind, content) is None


def test_what_looks_like_markup_in_a_text_file_stays_text(qtbot):
    view = view_of("text/plain", b"<b>x</b><img src='file:///etc/passwd'>")
    qtbot.addWidget(view)
    assert view.toPlainText() == "<b>x</b><img src='file:///etc/passwd'>"


def test_a_pdf_is_painted_on_white_and_of_a_book_the_first_pages(qtbot):
    canvas = Canvas("unused", pageCompression=0)
    for _ in range(41):
        canvas.drawString(72, 720, "Result")
        canvas.showPage()
    view = view_of("application/pdf", canvas.getpdfdata())
    qtbot.addWidget(view)
    assert isinstance(view, PdfPages)
    assert view.more == "The first 40 of 41 pages. Save the file to read all of it."
    view.resize(400, 500)
    with qtbot.waitSignal(view._sheets.drawn):
        view.show()
    assert len(view._sheets._images) == 40
    assert view._sheets._images[0].pixelColor(2, 2).name() == "#ffffff"
    qtbot.waitUntil(lambda: not tasks.busy())


def test_every_control_of_the_page_has_a_name(page):
    page.around.show_files()
    unnamed = [
        one
        for one in page.findChildren(QWidget)
        if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus and not one.accessibleName()
    ]
    assert [type(one).__name__ for one in unnamed if not one.focusProxy() and isinstance(one, QAbstractButton)] == []


def test_the_list_leads_to_a_visit(room, qtbot):
    visit = room.begun(room.patient("Zainab Farouk"))
    desk = Desk(qtbot, room.doctor)
    page = desk.show(make_page(desk.context, ""))
    desk.until(lambda: visit["_id"] in [row["_id"] for row in page.pages.rows])
    page.open_asked.emit(visit)
    assert desk.went == [("visit", str(visit["_id"]))]
    assert ENCOUNTERS.page(room.doctor, Query(text="Zainab")).rows[0]["_id"] == visit["_id"]


def test_the_chart_lists_files_that_can_be_opened_and_takes_further_ones(room, qtbot, tmp_path):
    patient = room.patient()
    DOCUMENTS.add(room.nurse, NewFile(patient["_id"], "Old letter.txt", b"x"), operation())
    desk = Desk(qtbot, room.nurse)
    tab = desk.show(DocumentsTab(desk.context, SimpleNamespace(patient=patient)))
    desk.until(lambda: "Old letter.txt" in words(tab))
    letter = tmp_path / "New letter.txt"
    letter.write_text("y")
    drop(tab, letter)
    desk.until(lambda: "New letter.txt" in words(tab.panel))
    (added,) = [one for one in DOCUMENTS.of_patient(room.nurse, patient["_id"]) if one["name"] == letter.name]
    assert "encounter" not in added


def test_remove_pressed_twice_in_a_hurry_removes_one_file(room, qtbot, monkeypatch):
    # However slowly the list comes.
    monkeypatch.setattr(QApplication, "doubleClickInterval", lambda: 60_000)
    patient = room.patient()
    for name in ("First.txt", "Second.txt"):
        DOCUMENTS.add(room.nurse, NewFile(patient["_id"], name, b"x"), operation())
    desk = Desk(qtbot, room.nurse)
    tab = desk.show(DocumentsTab(desk.context, SimpleNamespace(patient=patient)))
    desk.until(lambda: "Second.txt" in words(tab))

    def remove(name):
        buttons = tab.findChildren(QAbstractButton)
        next(one for one in buttons if one.accessibleName() == f"Remove {name}").click()

    remove("Second.txt")
    desk.until(lambda: "Second.txt" not in words(tab.panel))
    remove("First.txt")
    desk.settle()
    assert len(DOCUMENTS.of_patient(room.nurse, patient["_id"])) == 1


def test_a_file_that_was_removed_long_ago_can_be_put_back(room, qtbot):
    patient = room.patient()
    added = DOCUMENTS.add(room.nurse, NewFile(patient["_id"], "Removed.txt", b"x"), operation())
    DOCUMENTS.change(room.nurse, added["_id"], added["version"], {"active": False}, operation())
    desk = Desk(qtbot, room.nurse)
    tab = desk.show(DocumentsTab(desk.context, SimpleNamespace(patient=patient)))
    desk.until(lambda: "No files yet." in words(tab))
    assert not tab.removed.isVisible()
    tab.findChild(QAbstractButton, "removedFiles").click()
    assert tab.removed.isVisible()
    next(one for one in tab.findChildren(QAbstractButton) if one.accessibleName() == "Put back Removed.txt").click()
    desk.until(lambda: "Removed.txt" in words(tab.panel))
    assert not tab.findChild(QAbstractButton, "removedFiles").isVisible()


def test_when_vital_signs_were_last_measured_today_is_told(page, room):
    patient = page._room.known.patient
    OBSERVATIONS.record_vitals(room.nurse, patient["_id"], {"heart_rate": "72"}, operation())
    noted = {"heart_rate": "74", "note": "pale, drowsy"}
    row = OBSERVATIONS.record_vitals(room.nurse, patient["_id"], noted, operation())
    page.refresh()
    page.desk.until(lambda: "pale, drowsy" in [label.text() for label in page.around.vitals.findChildren(QLabel)])
    told = clock(row["at"], room.nurse.locale)
    page.desk.until(lambda: told in [label.text() for label in page.around.vitals.findChildren(QLabel)])


def test_an_earlier_visit_shows_the_vital_signs_of_its_day(open_page, room):
    visit = room.closed()
    room.past("encounters", visit["_id"], {name: yesterday(visit[name]) for name in ("started_at", "ended_at")})
    then = yesterday(visit["started_at"])
    OBSERVATIONS.record_vitals(room.nurse, visit["patient"], {"heart_rate": "71"}, operation(), at=then)
    OBSERVATIONS.record_vitals(room.nurse, visit["patient"], {"heart_rate": "99"}, operation())
    told = words(open_page(visit).around.vitals)
    assert "Vital signs that day" in told
    assert ("71" in told, "99" in told) == (True, False)


def test_what_was_measured_days_ago_is_never_shown_as_todays(open_page, room):
    visit = room.begun()
    then = yesterday(visit["started_at"])
    room.past("encounters", visit["_id"], {"started_at": then})
    OBSERVATIONS.record_vitals(room.nurse, visit["patient"], {"heart_rate": "71"}, operation(), at=then)
    told = words(open_page(visit).around.vitals)
    assert "Nothing was measured today." in told
    assert "71" not in told
    ENCOUNTERS.close(room.doctor, visit["_id"], 1, WRITTEN, operation())
    told = words(open_page(visit).around.vitals)
    assert "Vital signs during the visit" in told
    assert "Pulse 71" in told
    assert day_and_time(then, room.nurse.locale) in told


def test_what_the_dispensary_says_of_a_medicine_is_shown_by_itself(practice, page):
    prescription = practice.stocked(patient=page._room.known.patient)
    page.refresh()
    page.desk.settle()
    assert "Not dispensed here" not in words(page.around.medicines)
    refuse(practice.pharmacist, practice.opened(prescription), "stock", operation())
    page.desk.news("dispensations")
    page.desk.until(lambda: "Not dispensed here" in words(page.around.medicines))
