"""Tab goes from top to bottom, also through what was made later than the rest of a page."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def put_before(stop: QWidget, part: QWidget) -> None:
    """Let Tab go through a part just before it comes to `stop`; Qt puts what is made later at the very end.

    Both must be in their place in the window by now: there is no order before that.
    """
    stops: list[QWidget] = []
    for widget in part.findChildren(QWidget):
        if _is_stop(widget, stop.window()) and not any(one.isAncestorOf(widget) for one in stops):
            stops.append(widget)
    before = stop.previousInFocusChain()
    while before is not None and before is not stop and (part.isAncestorOf(before) or not _takes_tab(before)):
        before = before.previousInFocusChain()
    known = [before] if before is not None and before is not stop else []
    for one, following in pairwise([*known, *stops, stop]):
        QWidget.setTabOrder(one, following)


def _is_stop(widget: QWidget, window: QWidget) -> bool:
    """An editor stands for what lies in it; a list that opens below a field is a window of its own."""
    return widget.window() is window and (widget.focusProxy() is not None or _takes_tab(widget))


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
