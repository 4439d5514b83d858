"""Words on a page. What people typed is always shown as it is: never as rich text."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from hmsdesk.views.kit import theme


class Label(QLabel):
    """Plain text in one of the three sizes; what it says can't become markup."""

    def __init__(
        self, text: str = "", muted: bool = False, bold: bool = False, size: theme.TextSize = "body", wrap: bool = False
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, bold))
        self.setWordWrap(wrap)
        if muted:
            self.set_tone("muted")

    def set_tone(self, tone: str) -> None:
        """Colour the words: muted, accent, good, warning, danger; empty for the usual colour."""
        self.setProperty("tone", tone)
        self.style().polish(self)
