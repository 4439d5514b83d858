"""The five rules of booking, as far as they need no server: which time is open, and what stands in a booking's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from hmsdesk.models.appointments import cells, seat
from hmsdesk.models.clinic_days import CLOSED, OPEN
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import CELL_MINUTES, FOR_PATIENTS, FOR_REPRESENTATIVES, WEEKDAYS
from hmsdesk.models.times import clock

Facts = Mapping[str, Any]

_MINUTE = timedelta(minutes=1)
NO_HOURS = "The doctor doesn't receive on this day."
ENTERED_BY = "An administrator enters the doctor's hours under Clinic, Schedules."


class Rule(StrEnum):
    """The checks a booking passes, in this order."""

    CLINIC_OPEN = "The clinic is closed then."
    HAS_SCHEDULE = "This doctor has no schedule yet."
    IN_HOURS = "This is outside the doctor's hours."
    SLOT_FREE = "This time is taken already."
    LIMIT = "The doctor's daily limit is reached."


class SlotState(StrEnum):
    """What can be said of one start of a doctor's day."""

    FREE = "Free"
    TAKEN = "Taken"
    OVER = "Over"
    FULL = "Daily limit reached"


@dataclass(frozen=True)
class Slot:
    """One start of a doctor's day, and whether it can be booked. start: UTC."""

    start: datetime
    state: SlotState

    @property
    def free(self) -> bool:
        """Whether it can be booked."""
        return self.state is SlotState.FREE


@dataclass(frozen=True)
class Broken:
    """The first check that a booking fails, in one sentence, and what there is to know besides."""

    rule: Rule
    reason: str
    title: str = ""

    @property
    def sentence(self) -> str:
        """The rule, as it is told."""
        return self.title or self.rule.value


@dataclass(frozen=True)
class Span:
    """A stretch of time, UTC."""

    start: datetime
    end: datetime

    def holds(self, start: datetime, minutes: int) -> bool:
        """Whether an appointment lies within."""
        return self.start <= start and start + timedelta(minutes=minutes) <= self.end


def wall(day: date, clock: str, locale: Locale) -> datetime | None:
    """A wall time of a day as UTC; None for one that a clock change leaves out. Of one that comes twice, the first."""
    zone = ZoneInfo(locale.timezone)
    local = datetime.combine(day, time.fromisoformat(clock), zone)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def wall_or_later(day: date, clock: str, locale: Locale) -> datetime:
    """A wall time as UTC; one that a clock change leaves out is the moment at which the clock has jumped."""
    local = datetime.combine(day, time.fromisoformat(clock))
    while (moment := wall(local.date(), f"{local:%H:%M}", locale)) is None:
        local += _MINUTE
    return moment


def whole_day(day: date, locale: Locale) -> Span:
    """A day of the practice, from its midnight to the next: 23, 24 or 25 hours."""
    return Span(wall_or_later(day, "00:00", locale), wall_or_later(day + timedelta(days=1), "00:00", locale))


def closed_because(day: date, exceptions: Iterable[Facts]) -> str | None:
    """Why a doctor isn't seen that day; None where it isn't closed. exceptions: the clinic days that concern them.

    What is entered for the doctor beats what is entered for all; within either, an exceptional opening wins.
    """
    deciding = _deciding(day, exceptions)
    if any(one["kind"] == OPEN for one in deciding):
        return None
    return next((str(one["reason"]) for one in deciding if one["kind"] == CLOSED), None)


def open_spans(day: date, schedule: Facts, exceptions: Iterable[Facts], purpose: str, locale: Locale) -> list[Span]:
    """When a doctor receives for a purpose on a day, in order; spans that meet are one.

    On a day that is closed but opened exceptionally only the exceptional hours hold. They are for patients.
    """
    exceptions = list(exceptions)
    if closed_because(day, exceptions) is not None:
        return []
    that_day = [one for one in exceptions if one["day"] == day.isoformat()]
    weekday = WEEKDAYS[day.weekday()][0]
    usual = [h for h in schedule["hours"] if h["weekday"] == weekday and h["purpose"] == purpose]
    if any(one["kind"] == CLOSED for one in that_day):
        usual = []
    extra = [one for one in _deciding(day, exceptions) if one["kind"] == OPEN and purpose == FOR_PATIENTS]
    return _united(span for one in [*usual, *extra] if (span := _span(day, one["starts"], one["ends"], locale)))


def slot_starts(spans: Iterable[Span], minutes: int) -> Iterator[datetime]:
    """The starts of whole appointments that fit into open time, UTC."""
    for span in spans:
        start = span.start
        while span.holds(start, minutes):
            yield start
            start += timedelta(minutes=minutes)


def limit_of(schedule: Facts, purpose: str) -> int:
    """How many a day a doctor sees for a purpose."""
    return int(schedule["representative_limit" if purpose == FOR_REPRESENTATIVES else "patient_limit"])


@dataclass(frozen=True)
class Diary:
    """What decides about one doctor's time on some days.

    exceptions: the clinic days that concern the doctor. taken: the ids of what is claimed already.
    """

    practitioner: ObjectId
    locale: Locale
    schedule: Facts | None = None
    exceptions: Sequence[Facts] = ()
    taken: AbstractSet[str] = field(default_factory=frozenset)

    @property
    def minutes(self) -> int:
        """How long an appointment takes."""
        return int(self.schedule["slot_minutes"]) if self.schedule else 0

    def spans(self, day: date, purpose: str) -> list[Span]:
        """When the doctor receives on a day."""
        return open_spans(day, self.schedule, self.exceptions, purpose, self.locale) if self.schedule else []

    def slots(self, day: date, purpose: str, now: datetime) -> list[Slot]:
        """The starts of a day, each with whether it can be booked."""
        full = not self.free_seats(day, purpose)
        starts = slot_starts(self.spans(day, purpose), self.minutes) if self.schedule else ()
        return [Slot(start, self._state(start, now, full)) for start in starts]

    def cells(self, start: datetime) -> list[str]:
        """The ids an appointment claims of the doctor's time."""
        return cells(self.practitioner, start, self.minutes)

    def free_seats(self, day: date, purpose: str) -> list[str]:
        """The ids of the seats that are left of the daily limit."""
        if self.schedule is None:
            return []
        noon = whole_day(day, self.locale).start + timedelta(hours=12)
        numbers = range(1, limit_of(self.schedule, purpose) + 1)
        names = (seat(self.practitioner, noon, self.locale, purpose, number) for number in numbers)
        return [name for name in names if name not in self.taken]

    def broken(self, start: datetime, purpose: str, now: datetime) -> Broken | None:
        """The first check that a booking fails; None where it may be booked."""
        day = self.locale.local(start).date()
        closed = closed_because(day, self.exceptions)
        if closed is not None:
            return Broken(Rule.CLINIC_OPEN, closed)
        if self.schedule is None:
            return Broken(Rule.HAS_SCHEDULE, ENTERED_BY)
        hindered = self._out_of_hours(start, self.spans(day, purpose), now)
        if hindered is not None:
            return hindered
        if self._is_taken(start):
            return Broken(Rule.SLOT_FREE, "Choose another time.")
        if not self.free_seats(day, purpose):
            return Broken(Rule.LIMIT, f"At most {limit_of(self.schedule, purpose)} a day.")
        return None

    def _out_of_hours(self, start: datetime, spans: list[Span], now: datetime) -> Broken | None:
        if not any(span.holds(start, self.minutes) for span in spans):
            return Broken(Rule.IN_HOURS, self._hours_worded(spans))
        if start.minute % CELL_MINUTES or start.second or start.microsecond:
            return Broken(Rule.IN_HOURS, "Such as 10:05 or 10:10.", "Appointments begin every five minutes.")
        if start <= now:
            return Broken(Rule.IN_HOURS, "Choose a later one.", "This time is over.")
        return None

    def _hours_worded(self, spans: list[Span]) -> str:
        if not spans:
            return NO_HOURS
        told = (f"{clock(s.start, self.locale)} to {clock(s.end, self.locale)}" for s in spans)
        return f"On this day: {', '.join(told)}; an appointment takes {self.minutes} min."

    def _state(self, start: datetime, now: datetime, full: bool) -> SlotState:
        if self._is_taken(start):
            return SlotState.TAKEN
        if start <= now:
            return SlotState.OVER
        return SlotState.FULL if full else SlotState.FREE

    def _is_taken(self, start: datetime) -> bool:
        return not self.taken.isdisjoint(self.cells(start))


def _deciding(day: date, exceptions: Iterable[Facts]) -> list[Facts]:
    """The clinic days that decide about a day: the doctor's own where there are any, otherwise those for all."""
    that_day = [one for one in exceptions if one["day"] == day.isoformat()]
    return [one for one in that_day if one.get("practitioner")] or that_day


def _span(day: date, starts: str, ends: str, locale: Locale) -> Span | None:
    start, end = wall_or_later(day, starts, locale), wall_or_later(day, ends, locale)
    return Span(start, end) if start < end else None


def _united(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found
