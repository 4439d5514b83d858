"""Many workstations for a test, each a process of its own (tests.races.crew), and what they answer."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, Listener, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.opened import Opened
from hmsdesk.database.audit import HEADS_FILE, Heads
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD, Clinic
from tests.races.crew import READY, Told
from tests.races.workstation import Answer
from tests.waiting import PATIENCE_S, until

# Of each role, sharing the workstations: so a drawer is somebody's at several of them.
_PEOPLE = 2


class Desks:
    """Workstations of one practice. They end with the block."""

    def __init__(self, clinic: Clinic, folder: Path, number: int) -> None:
        self.clinic = clinic
        self.number = number
        self._folder = folder
        self._gate = folder / "gate"
        self._gate.touch()
        self._lines: list[Connection] = []
        self._crew: subprocess.Popen[bytes] | None = None
        self._opened: dict[Role, list[Opened]] = {}

    def __enter__(self) -> Desks:
        with Listener(str(self._folder / "crew.sock"), "AF_UNIX", backlog=self.number) as listener:
            arguments = [sys.executable, "-m", "tests.races.crew", str(listener.address), str(self.number)]
            self._crew = subprocess.Popen(arguments, start_new_session=True)
            lines = [listener.accept() for _ in range(self.number)]
        self._lines = [line for _, line in sorted(((line.recv(), line) for line in lines), key=lambda one: one[0])]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for line in self._lines:
            line.close()
        assert self._crew is not None
        try:
            self._crew.wait(timeout=5 if kind else PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._crew.pid, signal.SIGKILL)
            self._crew.wait()
            if kind is None:
                raise

    def sign_in(self, role: Role) -> list[ObjectId]:
        """Somebody signs in at each, all at once: the chains that this begins."""
        signed_in = [self.signing_in(number, role) for number in range(self.number)]
        answers = self.together("sign_in", signed_in)
        assert all(one.done for one in answers), answers
        return [one.value for one in answers]

    def signing_in(self, number: int, role: Role, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """What a workstation needs for that."""
        people = self._people(role)
        return self.place(number) | {"opened": people[number % len(people)], "role": role, "timeout_s": timeout_s}

    def place(self, number: int) -> dict[str, Any]:
        """What opens a workstation's door."""
        return {
            "folder": self._folder_of(number),
            "profile": self.clinic.profile,
            "address": self.clinic.address,
        }

    def together(self, deed: str, each: Sequence[dict[str, Any]]) -> list[Answer]:
        """What comes of it where each does the same in the same moment, with its own values."""
        with self.begun([(deed, values) for values in each]):
            pass
        return self.answers(range(len(each)))

    @contextmanager
    def begun(self, each: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[None]:
        """Each begins its own in the same moment, and goes on with it in the block and after it."""
        with self._gate.open() as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            for number, (deed, values) in enumerate(each):
                self._lines[number].send(Told(deed, values, str(self._gate)))
            for number in range(len(each)):
                assert self._lines[number].recv() == READY
        yield

    def answers(self, numbers: Sequence[int]) -> list[Answer]:
        """What came of it; no bug is an answer."""
        found: dict[int, Answer] = {}
        waiting = {self._lines[number]: number for number in numbers}
        while waiting:
            ready = wait(list(waiting), PATIENCE_S * 3)
            assert ready, "a workstation says nothing"
            for line in ready:
                assert isinstance(line, Connection)
                found[waiting.pop(line)] = line.recv()
        bugs = [one.bug for one in found.values() if one.bug]
        assert not bugs, bugs
        return [found[number] for number in numbers]

    def wait_for(self, count: int) -> None:
        """Until so many of all have an answer; nobody's is taken."""
        assert until(lambda: len(wait(self._lines, 0)) >= count), "the workstations say nothing"

    def some(self, numbers: Sequence[int], deeds: Sequence[tuple[str, dict[str, Any]]]) -> list[Answer]:
        """What comes of it where these do theirs, side by side."""
        for number in numbers:
            self._lines[number].send(Told(*deeds[number]))
        return self.answers(numbers)

    def one(self, number: int, deed: str, values: dict[str, Any]) -> Answer:
        """What comes of it at one workstation."""
        self._lines[number].send(Told(deed, values))
        return self.answers([number])[0]

    def heads(self) -> dict[ObjectId, tuple[int, bytes]]:
        """What all computers of the practice know they have written."""
        folders = [self.clinic.settings.folder(), *(self._folder_of(number) for number in range(self.number))]
        return {chain: head for folder in folders for chain, head in Heads(folder).read().items()}

    def _people(self, role: Role) -> list[Opened]:
        """Who works there; their password is stretched once, as that takes a moment and much memory by design."""
        if role not in self._opened:
            hired = [self.clinic.hire(role) for _ in range(_PEOPLE)]
            self._opened[role] = [self.clinic.door.open(one.email, PASSWORD) for one in hired]
        return self._opened[role]

    def _folder_of(self, number: int) -> Path:
        """A workstation's own data folder: it was enrolled, and has written nothing yet."""
        folder = self._folder / f"desk-{number}"
        if not folder.exists():
            folder.mkdir(mode=0o700)
            for file in self.clinic.settings.folder().iterdir():
                if file.is_file() and file.name != HEADS_FILE and not file.name.endswith(".lock"):
                    shutil.copy(file, folder)
        return folder
