"""The calendar: doctors' days side by side, a doctor's week, a month; and giving a booking another time.

Not here: booking itself, and the patient's chart, which are asked for by navigation.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hmsdesk.views.calendar.page import CalendarPage
from hmsdesk.views.kit.context import Context


def make_page(context: Context, record: str) -> QWidget:
    """The calendar, on the day that `record` names (2026-11-17), otherwise today; with an appointment's id behind the
    day, at that booking, its card open.
    """
    return CalendarPage(context, record)
