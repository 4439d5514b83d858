"""What changed on other workstations, as Qt signals on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

# One hand-out is news of three collections or more: what comes at once is fetched once. Bursts are fetched no more
# often than that: the first piece of news after a pause is shown soon, those that follow it together.
_AT_ONCE_MS = 15
TOGETHER_MS = 120


class Live(QObject):
    """One for each signed-in person. Signals cross threads, so a watcher's callbacks may emit them."""

    changed = Signal(object)
    gap = Signal()
    """Some news may have been missed: everything must be fetched again."""
    saved = Signal(str, object)
    """A record of a collection was saved in this window: its list goes to it."""

    def follow(
        self, page: QWidget, collections: Collection[str] | None, refetch: Callable[[], Any], record: object = None
    ) -> None:
        """Call `refetch` soon after something in the collections changed, once for a burst, as long as the page lives.

        While the page is hidden it waits, and is called once when the page is looked at again.
        collections: None for whatever is changed. record: only this one's changes matter.
        """
        follower = _Follower(page, refetch)

        def on_change(change: Any) -> None:
            followed = collections is None or change.collection in collections
            if followed and record in (None, change.record):
                follower.tell()

        changes = self.changed.connect(on_change)
        gaps = self.gap.connect(follower.tell)

        def stop() -> None:
            QObject.disconnect(changes)
            QObject.disconnect(gaps)

        page.destroyed.connect(stop)


class _Follower(QObject):
    """Knows whether a page is out of date, and puts together what comes at once."""

    def __init__(self, page: QWidget, refetch: Callable[[], Any]) -> None:
        super().__init__(page)
        self._page = page
        self._refetch = refetch
        self._stale = False
        # Not begun anew by each piece of news, or news without a pause would never be shown.
        self._gathering = QTimer(self, singleShot=True)
        self._since = QElapsedTimer()
        self._gathering.timeout.connect(self._on_gathered)
        page.installEventFilter(self)

    def tell(self) -> None:
        """Something was changed."""
        # News may be on their way from another thread when the page goes.
        if isValid(self._page) and not self._gathering.isActive():
            paused = self._since.elapsed() if self._since.isValid() else TOGETHER_MS
            self._gathering.start(max(_AT_ONCE_MS, TOGETHER_MS - paused))

    def _on_gathered(self) -> None:
        self._since.start()
        self._stale = not self._page.isVisible()
        if not self._stale:
            self._refetch()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and self._stale:
            self._stale = False
            self._refetch()
        return False
