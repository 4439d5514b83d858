"""Figures of the day side by side: what is counted, and how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.words import Label

HEIGHT = 68


@dataclass(frozen=True)
class Figure:
    """One of them. key: its object name. tone: of the number where it needs attention."""

    key: str
    word: str
    number: str
    tone: str = ""


class Figures(QWidget):
    """A row of them, each in a box."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE_12)
        self._numbers: dict[str, Label] = {}

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these."""
        for figure in figures:
            number = self._numbers.get(figure.key) or self._add(figure)
            number.setText(figure.number)
            number.setAccessibleName(f"{figure.word}: {figure.number}")
            number.set_tone(figure.tone)

    def _add(self, figure: Figure) -> Label:
        box = QFrame()
        box.setObjectName("panel")
        box.setFixedHeight(HEIGHT)
        column = QVBoxLayout(box)
        column.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        column.setSpacing(0)
        number = Label(bold=True, size="title")
        number.setObjectName(f"figure-{figure.key}")
        column.addWidget(Label(figure.word, muted=True, size="small"))
        column.addWidget(number)
        self._row.addWidget(box, 1)
        self._numbers[figure.key] = number
        return number
