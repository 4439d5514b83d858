"""Long work of the window's thread in several turns of its event loop: a key that is pressed waits for one of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget


def next_turn(owner: QWidget, then: Callable[[], None]) -> None:
    """Do something in another turn, unless its owner is gone by then."""
    # Without a delay it would be the same turn, as Qt then takes it among the events that wait.
    QTimer.singleShot(1, owner, then)


def paint_next_turn(widget: QWidget) -> None:
    """What is changed in a widget now is painted in another turn."""
    widget.setUpdatesEnabled(False)
    next_turn(widget, lambda: widget.setUpdatesEnabled(True))
