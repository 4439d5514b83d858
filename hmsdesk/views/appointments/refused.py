"""What stands in a booking's way, in one sentence, with the ways on as buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, normal, paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.flow import FlowLayout
from hmsdesk.views.kit.words import Label

ICON_PLACE = 28
Way = tuple[str, Callable[[], object]]


class Refused(QFrame):
    """Stays until it is dealt with, or the form is changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("refused")
        self._title = Label(bold=True, wrap=True)
        self._title.setObjectName("refusedTitle")
        self._text = Label(muted=True, wrap=True)
        self._text.setObjectName("refusedText")
        self._ways: QWidget | None = None
        # Margins aren't mirrored, a row is.
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.SPACE_12,) * 4)
        row.addSpacing(ICON_PLACE)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.SPACE_4)
        row.addLayout(self._column, 1)
        self._nearest = Label("Nearest free:", muted=True)
        self._column.addWidget(self._title)
        self._column.addWidget(self._text)
        self._column.addWidget(self._nearest)
        self.hide()

    def say(self, title: str, text: str, ways: Sequence[Way], *, nearest: bool = False) -> None:
        """Name what is in the way and offer the ways on; the first of them is a key press away.

        nearest: they are free times.
        """
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._nearest.setVisible(nearest and bool(ways))
        self._offer(ways)
        self.setAccessibleName(f"{title} {text}")
        self.show()

    def _offer(self, ways: Sequence[Way]) -> None:
        if self._ways is not None:
            self._column.removeWidget(self._ways)
            self._ways.hide()
            self._ways.deleteLater()
        self._ways = QWidget(self)
        flow = FlowLayout()
        self._ways.setLayout(flow)
        for words, action in ways:
            button = normal(words)
            button.setObjectName("way")
            button.clicked.connect(lambda _, action=action: action())
            flow.addWidget(button)
        self._ways.setVisible(bool(ways))
        self._column.addWidget(self._ways)

    def focus_first(self) -> None:
        """Go to the first way on, if there is one."""
        first = self._ways.findChild(Button) if self._ways is not None else None
        if isinstance(first, Button):
            first.setFocus()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "surface_raised", "danger")
        box = placed(self, QRect(theme.SPACE_12, theme.SPACE_12, theme.ICON, theme.ICON))
        theme.paint_icon(painter, box, "alert-circle-outline", "danger")
