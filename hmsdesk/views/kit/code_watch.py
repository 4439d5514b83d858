"""Notices that a prescription's code is being scanned, wherever the keyboard is.

A scanner types like a keyboard and presses Enter, or Tab. Without this a code scanned into a reason, a number or a list
would be what somebody seems to have typed there, and its Enter would press what is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from hmsdesk.models.prescription_code import PREFIX
from hmsdesk.views.kit.at_keyboard import AtKeyboard

SCAN_FIELD = "scan"
"""The name of the field that takes codes itself."""
# A scanner pauses for less; whoever types by hand gets the keyboard back after it.
_PAUSE_S = 1.0
# A list waits so long for what follows a letter that a code begins with too; whoever types by hand hardly notices.
_HELD_MS = 150
_KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


class CodeWatch(QObject):
    """Watches what is typed as long as a window is seen, and takes a code out of the field it was scanned into."""

    scanned = Signal(str)
    """A whole code."""
    in_between = Signal()
    """A code was scanned while something is asked: nothing of it was taken."""

    def __init__(self, window: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window = window
        self._clock = clock
        self._begun = ""
        self._code: str | None = None
        self._field: tuple[QWidget, Callable[[], None]] | None = None
        self._at = 0.0
        self._held: list[tuple[QWidget, QKeyEvent]] = []
        self._passing = False
        self._letting_go = QTimer(self, singleShot=True, interval=_HELD_MS)
        self._letting_go.timeout.connect(self._let_go)
        AtKeyboard(self).begin()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in _KEYS or not isinstance(event, QKeyEvent):
            return False
        focused = QApplication.focusWidget()
        # What a widget doesn't take is offered to those around it: once is enough.
        if not isinstance(watched, QWidget) or watched is not (focused or watched.window()):
            return False
        if self._passing or not self._window.isVisible():
            return False
        if self._clock() - self._at > _PAUSE_S:
            self._code, self._begun = None, ""
        if event.type() == QEvent.Type.ShortcutOverride:
            return self._on_shortcut(event)
        self._at = self._clock()
        return self._on_more(event) if self._code is not None else self._on_key(watched, event)

    def _on_shortcut(self, event: QKeyEvent) -> bool:
        """Nothing is done by a key that is a code's: an open list would take its Enter here already."""
        if self._code is not None:
            event.accept()
        return self._code is not None

    def _on_key(self, watched: QWidget, event: QKeyEvent) -> bool:
        """Somebody types, or a code begins."""
        letter = event.text().upper()
        if not letter:
            return False
        if not (self._begun and PREFIX.startswith(self._begun + letter)):
            self._let_go()
            self._begun = ""
            self._field = (watched, _way_back(watched))
        self._begun = self._begun + letter if PREFIX.startswith(self._begun + letter) else ""
        if self._begun != PREFIX:
            if self._begun and isinstance(watched, QAbstractItemView):
                return self._hold(watched, event)
            # No letter gets into a number, but the digit after a code's letters would.
            return len(self._begun) > 1 and letter.isdigit() and isinstance(watched, QAbstractSpinBox)
        self._begun = ""
        if watched.objectName() == SCAN_FIELD:
            return False
        self._code = PREFIX
        self._held.clear()
        self._give_back(watched)
        return True

    def _hold(self, view: QWidget, event: QKeyEvent) -> bool:
        """A list goes to what begins with a letter, and may have to fetch it: there is no way back from that."""
        keys = (event.type(), event.key(), event.modifiers(), event.text(), event.isAutoRepeat())
        self._held.append((view, QKeyEvent(*keys)))
        self._letting_go.start()
        return True

    def _let_go(self) -> None:
        """It is no code: the list gets its letters."""
        held, self._held = self._held, []
        self._letting_go.stop()
        self._passing = True
        for view, event in held:
            if isValid(view):
                QApplication.sendEvent(view, event)
        self._passing = False

    def _give_back(self, watched: QWidget) -> None:
        """The field holds what it held before."""
        if self._field is not None and self._field[0] is watched:
            self._field[1]()

    def _on_more(self, event: QKeyEvent) -> bool:
        """The rest of a code, up to Enter or Tab."""
        if event.key() not in _ENDS:
            self._code = (self._code or "") + event.text()
            return True
        code, self._code = self._code or "", None
        if QApplication.activeModalWidget() or QApplication.activePopupWidget():
            self.in_between.emit()
        else:
            self.scanned.emit(code)
        return True


def _way_back(field: QWidget) -> Callable[[], None]:
    """What gives a field back what it holds now; asked before anything of a code gets into it."""
    if isinstance(field, QLineEdit):
        return _line_back(field)
    if isinstance(field, QComboBox):
        return _choice_back(field)
    if isinstance(field, QPlainTextEdit | QTextEdit) and not field.isReadOnly():
        return _text_back(field)
    return lambda: None


def _line_back(line: QLineEdit) -> Callable[[], None]:
    text = line.text()

    def give_back() -> None:
        line.selectAll()
        line.insert(text)

    return give_back


def _choice_back(combo: QComboBox) -> Callable[[], None]:
    """A letter chooses what begins with it, as if somebody had: whoever was told that is told this too."""
    chosen, line = combo.currentIndex(), combo.lineEdit()
    write = _line_back(line) if line is not None else None

    def give_back() -> None:
        if combo.currentIndex() != chosen:
            combo.setCurrentIndex(chosen)
            combo.activated.emit(chosen)
        if write is not None:
            write()

    return give_back


def _text_back(edit: QPlainTextEdit | QTextEdit) -> Callable[[], None]:
    """What was typed is taken out; undoing would take with it what somebody typed just before."""
    before = edit.textCursor()
    anchor, position = before.anchor(), before.position()
    begin, selected = before.selectionStart(), before.selectedText()

    def give_back() -> None:
        cursor = edit.textCursor()
        cursor.setPosition(begin, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(selected)
        cursor.setPosition(anchor)
        cursor.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
        edit.setTextCursor(cursor)

    return give_back
