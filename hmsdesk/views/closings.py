"""Day closings: what each cashier's drawer was opened with, and what was counted in it."""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.closings import CLOSINGS
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page


def make_page(context: Context, _record: str) -> QWidget:
    """The list, the latest first."""
    page = list_page(context, "closings", CLOSINGS, opens="")
    page.filters.set_order("at", descending=True)
    page.filters.changed.emit()
    return page
