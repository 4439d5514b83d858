"""Days not far from today as they are said at a desk: tomorrow, Sunday, +7, 24/11, 24 Nov."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from hmsdesk.models import dates
from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import DateField
from hmsdesk.models.locale import Locale
from hmsdesk.models.text import fold

_LETTERS = 3
_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_AHEAD = re.compile(r"\+ ?(\d{1,3})", re.ASCII)
_NO_YEAR = re.compile(r"\d{1,2}([/. -]\d{1,2}|[ -]?[a-z]{3,9})", re.ASCII)
_SHORT_YEAR = re.compile(r"^(\d{1,2}[/. -]\d{1,2}[/. -])(\d{2})$", re.ASCII)
_HINT = "This is not a day. Write it as 24 Nov, 24/11, Sunday or tomorrow."


class NearDateField(DateField):
    """A day that isn't far from today, and may be said as that. ahead: without a year it isn't over yet."""

    def __init__(self, ahead: bool = False, **kwargs: Any) -> None:
        self.ahead = ahead
        super().__init__(**kwargs)

    def clean(self, raw: object, locale: Locale) -> str | None:
        if isinstance(raw, str) and raw.strip():
            return read(raw, locale.today(), self.earliest, ahead=self.ahead)
        return super().clean(raw, locale)


def read(text: str, today: date, earliest: int, *, ahead: bool = False) -> str:
    """The day that was meant, ISO 8601. Raises Problem.

    Without a year it is the nearest such day, with `ahead` the next one; a weekday is the next one after today; a
    short year is of this century.
    """
    said = " ".join(fold(text).split())
    days = _AHEAD.fullmatch(said)
    if days:
        return (today + timedelta(days=int(days[1]))).isoformat()
    if len(said) >= _LETTERS and said.isalpha():
        return (today + timedelta(days=_days_to(said, today))).isoformat()
    if _NO_YEAR.fullmatch(said):
        return _nearest(said, today, earliest, ahead)
    try:
        return dates.read(_SHORT_YEAR.sub(r"\g<1>20\g<2>", said), partial=False, earliest=earliest)
    except Problem as problem:
        raise Problem(_HINT if "not a date" in str(problem) else str(problem)) from None


def _days_to(word: str, today: date) -> int:
    """How far away a day is that was said in one word."""
    for name, days in _WORDS.items():
        if name.startswith(word):
            return days
    for days in range(1, 8):
        if dates.weekday(today + timedelta(days=days)).lower().startswith(word):
            return days
    raise Problem(_HINT)


def _nearest(said: str, today: date, earliest: int, ahead: bool) -> str:
    """The day of this year, the last or the next that is nearest to today; 29 February is in few years."""
    found: list[str] = []
    problem: Problem | None = None
    for year in (today.year, today.year + 1, today.year - 1):
        try:
            found.append(
                dates.read(
                    f"{said} {year}" if said[-1].isalpha() else f"{said}/{year}", partial=False, earliest=earliest
                )
            )
        except Problem as wrong:
            problem = problem or wrong
    if not found:
        raise problem or Problem(_HINT)
    coming = [day for day in found if day >= today.isoformat()] if ahead else []
    return min(coming or found, key=lambda day: abs(date.fromisoformat(day) - today))
