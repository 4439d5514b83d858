"""Printing and saving the papers of the cash desk. What was printed before is a copy, and says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from bson import ObjectId
from PySide6.QtWidgets import QMenu, QWidget

from hmsdesk.controllers.cash_paper import invoice_page, receipt_page
from hmsdesk.errors import UserError
from hmsdesk.models.row import Row
from hmsdesk.printing.receipt import ROLL, ReceiptSize
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.paper_out import print_paper, save_paper

NOT_MADE = UserError("This paper could not be made.", "Something in the program went wrong.")
# Sizes offered: the narrow roll of a receipt printer first.
RECEIPTS: tuple[ReceiptSize, ...] = (ROLL, "A5", "A4")
INVOICES: tuple[ReceiptSize, ...] = ("A5", "A4")
_ON = {ROLL: f"the {ROLL} roll", "A5": "A5", "A4": "A4"}
Make = Callable[[Row, ReceiptSize, bool], bytes]


class Papers:
    """Makes papers for one page of the program."""

    def __init__(self, owner: QWidget, context: Context) -> None:
        self._owner = owner
        self._context = context
        # What was made at this cash desk just now, and has not been printed: its first paper is no copy.
        self._fresh: set[ObjectId] = set()

    def add(self, record: ObjectId) -> None:
        """A bill or a payment that was just made."""
        self._fresh.add(record)

    def menu(self, receipt: Row | None, bill: Row | None) -> QMenu:
        """The ways to print or save a payment's receipt, and a bill, as far as they are wanted."""
        menu = Menu(self._owner)
        if receipt is not None:
            self._offer(menu, "Receipt", receipt, self._receipt, RECEIPTS)
        if bill is not None:
            menu.addSeparator()
            self._offer(menu, "Invoice", bill, self._invoice, INVOICES)
        return menu

    def _offer(self, menu: QMenu, kind: str, row: Row, make: Make, sizes: Sequence[ReceiptSize]) -> None:
        for size in sizes:
            entry = menu.addAction(theme.icon("printer-outline"), f"{kind} on {_ON[size]}")
            entry.setObjectName(f"print-{kind}-{size}")
            entry.triggered.connect(partial(self._print, make, row, size))
        # The first size is the usual one: what would come out of the printer is what is kept.
        for size in dict.fromkeys((sizes[0], "A5")):
            entry = menu.addAction(theme.icon("content-save-outline"), f"{kind} as PDF, {size}…")
            entry.setObjectName(f"save-{kind}-{size}")
            entry.triggered.connect(partial(self._save, make, row, size))

    def _receipt(self, row: Row, size: ReceiptSize, copy: bool) -> bytes:
        return receipt_page(self._context.session, row["_id"], size, copy=copy)

    def _invoice(self, row: Row, size: ReceiptSize, copy: bool) -> bytes:
        return invoice_page(self._context.session, row["_id"], "A4" if size == "A4" else "A5", copy=copy)

    def _print(self, make: Make, row: Row, size: ReceiptSize, _: bool = False) -> None:
        show = partial(self._send, row, size)
        tasks.run(self._owner, partial(make, row, size, row["_id"] not in self._fresh), show, self._on_failed)

    def _send(self, row: Row, size: ReceiptSize, pdf: bytes) -> None:
        failed, printed = self._context.toasts.show_problem, partial(self._fresh.discard, row["_id"])
        keep = partial(self._keep, row, pdf)
        print_paper(self._owner, pdf, size, str(row["number"]), failed, printed, keep=lambda _: keep())

    def _save(self, make: Make, row: Row, size: ReceiptSize, _: bool = False) -> None:
        show = partial(self._keep, row)
        tasks.run(self._owner, partial(make, row, size, row["_id"] not in self._fresh), show, self._on_failed)

    def _keep(self, row: Row, pdf: bytes) -> None:
        save_paper(self._owner, self._context.toasts, pdf, str(row["number"]))
        self._fresh.discard(row["_id"])

    def _on_failed(self, problem: Exception) -> None:
        self._context.toasts.show_problem(in_words(problem, NOT_MADE))
