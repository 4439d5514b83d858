"""The head of the day's page: which day it is, and the way to others."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.near_days import NearDateField
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import day_word, long_day
from hmsdesk.views.kit.buttons import Button, normal
from hmsdesk.views.kit.contract import NO_LOOKUP
from hmsdesk.views.kit.day_step import DayStep
from hmsdesk.views.kit.editor import Surroundings
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.line_editors import DateEditor
from hmsdesk.views.kit.words import GivingLabel, Label, tip

FIELD = 128
DAY = timedelta(days=1)


def day_editor(locale: Locale, label: str) -> DateEditor:
    """A field for a day, as wide as a day is."""
    field = NearDateField(verbose_name=label, required=True, earliest=2000)
    editor = DateEditor("day", field, Surroundings(locale, NO_LOOKUP, editor_for))
    editor.line.setFixedWidth(FIELD)
    return editor


class DayBar(QWidget):
    """Title, day before, today, next day, and a field to type a date into."""

    day_chosen = Signal(object)

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.setFixedHeight(theme.PAGE_HEADER)
        self._today = locale.today()
        self.day = self._today
        self._title = Label(bold=True, size="title")
        self._title.setObjectName("dayTitle")
        self._date = GivingLabel(muted=True)
        self._date.setObjectName("dayDate")
        self._before, self._after = DayStep(-1, "Alt+PgUp"), DayStep(1, "Alt+PgDn")
        self._today_button = normal("Today")
        self._today_button.setToolTip("Alt+Home")
        self.field = day_editor(locale, "Day")
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE_8)
        self._row.addWidget(self._title)
        self._row.addSpacing(theme.SPACE_4)
        self._row.addWidget(self._date)
        self._row.addSpacing(theme.SPACE_16)
        for widget in (self._before, self._today_button, self._after, self.field):
            self._row.addWidget(widget)
        self._row.addStretch()

    def _connect(self) -> None:
        self._before.clicked.connect(lambda _: self.move_by(-1))
        self._after.clicked.connect(lambda _: self.move_by(1))
        self._today_button.clicked.connect(lambda _: self.to_today())
        self.field.left.connect(self._on_typed)
        self.field.line.returnPressed.connect(self._on_typed)
        self.field.edited.connect(self._on_edited)

    def add_action(self, button: Button) -> None:
        """Put the page's action at the end."""
        self._row.addWidget(button)

    def move_by(self, days: int) -> None:
        """Go some days on, or back."""
        self.choose(self.day + days * DAY)

    def to_today(self) -> None:
        """Go to the day it is."""
        self.choose(self._today)

    def choose(self, day: date) -> None:
        """Show a day."""
        changed = day != self.day
        self.day = day
        self._show()
        if changed:
            self.day_chosen.emit(day)

    def set_today(self, today: date, *, follow: bool) -> None:
        """Midnight has passed. follow: go on to the new day."""
        self._today = today
        if follow:
            self.choose(today)
        self._show()

    def _show(self) -> None:
        title = day_word(self.day, self._today)
        self._title.setText(title)
        self._date.setText(long_day(self.day).removeprefix(f"{title} "))
        self._today_button.setEnabled(self.day != self._today)
        self.field.set_raw(self.field.raw_of(self.day.isoformat()))
        self.field.set_state("plain")

    def _on_edited(self) -> None:
        """A day from the calendar is meant at once, a typed one when it is finished."""
        if not self.field.line.isModified():
            self._on_typed()

    def _on_typed(self) -> None:
        """What isn't a date stays marked, and the day stays."""
        try:
            typed = self.field.field.clean(self.field.raw(), self.field.around.locale)
        except Problem as problem:
            self.field.set_state("invalid")
            self.field.line.setToolTip(tip(str(problem)))
            return
        self.field.line.setToolTip("")
        self.choose(date.fromisoformat(typed) if typed else self.day)
