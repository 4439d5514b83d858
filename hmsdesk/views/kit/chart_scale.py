"""Where the lines and labels of a chart's axes stand: round numbers, and the beginnings of months, days and hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil, floor, log10

from hmsdesk.models.dates import day_and_month, worded

# What a label and the room around it take, px.
_HIGH, _WIDE = 44, 52
_STEPS = (1, 2, 5, 10)
_HOURS = (1, 3, 6, 12)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 600)


def nice_ticks(values: Sequence[float], height: float) -> list[float]:
    """Round numbers around the values, evenly apart: at least two, at most as many as have room."""
    least, most = min(values), max(values)
    if least == most:
        least, most = least - 1, most + 1
    wanted = max(2, min(6, int(height // _HIGH)))
    rough = (most - least) / (wanted - 1)
    power = 10.0 ** floor(log10(rough))
    step = next(one * power for one in _STEPS if one * power >= rough)
    first, last = floor(least / step), ceil(most / step)
    return [round(n * step, 6) for n in range(first, max(last, first + 1) + 1)]


def time_ticks(first: datetime, last: datetime, width: float) -> list[tuple[datetime, str]]:
    """Moments between the first and the last that are worth a label, each with its words, as many as have room."""
    if first == last:
        return [(first, day_and_month(first.date()))]
    most = max(2, int(width // _WIDE))
    for ticks in _choices(first, last, most):
        if len(ticks) <= most:
            return ticks or [(at, _end(at, first, last)) for at in (first, last)]
    return []


def _choices(first: datetime, last: datetime, most: int) -> Iterator[list[tuple[datetime, str]]]:
    """From close together to far apart; what would be far too many isn't counted out."""
    span = last - first
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    for hours in _HOURS:
        if span / timedelta(hours=hours) <= most:
            moments = _every(midnight, timedelta(hours=hours), first, last)
            yield [(at, f"{at:%H:%M}" if at.hour else day_and_month(at.date())) for at in moments]
    for days in _DAYS:
        if span / timedelta(days=days) <= most:
            yield [(at, day_and_month(at.date())) for at in _every(midnight, timedelta(days=days), first, last)]
    for months in _MONTHS:
        yield [(at, _month(at)) for at in _months(midnight, months, last) if first <= at]


def _every(start: datetime, step: timedelta, first: datetime, last: datetime) -> Iterator[datetime]:
    at = start
    while at <= last:
        if at >= first:
            yield at
        at += step


def _months(start: datetime, step: int, last: datetime) -> Iterator[datetime]:
    number = start.year * 12 + (start.month - 1) // step * step
    while True:
        at = start.replace(year=number // 12, month=number % 12 + 1, day=1)
        if at > last:
            return
        yield at
        number += step


def _end(at: datetime, first: datetime, last: datetime) -> str:
    """The ends, where nothing between them is round: their days, and of one day their times."""
    return f"{at:%H:%M}" if first.date() == last.date() else day_and_month(at.date())


def _month(at: datetime) -> str:
    """Feb; and Jan 2027, where a year begins."""
    words = worded(f"{at:%Y-%m}")
    return words if at.month == 1 else words.split()[0]
