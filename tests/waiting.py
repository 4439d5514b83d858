"""How long tests wait for what must come: as a slow or busy machine may need. Only one that fails waits so long."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil

PATIENCE_S = 60.0


def until(holds: Callable[[], object], patience_s: float = PATIENCE_S) -> bool:
    """Whether something comes true."""
    end = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def freeze(pid: int) -> None:
    """Stop a process where it is, and wait until it stands still: its threads may go on for a moment."""
    os.kill(pid, signal.SIGSTOP)
    assert until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
