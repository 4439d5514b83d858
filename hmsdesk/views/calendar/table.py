"""Columns and their heads, made of what the server told. Knows no Qt but the look of a head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hmsdesk.models.dates import day_and_month, short_weekday
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.views.calendar.axis import Axis, axis_for
from hmsdesk.views.calendar.looking import NO_LONGER_HERE
from hmsdesk.views.calendar.margins import Head
from hmsdesk.views.calendar.plan import Column, Wanted, column


@dataclass(frozen=True)
class Table:
    """What was fetched, and everything of it in its place."""

    seen: Sequence[Wanted]
    columns: Sequence[Column]
    axis: Axis
    now: datetime


def fetched(fetch: Callable[[], Sequence[Wanted]], locale: Locale, now: Callable[[], datetime], room: int) -> Table:
    """Fetch columns and set them out, off the window's thread. Raises what `fetch` raises."""
    seen = fetch()
    return set_out(seen, locale, now(), room)


def set_out(seen: Sequence[Wanted], locale: Locale, now: datetime, room: int) -> Table:
    """Everything in its place. room: the height there is to fill, px."""
    days = list(dict.fromkeys(one.day for one in seen))
    shortest = min((one.diary.minutes for one in seen if one.diary.minutes), default=0)
    reached = [(one.day, span) for one in seen for span in one.seen()]
    axis = axis_for(days, reached, shortest, locale, room=room)
    return Table(seen, [column(one, axis, now) for one in seen], axis, now)


def day_head(column: Column) -> Head:
    """A doctor, where they are, and how full their day is."""
    return _head(column, column.doctor.get("name", ""), _where(column.doctor))


def week_head(column: Column, is_today: bool) -> Head:
    """A day, and how full it is."""
    title = f"{short_weekday(column.day)} {day_and_month(column.day)}"
    return _head(column, title, "Today" if is_today else "", marked=is_today)


def _head(column: Column, title: str, subtitle: str, *, marked: bool = False) -> Head:
    if not column.limit or (not column.starts and not column.booked):
        words = f"{column.booked} booked" if column.booked else ""
        return Head(title, subtitle, words, "account-outline" if words else "", "neutral", marked)
    counted = f"{column.booked} of {column.limit}"
    if column.full:
        return Head(title, subtitle, f"{counted}, full", "cancel", "danger", marked)
    return Head(title, subtitle, counted, "check", "good", marked)


def _where(doctor: Row) -> str:
    """Family medicine, Room 3."""
    if doctor.get("active") is False:
        return NO_LONGER_HERE
    known = (doctor.get("specialty") or doctor.get("department:title"), doctor.get("room"))
    return ", ".join(str(part) for part in known if part)
