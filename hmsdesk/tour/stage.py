"""Hands and eyes at one window: types, clicks, waits for what must appear, and takes pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QWidget,
)

from hmsdesk.views.kit.frame import Frame

W = TypeVar("W", bound=QWidget)

PATIENCE_S = 15.0
_LOOK_MS = 20
_SETTLE_MS = 250
_FIELDS = (QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox)


class Missing(AssertionError):
    """Something that must be in the window by now is not."""


def pause(ms: int) -> None:
    """Let the program go on for a while. (QTest.qWait would keep its other threads from running meanwhile.)"""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


class Hands:
    """Works at one window as a person does. Every method waits until it can be done, or raises Missing."""

    def __init__(self, window: QWidget) -> None:
        self.window = window

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Let the program go on until something holds."""
        until = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > until:
                raise Missing(f"waited {PATIENCE_S:.0f} s in vain: {what}")
            pause(_LOOK_MS)

    def find(self, name: str, kind: type[W] = QWidget) -> W:  # type: ignore[assignment]
        """The widget with an object name, once it is shown and can be used."""
        found: list[W] = []

        def is_there() -> bool:
            found[:] = [one for one in self._all(name, kind) if one.isVisible() and one.isEnabled()]
            return bool(found)

        self.wait(is_there, name)
        return found[0]

    def has(self, name: str) -> bool:
        """Whether a widget is shown now."""
        return any(one.isVisible() for one in self._all(name, QWidget))

    def fill(self, label: str, text: str) -> None:
        """Type into the field with a label, in place of what it holds, and leave it there."""
        field = self.labelled(label)
        field.setFocus()
        if isinstance(field, QLineEdit):
            field.selectAll()
        self.keys(text, field)

    def choose(self, label: str, typed: str) -> None:
        """Type a few letters into a field that searches, and take the first that is found."""
        self.fill(label, typed)
        field = self.labelled(label)
        self.wait(lambda: QApplication.activePopupWidget() is not None or _has_list(), f"what {typed} finds")
        pause(_SETTLE_MS)
        self.press(Qt.Key.Key_Return, at=field)

    def labelled(self, label: str) -> QWidget:
        """The field that a screen reader would call so."""
        found: list[QWidget] = []

        def is_there() -> bool:
            named = [one for one in self._everything() if one.accessibleName().rstrip(" *") == label]
            found[:] = [one for one in named if one.isVisible() and one.isEnabled() and isinstance(one, _FIELDS)]
            return bool(found)

        self.wait(is_there, f"the field {label}")
        return found[0]

    def keys(self, text: str, at: QWidget | None = None) -> None:
        """Type on the keyboard; what no Latin keyboard has comes as from an input method."""
        target = at or QApplication.focusWidget() or self.window
        if text.isascii():
            QTest.keyClicks(target, text)
            return
        typed = QInputMethodEvent()
        typed.setCommitString(text)
        QApplication.sendEvent(target, typed)

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, at: QWidget | None = None
    ) -> None:
        """Press one key."""
        QTest.keyClick(at or QApplication.focusWidget() or self.window, key, modifiers)

    def click(self, name: str) -> None:
        """Click a button."""
        button = self.find(name, QAbstractButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))

    def see(self, text: str) -> None:
        """Wait until words are on the page."""
        self.wait(lambda: text in self.words(), f"“{text}” on the page")

    def words(self) -> str:
        """Everything that is written in visible labels, buttons and fields, and what own-painted parts are named."""
        said: list[str] = []
        for widget in self._everything():
            if widget.isVisible():
                said += [str(widget.property("text") or ""), widget.accessibleName()]
        return "\n".join(said)

    def picture(self, file: Path) -> None:
        """Take a picture of the window as it is."""
        pause(_SETTLE_MS)
        if not self.window.grab().save(str(file)):
            raise OSError(f"{file} can't be written")

    def place(self) -> tuple[str, str]:
        """Where the frame is: module and record id."""
        at = self.window.findChildren(Frame)[-1].place()
        return (at.module, at.record_id) if at else ("", "")

    def _all(self, name: str, kind: type[W]) -> list[W]:
        # Pop-ups and dialogs are windows of their own.
        return [one for top in QApplication.topLevelWidgets() for one in top.findChildren(kind, name)]

    def _everything(self) -> list[QWidget]:
        return [one for top in QApplication.topLevelWidgets() for one in top.findChildren(QWidget)]


def _has_list() -> bool:
    """Whether what was found is shown below a field, in its own window or not."""
    lists = [one for one in QApplication.allWidgets() if isinstance(one, QListView) and one.isVisible()]
    return any(one.model() is not None and one.model().rowCount() > 0 for one in lists)
