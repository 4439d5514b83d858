"""Hands and eyes at one window: types, clicks, waits for what must appear, and takes pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QAbstractListModel, QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QInputMethodEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from hmsdesk.views.kit.frame import Frame

W = TypeVar("W", bound=QWidget)

PATIENCE_S = 15.0
_LOOK_MS = 20
_SETTLE_MS = 250
_MOST_ROWS = 200
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

    def come_forward(self) -> None:
        """Take the keyboard, as a person does who turns to this workstation."""
        self.window.raise_()
        self.window.activateWindow()
        self.wait(lambda: QApplication.activeWindow() is not None, "the window to be active")

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

    def fill(self, label: str, text: str, nth: int = 0) -> None:
        """Type into the field with a label (the nth of several), in place of what it holds, and leave it there."""
        field = self.labelled(label, nth)
        field.setFocus()
        if isinstance(field, QLineEdit):
            field.selectAll()
        self.keys(text, field)

    def choose(self, label: str, typed: str) -> None:
        """Type a few letters into a field that searches, and take the first that is found."""
        self.fill(label, typed)
        self.see_row(typed)
        self.press(Qt.Key.Key_Return, at=QApplication.activePopupWidget() or self.labelled(label))

    def pick(self, label: str, word: str, nth: int = 0) -> None:
        """Go down a list of words to one of them."""
        combo = self.labelled(label, nth)
        if not isinstance(combo, QComboBox):
            raise Missing(f"{label} is not a list of words")
        combo.setFocus()
        self.press(Qt.Key.Key_Home, at=combo)
        for _ in range(combo.count()):
            if combo.currentText() == word:
                return
            self.press(Qt.Key.Key_Down, at=combo)
        raise Missing(f"{label} has no {word}")

    def labelled(self, label: str, nth: int = 0) -> QWidget:
        """The field that a screen reader would call so; the nth of several, counted from 0."""
        found: list[QWidget] = []

        def is_there() -> bool:
            named = [one for one in self._everything() if one.accessibleName().rstrip(" *") == label]
            usable = [one for one in named if one.isVisible() and one.isEnabled() and isinstance(one, _FIELDS)]
            found[:] = sorted(usable, key=_height)
            return len(found) > nth

        self.wait(is_there, f"the field {label}")
        return found[nth]

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

    def click_named(self, name: str) -> None:
        """Click the button that a screen reader would call so."""
        found: list[QWidget] = []

        def is_there() -> bool:
            buttons = [one for one in self._everything() if isinstance(one, QAbstractButton) and one.isVisible()]
            found[:] = [one for one in buttons if one.accessibleName() == name and one.isEnabled()]
            return bool(found)

        self.wait(is_there, f"the button {name}")
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))

    def first_enabled(self, beginning: str) -> str:
        """The object name of the first button that can be clicked, of those whose names begin so."""
        found: list[str] = []

        def is_there() -> bool:
            usable = [one for one in self._everything() if one.isVisible() and one.isEnabled()]
            usable.sort(key=lambda one: (_height(one), one.x()))
            found[:] = [one.objectName() for one in usable if one.objectName().startswith(beginning)]
            return bool(found)

        self.wait(is_there, f"a button {beginning}…")
        return found[0]

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

    def see_row(self, text: str, view: str = "") -> None:
        """Wait until a list (the one with an object name, or any) has a row with these words."""
        sought = text.lower()
        self.wait(lambda: any(sought in row.lower() for row in self.rows(view)), f"a row with “{text}”")

    def rows(self, view: str = "") -> list[str]:
        """What the visible lists hold, a text a row."""
        lists = [one for one in self._everything() if isinstance(one, QAbstractItemView)]
        return [row for one in lists if view in ("", one.objectName()) for row in _rows_of(one)]

    def picture(self, file: Path) -> None:
        """Take a picture of the window as it is, with the dialogs over it."""
        pause(_SETTLE_MS)
        seen = self.window.grab()
        painter = QPainter(seen)
        for over in (one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not self.window):
            painter.drawPixmap(over.pos() - self.window.pos(), over.grab())
        painter.end()
        if not seen.save(str(file)):
            raise OSError(f"{file} can't be written")

    def scan(self, code: str) -> None:
        """Do what a scanner does: type a code and end with Enter."""
        field = self.find("scan", QLineEdit)
        field.setFocus()
        self.keys(code, field)
        self.press(Qt.Key.Key_Return, at=field)

    def answer_file_dialog(self, path: str) -> None:
        """Whoever asks for a file next is given this one."""
        looking = QTimer(self.window, interval=_SETTLE_MS)

        def look() -> None:
            dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, QFileDialog)]
            for dialog in (one for one in dialogs if one.isVisible()):
                looking.stop()
                dialog.findChildren(QLineEdit)[0].setText(path)
                dialog.accept()

        looking.timeout.connect(look)
        looking.start()

    def place(self) -> tuple[str, str]:
        """Where the frame is: module and record id."""
        at = self.window.findChildren(Frame)[-1].place()
        return (at.module, at.record_id) if at else ("", "")

    def _all(self, name: str, kind: type[W]) -> list[W]:
        return [one for one in self._everything() if isinstance(one, kind) and one.objectName() == name]

    def _everything(self) -> list[QWidget]:
        return list(QApplication.allWidgets())


def _height(widget: QWidget) -> int:
    """How far down the screen it stands."""
    return widget.mapToGlobal(QPoint(0, 0)).y()


def _rows_of(view: QAbstractItemView) -> list[str]:
    model = view.model()
    if not view.isVisible() or model is None:
        return []
    columns = (0,) if isinstance(model, QAbstractListModel) else range(model.columnCount())
    return [
        " ".join(str(model.index(row, column).data() or "") for column in columns)
        for row in range(min(model.rowCount(), _MOST_ROWS))
    ]
