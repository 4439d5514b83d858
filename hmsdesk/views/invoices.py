"""Invoices: the list of all bills, and the page of the selected one, to print or save as a copy."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.cash_paper import invoice_page
from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.paper_list import PaperListPage
from hmsdesk.views.kit.paper_view import PaperSize


def make_page(context: Context, _record: str) -> QWidget:
    """The list, the latest first."""
    return InvoicesPage(context)


class InvoicesPage(PaperListPage):
    """Enter opens a bill at the cash desk, for whoever has one, or else the patient's chart."""

    nothing = "Select an invoice to see its page."

    def __init__(self, context: Context) -> None:
        self._cashier = context.session.may("payments", CREATE)
        super().__init__(context, INVOICES, opens="Open")

    def paper_of(self, row: Row, size: str) -> bytes:
        return invoice_page(self._context.session, row["_id"], cast(PaperSize, size), copy=True)

    def open_row(self, row: Row) -> None:
        if self._cashier:
            self._context.navigate("cash_desk", f"invoice/{row['_id']}")
        else:
            self._context.navigate("patients", str(row["patient"]))
