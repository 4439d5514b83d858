"""A booking on its way to another time: where it would be, and what is known against that. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hmsdesk.models.booking import Broken, Rule
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import CELL_MINUTES
from hmsdesk.views.calendar.axis import Axis
from hmsdesk.views.calendar.plan import Column, Key

# What stands on the card over a place it can't have.
AGAINST = {
    Rule.CLINIC_OPEN: "Closed",
    Rule.HAS_SCHEDULE: "No hours",
    Rule.IN_HOURS: "Not open",
    Rule.SLOT_FREE: "Taken",
    Rule.LIMIT: "Limit reached",
    Rule.PATIENT_FREE: "Has another booking",
}


@dataclass(frozen=True)
class Carried:
    """row: as it was when it was taken up. start: UTC. refused: it was dropped there, and the server said no."""

    row: Row
    column: Key
    start: datetime
    minutes: int
    broken: Broken | None = None
    refused: bool = False

    @property
    def is_home(self) -> bool:
        """Whether it would stay where it is."""
        return (self.row["practitioner"], self.row["start"]) == (self.column[0], self.start)

    @property
    def word(self) -> str:
        """What the card says of the place it is over."""
        if self.refused:
            return "Refused"
        if self.is_home:
            return "As it was"
        return AGAINST[self.broken.rule] if self.broken else "Free"


def taken_up(row: Row, column: Column) -> Carried:
    """A booking that begins to be moved, over its own place."""
    return Carried(row, column.key, row["start"], row["minutes"])


def over(carried: Carried, column: Column, axis: Axis, position: int, now: datetime) -> Carried:
    """The same over a position: at the start of the slot there, otherwise at the nearest five minutes."""
    slot = next((one for one in column.starts if one.top <= position < one.bottom), None)
    start = slot.start if slot else axis.moment(column.day, position - position % CELL_MINUTES)
    return put(carried, column, start, now) if start is not None else carried


def put(carried: Carried, column: Column, start: datetime, now: datetime) -> Carried:
    """The same at a start, with what is known against it."""
    row = carried.row
    minutes = column.diary.minutes if column.doctor["_id"] != row["practitioner"] else row["minutes"]
    moved = replace(carried, column=column.key, start=start, minutes=minutes or row["minutes"], refused=False)
    if moved.is_home:
        return replace(moved, broken=None)
    # What it holds itself isn't in its way.
    diary = replace(column.diary, taken=column.diary.taken - set(row.get("claims", [])))
    return replace(moved, broken=diary.broken(start, row["purpose"], now))


def stepped(carried: Carried, column: Column, steps: int, now: datetime) -> Carried:
    """The same some slots of the doctor's day further down, or up."""
    starts = sorted({one.start for one in column.starts})
    if not starts:
        return put(carried, column, carried.start + steps * timedelta(minutes=CELL_MINUTES), now)
    later = [one for one in starts if (one > carried.start if steps > 0 else one < carried.start)]
    target = (later[0] if steps > 0 else later[-1]) if later else carried.start
    return put(carried, column, target, now)


def aside(carried: Carried, columns: Sequence[Column], steps: int, axis: Axis, now: datetime) -> Carried:
    """The same in a neighbouring column, at the start nearest to the time."""
    number = next((n for n, one in enumerate(columns) if one.key == carried.column), 0)
    if not 0 <= number + steps < len(columns):
        return carried
    here, column = columns[number], columns[number + steps]
    position = axis.position(here.day, carried.start)
    if column.starts:
        nearest = min(column.starts, key=lambda one: abs(one.top - position))
        return put(carried, column, nearest.start, now)
    return over(carried, column, axis, position, now)


def still_holds(carried: Carried, columns: Sequence[Column]) -> bool:
    """Whether its column is still shown, and nobody else has changed it meanwhile."""
    rows = {box.record: box.row for column in columns for box in column.boxes if not box.is_ghost}
    now = rows.get(carried.row["_id"])
    shown = any(column.key == carried.column for column in columns)
    return shown and (now is None or now["version"] == carried.row["version"])
