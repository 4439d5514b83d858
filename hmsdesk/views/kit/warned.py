"""A warning that is passed by sending the same once more: only by whoever can have read it."""

from __future__ import annotations

from time import monotonic

# Below this a second press was meant for the first: a double click, or a key pressed twice in a hurry.
READ_AFTER_S = 1.0


class Warned:
    """What was warned of last, and since when. It may be asked from the thread that sends."""

    def __init__(self) -> None:
        self._of: object = None
        self._since = 0.0

    def warn(self, of: object) -> None:
        """It is said now, unless the same is being said already."""
        if of != self._of:
            self._of, self._since = of, monotonic()

    def found_nothing(self, of: object) -> None:
        """Nothing stands against it; when it is sent again, what it did the first time is no reason to warn."""
        self._of, self._since = of, -READ_AFTER_S

    def is_decided(self, of: object) -> bool:
        """Whether the same was warned of, long enough ago to have been read."""
        return of == self._of and monotonic() - self._since >= READ_AFTER_S
