"""Where a code is scanned or a number typed. A scanner types like a keyboard and ends with Enter, or Tab."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit

from hmsdesk.models.prescription_code import PREFIX
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.code_watch import SCAN_FIELD
from hmsdesk.views.kit.editor import LONGEST

WIDTH = 420
# A Tab that comes sooner after the last letter of a code is the scanner's own.
TAB_MS = 1000


class ScanField(QLineEdit):
    """Collects what comes, in however many bursts, until Enter or a scanner's Tab."""

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
        self._typed = QElapsedTimer()
        self.textEdited.connect(self._typed.start)
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

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab ends a code that is just coming in; the next one goes on to the next field, as everywhere."""
        is_coming = self._typed.isValid() and not self._typed.hasExpired(TAB_MS)
        if not (forward and is_coming and PREFIX in self.text().upper()):
            return super().focusNextPrevChild(forward)
        self._typed.invalidate()
        self._on_return()
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # What was left here is replaced by what comes; a window that only comes to the front takes nothing away.
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.selectAll()
        self.ready.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.ready.emit(False)
