"""What keys do in a text field is the same on every system.

Ctrl+Y does again what was undone: some systems know only Ctrl+Shift+Z for it. The letters with which a terminal moves
and deletes (Ctrl+E, Ctrl+D …) are left to the page: some systems let a field take them, and a key that stands on a
button would do nothing while one is writing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

OF_THE_PAGE = (Qt.Key.Key_D, Qt.Key.Key_E, Qt.Key.Key_K, Qt.Key.Key_U)


class FieldKeys(QObject):
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
