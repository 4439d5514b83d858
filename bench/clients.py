"""Workstations as processes of their own, each with its own controllers and connections, that work at the same time."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

_PATIENCE_S = 600

# Makes what a process works with, of what it is told; what is opened is closed by the stack.
Make = Callable[[Any, ExitStack], Any]


class Client:
    """A workstation's process, as the bench speaks to it.

    make: called there, must be a module's own function or class. about: what it is told.
    """

    def __init__(self, make: Make, about: Any) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._line, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_serve, args=(theirs, make, about), daemon=True)
        self._process.start()
        theirs.close()

    def tell(self, what: str, *values: Any) -> None:
        """Have a method of what was made called; `answer` waits for what it returns."""
        self._line.send((what, *values))

    def answer(self) -> Any:
        """What was returned. Ends the bench where it failed."""
        try:
            if self._line.poll(_PATIENCE_S):
                return self._line.recv()
        except EOFError:
            raise RuntimeError("a workstation of the bench ended with an error") from None
        raise RuntimeError("a workstation of the bench doesn't answer")

    def close(self) -> None:
        """End the process."""
        self._line.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextmanager
def clients(made: Sequence[tuple[Make, Any]]) -> Iterator[list[Client]]:
    """So many workstations, each as soon as all are there."""
    with ExitStack() as stack:
        there: list[Client] = []
        for make, about in made:
            there.append(Client(make, about))
            stack.callback(there[-1].close)
        for client in there:
            client.answer()
        yield there


def all_of(there: Sequence[Client], what: str, *values: Any) -> list[Any]:
    """Have all of them do the same at once; what each returned."""
    for client in there:
        client.tell(what, *values)
    return [client.answer() for client in there]


# ---------------------------------------------------------------- within the process


def _serve(line: Connection, make: Make, about: Any) -> None:
    """What the process does: one thing after another, until the bench is gone."""
    with ExitStack() as stack:
        working = make(about, stack)
        line.send("here")
        loop = getattr(working, "loop", None)
        if loop is None:
            _answer(line, working)
            return
        # A window needs the first thread for itself.
        answering = threading.Thread(target=_answer, args=(line, working), daemon=True)
        answering.start()
        loop()


def _answer(line: Connection, working: Any) -> None:
    while True:
        try:
            what, *values = line.recv()
        except (EOFError, ConnectionResetError):
            break
        line.send(getattr(working, what)(*values))
    if hasattr(working, "end_loop"):
        working.end_loop()
