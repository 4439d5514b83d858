"""The table of a day: who comes when, to whom, and how far they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from bson import ObjectId
from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from hmsdesk.controllers.listing import Page, Query
from hmsdesk.models.appointments import Appointment
from hmsdesk.models.fields import CodeField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import age_and_sex
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.models.times import MomentField, clock
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import facts_of, long_day, moved_to, status_of, why_overridden
from hmsdesk.views.kit.cells import CellDelegate
from hmsdesk.views.kit.list_area import ListArea
from hmsdesk.views.kit.page_model import Index, PageModel
from hmsdesk.views.kit.parts import paint_chip
from hmsdesk.views.kit.table import Table
from hmsdesk.views.kit.values import ABSENT, Column

FetchDay = Callable[[date, ObjectId | None], list[Row]]
DAY, DOCTOR = "day", "practitioner"
NOW_LINE = 2
NAME_AT_LEAST = 150


class _Clock(Column):
    def text(self, row: Row) -> str:
        return clock(row["start"], self.locale)


class _About(Column):
    def text(self, row: Row) -> str:
        return age_and_sex(facts_of(row), self.locale) or ABSENT


class _Note(Column):
    """Where a booking is now that was here; why it was booked in spite of a rule; or what was noted."""

    def text(self, row: Row) -> str:
        if row.get("ghost"):
            return moved_to(row, self.locale)
        return " · ".join(filter(None, (why_overridden(row), row.get("reason")))) or ABSENT


class _Plain(Column):
    def text(self, row: Row) -> str:
        return str(row.get(self.name) or ABSENT)


class _Status(Column):
    def text(self, row: Row) -> str:
        return status_of(row).word


def _columns(locale: Locale) -> list[Column]:
    """In the order they matter: in a narrow window those at the end give way."""
    return [
        _Clock("start", MomentField(verbose_name="Time", width=64), locale),
        Column("patient", Appointment.patient, locale, "patient:name_ar", "Name in Arabic"),
        _Status("status", TextField(verbose_name="Status", width=136), locale),
        _Plain("practitioner:title", TextField(verbose_name="Doctor", width=136), locale),
        _Plain("patient:identifier", CodeField(verbose_name="ID", width=112), locale),
        _About("about", TextField(verbose_name="Age, sex", width=124), locale),
        _Note("reason", TextField(verbose_name="Note", width=260), locale),
    ]


class DayModel(PageModel):
    """The appointments of one day. A day is fetched whole."""

    def __init__(self, fetch: FetchDay, locale: Locale, parent: QObject) -> None:
        def page(query: Query) -> Page:
            rows = fetch(query.filters[DAY], query.filters.get(DOCTOR))
            return Page(rows[::-1] if query.descending else rows, more=False)

        super().__init__(Appointment, page, locale, parent)
        self.columns = _columns(locale)

    def jump(self, prefix: str) -> None:
        """Go to the first patient one of whose names begins with what was typed."""
        sought = fold(prefix)
        for row in self.rows:
            name = fold(str(row.get("patient:title", "")))
            if any(part.startswith(sought) for part in (name, *name.split())):
                self.landed.emit(self.line_of(row["_id"]))
                return

    def _query_in_view(self) -> Query:
        return self.query


class DayDelegate(CellDelegate):
    """Paints the status as a chip, strikes out who doesn't come, and draws the line that is now."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        super().__init__(table)
        self._now = now

    def _paint_value(self, painter: QPainter, room: QRect, column: Column, row: Row, mirrored: bool) -> None:
        status = status_of(row)
        if column.name == "status":
            direction = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
            paint_chip(painter, room, status.word, status.icon, status.tone, direction, dashed=status.dashed)
            return
        super()._paint_value(painter, room, column, row, mirrored)
        if column.name == "start" and row.get("override"):
            # In spite of which rule stands beside the list.
            left = room.x() if mirrored else room.right() + 1 - theme.ICON_CHIP
            mark = QRect(left, room.y(), theme.ICON_CHIP, room.height())
            theme.paint_icon(painter, mark, "alert-outline", "warning")
        if column.name == "patient" and status.struck:
            first, _ = self._names(column, row, mirrored)
            width = min(first.width, room.width())
            left = room.right() + 1 - width if mirrored else room.x()
            painter.fillRect(left, room.center().y() + 1, width, 1, theme.color("text"))

    def _is_next(self, index: Index) -> bool:
        """Whether now lies between the row before and this one."""
        row, before = (self._table.pages.row_at(line) for line in (index.row(), index.row() - 1))
        if not row or not before:
            return False
        now = self._now()
        return bool((row["start"] <= now) != (before["start"] <= now))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if self._is_next(index):
            painter.fillRect(option.rect.x(), option.rect.y(), option.rect.width(), NOW_LINE, theme.color("danger"))


class DayArea(ListArea):
    """The panel of a day's list. Says what to do first where nobody is booked."""

    def __init__(self, pages: DayModel, now: Callable[[], datetime]) -> None:
        super().__init__(pages)
        self._words = ""
        # To whom somebody comes is told before the last parts of a long name.
        self.table.name_at_least = NAME_AT_LEAST
        self.table.setItemDelegate(DayDelegate(self.table, now))
        self.table.header.set_order("start", descending=False)
        self.table.header.sort_asked.connect(self._on_sort_asked)
        self.set_question("Time", narrowed=False)

    def ask(self, day: date, doctor: ObjectId | None, doctor_name: str) -> None:
        """Show another day, or another doctor's."""
        self._words = f"{doctor_name or 'The clinic'} has no bookings on {long_day(day)}."
        self.pages.ask(filters={DAY: day, DOCTOR: doctor}, descending=self.table.header.descending)

    def _on_sort_asked(self, order: str) -> None:
        turned = not self.table.header.descending
        self.table.header.set_order(order, turned)
        self.pages.ask(filters=self.pages.query.filters, descending=turned)

    def _show_empty(self) -> None:
        text = f"{self._words} Who is booked on any workstation appears here at once."
        self.state.show_empty("calendar-blank-outline", "Nobody is booked", text, self._first)
        self._show_state()
