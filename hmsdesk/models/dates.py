"""Civil dates as people write them, kept as ISO 8601 text: 1968, 1968-03 or 1968-03-12 (FHIR's `date`).

Their words are always these: strftime's %b and %A are in the language of the computer.
"""

import re
from datetime import date
from typing import Any

from hmsdesk.models.declaration import Problem
from hmsdesk.models.text import so_many

# Years outside of these are slips, and few things can be reckoned with them.
EARLIEST, LATEST = 1900, 2200
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT = 3
_FORMS = (
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"), "ymd"),
    (re.compile(r"(?P<d>\d{1,2})[/. -](?P<m>\d{1,2})[/. -](?P<y>\d{4})"), "ymd"),
    (re.compile(r"(?P<d>\d{1,2})[ -]?(?P<m>[A-Za-z]{3,9})[ -]?(?P<y>\d{4})"), "ymd"),
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})"), "ym"),
    (re.compile(r"(?P<m>\d{1,2})[/. -](?P<y>\d{4})"), "ym"),
    (re.compile(r"(?P<m>[A-Za-z]{3,9})[ -]?(?P<y>\d{4})"), "ym"),
    (re.compile(r"(?P<y>\d{4})"), "y"),
)
_SHORT_YEAR = re.compile(r"(.*[/. -])(\d{2})", re.ASCII)


def read(text: str, *, partial: bool, earliest: int, month_end: bool = False) -> str:
    """The date that was typed, day before month where both are numbers. Raises Problem.

    partial: a year, or a year and month, stay what they are. month_end: a month and year mean the month's last day, and
    a year may have two digits, as on packs.
    """
    if month_end and not re.search(r"\d{4}", text):
        text = _SHORT_YEAR.sub(r"\g<1>20\g<2>", text)
    forms = ("ymd", "ym", "y") if partial else ("ymd", "ym") if month_end else ("ymd",)
    year, month, day = _parts(text, forms)
    _check(year, month, day, earliest)
    if month_end:
        day = day or _days_in(year, month)
    return "-".join(f"{part:0{4 if place == 0 else 2}}" for place, part in enumerate((year, month, day)) if part)


def pattern(earliest: int, *, partial: bool) -> str:
    """What the server takes for a kept date: a year in reach, and no day that its month doesn't have.

    A year that begins no century counts as the century's first.
    """
    centuries = range(earliest // 100, LATEST // 100)
    started = "|".join(str(century) for century in centuries)
    year = f"(({started})[0-9]{{2}}|{LATEST})"
    leap = rf"(({started})(0[48]|[2468][048]|[13579][26])|{'|'.join(f'{one}00' for one in centuries if one % 4 == 0)})"
    months = (
        "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])",
        "(0[469]|11)-(0[1-9]|[12][0-9]|30)",
        "02-(0[1-9]|1[0-9]|2[0-8])",
    )
    forms = [f"{year}-({'|'.join(months)})", f"{leap}-02-29"]
    if partial:
        forms += [f"{year}(-(0[1-9]|1[0-2]))?"]
    return f"^({'|'.join(forms)})\\z"


def span(value: object) -> tuple[date, date]:
    """A day, or the first and the last of several, as ISO 8601 text. Raises Problem."""
    try:
        given: Any = (value, value) if isinstance(value, str) else value
        first, last = (date.fromisoformat(day) for day in given)
    except (TypeError, ValueError):
        raise Problem("This is not a date.") from None
    if last < first:
        raise Problem("The last day comes before the first.")
    if first.year < EARLIEST or last.year > LATEST:
        raise Problem(f"The year must be from {EARLIEST} to {LATEST}.")
    return first, last


def worded(value: str | date) -> str:
    """A kept date, or a day, as it is shown: 12 Mar 1968, Mar 1968 or 1968."""
    year, *rest = (value if isinstance(value, str) else value.isoformat()[:10]).split("-")
    month = [_MONTHS[int(rest[0]) - 1][:_SHORT]] if rest else []
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    return " ".join([*day, *month, year])


def day_and_month(day: date) -> str:
    """12 Mar."""
    return f"{day.day} {_MONTHS[day.month - 1][:_SHORT]}"


def in_full(day: date) -> str:
    """12 March 1968."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def weekday(day: date) -> str:
    """Tuesday."""
    return _WEEKDAYS[day.weekday()]


def short_weekday(day: date) -> str:
    """Tue."""
    return weekday(day)[:_SHORT]


def _parts(text: str, forms: tuple[str, ...]) -> tuple[int, int, int]:
    for pattern, parts in _FORMS:
        match = pattern.fullmatch(text)
        if match and parts in forms:
            found = match.groupdict()
            return int(found["y"]), _month(found.get("m")), _day(found.get("d"))
    hint = {"y": ", or only the year", "ym": ", or only the month as 11/1968"}.get(forms[-1], "")
    raise Problem(f"This is not a date. Write it as 17 Nov 1968 or 17/11/1968{hint}.")


def _check(year: int, month: int, day: int, earliest: int) -> None:
    if year < earliest:
        raise Problem(f"The year must be {earliest} or later.")
    if year > LATEST:
        raise Problem("The year is too far ahead.")
    if month > 12 or (day and not month):
        raise Problem("There are twelve months.")
    longest = _days_in(year, month) if month else 31
    if day > longest:
        raise Problem(f"{_MONTHS[month - 1]} {year} has {so_many(longest, 'day')}. Which day was it?")


def _day(text: str | None) -> int:
    """No day at all is 0; a 0 that was typed is a slip."""
    return (int(text) or 32) if text else 0


def _month(text: str | None) -> int:
    if not text:
        return 0
    if text.isdigit():
        return int(text) or 13
    names = [name[:_SHORT].lower() for name in _MONTHS]
    if text[:_SHORT].lower() not in names:
        raise Problem("This month is not known. Write it as Nov or 11.")
    return names.index(text[:_SHORT].lower()) + 1


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days
