"""Board or table: two looks at the same day, each a page of its own."""

from __future__ import annotations

from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.segments import Segment, SegmentedControl

BOARD, TABLE = "home", "appointments"


class DaySwitch(SegmentedControl):
    """Leads to the other look. current: the module it stands on."""

    def __init__(self, context: Context, current: str) -> None:
        segments = [Segment(BOARD, "Board", "view-column-outline"), Segment(TABLE, "Table", "format-list-bulleted")]
        super().__init__("The day as", segments, current)
        self._context = context
        self._current = current
        self.chosen.connect(self._go)

    def _go(self, module: str) -> None:
        # Whoever comes back finds the page as what it is.
        self.show_choice(self._current)
        self._context.navigate(module, "")
