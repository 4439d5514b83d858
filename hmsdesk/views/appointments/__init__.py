"""Appointments: the list of a day with each one's next step, and booking.

Not here: the patient's chart and prescribing, which are asked for by navigation.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hmsdesk.views.appointments.booking import BookingPage
from hmsdesk.views.appointments.today import TodayPage
from hmsdesk.views.appointments.walk_in import WalkInPage
from hmsdesk.views.appointments.wish import BOOK, MOVE, Wish
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.walk_in_button import WALK_IN


def make_page(context: Context, record: str) -> QWidget:
    """The day's list; WALK_IN; or booking, or giving a booking another time: see Wish."""
    if record.partition("/")[0] in (BOOK, MOVE):
        return BookingPage(context, Wish.read(record))
    if record == WALK_IN:
        return WalkInPage(context)
    return TodayPage(context)
