"""Workstations, a process each: `python -m tests.races.crew SOCKET NUMBER` makes so many, and ends with them.

They are forked from a process that has imported the program and is connected nowhere: importing is most of a start's
cost. Each opens the practice on a connection of its own, and does what it is told over the socket until that is closed.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from tests.races.workstation import Answer, Workstation

READY = "ready"


@dataclass(frozen=True)
class Told:
    """What a workstation is to do. gate: a file; it says that it is ready, and begins once nobody keeps that locked."""

    deed: str
    values: dict[str, Any]
    gate: str = ""


def main(address: str, number: int) -> None:
    """Make the workstations, and wait until the last one has ended."""
    for one in range(number):
        if os.fork() == 0:
            work(address, one)
            os._exit(0)
    with suppress(ChildProcessError):
        while True:
            os.wait()


def work(address: str, number: int) -> None:
    """One workstation's life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workstation = Workstation()
    with Client(address) as line:
        line.send(number)
        with suppress(EOFError, OSError):
            while True:
                line.send(_done(workstation, line.recv(), line))


def _done(workstation: Workstation, told: Told, line: Connection) -> Answer:
    if told.gate:
        with Path(told.gate).open() as gate:
            line.send(READY)
            fcntl.flock(gate, fcntl.LOCK_SH)
    return workstation.answer(told.deed, told.values)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
