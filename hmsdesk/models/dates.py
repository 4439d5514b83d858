"""Civil dates as people write them, kept as ISO 8601 text: 1968, 1968-03 or 1968-03-12 (FHIR's `date`)."""

import re
from datetime import date

from hmsdesk.models.declaration import Problem

_LATEST = 2200
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORMS = (
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"), "ymd"),
    (re.compile(r"(?P<d>\d{1,2})[/. -](?P<m>\d{1,2})[/. -](?P<y>\d{4})"), "ymd"),
    (re.compile(r"(?P<d>\d{1,2})[ -]?(?P<m>[A-Za-z]{3,9})[ -]?(?P<y>\d{4})"), "ymd"),
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})"), "ym"),
    (re.compile(r"(?P<m>\d{1,2})[/. -](?P<y>\d{4})"), "ym"),
    (re.compile(r"(?P<m>[A-Za-z]{3,9})[ -]?(?P<y>\d{4})"), "ym"),
    (re.compile(r"(?P<y>\d{4})"), "y"),
)


def read(text: str, *, partial: bool, earliest: int) -> str:
    """The date that was typed, day before month where both are numbers. Raises Problem."""
    year, month, day = _parts(text, partial)
    _check(year, month, day, earliest)
    return "-".join(f"{part:0{4 if place == 0 else 2}}" for place, part in enumerate((year, month, day)) if part)


def worded(value: str) -> str:
    """A kept date as it is shown: 12 Mar 1968, Mar 1968 or 1968."""
    year, *rest = value.split("-")
    month = [_MONTHS[int(rest[0]) - 1]] if rest else []
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    return " ".join([*day, *month, year])


def _parts(text: str, partial: bool) -> tuple[int, int, int]:
    for pattern, parts in _FORMS:
        match = pattern.fullmatch(text)
        if match and (partial or parts == "ymd"):
            found = match.groupdict()
            return int(found["y"]), _month(found.get("m")), _day(found.get("d"))
    hint = ", or only the year" if partial else ""
    raise Problem(f"This is not a date. Write it as 17 Nov 1968 or 17/11/1968{hint}.")


def _check(year: int, month: int, day: int, earliest: int) -> None:
    if year < earliest:
        raise Problem(f"The year must be {earliest} or later.")
    if year > _LATEST:
        raise Problem("The year is too far ahead.")
    if month > 12 or (day and not month):
        raise Problem("There are twelve months.")
    longest = _days_in(year, month) if month else 31
    if day > longest:
        raise Problem(f"{date(year, month, 1):%B %Y} has {longest} days. Which day was it?")


def _day(text: str | None) -> int:
    """No day at all is 0; a 0 that was typed is a slip."""
    return (int(text) or 32) if text else 0


def _month(text: str | None) -> int:
    if not text:
        return 0
    if text.isdigit():
        return int(text) or 13
    names = [name.lower() for name in _MONTHS]
    if text[:3].lower() not in names:
        raise Problem("This month is not known. Write it as Nov or 11.")
    return names.index(text[:3].lower()) + 1


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days
