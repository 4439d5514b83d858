"""Lets an object see what is typed, wherever the keyboard is, without being asked about all else that happens.

A filter on the application would have Python asked about every event of every widget, thousands for one page.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class AtKeyboard(QObject):
    """Keeps `watcher` the event filter of the widget that has the keyboard; of the window, where none has it."""

    def __init__(self, watcher: QObject) -> None:
        super().__init__(watcher)
        self._watcher = watcher
        self._watched: QWidget | None = None
        self._has_begun = False

    def begin(self) -> None:
        """From now on."""
        if not self._has_begun:
            self._has_begun = True
            _application().focusChanged.connect(self._on_focus)
            self._watch(QApplication.focusWidget())

    def end(self) -> None:
        """No more."""
        if self._has_begun:
            self._has_begun = False
            _application().focusChanged.disconnect(self._on_focus)
            self._let_go()

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        self._watch(now)

    def _watch(self, widget: QWidget | None) -> None:
        self._let_go()
        self._watched = widget or QApplication.activeWindow()
        if self._watched is not None:
            self._watched.installEventFilter(self._watcher)

    def _let_go(self) -> None:
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self._watcher)
        self._watched = None


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application
