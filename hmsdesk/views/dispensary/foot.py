"""Below a prescription: handing out, and what else can be done about it, with why it can't be handed out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import danger, normal, primary
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.words import Label


class Foot(QWidget):
    """Stays in sight however long the prescription is."""

    def __init__(self) -> None:
        super().__init__()
        self.why = Label(muted=True, size="small", wrap=True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self.why.setObjectName("whyNot")
        self.button = primary("Dispense", "check", "Ctrl+Enter")
        self.button.setObjectName("dispense")
        # A scanner's space bar must not press it.
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.refuse = danger("Refuse…")
        self.refuse.setObjectName("refuse")
        self.aside = normal("Set aside…")
        self.aside.setObjectName("setAside")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Separator())
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        row.setSpacing(theme.SPACE_12)
        for other in (self.refuse, self.aside):
            other.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(other)
        row.addWidget(self.why, 1)
        row.addWidget(self.button)
        column.addLayout(row)
