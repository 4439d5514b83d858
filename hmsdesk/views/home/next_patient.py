"""Who is next for the person at this desk, and the one thing to do about it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.flow import since
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import about
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.views.home.entries import Entry, Patience, Say
from hmsdesk.views.home.lanes import VITALS_DONE
from hmsdesk.views.home.page import FlowHome
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import facts_of, patient_of
from hmsdesk.views.kit.buttons import Button, primary
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label

HEIGHT = 60
LONGEST_REASON = 48
# As many letters as there is room for; the patient's page has all.
ALERTS = 40


class NextPatient(QFrame):
    """Name, what is known at a glance, how long they have waited, and a button."""

    asked = Signal(object)
    """The appointment whose next step is wanted."""

    def __init__(self, patience: Patience, locale: Locale, nobody: str, whose: Say) -> None:
        """whose: with which doctor an appointment is, where that has to be said."""
        super().__init__()
        self._whose = whose
        self.setObjectName("panel")
        self.setAccessibleName("Next patient")
        self.setFixedHeight(HEIGHT)
        self._patience, self._locale, self._nobody = patience, locale, nobody
        self._row: Row | None = None
        self._entry: Entry | None = None
        self.name = Label(bold=True)
        self.name.setObjectName("nextName")
        self.detail = Label(muted=True, size="small")
        self.detail.setObjectName("nextDetail")
        self._waits = Chip("", "", "neutral")
        self._vitals = Chip("Vitals done", VITALS_DONE, "good")
        self._alerts = Chip("", "alert-outline", "warning")
        self.button = primary("Start", "", "Ctrl+Enter")
        self.button.setObjectName("nextStep")
        self.button.clicked.connect(self._on_clicked)
        self._lay_out()
        self.show_row(None, None, "", "")

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addStretch()
        names.addWidget(self.name)
        names.addWidget(self.detail)
        names.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        row.addLayout(names)
        row.addSpacing(theme.SPACE_8)
        row.addWidget(self._waits)
        row.addWidget(self._vitals)
        row.addWidget(self._alerts)
        row.addStretch()
        row.addWidget(self.button)

    def _on_clicked(self, _checked: bool = False) -> None:
        if self._row is not None:
            self.asked.emit(self._row)

    def show_row(self, row: Row | None, entry: Entry | None, word: str, icon: str) -> None:
        """Show who is next; None: nobody. word, icon: of the button."""
        self._row, self._entry = row, entry
        self.name.setText(patient_of(row) if row else self._nobody)
        self.detail.setText(self._known(row) if row else "")
        self.detail.setVisible(row is not None)
        self._vitals.setVisible(row is not None and "vitals_at" in row)
        alerts = str(facts_of(row).get("alerts") or "") if row else ""
        alerts = alerts if len(alerts) <= ALERTS else f"{alerts[:ALERTS].rstrip()}…"
        self._alerts.set(alerts, "alert-outline", "warning")
        self._alerts.setVisible(bool(alerts))
        self.button.setVisible(bool(row and word))
        if word:
            self.button.icon_name = icon
            self.button.set_text(word)
        self.show_minutes()

    def show_minutes(self) -> None:
        """A minute has passed."""
        chip = self._patience.chip(self._entry) if self._entry else None
        self._waits.setVisible(chip is not None)
        if chip is not None:
            self._waits.set(chip.word, chip.icon, chip.tone)

    def _known(self, row: Row) -> str:
        parts = (
            clock(row["start"], self._locale),
            about(facts_of(row), self._locale),
            self._whose(row),
            _cut(str(row.get("reason") or "")),
        )
        return " · ".join(part for part in parts if part)


def _cut(reason: str) -> str:
    """What was noted when booking, as far as there is room for it; the visit has all of it."""
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1].rstrip()}…"


class NextHome(FlowHome):
    """A home that begins with who is next, or whom the person has chosen on the board; the primary action is theirs."""

    NOBODY: ClassVar[str]

    def _panels(self) -> list[QWidget]:
        self.next = NextPatient(self.patience, self._session.locale, self.NOBODY, self.whose)
        self.next.asked.connect(self._on_next)
        self._picked: Hashable = None
        return [self.next]

    def _connect(self) -> None:
        super()._connect()
        self.board.picked.connect(self._on_picked)

    def _on_picked(self, entry: Entry) -> None:
        """Who was chosen by hand comes before who would be next: the button is for whom one looks at."""
        self._picked = entry.key
        self._show_next(self.rows())

    def _show(self) -> None:
        super()._show()
        row = self.next_row(self.rows())
        lane = self.board.chosen_lane()
        if row is not None and (self._picked is None or lane is None):
            # Until somebody else is chosen, the card that is and the button are the same patient's.
            self.board.choose_card(row["_id"], keyboard=lane is not None and lane.cards.hasFocus())

    def _on_next(self, row: Row) -> None:
        """Whose step is taken is whom one goes on with: the keyboard is at their card afterwards."""
        self.board.choose_card(row["_id"])
        self._take_step(row)

    def next_row(self, rows: list[Row]) -> Row | None:
        """Who is next, of those that are shown."""
        raise NotImplementedError

    def next_words(self, row: Row) -> tuple[str, str]:
        """What the button says, and its icon."""
        raise NotImplementedError

    def _book_button(self) -> Button:
        book = super()._book_button()
        book.kind = "normal"
        return book

    def _show_times(self, rows: list[Row]) -> None:
        super()._show_times(rows)
        self._show_next(rows)

    def _show_next(self, rows: list[Row]) -> None:
        picked = self.next_row([row for row in rows if row["_id"] == self._picked])
        row = picked or self.next_row(rows)
        if row is None:
            self.next.show_row(None, None, "", "")
            return
        word, icon = self.next_words(row) if self.step_of(row) else ("", "")
        self.next.show_row(row, Entry(row["_id"], since=since(row)), word, icon)
