"""Who uses something on this computer: each holds a locked file, which is free again however its process ends."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from filelock import FileLock, Timeout

_SUFFIX = ".lease"
# Others try a lease for an instant, to see whether somebody holds it.
_PATIENCE_S = 5


class Leases:
    """The leases in one folder, at most one of which is this object's own.

    Take and drop them under a lock, as that which guards the server's start: who counts, or clears away, must not meet
    one half taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: FileLock | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds a lease."""
        return self._own is not None

    @property
    def name(self) -> str:
        """What tells this object's own lease from all others there ever were; "" without one."""
        return Path(self._own.lock_file).stem if self._own is not None else ""

    def take(self) -> None:
        """Hold a lease from now on, and clear away those of processes that are gone."""
        if self._own is None:
            self._clear_leftovers()
            lease = _lock(self._folder / f"{os.getpid()}-{uuid.uuid4().hex}{_SUFFIX}")
            lease.acquire(timeout=_PATIENCE_S)
            self._own = lease

    def drop(self) -> None:
        """Hold none any more."""
        if self._own is not None:
            self._own.release()
            Path(self._own.lock_file).unlink(missing_ok=True)
            self._own = None

    def holders(self) -> tuple[int, ...]:
        """The process ids of all who hold a lease, this process among them: one entry a lease."""
        return tuple(sorted(int(file.name.partition("-")[0]) for file in self._files() if _is_held(file)))

    def is_held(self, name: str) -> bool:
        """Whether somebody holds the lease of this name, this object or another one."""
        file = self._folder / f"{name}{_SUFFIX}"
        return name == self.name or (file.exists() and _is_held(file))

    def _files(self) -> list[Path]:
        return list(self._folder.glob(f"[0-9]*-*{_SUFFIX}"))

    def _clear_leftovers(self) -> None:
        for file in self._files():
            if not _is_held(file):
                file.unlink(missing_ok=True)


def _lock(file: Path) -> FileLock:
    # The stand-in for drives without locks outlives a killed process: better no lease at all.
    return FileLock(file, mode=0o600, thread_local=False, fallback_to_soft=False)


def _is_held(file: Path) -> bool:
    try:
        with _lock(file).acquire(timeout=0):
            return False
    except Timeout:
        return True
