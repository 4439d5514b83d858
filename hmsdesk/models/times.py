"""Times of day on the practice's wall, and moments as the server keeps them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from mongoengine.fields import DateTimeField, StringField

from hmsdesk.models.declaration import Kept, Problem
from hmsdesk.models.locale import Locale

_TIME = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?\s*(am|pm)?", re.IGNORECASE)


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
        return {"bsonType": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}


class MomentField(Kept, DateTimeField):
    """A moment, kept in UTC and shown on the practice's wall clock."""

    def clean(self, raw: object, locale: Locale) -> datetime | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, datetime) or raw.tzinfo is None:
            raise Problem("This must be a moment with its time zone.")
        if not 1900 <= raw.year <= 2200:
            raise Problem("This moment is too far away.")
        return raw.astimezone(UTC).replace(microsecond=raw.microsecond // 1000 * 1000)

    def show(self, value: Any, locale: Locale) -> str:
        if value is None:
            return ""
        there = locale.local(value)
        return f"{there.day} {there:%b %Y, %H:%M}"

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "date"}
