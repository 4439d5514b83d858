"""The real server, started once a run, and practices founded on it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.founding import Founding, Place, database_name, found
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database import provision
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.database.session import Session
from hmsdesk.security.permissions import ROLE_WORDS, Role
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import Kind, SecretStore, Settings

PASSWORD = "purple monkey dishwasher"
OWNER_EMAIL = "owner@nileclinic.example"


class Clinic:
    """A practice on the real server, with an account for each role, made when it is first asked for."""

    def __init__(self, address: str, folder: Path, *, solo: bool = False) -> None:
        self.address = address
        self.settings = Settings(home=folder, argon2_mib=64)
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
        place = Place(Kind.EMBEDDED, address, self.database, self.owner_password)
        founded = found(founding, self.settings, self.secrets, place)
        self.profile = founded.profile
        self.recovery_code = founded.recovery_code
        self.door = Door(self.settings, self.profile, self.secrets, address)
        self._sessions: dict[Role, Session] = {}
        self._first = self.door.sign_in(OWNER_EMAIL, PASSWORD)
        self._sessions[self._first.identity.role] = self._first

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
            with self.owning() as owner:
                values = {"name": f"{ROLE_WORDS[role]} of the tests", "email": self.email(role)}
                owner.create_active(values, [role], PASSWORD)
            self._sessions[role] = self.door.sign_in(self.email(role), PASSWORD)
        return self._sessions[role]

    @property
    def administrator(self) -> Session:
        """The first owner's session."""
        return self._first

    def owning(self) -> Iterator[Owner]:
        """The practice opened by its first owner: a context manager."""
        return owning(self.door, self._first, PASSWORD)  # type: ignore[return-value]

    def close(self) -> None:
        """End every connection."""
        for session in self._sessions.values():
            session.server.close()
        self.door.close()


@pytest.fixture(scope="session")
def server_address() -> Iterator[str]:
    """The address of a real server of this run's own."""
    folder = Path(tempfile.mkdtemp(prefix="hmsdesk-"))
    with EmbeddedServer(Settings(home=folder)) as address:
        _make_root(address)
        yield address
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def clinic(server_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A practice that a module's tests share."""
    made = Clinic(server_address, tmp_path_factory.mktemp("clinic"))
    yield made
    made.close()


@pytest.fixture
def new_clinic(server_address: str, tmp_path: Path) -> Iterator[Callable[..., Clinic]]:
    """Makes practices of the test's own."""
    made: list[Clinic] = []

    def make(**options: bool) -> Clinic:
        made.append(Clinic(server_address, tmp_path / f"clinic{len(made)}", **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


_ROOT = "tests"


def _make_root(address: str) -> None:
    """The tests found many practices on one server, and look at it past the program."""
    from pymongo import MongoClient

    with MongoClient(address) as nobody:
        nobody.admin.command("createUser", _ROOT, pwd=_ROOT, roles=["root"])


def _owner_of(address: str, database: str) -> str:
    with root(address) as admin:
        return provision.create_owner(admin, database)


def root(address: str):  # type: ignore[no-untyped-def]
    """A client that may do anything on the tests' server."""
    from pymongo import MongoClient

    return MongoClient(address, username=_ROOT, password=_ROOT, tz_aware=True)
