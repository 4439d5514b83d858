"""What was undone in a text field is done again by Ctrl+Y, too; and what stands on a button is left to the button."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from hmsdesk.views.kit.field_keys import FieldKeys
from tests.views.windows import shown


def written(field):
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


@pytest.fixture(params=[QLineEdit, QTextEdit, QPlainTextEdit])
def field(request, qtbot):
    keys = FieldKeys(QApplication.instance())
    window, one = QWidget(), request.param()
    one.field_keys = keys
    QVBoxLayout(window).addWidget(one)
    qtbot.addWidget(window)
    shown(qtbot, window)
    one.setFocus()
    qtbot.waitUntil(one.hasFocus)
    QTest.keyClicks(one, "Cough")
    QTest.keyClick(one, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert written(one) == ""
    return one


def test_what_was_undone_comes_back(field):
    QTest.keyClick(field, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert written(field) == "Cough"


def test_the_letter_is_a_letter(field):
    QTest.keyClicks(field, "y")
    assert written(field) == "y"


def test_what_cannot_be_changed_is_not(field):
    field.setReadOnly(True)
    QTest.keyClick(field, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert written(field) == ""


class Takes(QLineEdit):
    """As a field does on Linux: Ctrl+E leads to the end of the line there."""

    def event(self, event):
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)


def asked(field, key, modifiers=Qt.KeyboardModifier.ControlModifier):
    """Whether a field takes a key that may be a shortcut."""
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
    event.ignore()
    QApplication.sendEvent(field, event)
    return event.isAccepted()


def test_a_key_that_may_stand_on_a_button_is_not_taken_by_the_field(qtbot):
    keys = FieldKeys(QApplication.instance())
    window, field = QWidget(), Takes()
    window.field_keys = keys
    QVBoxLayout(window).addWidget(field)
    qtbot.addWidget(window)
    shown(qtbot, window)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    assert not asked(field, Qt.Key.Key_E)
    assert asked(field, Qt.Key.Key_E, Qt.KeyboardModifier.NoModifier)
    assert asked(field, Qt.Key.Key_C)


def test_shift_f10_opens_the_menu_of_what_is_chosen(qtbot):
    keys = FieldKeys(QApplication.instance())
    chosen = QListWidget()
    chosen.field_keys = keys
    chosen.addItems(["Omar", "Heba"])
    chosen.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    qtbot.addWidget(chosen)
    shown(qtbot, chosen)
    chosen.setCurrentRow(1)
    chosen.setFocus()
    qtbot.waitUntil(chosen.hasFocus)
    with qtbot.waitSignal(chosen.customContextMenuRequested) as asked_for:
        QTest.keyClick(chosen, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert chosen.itemAt(asked_for.args[0]).text() == "Heba"
