"""What keys do in a text field is the same on every system.

Ctrl+Y does again what was undone: some systems know only Ctrl+Shift+Z for it. The letters with which a terminal moves
and deletes (Ctrl+E, Ctrl+D …) are left to the page: some systems let a field take them, and a key that stands on a
button would do nothing while one is writing. Shift+F10 opens the menu of what is chosen, as the Menu key does, which
many keyboards don't have.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

OF_THE_PAGE = (Qt.Key.Key_D, Qt.Key.Key_E, Qt.Key.Key_K, Qt.Key.Key_U)


class FieldKeys(QObject):
    """Watches only the field or the list that has the keyboard."""

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        application.focusChanged.connect(self._on_focus)
        self._on_focus(None, application.focusWidget())

    def _on_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None:
            before.removeEventFilter(self)
        if isinstance(now, QLineEdit | QAbstractScrollArea):
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and isinstance(watched, QWidget) and _asks_for_menu(event):
            _open_menu(watched)
            return True
        if not isinstance(event, QKeyEvent) or event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            return False
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in OF_THE_PAGE:
            event.ignore()
            return True
        if event.type() != QEvent.Type.KeyPress or event.key() != Qt.Key.Key_Y:
            return False
        if not isinstance(watched, QLineEdit | QTextEdit | QPlainTextEdit) or watched.isReadOnly():
            return False
        watched.redo()
        return True


def _asks_for_menu(event: QKeyEvent) -> bool:
    """Windows turns Shift+F10 into the Menu key by itself."""
    pressed = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_F10
    return pressed and event.modifiers() == Qt.KeyboardModifier.ShiftModifier and sys.platform != "win32"


def _open_menu(widget: QWidget) -> None:
    target = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
    chosen = widget.visualRect(widget.currentIndex()) if isinstance(widget, QAbstractItemView) else target.rect()
    at: QPoint = chosen.center()
    QApplication.sendEvent(target, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, target.mapToGlobal(at)))
