"""Who waits for what takes long: is told how far it is, and may want it no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hmsdesk.errors import Stopped


@dataclass(frozen=True)
class Watch:
    """Who waits. progress: is told how many of about how many are done. stopped: whether it is unwanted by now."""

    progress: Callable[[int, int], object] = lambda _done, _of: None
    stopped: Callable[[], bool] = lambda: False

    def go_on(self, unfinished: str) -> None:
        """Raises Stopped where it is unwanted by now. unfinished: what was not done: The backup was not made."""
        if self.stopped():
            raise Stopped(unfinished)


UNWATCHED = Watch()
