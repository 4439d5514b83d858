"""What is needed soon is imported a little at a time, while the window waits for the person.

What makes classes of Qt's on the window's thread: on another one it may end the program
(docs/decisions/021-classes-on-the-windows-thread.md). What knows nothing of Qt is imported before that, off it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

from hmsdesk.views.kit import garbage, tasks

# What was typed or clicked meanwhile comes first, and is painted.
_PAUSE_MS = 10


class Ahead(QObject):
    """Imports modules: those that know nothing of Qt at once, on a worker, then the others, one in each event."""

    def __init__(self, owner: QObject, quiet: Iterable[str], modules: Iterable[str]) -> None:
        """owner: it ends with it. quiet: what knows nothing of Qt, though the other modules need it."""
        super().__init__(owner)
        self._modules = deque(modules)
        self._waiting: list[Callable[[], object]] = []
        self._is_done = False
        self._pause = QTimer(self, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._go_on)
        tasks.run(self, partial(_import, tuple(quiet)), self._on_imported)

    def then(self, work: Callable[[], object]) -> None:
        """Do something once all is imported; at once where it is."""
        if self._is_done:
            work()
        else:
            self._waiting.append(work)

    def stop(self) -> None:
        """Import nothing more, and do nothing of what waits."""
        self._pause.stop()
        self._waiting.clear()

    def _on_imported(self, _: None) -> None:
        # All that was imported to get here would be looked through just when a page is made.
        garbage.spare()
        self._pause.start()

    def _go_on(self) -> None:
        if self._modules:
            import_module(self._modules.popleft())
            return
        self._pause.stop()
        garbage.spare()
        self._is_done = True
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()


def _import(modules: tuple[str, ...]) -> None:
    for name in modules:
        import_module(name)
