"""Hands and eyes at one window: types, clicks, waits for what must appear, and takes pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QAbstractListModel, QEventLoop, QPoint, QRect, QSize, Qt, QTimer
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
    QMenu,
    QPlainTextEdit,
    QWidget,
)

from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.frame import Frame

W = TypeVar("W", bound=QWidget)

# Six programs that begin at once on a machine of two processors take their time.
PATIENCE_S = 30.0
_LOOK_MS = 20
# Longer than the program itself waits before it paints what was typed.
_SETTLE_MS = 450
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
        self._size = QSize()

    def see_that_it_fits(self) -> None:
        """What a page says must not make the window larger than the person left it."""
        now, before = self.window.size(), self._size
        if now != before:
            raise Missing(
                f"the window grew from {before.width()} x {before.height()} to {now.width()} x {now.height()}"
            )

    def come_forward(self) -> None:
        """Take the keyboard, as a person does who turns to this workstation."""
        if self._size.isEmpty():
            self._size = self.window.size()
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
            found[:] = [one for one in self._all(name, kind) if _is_usable(one)]
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

    def fill_named(self, name: str, text: str) -> None:
        """Type into the field with an object name, whose label depends on other fields."""
        field = self.find(name, QLineEdit)
        field.setFocus()
        field.selectAll()
        self.keys(text, field)

    def type_on(self, *texts: str) -> None:
        """Type where the keyboard is, in place of what stands there, and go on with Enter after each."""
        for text in texts:
            self.wait(lambda: isinstance(QApplication.focusWidget(), QLineEdit), "the keyboard in a field")
            self.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            self.keys(text)
            self.press(Qt.Key.Key_Return)

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
            usable = [one for one in named if _is_usable(one) and isinstance(one, _FIELDS)]
            found[:] = sorted(usable, key=_height)
            return len(found) > nth

        self.wait(is_there, f"the field {label}")
        return found[nth]

    def keys(self, text: str, at: QWidget | None = None) -> None:
        """Type on the keyboard; what no Latin keyboard has comes as from an input method."""
        if text.isascii():
            for letter in text:
                QTest.keyClicks(at or _keyboard_of(self.window), letter)
            return
        target = at or _keyboard_of(self.window)
        typed = QInputMethodEvent()
        typed.setCommitString(text)
        QApplication.sendEvent(target, typed)

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, at: QWidget | None = None
    ) -> None:
        """Press one key, in the dialog that has just opened if there is one."""
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            self.wait(dialog.isActiveWindow, "the dialog to be active")
        QTest.keyClick(at or _keyboard_of(self.window), key, modifiers)

    def find_page(self, word: str) -> None:
        """Go to a page with Ctrl+K and its name."""
        self.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        field: QWidget = self.find("paletteField")
        self.keys(word)
        self.see_row(word, "paletteList")
        self.press(Qt.Key.Key_Return, at=field)

    def leave_dialog(self) -> None:
        """Press Esc in the dialog that is open, if there is one."""
        if QApplication.activeModalWidget() is not None:
            self.press(Qt.Key.Key_Escape)
            self.wait(lambda: QApplication.activeModalWidget() is None, "the dialog to close")

    def click(self, name: str) -> None:
        """Click a button."""
        button = self.find(name, QAbstractButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))

    def click_named(self, name: str) -> None:
        """Click the button that a screen reader would call so."""
        found: list[QWidget] = []

        def is_there() -> bool:
            buttons = [one for one in self._everything() if isinstance(one, QAbstractButton) and _is_usable(one)]
            found[:] = [one for one in buttons if one.accessibleName() == name]
            return bool(found)

        self.wait(is_there, f"the button {name}")
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))

    def click_last(self, name: str) -> None:
        """Click the lowest of several buttons with an object name."""
        self.find(name)
        button = max((one for one in self._all(name, QAbstractButton) if _is_usable(one)), key=_height)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))

    def choose_in_menu(self, beginning: str) -> None:
        """Choose from the menu that is open, with the arrow keys and Enter."""
        menu: list[QMenu] = []

        def is_there() -> bool:
            menu[:] = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible()]
            return any(action.text().startswith(beginning) for one in menu[:1] for action in one.actions())

        self.wait(is_there, f"a menu with {beginning}")
        for _ in menu[0].actions():
            self.press(Qt.Key.Key_Down, at=menu[0])
            if menu[0].activeAction() in [one for one in menu[0].actions() if one.text().startswith(beginning)]:
                self.press(Qt.Key.Key_Return, at=menu[0])
                # Not every system gives the keyboard back to where the menu was opened.
                self.come_forward()
                return
        raise Missing(f"the menu doesn't lead to {beginning}")

    def enter_at(self, view: str, text: str) -> None:
        """Go to a list's row with the arrow keys, and press Enter there."""
        self.see_row(text, view)
        rows = self.find(view, QAbstractItemView)
        rows.setFocus()
        self.press(Qt.Key.Key_Home, at=rows)
        for _ in range(len(_rows_of(rows))):
            if text.lower() in str(rows.currentIndex().data() or "").lower():
                self.press(Qt.Key.Key_Return, at=rows)
                return
            self.press(Qt.Key.Key_Down, at=rows)
        raise Missing(f"the keyboard doesn't come to “{text}”")

    def first_enabled(self, beginning: str) -> str:
        """The object name of the first button that can be clicked, of those whose names begin so."""
        found: list[str] = []

        def is_there() -> bool:
            usable = [one for one in self._everything() if _is_usable(one)]
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

    def rest(self) -> None:
        """Wait until all that was asked for is there."""
        self.wait(lambda: not tasks.busy(), "the page at rest")

    def picture(self, file: Path) -> None:
        """Take a picture of the window as it is, with the dialogs over it."""
        pause(_SETTLE_MS)
        self.rest()
        pause(_LOOK_MS)
        seen = self.window.grab()
        painter = QPainter(seen)
        for over in (one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not self.window):
            at = over.pos() - self.window.pos()
            painter.drawPixmap(at, over.grab())
            # In place of the frame that the system puts around a window.
            painter.setPen(theme.color("line_strong"))
            painter.drawRect(QRect(at, over.size()))
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


def _is_usable(widget: QWidget) -> bool:
    """Whether a person could use it now: it is shown, and no dialog stands before it."""
    dialog = QApplication.activeModalWidget()
    return widget.isVisible() and widget.isEnabled() and (dialog is None or widget.window() is dialog)


def _keyboard_of(window: QWidget) -> QWidget:
    """What is typed into."""
    return QApplication.focusWidget() or window.focusWidget() or window


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
