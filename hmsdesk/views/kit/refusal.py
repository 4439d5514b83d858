"""A box that says why something didn't work."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from hmsdesk.errors import UserError
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.words import Label, sentence


class Refusal(QFrame):
    """Hidden until `say` is told a failure."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("refusal")
        self._title = Label(bold=True, wrap=True)
        self._title.setObjectName("refusalTitle")
        self._message = Label(size="small", wrap=True)
        self._message.setObjectName("refusalMessage")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        column.setSpacing(2)
        for label in (self._title, self._message):
            label.set_tone("danger")
            column.addWidget(label)
        self.hide()

    def say(self, problem: UserError) -> None:
        """Show a failure until something else is typed."""
        self._title.setText(sentence(problem.title))
        self._message.setText(sentence(problem.message))
        self._message.setVisible(bool(problem.message))
        self.setAccessibleName(str(problem))
        self.show()
