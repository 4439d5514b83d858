"""Payments: the ledger of what was taken and given back, and the selected one's receipt."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.cash_paper import receipt_page
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.models.row import Row
from hmsdesk.printing.receipt import ROLL, ReceiptSize
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.paper_list import PaperListPage
from hmsdesk.views.kit.segments import Segment

SIZES = (Segment("A5", "A5"), Segment("A4", "A4"), Segment(ROLL, ROLL))


def make_page(context: Context, _record: str) -> QWidget:
    """The list, the latest first."""
    return PaymentsPage(context)


class PaymentsPage(PaperListPage):
    """Enter opens the bill at the cash desk, for whoever has one, or else the patient's chart."""

    nothing = "Select a payment to see its receipt."

    def __init__(self, context: Context) -> None:
        self._cashier = context.session.may("payments", CREATE)
        super().__init__(context, PAYMENTS, opens="Open", sizes=SIZES)

    def paper_of(self, row: Row, size: str) -> bytes:
        return receipt_page(self._context.session, row["_id"], cast(ReceiptSize, size), copy=True)

    def open_row(self, row: Row) -> None:
        if self._cashier:
            self._context.navigate("cash_desk", f"invoice/{row['invoice']}")
        else:
            self._context.navigate("patients", str(row["patient"]))
