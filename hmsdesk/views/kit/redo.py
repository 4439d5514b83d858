"""Ctrl+Y does again in a text field what was undone, on every system: some know only Ctrl+Shift+Z for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget


class RedoKey(QObject):
    """Watches only the text field that has the keyboard."""

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        application.focusChanged.connect(self._on_focus)

    def _on_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None:
            before.removeEventFilter(self)
        if isinstance(now, QLineEdit | QTextEdit | QPlainTextEdit):
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() != Qt.Key.Key_Y or event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            return False
        if not isinstance(watched, QLineEdit | QTextEdit | QPlainTextEdit) or watched.isReadOnly():
            return False
        watched.redo()
        return True
