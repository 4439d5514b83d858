"""A prescription's code that is scanned while the keyboard is somewhere else than in the field for codes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator, QKeySequence, QShortcut, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.views.dispensary.scan_field import ScanField
from hmsdesk.views.kit.code_watch import SCAN_FIELD, CodeWatch
from tests.views.windows import shown

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CODE = "HMS1:6BF%ZE3R$-X HMS1"


@pytest.fixture
def desk(qtbot):
    """A window with a field, watched; and what was heard of codes."""
    window = QWidget()
    column = QVBoxLayout(window)
    window.field, window.button = QLineEdit(), QPushButton("Dispense")
    column.addWidget(window.field)
    column.addWidget(window.button)
    window.heard, window.missed, window.now = [], [], 0.0
    window.watch = CodeWatch(window, lambda: window.now)
    window.watch.scanned.connect(window.heard.append)
    window.watch.in_between.connect(lambda: window.missed.append(True))
    qtbot.addWidget(window)
    shown(qtbot, window)
    return window


def scan(widget):
    widget.setFocus()
    QTest.keyClicks(widget, CODE)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def test_a_code_scanned_into_a_field_is_taken_out_of_it_with_its_enter(desk):
    entered = []
    desk.field.returnPressed.connect(lambda: entered.append(True))
    desk.field.setText("Not with milk")
    scan(desk.field)
    assert (desk.heard, desk.field.text(), entered) == ([CODE], "Not with milk", [])


def test_a_number_that_is_being_counted_is_not_touched_by_a_code(desk):
    desk.field.setValidator(QIntValidator(0, 1_000_000))
    desk.field.setText("48")
    scan(desk.field)
    assert (desk.heard, desk.field.text()) == ([CODE], "48")


def add(desk, widget):
    desk.layout().addWidget(widget)
    widget.show()
    return widget


def test_pieces_that_are_counted_stay_and_nobody_hears_of_others(desk):
    pieces, heard = add(desk, QSpinBox()), []
    pieces.setValue(5)
    pieces.selectAll()
    pieces.valueChanged.connect(heard.append)
    scan(pieces)
    assert (desk.heard, pieces.value(), pieces.text(), heard) == ([CODE], 5, "5", [])
    QTest.keyClicks(pieces, "1")
    assert heard, "a digit by itself is no code"


def test_a_list_of_choices_stays_at_what_was_chosen_and_says_so(desk):
    choices, told = add(desk, QComboBox()), []
    choices.addItems(["Cash", "Half in cash", "Mobile"])
    choices.activated.connect(told.append)
    scan(choices)
    assert (desk.heard, choices.currentText(), told[-1]) == ([CODE], "Cash", 0)


def test_a_choice_that_can_be_typed_stays_as_it_was(desk):
    choices = add(desk, QComboBox(editable=True))
    choices.addItems(["Cash", "Half in cash"])
    choices.setEditText("Ca")
    scan(choices)
    assert (desk.heard, choices.currentText(), choices.currentIndex()) == ([CODE], "Ca", 0)


NAMES = ("Amoxicillin", "Haloperidol", "Metformin", "Salbutamol")


@pytest.fixture
def names(desk):
    """A list in which somebody stands at the first."""
    made = add(desk, QListWidget())
    made.addItems(NAMES)
    made.setCurrentRow(0)
    made.been_at = []
    made.currentTextChanged.connect(made.been_at.append)
    return made


def test_a_list_stays_where_it_is_while_a_code_is_scanned(desk, names):
    scan(names)
    assert (desk.heard, names.currentItem().text(), names.been_at) == ([CODE], "Amoxicillin", [])


def test_a_list_goes_to_what_is_typed_by_hand(desk, names, qtbot):
    names.setFocus()
    QTest.keyClick(names, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: names.been_at == ["Haloperidol"], timeout=60_000)
    assert desk.heard == []


def test_letters_that_turn_out_to_be_no_code_reach_the_list_in_their_order(desk, names):
    names.setFocus()
    QTest.keyClicks(names, "ha")
    assert names.currentItem().text() == "Haloperidol"


def test_a_list_of_choices_that_is_open_stays_as_it_is(desk, qtbot):
    choices, told = add(desk, QComboBox()), []
    choices.addItems(NAMES)
    choices.activated.connect(told.append)
    choices.showPopup()
    view = choices.view()
    qtbot.waitUntil(view.isVisible, timeout=60_000)
    QTest.keyClicks(view, CODE)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert (view.currentIndex().data(), view.isVisible(), told) == ("Amoxicillin", True, [])
    assert (desk.heard, desk.missed) == ([], [True])
    choices.hidePopup()


def test_the_end_of_a_code_is_no_key_of_the_window(desk):
    pressed = []
    for key in ("Return", "Tab"):
        QShortcut(QKeySequence(key), desk, lambda: pressed.append(True))
    desk.activateWindow()
    scan(desk.button)
    QTest.keyClicks(desk.button, CODE)
    QTest.keyClick(desk.button, Qt.Key.Key_Tab)
    assert (desk.heard, pressed) == ([CODE, CODE], [])


@pytest.mark.parametrize("kind", [QPlainTextEdit, QTextEdit])
@pytest.mark.parametrize(("anchor", "position"), [(5, 5), (4, 9), (9, 4)])
def test_a_note_keeps_what_was_typed_and_what_was_selected(desk, kind, anchor, position):
    note = add(desk, kind())
    note.setFocus()
    QTest.keyClicks(note, "Not with")
    QTest.keyClick(note, Qt.Key.Key_Return)
    QTest.keyClicks(note, "milk")
    cursor = note.textCursor()
    cursor.setPosition(anchor)
    cursor.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
    note.setTextCursor(cursor)
    scan(note)
    assert (desk.heard, note.toPlainText()) == ([CODE], "Not with\nmilk")
    assert (note.textCursor().anchor(), note.textCursor().position()) == (anchor, position)


def test_what_can_only_be_read_is_not_touched(desk):
    note = add(desk, QPlainTextEdit("Not with milk", readOnly=True))
    note.selectAll()
    scan(note)
    assert (desk.heard, note.toPlainText()) == ([CODE], "Not with milk")


def test_a_scanner_may_end_with_tab(desk):
    desk.field.setFocus()
    QTest.keyClicks(desk.field, CODE)
    QTest.keyClick(desk.field, Qt.Key.Key_Tab)
    assert (desk.heard, desk.field.text(), desk.field.hasFocus()) == ([CODE], "", True)
    QTest.keyClicks(desk.field, "by hand")
    assert desk.field.text() == "by hand"


def test_the_field_for_codes_takes_a_scanner_s_tab_for_enter_and_lets_go_at_the_next(desk):
    scans, taken = add(desk, ScanField()), []
    scans.scanned.connect(taken.append)
    scans.setFocus()
    QTest.keyClicks(scans, CODE)
    QTest.keyClick(scans, Qt.Key.Key_Tab)
    assert (taken, scans.hasFocus()) == ([CODE], True)
    QTest.keyClick(scans, Qt.Key.Key_Tab)
    assert (taken, scans.hasFocus()) == ([CODE], False)


@pytest.mark.parametrize("typed", ["Mona", "RX-26-0012"])
def test_tab_leaves_the_field_for_codes_when_something_else_was_typed(desk, typed):
    scans, taken = add(desk, ScanField()), []
    scans.scanned.connect(taken.append)
    scans.setFocus()
    QTest.keyClicks(scans, typed)
    QTest.keyClick(scans, Qt.Key.Key_Tab)
    assert (taken, scans.hasFocus()) == ([], False)


def test_a_code_presses_no_button(desk):
    pressed = []
    desk.button.clicked.connect(lambda: pressed.append(True))
    scan(desk.button)
    assert (desk.heard, pressed) == ([CODE], [])


def test_a_code_is_no_reason_for_what_is_asked(desk, qtbot):
    dialog = QDialog(desk)
    reason = QLineEdit(dialog)
    dialog.open()
    qtbot.waitUntil(dialog.isVisible)
    scan(reason)
    assert dialog.isVisible()
    assert (desk.heard, desk.missed, reason.text()) == ([], [True], "")


def test_the_field_for_codes_takes_them_itself(desk):
    desk.field.setObjectName(SCAN_FIELD)
    scan(desk.field)
    assert (desk.heard, desk.field.text()) == ([], CODE)


def test_whoever_types_its_beginning_by_hand_gets_the_keyboard_back(desk):
    desk.field.setFocus()
    QTest.keyClicks(desk.field, "HMS1:")
    desk.now = 5.0
    QTest.keyClicks(desk.field, "by hand")
    assert (desk.heard, desk.field.text()) == ([], "by hand")
