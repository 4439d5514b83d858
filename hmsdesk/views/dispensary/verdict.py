"""What a scanned page is worth, as one line over the whole width: colour, icon and word."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.opening import Verdict
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import SOFT, WORDS, Tone
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.words import Label

LOOKS: dict[Verdict | None, tuple[Tone, str]] = {
    Verdict.GENUINE: ("good", "shield-check-outline"),
    Verdict.CANCELLED: ("danger", "cancel"),
    Verdict.REFUSED: ("danger", "hand-back-right-outline"),
    Verdict.DISPENSED: ("warning", "package-variant-closed-check"),
    Verdict.EXPIRED: ("warning", "calendar-remove-outline"),
    Verdict.NOT_HERE: ("warning", "help-circle-outline"),
    Verdict.UNKNOWN_SIGNER: ("warning", "account-question-outline"),
    Verdict.FORGED: ("danger", "shield-alert-outline"),
    # What was scanned is no prescription at all.
    None: ("warning", "help-circle-outline"),
}
INDENT, ICON = 44, 22


class SoftLine(QWidget):
    """Soft ground, an icon, a bold word and what it means."""

    def __init__(self) -> None:
        super().__init__()
        self.tone: Tone = "good"
        self._icon = ""
        self.title = Label(bold=True, wrap=True)
        self.text = Label(wrap=True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme.SPACE_8, 0, theme.SPACE_8)
        row.setSpacing(0)
        row.addSpacing(INDENT)
        column = QVBoxLayout()
        column.setSpacing(0)
        row.addLayout(column, 1)
        row.addSpacing(theme.SPACE_12)
        column.addWidget(self.title)
        column.addWidget(self.text)

    def say(self, tone: Tone, icon: str, title: str, text: str) -> None:
        """Say something in place of what was said before."""
        self.tone, self._icon = tone, icon
        self.title.setText(title)
        self.title.set_tone(self.tone)
        self.text.setText(text)
        self.setAccessibleName(f"{title} {text}")
        self.update()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(SOFT[self.tone]))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))
        box = placed(self, QRect(theme.SPACE_12, (self.height() - ICON) // 2, ICON, ICON))
        theme.paint_icon(painter, box, self._icon, WORDS[self.tone])


class VerdictLine(SoftLine):
    """What is to be thought of what was scanned."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdict")
        self.title.setObjectName("verdictTitle")
        self.text.setObjectName("verdictText")

    def judge(self, verdict: Verdict | None, title: str, text: str) -> None:
        """Say a verdict; None: there is no such prescription."""
        self.say(*LOOKS[verdict], title, text)
