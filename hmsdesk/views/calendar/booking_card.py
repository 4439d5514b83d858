"""The card of one booking: who comes when, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from hmsdesk.models.appointments import CANCELLED
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import about
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.views.calendar.popover import Popover
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import (
    MEASURE,
    facts_of,
    patient_of,
    phone_of,
    short_day,
    status_of,
    step_words,
    why_overridden,
)
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label

LABELS = 72
Act = Callable[[], object]


class BookingCard(Popover):
    """Says what is known and offers what this person may do now; each button closes it."""

    def __init__(self, host: QWidget, row: Row, locale: Locale) -> None:
        super().__init__(host)
        self.setObjectName("bookingCard")
        self.row = row
        self._locale = locale
        self.setAccessibleName(f"Booking of {patient_of(row)}")
        self._head()
        self.column.addLayout(self._facts())

    def _head(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_8)
        name = Label(patient_of(self.row), bold=True, wrap=True)
        name.setObjectName("cardPatient")
        line.addWidget(name, 1)
        line.addWidget(Chip.of(status_of(self.row)), 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(line)
        facts = facts_of(self.row)
        if facts.get("name_ar"):
            self.column.addWidget(Label(facts["name_ar"], wrap=True))
        number = facts.get("identifier", "")
        known = [about(facts, self._locale), f"\u2066{number}\u2069" if number else ""]
        self.column.addWidget(Label(" · ".join(part for part in known if part), muted=True, wrap=True))

    def _facts(self) -> QGridLayout:
        row, locale = self.row, self._locale
        ends = row["start"] + timedelta(minutes=row["minutes"])
        day = short_day(locale.local(row["start"]).date())
        facts = [
            ("Time", f"{clock(row['start'], locale)} to {clock(ends, locale)}, {day}"),
            ("Doctor", str(row.get("practitioner:title") or "")),
            ("Phone", phone_of(row, locale)),
            ("Note", str(row.get("reason") or "")),
            ("Now", self._moved_to()),
            ("Came", "Without a booking" if row.get("walk_in") else ""),
            ("In spite of", why_overridden(row)),
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_8)
        grid.setVerticalSpacing(theme.SPACE_4)
        grid.setColumnStretch(1, 1)
        for name, text in facts:
            if text:
                label = Label(name, muted=True)
                label.setFixedWidth(LABELS)
                line = grid.rowCount()
                grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(Label(text, wrap=True), line, 1, Qt.AlignmentFlag.AlignTop)
        return grid

    def _moved_to(self) -> str:
        if "now_at" not in self.row:
            return ""
        at = self.row["now_at"]
        return f"{clock(at, self._locale)}, {short_day(self._locale.local(at).date())}, {self.row['now_with:title']}"

    def offer_steps(
        self,
        steps: Sequence[str],
        take: Callable[[str], object],
        *,
        measure: Callable[[], object] | None = None,
        writes: bool = False,
    ) -> None:
        """The next steps, the usual one first; giving the booking up comes last of all, by `offer_cancel`.

        measure: records the patient's vital signs, where that is what is done next; writes: the notes of visits.
        """
        self.column.addWidget(Separator())
        if measure is not None:
            self._add(MEASURE.word, MEASURE.icon, "cardMeasure", measure)
        for status in steps:
            if status != CANCELLED:
                words = step_words(self.row["status"], status, writes=writes)
                self._add(words.word, words.icon, f"step-{status.replace(' ', '-')}", partial(take, status))

    def offer(self, word: str, icon: str, name: str, act: Act, key: str = "") -> None:
        """Something else to do."""
        self._add(word, icon, name, act, key)

    def offer_cancel(self, steps: Sequence[str], take: Callable[[str], object]) -> None:
        """Giving it up, where that can be done."""
        if CANCELLED in steps:
            words = step_words(self.row["status"], CANCELLED)
            button = self._add(words.word, words.icon, f"step-{CANCELLED}", lambda: take(CANCELLED))
            button.kind = "danger"

    def _add(self, word: str, icon: str, name: str, act: Act, key: str = "") -> Button:
        button = Button(word, "normal", icon, key)
        button.setObjectName(name)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _: self._do(act))
        if key:
            # A letter is a key of the card only, not of the fields around it.
            on_key(self, key, word, button.click, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.column.addWidget(button)
        return button

    def _do(self, act: Act) -> None:
        self.leave()
        act()
