"""The starts of a doctor's day as buttons: which are free, and why the others aren't."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from hmsdesk.controllers.appointments import DoctorDay
from hmsdesk.models.booking import Rule, Slot, SlotState
from hmsdesk.models.locale import Locale
from hmsdesk.models.times import clock
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.flow import FlowLayout
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.state_view import Action, StateView
from hmsdesk.views.kit.words import paint_line

SLOT = QSize(128, 44)
LINE = 18
ALL_OVER = ("All times are over", "Choose another day, or type a time.")


class SlotButton(QAbstractButton):
    """One start: its time, and below it whether it is free."""

    def __init__(self, slot: Slot, locale: Locale) -> None:
        super().__init__()
        self.slot = slot
        self._time = clock(slot.start, locale)
        self.setObjectName(f"slot-{self._time}")
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(SLOT)
        self.show_slot(slot)

    def show_slot(self, slot: Slot) -> None:
        """Say how it stands now."""
        self.slot = slot
        self.setEnabled(slot.free)
        self.setAccessibleName(f"{self._time}, {slot.state.value}")
        self.update()

    def _ground(self) -> tuple[str, str, int]:
        if not self.slot.free:
            return "neutral_soft", "", 1
        if self.isChecked():
            return "accent_soft", "accent", 2
        return "hover" if self.underMouse() else "surface_raised", "line_strong", 1

    def sizeHint(self) -> QSize:
        return SLOT

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        ground, border, width = self._ground()
        paint_box(painter, self.rect(), ground, border, width)
        if self.hasFocus():
            paint_box(painter, self.rect().adjusted(3, 3, -3, -3), "", "accent", 1)
        room = self.rect().adjusted(theme.SPACE_8, 0, -theme.SPACE_8, 0)
        painter.setFont(theme.font(bold=self.slot.free))
        painter.setPen(theme.color("text" if self.slot.free else "text_muted"))
        paint_line(painter, QRect(room.x(), 4, room.width(), LINE), self._time, self.layoutDirection())
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("accent" if self.slot.free else "text_muted"))
        below = QRect(room.x(), 4 + LINE, room.width(), LINE)
        paint_line(painter, below, self.slot.state.value, self.layoutDirection())


class SlotGrid(Scroll):
    """All starts of one day; the arrow keys move among those that are free."""

    chosen = Signal(object)
    """The start that was chosen, UTC."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._on_clicked)
        self._buttons: list[SlotButton] = []
        # The range is known just before the buttons are put in their places.
        self.verticalScrollBar().rangeChanged.connect(lambda: QTimer.singleShot(0, self, self._scroll_to_first))
        self.show_slots([])

    def show_slots(self, slots: Sequence[Slot]) -> None:
        """Show a day. The same starts keep their buttons, and with them the focus."""
        if slots and [slot.start for slot in slots] == [button.slot.start for button in self._buttons]:
            for button, slot in zip(self._buttons, slots, strict=True):
                button.show_slot(slot)
            return
        for button in self._buttons:
            self._group.removeButton(button)
        page = QWidget()
        flow = FlowLayout()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, theme.SPACE_12, 0)
        column.addLayout(flow)
        column.addStretch()
        self._buttons = [SlotButton(slot, self._locale) for slot in slots]
        for button in self._buttons:
            self._group.addButton(button)
            flow.addWidget(button)
        self.show_page(page)

    def _scroll_to_first(self) -> None:
        """Bring the chosen start into view, or the first that is free."""
        chosen = [button for button in self._buttons if button.isChecked()]
        for button in (chosen or [button for button in self._buttons if button.slot.free])[:1]:
            self.ensureWidgetVisible(button, 0, self.viewport().height() // 2)

    def choose(self, start: datetime | None) -> None:
        """Mark a start as the chosen one; None, or one that isn't here, marks none."""
        self._group.setExclusive(False)
        for button in self._buttons:
            button.setChecked(button.slot.start == start)
        self._group.setExclusive(True)

    def _on_clicked(self, button: QAbstractButton) -> None:
        assert isinstance(button, SlotButton)
        self.ensureWidgetVisible(button)
        self.chosen.emit(button.slot.start)


class DaySlots(QWidget):
    """The starts of a day; or in their place why there are none."""

    chosen = Signal(object)

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.grid = SlotGrid(locale)
        self.grid.chosen.connect(self.chosen)
        self.state = StateView()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.grid, 1)
        column.addWidget(self.state, 1)
        self.show_message("calendar-search", "Choose a doctor", "The free times of the day appear here.")

    def show_day(self, day: DoctorDay, to_come: Sequence[Slot], following: Action | None) -> None:
        """Show the starts of a day that are still to come, or why there are none, with the next free time."""
        if to_come:
            self.state.hide()
            self.grid.show_slots(to_come)
            self.grid.show()
        elif day.slots:
            self.show_message("clock-outline", *ALL_OVER, following)
        else:
            title = "No hours yet" if day.closed.startswith(Rule.HAS_SCHEDULE) else "Closed on this day"
            self.show_message("calendar-remove-outline", title, day.closed, following)

    def show_message(self, icon: str, title: str, text: str, action: Action | None = None) -> None:
        """Say why there is nothing to choose, and what could be done."""
        self._replace()
        self.state.show_empty(icon, title, text, action)

    def show_problem(self, problem: Exception, retry: Callable[[], object]) -> None:
        """Say why the day can't be shown, and try again by itself."""
        self._replace()
        self.state.show_problem(problem, retry)

    def show_loading(self) -> None:
        """The server is asked."""
        self._replace()
        self.state.show_loading()

    def _replace(self) -> None:
        self.grid.show_slots([])
        self.grid.hide()
        self.state.show()


def free_of(slots: Sequence[Slot]) -> str:
    """7 of 18 free; or that the limit is reached; empty where there are none."""
    free = sum(slot.free for slot in slots)
    full = any(slot.state is SlotState.FULL for slot in slots)
    words = SlotState.FULL.value if full and not free else f"{free} of {len(slots)} free"
    return words if slots else ""
