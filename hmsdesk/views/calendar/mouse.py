"""The mouse in the calendar's grid: pointing, clicking, and beginning to carry a booking."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from bson import ObjectId
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolTip

from hmsdesk.views.calendar.cursor import Spot, at, spots
from hmsdesk.views.calendar.drag import Dragging
from hmsdesk.views.calendar.plan import Box
from hmsdesk.views.calendar.spoken import of_spot

if TYPE_CHECKING:
    from hmsdesk.views.calendar.grid import DayGrid

LEFT = Qt.MouseButton.LeftButton


class MouseWork:
    """Knows what is pointed at and what was pressed."""

    def __init__(self, grid: DayGrid) -> None:
        self._grid = grid
        self._pressed: tuple[int, Spot] | None = None
        self.pointed: tuple[int, Spot] | None = None
        self.dragging = Dragging(grid)

    def spot_at(self, point: QPoint) -> tuple[int, Spot] | None:
        """What lies at a point of the viewport, with its column."""
        grid = self._grid
        places = grid.places() if grid.axis else None
        number = places.column_at(point.x()) if places else None
        if places is None or number is None:
            return None
        spot = places.spot_at(point, spots(grid.columns[number]), number)
        return (number, spot) if spot is not None else None

    def press(self, point: QPoint, button: Qt.MouseButton) -> None:
        """Select what is there; a booking that can be moved may be about to be."""
        grid = self._grid
        offered = self._offer_at(point)
        if button == LEFT and offered is not None:
            grid.offer_taken.emit(*offered)
            return
        grid.pressed.emit()
        if button != LEFT:
            return
        self._pressed = self.go_to(point)
        if self._pressed is None:
            return
        number, spot = self._pressed
        if isinstance(spot, Box) and not spot.is_ghost and grid.may_move(spot.row):
            self.dragging.press(number, spot, point)

    def move(self, point: QPoint, buttons: Qt.MouseButton) -> None:
        """Carry what was pressed, or show what is pointed at."""
        if buttons & LEFT:
            self.dragging.move(point)
            return
        pointed = self.spot_at(point)
        if pointed != self.pointed:
            self.pointed = pointed
            self._grid.viewport().update()

    def release(self, point: QPoint, button: Qt.MouseButton) -> None:
        """Drop what was carried, or open what was clicked."""
        pressed, self._pressed = self._pressed, None
        if button != LEFT or self.dragging.release() or pressed is None:
            return
        hit = self.spot_at(point)
        if hit == pressed:
            self._grid.open_spot(self._grid.columns[hit[0]], hit[1])

    def leave(self) -> None:
        """Nothing is pointed at any more."""
        if self.pointed is not None:
            self.pointed = None
            self._grid.viewport().update()

    def go_to(self, point: QPoint) -> tuple[int, Spot] | None:
        """Put the keyboard at what lies at a point."""
        hit = self.spot_at(point)
        if hit is not None:
            self._grid.go_to(at(self._grid.columns[hit[0]], hit[1]), show=False)
        return hit

    def tell(self, point: QPoint, where: QPoint) -> None:
        """All of what is there, also what a narrow card has no room for. where: on the screen."""
        hit = self.spot_at(point)
        if hit is None or self._grid.carried is not None:
            QToolTip.hideText()
            return
        words = of_spot(self._grid.columns[hit[0]], hit[1], self._grid.practice)
        # A tool tip takes what looks like markup for markup.
        QToolTip.showText(where, f"<span>{escape(words)}</span>", self._grid)

    def _offer_at(self, point: QPoint) -> tuple[ObjectId, datetime] | None:
        for key, start, minutes in self._grid.offered:
            rect = self._grid.places().time(key, start, minutes)
            if rect is not None and rect.contains(point):
                return key[0], start
        return None
