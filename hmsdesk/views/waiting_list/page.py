"""Who waits for a time, with the free times that suit; booking one is one press, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.diaries import Offer
from hmsdesk.controllers.listing import Count
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.row import Row
from hmsdesk.models.waiting_list import OFFERED, TAKEN_OFF, WAITING
from hmsdesk.security.permissions import CREATE, UPDATE
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_area import ListArea
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.records import NEW
from hmsdesk.views.kit.waiting_words import fit_words
from hmsdesk.views.kit.words import Label
from hmsdesk.views.waiting_list.beside import Beside
from hmsdesk.views.waiting_list.listed import FITS, WaitingDelegate, WaitingModel

MODULE, EDIT = "waiting_list", "edit"
ADD_KEY = "Ctrl+N"
# What is booked, moved or given back elsewhere, and what opens or closes, changes what fits.
FOLLOWED = {"waiting_list", "appointments", "schedules", "clinic_days"}
MINUTE_MS = 60_000
_DONE = {
    OFFERED: "{} was offered a time",
    WAITING: "{} waits on",
    TAKEN_OFF: "{} is off the waiting list",
}


class WaitingListPage(Page):
    """The list and the pane beside it. What others book or give back shows by itself."""

    def __init__(self, context: Context, entry: ObjectId | None) -> None:
        super().__init__()
        self._context = context
        self._session = session = context.session
        self._wanted = entry
        self._sending: set[ObjectId] = set()
        self.pages = WaitingModel(self._fetch, session.locale, session.now, self)
        self.area = ListArea(self.pages)
        self.table = self.area.table
        self.table.setItemDelegate(WaitingDelegate(self.table))
        self.area.set_question("priority and time waited", narrowed=False)
        self.beside = Beside(
            session.locale,
            may_book=session.may(APPOINTMENTS.resource, CREATE),
            may_change=session.may(WAITING_LIST.resource, UPDATE),
        )
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._lay_out()
        self._connect()
        self.begin_at(self.table)
        self.pages.ask()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        title = Label("Waiting list", bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        head.addWidget(title, 1)
        if self._session.may(WAITING_LIST.resource, CREATE):
            add = primary("Put on the list", "plus", ADD_KEY)
            add.setObjectName("waitingAdd")
            add.clicked.connect(lambda _: self._on_add())
            head.addWidget(add)
            self.area.offer_first(("Put on the list", self._on_add))
            self.area.state_shown.connect(add.setHidden)
        self.beside.show_entry(None, self._session.now())
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        row.addWidget(self.area, 1)
        row.addWidget(self.beside)
        self._column.addLayout(head)
        self._column.addLayout(row, 1)

    def _connect(self) -> None:
        self.pages.state_changed.connect(self._on_rows)
        self.pages.landed.connect(self._go_to_wanted)
        self.table.selected.connect(self._show)
        self.table.opened.connect(self._on_open_chart)
        self.beside.book_asked.connect(lambda offer: self._with_current(lambda entry: self._book(entry, offer)))
        self.beside.step_asked.connect(lambda status: self._with_current(lambda entry: self._step(entry, status)))
        self.beside.chart_asked.connect(lambda: self._with_current(self._on_open_chart))
        self.beside.edit_asked.connect(lambda: self._with_current(self._on_edit))
        self._context.live.follow(self, FOLLOWED, self.pages.refresh)
        # A time that was free is over by and by.
        self._minute.timeout.connect(self.pages.refresh)
        self._minute.start()

    def _fetch(self) -> list[Row]:
        entries = WAITING_LIST.open_entries(self._session)
        fits = WAITING_LIST.fits(self._session, entries)
        return [entry | {FITS: fits[entry["_id"]]} for entry in entries]

    def _on_rows(self) -> None:
        number = Count(len(self.pages.rows), capped=False)
        self.area.set_counts(number, number)
        self._show(self.table.current_row())

    def _show(self, entry: Row | None) -> None:
        self.beside.show_entry(entry, self._session.now())
        self.beside.setEnabled(entry is None or entry["_id"] not in self._sending)

    def go_to(self, entry: ObjectId) -> None:
        """Select an entry, now or once it is here."""
        self._wanted = entry
        self._go_to_wanted()

    def _go_to_wanted(self) -> None:
        line = self.pages.line_of(self._wanted) if self._wanted and not self.pages.loading else -1
        if line >= 0:
            self._wanted = None
            self.pages.landed.emit(line)

    def _with_current(self, action: Callable[[Row], None]) -> None:
        entry = self.table.current_row()
        if entry is not None and entry["_id"] not in self._sending:
            action(entry)

    def _on_add(self) -> None:
        self._context.navigate(MODULE, NEW)

    def _on_edit(self, entry: Row) -> None:
        self._context.navigate(MODULE, f"{entry['_id']}/{EDIT}")

    def _on_open_chart(self, entry: Row) -> None:
        self._context.navigate("patients", str(entry["patient"]))

    # What is done with an entry

    def _book(self, entry: Row, offer: Offer) -> None:
        operation = uuid4().hex
        book = partial(WAITING_LIST.book, self._session, entry, offer.start, offer.practitioner, operation)
        self._send(entry, book, partial(self._on_booked, entry, offer))

    def _on_booked(self, entry: Row, offer: Offer, appointment: Row) -> None:
        undo = partial(WAITING_LIST.take_back, self._session, appointment, uuid4().hex)
        back = partial(self._send, entry, undo, lambda _: self._tell(WAITING, entry))
        words = fit_words(offer, self._session.locale)
        self._context.toasts.show(f"Booked: {entry['patient:title']}", words, "good", action=("Undo", back))

    def _step(self, entry: Row, status: str) -> None:
        step = partial(WAITING_LIST.set_status, self._session, entry, status, uuid4().hex)
        self._send(entry, step, lambda now: self._tell(status, entry, partial(self._step, now, entry["status"])))

    def _tell(self, status: str, entry: Row, undo: Callable[[], None] | None = None) -> None:
        words = _DONE[status].format(entry["patient:title"])
        self._context.toasts.show(words, action=("Undo", undo) if undo else None)

    def _send(self, entry: Row, work: Callable[[], Row], done: Callable[[Row], object]) -> None:
        """One thing at a time with each entry; sent again it is the same operation."""
        self._sending.add(entry["_id"])
        self._show(self.table.current_row())

        def on_done(row: Row) -> None:
            self._sending.discard(entry["_id"])
            done(row)
            self.pages.refresh()

        def on_failed(problem: Exception) -> None:
            self._sending.discard(entry["_id"])
            if isinstance(problem, UserError):
                again = partial(self._send, entry, work, done)
                self._context.toasts.show_problem(problem, again if isinstance(problem, Unreachable) else None)
            self.pages.refresh()

        tasks.run(self, work, on_done, on_failed)
