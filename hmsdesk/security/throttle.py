"""Failed sign-ins slow a person down, on this workstation. It is the sealing of keys that stops attackers."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from hmsdesk.settings import write_private

THROTTLE_FILE = "throttle.json"
_LOCK_FILE = "throttle.lock"
_FREE_TRIES = 3
_LONGEST_S = 300.0
_FORGOTTEN_S = 24 * 3600.0
_PATIENCE_S = 5
_log = logging.getLogger(__name__)

_Tries = dict[str, tuple[int, float]]


class Throttle:
    """Counts tries by e-mail, kept in the data folder so that a restart doesn't forget them.

    A try counts as failed from its beginning, so that many at once gain nothing. Threads and windows may share it.
    Where the disk takes nothing, nobody is kept out: this object counts by itself.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / THROTTLE_FILE
        self._counting = threading.Lock()
        self._unkept: _Tries | None = None
        self._lock = FileLock(folder / _LOCK_FILE, mode=0o600, timeout=_PATIENCE_S)

    def begin(self, email: str) -> float:
        """Seconds until this e-mail may be tried again, or 0: then this try is counted until it `succeeded`."""
        with self._kept() as tries:
            count, last = tries.get(_name(email), (0, 0.0))
            now = time.time()
            # Where the clock was set back the pause begins anew, so that it is never longer than it should be.
            last = min(last, now)
            wait = max(0.0, last + _pause(count) - now)
            tries[_name(email)] = (count, last) if wait else (count + 1, now)
            return wait

    def succeeded(self, email: str) -> None:
        """The password was right: start counting anew."""
        with self._kept() as tries:
            tries.pop(_name(email), None)

    def called_off(self, email: str) -> None:
        """The try begun last told nothing about the password, as where the server was gone."""
        with self._kept() as tries:
            count, last = tries.get(_name(email), (0, 0.0))
            if count > 0:
                tries[_name(email)] = (count - 1, last)

    @contextmanager
    def _kept(self) -> Iterator[_Tries]:
        """The tries, to be changed by one at a time."""
        with self._counting, self._alone():
            tries = self._read() if self._unkept is None else self._unkept
            yield tries
            kept = {name: (count, last) for name, (count, last) in tries.items() if last > time.time() - _FORGOTTEN_S}
            self._keep(kept)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One window at a time, where the disk takes locks."""
        try:
            self._lock.acquire()
        except OSError as error:
            _log.warning("sign-ins are not counted together: %s", type(error).__name__)
            yield
            return
        try:
            yield
        finally:
            self._lock.release()

    def _keep(self, tries: _Tries) -> None:
        try:
            write_private(self._file, json.dumps(tries).encode())
            self._unkept = None
        except OSError as error:
            _log.warning("the failed sign-ins were not kept: %s", type(error).__name__)
            self._unkept = tries

    def _read(self) -> _Tries:
        try:
            kept = json.loads(self._file.read_text("utf-8"))
            return {str(name): (int(count), float(last)) for name, (count, last) in kept.items()}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return {}


def _pause(count: int) -> float:
    """Seconds between the last try and the next: none at first, then twice as many each time."""
    if count < _FREE_TRIES:
        return 0.0
    doublings = min(count - _FREE_TRIES + 1, 16)
    return float(min(2.0**doublings, _LONGEST_S))


def _name(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:16]
