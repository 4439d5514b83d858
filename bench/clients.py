"""Workstations as processes of their own, each with its own controllers and connections, that work at the same time."""

from __future__ import annotations

import copy
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bson import ObjectId
from filelock import FileLock
from pymongo import monitoring

from bench import rehearsal
from bench.deeds import DEEDS, Deed, Desk, Ground
from bench.rehearsal import Recorder, Rehearsal, Sent
from hmsdesk.controllers import demo
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.audit import Author, Chain, Heads
from hmsdesk.database.session import Session
from hmsdesk.settings import Settings

PROGRAM, BARE = "program", "bare"
_BARE_FROM = 10_000
_PATIENCE_S = 600


@dataclass(frozen=True)
class Hiring:
    """What a workstation is told when it begins. emails: of its receptionist, doctor and pharmacist."""

    home: Path
    number: int
    emails: tuple[str, str, str]
    patients: list[ObjectId]
    doctor: ObjectId
    medicines: list[ObjectId]


@dataclass(frozen=True)
class Stretch:
    """Some rounds of one workstation. begun, ended: on the machine's clock, s. times: of each round, ms."""

    begun: float
    ended: float
    times: list[float]


class Client:
    """A workstation's process, as the bench speaks to it."""

    def __init__(self, hiring: Hiring) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._line, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_serve, args=(theirs, hiring), daemon=True)
        self._process.start()

    def tell(self, *what: Any) -> None:
        """Have something done; `answer` waits for its end."""
        self._line.send(what)

    def answer(self) -> Any:
        """What came of it. Ends the bench where it failed."""
        if not self._line.poll(_PATIENCE_S):
            raise SystemExit("a workstation of the bench doesn't answer")
        try:
            return self._line.recv()
        except EOFError:
            raise SystemExit("a workstation of the bench ended with an error") from None

    def close(self) -> None:
        """End the process."""
        self._line.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextmanager
def clients(hirings: list[Hiring]) -> Iterator[list[Client]]:
    """So many workstations, signed in."""
    with ExitStack() as stack:
        made = []
        for hiring in hirings:
            made.append(Client(hiring))
            stack.callback(made[-1].close)
        for client in made:
            client.answer()
        yield made


# ---------------------------------------------------------------- within the process


class _Workstation:
    def __init__(self, hiring: Hiring, folder: Path, stack: ExitStack) -> None:
        workplace = Workplace(Settings(home=hiring.home, argon2_mib=64))
        stack.callback(workplace.close)
        door = workplace.door()
        letter = chr(ord("A") + hiring.number)
        ground = Ground(cycle(hiring.patients), hiring.doctor, hiring.medicines)
        self._desk = _desk(door, hiring, folder, f"P{letter}", stack)
        # Only the connections made from now on are listened to, so that nothing that is measured is.
        recorder = Recorder()
        monitoring.register(recorder)
        self._stage = _desk(door, hiring, folder, f"Q{letter}", stack)
        self._rehearsal = Rehearsal(recorder, hiring.number)
        self._deeds = {kind.name: kind(ground) for kind in DEEDS}
        self._rehearsed = {kind.name: kind(ground, _BARE_FROM) for kind in DEEDS}
        self._ready: dict[str, list[Any]] = {}

    def prepare(self, name: str, rounds: int) -> dict[str, int]:
        """Make ready what an operation is done to, and what is to be written bare; what it sends and asks."""
        deed, rehearsed = self._deeds[name], self._rehearsed[name]
        self._ready[PROGRAM] = [deed.prepared(self._desk) for _ in range(rounds)]
        self._ready[BARE] = [self._rehearse(rehearsed) for _ in range(rounds)]
        return {"sent": len(self._ready[BARE][0]), "asked": self._rehearsal.questions}

    def _rehearse(self, deed: Deed) -> list[Sent]:
        about = deed.prepared(self._desk)
        return self._rehearsal.of(deed.who(self._stage), lambda: deed.rehearse(self._stage, about))

    def run(self, name: str, side: str, rounds: int) -> Stretch:
        """Do some of what was made ready."""
        deed, about = self._deeds[name], self._ready[side][:rounds]
        del self._ready[side][:rounds]
        database = deed.who(self._desk).server.database
        times = []
        began = time.monotonic()
        for one in about:
            start = time.perf_counter()
            if side == PROGRAM:
                deed.do(self._desk, one)
            else:
                rehearsal.write(database, one)
            times.append((time.perf_counter() - start) * 1000)
        return Stretch(began, time.monotonic(), times)


def _desk(door: Door, hiring: Hiring, folder: Path, prefix: str, stack: ExitStack) -> Desk:
    sessions = []
    # Who signs in several times at once is held back by the program, so they come one after another.
    with FileLock(hiring.home / "bench.lock"):
        for email in hiring.emails:
            session = door.sign_in(email, demo.PASSWORD)
            stack.callback(session.close)
            sessions.append(_at_own_desk(session, folder, prefix))
    return Desk(*sessions)


def _at_own_desk(session: Session, folder: Path, prefix: str) -> Session:
    """As on a computer of its own: it issues patient IDs of its own, and keeps its chains' heads in its own folder."""
    own = copy.copy(session)
    own.identity = replace(session.identity, patient_prefix=prefix)
    author = Author(own.identity.person, own.identity.role.value, own.identity.workstation, own.keys.signing_key)
    own.chain = Chain(author, Heads(folder))
    return own


def _serve(line: Connection, hiring: Hiring) -> None:
    """What the process does: one thing after another, until the bench is gone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hmsdesk-bench-")))
        workstation = _Workstation(hiring, folder, stack)
        line.send("here")
        while True:
            try:
                what, *values = line.recv()
            except (EOFError, ConnectionResetError):
                sys.exit(0)
            line.send(getattr(workstation, what)(*values))
