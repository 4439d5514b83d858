"""Carrying a booking with the mouse: from the first steps away until it is let go of, or Esc."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QApplication

from hmsdesk.views.calendar.carry import over, taken_up
from hmsdesk.views.calendar.plan import Box

if TYPE_CHECKING:
    from hmsdesk.views.calendar.grid import DayGrid

# Nearer to an edge than this the grid scrolls by itself.
EDGE = 32
TICK_MS = 30
MOST_PER_TICK = 18


class Dragging(QObject):
    """Knows what was pressed, and where the mouse has it."""

    def __init__(self, grid: DayGrid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._pressed: tuple[int, Box] | None = None
        self._from = QPoint()
        self._mouse = QPoint()
        # How far below the booking's beginning it was taken, px.
        self._held = 0
        self.is_on = False
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._on_tick)

    def press(self, number: int, box: Box, point: QPoint) -> None:
        """The mouse went down on a booking that can be moved."""
        self._pressed, self._from = (number, box), point
        self._held = point.y() - self._grid.places().spot(number, box).y()

    def move(self, point: QPoint) -> None:
        """The mouse moved with its button down."""
        if self._pressed is None:
            return
        self._mouse = point
        if not self.is_on and (point - self._from).manhattanLength() >= QApplication.startDragDistance():
            number, box = self._pressed
            self.is_on = True
            self._grid.carry(taken_up(box.row, self._grid.columns[number]))
            self._clock.start()
        if self.is_on:
            self._carry()

    def release(self) -> bool:
        """The button was let go of; whether something was being moved."""
        was_on = self.is_on
        self.stop()
        if was_on:
            self._grid.drop()
        return was_on

    def stop(self) -> None:
        """Leave all as it was."""
        self._pressed, self.is_on = None, False
        self._clock.stop()

    def _carry(self) -> None:
        grid = self._grid
        if grid.carried is None:
            self.stop()
            return
        places = grid.places()
        room = grid.viewport().rect()
        number = places.column_at(min(max(self._mouse.x(), room.left()), room.right()))
        if number is not None:
            # A little below its upper edge: what lies there is what it is meant for.
            y = min(max(self._mouse.y(), room.top()), room.bottom()) - self._held + EDGE // 4
            position = min(max(places.position_at(y), places.axis.first), places.axis.last - 1)
            grid.carry(over(grid.carried, grid.columns[number], places.axis, position, grid.now))

    def _on_tick(self) -> None:
        room = self._grid.viewport().rect()
        for bar, at, first, last in (
            (self._grid.verticalScrollBar(), self._mouse.y(), room.top(), room.bottom()),
            (self._grid.horizontalScrollBar(), self._mouse.x(), room.left(), room.right()),
        ):
            beyond = max(0, at - (last - EDGE)) - max(0, first + EDGE - at)
            if bar is self._grid.horizontalScrollBar() and self._grid.isRightToLeft():
                beyond = -beyond
            if beyond:
                step = max(-MOST_PER_TICK, min(MOST_PER_TICK, beyond))
                bar.setValue(bar.value() + step)
        self._carry()
