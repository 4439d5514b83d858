"""The rules of booking, as far as they need no server: which time is open, and what stands in a booking's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from hmsdesk.models.appointments import cells, moment_of, seat
from hmsdesk.models.clinic_days import CLOSED, OPEN, holds_on
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import CELL_MINUTES, FOR_PATIENTS, FOR_REPRESENTATIVES, WEEKDAYS
from hmsdesk.models.times import clock

Facts = Mapping[str, Any]

_MINUTE = timedelta(minutes=1)
# Who comes without a booking waits this long for a free time rather than being put between others.
_SOON = timedelta(minutes=30)
NO_HOURS = "The doctor doesn't receive on this day."
ENTERED_BY = "The doctor's hours are entered under Clinic, Schedules."


class Rule(StrEnum):
    """The checks a booking passes, in this order."""

    CLINIC_OPEN = "The clinic is closed then."
    HAS_SCHEDULE = "This doctor has no schedule yet."
    IN_HOURS = "This is outside the doctor's hours."
    SLOT_FREE = "This time is taken already."
    LIMIT = "The doctor's daily limit is reached."
    PATIENT_FREE = "The patient has another booking then."


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
    """A check that a booking fails, in one sentence, and what there is to know besides.

    overridable: whether it may be booked all the same, by who may do that and says why.
    """

    rule: Rule
    reason: str
    title: str = ""
    overridable: bool = True

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
    that_day = [one for one in exceptions if holds_on(one, day)]
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

    exceptions: the clinic days that concern the doctor. taken: the ids of what is claimed already, in all lanes.
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

    def closed(self, day: date, purpose: str = FOR_PATIENTS) -> str:
        """Why nobody can be booked on a day; empty where the doctor receives."""
        closed = closed_because(day, self.exceptions)
        if closed is not None:
            return closed
        if self.schedule is None:
            return f"{Rule.HAS_SCHEDULE} {ENTERED_BY}"
        return "" if self.spans(day, purpose) else NO_HOURS

    def limit(self, purpose: str) -> int:
        """How many a day the doctor sees for a purpose."""
        return limit_of(self.schedule, purpose) if self.schedule else 0

    def used(self, day: date, purpose: str) -> int:
        """How many seats of a day are taken; more than the limit where it was overridden or has been lowered."""
        return self._crowd[moment_of(seat(self.practitioner, day, purpose, 1))]

    def slots(self, day: date, purpose: str, now: datetime) -> list[Slot]:
        """The starts of a day, each with whether it can be booked."""
        full = not self.free_seats(day, purpose)
        starts = slot_starts(self.spans(day, purpose), self.minutes) if self.schedule else ()
        return [Slot(start, self._state(start, now, full)) for start in starts]

    def cells(self, start: datetime, lane: int = 0) -> list[str]:
        """The ids an appointment claims of the doctor's time."""
        return cells(self.practitioner, start, self.minutes, lane)

    def free_lane(self, start: datetime) -> list[str]:
        """The cells of the first lane in which nobody has any of an appointment's time."""
        return next(lane for n in count() if self.taken.isdisjoint(lane := self.cells(start, n)))

    def free_seats(self, day: date, purpose: str) -> list[str]:
        """The ids of the seats that are left of the daily limit."""
        limit = self.limit(purpose)
        if self.used(day, purpose) >= limit:
            # A seat beyond the limit stands for one within it that was given back.
            return []
        names = (seat(self.practitioner, day, purpose, number) for number in range(1, limit + 1))
        return [name for name in names if name not in self.taken]

    def further_seat(self, day: date, purpose: str) -> str:
        """The first free seat, within the limit or beyond it."""
        names = (seat(self.practitioner, day, purpose, number) for number in count(1))
        return next(name for name in names if name not in self.taken)

    def start_for_walk_in(self, now: datetime) -> datetime:
        """Where who has just come is put: into the free time that runs or begins soon, or else here and now, between
        the others. Whether a rule has something against it is another question.
        """
        today = self.locale.local(now).date()
        for start in slot_starts(self.spans(today, FOR_PATIENTS), self.minutes) if self.schedule else ():
            if start + timedelta(minutes=self.minutes) > now and start <= now + _SOON and not self._is_taken(start):
                return start
        return now.replace(minute=now.minute - now.minute % CELL_MINUTES, second=0, microsecond=0)

    def broken(self, start: datetime, purpose: str, now: datetime) -> Broken | None:
        """The first check that a booking fails; None where it may be booked."""
        return next(self.hindrances(start, purpose, now), None)

    def hindrances(self, start: datetime, purpose: str, now: datetime) -> Iterator[Broken]:
        """Every check that a booking fails, in the order of the rules."""
        day = self.locale.local(start).date()
        closed = closed_because(day, self.exceptions)
        if closed is not None:
            yield Broken(Rule.CLINIC_OPEN, closed)
        if self.schedule is None:
            yield Broken(Rule.HAS_SCHEDULE, ENTERED_BY, overridable=False)
            return
        yield from self._out_of_hours(start, self.spans(day, purpose), now)
        if self._is_taken(start):
            yield Broken(Rule.SLOT_FREE, "Choose another time.")
        if not self.free_seats(day, purpose):
            yield Broken(Rule.LIMIT, f"At most {self.limit(purpose)} a day.")

    def _out_of_hours(self, start: datetime, spans: list[Span], now: datetime) -> Iterator[Broken]:
        if not any(span.holds(start, self.minutes) for span in spans):
            yield Broken(Rule.IN_HOURS, self._hours_worded(spans))
        if start.minute % CELL_MINUTES or start.second or start.microsecond:
            title = "Appointments begin every five minutes."
            yield Broken(Rule.IN_HOURS, "Such as 10:05 or 10:10.", title, overridable=False)
        if start <= now:
            yield Broken(Rule.IN_HOURS, "Choose a later one.", "This time is over.", overridable=False)

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
        """In whatever lane: who was booked in spite of the rules takes the doctor's time as well."""
        return any(moment_of(cell) in self._crowd for cell in self.cells(start))

    @cached_property
    def _crowd(self) -> Counter[str]:
        """How often each cell is taken, and how many seats of each day, whichever lane or number."""
        # As moment_of has it; a call for each of a day's hundreds would take longer than all the rest of a booking.
        return Counter([name.rpartition("|")[0] for name in self.taken])


def _deciding(day: date, exceptions: Iterable[Facts]) -> list[Facts]:
    """The clinic days that decide about a day: the doctor's own where there are any, otherwise those for all."""
    that_day = [one for one in exceptions if holds_on(one, day)]
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
