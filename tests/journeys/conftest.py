"""A practice in a data folder of its own, with its own server, as `hmsdesk demo` makes it; and windows onto it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from hmsdesk.app import Program
from hmsdesk.controllers import demo
from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from hmsdesk.views.kit import tasks
from tests.journeys.hands import Hands
from tests.waiting import PATIENCE_S, until

ROOT = Path(__file__).parents[2]
ADMINISTRATOR = demo.PEOPLE[0][2]


def email_of(role: Role) -> str:
    """The e-mail of the demo practice's person in a role."""
    return demo.email_of(role)


@dataclass
class Practice:
    """A real practice with a server of its own, and its owner at hand."""

    settings: Settings
    workplace: Workplace
    door: Door
    session: Session
    owner: Owner

    def server_pid(self) -> int:
        """The process of the practice's server."""
        pid = EmbeddedServer(self.settings).status().pid
        assert pid is not None
        return pid

    def hire(self, role: Role) -> tuple[str, Any]:
        """An account of the test's own: its e-mail and its person."""
        email = f"{uuid4().hex[:8]}@nileclinic.example"
        self.owner.create_active({"name": f"Person {email[:6]}", "email": email}, [role], demo.PASSWORD)
        return email, self.owner.database.accounts.find_one({"email": email})["_id"]


@pytest.fixture(scope="session")
def practice() -> Iterator[Practice]:
    """One practice for all journeys. Its folder's name is short: so must be a socket's."""
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    settings = Settings(home=home, argon2_mib=64, server_timeout_s=PATIENCE_S)
    workplace = Workplace(settings)
    demo.make(workplace, demo.Size(patients=12, ahead=1, behind=0, doctors=3))
    door = workplace.door()
    with ExitStack() as stack:
        session = door.sign_in(ADMINISTRATOR, demo.PASSWORD)
        stack.callback(session.close)
        owner = stack.enter_context(owning(door, session, demo.PASSWORD))
        yield Practice(settings, workplace, door, session, owner)
    workplace.close()
    shutil.rmtree(home)


@pytest.fixture
def bugs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """What the program itself would call a bug; a test must end without any."""
    found: list[Exception] = []
    monkeypatch.setattr(tasks, "report", tasks.report)
    yield found
    assert not found


@pytest.fixture
def window_on(qapp: QApplication, bugs: list[Exception]) -> Iterator[Callable[[Settings], Hands]]:
    """Opens the program's window onto any data folder in this process, one at a time."""
    opened: list[Program] = []
    before = set(_open_clients())

    def open_window(settings: Settings) -> Hands:
        program = Program(qapp, settings)
        opened.append(program)

        def report(problem: Exception) -> None:
            if isinstance(problem, UserError):
                program.report(problem)
            else:
                bugs.append(problem)

        tasks.report = report
        program.begin()
        return Hands(program)

    yield open_window
    for program in opened:
        program.window.close()
        program.window.deleteLater()
    # Otherwise a page's clock would ask the server something in the middle of a later test.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # One that was closed while the server was frozen lets go a little later.
    assert until(lambda: set(_open_clients()) <= before), "connections left open"


@pytest.fixture
def window(practice: Practice, window_on: Callable[[Settings], Hands]) -> Callable[..., Hands]:
    """Opens the program's window onto the practice, where it is connected; options are settings."""

    def open_window(**options: Any) -> Hands:
        hands = window_on(replace(practice.settings, **options))
        hands.wait(lambda: hands.program.entrance.is_connected, "the server")
        return hands

    return open_window


def _open_clients() -> Iterator[int]:
    return (id(client) for client in MongoClient._clients.values() if not client._closed)


class Elsewhere:
    """A window in a process of its own, told what to do from here."""

    def __init__(self, settings: Settings, **surroundings: str) -> None:
        """surroundings: what its process has in its environment besides."""
        environment = os.environ | {"HMSDESK_HOME": str(settings.home), "HMSDESK_ARGON2_MIB": "64"}
        environment |= {"HMSDESK_SERVER_TIMEOUT_S": str(PATIENCE_S)}
        environment |= {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)} | surroundings
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )

    def do(self, method: str, *arguments: object) -> Any:
        """Have something done there; what it answers."""
        self.begin(method, *arguments)
        return self.finish()

    def begin(self, method: str, *arguments: object) -> None:
        """Have something begun there; `finish` waits for its end."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([method, *arguments]) + "\n")
        self._process.stdin.flush()

    def finish(self) -> Any:
        """Wait for what was begun."""
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["value"]

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._close()

    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def dies(self) -> None:
        """Wait for the end it was armed with."""
        assert self._process.wait(PATIENCE_S) == -signal.SIGKILL
        self._close()

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(PATIENCE_S)

    def close(self) -> None:
        """End it as a person does, unless it has ended."""
        if self._process.returncode is None:
            self._close()
            assert self._process.returncode == 0


@pytest.fixture
def alone() -> Iterator[Settings]:
    """The data folder of a practice of the test's own, that no window is open for."""
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    settings = Settings(home=home, argon2_mib=64)
    workplace = Workplace(settings)
    demo.make(workplace, demo.Size(patients=4, ahead=1, behind=0, doctors=1))
    workplace.close()
    yield settings
    shutil.rmtree(home)


@pytest.fixture
def elsewhere(practice: Practice) -> Iterator[Callable[..., Elsewhere]]:
    """Opens windows in processes of their own, for the common practice or another."""
    opened: list[Elsewhere] = []

    def open_window(settings: Settings = practice.settings, **surroundings: str) -> Elsewhere:
        opened.append(Elsewhere(settings, **surroundings))
        return opened[-1]

    yield open_window
    for one in opened:
        one.close()


@pytest.fixture
def place() -> Iterator[Path]:
    """Where a disk of the test's own is mounted: apart from the folders that pytest clears away."""
    folder = Path(tempfile.mkdtemp(prefix="hms-"))
    yield folder
    folder.rmdir()
