"""The clocks of a country, where it has several: from zone.tab, which every copy of the time zone database has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

_TABLE = "zone.tab"
# The package that brings the database to systems without one.
_INSTALLED = "tzdata"
_WEEKS = 53


def clocks(country: str, usual: str) -> tuple[tuple[str, str], ...]:
    """IANA zones of an ISO 3166 country and their words, the usual one first.

    Of zones whose clocks agree for the year to come only the first is told: the United States have eight clocks under
    29 names. A country with one clock, or none in the table, has the usual zone only.
    """
    words = {zone: told for place, zone, told in _zones() if place == country}
    by_clock: dict[tuple[timedelta | None, ...], str] = {}
    for zone in (usual, *words):
        by_clock.setdefault(_year_of(zone), zone)
    return tuple((zone, _worded(zone, words.get(zone, ""))) for zone in by_clock.values())


def _year_of(zone: str) -> tuple[timedelta | None, ...]:
    """How far from UTC a clock is in each week of the year to come."""
    clock, now = ZoneInfo(zone), datetime.now(UTC)
    return tuple((now + timedelta(weeks=n)).astimezone(clock).utcoffset() for n in range(_WEEKS))


def _worded(zone: str, told: str) -> str:
    """Los Angeles: Pacific."""
    city = zone.rpartition("/")[2].replace("_", " ")
    return f"{city}: {told}" if told else city


def _zones() -> list[tuple[str, str, str]]:
    """Country, zone, and what of the country it is, the largest first."""
    lines = (line.split("\t") for line in _table().splitlines() if not line.startswith("#"))
    return [(parts[0], parts[2], parts[3] if len(parts) > 3 else "") for parts in lines]


def _table() -> str:
    """The system's table, or where it has none the one that is installed with the program."""
    for folder in TZPATH:
        if (table := Path(folder) / _TABLE).is_file():
            return table.read_text("utf-8")
    try:
        return (resources.files(_INSTALLED) / "zoneinfo" / _TABLE).read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return ""
