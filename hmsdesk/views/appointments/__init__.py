"""Appointments: the list of a day with each one's next step, and booking.

Not here: the patient's chart and prescribing, which are asked for by navigation.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hmsdesk.views.appointments.booking import BOOK, BookingPage, Wish
from hmsdesk.views.appointments.today import TodayPage
from hmsdesk.views.kit.context import Context


def make_page(context: Context, record: str) -> QWidget:
    """The day's list; or with book, book/PATIENT or book/PATIENT/DAY/DOCTOR (each may be empty) booking."""
    if record.partition("/")[0] == BOOK:
        return BookingPage(context, Wish.read(record))
    return TodayPage(context)
