"""What is needed soon is imported a little at a time, while the window waits for the person.

On the window's thread, as everything that makes classes of Qt's: on another one it may end the program
(docs/decisions/021-classes-on-the-windows-thread.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

from hmsdesk.views.kit import garbage

# What was typed or clicked meanwhile comes first, and is painted.
_PAUSE_MS = 10


class Ahead(QObject):
    """Imports modules with widgets, one in each event."""

    def __init__(self, owner: QObject, modules: Iterable[str]) -> None:
        """owner: it ends with it."""
        super().__init__(owner)
        self._modules = deque(modules)
        self._waiting: list[Callable[[], object]] = []
        # All that was imported to get here would be looked through just when a page is made.
        garbage.spare()
        self._pause = QTimer(self, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._go_on)
        self._pause.start()

    def then(self, work: Callable[[], object]) -> None:
        """Do something once all is imported; at once where it is."""
        if self._modules:
            self._waiting.append(work)
            # Nobody types any more.
            self._pause.setInterval(0)
        else:
            work()

    def stop(self) -> None:
        """Import nothing more, and do nothing of what waits."""
        self._pause.stop()
        self._waiting.clear()

    def _go_on(self) -> None:
        try:
            import_module(self._modules.popleft())
        finally:
            # What one module lacks may not keep anybody out who needs another.
            if not self._modules:
                self._end()

    def _end(self) -> None:
        self._pause.stop()
        garbage.spare()
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()
