"""Whatever somebody is called: questions and messages show it as plain text, fit the screen, and keep their buttons."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from hmsdesk.errors import UserError
from hmsdesk.models.fields import TextField
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.dialogs import Dialog, PasswordAgain, confirm, show_bug
from hmsdesk.views.kit.questions import NOWHERE
from hmsdesk.views.kit.shown_once import ShownOnce
from hmsdesk.views.kit.toast import Toast, Toasts
from tests.views.windows import LTR, RTL

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NAMES = {
    "markup": "<b>Mona</b><img src='zz.png'><a href='file:///'>x</a>",
    "rich text": "<html><h1 style='font-size:90pt'>Mona</h1></html>",
    "an override": "Mona \u202eledA \u202d\u2066",
    "ten thousand letters": "W" * 10_000,
    "ten thousand words": "mona adel " * 1_000,
    "a thousand lines": "M\n" * 1_000,
    "NUL": "Mo\x00na\x1b[31m",
    "half a character": "Mo\ud800na",
    "emoji": "👩\u200d⚕️" * 500,
    "Arabic without an end": "منى " * 2_500,
    "stacked marks": "Z" + "\u0335" * 5_000,
    "nothing": "",
}
TURNING = "\x00\x1b\u202a\u202b\u202c\u202d\u202e"
WIDTH, HEIGHT = 1366, 728  # px: the smallest screen the program is for, without the system's own bar


def ask(window: QWidget, name: str) -> Dialog:
    asked = Ask(
        window, (f"Disable {name}?", name), {"reason": TextField(verbose_name="Reason")}, primary("Yes"), NOWHERE
    )
    asked.do(lambda values, operation: None, lambda _: None)
    asked._on_failed(UserError(f"{name} was disabled.", name, {"elsewhere": name}))
    return asked


def opened(dialog: Dialog) -> Dialog:
    dialog.open()
    return dialog


QUESTIONS: dict[str, Callable[[QWidget, str], Dialog]] = {
    "sure?": lambda window, name: confirm(window, f"Close {name}?", f"It was {name}.", "Close", lambda: None),
    "the password": lambda window, name: opened(PasswordAgain(window, f"Sign for {name}", name, "Sign")),
    "a bug": show_bug,
    "shown once": lambda window, name: opened(ShownOnce(window, f"For {name}", name, "abcd-efgh", "Done")),
    "asked": ask,
}


@pytest.fixture(params=[LTR, RTL], ids=["ltr", "rtl"])
def window(qtbot, request) -> QWidget:
    made = QWidget()
    made.setLayoutDirection(request.param)
    made.resize(WIDTH, HEIGHT)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def assert_plain(shown: QWidget) -> None:
    """No label shows markup, or what turns the words round."""
    for label in shown.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert not set(label.text()) & set(TURNING)
        assert label.text().count("\u2066") + label.text().count("\u2068") <= label.text().count("\u2069") + 1


def inside(one: QWidget, around: QWidget) -> bool:
    return around.rect().contains(QRect(one.mapTo(around, QPoint()), one.size()))


@pytest.mark.parametrize("what", QUESTIONS)
def test_a_question_is_plain_fits_the_screen_and_can_be_answered(qtbot, window, what):
    for called, name in NAMES.items():
        dialog = QUESTIONS[what](window, name)
        qtbot.waitUntil(dialog.isVisible)
        dialog.fit()
        assert_plain(dialog)
        assert dialog.width() <= WIDTH
        assert dialog.height() <= HEIGHT, called
        assert not set(dialog.windowTitle()) & set(TURNING)
        buttons = [one for one in dialog.findChildren(QPushButton) if one.isVisible()]
        assert buttons
        assert all(inside(one, dialog) for one in buttons), called
        dialog.done(0)


MESSAGES: dict[str, Callable[[Toasts, str], Toast]] = {
    "said": lambda toasts, name: toasts.show(f"{name} is registered", name, action=("Undo", lambda: None)),
    "asked": lambda toasts, name: toasts.show_question(f"{name}: not saved", name, ("Open", lambda: None)),
    "a failure": lambda toasts, name: toasts.show_problem(UserError(name, name)),
    "under way": lambda toasts, name: toasts.show_progress(name, cancel=lambda: None),
}


@pytest.mark.parametrize("what", MESSAGES)
def test_a_message_is_plain_stays_on_the_page_and_can_be_closed(qtbot, window, what):
    toasts = Toasts(window)
    for called, name in NAMES.items():
        toast = MESSAGES[what](toasts, name)
        if toast.findChild(QProgressBar).isVisible():
            toast.set_progress(1, 2, name)
        assert_plain(toast)
        assert inside(toast, window), called
        cross = toast.findChild(QToolButton, "toastClose")
        buttons = [cross, *(one for one in toast.findChildren(QPushButton) if one.isVisible())]
        assert all(inside(one, toast) for one in buttons), called
        cross.click()
        assert toasts.shown() == []
