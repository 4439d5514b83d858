"""The real server, started once a run, and practices founded on it."""

from __future__ import annotations

import gc
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partialmethod
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from bson import ObjectId
from nacl.pwhash import argon2id
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.write_concern import WriteConcern
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.founding import Founding, Place, database_name, found
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database import provision
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.database.session import Session
from hmsdesk.security.credentials import Keys
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import ROLE_WORDS, Role
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import Kind, SecretStore, Settings
from hmsdesk.views.kit import garbage, theme
from tests import cups
from tests.handing_on import Practices, Standing
from tests.waiting import PATIENCE_S, until

# Nothing is printed on the machine's own printers.
cups.isolate()

# The same examples each time, so that no change fails by chance; --hypothesis-profile=exploring looks for new ones.
hypothesis.settings.register_profile(
    "exploring", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("tests", hypothesis.settings.get_profile("exploring"), derandomize=True)
hypothesis.settings.load_profile("tests")

# Many tests type the same few passwords, and a password stretches to the same each time: it is done once for each.
argon2id.kdf = cache(argon2id.kdf)

PATIENCE_MS = int(PATIENCE_S * 1000)
PASSWORD = "purple monkey dishwasher"
OWNER_EMAIL = "owner@nileclinic.example"


@dataclass(frozen=True)
class Hired:
    """Somebody with an account."""

    person: ObjectId
    name: str
    email: str
    password: str


class Clinic:
    """A practice on the real server, with an account for each role, made when it is first asked for."""

    def __init__(self, address: str, folder: Path, *, solo: bool = False, kind: Kind = Kind.EMBEDDED) -> None:
        self.address = address
        self.settings = Settings(home=folder, argon2_mib=64, server_timeout_s=PATIENCE_S)
        self.secrets = open_secrets(SecretStore.FILE, self.settings.folder())
        self.database = database_name("Nile Family Clinic")
        self.owner_password = _owner_of(address, self.database)
        founding = Founding(
            practice={"name": "Nile Family Clinic", "name_ar": "عيادة النيل للأسرة", "country": "EG"},
            owner_name="Sara El-Masry",
            owner_email=OWNER_EMAIL,
            owner_password=PASSWORD,
            solo=solo,
            secret_store=SecretStore.FILE,
        )
        place = Place(kind, address, self.database, self.owner_password)
        self._founded = found(founding, self.settings, self.secrets, place)
        self._keys: list[bytes] = []
        with self.past_the_program() as everything:
            self._standing = Standing(everything, folder)
        self._begin()

    def _begin(self) -> None:
        self.profile = self._founded.profile
        self.recovery_code = self._founded.recovery_code
        self.door = Door(self.settings, self.profile, self.secrets, self.address)
        self._stack = ExitStack()
        self._sessions: dict[Role, Session] = {}
        self._made = count()
        self._first = self.door.sign_in(OWNER_EMAIL, PASSWORD)
        self._sessions[self._first.identity.role] = self._first

    def begin_anew(self) -> bool:
        """Put everything back to how it was founded, and sign in; False where that can't be done."""
        with self.past_the_program() as everything:
            if not self._standing.put_back(everything, self.settings.home):
                return False
        self._begin()
        return True

    def email(self, role: Role) -> str:
        """The e-mail of the role's account."""
        return OWNER_EMAIL if role is self._first.identity.role else f"{role.value}@nileclinic.example"

    def sign_in(self, role: Role) -> Session:
        """A new session as a role."""
        self.session(role)
        session = self.door.sign_in(self.email(role), PASSWORD)
        self._sessions[uuid4()] = session  # type: ignore[index]
        return session

    def session(self, role: Role) -> Session:
        """A session as a role, the same one each time."""
        if role not in self._sessions:
            self.account({"name": f"{ROLE_WORDS[role]} of the tests", "email": self.email(role)}, [role])
            self._sessions[role] = self.door.sign_in(self.email(role), PASSWORD)
        return self._sessions[role]

    @property
    def administrator(self) -> Session:
        """The first owner's session."""
        return self._first

    def hire(self, *roles: Role, temporary: bool = False, owner: bool = False) -> Hired:
        """An account of the test's own."""
        name = f"Person {uuid4().hex[:6]}"
        values = {"name": name, "email": f"{name.split()[1]}@nileclinic.example"}
        opened, password = self.owner, PASSWORD
        if temporary:
            password = opened.create(values, roles, owner=owner)
        else:
            self.account(values, roles, owner=owner)
        account = opened.database.accounts.find_one({"email": values["email"]})
        return Hired(account["_id"], name, values["email"], password)

    def account(self, values: dict[str, Any], roles: Sequence[Role], *, owner: bool = False) -> None:
        """An account whose person has chosen the password of the tests.

        The first one made since the practice was put back has the keys that the first one had before, and so on: what a
        password stretches to depends on them, and was found out then.
        """
        number = next(self._made)
        if number == len(self._keys):
            self._keys.append(Keys.generate().to_bytes())
        with pytest.MonkeyPatch.context() as again:
            again.setattr(Keys, "generate", lambda: Keys.from_bytes(self._keys[number]))
            self.owner.create_active(values, roles, PASSWORD, owner=owner)

    @cached_property
    def owner(self) -> Owner:
        """The practice, opened by its first owner once for many tests."""
        return self._stack.enter_context(self.owning())

    def reopen(self) -> None:
        """Open the practice anew when it is next asked for: its owner credential is another one."""
        self.__dict__.pop("owner", None)

    def owning(self) -> AbstractContextManager[Owner]:
        """The practice opened by its first owner."""
        return owning(self.door, self._first, PASSWORD)

    def person(self, role: Role) -> ObjectId:
        """Who has the role's account."""
        return self.session(role).identity.person

    def credentials(self) -> dict[Role, Credential]:
        """Every role's database user, as somebody has it who got it out of the program."""
        return {role: self.owner._credential(role)[1] for role in Role}

    def enrolment(self) -> Credential:
        """The workstation's database user."""
        return Credential.from_bytes(self.secrets.get(ENROLMENT_ENTRY) or b"")

    def bare(self, credential: Credential) -> MongoClient[dict[str, Any]]:
        """A plain client as a database user, without the program."""
        return MongoClient(
            self.address, username=credential.user, password=credential.password, authSource=self.database
        )

    def past_the_program(self) -> AbstractContextManager[Database[dict[str, Any]]]:
        """The practice's database for somebody who may do anything."""
        return _database_as_root(self.address, self.database)

    def leave(self) -> None:
        """End every connection."""
        self._stack.close()
        self.reopen()
        for session in self._sessions.values():
            session.close()
        self.door.close()

    def take_away(self) -> None:
        """Take the practice off the server, which can't keep the files of hundreds open."""
        with self.past_the_program() as database:
            database.command("dropAllUsersFromDatabase")
            database.command("dropAllRolesFromDatabase")
            database.client.drop_database(self.database)


def pytest_collection_finish() -> None:
    """What was imported stays; the collector never needs to look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_goes_wrong_unseen() -> Iterator[None]:
    """Fails the test that leaves a thread running or a mouse button pressed, or in which the program logged an error.

    The driver's own threads belong to connections that several tests share.
    """
    before, logged = set(threading.enumerate()), _Errors()
    program = logging.getLogger("hmsdesk")
    program.addHandler(logged)
    yield
    program.removeHandler(logged)
    if not gc.isenabled():
        # Left to the event loop of the window's thread, which doesn't run between tests. A window that was closed would
        # stay until the next test that has one, and its clocks go on in those between: at another day it asks anew.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        # What a test made is still young; all else would cost more than most tests do.
        gc.collect(1)
    # A connection that was closed takes a moment to end its threads.
    assert until(lambda: _own_threads() <= before), f"threads left running: {_own_threads() - before}"
    assert not logged.messages
    assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _own_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith("pymongo")}


class PatientBot(QtBot):
    """Waits as long as a slow or busy machine may need: only a test that fails takes so long."""

    waitActive = partialmethod(QtBot.waitActive, timeout=PATIENCE_MS)
    waitExposed = partialmethod(QtBot.waitExposed, timeout=PATIENCE_MS)
    waitSignal = partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS)

    def waitUntil(self, callback: Callable[[], bool], *, timeout: int = PATIENCE_MS) -> None:
        def holds() -> bool:
            held = callback()
            if not isinstance(held, bool):
                # Qt's slots and mutating methods return None, which pytest-qt would take for success.
                raise TypeError(f"a condition must be true or false, not {held!r}")
            return held

        super().waitUntil(holds, timeout=timeout)
        # What Qt shows and lays out because of it comes one turn of the event loop later.
        QApplication.processEvents()


@pytest.fixture
def tried_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address at which nothing answers is given up soon."""
    monkeypatch.setattr("hmsdesk.controllers.provisioning._TRIAL_S", 0.2)


@pytest.fixture
def stretched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What stretching passwords has cost since: MiB, for each time."""
    costs: list[int] = []
    stretch = argon2id.kdf

    def noting(*arguments: Any, memlimit: int, **options: Any) -> bytes:
        costs.append(memlimit // 2**20)
        return stretch(*arguments, memlimit=memlimit, **options)

    monkeypatch.setattr(argon2id, "kdf", noting)
    return costs


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application as the program has it: in its look, so that sizes are right, and collecting on this thread."""
    theme.apply(qapp, dark=False)
    garbage.collect_here()
    return qapp


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """pytest-qt's, with more patience."""
    return PatientBot(request)


_SERVER_ADDRESS = pytest.StashKey[str]()


def _address_of_the_one_server(config: pytest.Config) -> str:
    """A real server of this run's own, started when it is first asked for. Who starts workers tells them of it."""
    told: dict[str, str] = getattr(config, "workerinput", {})
    if "server_address" in told:
        return told["server_address"]
    if _SERVER_ADDRESS not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        folder = Path(tempfile.mkdtemp(prefix="hmsdesk-"))
        stack.callback(shutil.rmtree, folder)
        address = stack.enter_context(EmbeddedServer(Settings(home=folder)))
        make_root(address)
        config.stash[_SERVER_ADDRESS] = address
    return config.stash[_SERVER_ADDRESS]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Called where a worker is about to be started."""
    node.workerinput["server_address"] = _address_of_the_one_server(node.config)


@pytest.fixture(scope="session")
def server_address(pytestconfig: pytest.Config) -> str:
    """The address of a real server of this run's own."""
    return _address_of_the_one_server(pytestconfig)


@pytest.fixture(scope="session")
def practices(server_address: str, tmp_path_factory: pytest.TempPathFactory) -> Practices:
    """Where practices come from and go back to."""

    def found(solo: bool, kind: Kind) -> Clinic:
        return Clinic(server_address, tmp_path_factory.mktemp("clinic"), solo=solo, kind=kind)

    return Practices(found)


@pytest.fixture(scope="module")
def clinic(practices: Practices) -> Iterator[Clinic]:
    """A practice that a module's tests share."""
    with practices.one() as one:
        yield one


@pytest.fixture(scope="module")
def practice(clinic: Clinic) -> Any:
    """A practice with who prescribes and who dispenses (tests.prescribing)."""
    from tests.prescribing import Prescribing

    return Prescribing(clinic)


@pytest.fixture
def new_clinic(practices: Practices) -> Iterator[Callable[..., Clinic]]:
    """Gives practices of the test's own."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(practices.one(**options))


_ROOT = "tests"
# For so long the server knows how things were. Otherwise the files of a practice that was dropped stay open for longer.
REMEMBERED_S = 15


def make_root(address: str) -> None:
    """The tests found many practices on one server, and look at it past the program."""
    with MongoClient[dict[str, Any]](address) as nobody:
        nobody.admin.command("createUser", _ROOT, pwd=_ROOT, roles=["root"])
    with root(address) as client:
        client.admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=REMEMBERED_S)
        # The least there may be: the program's own are 256 random bits, and signing in with one is no test's business.
        client.admin.command("setParameter", 1, scramSHA256IterationCount=5000)
        client.admin.command("updateUser", _ROOT, pwd=_ROOT)


def _owner_of(address: str, database: str) -> str:
    with root(address) as admin:
        return provision.create_owner(admin, database)


def root(address: str) -> MongoClient[dict[str, Any]]:
    """A client that may do anything on the tests' server."""
    return MongoClient(address, username=_ROOT, password=_ROOT, tz_aware=True)


@contextmanager
def _database_as_root(address: str, database: str) -> Iterator[Database[dict[str, Any]]]:
    with root(address) as client:
        yield client.get_database(database, write_concern=WriteConcern("majority"))
