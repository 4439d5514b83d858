"""Where one goes back to from booking."""

from __future__ import annotations

from hmsdesk.views.appointments.wish import Wish
from hmsdesk.views.kit.context import Context

MODULE, CHART, VISIT = "appointments", "patients", "visit"
LISTS = (MODULE, "home", "calendar")


def back_from(context: Context, wish: Wish) -> tuple[tuple[str, str], str]:
    """The place, as one navigates to it, and what it is called."""
    if wish.patient is not None:
        module, record = context.came_from()
        if (module, record) == (CHART, ""):
            return (CHART, ""), "Patients"
        if module == VISIT and record:
            return (VISIT, record), "Visit"
        return (CHART, str(wish.patient)), "Chart"
    # The list of the day one came from; the day, where the calendar was opened on one.
    module, day, word = context.place_behind()
    return ((module, day), word) if module in LISTS else ((MODULE, ""), "Bookings")
