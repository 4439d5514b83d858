"""What was undone in a text field is done again by Ctrl+Y, too."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from hmsdesk.views.kit.redo import RedoKey
from tests.views.windows import shown


def written(field):
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


@pytest.fixture(params=[QLineEdit, QTextEdit, QPlainTextEdit])
def field(request, qtbot):
    redo = RedoKey(QApplication.instance())
    window, one = QWidget(), request.param()
    one.redo_key = redo
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
