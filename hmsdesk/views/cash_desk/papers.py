"""Printing and saving the papers of the cash desk. What was printed before is a copy, and says so."""

from __future__ import annotations

from collections.abc import Callable
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
from hmsdesk.views.kit.paper_out import print_paper, save_paper

NOT_MADE = UserError("This paper could not be made.", "Something in the program went wrong.")
# Sizes offered: the narrow roll of a receipt printer first.
RECEIPTS: tuple[ReceiptSize, ...] = (ROLL, "A5", "A4")
INVOICES: tuple[ReceiptSize, ...] = ("A5", "A4")


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

    def menu(self, payment: Row | None, bill: Row) -> QMenu:
        """The ways to print or save a receipt; or, without a payment, the bill."""
        menu = QMenu(self._owner)
        row = payment or bill
        make = self._receipt if payment else self._invoice
        for size in RECEIPTS if payment else INVOICES:
            words = f"Print on the {size} roll" if size == ROLL else f"Print on {size}"
            entry = menu.addAction(theme.icon("printer-outline"), words)
            entry.setObjectName(f"print-{size}")
            entry.triggered.connect(partial(self._print, make, row, size))
        save = menu.addAction(theme.icon("content-save-outline"), "Save as PDF…")
        save.setObjectName("savePaper")
        save.triggered.connect(partial(self._save, make, row))
        return menu

    def _receipt(self, row: Row, size: ReceiptSize, copy: bool) -> bytes:
        return receipt_page(self._context.session, row["_id"], size, copy=copy)

    def _invoice(self, row: Row, size: ReceiptSize, copy: bool) -> bytes:
        return invoice_page(self._context.session, row["_id"], "A4" if size == "A4" else "A5", copy=copy)

    def _print(
        self, make: Callable[[Row, ReceiptSize, bool], bytes], row: Row, size: ReceiptSize, _: bool = False
    ) -> None:
        show = partial(self._send, row, size)
        tasks.run(self._owner, partial(make, row, size, row["_id"] not in self._fresh), show, self._on_failed)

    def _send(self, row: Row, size: ReceiptSize, pdf: bytes) -> None:
        failed, printed = self._context.toasts.show_problem, partial(self._fresh.discard, row["_id"])
        print_paper(self._owner, pdf, size, str(row["number"]), failed, printed)

    def _save(self, make: Callable[[Row, ReceiptSize, bool], bytes], row: Row, _: bool = False) -> None:
        show = partial(self._keep, row)
        tasks.run(self._owner, partial(make, row, "A5", row["_id"] not in self._fresh), show, self._on_failed)

    def _keep(self, row: Row, pdf: bytes) -> None:
        save_paper(self._owner, self._context.toasts, pdf, str(row["number"]))
        self._fresh.discard(row["_id"])

    def _on_failed(self, problem: Exception) -> None:
        self._context.toasts.show_problem(in_words(problem, NOT_MADE))
