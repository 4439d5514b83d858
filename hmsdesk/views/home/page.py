"""What the homes of those who work with patients have in common: the board, today's bookings, what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from bson import ObjectId
from PySide6.QtCore import QDeadlineTimer, QPoint, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hmsdesk.controllers.flow import FOLLOWED, Flow, is_here, look, since, waits
from hmsdesk.models.appointments import (
    APPROVED,
    CHECKED_IN,
    IN_CONSULTATION,
    PENDING,
    WITH_NURSE,
)
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, READ
from hmsdesk.views.home.board import Board
from hmsdesk.views.home.bookings import Bookings, doctor_of
from hmsdesk.views.home.entries import Entry, Patience, has_keyboard
from hmsdesk.views.home.errands import Errands
from hmsdesk.views.home.filters import Filters
from hmsdesk.views.home.lanes import DONE, TO_PAY, VITALS, WAITING, WITH_DOCTOR, Lane, cards
from hmsdesk.views.home.refusals import why_not
from hmsdesk.views.home.todo import ToDo
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.appointment_words import long_day, patient_of
from hmsdesk.views.kit.buttons import Button, normal, primary, quiet
from hmsdesk.views.kit.chips import in_minutes
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.stepping import Stepping
from hmsdesk.views.kit.turns import paint_next_turn
from hmsdesk.views.kit.walk_in_button import walk_in_button
from hmsdesk.views.kit.words import Label, sentence

REPAINT_MS = 15_000
# Asked for again so soon, the next step of the same patient isn't meant.
IN_A_ROW_MS = 1_500
BOOK_KEY = "Ctrl+B"


@dataclass(frozen=True)
class Step:
    """What a card offers. status: what the appointment becomes; place: where one goes; each only if given."""

    word: str
    status: str = ""
    place: tuple[str, str] = ("", "")
    icon: str = ""


class FlowHome(Page):
    """One question for all of it; news of others ask it again, and minutes are only painted."""

    LANES: ClassVar[Sequence[Lane]] = (WAITING, VITALS, WITH_DOCTOR, TO_PAY, DONE)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("home")
        self._context = context
        self._session = context.session
        self._asking = tasks.Latest(self)
        self._stepped: ObjectId | None = None
        self._in_a_row = QDeadlineTimer()
        self.flow: Flow | None = None
        self.patience = Patience(self._session.now)
        self.stepping = Stepping(context, self)
        self.filters = Filters(context)
        self.board = Board(self._lanes(), self.patience, self._may_put)
        self.bookings = Bookings(self.patience, self._to_calendar())
        self.todo = ToDo()
        self.errands = Errands(context, self, self.stepping)
        self.state = StateView()
        self._stack = QStackedWidget()
        self._clock = QTimer(self, interval=REPAINT_MS)
        self._lay_out()
        self._connect()
        self.state.show_loading()
        self.refresh()

    def _lanes(self) -> Sequence[Lane]:
        """Who may not know what is owed has no lane for it."""
        return [lane for lane in self.LANES if lane is not TO_PAY or self._session.may("payments", READ)]

    def _takes_payments(self) -> bool:
        return self._session.may("payments", CREATE)

    # What it looks like

    def _lay_out(self) -> None:
        self._column.addLayout(self._head())
        middle = QVBoxLayout()
        middle.setSpacing(theme.SPACE_12)
        middle.addWidget(self.filters)
        for panel in self._panels():
            middle.addWidget(panel)
        self._stack.addWidget(self.state)
        self._stack.addWidget(self.board)
        middle.addWidget(self._stack, 1)
        if self._has_errands():
            middle.addWidget(self.todo)
            self._context.toasts.keep_clear(self.todo)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        row.addLayout(middle, 1)
        row.addWidget(self.bookings)
        self._column.addLayout(row, 1)

    def _to_calendar(self) -> Button:
        calendar = quiet("Calendar").set_compact()
        calendar.setObjectName("homeCalendar")
        calendar.trailing_icon = theme.forward_icon()
        calendar.clicked.connect(lambda _: self._context.navigate("calendar", ""))
        return calendar

    def _has_errands(self) -> bool:
        """Whether it is this person's to look after the bookings."""
        return self._session.may("appointments", CREATE)

    def _panels(self) -> list[QWidget]:
        """What stands over the board."""
        return []

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        title = Label("Today", bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        self._date = Label(muted=True)
        self._date.setObjectName("homeDate")
        row.addWidget(title)
        row.addSpacing(theme.SPACE_4)
        row.addWidget(self._date)
        row.addStretch()
        for button in self._actions():
            row.addWidget(button)
        return row

    def _actions(self) -> list[Button]:
        """What the page's head offers, the most important last."""
        found = [walk_in_button(self._context, self)] if self._session.may("appointments", CREATE) else []
        if self._session.may("patients", CREATE):
            register = normal("Register patient", "account-plus-outline", "Ctrl+N")
            register.setObjectName("homeRegister")
            register.clicked.connect(lambda _: self._context.navigate("patients", "new"))
            found.append(register)
        if self._session.may("appointments", CREATE):
            found.append(self._book_button())
        return found

    def _book_button(self) -> Button:
        book = primary("Book appointment", "plus", BOOK_KEY)
        book.setObjectName("homeBook")
        book.clicked.connect(lambda _: self._context.navigate("appointments", f"book//{self._today()}/"))
        return book

    def _today(self) -> str:
        return self._session.locale.today().isoformat()

    def _connect(self) -> None:
        self.filters.changed.connect(self._show)
        for part in (self.board, self.bookings.list):
            part.stepped.connect(self._on_stepped)
            part.went_on.connect(partial(self._in_a_row.setRemainingTime, 0))
            part.opened.connect(self._on_opened)
            part.menu_asked.connect(self._on_menu)
        self.board.put.connect(self._on_put)
        self.board.accept_from(self.bookings.list)
        self.stepping.done.connect(self.refresh)
        self.errands.changed.connect(self._show)
        self._clock.timeout.connect(self._on_minute)
        self._clock.start()
        self._context.live.follow(self, set(FOLLOWED), self.refresh)

    # Asking and showing

    def refresh(self) -> None:
        """Ask how the day stands."""
        self._asking.ask(partial(look, self._session), self._on_flow, self._on_failed)

    def _on_failed(self, problem: Exception) -> None:
        # What was known before stays; the frame says that the server is silent, and asks again once it answers.
        if self.flow is None:
            self.state.show_problem(problem, self.refresh, "The day could not be loaded")

    def _on_flow(self, flow: Flow) -> None:
        first = self.flow is None
        if first:
            paint_next_turn(self)
        self.flow = flow
        self.patience.long, self.patience.too_long = flow.long, flow.too_long
        self._date.setText(long_day(flow.day))
        self.filters.offer(flow)
        self._stack.setCurrentWidget(self.board)
        self._show()
        if first and has_keyboard(self):
            self.board.take_keyboard()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard goes to the chosen card, and begins at the first as soon as there is one."""
        if self.flow is not None:
            self.board.take_keyboard()

    def rows(self) -> list[Row]:
        """The appointments that the filters let through."""
        return [row for row in self.flow.rows if self.filters.holds(row)] if self.flow else []

    def _show(self) -> None:
        if self.flow is None:
            return
        rows, locale = self.rows(), self._session.locale
        shown = {
            view.lane.key: cards(view.lane, self.flow, rows, locale, self.step_word, self.whose)
            for view in self.board.lanes
        }
        self.board.show_cards(shown)
        self._show_times(rows)

    def _show_times(self, rows: list[Row]) -> None:
        """What depends on what time it is."""
        assert self.flow is not None
        self.bookings.show_rows(rows, self._session.now(), self._session.locale, self.step_word, self.whose)
        self.filters.say(self._summary(rows))
        if self._has_errands():
            self.todo.show_errands(self.errands.of(self.flow, rows))

    def _summary(self, rows: list[Row]) -> str:
        """13 in the clinic · 2 to pay · longest wait 47 min."""
        assert self.flow is not None
        here, owing = sum(map(is_here, rows)), sum(bool(self.flow.to_pay(row)) for row in rows)
        counted = [f"{number} {what}" for number, what in ((here, "in the clinic"), (owing, "to pay")) if number]
        waited = [self._minutes(row) for row in rows if waits(row)]
        return " · ".join([*counted, *([f"longest wait {in_minutes(max(waited))}"] if waited else [])])

    def _minutes(self, row: Row) -> int:
        return max(0, int((self._session.now() - since(row)).total_seconds() // 60))

    def _on_minute(self) -> None:
        if self.flow is None:
            return
        if self.flow.day != self._session.locale.local(self._session.now()).date():
            self.refresh()
            return
        self.board.show_minutes()
        self._show_times(self.rows())

    # Steps

    def step_of(self, row: Row) -> Step | None:
        """What usually follows for this appointment, in the hands of who is signed in; None where nothing does.

        Ending a consultation isn't: pressed once more than meant, Enter would send away whom nobody has seen yet.
        """
        if self.flow is not None and self.flow.to_pay(row):
            return Step("Pay", place=("cash_desk", str(row["patient"]))) if self._takes_payments() else None
        status = {
            PENDING: APPROVED,
            APPROVED: CHECKED_IN,
            CHECKED_IN: IN_CONSULTATION if "vitals_at" in row else WITH_NURSE,
            WITH_NURSE: IN_CONSULTATION,
        }.get(row["status"], "")
        return Step(WORDS[status], status) if status in self.stepping.steps(row) else None

    def other_steps(self, row: Row) -> list[Step]:
        """What else can be done about an appointment here."""
        return []

    def whose(self, row: Row) -> str:
        """With which doctor an appointment is; "" for the only doctor there is, who knows."""
        doctors = [one["_id"] for one in self.flow.doctors] if self.flow else []
        return "" if doctors == [self._session.identity.member] else doctor_of(row)

    def step_word(self, row: Row) -> str:
        """The word of the next step; "" where there is none."""
        step = self.step_of(row)
        return step.word if step else ""

    def _on_stepped(self, entry: Entry) -> None:
        """The keyboard follows a card: Enter pressed a few times in a row would take one step after the other."""
        row = self._now(entry)
        if row["_id"] != self._stepped or self._in_a_row.hasExpired():
            self._take_step(row)
        self._stepped = row["_id"]
        self._in_a_row.setRemainingTime(IN_A_ROW_MS)

    def _take_step(self, row: Row) -> None:
        step = self.step_of(row)
        if step is None:
            return
        if step.status:
            self.stepping.take(row, step.status)
        if step.place[0]:
            self._context.navigate(*step.place)

    def _now(self, entry: Entry) -> Row:
        """The appointment as it is known now."""
        rows = self.flow.rows if self.flow else []
        return next((row for row in rows if row["_id"] == entry.key), entry.row)

    def _on_opened(self, entry: Entry) -> None:
        self._context.navigate("patients", str(entry.row["patient"]))

    def _on_menu(self, entry: Entry, at: QPoint) -> None:
        menu = Menu(self)
        row = self._now(entry)
        step = self.step_of(row)
        if step is not None and step.place[0]:
            menu.addAction(step.word).triggered.connect(lambda _: self._take_step(row))
        for other in self.other_steps(row):
            action = menu.addAction(theme.icon(other.icon), other.word)
            action.triggered.connect(lambda _, place=other.place: self._context.navigate(*place))
        self.stepping.add_to(menu, row)
        menu.addAction(theme.icon("folder-account-outline"), "Open chart\tCtrl+O").triggered.connect(
            lambda _: self._on_opened(entry)
        )
        menu.popup(at)

    # Carrying

    def _may_put(self, entry: Entry, lane: Lane) -> bool:
        row = self._now(entry)
        return self.flow is not None and (lane.holds(row, self.flow) or not self._why_not(row, lane))

    def _why_not(self, row: Row, lane: Lane) -> str:
        assert self.flow is not None
        return why_not(row, lane, self.stepping.steps(row))

    def _on_put(self, entry: Entry, lane: Lane) -> None:
        row = self._now(entry)
        if self.flow is None or lane.holds(row, self.flow):
            return
        hindrance = self._why_not(row, lane)
        if hindrance:
            title = f"{patient_of(row)} stays where they are"
            self._context.toasts.show(sentence(title), hindrance, tone="warning")
        else:
            self.stepping.take(row, lane.status)


# Short: they stand at the end of a card.
WORDS = {
    APPROVED: "Approve",
    CHECKED_IN: "Check in",
    WITH_NURSE: "Vitals",
    IN_CONSULTATION: "Doctor",
    "": "",
}
