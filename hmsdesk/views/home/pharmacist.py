"""The pharmacist's day: who waits for medicines, what is owed, what runs low and what expires."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.queue import Owed
from hmsdesk.controllers.dispensary.today import Shelf, look
from hmsdesk.models.dates import worded
from hmsdesk.models.medicines import counted
from hmsdesk.models.row import Row
from hmsdesk.views.home.entries import Entry, Patience, has_keyboard
from hmsdesk.views.home.figures import Figure, Figures
from hmsdesk.views.home.panels import EntryPanel
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.appointment_words import long_day
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.chips import STATUSES, Status, in_minutes
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dispensed import owed_status
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.putting_right import lot_menu, write_off
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.words import Label

REPAINT_MS = 15_000
FOLLOWED = {"prescriptions", "prescription_cancellations", "dispensations", "stock_lots", "medicines", "preferences"}
# As red as what has expired: it won't be used up any more.
SOON_DAYS = 30
OUT, LOW = STATUSES["out-of-stock"], STATUSES["low-stock"]
WRITE_OFF = "Write off"
EXPIRED = Status("Expired", "danger", "alert-outline")


class PharmacistHome(Page):
    """Enter opens a prescription where it is dispensed; what a scanner types is taken there too."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("home")
        self._context, self._session = context, context.session
        self._asking = tasks.Latest(self)
        self.shelf: Shelf | None = None
        self.patience = Patience(self._session.now)
        self.figures = Figures()
        self.waiting = EntryPanel("Waiting for medicines", "homeQueue", self.patience, "Nobody waits.")
        self.owed = EntryPanel("Owed", "homeOwed", self.patience, "Nothing is owed.")
        self.low = EntryPanel("Low stock", "homeLow", self.patience, "Nothing runs low.")
        self.expiring = EntryPanel("Expires soon", "homeExpiring", self.patience, "Nothing expires soon.")
        self._led_to = {
            self.waiting: "dispensary",
            self.owed: "dispensary",
            self.low: "stock_ledger",
            self.expiring: "stock_lots",
        }
        self.state = StateView()
        self._stack = QStackedWidget()
        self._date = Label(muted=True)
        self._clock = QTimer(self, interval=REPAINT_MS)
        self._lay_out()
        self._connect()
        self.begin_at(self.waiting.list)
        self.state.show_loading()
        self.refresh()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        title = Label("Today", bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        scan = primary("Scan", "line-scan")
        scan.setObjectName("homeScan")
        scan.clicked.connect(lambda _: self._context.navigate("dispensary", ""))
        head.addWidget(title)
        head.addSpacing(theme.SPACE_12)
        head.addWidget(self._date)
        head.addStretch()
        head.addWidget(scan)
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        column.addWidget(self.figures)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        for panels in ((self.waiting, self.owed), (self.low, self.expiring)):
            side = QVBoxLayout()
            side.setSpacing(theme.SPACE_12)
            for panel, stretch in zip(panels, (3, 2), strict=True):
                side.addWidget(panel, stretch)
            row.addLayout(side, 1)
        column.addLayout(row, 1)
        self._stack.addWidget(self.state)
        self._stack.addWidget(shown)
        self._column.addLayout(head)
        self._column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        for panel, module in self._led_to.items():
            for asked in (panel.list.stepped, panel.list.opened):
                asked.connect(partial(self._on_asked, module))
            panel.list.typed.connect(self._on_typed)
            panel.list.selectionModel().currentChanged.connect(partial(self._on_chosen, panel))
        self.expiring.list.menu_asked.connect(self._on_menu)
        self._clock.timeout.connect(self._on_minute)
        self._clock.start()
        self._context.live.follow(self, FOLLOWED, self.refresh)

    def _on_chosen(self, panel: EntryPanel, now: QModelIndex, _before: QModelIndex) -> None:
        """One line at most is chosen on the page."""
        for other in self._led_to if now.isValid() else ():
            if other is not panel:
                other.list.choose_none()

    def _on_asked(self, module: str, entry: Entry) -> None:
        if entry.step == WRITE_OFF:
            write_off(self._context, self, entry.row, self.refresh)
        else:
            self._context.navigate(module, str(entry.key))

    def _on_menu(self, entry: Entry, at: QPoint) -> None:
        lot_menu(self._context, self, entry.row, self.refresh).popup(at)

    def _on_typed(self, key: QKeyEvent) -> None:
        """A scanner types like a keyboard: it goes on at the dispensary's field."""
        self._context.navigate("dispensary", "")
        field = QApplication.focusWidget()
        if field is not None and not self.isAncestorOf(field):
            QApplication.sendEvent(field, key)

    # Asking and showing

    def refresh(self) -> None:
        """Ask how things stand."""
        self._asking.ask(partial(look, self._session), self._on_shelf, self._on_failed)

    def _on_failed(self, problem: Exception) -> None:
        if self.shelf is None:
            self.state.show_problem(problem, self.refresh, "The queue could not be loaded")

    def _on_shelf(self, shelf: Shelf) -> None:
        first, self.shelf = self.shelf is None, shelf
        self.patience.long, self.patience.too_long = shelf.queue.long, shelf.queue.too_long
        self._date.setText(long_day(self._session.locale.local(self._session.now()).date()))
        self.waiting.show_entries([_waiting(row) for row in shelf.queue.waiting])
        self.owed.show_entries([_owed(owed) for owed in shelf.queue.owed])
        self.low.show_entries([_low(row) for row in shelf.low])
        self.expiring.show_entries([_expiring(row) for row in shelf.expiring])
        self._show_figures()
        self._stack.setCurrentIndex(1)
        if first and has_keyboard(self):
            self.waiting.list.choose(0)
            self.waiting.list.setFocus()

    def _show_figures(self) -> None:
        if self.shelf is None:
            return
        found = self.shelf.queue
        longest = max((self.patience.minutes(entry) for entry in self.waiting.list.entries.rows), default=0)
        tone = "danger" if longest >= found.too_long else "warning" if longest >= found.long else ""
        waits = bool(found.waiting)
        self.figures.show_figures(
            [
                Figure("waiting", "Waiting now", str(len(found.waiting))),
                Figure("longest", "Longest wait", in_minutes(longest) if waits else "–", tone if waits else ""),
                Figure("owed", "Owed", str(len(found.owed))),
                Figure("dispensed", "Dispensed today", str(found.dispensed_today)),
            ]
        )

    def _on_minute(self) -> None:
        self.waiting.list.repaint_times()
        self._show_figures()


def _waiting(row: Row) -> Entry:
    lines = len(row["lines"])
    detail = f"{lines} {'line' if lines == 1 else 'lines'} · {row.get('practitioner:title') or ''}"
    return Entry(row["_id"], str(row.get("patient:title") or ""), detail, since=row["since"], step="Open", row=row)


def _owed(owed: Owed) -> Entry:
    row = owed.prescription
    detail = ", ".join(f"{number:,} {name}" for name, number in owed.left)
    return Entry(
        row["_id"], str(row.get("patient:title") or ""), detail, status=owed_status(owed), step="Open", row=row
    )


def _low(row: Row) -> Entry:
    detail = f"{counted(row['stock'], row['unit'])} left, reorder at {row['reorder_level']}"
    return Entry(row["_id"], row["name"], detail, status=LOW if row["stock"] else OUT, step="Open", row=row)


def _expiring(row: Row) -> Entry:
    days = row["days"]
    late = days <= SOON_DAYS
    words = "Today" if days == 0 else f"{days} {'day' if days == 1 else 'days'}"
    soon = Status(words, "danger" if late else "warning", "alert-outline" if late else "calendar-alert")
    detail = f"Lot {row['lot']}, {row['quantity']:,} left, {worded(row['expires'])}"
    status, step = (EXPIRED, WRITE_OFF) if days < 0 else (soon, "Open")
    return Entry(row["_id"], row["medicine:title"], detail, status=status, step=step, row=row)
