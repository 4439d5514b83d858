"""What is needed soon is imported a little at a time, while the window waits for the person.

On the window's thread, as everything that makes classes of Qt's: on another one it may end the program
(docs/decisions/021-classes-on-the-windows-thread.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

# What was typed or clicked meanwhile comes first, and is painted.
_PAUSE_MS = 10


class Ahead(QObject):
    """Imports modules, one in each event."""

    def __init__(self, owner: QObject, modules: Iterable[str], done: Callable[[], object]) -> None:
        """owner: it ends with it. done: called once all are imported."""
        super().__init__(owner)
        self._modules = deque(modules)
        self._done = done
        self._pause = QTimer(self, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._go_on)
        self._pause.start()

    def _go_on(self) -> None:
        if self._modules:
            import_module(self._modules.popleft())
        else:
            self._pause.stop()
            self._done()
