"""Why a booking can't be moved there, and what can be done instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.views.calendar.popover import Popover
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, link, normal, paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.editor import LineField
from hmsdesk.views.kit.words import Label, paint_line, sentence

ICON_PLACE = 26
LONGEST = 200
OFFER_HEIGHT = 30


class OfferButton(Button):
    """A free time, and at its end with whom."""

    def __init__(self, time: str, doctor: str) -> None:
        super().__init__(time)
        self._doctor = doctor
        self.setObjectName("offer")
        self.setFixedHeight(OFFER_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{time}, {doctor}")

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        pointed = self.underMouse() or self.isDown()
        paint_box(painter, self.rect(), "accent_soft" if pointed else "surface_raised", "accent", 1 + self.hasFocus())
        painter.setPen(theme.color("accent"))
        painter.setFont(theme.font(bold=True))
        room = self.width() - 2 * theme.SPACE_12
        time = min(room, painter.fontMetrics().horizontalAdvance(self.text()) + 1)
        start = placed(self, QRect(theme.SPACE_12, 0, time, self.height()))
        paint_line(painter, start, self.text(), self.layoutDirection())
        painter.setFont(theme.font())
        name = min(room - time - theme.SPACE_8, painter.fontMetrics().horizontalAdvance(self._doctor) + 1)
        end = placed(self, QRect(self.width() - theme.SPACE_12 - name, 0, name, self.height()))
        paint_line(painter, end, self._doctor, self.layoutDirection())


class RefusedCard(Popover):
    """Names the rule in one sentence, says that all is as it was, and offers the ways on."""

    overridden = Signal(str)
    """It is to be so all the same; with the reason."""

    def __init__(self, host: QWidget, title: str, text: str) -> None:
        super().__init__(host, "danger")
        self.setObjectName("refusedCard")
        self.setAccessibleName(f"{title} {text}")
        head = QVBoxLayout()
        head.setSpacing(2)
        for label, name in ((Label(sentence(title), bold=True, wrap=True), "refusedTitle"),
                            (Label(sentence(text), muted=True, wrap=True), "refusedText")):  # fmt: skip
            label.setObjectName(name)
            head.addWidget(label)
        line = QHBoxLayout()
        line.addSpacing(ICON_PLACE)
        line.addLayout(head, 1)
        self.column.addLayout(line)
        self._reason: LineField | None = None
        self._foot = QHBoxLayout()

    def offer(self, offers: Sequence[tuple[str, str, Callable[[], object]]]) -> None:
        """Free times: when, with whom, and what takes it."""
        if offers:
            self.column.addWidget(Label("Nearest free", muted=True, size="small"))
        for time, doctor, take in offers:
            button = OfferButton(time, doctor)
            button.clicked.connect(lambda _, take=take: self._do(take))
            self.column.addWidget(button)

    def offer_override(self) -> None:
        """To those allowed: a reason, and then all the same."""
        self._reason = LineField("Reason")
        self._reason.setObjectName("overrideReason")
        self._reason.setMaxLength(LONGEST)
        self._reason.setPlaceholderText("Reason")
        yes = normal("Move")
        yes.setObjectName("overrideMove")
        yes.setAccessibleName("Move in spite of it")
        yes.setEnabled(False)
        self._reason.textChanged.connect(lambda text: yes.setEnabled(bool(text.strip())))
        self._reason.returnPressed.connect(yes.click)
        yes.clicked.connect(lambda _: self._override())
        self.column.addWidget(Label("Or move it there all the same", muted=True, size="small"))
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_8)
        line.addWidget(self._reason, 1)
        line.addWidget(yes)
        self.column.addLayout(line)

    def offer_waiting_list(self, put: Callable[[], object]) -> None:
        """Instead of a time."""
        button = link("Put on waiting list")
        button.setObjectName("putOnWaitingList")
        button.clicked.connect(lambda _: self._do(put))
        self._foot.addWidget(button)

    def finish(self) -> None:
        """The last line: the way back."""
        close = normal("Close", "", "Esc")
        close.setObjectName("refusedClose")
        close.clicked.connect(lambda _: self.leave())
        self._foot.addStretch()
        self._foot.addWidget(close)
        self.column.addLayout(self._foot)

    def _do(self, act: Callable[[], object]) -> None:
        self.leave()
        act()

    def _override(self) -> None:
        reason = self._reason.text().strip() if self._reason is not None else ""
        if reason:
            self._do(lambda: self.overridden.emit(reason))

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        box = placed(self, QRect(theme.SPACE_12, theme.SPACE_12, theme.ICON, theme.ICON))
        theme.paint_icon(QPainter(self), box, "alert-octagon-outline", "danger")
