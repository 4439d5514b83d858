"""The practice's time: that of its server, whatever this computer's clock is set to."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

# Less is the ordinary slow correction of a clock by the network.
_SET_S = 2.0
# Goes on while the computer sleeps, where the system has such a clock.
_STEADY = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


class Clock:
    """ahead: how far the server's clock is ahead of this computer's."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead
        self._gap = _gap()

    def now(self) -> datetime:
        """The time at the server: UTC."""
        return datetime.now(UTC) + self.ahead

    def look(self) -> bool:
        """Whether this computer's clock was set since the last look. The practice's time goes on evenly all the same.

        To be called every second or so.
        """
        gap = _gap()
        moved = gap - self._gap
        if abs(moved) < _SET_S:
            return False
        self._gap = gap
        self.ahead -= timedelta(seconds=moved)
        return True


def _gap() -> float:
    """Seconds from a clock that nobody sets to this computer's."""
    return time.time() - (time.monotonic() if _STEADY is None else time.clock_gettime(_STEADY))
