"""The questions that stop the work, and the failure nobody expected."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from hmsdesk.views.kit import dialogs, theme
from tests.views.windows import colours, shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def parent(qtbot) -> QWidget:
    return shown(qtbot, QWidget())


@pytest.fixture
def answers() -> list[str]:
    return []


def _button(dialog: QWidget, name: str) -> QPushButton:
    return dialog.findChild(QPushButton, name)


def _active(qtbot, dialog: QWidget) -> QWidget:
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    return dialog


def test_yes_is_answered_with_the_action(parent: QWidget, qtbot, answers: list[str]) -> None:
    dialog = dialogs.confirm(
        parent, "Close the desk?", "It can be opened again.", "Close", lambda: answers.append("yes")
    )
    assert [one.text() for one in dialog.findChildren(QLabel)] == ["Close the desk?", "It can be opened again."]
    qtbot.mouseClick(_button(dialog, "dialogYes"), Qt.MouseButton.LeftButton)
    assert answers == ["yes"]


@pytest.mark.parametrize("by", ["button", "escape"])
def test_no_does_nothing(parent: QWidget, qtbot, answers: list[str], by: str) -> None:
    dialog = dialogs.confirm(parent, "Close?", "", "Close", lambda: answers.append("yes"))
    if by == "button":
        qtbot.mouseClick(_button(dialog, "dialogNo"), Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert answers == []


def test_enter_does_what_is_harmless(parent: QWidget, qtbot, answers: list[str]) -> None:
    dialog = dialogs.confirm(parent, "Save?", "", "Save", lambda: answers.append("saved"))
    qtbot.keyClick(_active(qtbot, dialog), Qt.Key.Key_Return)
    assert answers == ["saved"]


def test_enter_doesnt_do_what_is_dangerous(parent: QWidget, qtbot, answers: list[str]) -> None:
    dialog = dialogs.confirm(parent, "Cancel it?", "", "Cancel it", lambda: answers.append("gone"), dangerous=True)
    _active(qtbot, dialog)
    assert _button(dialog, "dialogNo").hasFocus()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert answers == []


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier])
def test_enter_still_held_down_from_what_opened_a_question_does_not_answer_it(parent, qtbot, answers, held) -> None:
    dialog = dialogs.confirm(parent, "Save?", "", "Save", lambda: answers.append("saved"))
    field = QLineEdit(dialog)
    field.show()
    for widget in (_active(qtbot, dialog), field):
        QApplication.sendEvent(
            widget, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, held, "\r", autorep=True, count=1)
        )
    assert dialog.isVisible()
    assert answers == []
    qtbot.keyClick(dialog, Qt.Key.Key_Return, held)
    assert answers == ["saved"]


def test_the_password_is_asked_for_until_it_is_right(parent: QWidget, qtbot) -> None:
    dialog = dialogs.PasswordAgain(parent, "Your password again", "Signing needs it.", "Sign")
    dialog.open()
    _active(qtbot, dialog)
    field, yes = dialog.findChild(QLineEdit, "dialogPassword"), _button(dialog, "dialogYes")
    assert field.echoMode() == QLineEdit.EchoMode.Password
    assert not yes.isEnabled()
    qtbot.keyClicks(field, "wrong")
    with qtbot.waitSignal(dialog.submitted) as signal:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert signal.args == ["wrong"]
    assert not field.isEnabled()
    dialog.refuse("This is not your password.")
    assert dialog.isVisible()
    assert field.text() == ""
    assert field.hasFocus()
    assert dialog.findChild(QLabel, "dialogNote").text() == "This is not your password."
    assert theme.tokens().danger in colours(field)
    qtbot.keyClicks(field, "right")
    assert dialog.findChild(QLabel, "dialogNote").text() == ""
    assert theme.tokens().danger not in colours(field)
    with qtbot.waitSignal(dialog.submitted) as signal:
        qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    assert signal.args == ["right"]


def test_the_password_dialog_says_caps_lock(parent: QWidget, qtbot) -> None:
    dialog = dialogs.PasswordAgain(parent, "Your password again", "", "Sign")
    dialog.open()
    field = dialog.findChild(QLineEdit, "dialogPassword")
    note = dialog.findChild(QLabel, "dialogNote")
    qtbot.keyClicks(field, "a")
    assert note.text() == ""
    qtbot.keyClicks(field, "B")
    assert "Caps Lock" in note.text()
    qtbot.keyClick(field, "C", Qt.KeyboardModifier.ShiftModifier)
    assert note.text() == ""


def test_a_bug_shows_its_report_and_can_be_copied(parent: QWidget, qtbot) -> None:
    dialog = dialogs.show_bug(parent, "HMSDesk 1.0\nValueError at <b>line</b> 3")
    assert dialog.findChild(QPlainTextEdit, "bugReport").toPlainText() == "HMSDesk 1.0\nValueError at <b>line</b> 3"
    qtbot.mouseClick(_button(dialog, "bugCopy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "HMSDesk 1.0\nValueError at <b>line</b> 3"
    assert dialog.isVisible()
    qtbot.mouseClick(_button(dialog, "dialogYes"), Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()


def test_long_words_are_whole_and_there_is_no_empty_room(parent: QWidget, qtbot) -> None:
    dialog = dialogs.confirm(
        parent, "Close?", "It is told by e-mail to everybody who waits. " * 5, "Close", lambda: None
    )
    text = dialog.findChild(QLabel, "dialogText")
    qtbot.waitUntil(lambda: text.height() == text.heightForWidth(text.width()))
    assert text.height() > 2 * 17


def test_what_people_typed_is_no_markup(parent: QWidget) -> None:
    dialog = dialogs.confirm(parent, "<b>x</b>", "<i>y</i>", "Close", lambda: None)
    assert {one.textFormat() for one in dialog.findChildren(QLabel)} == {Qt.TextFormat.PlainText}


def test_ctrl_enter_leads_on_from_whatever_field_one_is_in(parent: QWidget, qtbot, answers: list[str]) -> None:
    dialog = dialogs.Dialog(parent, "How many?", "")
    field = QLineEdit()
    dialog.column.addWidget(field)
    dialog.add_answers(dialogs.primary("Add"), lambda: answers.append("added"))
    dialog.open()
    _active(qtbot, dialog)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert answers == ["added"]


def test_ctrl_enter_doesnt_do_what_is_dangerous(parent: QWidget, qtbot, answers: list[str]) -> None:
    dialog = dialogs.confirm(parent, "Cancel it?", "", "Cancel it", lambda: answers.append("gone"), dangerous=True)
    qtbot.keyClick(_active(qtbot, dialog), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert answers == []
    assert not dialog.isVisible()
