"""The workstation's own log: what the program did and failed at. It carries ids, never what a record says."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FOLDER = "log"
_BYTES = 1_000_000
_KEPT = 3


class _PrivateFile(RotatingFileHandler):
    """Only this user may read it."""

    def _open(self):  # type: ignore[no-untyped-def]
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging calls it so)
        """A disk that takes nothing is told in the window; on a terminal every line would come with a traceback."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def log_to(folder: Path) -> None:
    """Keep a log of a few megabytes in the data folder. Raises OSError."""
    handler = _PrivateFile(_place(folder) / "hmsdesk.log", maxBytes=_BYTES, backupCount=_KEPT)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)


def note_crashes_in(folder: Path) -> None:
    """Where the process breaks off from within, write down which functions its threads were in. Raises OSError."""
    # It stays open: where memory is damaged, nothing can be opened any more.
    faulthandler.enable(os.open(_place(folder) / "crash.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))


def _place(folder: Path) -> Path:
    place = folder / _FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    return place
