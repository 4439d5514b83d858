"""Back and on in time, in the direction one reads."""

from __future__ import annotations

from PySide6.QtCore import QEvent

from hmsdesk.views.kit.buttons import Button


class DayStep(Button):
    """A chevron that goes a day back or on, in the direction one reads."""

    def __init__(self, days: int, hint: str) -> None:
        super().__init__("", "normal", "chevron-left")
        self._on = days > 0
        self.setAccessibleName("Next day" if self._on else "Day before")
        self.setToolTip(hint)
        self._turn()

    def _turn(self) -> None:
        self.icon_name = "chevron-right" if self._on != self.isRightToLeft() else "chevron-left"

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._turn()
