"""Where the keyboard is in the calendar: at a booking, or at a start nobody has. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hmsdesk.views.calendar.plan import Box, Column, Key, Start

Spot = Box | Start


@dataclass(frozen=True)
class Cursor:
    """Kept while everything around it is fetched anew. name: of the spot; position: where to go on if that is gone."""

    column: Key
    name: tuple[object, ...] | None
    position: int


def name_of(spot: Spot) -> tuple[object, ...]:
    """What a spot is known by."""
    return (spot.record, spot.is_ghost) if isinstance(spot, Box) else (spot.start, spot.purpose)


def spots(column: Column) -> list[Spot]:
    """Everything one can go to in a column, from top to bottom."""
    found: list[Spot] = [*column.boxes, *(start for start in column.starts if start.words)]
    return sorted(found, key=lambda spot: (spot.top, spot.start if isinstance(spot, Box) else 0.0))


def at(column: Column, spot: Spot) -> Cursor:
    """The cursor at a spot."""
    return Cursor(column.key, name_of(spot), spot.top)


def find(columns: Sequence[Column], cursor: Cursor | None) -> tuple[int, Spot | None] | None:
    """The column and the spot a cursor is at; None where its column isn't shown."""
    for number, column in enumerate(columns):
        if cursor is not None and column.key == cursor.column:
            return number, next((spot for spot in spots(column) if name_of(spot) == cursor.name), None)
    return None


def nearest(column: Column, position: int) -> Cursor:
    """The cursor at what lies nearest to a position; at the column itself where it is empty."""
    every = spots(column)
    if not every:
        return Cursor(column.key, None, position)
    return at(column, min(every, key=lambda spot: abs(spot.top - position)))


def down(columns: Sequence[Column], cursor: Cursor, steps: int) -> Cursor:
    """So many spots further down, or up; it stays at the first and at the last."""
    here = find(columns, cursor)
    if here is None:
        return cursor
    column = columns[here[0]]
    every = spots(column)
    if here[1] is None:
        return nearest(column, cursor.position)
    place = min(max(0, every.index(here[1]) + steps), len(every) - 1)
    return at(column, every[place])


def across(columns: Sequence[Column], cursor: Cursor, steps: int) -> Cursor | None:
    """At the same time so many columns on, or back; None beyond the first and the last."""
    here = find(columns, cursor)
    number = (here[0] if here else 0) + steps
    return nearest(columns[number], cursor.position) if 0 <= number < len(columns) else None


def to_end(columns: Sequence[Column], cursor: Cursor, *, last: bool) -> Cursor:
    """The first or the last spot of the column."""
    here = find(columns, cursor)
    every = spots(columns[here[0]]) if here else []
    return at(columns[here[0]], every[-1 if last else 0]) if here and every else cursor
