"""What stands in a booking's way, in one sentence, with the ways on: free times, all the same, the waiting list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QHideEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.appointments import REASON_LENGTH
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, link, normal, paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.editor import LineField
from hmsdesk.views.kit.flow import FlowLayout
from hmsdesk.views.kit.words import Label, tip

ICON_PLACE = 28
REASON_WIDTH = 320
LEAST_WAY = 80
Way = tuple[str, Callable[[], object]]


class Refused(QFrame):
    """Stays until it is dealt with, or the form is changed."""

    shown = Signal(bool)
    """Whether it is there now."""

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
        self._column.addWidget(self._title)
        self._column.addWidget(self._text)
        self.hide()

    def say(self, title: str, text: str, ways: Sequence[Way], *, nearest: bool = False) -> None:
        """Name what is in the way and offer the ways on; the first of them is a key press away.

        nearest: they are free times.
        """
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._begin_ways()
        self._offer(ways, nearest=nearest)
        self.setAccessibleName(f"{title} {text}")
        self.show()

    def offer_override(self, words: str, act: Callable[[str], object]) -> None:
        """To those allowed: a reason, and then all the same. act: is told the reason."""
        assert self._ways is not None
        reason = LineField("Reason")
        reason.setObjectName("overrideReason")
        reason.setMaxLength(REASON_LENGTH)
        reason.setPlaceholderText("Reason, which is kept with the booking")
        reason.setMaximumWidth(REASON_WIDTH)
        yes = normal(words)
        yes.setObjectName("override")
        yes.setEnabled(False)
        reason.textChanged.connect(lambda text: yes.setEnabled(bool(text.strip())))
        reason.returnPressed.connect(yes.click)
        yes.clicked.connect(lambda _: act(reason.text().strip()))
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(reason, 1)
        row.addWidget(yes)
        row.addStretch()
        self._way_column.addSpacing(theme.SPACE_4)
        self._way_column.addWidget(Label("Or all the same:", muted=True))
        self._way_column.addLayout(row)

    def offer_waiting_list(self, put: Callable[[], object]) -> None:
        """Instead of a time."""
        button = link("Put on waiting list")
        button.setObjectName("putOnWaitingList")
        button.clicked.connect(lambda _: put())
        self._way_column.addSpacing(theme.SPACE_4)
        self._way_column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeading)

    def _begin_ways(self) -> None:
        if self._ways is not None:
            self._column.removeWidget(self._ways)
            self._ways.hide()
            self._ways.deleteLater()
        self._ways = QWidget(self)
        self._way_column = QVBoxLayout(self._ways)
        self._way_column.setContentsMargins(0, 0, 0, 0)
        self._way_column.setSpacing(theme.SPACE_4)
        self._column.addWidget(self._ways)

    def _offer(self, ways: Sequence[Way], *, nearest: bool) -> None:
        if nearest and ways:
            self._way_column.addWidget(Label("Nearest free:", muted=True))
        flow = FlowLayout()
        for words, action in ways:
            button = normal(words)
            button.setObjectName("way")
            # A long one gives way, and is told whole where the mouse rests.
            button.setMinimumWidth(LEAST_WAY)
            button.setToolTip(tip(words))
            button.clicked.connect(lambda _, action=action: action())
            flow.addWidget(button)
        if ways:
            self._way_column.addLayout(flow)

    def focus_first(self) -> None:
        """Go to the first way on, if there is one."""
        found = self._ways.findChildren(Button) if self._ways is not None else []
        for button in found[:1]:
            button.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        self.shown.emit(True)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.shown.emit(False)
        super().hideEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "surface_raised", "danger")
        box = placed(self, QRect(theme.SPACE_12, theme.SPACE_12, theme.ICON, theme.ICON))
        theme.paint_icon(painter, box, "alert-circle-outline", "danger")
