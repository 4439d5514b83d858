"""The small month beside the calendar: chooses a day, with the mouse or the keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from html import escape

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from hmsdesk.models.dates import day_and_month, in_full, weekday
from hmsdesk.models.locale import Locale
from hmsdesk.views.calendar.painting import paint_hatching
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import long_day
from hmsdesk.views.kit.buttons import IconButton, paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.weeks import first_weekday
from hmsdesk.views.kit.words import Label

DAY, WEEK = timedelta(days=1), 7
CELL = QSize(23, 26)
WEEKS = 6


def week_of(day: date, locale: Locale) -> date:
    """The first day of the week a day lies in."""
    return day - ((day.weekday() - first_weekday(locale)) % WEEK) * DAY


def month_from(day: date, locale: Locale) -> date:
    """The first of the six weeks a month is shown in."""
    return week_of(day.replace(day=1), locale)


def month_words(day: date) -> str:
    """November 2026."""
    return in_full(day).partition(" ")[2]


def month_on(day: date, months: int) -> date:
    """The same day some months on; the last day of a month that is shorter."""
    number = day.year * 12 + day.month - 1 + months
    first = date(number // 12, number % 12 + 1, 1)
    following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return first + min(day.day - 1, (following - first).days - 1) * DAY


class _Days(QWidget):
    """The days of a month in their weeks."""

    chosen = Signal(object)

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.setObjectName("monthDays")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(CELL.height() * WEEKS)
        self._locale = locale
        self.day = self.today = locale.today()
        self.month = self.day
        self.closed: Mapping[date, str] = {}

    def _first(self) -> date:
        return month_from(self.month, self._locale)

    def _rect(self, number: int) -> QRect:
        line, column = divmod(number, WEEK)
        gap = max(0, self.width() - WEEK * CELL.width()) // (WEEK - 1)
        box = QRect(column * (CELL.width() + gap), line * CELL.height(), CELL.width(), CELL.height())
        return placed(self, box)

    def _at(self, point: QPoint) -> date | None:
        hit = (number for number in range(WEEK * (WEEKS - 1)) if self._rect(number + WEEK).contains(point))
        return next((self._first() + number * DAY for number in hit), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        day = self._at(event.position().toPoint())
        if day is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(day)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        on = -1 if self.isRightToLeft() else 1
        steps: dict[int, int] = {
            Qt.Key.Key_Left: -on,
            Qt.Key.Key_Right: on,
            Qt.Key.Key_Up: -WEEK,
            Qt.Key.Key_Down: WEEK,
        }
        months: dict[int, int] = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif event.key() in steps:
            self.chosen.emit(self.day + steps[event.key()] * DAY)
        elif event.key() in months:
            self.chosen.emit(month_on(self.day, months[event.key()]))
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            day = self._at(event.pos())
            words = ": ".join(part for part in (long_day(day), self.closed.get(day, "")) if part) if day else ""
            QToolTip.showText(event.globalPos(), f"<span>{escape(words)}</span>" if words else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font("small"))
        first = self._first()
        for number in range(WEEK):
            painter.setPen(theme.color("text_muted"))
            painter.drawText(self._rect(number), Qt.AlignmentFlag.AlignCenter, weekday(first + number * DAY)[:2])
        for number in range(WEEK * (WEEKS - 1)):
            self._paint_day(painter, self._rect(number + WEEK), first + number * DAY)

    def _paint_day(self, painter: QPainter, rect: QRect, day: date) -> None:
        chosen = day == self.day
        if day in self.closed and not chosen:
            paint_hatching(painter, rect.adjusted(0, 1, 0, -1), QPoint(0, 0))
        if chosen:
            paint_box(painter, rect.adjusted(0, 1, 0, -1), "accent", "")
            if self.hasFocus():
                paint_box(painter, rect.adjusted(2, 3, -2, -3), "", "on_accent", 1)
        elif day == self.today:
            paint_box(painter, rect.adjusted(0, 1, 0, -1), "", "accent", 1)
        painter.setFont(theme.font("small", bold=chosen or day == self.today))
        within = day.month == self.month.month
        painter.setPen(theme.color("on_accent" if chosen else "text" if within else "text_muted"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(day.day))


class MonthPicker(QWidget):
    """A month with the way to others."""

    chosen = Signal(object)
    """A day."""
    turned = Signal(object)
    """Another month is shown; with the first day of its six weeks."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._title = Label(bold=True)
        self._title.setObjectName("monthTitle")
        self.days = _Days(locale)
        self.days.chosen.connect(self.chosen)
        self._before, self._after = self._turner(-1), self._turner(1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._title, 1)
        row.addWidget(self._before)
        row.addWidget(self._after)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        column.addLayout(row)
        column.addWidget(self.days)
        self._turn_arrows()
        self.show_day(locale.today())

    def _turner(self, months: int) -> IconButton:
        button = IconButton()
        button.setAccessibleName("Next month" if months > 0 else "Month before")
        button.setFixedSize(theme.CONTROL_COMPACT, theme.CONTROL_COMPACT)
        button.setIconSize(theme.icon_size())
        button.clicked.connect(partial(self._turn, months))
        return button

    def _turn_arrows(self) -> None:
        back, on = ("chevron-right", "chevron-left") if self.isRightToLeft() else ("chevron-left", "chevron-right")
        self._before.setIcon(theme.icon(back))
        self._after.setIcon(theme.icon(on))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._turn_arrows()

    def first(self) -> date:
        """The first day of the six weeks that are shown."""
        return month_from(self.days.month, self._locale)

    def show_day(self, day: date) -> None:
        """Mark a day, and show its month."""
        turned = (day.year, day.month) != (self.days.month.year, self.days.month.month)
        self.days.day = day
        self.days.today = self._locale.today()
        self._show_month(day)
        self.days.setAccessibleName(f"Day: {long_day(day)}")
        if turned:
            self.turned.emit(self.first())

    def show_closed(self, closed: Mapping[date, str]) -> None:
        """Hatch the days on which nobody receives."""
        self.days.closed = closed
        self.days.update()

    def _turn(self, months: int, _checked: bool = False) -> None:
        self._show_month(month_on(self.days.month.replace(day=1), months))
        self.turned.emit(self.first())

    def _show_month(self, day: date) -> None:
        self.days.month = day
        self._title.setText(month_words(day))
        self.days.update()


def span_words(first: date, last: date) -> str:
    """14 to 20 November 2026."""
    if first.year != last.year:
        return f"{in_full(first)} to {in_full(last)}"
    start = str(first.day) if first.month == last.month else day_and_month(first)
    return f"{start} to {in_full(last)}"
