"""The head of the calendar's page: which day, week or month, and the way to others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from hmsdesk.models.row import Row
from hmsdesk.views.calendar.looking import DAY, WEEK
from hmsdesk.views.calendar.month_picker import month_on, month_words, span_words
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import long_day
from hmsdesk.views.kit.buttons import Button, FilterChip, normal
from hmsdesk.views.kit.day_step import DayStep
from hmsdesk.views.kit.direction import open_menu
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.words import Label

BY_DAY, BY_WEEK, BY_MONTH = "day", "week", "month"
VIEWS = (Segment(BY_DAY, "Day"), Segment(BY_WEEK, "Week"), Segment(BY_MONTH, "Month"))
ALL_DEPARTMENTS = "All departments"


def stepped(day: date, view: str, steps: int) -> date:
    """So many days, weeks or months on."""
    if view == BY_MONTH:
        return month_on(day, steps)
    return day + steps * (WEEK if view == BY_WEEK else 1) * DAY


class CalendarHead(QWidget):
    """Title, back, today, on; what is shown; how it is shown; of which department."""

    stepped = Signal(int)
    today_asked = Signal()
    view_chosen = Signal(str)
    department_chosen = Signal(object)
    """The name of a department, None for all."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(theme.PAGE_HEADER)
        self._departments: Sequence[str] = ()
        title = Label("Calendar", bold=True, size="title")
        title.setObjectName("calendarTitle")
        self._words = Label(bold=True)
        self._words.setObjectName("calendarDate")
        # In a narrow window it is cut off before the buttons are.
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._before, self._after = DayStep(-1, "Alt+PgUp"), DayStep(1, "Alt+PgDn")
        self._before.setObjectName("calendarBefore")
        self._after.setObjectName("calendarAfter")
        self._today = normal("Today")
        self._today.setObjectName("calendarToday")
        self._today.setToolTip("Alt+Home")
        self.views = SegmentedControl("Day, week or month", VIEWS, BY_DAY)
        self.department = FilterChip(ALL_DEPARTMENTS)
        self.department.setObjectName("filter-department")
        self._lay_out(title)
        self._before.clicked.connect(lambda _: self.stepped.emit(-1))
        self._after.clicked.connect(lambda _: self.stepped.emit(1))
        self._today.clicked.connect(lambda _: self.today_asked.emit())
        self.views.chosen.connect(self.view_chosen)
        self.department.clicked.connect(self._on_department)
        self.department.cleared.connect(lambda: self.department_chosen.emit(None))

    def _lay_out(self, title: Label) -> None:
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE_8)
        self._row.addWidget(title)
        self._row.addSpacing(theme.SPACE_12)
        for widget in (self._before, self._today, self._after):
            self._row.addWidget(widget)
        self._row.addSpacing(theme.SPACE_8)
        self._row.addWidget(self._words, 1)
        self._row.addWidget(self.views)
        self._row.addWidget(self.department)

    def add_action(self, button: Button) -> None:
        """Put the page's action at the end."""
        self._row.addWidget(button)

    def show_place(self, day: date, view: str, first: date, today: date, whose: str) -> None:
        """Say what is shown. first: the first day of the week. whose: the doctor of a week."""
        week = " · ".join(part for part in (span_words(first, first + 6 * DAY), whose) if part)
        words = {BY_DAY: long_day(day), BY_WEEK: week, BY_MONTH: month_words(day)}
        self._words.setText(words[view])
        self._words.setToolTip(words[view])
        self.views.show_choice(view)
        self._today.setEnabled(day != today)
        self._before.setAccessibleName("Day before" if view == BY_DAY else f"{view.capitalize()} before")
        self._after.setAccessibleName(f"Next {view}")

    def show_departments(self, rows: Sequence[Row]) -> None:
        """Offer the departments of the doctors there are."""
        self._departments = sorted({row["department:title"] for row in rows if row.get("department:title")})
        self.department.setVisible(len(self._departments) > 1)

    def show_department(self, name: str) -> None:
        """Say whose doctors are shown; empty for all, or a choice of one's own."""
        self.department.name = "Department" if name else ALL_DEPARTMENTS
        self.department.set_value(name)

    def _on_department(self) -> None:
        menu = Menu(self)
        for name in (None, *self._departments):
            action = menu.addAction((name or ALL_DEPARTMENTS).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked((name or "") == self.department.value)
            action.triggered.connect(lambda _, name=name: self.department_chosen.emit(name))
        open_menu(menu, self.department)
