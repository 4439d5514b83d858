"""The five rules of booking, as far as they need no server: which spans of a day are open, and what fits into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from hmsdesk.models.clinic_days import CLOSED, OPEN
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import WEEKDAYS


class Rule(StrEnum):
    """The checks a booking passes, in this order."""

    CLINIC_OPEN = "The clinic is closed then."
    HAS_SCHEDULE = "This doctor has no schedule yet."
    IN_HOURS = "This is outside the doctor's hours."
    SLOT_FREE = "This time is taken already."
    LIMIT = "The doctor's daily limit is reached."


@dataclass(frozen=True)
class Span:
    """A stretch of time, UTC."""

    start: datetime
    end: datetime

    def holds(self, start: datetime, minutes: int) -> bool:
        """Whether an appointment lies within."""
        return self.start <= start and start + timedelta(minutes=minutes) <= self.end


def wall(day: date, time: str, locale: Locale) -> datetime | None:
    """A wall time of a day as UTC; None for one that a clock change leaves out. Of one that comes twice, the first."""
    zone = ZoneInfo(locale.timezone)
    hour, minute = (int(part) for part in time.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def closed_because(day: date, exceptions: Iterable[Mapping[str, Any]]) -> str | None:
    """Why nobody, or not this doctor, is seen that day; None where it isn't closed. An exceptional opening wins."""
    that_day = [one for one in exceptions if one["day"] == day.isoformat()]
    if any(one["kind"] == OPEN for one in that_day):
        return None
    return next((one["reason"] for one in that_day if one["kind"] == CLOSED), None)


def open_spans(
    day: date, schedule: Mapping[str, Any], exceptions: Iterable[Mapping[str, Any]], purpose: str, locale: Locale
) -> list[Span]:
    """When a doctor receives for a purpose on a day, in order. exceptions: the clinic days that concern this doctor."""
    exceptions = list(exceptions)
    if closed_because(day, exceptions) is not None:
        return []
    weekday = WEEKDAYS[day.weekday()][0]
    usual = [h for h in schedule["hours"] if h["weekday"] == weekday and h["purpose"] == purpose]
    extra = [one for one in exceptions if one["day"] == day.isoformat() and one["kind"] == OPEN]
    spans = [_span(day, one["starts"], one["ends"], locale) for one in [*usual, *extra]]
    return sorted((span for span in spans if span), key=lambda span: span.start)


def _span(day: date, starts: str, ends: str, locale: Locale) -> Span | None:
    start, end = _first_at(day, starts, locale), _first_at(day, ends, locale)
    return Span(start, end) if start < end else None


def _first_at(day: date, time: str, locale: Locale) -> datetime:
    """A wall time as UTC; one that a clock change leaves out begins when the clock has jumped."""
    moment = wall(day, time, locale)
    if moment is not None:
        return moment
    hour, minute = (int(part) for part in time.split(":"))
    skipped = datetime(day.year, day.month, day.day, hour, minute, fold=1, tzinfo=ZoneInfo(locale.timezone))
    return skipped.astimezone(UTC)


def slots(spans: Iterable[Span], minutes: int) -> Iterator[datetime]:
    """The starts of whole appointments that fit into open time, UTC."""
    for span in spans:
        start = span.start
        while span.holds(start, minutes):
            yield start
            start += timedelta(minutes=minutes)
