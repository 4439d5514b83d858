"""Where the calendar's columns and what lies in them are in the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from PySide6.QtCore import QPoint, QRect, QSize

from hmsdesk.views.calendar.axis import Axis
from hmsdesk.views.calendar.cursor import Spot
from hmsdesk.views.calendar.plan import Box, Column, Key

# Narrower a column isn't: the grid scrolls sideways instead. A week is to be seen whole.
LEAST_COLUMN, LEAST_OF_WEEK = 192, 124
MARGIN = 4
BETWEEN = 2


@dataclass(frozen=True)
class Places:
    """scroll: how far the grid has been scrolled, from its start; room: the part of it that is seen."""

    columns: Sequence[Column]
    axis: Axis
    room: QSize
    scroll: QPoint
    mirrored: bool

    @cached_property
    def column_width(self) -> int:
        """Of each column, its line included."""
        least = LEAST_OF_WEEK if len({one.day for one in self.columns}) > 1 else LEAST_COLUMN
        return max(least, self.room.width() // max(1, len(self.columns)))

    @property
    def content(self) -> QSize:
        """Of everything there is."""
        return QSize(self.column_width * len(self.columns), self.axis.height)

    def column(self, number: int) -> QRect:
        """A column from its first hour to its last; the last one reaches to the end of the room."""
        return self._every[number]

    @cached_property
    def _every(self) -> list[QRect]:
        return [self._column(number) for number in range(len(self.columns))]

    def _column(self, number: int) -> QRect:
        width = self.column_width
        left = number * width - self.scroll.x()
        if number == len(self.columns) - 1:
            width = max(width, self.room.width() - left)
        if self.mirrored:
            left = self.room.width() - left - width
        return QRect(left, -self.scroll.y(), width, self.axis.height)

    def seen(self, left: int, right: int) -> list[int]:
        """The columns that reach between two edges of the window."""
        every = ((number, self.column(number)) for number in range(len(self.columns)))
        return [number for number, rect in every if rect.right() >= left and rect.left() <= right]

    def stretch(self, number: int, top: int, bottom: int) -> QRect:
        """The whole width of a column between two positions; at its end stands the line."""
        rect = self.column(number)
        y = self.axis.y(top) - self.scroll.y()
        height = self.axis.y(bottom) - self.axis.y(top)
        return QRect(rect.x() + (1 if self.mirrored else 0), y, rect.width() - 1, height)

    def card(self, number: int, top: int, bottom: int, start: float = 0.0, end: float = 1.0) -> QRect:
        """The place of a card between two positions, with air around it."""
        rect = self.stretch(number, top, bottom).adjusted(MARGIN, 1, -MARGIN, -2)
        left = round(rect.width() * start) + (BETWEEN if start > 0 else 0)
        width = round(rect.width() * end) - left
        x = rect.right() + 1 - left - width if self.mirrored else rect.x() + left
        return QRect(x, rect.y(), width, rect.height())

    def spot(self, number: int, spot: Spot) -> QRect:
        """The place of a booking or a free start."""
        if isinstance(spot, Box):
            return self.card(number, spot.top, spot.bottom, spot.start, spot.end)
        return self.card(number, spot.top, spot.bottom)

    def time(self, key: Key, start: datetime, minutes: int) -> QRect | None:
        """The place of some minutes of a column; None where that isn't shown."""
        for number, column in enumerate(self.columns):
            if column.key == key:
                end = start + timedelta(minutes=minutes)
                return self.card(number, self.axis.position(column.day, start), self.axis.end(column.day, end))
        return None

    def column_at(self, x: int) -> int | None:
        """Which column lies at an x."""
        return next((n for n in range(len(self.columns)) if self.column(n).left() <= x <= self.column(n).right()), None)

    def position_at(self, y: int) -> int:
        """Which position lies at a y."""
        return self.axis.at(y + self.scroll.y())

    def spot_at(self, point: QPoint, spots: Sequence[Spot], number: int) -> Spot | None:
        """What lies at a point of a column; bookings lie over starts."""
        hit = [spot for spot in spots if self.spot(number, spot).adjusted(-1, -1, 1, 2).contains(point)]
        return next((spot for spot in hit if isinstance(spot, Box)), hit[0] if hit else None)
