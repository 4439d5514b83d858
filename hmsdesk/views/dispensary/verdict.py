"""What a scanned page is worth, as one line over the whole width: colour, icon and word."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary import Verdict
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import SOFT, WORDS, Tone
from hmsdesk.views.kit.words import Label

LOOKS: dict[Verdict | None, tuple[Tone, str]] = {
    Verdict.GENUINE: ("good", "shield-check-outline"),
    Verdict.DISPENSED: ("warning", "package-variant-closed-check"),
    Verdict.EXPIRED: ("warning", "calendar-remove-outline"),
    Verdict.NOT_HERE: ("warning", "help-circle-outline"),
    Verdict.UNKNOWN_SIGNER: ("warning", "account-question-outline"),
    Verdict.FORGED: ("danger", "shield-alert-outline"),
    # What was scanned is no prescription at all.
    None: ("warning", "help-circle-outline"),
}
INDENT = 44


class VerdictLine(QWidget):
    """Soft ground, an icon, a bold word and what it means."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdict")
        self.tone: Tone = "good"
        self._icon = ""
        self.title = Label(bold=True, wrap=True)
        self.title.setObjectName("verdictTitle")
        self.text = Label(wrap=True)
        self.text.setObjectName("verdictText")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(INDENT, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.text)

    def say(self, verdict: Verdict | None, title: str, text: str) -> None:
        """Say a verdict; None: there is no such prescription."""
        self.tone, self._icon = LOOKS[verdict]
        self.title.setText(title)
        self.title.set_tone(self.tone)
        self.text.setText(text)
        self.setAccessibleName(f"{title} {text}")
        self.update()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(SOFT[self.tone]))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))
        left = self.width() - INDENT + 4 if self.isRightToLeft() else theme.SPACE_12
        box = QRect(left, (self.height() - 22) // 2, 22, 22)
        theme.paint_icon(painter, box, self._icon, WORDS[self.tone])
