"""What lies where in a column of the calendar: bookings side by side, starts that can be booked, closed time. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from bson import ObjectId

from hmsdesk.models.appointments import FREEING, RESCHEDULED
from hmsdesk.models.booking import Diary, SlotState, Span, closed_because
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS, FOR_REPRESENTATIVES
from hmsdesk.models.times import clock
from hmsdesk.views.calendar.axis import Axis, told

# These hold no time any more: what is booked instead lies beside them, and is wider.
GONE = (*FREEING, RESCHEDULED)
NOT_THAT_DAY = "Doesn't receive on this day"
NO_SCHEDULE = "No hours entered yet"
CLOCK_CHANGE = "The clock is changed"
FREE, FOR_REPS = "Free", "Free for representatives"
# The share of a column's width that goes to what is gone beside what is not.
NARROW = 0.25
Key = tuple[ObjectId, date]
"""Whose column it is, and of which day."""


@dataclass(frozen=True)
class Box:
    """A booking in its place. top, bottom: positions; start, end: shares of the column's width, 0 to 1."""

    row: Row
    top: int
    bottom: int
    start: float = 0.0
    end: float = 1.0

    @property
    def record(self) -> ObjectId:
        """Which booking it is. A booking that was moved has left its ghost at the old place: both have this id."""
        record: ObjectId = self.row["_id"]
        return record

    @property
    def is_ghost(self) -> bool:
        """Whether it only says where a booking was."""
        return bool(self.row["status"] == RESCHEDULED)


@dataclass(frozen=True)
class Closed:
    """Time in which nobody is received, and why. top, bottom: positions."""

    top: int
    bottom: int
    reason: str

    def free_of(self, boxes: Sequence[Box]) -> Iterator[tuple[int, int]]:
        """What no booking lies on, as (top, bottom): somebody may be received all the same."""
        top = self.top
        for box in sorted((one for one in boxes if one.top < self.bottom), key=lambda one: one.top):
            if top < box.top:
                yield top, box.top
            top = max(top, box.bottom)
        if top < self.bottom:
            yield top, self.bottom


@dataclass(frozen=True)
class Start:
    """A start of the doctor's hours. top, bottom: positions; words: what can be said of it where nobody has it."""

    start: datetime
    top: int
    bottom: int
    purpose: str
    words: str
    bookable: bool

    @property
    def is_full(self) -> bool:
        """Whether only the daily limit stands in the way."""
        return self.words == SlotState.FULL.value and self.purpose == FOR_PATIENTS


@dataclass(frozen=True)
class Column:
    """One doctor on one day."""

    doctor: Row
    day: date
    diary: Diary
    boxes: tuple[Box, ...] = ()
    starts: tuple[Start, ...] = ()
    closed: tuple[Closed, ...] = ()
    booked: int = 0
    limit: int = 0

    @property
    def key(self) -> Key:
        """Whose it is, and of which day."""
        return self.doctor["_id"], self.day

    @property
    def full(self) -> bool:
        """Whether the daily limit is reached."""
        return 0 < self.limit <= self.booked


@dataclass(frozen=True)
class Wanted:
    """What a column is made of."""

    doctor: Row
    day: date
    diary: Diary
    rows: Sequence[Row]

    def seen(self) -> list[Span]:
        """What the hours shown must reach."""
        spans = [
            span for purpose in (FOR_PATIENTS, FOR_REPRESENTATIVES) for span in self.diary.spans(self.day, purpose)
        ]
        return spans + [Span(row["start"], _end(row)) for row in self.rows]


def column(wanted: Wanted, axis: Axis, now: datetime) -> Column:
    """Put everything of one doctor's day into its place."""
    diary, day = wanted.diary, wanted.day
    starts = [
        start for purpose in (FOR_PATIENTS, FOR_REPRESENTATIVES) for start in _starts(diary, day, purpose, axis, now)
    ]
    live = [row for row in wanted.rows if row["status"] not in GONE and row["purpose"] == FOR_PATIENTS]
    return Column(
        wanted.doctor,
        day,
        diary,
        boxes=tuple(boxes(wanted.rows, day, axis)),
        starts=tuple(sorted(starts, key=lambda one: one.top)),
        closed=tuple(_closed(diary, day, axis)),
        booked=len(live),
        limit=diary.limit(FOR_PATIENTS),
    )


def boxes(rows: Iterable[Row], day: date, axis: Axis) -> list[Box]:
    """The bookings of a day; those that overlap stand side by side."""
    placed = sorted(
        (Box(row, axis.position(day, row["start"]), axis.end(day, _end(row))) for row in rows),
        key=lambda box: (box.top, box.row["status"] in GONE, box.bottom),
    )
    found: list[Box] = []
    group: list[Box] = []
    for box in placed:
        if group and box.top >= max(one.bottom for one in group):
            found += _side_by_side(group)
            group = []
        group.append(box)
    return found + _side_by_side(group)


def _side_by_side(group: Sequence[Box]) -> list[Box]:
    """Lanes for bookings of which each overlaps another; a lane of what is gone is narrow."""
    lanes: list[list[Box]] = []
    for gone in (False, True):
        own: list[list[Box]] = []
        for box in group:
            if (box.row["status"] in GONE) is gone:
                free = next((lane for lane in own if lane[-1].bottom <= box.top), None)
                if free is None:
                    own.append([box])
                else:
                    free.append(box)
        lanes += own
    if len(lanes) < 2:
        return list(group)
    shares = [NARROW if lane[0].row["status"] in GONE else 1.0 for lane in lanes]
    edges = [sum(shares[:number]) / sum(shares) for number in range(len(shares) + 1)]
    placed = [
        Box(box.row, box.top, box.bottom, start, end)
        for lane, (start, end) in zip(lanes, pairwise(edges), strict=True)
        for box in lane
    ]
    return sorted(placed, key=lambda box: (box.top, box.start))


def _starts(diary: Diary, day: date, purpose: str, axis: Axis, now: datetime) -> list[Start]:
    return [
        Start(
            slot.start,
            axis.position(day, slot.start),
            axis.end(day, slot.start + timedelta(minutes=diary.minutes)),
            purpose,
            _said(slot.state, purpose),
            slot.free and purpose == FOR_PATIENTS,
        )
        for slot in diary.slots(day, purpose, now)
    ]


def _said(state: SlotState, purpose: str) -> str:
    if state is SlotState.FREE:
        return FREE if purpose == FOR_PATIENTS else FOR_REPS
    return state.value if state is SlotState.FULL else ""


def _closed(diary: Diary, day: date, axis: Axis) -> list[Closed]:
    """All that is shown and not open, each stretch with its reason."""
    whole = _why_all_day(diary, day)
    if whole:
        return [Closed(axis.first, axis.last, whole)]
    found = [Closed(top, bottom, CLOCK_CHANGE) for top, bottom in axis.missing(day)]
    spans = _open(diary, day)
    first, last = spans[0], spans[-1]
    opens, closes = axis.position(day, first.start), axis.end(day, last.end)
    for_patients = diary.spans(day, FOR_PATIENTS)
    if opens > axis.first:
        who = "" if first in for_patients else " for representatives"
        found.append(Closed(axis.first, opens, f"Opens{who} at {clock(first.start, axis.locale)}"))
    for before, after in pairwise(spans):
        top, bottom = axis.end(day, before.end), axis.position(day, after.start)
        if bottom > top:
            found.append(Closed(top, bottom, f"Break {told(axis, before.end, after.start)}"))
    if closes < axis.last:
        who = "" if last in for_patients else " for representatives"
        found.append(Closed(closes, axis.last, f"Closes{who} at {clock(last.end, axis.locale)}"))
    return found


def _why_all_day(diary: Diary, day: date) -> str:
    because = closed_because(day, diary.exceptions)
    if because is not None:
        return because
    if diary.schedule is None:
        return NO_SCHEDULE
    return "" if _open(diary, day) else NOT_THAT_DAY


def _open(diary: Diary, day: date) -> list[Span]:
    spans = [span for purpose in (FOR_PATIENTS, FOR_REPRESENTATIVES) for span in diary.spans(day, purpose)]
    return sorted(spans, key=lambda span: span.start)


def _end(row: Row) -> datetime:
    end: datetime = row["start"] + timedelta(minutes=row["minutes"])
    return end
