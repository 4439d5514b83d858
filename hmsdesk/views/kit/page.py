"""What a page of the window has: margins that grow with the window, and the way back to where it was asked from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button


def is_wide(widget: QWidget) -> bool:
    """Whether the window a widget lies in has room to spare."""
    return widget.window().width() >= theme.WIDE_WINDOW


def margin_of(widget: QWidget) -> int:
    """What is left free at the edges of a page, px."""
    return theme.SPACE_24 if is_wide(widget) else theme.SPACE_16


class KeyboardStart(QWidget):
    """Passes the keyboard on to where one begins. (With a focus proxy, Tab would pass by all that lies before it.)"""

    def __init__(self) -> None:
        super().__init__()
        self._first: QWidget | None = None

    def begin_at(self, widget: QWidget) -> None:
        """Where the keyboard is to be when this is gone to."""
        self._first = widget

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._first is not None:
            self._first.setFocus(event.reason())


class Page(KeyboardStart):
    """One column. above: what is left free over its first line, px."""

    def __init__(self, above: int = 0, spacing: int = 0) -> None:
        super().__init__()
        self._above = above
        self._column = QVBoxLayout(self)
        self._column.setSpacing(spacing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        margin = margin_of(self)
        self._column.setContentsMargins(margin, self._above, margin, margin)


class BackButton(Button):
    """‹ Patients: back to where one came from; the chevron points against the reading direction."""

    def __init__(self, where: str, leave: Callable[[], object]) -> None:
        super().__init__(where, "quiet", theme.back_icon())
        self.lead_to(where)
        self.clicked.connect(lambda _: leave())

    def lead_to(self, where: str) -> None:
        """Name another place."""
        self.set_text(where)
        self.setAccessibleName(f"Back to {where}")
