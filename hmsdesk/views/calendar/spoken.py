"""The calendar for whoever doesn't see it: what is where the keyboard is, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from hmsdesk.models.locale import Locale
from hmsdesk.models.times import clock
from hmsdesk.views.calendar.carry import Carried
from hmsdesk.views.calendar.cursor import Spot
from hmsdesk.views.calendar.painting import described
from hmsdesk.views.calendar.plan import Box, Column


def of_spot(column: Column, spot: Spot, locale: Locale) -> str:
    """Dr Sara El-Masry, 11:20, George Samir Naguib, Approved, 20 min."""
    if isinstance(spot, Box):
        return described(spot.row, locale)
    return f"{column.doctor.get('name', '')}, {clock(spot.start, locale)}, {spot.words}"


def of_carried(columns: Sequence[Column], carried: Carried, locale: Locale) -> str:
    """Moving to Dr Karim Nabil, 09:40, Free."""
    column = next((one for one in columns if one.key == carried.column), None)
    doctor = column.doctor.get("name", "") if column else ""
    return f"Moving to {doctor}, {clock(carried.start, locale)}, {carried.word}"
