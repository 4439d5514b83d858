"""A page that lists bookings, and so is where one wants to see what has just been booked."""

from __future__ import annotations

from hmsdesk.models.row import Row
from hmsdesk.views.kit.page import Page


class ShowsBookings(Page):
    """Booking looks for these pages of its window once it is done."""

    def show_booked(self, row: Row) -> None:
        """Go to a new booking, now or once the server's answer has it."""
        raise NotImplementedError
