"""The dispensary's desk: scan a prescription, see whether it is genuine, and hand out what is owed."""

from PySide6.QtWidgets import QWidget

from hmsdesk.views.dispensary.page import DispensaryPage
from hmsdesk.views.kit.context import Context


def make_page(context: Context, record: str) -> QWidget:
    """The desk, or with a prescription's id the desk with this one opened."""
    return DispensaryPage(context, record)
