"""How far work on another thread is, shown on a bar, and telling that work that it is unwanted by now."""

from __future__ import annotations

import threading

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar

from hmsdesk.models.watch import Watch
from hmsdesk.views.kit import tasks


class Progress(QProgressBar):
    """A bar. watch: for the work, which is told and asked on its own thread. went_on: so many of about so many."""

    went_on = Signal(int, int)

    def __init__(self, title: str) -> None:
        super().__init__(textVisible=False)
        self.setAccessibleName(title)
        self.setRange(0, 0)
        self._stopped = threading.Event()
        self.watch = Watch(self._go_on, self._stopped.is_set)
        self.went_on.connect(self._on_went_on)

    def begin(self) -> None:
        """Something is begun, of which it isn't known yet how much it is."""
        self._stopped.clear()
        self.setRange(0, 0)

    def stop(self) -> None:
        """Let the work end."""
        self._stopped.set()

    def is_stopped(self) -> bool:
        """Whether the work is to end."""
        return self._stopped.is_set()

    def _go_on(self, done: int, of: int) -> None:
        """On the worker's thread."""
        if not self.is_stopped() and not tasks.cancelled():
            self.went_on.emit(done, of)

    def _on_went_on(self, done: int, of: int) -> None:
        # Percent: Qt's numbers end at two thousand million.
        self.setRange(0, 100)
        self.setValue(100 * done // max(of, 1))
