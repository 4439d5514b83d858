"""Bookings at a time that is closed by now, as a thing to do."""

from hmsdesk.controllers.stranded import Stranded
from hmsdesk.views.home.todo import Errand
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.stranded import day_of, open_day, words_of


def stranded_errand(context: Context, one: Stranded) -> Errand:
    """One line for each day: its calendar is where they are moved or cancelled."""
    icon = "calendar-alert"
    return Errand(f"stranded-{one.day}", icon, "danger", day_of(one), words_of(one), "Open day", open_day(context, one))
