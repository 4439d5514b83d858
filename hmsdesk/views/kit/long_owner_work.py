"""What an owner does that may take minutes: the password, how far it is, and leaving it."""

from __future__ import annotations

import threading

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.models.watch import Watch
from hmsdesk.views.kit.owner_work import OwnerWork

STOPPING = "Stopping…"


class LongOwnerWork(OwnerWork):
    """Says how far it is, and can be stopped. watch: for the work, which is told of both by it."""

    _went_on = Signal(int, int)

    def __init__(self, parent: QWidget, title: str, text: str, action: str) -> None:
        super().__init__(parent, title, text, action)
        self._stopped = threading.Event()
        self._went_on.connect(self._on_went_on)
        self.watch = Watch(self._go_on, self._stopped.is_set)

    def _go_on(self, done: int, of: int) -> None:
        """On the worker's thread."""
        if not self._stopped.is_set():
            self._went_on.emit(done, of)

    def _on_went_on(self, done: int, of: int) -> None:
        # Percent: Qt's numbers end at two thousand million.
        self._bar.setRange(0, 100)
        self._bar.setValue(100 * done // max(of, 1))
        self._say(f"{done:,} of about {of:,} records…", "muted")

    def _set_working(self, working: bool) -> None:
        super()._set_working(working)
        self._stopped.clear()
        self._bar.setRange(0, 0)
        self._no.setEnabled(True)

    def reject(self) -> None:
        """While it is working, that it should end."""
        if self._working and not self._stopped.is_set():
            self._stopped.set()
            self._no.setEnabled(False)
            self._say(STOPPING, "muted")
        else:
            super().reject()
