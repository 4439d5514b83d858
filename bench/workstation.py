"""A workstation at which the operations of a clinic's day are done: by the program, or bare."""

from __future__ import annotations

import copy
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle
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


@dataclass(frozen=True)
class Hiring:
    """What a workstation is told when it begins. emails: of its receptionist, doctor and pharmacist."""

    home: Path
    address: str
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


class Workstation:
    """Three people at one desk, and the same three at a rehearsal."""

    def __init__(self, hiring: Hiring, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hmsdesk-bench-")))
        door = door_of(hiring.home, hiring.address, stack)
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
        mine, theirs = ([one.prepared(self._desk) for _ in range(rounds)] for one in (deed, rehearsed))
        # Neither side is the first to have the server read a patient's pages from its disk: both are rehearsed.
        for about in mine:
            self._rehearse(deed, about)
        self._ready = {PROGRAM: mine, BARE: [self._rehearse(rehearsed, about) for about in theirs]}
        return {"sent": len(self._ready[BARE][0]), "asked": self._rehearsal.questions}

    def _rehearse(self, deed: Deed, about: Any) -> list[Sent]:
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


def door_of(home: Path, address: str, stack: ExitStack) -> Door:
    """The practice's door, in a process of its own. address: of the server, which the bench keeps running."""
    workplace = Workplace(Settings(home=home, argon2_mib=64))
    profile = workplace.profile()
    door = Door(workplace.settings, profile, workplace.secrets(profile.secret_store), address)
    stack.callback(door.close)
    return door


def signed_in(door: Door, emails: tuple[str, ...], stack: ExitStack) -> list[Session]:
    """Sessions of people who may sign in elsewhere in this very moment."""
    sessions = []
    # Who signs in several times at once is held back by the program, so they come one after another.
    with FileLock(door.settings.home / "bench.lock"):
        for email in emails:
            sessions.append(door.sign_in(email, demo.PASSWORD))
            stack.callback(sessions[-1].close)
    return sessions


def _desk(door: Door, hiring: Hiring, folder: Path, prefix: str, stack: ExitStack) -> Desk:
    return Desk(*(_at_own_desk(one, folder, prefix) for one in signed_in(door, hiring.emails, stack)))


def _at_own_desk(session: Session, folder: Path, prefix: str) -> Session:
    """As on a computer of its own: it issues patient IDs of its own, and keeps its chains' heads in its own folder."""
    own = copy.copy(session)
    own.identity = replace(session.identity, patient_prefix=prefix)
    author = Author(own.identity.person, own.identity.role.value, own.identity.workstation, own.keys.signing_key)
    own.chain = Chain(author, Heads(folder))
    return own
