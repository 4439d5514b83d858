"""What suppliers brought: the list, and the form in which a whole delivery is received."""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import records_page


def make_page(context: Context, record: str) -> QWidget:
    """The list, or the form of a new one."""
    return records_page(context, "deliveries", DELIVERIES, record)
