"""The stock ledger; of one medicine it is the stock card."""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.stock.ledger import LEDGER
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page


def make_page(context: Context, _record: str) -> QWidget:
    """The ledger, the newest first."""
    page = list_page(context, "stock_ledger", LEDGER)
    # It is narrowed by its medicine; there are no words in it to look for.
    page.filters.search.hide()
    page.begin_at(page.table)
    page.filters.set_order("created_at", descending=True)
    page.filters.changed.emit()
    return page
