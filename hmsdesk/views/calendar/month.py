"""A month: how full each day is. A day leads to its own page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from hmsdesk.models.dates import day_and_month, short_weekday
from hmsdesk.models.locale import Locale
from hmsdesk.views.calendar.looking import MONTH, WEEK, MonthDay
from hmsdesk.views.calendar.month_picker import month_on
from hmsdesk.views.calendar.painting import paint_hatching
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import long_day
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.words import paint_line

HEADER = 32
PAD = 8
BAR = 6
LINE = 18
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


def day_words(day: MonthDay) -> str:
    """12 of 40 booked; why it is closed; or both."""
    booked = f"{day.booked} of {day.limit} booked" if day.limit else f"{day.booked} booked" if day.booked else ""
    return ", ".join(part for part in (day.closed, booked) if part) or "Nobody is booked"


class MonthGrid(QWidget):
    """Six weeks of days. The arrows go from day to day, Enter opens one."""

    chosen = Signal(object)
    """A day that is to be opened."""
    gone_to = Signal(object)
    """A day of another month, which is to be shown."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.setObjectName("calendarMonth")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Month")
        self._locale = locale
        self._pointed: date | None = None
        self.days: Sequence[MonthDay] = ()
        self.day = locale.today()

    def show_days(self, days: Sequence[MonthDay], day: date) -> None:
        """Show six weeks; day: the one that is chosen, whose month it is."""
        self.days, self.day = days, day
        self._tell()
        self.update()

    def _tell(self) -> None:
        found = next((one for one in self.days if one.day == self.day), None)
        words = f"{long_day(self.day)}: {day_words(found)}" if found else ""
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def _rect(self, number: int) -> QRect:
        line, column = divmod(number, WEEK)
        lines = MONTH // WEEK
        left, right = (self.width() * edge // WEEK for edge in (column, column + 1))
        room = self.height() - HEADER
        top, bottom = (HEADER + room * edge // lines for edge in (line, line + 1))
        return placed(self, QRect(left, top, right - left, bottom - top))

    def _at(self, point: QPoint) -> date | None:
        hit = (one.day for number, one in enumerate(self.days) if self._rect(number).contains(point))
        return next(hit, None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        day = self._at(event.position().toPoint())
        if day is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(day)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointed = self._at(event.position().toPoint())
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointed = None
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        on = -1 if self.isRightToLeft() else 1
        steps: dict[int, int] = {
            Qt.Key.Key_Left: -on,
            Qt.Key.Key_Right: on,
            Qt.Key.Key_Up: -WEEK,
            Qt.Key.Key_Down: WEEK,
        }
        months: dict[int, int] = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        plain = not event.modifiers() & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier)
        if plain and event.key() in ENTER:
            self.chosen.emit(self.day)
        elif plain and event.key() in steps:
            self._go(self.day + timedelta(days=steps[event.key()]))
        elif plain and event.key() in months:
            self._go(month_on(self.day, months[event.key()]))
        else:
            event.ignore()

    def _go(self, day: date) -> None:
        self.day = day
        self.gone_to.emit(day)
        self._tell()
        self.update()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface_raised"))
        for number, one in enumerate(self.days[:WEEK]):
            head = self._rect(number)
            head = QRect(head.x() + PAD, 0, head.width() - 2 * PAD, HEADER)
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text_muted"))
            paint_line(painter, head, short_weekday(one.day), self.layoutDirection())
        for number, one in enumerate(self.days):
            self._paint_day(painter, self._rect(number), one)

    def _paint_day(self, painter: QPainter, rect: QRect, one: MonthDay) -> None:
        within = one.day.month == self.day.month
        if one.closed:
            paint_hatching(painter, rect, QPoint(0, 0))
        elif one.day == self._pointed:
            painter.fillRect(rect, theme.color("hover"))
        painter.fillRect(rect.x(), rect.y(), rect.width(), 1, theme.color("line"))
        edge = rect.right() if not self.isRightToLeft() else rect.x()
        painter.fillRect(edge, rect.y(), 1, rect.height(), theme.color("line"))
        self._paint_number(painter, rect, one.day, within)
        room = rect.adjusted(PAD, 0, -PAD, 0)
        if one.closed:
            self._paint_reason(painter, QRect(room.x(), rect.y() + 36, room.width(), LINE), one.closed)
        if one.booked or not one.closed:
            self._paint_fullness(painter, room, one, within)
        if one.day == self.day:
            paint_box(painter, rect.adjusted(1, 1, -1, -1), "", "accent", 2 if self.hasFocus() else 1)

    def _paint_number(self, painter: QPainter, rect: QRect, day: date, within: bool) -> None:
        today = day == self._locale.today()
        words = day_and_month(day) if day.day == 1 else str(day.day)
        painter.setFont(theme.font(bold=today))
        box = QRect(rect.x() + PAD, rect.y() + 8, rect.width() - 2 * PAD, 22)
        if today:
            width = painter.fontMetrics().horizontalAdvance(words) + 12
            box = QRect(box.right() + 1 - width if self.isRightToLeft() else box.x(), box.y(), width, box.height())
            paint_box(painter, box, "accent", "")
            painter.setPen(theme.color("on_accent"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
            return
        painter.setPen(theme.color("text" if within else "text_muted"))
        paint_line(painter, box, words, self.layoutDirection())

    def _paint_reason(self, painter: QPainter, rect: QRect, reason: str) -> None:
        painter.setFont(theme.font("small"))
        width = min(rect.width(), painter.fontMetrics().horizontalAdvance(reason) + 8)
        left = rect.right() + 1 - width if self.isRightToLeft() else rect.x()
        painter.fillRect(left - 4, rect.y(), width, rect.height(), theme.color("surface"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, QRect(left, rect.y(), width - 4, rect.height()), reason, self.layoutDirection())

    def _paint_fullness(self, painter: QPainter, room: QRect, one: MonthDay, within: bool) -> None:
        """How many of how many, and a bar of it; a full day says so in the colour of what is refused."""
        full = 0 < one.limit <= one.booked
        words = f"{one.booked} of {one.limit}{', full' if full else ''}" if one.limit else str(one.booked)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("danger" if full else "text" if within and one.booked else "text_muted"))
        line = QRect(room.x(), room.bottom() - PAD - BAR - 4 - LINE, room.width(), LINE)
        paint_line(painter, line, words, self.layoutDirection())
        if not one.limit:
            return
        bar = QRect(room.x(), room.bottom() - PAD - BAR, room.width(), BAR)
        painter.fillRect(bar, theme.color("neutral_soft"))
        filled = min(bar.width(), round(bar.width() * one.booked / one.limit))
        left = bar.right() + 1 - filled if self.isRightToLeft() else bar.x()
        painter.fillRect(left, bar.y(), filled, BAR, theme.color("danger" if full else "accent"))
