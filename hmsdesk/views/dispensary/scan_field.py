"""Where a code is scanned or a number typed. A scanner types like a keyboard and ends with Enter."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit

from hmsdesk.models.prescription_code import PREFIX
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.code_watch import SCAN_FIELD
from hmsdesk.views.kit.editor import LONGEST

WIDTH = 420


class ScanField(QLineEdit):
    """Collects what comes, in however many bursts, until Enter."""

    scanned = Signal(str)
    ready = Signal(bool)
    """Whether it has the focus, so that a scanner works at once."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(SCAN_FIELD)
        self.setAccessibleName("Scan a prescription, or type its number or a name")
        self.setPlaceholderText("Scan a prescription, or type its number or a name")
        self.setMaxLength(LONGEST)
        self.setFixedWidth(WIDTH)
        self.addAction(theme.icon("line-scan", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.returnPressed.connect(self._on_return)

    def take(self, text: str) -> None:
        """Go on with what was begun elsewhere."""
        self.setFocus()
        self.insert(text)

    def _on_return(self) -> None:
        text = self.text()
        # What was left in the field before a code was scanned is not part of it.
        text = text[max(text.upper().rfind(PREFIX), 0) :]
        if text.strip():
            self.scanned.emit(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # What was left here is replaced by what comes; a window that only comes to the front takes nothing away.
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.selectAll()
        self.ready.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.ready.emit(False)
