"""Times of day on the practice's wall, and moments as the server keeps them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from mongoengine.fields import DateTimeField, StringField

from hmsdesk.models.dates import EARLIEST, LATEST, day_and_month, worded
from hmsdesk.models.declaration import Kept, Problem
from hmsdesk.models.locale import Locale

_TIME = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?\s*(am|pm)?", re.IGNORECASE)


def clock(moment: datetime, locale: Locale) -> str:
    """A moment's time on the practice's wall: 10:42."""
    return f"{locale.local(moment):%H:%M}"


def day_and_time(moment: datetime, locale: Locale) -> str:
    """A moment on the practice's wall: 17 Nov 2026, 10:42."""
    return f"{worded(locale.local(moment))}, {clock(moment, locale)}"


def time_or_day(moment: datetime, locale: Locale, near: date) -> str:
    """A moment near a day: its time alone on that day (10:42), with the day otherwise (16 Nov, 10:42)."""
    day = locale.local(moment).date()
    return clock(moment, locale) if day == near else f"{day_and_month(day)}, {clock(moment, locale)}"


class TimeField(Kept, StringField):
    """A time of day on the practice's wall, kept as 09:00."""

    def clean(self, raw: object, locale: Locale) -> str | None:
        if raw is None or raw == "":
            return None
        match = _TIME.fullmatch(raw.strip()) if isinstance(raw, str) else None
        if match is None:
            raise Problem("This is not a time. Write it as 09:00 or 14:30.")
        hour, minute = int(match[1]), int(match[2] or 0)
        if match[3] and not 1 <= hour <= 12:
            raise Problem("With am or pm the hour is 1 to 12.")
        if match[3]:
            hour = hour % 12 + (12 if match[3].lower() == "pm" else 0)
        if hour > 23 or minute > 59:
            raise Problem("A day has 24 hours of 60 minutes.")
        return f"{hour:02}:{minute:02}"

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]\z"}


class MomentField(Kept, DateTimeField):
    """A moment, kept in UTC and shown on the practice's wall clock."""

    def clean(self, raw: object, locale: Locale) -> datetime | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, datetime) or raw.tzinfo is None:
            raise Problem("This must be a moment with its time zone.")
        if not EARLIEST <= raw.year <= LATEST:
            raise Problem("This moment is too far away.")
        return raw.astimezone(UTC).replace(microsecond=raw.microsecond // 1000 * 1000)

    def show(self, value: Any, locale: Locale) -> str:
        return "" if value is None else day_and_time(value, locale)

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "date"}
