"""The bookings of today by time, with the line that is now; what is over is only counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QAbstractButton, QListView

from hmsdesk.models.appointments import (
    APPROVED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    IN_CONSULTATION,
    NO_SHOW,
    PENDING,
    WITH_NURSE,
)
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.views.home.entries import NOW, Entry, EntryList, Patience, Say
from hmsdesk.views.home.painting import LineDelegate
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import known_of, patient_of, status_of, told_apart
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.words import Label

WIDTH = 284
STANDING = (PENDING, APPROVED, CHECKED_IN, WITH_NURSE, IN_CONSULTATION)
OVER = ((COMPLETED, "completed"), (NO_SHOW, "no-show"), (CANCELLED, "cancelled"))


def doctor_of(row: Row) -> str:
    """The name of the doctor an appointment is with."""
    return str(row.get("practitioner:title") or "")


def lines(rows: Sequence[Row], now: datetime, locale: Locale, step: Say, whose: Say) -> list[Entry]:
    """Who is still to come or here, by time; between past and future the line that is now."""
    apart = told_apart(rows)
    found = [
        _line(row, locale, step(row), " · ".join(filter(None, (apart.get(row["_id"]), whose(row)))))
        for row in rows
        if row["status"] in STANDING
    ]
    if not found:
        return []
    over = sum(entry.row["start"] <= now for entry in found)
    return [*found[:over], Entry(key=NOW, lead=clock(now, locale)), *found[over:]]


def _line(row: Row, locale: Locale, step: str, detail: str) -> Entry:
    return Entry(
        key=row["_id"],
        lead=clock(row["start"], locale),
        title=patient_of(row),
        detail=detail,
        more=known_of(row, locale),
        status=status_of(row),
        step=step,
        row=row,
    )


def earlier(rows: Sequence[Row]) -> str:
    """Earlier: 6 completed, 1 no-show; "" where nothing is over yet."""
    counted = [(sum(row["status"] == status for row in rows), word) for status, word in OVER]
    parts = [f"{number} {word}" for number, word in counted if number]
    return f"Earlier: {', '.join(parts)}" if parts else ""


class Bookings(Panel):
    """A panel at the end of the page."""

    def __init__(self, patience: Patience, action: QAbstractButton | None = None) -> None:
        super().__init__("Today's bookings", "", action)
        self.setFixedWidth(WIDTH)
        self._has_begun = False
        self.list = EntryList("Today's bookings", patience, carries=True)
        self.list.setObjectName("bookings")
        self.list.setItemDelegate(LineDelegate(patience, self.list))
        self._line = Separator()
        self._foot = Label(muted=True, size="small")
        self._foot.setObjectName("bookingsEarlier")
        self._foot.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        self._foot.setFixedHeight(theme.TABLE_FOOT)
        # The panel's border stays in sight.
        self.body.setContentsMargins(1, 0, 1, 1)
        self.body.setSpacing(0)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self._line)
        self.body.addWidget(self._foot)

    def show_rows(self, rows: Sequence[Row], now: datetime, locale: Locale, step: Say, whose: Say) -> None:
        """Show a day's appointments. whose: with which doctor one is, where that has to be said."""
        found = lines(rows, now, locale, step, whose)
        booked = sum(row["status"] not in (CANCELLED, NO_SHOW) for row in rows if row["status"] in _KNOWN)
        self.set_count(str(booked))
        over = earlier(rows)
        self._foot.setText(over)
        for part in (self._line, self._foot):
            part.setVisible(bool(over))
        self.list.empty = "Nobody else is booked today." if over else "Nobody is booked today."
        self.list.show_entries(found)
        if found and not self._has_begun:
            self._has_begun = True
            self.list.scrollTo(
                self.list.entries.index(self.list.entries.line_of(NOW)), QListView.ScrollHint.PositionAtCenter
            )


_KNOWN = (*STANDING, *(status for status, _ in OVER))
