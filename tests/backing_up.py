"""Backups of a practice, and places to restore them into, for tests."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from hmsdesk.controllers.backing_up import back_up, lock_of, opened_backup
from hmsdesk.controllers.founding import Place
from hmsdesk.controllers.restoring import Restored, Restoring, Telling, restore
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database import provision
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Kind, SecretStore, Settings
from tests.conftest import PASSWORD, Clinic, root
from tests.waiting import PATIENCE_S

PASSPHRASE = "seventeen lazy herons upstream"


def backed_up(clinic: Clinic, file: Path, key: str = "", **options: Any) -> Path:
    """A backup of a practice by its owner."""
    back_up(clinic.owner, file, lock_of(clinic.owner, "" if key else PASSPHRASE, key), **options)
    return file


class Elsewhere:
    """An empty place on the tests' server, and a computer that knows no practice."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self.settings = Settings(home=folder, argon2_mib=64, server_timeout_s=PATIENCE_S)
        self.workplace = Workplace(self.settings)
        self.database = f"hmsdesk_restored_{uuid4().hex[:6]}"
        with root(address) as admin:
            password = provision.create_owner(admin, self.database)
        self.place = Place(Kind.SELF_MANAGED, address, self.database, password)
        self.doors: list[Door] = []

    def restore(self, file: Path, words: str = PASSPHRASE, telling: Telling | None = None, **asked: Any) -> Restored:
        """Restore a backup here."""
        wanted = Restoring(file=file, secret_store=SecretStore.FILE, **asked)
        opened = opened_backup(file, words)
        return restore(self.workplace, wanted, opened, self.place, telling or Telling())

    def door(self) -> Door:
        """The door of what was restored."""
        self.doors.append(self.workplace.door())
        return self.doors[-1]

    def sign_in(self, clinic: Clinic, role: Role) -> Any:
        """Somebody of the practice as it was, with the password they had."""
        return self.door().sign_in(clinic.email(role), PASSWORD)

    @contextmanager
    def past_the_program(self) -> Any:
        with root(self.address) as client:
            yield client[self.database]

    def leave(self) -> None:
        """End every connection, and take it off the server."""
        self.workplace.close()
        with self.past_the_program() as database:
            database.command("dropAllUsersFromDatabase")
            database.command("dropAllRolesFromDatabase")
            database.client.drop_database(self.database)
