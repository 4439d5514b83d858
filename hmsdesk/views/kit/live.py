"""What changed on other workstations, as Qt signals on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid


class Live(QObject):
    """One for each signed-in person. Signals cross threads, so a watcher's callbacks may emit them."""

    changed = Signal(object)
    gap = Signal()
    """Some news may have been missed: everything must be fetched again."""

    def follow(
        self, page: QWidget, collections: Collection[str], refetch: Callable[[], Any], record: object = None
    ) -> None:
        """Call `refetch` when something in the collections changed, for as long as the page lives.

        While the page is hidden it waits, and is called once when the page is looked at again.
        record: only this one's changes matter.
        """
        follower = _Follower(page, refetch)

        def on_change(change: Any) -> None:
            if change.collection in collections and record in (None, change.record):
                follower.tell()

        changes = self.changed.connect(on_change)
        gaps = self.gap.connect(follower.tell)

        def stop() -> None:
            QObject.disconnect(changes)
            QObject.disconnect(gaps)

        page.destroyed.connect(stop)


class _Follower(QObject):
    """Knows whether a page is out of date."""

    def __init__(self, page: QWidget, refetch: Callable[[], Any]) -> None:
        super().__init__(page)
        self._page = page
        self._refetch = refetch
        self._stale = False
        page.installEventFilter(self)

    def tell(self) -> None:
        """Something was changed."""
        # News may be on their way from another thread when the page goes.
        if not isValid(self._page):
            return
        self._stale = not self._page.isVisible()
        if not self._stale:
            self._refetch()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and self._stale:
            self._stale = False
            self._refetch()
        return False
