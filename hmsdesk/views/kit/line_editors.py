"""Editors of what is typed on one line: words, codes, numbers, amounts, dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import Decimal128
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QCompleter, QFrame, QHBoxLayout, QToolButton, QVBoxLayout

from hmsdesk.models.declaration import Problem
from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import CodeField, DateField, MoneyField, WholeNumberField
from hmsdesk.models.measures import GlucoseField, MeasureField
from hmsdesk.models.money import as_typed
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.text import fold
from hmsdesk.models.times import TimeField
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.direction import below
from hmsdesk.views.kit.editor import Editor, FieldState, LineField, Surroundings
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.weeks import first_weekday
from hmsdesk.views.kit.words import Label

TIME, SHORT, MIDDLE, LONG = 92, 140, 240, 480

WIDTHS: tuple[tuple[type, int], ...] = (
    (EmailAddressField, LONG),
    (PhoneField, MIDDLE),
    (CodeField, MIDDLE),
    (DateField, MIDDLE),
    (WholeNumberField, SHORT),
    (MoneyField, SHORT),
    (MeasureField, SHORT),
    (GlucoseField, SHORT),
    (TimeField, TIME),
)


class LineEditor(Editor):
    """Anything that is typed on one line."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.line = LineField(self.label)
        self._known: dict[str, str] = {}
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(lambda _: self.edited.emit())
        self.watch(self.line)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE_8)
        self._row.addWidget(self.line, 1)
        self._fit(field)

    def _fit(self, field: Any) -> None:
        width = next((width for kind, width in WIDTHS if isinstance(field, kind)), None)
        if width is not None:
            self.line.setFixedWidth(width)
            self._row.setStretch(0, 0)
            unit = self._unit(field)
            if unit:
                self._row.addWidget(Label(unit, muted=True))
            self._row.addStretch()

    def _unit(self, field: Any) -> str:
        if isinstance(field, MoneyField):
            return self.around.locale.currency
        return (
            GlucoseField.unit_in(self.around.locale) if isinstance(field, GlucoseField) else getattr(field, "unit", "")
        )

    def complete(self, known: Sequence[str]) -> None:
        """Let what was written before be typed by its first letters, and be spelled as it was then."""
        completer = QCompleter(list(known), self.line)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.line.setCompleter(completer)
        self._known = {fold(words): words for words in known}

    def raw(self) -> str:
        typed = self.line.text()
        return self._known.get(fold(" ".join(typed.split())), typed)

    def set_raw(self, raw: Any) -> None:
        if self.line.text() != raw:
            self.line.setText(str(raw))
        self.line.setCursorPosition(0)

    def set_state(self, state: FieldState) -> None:
        self.line.set_state(state)

    def set_read_only(self) -> None:
        self.line.setReadOnly(True)


class NumberEditor(LineEditor):
    """A whole number; its unit stands behind the field."""

    def raw_of(self, value: Any) -> str:
        return "" if value is None else str(value)


class MoneyEditor(LineEditor):
    """An amount; the currency stands behind the field."""

    def raw_of(self, value: Any) -> str:
        if not value:
            return ""
        return as_typed(value["value"].to_decimal())


class MeasureEditor(LineEditor):
    """A measured number; its unit stands behind the field."""

    def raw_of(self, value: Any) -> str:
        if value is None:
            return ""
        kept = value["value"] if isinstance(value, dict) else value
        return f"{kept.to_decimal():f}" if isinstance(kept, Decimal128) else str(kept)


class DateEditor(LineEditor):
    """A date as people write it, or picked from a calendar."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.button = QToolButton()
        self.button.setAccessibleName(f"Calendar for {self.label}")
        self.button.setIcon(theme.icon("calendar-blank-outline", "text_muted"))
        self.button.setFixedSize(theme.CONTROL, theme.CONTROL)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setToolTip("Calendar (Alt+Down)")
        self.button.clicked.connect(self.open_calendar)
        self._row.insertWidget(1, self.button)
        here = Qt.ShortcutContext.WidgetShortcut
        on_key(self.line, "Alt+Down", "In a date: calendar", self.open_calendar, context=here)

    def show_default(self) -> None:
        if self.field.today:
            self.show_row({self.name: self.around.locale.today().isoformat()})
        else:
            super().show_default()

    def open_calendar(self) -> None:
        """Show a calendar below the field, at the date that was typed."""
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setObjectName("panel")
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar = self._calendar()
        column = QVBoxLayout(popup)
        column.setContentsMargins(*(theme.SPACE_8,) * 4)
        column.addWidget(calendar)
        calendar.activated.connect(lambda date: self._on_picked(popup, date))
        calendar.clicked.connect(lambda date: self._on_picked(popup, date))
        popup.adjustSize()
        popup.move(below(self.line, popup.width()))
        popup.show()
        calendar.setFocus()

    def _calendar(self) -> QCalendarWidget:
        calendar = QCalendarWidget()
        calendar.setAccessibleName(f"Calendar for {self.label}")
        _dress(calendar)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek(first_weekday(self.around.locale) + 1))
        day = self.around.locale.today()
        today = QDate(day.year, day.month, day.day)
        if self.field.past:
            calendar.setMaximumDate(today)
        calendar.setMinimumDate(QDate(self.field.earliest, 1, 1))
        typed = QDate.fromString(self._typed_date(), "yyyy-MM-dd")
        calendar.setSelectedDate(typed if typed.isValid() else today)
        return calendar

    def _typed_date(self) -> str:
        try:
            return str(self.field.clean(self.raw(), self.around.locale))
        except Problem:
            return ""

    def _on_picked(self, popup: QFrame, date: QDate) -> None:
        popup.close()
        self.set_raw(self.raw_of(date.toString("yyyy-MM-dd")))
        self.line.setFocus()
        self.edited.emit()


def _dress(calendar: QCalendarWidget) -> None:
    """Give the calendar the program's look. It is made anew each time it opens, so a change of theme is no matter."""
    calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        calendar.setWeekdayTextFormat(day, QTextCharFormat())
    tokens = theme.tokens()
    calendar.setStyleSheet(
        f"#qt_calendar_navigationbar {{ background: {tokens.surface_raised}; }}"
        f"#qt_calendar_navigationbar QToolButton {{ color: {tokens.text}; padding: 4px 8px; }}"
    )
    mirrored = calendar.isRightToLeft()
    for name, icon in (("qt_calendar_prevmonth", "chevron-left"), ("qt_calendar_nextmonth", "chevron-right")):
        button = calendar.findChild(QToolButton, name)
        if isinstance(button, QToolButton):
            other = {"chevron-left": "chevron-right", "chevron-right": "chevron-left"}[icon]
            button.setIcon(theme.icon(other if mirrored else icon, "text"))
