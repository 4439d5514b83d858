"""Invoices: the list of all bills."""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page


def make_page(context: Context, _record: str) -> QWidget:
    """The list, the latest first."""
    page = list_page(context, "invoices", INVOICES, opens="")
    page.filters.set_order("issued_at", descending=True)
    page.filters.changed.emit()
    return page
