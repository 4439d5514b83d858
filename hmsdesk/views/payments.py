"""Payments: the ledger of what was taken and given back."""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page


def make_page(context: Context, _record: str) -> QWidget:
    """The list, the latest first."""
    page = list_page(context, "payments", PAYMENTS, opens="")
    page.filters.set_order("at", descending=True)
    page.filters.changed.emit()
    return page
