"""The page of the cash desk: who has something to pay, the bill that is open, and the drawer."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from bson import ObjectId
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmsdesk.controllers.cash_desk import (
    Account,
    PaidToday,
    ToPay,
    open_invoice,
    open_patient,
    open_waiting,
    paid_today,
    to_pay,
    unlisted,
)
from hmsdesk.controllers.closings import CLOSINGS, Drawer
from hmsdesk.errors import UserError
from hmsdesk.models.money import amount_of, worded
from hmsdesk.models.row import Row
from hmsdesk.models.times import time_or_day
from hmsdesk.views.cash_desk.asked import ask_services
from hmsdesk.views.cash_desk.bill import BillPanel
from hmsdesk.views.cash_desk.counting import CloseDay, ask_correction, ask_float
from hmsdesk.views.cash_desk.drawer import DrawerPanel
from hmsdesk.views.cash_desk.to_pay import PayList
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.words import Label

BILL = "invoice"
FOLLOWED = ("charges", "invoices", "payments", "closings", "patients")
NOT_OPENED = UserError("This could not be opened.", "Something in the program went wrong.")


@dataclass(frozen=True)
class Desk:
    """What the desk shows around the bill that is open. unlisted: how many bills are owed that the list has not."""

    to_pay: list[ToPay]
    paid: list[PaidToday]
    unlisted: int
    drawer: Drawer = field(default_factory=lambda: Drawer(1))


class CashDeskPage(Page):
    """Choosing somebody opens what they have to pay; what is done elsewhere comes by itself."""

    def __init__(self, context: Context, record: str = "") -> None:
        super().__init__()
        self.setObjectName("cashDesk")
        self._context = context
        self._record = record
        self._locale = context.session.locale
        self._fetching = tasks.Latest(self)
        self._opening = tasks.Latest(self)
        # The patient, and their bill, unless it is what waits of them.
        self._open: tuple[ObjectId, ObjectId | None] | None = None
        self._drawer = Drawer(1)
        self._opened = Label(muted=True)
        self._opened.setObjectName("drawerOpened")
        self.pay_list = PayList(self._locale)
        self.bill = BillPanel(context)
        self.drawer = DrawerPanel(self._locale)
        self.new_invoice = normal("New invoice", "plus", "Ctrl+N")
        self.new_invoice.setObjectName("newInvoice")
        self._lay_out()
        self._connect()
        self._fetch()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_12)
        title = Label("Cash desk", bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        head.addWidget(title)
        head.addWidget(self._opened)
        head.addStretch()
        head.addWidget(self.new_invoice)
        side = QVBoxLayout()
        side.addWidget(self.drawer)
        side.addStretch()
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self.pay_list)
        row.addWidget(self.bill, 1)
        row.addLayout(side)
        self._column.addLayout(head)
        self._column.addLayout(row, 1)

    def _connect(self) -> None:
        self.pay_list.chosen.connect(self._on_chosen)
        self.bill.changed.connect(self._on_changed)
        # The next one is looked for among all again.
        self.bill.taken.connect(self.pay_list.search.clear_search)
        self.drawer.open_asked.connect(self._on_open_drawer)
        self.drawer.close_asked.connect(self._on_close_day)
        self.drawer.correct_asked.connect(self._on_correct_opening)
        self.drawer.report_asked.connect(lambda: self._context.navigate("closings", ""))
        self.new_invoice.clicked.connect(lambda _: self._on_new_invoice())
        self._context.live.follow(self, FOLLOWED, self._on_news)

    # Around the bill

    def _fetch(self) -> None:
        session = self._context.session

        def work() -> Desk:
            return Desk(to_pay(session), paid_today(session), unlisted(session), CLOSINGS.drawer(session))

        # A lost server is said in the frame; what was fetched before stays.
        self._fetching.ask(work, self._show_desk, lambda problem: self.pay_list.say(str(in_words(problem, NOT_OPENED))))

    def _show_desk(self, desk: Desk) -> None:
        self._drawer = desk.drawer
        self.pay_list.show_lines(desk.to_pay, desk.paid, desk.unlisted)
        # A name that is typed before the list is there looks for its line then.
        self.begin_at(self.pay_list.list)
        if self.hasFocus():
            self.pay_list.list.setFocus()
        self.drawer.show_drawer(desk.drawer)
        opened = desk.drawer.opened
        self._opened.set_tone("muted" if opened else "warning")
        if opened is None:
            how = "not open yet" if desk.drawer.number == 1 else "closed"
            self._opened.setText(f"Your drawer is {how}: open it with the cash that is in it")
        else:
            when = time_or_day(opened["at"], self._locale, self._locale.today())
            self._opened.setText(f"Drawer opened {when} with {worded(desk.drawer.opened_with, self._locale.currency)}")
        if self.bill.account is not None:
            self.bill.show_account(self.bill.account, self._mine())

    def _mine(self) -> set[ObjectId]:
        return {one["_id"] for one in self._drawer.payments}

    def _on_news(self) -> None:
        self._fetch()
        self._look()

    # The bill

    def _open_place(self, record: str) -> None:
        kind, _, bill = record.partition("/")
        if kind == BILL and ObjectId.is_valid(bill):
            self._open_bill(ObjectId(bill))
        elif ObjectId.is_valid(record):
            self._open_patient(ObjectId(record))

    def showEvent(self, event: QShowEvent) -> None:
        """Who is gone to is shown, whoever was chosen from the list meanwhile; and all who have to pay."""
        super().showEvent(event)
        if not event.spontaneous():
            self.pay_list.search.clear_search()
            self._open_place(self._record)

    def _on_chosen(self, line: ToPay | PaidToday) -> None:
        self._open = (line.patient, line.invoice["_id"] if line.invoice else None)
        self._look(begin=True)

    def _open_patient(self, patient: ObjectId) -> None:
        session = self._context.session

        def show(account: Account) -> None:
            if account.invoice is not None:
                # Nothing waits: what was agreed on it is billed, or isn't wanted any more.
                self.bill.kept.drop(patient)
            self._on_opened(account)

        self._opening.ask(lambda: open_patient(session, patient), show, self._on_failed)

    def _open_bill(self, bill: ObjectId) -> None:
        session = self._context.session
        self._opening.ask(lambda: open_invoice(session, bill), self._on_opened, self._on_failed)

    def _on_opened(self, account: Account) -> None:
        if account.invoice is not None:
            self.bill.kept.drop_billed(account.invoice)
        self._open = (account.patient["_id"], account.invoice["_id"] if account.invoice else None)
        self._show(account)
        self.bill.begin()

    def _look(self, *, begin: bool = False) -> None:
        """Show what is open as it stands now."""
        if self._open is None:
            return
        session, (patient, bill), before = self._context.session, self._open, self.bill.account
        seen = [one["_id"] for one in before.charges] if before and before.patient["_id"] == patient else []

        def work() -> Account:
            return open_invoice(session, bill) if bill is not None else open_waiting(session, patient, seen)

        def show(account: Account) -> None:
            if bill is not None and account.invoice is not None:
                self.bill.kept.drop_billed(account.invoice)
            if bill is None and account.invoice is not None:
                self._open = (patient, account.invoice["_id"])
            self._show(account)
            if bill is None and account.invoice is not None:
                self.bill.say_approved(account.invoice)
            if begin:
                self.bill.begin()

        self._opening.ask(work, show, self._on_failed)

    def _show(self, account: Account) -> None:
        self.bill.show_account(account, self._mine())
        self.pay_list.mark(account.patient["_id"], account.invoice["_id"] if account.invoice else None)

    def _on_failed(self, problem: Exception) -> None:
        self._context.toasts.show_problem(in_words(problem, NOT_OPENED))

    def _on_changed(self, patient: ObjectId, bill: ObjectId | None) -> None:
        self._open = (patient, bill)
        self._fetch()
        self._look(begin=True)

    def _on_new_invoice(self) -> None:
        ask_services(self, self._context, None, lambda patient: self._on_changed(patient, None))

    # The drawer

    def _on_open_drawer(self) -> None:
        session = self._context.session
        work = partial(CLOSINGS.usual_float, session)
        tasks.run(self, work, self._ask_float, self._on_failed)

    def _ask_float(self, usual: Decimal) -> None:
        ask_float(self, self._context, usual, self._drawer, self._on_drawer)

    def _on_drawer(self, row: Row) -> None:
        self._context.toasts.show("The drawer is open")
        self._go_on()
        self._fetch()

    def _on_correct_opening(self) -> None:
        ask_correction(self, self._context, self._drawer, self._on_corrected)

    def _on_corrected(self, row: Row) -> None:
        counts = worded(amount_of(row["opened_with"]), self._locale.currency)
        self._context.toasts.show(f"The drawer was opened with {counts}", str(row["reason"]))
        self._fetch()

    def _on_close_day(self) -> None:
        CloseDay(self, self._context, self._drawer, self._on_closed)

    def _on_closed(self, row: Row) -> None:
        report = ("Report", lambda: self._context.navigate("closings", ""))
        self._context.toasts.show(
            "The day is closed", "What is taken from now on belongs to the next one.", action=report
        )
        self.pay_list.list.setFocus()
        self._fetch()

    def _go_on(self) -> None:
        """Back to the bill that was open, or to the list: the button that was pressed is gone."""
        if self.bill.account is not None:
            self.bill.begin()
        else:
            self.pay_list.list.setFocus()
