"""The pane beside the day's list: the selected appointment, its next step, and what else can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.models.appointments import CANCELLED, CHECKED_IN, STATUSES
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import about
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock, time_or_day
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import (
    MEASURE,
    UNDO,
    facts_of,
    moved_to,
    patient_of,
    phone_of,
    status_of,
    step_words,
    why_overridden,
)
from hmsdesk.views.kit.buttons import Button, ButtonKind
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.settling import let_settle
from hmsdesk.views.kit.words import Label

LABELS = 72
NEXT_KEY = "Ctrl+Enter"
PRESCRIBE_KEY = "Ctrl+E"
MOVE_KEY = "Ctrl+M"
_STATUS_WORDS = dict(STATUSES)


class Beside(QFrame):
    """Follows the selection. A button stands here only if this person may do it now."""

    step_asked = Signal(str)
    """The status that the selected appointment is to have."""
    chart_asked = Signal()
    prescribe_asked = Signal()
    move_asked = Signal()
    place_asked = Signal()
    """The day that a ghost's booking was moved to is to be shown."""

    measure_asked = Signal()
    """Their vital signs are to be recorded."""

    def __init__(
        self,
        locale: Locale,
        may_prescribe: bool,
        may_move: Callable[[Row], bool] = lambda _: False,
        *,
        measures: Callable[[Row], bool] = lambda _: False,
        writes: bool = False,
    ) -> None:
        """measures: whether measuring is what this person does next; writes: the notes of visits, on their pages."""
        super().__init__()
        self._writes = writes
        self._may_move = may_move
        self._measures = measures
        self.setObjectName("panel")
        self.setFixedWidth(theme.DETAIL_PANE)
        self.setAccessibleName("Selected appointment")
        self._locale = locale
        self._may_prescribe = may_prescribe
        self._shown: tuple[object, ...] = ()
        self._row_id: object = None
        self._scroll = Scroll()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self._scroll)

    def show_row(self, row: Row | None, steps: Sequence[str], now: datetime) -> None:
        """Show an appointment with the steps that can follow; None while nothing is selected."""
        shown = (row, tuple(steps), self._waiting(row, now) if row else "")
        if shown == self._shown:
            return
        is_same = row is not None and self._row_id == row["_id"]
        self._shown, self._row_id = shown, row["_id"] if row else None
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        page = self._page(row, steps, now)
        self._scroll.show_page(page)
        follow = self._focus_first if had_focus else lambda: None
        if is_same:
            let_settle(self, page, follow)
        else:
            follow()

    def _page(self, row: Row | None, steps: Sequence[str], now: datetime) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*(theme.SPACE_16,) * 4)
        column.setSpacing(theme.SPACE_12)
        if row is None:
            column.addWidget(Label("Nobody is selected.", muted=True))
        else:
            self._add_row(column, row, steps, now)
        column.addStretch()
        return page

    def _focus_first(self) -> None:
        """Whoever worked here with the keyboard goes on here."""
        button = self.findChild(Button)
        if isinstance(button, Button):
            button.setFocus()

    def _add_row(self, column: QVBoxLayout, row: Row, steps: Sequence[str], now: datetime) -> None:
        column.addLayout(self._heading(row))
        column.addWidget(Chip.of(status_of(row)))
        waits = self._waiting(row, now)
        if waits:
            column.addWidget(Label(waits, muted=True))
        if row.get("ghost"):
            column.addWidget(Label(moved_to(row, self._locale), wrap=True))
        column.addLayout(self._buttons(row, steps))
        column.addWidget(Separator())
        column.addLayout(self._facts(row))
        column.addWidget(Separator())
        column.addLayout(self._stamps(row))

    def _heading(self, row: Row) -> QVBoxLayout:
        names = QVBoxLayout()
        names.setSpacing(theme.SPACE_4)
        title = Label(patient_of(row), bold=True, wrap=True)
        title.setObjectName("besidePatient")
        names.addWidget(title)
        facts = facts_of(row)
        if facts.get("name_ar"):
            names.addWidget(Label(facts["name_ar"], wrap=True))
        known = [about(facts, self._locale), f"\u2066{facts.get('identifier', '')}\u2069"]
        names.addWidget(Label(" · ".join(part for part in known if part), muted=True, wrap=True))
        return names

    def _waiting(self, row: Row, now: datetime) -> str:
        """How long somebody who is checked in has waited."""
        if row["status"] != CHECKED_IN or not row.get("stamps"):
            return ""
        minutes = max(0, int((now - row["stamps"][-1]["at"]).total_seconds() // 60))
        if minutes >= 60:
            return f"Waiting for {minutes // 60} h {minutes % 60} min"
        return f"Waiting for {minutes} min" if minutes else "Has just checked in"

    def _buttons(self, row: Row, steps: Sequence[str]) -> QVBoxLayout:
        """The next step first and last what takes the booking away."""
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_8)
        onwards = [one for one in steps if one != CANCELLED]
        measures = self._measures(row)
        if measures:
            column.addWidget(self._button(MEASURE.word, MEASURE.icon, self.measure_asked, NEXT_KEY))
        for number, status in enumerate(onwards):
            # A key pressed once too often takes nothing back.
            leads_on = number == 0 and not measures and step_words(row["status"], status).icon != UNDO
            column.addWidget(self._step(row, status, NEXT_KEY if leads_on else ""))
        if self._may_prescribe:
            column.addWidget(self._button("Prescribe", "pencil-outline", self.prescribe_asked, PRESCRIBE_KEY))
        if row.get("ghost"):
            column.addWidget(self._button("Show the booking", "swap-horizontal", self.place_asked, ""))
        if self._may_move(row):
            column.addWidget(self._button("Another time", "calendar-arrow-right", self.move_asked, MOVE_KEY))
        column.addWidget(self._button("Open chart", "folder-account-outline", self.chart_asked, "Enter"))
        if CANCELLED in steps:
            column.addWidget(self._step(row, CANCELLED, "", "danger"))
        return column

    def _step(self, row: Row, status: str, key: str, kind: ButtonKind = "normal") -> Button:
        words = step_words(row["status"], status, writes=self._writes)
        button = _wide(Button(words.word, kind, words.icon, key))
        button.setObjectName(f"step-{status.replace(' ', '-')}")
        button.clicked.connect(lambda _: self.step_asked.emit(status))
        return button

    @staticmethod
    def _button(word: str, icon: str, signal: object, key: str) -> Button:
        button = _wide(Button(word, "normal", icon, key))
        button.setObjectName(f"beside-{word.rsplit(maxsplit=1)[-1].lower()}")
        button.clicked.connect(lambda _: signal.emit())  # type: ignore[attr-defined]
        return button

    def _facts(self, row: Row) -> QGridLayout:
        ends = row["start"] + timedelta(minutes=row["minutes"])
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._add_fact(grid, "Time", f"{clock(row['start'], self._locale)} to {clock(ends, self._locale)}")
        self._add_fact(grid, "Doctor", str(row.get("practitioner:title") or ""))
        self._add_fact(grid, "Phone", phone_of(row, self._locale))
        self._add_fact(grid, "Note", row.get("reason", ""))
        self._add_fact(grid, "Came", "Without a booking" if row.get("walk_in") else "")
        self._add_fact(grid, "In spite of", why_overridden(row))
        return grid

    @staticmethod
    def _add_fact(grid: QGridLayout, name: str, text: str) -> None:
        if not text:
            return
        label = Label(name, muted=True)
        label.setFixedWidth(LABELS)
        value = Label(text, wrap=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = grid.rowCount()
        grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, line, 1, Qt.AlignmentFlag.AlignTop)

    def _stamps(self, row: Row) -> QVBoxLayout:
        """When it became what."""
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_4)
        shown_on = self._locale.local(row["start"]).date()
        for stamp in row.get("stamps", []):
            when = time_or_day(stamp["at"], self._locale, shown_on)
            column.addWidget(Label(f"{_STATUS_WORDS[stamp['status']]}: {when}", muted=True, size="small"))
        return column


def _wide(button: Button) -> Button:
    """As wide as the pane."""
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button
