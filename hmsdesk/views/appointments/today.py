"""The day at the desk and in the consulting room: who comes, who waits, and each one's next step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from bson import ObjectId
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.listing import Count
from hmsdesk.controllers.staff import doctors
from hmsdesk.models.appointments import OVER
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.appointments.beside import Beside
from hmsdesk.views.appointments.day_bar import DayBar
from hmsdesk.views.appointments.day_list import DayArea, DayModel
from hmsdesk.views.appointments.wish import BOOK, MOVE
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.appointment_words import summary
from hmsdesk.views.kit.booked import ShowsBookings
from hmsdesk.views.kit.buttons import FilterChip, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.day_switch import TABLE, DaySwitch
from hmsdesk.views.kit.direction import open_menu
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.stepping import Stepping
from hmsdesk.views.kit.walk_in_button import walk_in_button
from hmsdesk.views.kit.words import Label

MODULE = "appointments"
BOOK_KEY = "Ctrl+B"
ALL_DOCTORS = "All doctors"
MINUTE_MS = 60_000


class TodayPage(ShowsBookings):
    """The appointments of a day, all or one doctor's. What others book and change shows by itself."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._doctors: list[Row] = []
        self._doctor: Row | None = None
        self._booked: ObjectId | None = None
        self._has_begun = False
        self._today = self._session.locale.today()
        self.bar = DayBar(self._session.locale)
        self.pages = DayModel(partial(APPOINTMENTS.day, self._session), self._session.locale, self)
        self.area = DayArea(self.pages, self._session.now)
        self.table = self.area.table
        may_move = partial(APPOINTMENTS.may_move, self._session)
        self.stepping = Stepping(context, self)
        steps = self.stepping
        self.beside = Beside(
            self._session.locale,
            self._session.may("prescriptions", CREATE),
            may_move,
            measures=steps.measures,
            writes=steps.writes,
        )
        self.doctor_chip = FilterChip(ALL_DOCTORS)
        self._summary = Label(muted=True)
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._lay_out()
        self._connect()
        self._add_keys()
        self.begin_at(self.table)
        self._fetch_doctors()

    def _lay_out(self) -> None:
        self._column.addWidget(self.bar)
        self._column.addLayout(self._filters())
        self._column.addSpacing(theme.SPACE_8)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        row.addWidget(self.area, 1)
        row.addWidget(self.beside)
        self._column.addLayout(row, 1)
        self.beside.show_row(None, [], self._session.now())
        if self._session.may(APPOINTMENTS.resource, CREATE):
            self._offer_booking()

    def _filters(self) -> QHBoxLayout:
        self.doctor_chip.setObjectName("filter-doctor")
        self._summary.setObjectName("daySummary")
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self.doctor_chip)
        row.addWidget(self._summary)
        row.addStretch()
        row.addWidget(DaySwitch(self._context, TABLE))
        return row

    def _offer_booking(self) -> None:
        """A page has one primary action: while the list is empty that is the list's own. The key stays."""
        self.bar.add_action(walk_in_button(self._context, self))
        book = primary("Book appointment", "plus", BOOK_KEY)
        book.setObjectName("book")
        book.clicked.connect(lambda _: self._on_book())
        self.bar.add_action(book)
        self.area.offer_first(("Book appointment", self._on_book))
        key = on_key(self, BOOK_KEY, "Book appointment", self._on_book, enabled=False)
        self.area.state_shown.connect(key.setEnabled)
        self.area.state_shown.connect(book.setHidden)

    def _connect(self) -> None:
        self.bar.day_chosen.connect(self._ask)
        self.doctor_chip.clicked.connect(self._on_doctor_chip)
        self.doctor_chip.cleared.connect(lambda: self._show_doctor(None))
        self.pages.state_changed.connect(self._on_rows)
        self.pages.shifted.connect(self._on_rows)
        # After the table, which goes to the first row.
        self.pages.landed.connect(self._go_to_booked)
        self.pages.shifted.connect(self._go_to_booked)
        self.table.selected.connect(self._on_selected)
        self.table.opened.connect(self._on_open_chart)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self.beside.step_asked.connect(lambda status: self._with_current(lambda row: self.stepping.take(row, status)))
        # The button that asked for it is about to go.
        self.stepping.cancelling.connect(self.table.setFocus)
        self.stepping.done.connect(self.refresh)
        self.beside.move_asked.connect(lambda: self._with_current(self._on_move))
        self.beside.place_asked.connect(lambda: self._with_current(self._on_place))
        self.beside.measure_asked.connect(lambda: self._with_current(self.stepping.measure))
        self.beside.chart_asked.connect(lambda: self._with_current(self._on_open_chart))
        self.beside.prescribe_asked.connect(lambda: self._with_current(self._on_prescribe))
        self._minute.timeout.connect(self._on_minute)
        self._minute.start()
        self._context.live.follow(self, {APPOINTMENTS.resource}, self.refresh)

    def _add_keys(self) -> None:
        on_key(self, "Alt+PgUp", "The day before", partial(self.bar.move_by, -1), repeats=True)
        on_key(self, "Alt+PgDown", "The day after", partial(self.bar.move_by, 1), repeats=True)
        on_key(self, "Alt+Home", "Today", self.bar.to_today)

    def refresh(self) -> None:
        """Something was changed: fetch the day again."""
        if self._doctors:
            self.pages.refresh()
        else:
            self._fetch_doctors()

    # Which day, whose

    def _fetch_doctors(self) -> None:
        # Without them the list is everybody's, which is as good.
        tasks.run(self, partial(doctors, self._session), self._on_doctors, lambda _: self._ask())

    def _on_doctors(self, rows: list[Row]) -> None:
        self._doctors = rows
        own, is_only = self._session.identity.member, len(rows) == 1
        # Where there is one doctor the list is theirs, and nobody has to choose.
        self.doctor_chip.setVisible(not is_only)
        self._show_doctor(next((row for row in rows if row["_id"] == own and not is_only), None))

    def _show_doctor(self, doctor: Row | None) -> None:
        self._doctor = doctor
        self.doctor_chip.name = "Doctor" if doctor else ALL_DOCTORS
        self.doctor_chip.set_value(doctor["name"] if doctor else "")
        self._ask()

    def _on_doctor_chip(self) -> None:
        menu = Menu(self)
        for doctor in (None, *self._doctors):
            action = menu.addAction((doctor["name"] if doctor else ALL_DOCTORS).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(doctor is self._doctor)
            action.triggered.connect(lambda _, doctor=doctor: self._show_doctor(doctor))
        open_menu(menu, self.doctor_chip)

    def _ask(self, _: date | None = None) -> None:
        doctor = self._doctor or {}
        self.area.ask(self.bar.day, doctor.get("_id"), doctor.get("name", ""))

    def _on_rows(self) -> None:
        rows = self.pages.rows
        self._summary.setText(summary(rows))
        number = Count(sum(not row.get("ghost") for row in rows), capped=False)
        self.area.set_counts(number, number)

    def show_booked(self, row: Row) -> None:
        self._booked = row["_id"]
        self.bar.choose(self._session.locale.local(row["start"]).date())
        if self._doctor and self._doctor["_id"] != row["practitioner"]:
            self._show_doctor(None)
        if self.isVisible():
            self.table.setFocus()
        self._go_to_booked()

    def _go_to_booked(self) -> None:
        if self.pages.loading:
            return
        line = self.pages.line_of(self._booked) if self._booked else self._first_to_do()
        if line >= 0:
            self._booked = None
            self.pages.landed.emit(line)

    def _first_to_do(self) -> int:
        """One begins at the first booking of today that isn't over; -1 where one has begun already."""
        if self._has_begun or self.bar.day != self._today or not self.pages.rows:
            return -1
        self._has_begun = True
        return next((n for n, row in enumerate(self.pages.rows) if row["status"] not in OVER), -1)

    def _on_minute(self) -> None:
        """Waiting times and the line that is now move on; at midnight so does the day."""
        today = self._session.locale.today()
        if today != self._today:
            self._today, was_today = today, self.bar.day == self._today
            self.bar.set_today(today, follow=was_today)
        self._on_selected(self.table.current_row())
        self.table.viewport().update()

    # The selected appointment

    def _on_selected(self, row: Row | None) -> None:
        self.beside.show_row(row, self.stepping.offered(row), self._session.now())

    def _with_current(self, action: Callable[[Row], None]) -> None:
        row = self.table.current_row()
        if row is not None:
            action(row)

    def _on_open_chart(self, row: Row) -> None:
        self._context.navigate("patients", str(row["patient"]))

    def _on_prescribe(self, row: Row) -> None:
        self._context.navigate("prescribe", str(row["patient"]))

    def _on_move(self, row: Row) -> None:
        self._context.navigate(MODULE, f"{MOVE}/{row['_id']}")

    def _on_place(self, ghost: Row) -> None:
        """Go to where a ghost's booking is now."""
        self.show_booked({"_id": ghost["appointment"], "start": ghost["now_at"], "practitioner": ghost["now_with"]})

    def _on_book(self) -> None:
        doctor = self._doctor["_id"] if self._doctor else ""
        self._context.navigate(MODULE, f"{BOOK}//{self.bar.day.isoformat()}/{doctor}")

    def _on_menu(self, at: QPoint) -> None:
        row = self.table.current_row()
        if row is None:
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.stepping.add_to(menu, row)
        menu.addAction("Open chart").triggered.connect(lambda _: self._on_open_chart(row))
        menu.popup(self.table.viewport().mapToGlobal(at))
