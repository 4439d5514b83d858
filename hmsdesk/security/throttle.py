"""Failed sign-ins slow a person down, on this workstation. It is the sealing of keys that stops attackers."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

from hmsdesk.settings import write_private

THROTTLE_FILE = "throttle.json"
_FREE_TRIES = 3
_LONGEST_S = 300.0


class Throttle:
    """Counts failures by e-mail, kept in the data folder so that a restart doesn't forget them."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / THROTTLE_FILE

    def wait_s(self, email: str) -> float:
        """Seconds until this e-mail may be tried again; 0 if now."""
        failures, last = self._read().get(_name(email), (0, 0.0))
        if failures < _FREE_TRIES:
            return 0.0
        pause = min(2.0 ** (failures - _FREE_TRIES + 1), _LONGEST_S)
        # A clock that was set back must not lock anybody out for longer than the pause itself.
        return max(0.0, min(pause, last + pause - time.time()))

    def failed(self, email: str) -> None:
        """One more failure."""
        failures, _ = self._read().get(_name(email), (0, 0.0))
        self._write(self._read() | {_name(email): (failures + 1, time.time())})

    def succeeded(self, email: str) -> None:
        """Start counting anew."""
        self._write({name: kept for name, kept in self._read().items() if name != _name(email)})

    def _read(self) -> dict[str, tuple[int, float]]:
        if not self._file.exists():
            return {}
        try:
            return {name: (count, last) for name, (count, last) in json.loads(self._file.read_text("utf-8")).items()}
        except (ValueError, TypeError):
            return {}

    def _write(self, content: dict[str, tuple[int, float]]) -> None:
        write_private(self._file, json.dumps(content).encode())


def _name(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()[:16]
