"""Widgets that can't be changed while what they say is on its way."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class Held:
    """Disables widgets for a while, and gives the focus back to where it was in them: Qt moves it on meanwhile."""

    def __init__(self) -> None:
        self._widgets: tuple[QWidget, ...] = ()
        self._focused: QWidget | None = None

    def hold(self, *widgets: QWidget) -> None:
        """Nothing can be changed in these from now on. Those that are held already stay so, focus and all."""
        if not self._widgets:
            focused = QApplication.focusWidget()
            is_in_them = focused is not None and any(one is focused or one.isAncestorOf(focused) for one in widgets)
            self._focused = focused if is_in_them else None
        self._widgets = tuple(dict.fromkeys((*self._widgets, *widgets)))
        for widget in widgets:
            widget.setEnabled(False)

    def leave_focus(self) -> None:
        """The work goes on elsewhere: the focus isn't given back."""
        self._focused = None

    def release(self) -> None:
        """They can be changed again."""
        for widget in self._widgets:
            widget.setEnabled(True)
        if self._focused is not None and isValid(self._focused):
            self._focused.setFocus()
        self._widgets, self._focused = (), None
