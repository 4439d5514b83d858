"""Bookings at a time that is closed by now, told to whoever closed it and to whoever looks after the bookings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from hmsdesk.controllers.stranded import Stranded, stranded
from hmsdesk.models.dates import day_and_month, short_weekday
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context


def day_of(one: Stranded) -> str:
    """Sat 21 Nov."""
    return f"{short_weekday(one.day)} {day_and_month(one.day)}"


def words_of(one: Stranded) -> str:
    """12 are booked with 4 doctors, but it is closed: Power cut."""
    number = len(one.rows)
    booked = f"{number} {'is' if number == 1 else 'are'} booked with {_with(one.doctors)}"
    if one.left:
        return f"{booked}, who no longer {'works' if len(one.doctors) == 1 else 'work'} here"
    return f"{booked}, but it is closed: {one.closed}" if one.closed else f"{booked} outside the hours of that day"


def open_day(context: Context, one: Stranded) -> Callable[[], None]:
    """Goes to the day's calendar, where they are moved or cancelled."""
    return partial(context.navigate, "calendar", one.day.isoformat())


def tell_stranded(context: Context, concerns: Callable[[Stranded, Row], bool], booked: str = "for then") -> None:
    """Say to who has just closed some time how many are booked in it.

    concerns: whether a booking of a day is one of those that what was done has to do with. booked: for when, or with
    whom.
    """
    if context.session.may("appointments", READ):
        # Without an answer nothing is said here: the home tells of it too.
        ask = partial(stranded, context.session)
        tasks.run(context.toasts, ask, partial(_tell, context, concerns, booked), lambda _: None)


def _tell(context: Context, concerns: Callable[[Stranded, Row], bool], booked: str, found: Sequence[Stranded]) -> None:
    days = [one for one in found if any(concerns(one, row) for row in one.rows)]
    number = sum(concerns(one, row) for one in days for row in one.rows)
    if number:
        title = f"{number} {'is' if number == 1 else 'are'} booked {booked}"
        when = day_of(days[0]) if len(days) == 1 else f"from {day_of(days[0])} to {day_of(days[-1])}"
        words = f"They still stand in the calendar, {when}. Reception finds them under To do."
        context.toasts.show(title, words, tone="warning", action=("Open day", open_day(context, days[0])))


def _with(doctors: Sequence[str]) -> str:
    return doctors[0] if len(doctors) == 1 else f"{len(doctors)} doctors"
