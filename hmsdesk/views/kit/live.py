"""What changed on other workstations, as Qt signals on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget


class Live(QObject):
    """One for each signed-in person. Signals cross threads, so a watcher's callbacks may emit them."""

    changed = Signal(object)
    gap = Signal()
    """Some news may have been missed: everything must be fetched again."""

    def follow(
        self, page: QWidget, collections: Collection[str], refetch: Callable[[], Any], record: object = None
    ) -> None:
        """Call `refetch` when something in the collections changed, for as long as the page lives.

        record: only this one's changes matter.
        """

        def on_change(change: Any) -> None:
            if change.collection in collections and record in (None, change.record):
                refetch()

        changes = self.changed.connect(on_change)
        gaps = self.gap.connect(refetch)

        def stop() -> None:
            QObject.disconnect(changes)
            QObject.disconnect(gaps)

        page.destroyed.connect(stop)
