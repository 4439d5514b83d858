"""The calendar's page: what is shown, and where each click and key leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from functools import partial

from bson import ObjectId
from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.staff import STAFF
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.security.permissions import CREATE, OVERRIDE, Role
from hmsdesk.views.calendar.card_work import CardWork
from hmsdesk.views.calendar.grid import DayGrid
from hmsdesk.views.calendar.head import BY_DAY, BY_MONTH, BY_WEEK, CalendarHead, stepped
from hmsdesk.views.calendar.looking import DAY, WEEK, Choice, Looking, MonthDay
from hmsdesk.views.calendar.month import MonthGrid
from hmsdesk.views.calendar.month_picker import month_from, week_of
from hmsdesk.views.calendar.moving import Moving
from hmsdesk.views.calendar.plan import Column, Start, Wanted
from hmsdesk.views.calendar.side import Side
from hmsdesk.views.calendar.table import Table, day_head, fetched, set_out, week_head
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.booked import ShowsBookings
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.desk_keys import add_desk_keys
from hmsdesk.views.kit.keys import on_key, tell_keys
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.stepping import Stepping

BOOKING, BOOK, CHART = "appointments", "book", "patients"
BOOK_KEY = "Ctrl+B"
FOLLOWED = {"appointments", "clinic_days", "patients", "schedules", "staff"}
MINUTE_MS = 60_000
# After so long what is shown no longer stands for what was asked.
PATIENCE_MS = 300
NO_DOCTORS = "No doctors yet"
BY_OTHERS = "An administrator adds them under Clinic, Staff, and their hours under Schedules."
BY_ONESELF = "Add them under Clinic, Staff, and their hours under Schedules."


class CalendarPage(ShowsBookings):
    """Day, week or month. What others book, move and change shows by itself."""

    def __init__(self, context: Context, place: str = "") -> None:
        """place: see `make_page`."""
        super().__init__()
        self._context = context
        self._session = context.session
        self._locale = context.session.locale
        self._looking = Looking(context)
        self._asked, self._asked_closed, self._set_out = tasks.Latest(self), tasks.Latest(self), tasks.Latest(self)
        self._today = self._locale.today()
        self.day, self.view = self._today, BY_DAY
        named, _, booking = place.partition("/")
        with suppress(ValueError):
            self.day = date.fromisoformat(named)
        # None until they are known.
        self._doctors: list[Row] | None = None
        self.chosen: set[ObjectId] = set()
        self._of_week: ObjectId | None = None
        self._seen: Sequence[Wanted] = ()
        # The booking to go to, and whether one came for it and wants its card.
        self._booked = ObjectId(booking) if ObjectId.is_valid(booking) else None
        self._wants_card = self._booked is not None
        self._came_for, self._came_on = self._booked, self.day
        self._fresh = True
        self.head = CalendarHead()
        self.side = Side(self._locale)
        self.grid = DayGrid(self._locale)
        self.month = MonthGrid(self._locale)
        self.state = StateView()
        self.stepping = Stepping(context, self)
        self.moving = Moving(context, self.grid, self)
        self.grid.may_move = self.moving.may_move
        self.cards = CardWork(context, self, self.grid, self.stepping, self.moving)
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._lay_out()
        self._connect()
        self._add_keys()
        self.side.picker.show_day(self.day)
        self.begin_at(self.grid)
        self._fetch_doctors()

    def _lay_out(self) -> None:
        self._shown = QStackedWidget()
        for widget in (self.state, self.grid, self.month):
            self._shown.addWidget(widget)
        panel = QFrame()
        panel.setObjectName("panel")
        within = QVBoxLayout(panel)
        within.setContentsMargins(1, 1, 1, 1)
        within.addWidget(self._shown)
        self._column.addWidget(self.head)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self.side)
        row.addWidget(panel, 1)
        self._column.addLayout(row, 1)
        if self._session.may(APPOINTMENTS.resource, CREATE):
            book = primary("Book appointment", "plus", BOOK_KEY)
            book.setObjectName("book")
            book.clicked.connect(lambda _: self._on_book())
            self.head.add_action(book)
            self.grid.may_book = True
            # In spite of the daily limit: the form asks why.
            self.grid.may_override = self._session.may(APPOINTMENTS.resource, OVERRIDE)

    def _connect(self) -> None:
        self.head.stepped.connect(self._step)
        self.head.today_asked.connect(lambda: self.show_day(self._today))
        self.head.view_chosen.connect(self._on_view)
        self.head.department_chosen.connect(self._on_department)
        self.side.picker.chosen.connect(self.show_day)
        self.side.picker.turned.connect(lambda _: self._ask_closed())
        self.side.doctors.chosen.connect(self._on_chosen)
        self.month.chosen.connect(lambda day: self.show_view(BY_DAY, day))
        self.month.gone_to.connect(self.show_day)
        self.grid.book_asked.connect(self._on_book_at)
        self.grid.head_chosen.connect(self._on_head)
        self.grid.resized.connect(self._build)
        self.moving.done.connect(self._on_moved)
        self.cards.book_asked.connect(self._on_book_at)
        self.cards.ghost_followed.connect(self._follow)
        self.stepping.cancelling.connect(self.grid.setFocus)
        self.stepping.done.connect(self.refresh)
        self._minute.timeout.connect(self._on_minute)
        self._minute.start()
        self._patience.timeout.connect(partial(self._shown.setCurrentWidget, self.state))
        self._context.live.follow(self, FOLLOWED, self.refresh)

    def _add_keys(self) -> None:
        add_desk_keys(self._context, self)
        on_key(self, "Alt+PgUp", "The day, week or month before", partial(self._step, -1), repeats=True)
        on_key(self, "Alt+PgDown", "The day, week or month after", partial(self._step, 1), repeats=True)
        on_key(self, "Alt+Home", "Today", lambda: self.show_day(self._today))
        tell_keys(
            self.grid,
            (("↑", "↓"), "From one booking or free time to the next"),
            (("←", "→"), "To the next doctor or day at the same time"),
            ("Enter", "Open the booking, or book the free time"),
            ("M", "Move the booking: arrows choose, Enter drops it, Esc puts it back"),
        )

    # Which day, how, whose

    def _step(self, steps: int) -> None:
        self.show_day(stepped(self.day, self.view, steps))

    def show_day(self, day: date) -> None:
        """Show a day, or the week or month it lies in."""
        self.show_view(self.view, day)

    def show_view(self, view: str, day: date | None = None) -> None:
        """Show a day, week or month; day: another one than now."""
        self.day, self.view = day or self.day, view
        self.cards.close()
        self.grid.leave_as_it_was()
        self._fresh = True
        self.side.picker.show_day(self.day)
        self._ask()

    def _on_view(self, view: str) -> None:
        self.show_view(view)
        self._keep_choice()

    def _fetch_doctors(self) -> None:
        self._wait()
        failed = partial(self._on_failed, self._fetch_doctors)
        self._asked.ask(self._looking.doctors_and_choice, self._on_first, failed)

    def _on_first(self, known: tuple[list[Row], Choice]) -> None:
        """Begin as it was left the last time; a doctor without a choice begins with their own column."""
        rows, choice = known
        every, own = {row["_id"] for row in rows}, self._session.identity.member
        is_doctor = own in every and self._session.identity.role is Role.DOCTOR
        self.chosen = {own} if is_doctor and not self._wants_card else every
        if choice.view in (BY_DAY, BY_WEEK, BY_MONTH) and not self._wants_card:
            self.view, self._of_week = choice.view, choice.of_week
            self.chosen = every if choice.doctors is None else every & choice.doctors
        self._on_doctors(rows)

    def _on_doctors(self, rows: list[Row]) -> None:
        before, every = {row["_id"] for row in self.known}, {row["_id"] for row in rows}
        if self._doctors is not None:
            # Who is new is shown where all were.
            self.chosen = every if self.chosen >= before else self.chosen & every
        self._doctors = rows
        self.head.show_departments(rows)
        self._ask()

    @property
    def known(self) -> list[Row]:
        """The doctors there are, as far as they are known yet."""
        return self._doctors or []

    def _shown_doctors(self) -> list[Row]:
        """Those whose columns are shown, in a week only one."""
        rows = [row for row in self.known if row["_id"] in self.chosen]
        if self.view != BY_WEEK:
            return rows
        own = [row for row in self.known if row["_id"] == self._of_week]
        return own or rows[:1] or self.known[:1]

    def _keep_choice(self) -> None:
        chosen = None if self.chosen >= {row["_id"] for row in self.known} else frozenset(self.chosen)
        keep = partial(self._looking.keep, Choice(self.view, chosen, self._of_week))
        tasks.run(self, keep, lambda _: None)

    def _on_chosen(self, chosen: set[ObjectId]) -> None:
        if self.view == BY_WEEK:
            self._of_week = next(iter(chosen), None)
        else:
            self.chosen = chosen
            self.head.show_department("")
        self._keep_choice()
        self._ask()

    def _on_department(self, name: str | None) -> None:
        self.chosen = {row["_id"] for row in self.known if name in (None, row.get("department:title"))}
        self._of_week = None
        self.head.show_department(name or "")
        self._keep_choice()
        self._ask()

    def _on_head(self, number: int) -> None:
        """The day of a week leads to the day, a doctor's name to the week."""
        column = self.grid.columns[number]
        if self.view == BY_DAY:
            self._of_week = column.doctor["_id"]
        self.show_view(BY_DAY if self.view == BY_WEEK else BY_WEEK, column.day)

    # Asking the server

    def refresh(self) -> None:
        """Something was changed: fetch again; doctors may have come or gone too."""
        self._asked.ask(self._looking.doctors, self._on_doctors, partial(self._on_failed, self.refresh))

    def _ask(self) -> None:
        rows = self._shown_doctors()
        first = week_of(self.day, self._locale)
        single = self.view == BY_WEEK
        self.head.show_place(self.day, self.view, first, self._today, rows[0]["name"] if single and rows else "")
        if self._doctors is None:
            return
        ids = {row["_id"] for row in rows}
        # Whoever is the only one has nobody to choose among.
        self.side.doctors.setVisible(len(self.known) > 1 or not rows)
        self.side.doctors.show_doctors(self.known, ids, single=single)
        self._ask_closed()
        if not rows:
            self._asked.drop()
            self._patience.stop()
            self._show_nobody()
            return
        if self._fresh:
            self._wait()
        failed = partial(self._on_failed, self._ask)
        if self.view == BY_MONTH:
            month = partial(self._looking.month, rows, month_from(self.day, self._locale))
            self._asked.ask(month, self._on_month, failed)
        else:
            days = [first + ahead * DAY for ahead in range(WEEK)] if single else [self.day]
            fetch = partial(self._looking.days, rows, days, self.known)
            room = self.grid.room_of(self._shown.height())
            self._asked.ask(partial(fetched, fetch, self._locale, self._session.now, room), self._on_days, failed)

    def _ask_closed(self) -> None:
        rows = self._shown_doctors()
        if rows:
            work = partial(self._looking.closed, rows, self.side.picker.first())
            # Without it the month shows no closed days; what is asked for besides says what is wrong.
            self._asked_closed.ask(work, self.side.picker.show_closed, lambda _: None)

    def _on_days(self, table: Table) -> None:
        self._seen = table.seen
        self._patience.stop()
        if all(one.diary.schedule is None and not one.rows for one in table.seen):
            self._show_no_hours()
            return
        self._show_table(table)  # The keyboard goes with the grid, and finds something to stand on.
        self._shown.setCurrentWidget(self.grid)
        if self._fresh:
            self._fresh = False
            self.grid.scroll_to_now()
        self._go_to_booked()

    def _build(self) -> None:
        """Set out anew what was fetched: time has passed, or there is another height to fill."""
        if self._seen and self._shown.currentWidget() is self.grid:
            room = self.grid.viewport().height()
            work = partial(set_out, self._seen, self._locale, self._session.now(), room)
            self._set_out.ask(work, self._on_set_out)

    def _on_set_out(self, table: Table) -> None:
        # What was fetched meanwhile stands there already.
        if table.seen is self._seen:
            self._show_table(table)

    def _show_table(self, table: Table) -> None:
        heads = [
            day_head(column) if self.view == BY_DAY else week_head(column, column.day == self._today)
            for column in table.columns
        ]
        self.grid.show_columns(table.columns, heads, table.axis, table.now)
        self.cards.keep_up()

    def _on_month(self, days: list[MonthDay]) -> None:
        self._patience.stop()
        self._fresh = False
        self.month.show_days(days, self.day)
        self._shown.setCurrentWidget(self.month)

    def _on_failed(self, again: Callable[[], object], problem: Exception) -> None:
        self._patience.stop()
        self.state.show_problem(problem, again)
        self._shown.setCurrentWidget(self.state)

    def _wait(self) -> None:
        """What is shown stands for what was asked before; soon bars stand in its place."""
        self.state.show_loading()
        self._patience.start()

    def _show_nobody(self) -> None:
        if self.known:
            every = ("Show all", partial(self._on_chosen, {row["_id"] for row in self.known}))
            self.state.show_empty("doctor", "Nobody is chosen", "Tick at the side whose day is to be seen.", every)
        else:
            adds = self._session.may(STAFF.resource, CREATE)
            add = ("Add a doctor", partial(self._context.navigate, STAFF.resource, "new")) if adds else None
            self.state.show_empty("doctor", NO_DOCTORS, BY_ONESELF if adds else BY_OTHERS, add)
        self._shown.setCurrentWidget(self.state)

    def _show_no_hours(self) -> None:
        enter = ("Enter hours", partial(self._context.navigate, "schedules", "new"))
        words = "Once it is entered when a doctor receives, times can be booked here."
        allowed = self._session.may("schedules", CREATE)
        self.state.show_empty("calendar-clock-outline", "No hours entered yet", words, enter if allowed else None)
        self._shown.setCurrentWidget(self.state)

    def _on_minute(self) -> None:
        """The line that is now moves on, and times pass; at midnight so does the day."""
        if not self.isVisible():
            return
        today = self._locale.today()
        if today != self._today:
            self._today, was_today = today, self.day == self._today
            self.show_day(today if was_today else self.day)
        else:
            self._build()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_minute()
        if not event.spontaneous() and self._came_for is not None and self._seen:
            # Whoever asks for the same booking once more wants its card once more.
            self._booked, self._wants_card = self._came_for, True
            self.show_view(BY_DAY, self._came_on)

    # Bookings

    def _on_book(self) -> None:
        doctor = str(next(iter(self.chosen))) if len(self.chosen) == 1 else ""
        self._context.navigate(BOOKING, f"{BOOK}//{self.day.isoformat()}/{doctor}")

    def _on_book_at(self, column: Column, start: Start) -> None:
        when = f"{column.day.isoformat()}/{column.doctor['_id']}/{clock(start.start, self._locale)}"
        self._context.navigate(BOOKING, f"{BOOK}//{when}")

    def show_booked(self, row: Row) -> None:
        self._booked = row["_id"]
        self.chosen |= {row["practitioner"]}
        self.show_view(BY_DAY, self._locale.local(row["start"]).date())

    def _on_moved(self, row: Row) -> None:
        self._booked = row["_id"]
        self.refresh()

    def _go_to_booked(self) -> None:
        if self._booked is not None and self.grid.go_to_booking(self._booked):
            self._booked = None
            here = self.grid.spot()
            if self._wants_card and here is not None:
                self._wants_card = False
                self.grid.open_spot(*here)

    def _follow(self, ghost: Row) -> None:
        """To where a booking that was moved is now."""
        self._booked = ghost["appointment"]
        self.chosen |= {ghost["now_with"]}
        self.show_view(BY_DAY, self._locale.local(ghost["now_at"]).date())
