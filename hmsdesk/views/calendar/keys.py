"""The keyboard in the calendar's grid: going about, opening, and moving a booking without the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent

from hmsdesk.views.calendar.carry import aside, stepped, taken_up
from hmsdesk.views.calendar.cursor import across, down, to_end
from hmsdesk.views.calendar.plan import Box

if TYPE_CHECKING:
    from hmsdesk.views.calendar.grid import DayGrid

MOVE_KEY = Qt.Key.Key_M
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
OPENING = (*ENTER, Qt.Key.Key_Space)
A_PAGE = 6


class KeyWork:
    """The arrows go from one booking or free start to the next; M takes one up, Enter drops it, Esc puts it back."""

    def __init__(self, grid: DayGrid) -> None:
        self._grid = grid

    def on_tab(self, *, forward: bool) -> bool:
        """Tab goes from column to column, and beyond the last one out of the grid."""
        grid = self._grid
        if grid.carried is not None or grid.cursor_at is None:
            return False
        cursor = across(grid.columns, grid.cursor_at, 1 if forward else -1)
        if cursor is not None:
            grid.go_to(cursor)
        return cursor is not None

    def on_key(self, event: QKeyEvent) -> bool:
        """Do what a key is for; whether it is for anything."""
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        if self._grid.carried is not None:
            return self._carry(event)
        return self._go(event) or self._act(event)

    def _steps(self, event: QKeyEvent) -> tuple[int, int]:
        """Columns on and spots down that an arrow means."""
        on = -1 if self._grid.isRightToLeft() else 1
        arrows: dict[int, tuple[int, int]] = {
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
            Qt.Key.Key_Left: (-on, 0),
            Qt.Key.Key_Right: (on, 0),
            Qt.Key.Key_PageUp: (0, -A_PAGE),
            Qt.Key.Key_PageDown: (0, A_PAGE),
        }
        return arrows.get(event.key(), (0, 0))

    def _go(self, event: QKeyEvent) -> bool:
        grid = self._grid
        columns, spots = self._steps(event)
        if not (columns or spots or event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            return False
        if grid.cursor_at is None:
            grid.begin_somewhere()
        elif spots:
            grid.go_to(down(grid.columns, grid.cursor_at, spots))
        elif columns:
            grid.go_to(across(grid.columns, grid.cursor_at, columns) or grid.cursor_at)
        else:
            grid.go_to(to_end(grid.columns, grid.cursor_at, last=event.key() == Qt.Key.Key_End))
        return True

    def _act(self, event: QKeyEvent) -> bool:
        grid, here = self._grid, self._grid.spot()
        if event.key() == Qt.Key.Key_Escape:
            return grid.leave_as_it_was()
        if here is None:
            return False
        if event.key() in OPENING:
            grid.open_spot(*here)
        elif event.key() == MOVE_KEY and isinstance(here[1], Box):
            self.take_up(here[1])
        elif event.key() == Qt.Key.Key_Menu and isinstance(here[1], Box):
            grid.menu_asked.emit(here[1].row, grid.mapToGlobal(QPoint(0, 0)))
        else:
            return False
        return True

    def take_up(self, box: Box) -> None:
        """Begin to move a booking with the keys."""
        grid = self._grid
        column = next((one for one in grid.columns if box in one.boxes), None)
        if column is not None and not box.is_ghost and grid.may_move(box.row):
            grid.carry(taken_up(box.row, column))

    def _carry(self, event: QKeyEvent) -> bool:
        grid, carried = self._grid, self._grid.carried
        assert carried is not None
        columns, spots = self._steps(event)
        if event.key() == Qt.Key.Key_Escape:
            grid.leave_as_it_was()
        elif event.key() in ENTER:
            grid.drop()
        elif columns and grid.axis is not None:
            grid.carry(aside(carried, grid.columns, columns, grid.axis, grid.now))
        elif spots:
            column = next(one for one in grid.columns if one.key == carried.column)
            grid.carry(stepped(carried, column, spots, grid.now))
        else:
            return False
        grid.bring_into_sight()
        return True
