"""A prescription's code that is scanned while the keyboard is somewhere else than in the field for codes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

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
