"""The cash desk: who has something to pay, the bill in front of the cashier, and the drawer.

A place in it is a patient's id, or `invoice/` and a bill's.
"""

from PySide6.QtWidgets import QWidget

from hmsdesk.views.cash_desk.page import CashDeskPage
from hmsdesk.views.kit.context import Context


def make_page(context: Context, record: str) -> QWidget:
    """The cash desk, with a patient or a bill opened where one is named."""
    return CashDeskPage(context, record)
