"""How the hours of one or several days lie below one another. Knows no Qt.

A *position* counts minutes on the wall from midnight, as all columns show them. On the day on which an hour comes
twice it stands twice, so that each minute has a place of its own; other days shown beside it are closed there. An hour
that a day leaves out has a place where nothing can lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hmsdesk.models.booking import Span, whole_day
from hmsdesk.models.locale import Locale
from hmsdesk.models.times import clock

DAY = 24 * 60
HOUR = 60
# A slot of 20 minutes is 33 px high; one of five still has room for a line of words.
PX_PER_MINUTE = 33 / 20
LOWEST_SLOT = 25
# What is shown of days on which nobody receives.
USUAL = (8 * HOUR, 16 * HOUR)
_CELL = timedelta(minutes=5)


@dataclass(frozen=True)
class Doubled:
    """Time that comes twice: the position at which its second time begins, and how many minutes it lasts."""

    at: int
    minutes: int


@dataclass(frozen=True)
class Axis:
    """first, last: the positions between which it is shown."""

    locale: Locale
    first: int
    last: int
    px_per_minute: float = PX_PER_MINUTE
    doubled: Doubled | None = None

    def position(self, day: date, moment: datetime) -> int:
        """Where a moment lies in a day's column. It may belong to the day before or after."""
        local = self.locale.local(moment)
        minute = (local.date() - day).days * DAY + local.hour * HOUR + local.minute
        if self.doubled and (minute >= self.doubled.at or local.fold):
            minute += self.doubled.minutes
        return minute

    def end(self, day: date, moment: datetime) -> int:
        """Where what ends at a moment ends: below its last minute, also where the clock is changed just then."""
        return self.position(day, moment - timedelta(minutes=1)) + 1

    def moment(self, day: date, position: int) -> datetime | None:
        """What lies at a position, UTC; None where the day has no such time."""
        fold = 0
        if self.doubled and position >= self.doubled.at:
            fold = int(position < self.doubled.at + self.doubled.minutes)
            position -= self.doubled.minutes
        wall = datetime.combine(day, time(), ZoneInfo(self.locale.timezone)) + timedelta(minutes=position)
        moment = wall.replace(fold=fold).astimezone(UTC)
        back = self.locale.local(moment)
        same = back.replace(tzinfo=None, fold=0) == wall.replace(tzinfo=None, fold=0) and back.fold == fold
        return moment if same else None

    def y(self, position: int) -> int:
        """How far down a position lies, px."""
        return round((position - self.first) * self.px_per_minute)

    def at(self, y: int) -> int:
        """The position that lies so far down."""
        return self.first + int(y / self.px_per_minute)

    @property
    def height(self) -> int:
        """How high all of it is, px."""
        return self.y(self.last)

    def hours(self) -> Iterator[tuple[int, str]]:
        """The full hours with their words; one that comes twice is told twice."""
        for position in range(self.first, self.last, HOUR):
            minute = position
            if self.doubled and position >= self.doubled.at:
                minute -= self.doubled.minutes
            yield position, f"{minute // HOUR % 24:02}:{minute % HOUR:02}"

    def missing(self, day: date) -> list[tuple[int, int]]:
        """The stretches that are shown and that the day doesn't have."""
        span = whole_day(day, self.locale)
        if self.doubled is None and span.end - span.start == timedelta(days=1):
            return []
        found: list[tuple[int, int]] = []
        for position in range(self.first, self.last, 5):
            if self.moment(day, position) is None:
                if found and found[-1][1] == position:
                    found[-1] = (found[-1][0], position + 5)
                else:
                    found.append((position, position + 5))
        return found


def doubled_in(days: Iterable[date], locale: Locale) -> Doubled | None:
    """The time that one of some days has twice."""
    for day in days:
        span = whole_day(day, locale)
        longer = span.end - span.start - timedelta(days=1)
        if longer <= timedelta(0):
            continue
        moment = span.start
        while moment < span.end and not locale.local(moment).fold:
            moment += _CELL
        local = locale.local(moment)
        minutes = int(longer.total_seconds()) // 60
        return Doubled(local.hour * HOUR + local.minute + minutes, minutes)
    return None


def axis_for(
    days: Sequence[date], open_time: Iterable[tuple[date, Span]], shortest: int, locale: Locale, *, room: int = 0
) -> Axis:
    """From the first hour somebody receives, or is booked, to the last.

    open_time: what must be seen, each with its day. shortest: the shortest slot, minutes; 0: none is known. room: the
    height there is to fill, px.
    """
    whole = Axis(locale, 0, DAY, doubled=doubled_in(days, locale))
    starts, ends = [], []
    for day, span in open_time:
        starts.append(whole.position(day, span.start))
        ends.append(whole.end(day, span.end))
    longest = DAY + (whole.doubled.minutes if whole.doubled else 0)
    first = max(0, min(starts, default=USUAL[0]) // HOUR * HOUR)
    last = min(longest, -(-max(ends, default=USUAL[1]) // HOUR) * HOUR)
    scale = max(PX_PER_MINUTE, LOWEST_SLOT / shortest if shortest else 0)
    while (last - first) * scale < room and last - first < longest:
        # The hours around are as good as empty ground.
        last, first = (last + HOUR, first) if last < longest else (last, first - HOUR)
    return Axis(locale, first, last, scale, whole.doubled)


def told(axis: Axis, start: datetime, end: datetime) -> str:
    """13:00 to 14:00."""
    return f"{clock(start, axis.locale)} to {clock(end, axis.locale)}"
