"""This computer's way to its practice: profile, secrets, the embedded server if it has one, and the door."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hmsdesk.controllers.sign_in import Door
from hmsdesk.database.audit import HEADS_FILE
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.database.mongod_failures import of_files
from hmsdesk.database.provision import create_first_owner, has_users
from hmsdesk.errors import UserError
from hmsdesk.security.secrets import Secrets, open_secrets
from hmsdesk.settings import PROFILE_FILE, Kind, Profile, SecretStore, Settings, read_profile, write_private

if TYPE_CHECKING:
    from hmsdesk.controllers.founding import Founded, Founding, Place

# One of these stands in the data folder while a practice is being founded or restored, on this computer's own server or
# on a shared one. What is found beside it may be cleared away.
_FOUNDING, FOUNDING_THERE = "founding", "founding-there"


class NotSetUp(UserError):
    """This data folder knows no practice yet: the first-run wizard comes before anything else."""

    def __init__(self) -> None:
        super().__init__("No practice is set up here.", "Open HMSDesk to set one up, or run `hmsdesk demo` to try it.")


def refuse_set_up(settings: Settings) -> None:
    """Raises UserError where this data folder knows a practice."""
    if is_set_up(settings):
        raise UserError("There is a practice in this data folder already.", "Sign in to it, or use another folder.")


def is_set_up(settings: Settings) -> bool:
    """Whether this data folder knows a practice."""
    return (settings.folder() / PROFILE_FILE).exists()


def is_half_done(settings: Settings) -> bool:
    """Whether a practice was begun to be set up or brought back here, and isn't there yet."""
    home = settings.home
    return not is_set_up(settings) and any((home / marker).exists() for marker in (_FOUNDING, FOUNDING_THERE))


class Workplace:
    """Holds what is open between the program's start and its end. close() gives it all back."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.embedded: EmbeddedServer | None = None
        self._doors: list[Door] = []

    def profile(self) -> Profile:
        """The practice this computer knows. Raises NotSetUp, and UserError where the file is damaged."""
        try:
            profile = read_profile(self.settings.folder())
        except (ValueError, OSError):
            raise UserError(
                "The workstation's settings are damaged.",
                f"workstation.json in {self.settings.home} can't be read. Put back a copy, or enrol it anew.",
            ) from None
        if profile is None:
            raise NotSetUp
        # One left behind at a founding's very end would stand for a practice that is in use by now.
        for marker in (_FOUNDING, FOUNDING_THERE):
            (self.settings.home / marker).unlink(missing_ok=True)
        return profile

    def secrets(self, store: SecretStore) -> Secrets:
        """This computer's secrets. Raises UserError where there is no keyring."""
        return open_secrets(store, self.settings.folder())

    def start_embedded(self) -> str:
        """The address of this computer's own server, started if need be. Raises UserError."""
        if self.embedded is None:
            server = EmbeddedServer(self.settings)
            address = server.acquire()
            self.embedded = server
            return address
        return self.embedded.ensure_running()

    def address(self, profile: Profile) -> str:
        """Where the practice's server is; an embedded one is started."""
        return self.start_embedded() if profile.kind is Kind.EMBEDDED else profile.address

    def door(self) -> Door:
        """The practice's door. Raises NotSetUp, UserError."""
        profile = self.profile()
        door = Door(self.settings, profile, self.secrets(profile.secret_store), self.address(profile))
        self._doors.append(door)
        return door

    def found(self, founding: Founding, tell: Callable[[str], None] = lambda _: None) -> Founded:
        """Found a practice on this computer's own server. tell is told what is being done. Raises UserError.

        One that was broken off half-way is cleared away first; the records of a real one never are.
        """
        # Founded once: the window that is opened day by day does without it.
        from hmsdesk.controllers.founding import found

        with (
            of_files(self.settings.home),
            self.making_place(founding.secret_store, founding.practice.get("name", ""), tell) as (secrets, place),
        ):
            return found(founding, self.settings, secrets, place, tell)

    @contextmanager
    def making_place(
        self, store: SecretStore, practice: str, tell: Callable[[str], None]
    ) -> Iterator[tuple[Secrets, Place]]:
        """An empty database on this computer's own server, for a practice of this name, and this computer's secrets.

        What the block leaves behind where it is broken off is cleared away the next time. Raises UserError.
        """
        from hmsdesk.controllers.founding import STARTING, Place, database_name

        self.refuse_occupied()
        marker = self.settings.folder() / _FOUNDING
        if marker.exists():
            self.discard("db", "server.json", HEADS_FILE)
        secrets = self.secrets(store)
        write_private(marker, b"")
        tell(STARTING)
        address = self.start_embedded()
        database = database_name(practice)
        yield secrets, Place(Kind.EMBEDDED, address, database, create_first_owner(address, database))
        marker.unlink(missing_ok=True)

    def refuse_occupied(self) -> None:
        """Raises UserError where this computer's own server can't be given a practice: there is one."""
        refuse_set_up(self.settings)
        if not (self.settings.folder() / _FOUNDING).exists() and self._may_hold_records():
            raise UserError(
                "This data folder holds the records of a practice.",
                "What this computer knew about it is gone. Put workstation.json back from a copy of the folder.",
            )

    def _may_hold_records(self) -> bool:
        """Whether a database lies in the data folder, other than of its own server that never got a practice."""
        if not (self.settings.home / "db" / "WiredTiger").exists():
            return False
        return not (self.settings.home / "server.json").exists() or has_users(self.start_embedded())

    def discard(self, *names: str) -> None:
        """Remove files and folders of the data folder once its server is stopped. UserError while it is used."""
        self.close()
        status = EmbeddedServer(self.settings).stop_kept()
        if status.running:
            told = "Close the window first, or wait until the command is done."
            raise UserError("Another window or command uses the practice.", told)
        for name in names:
            path = self.settings.home / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the doors and use the embedded server no more."""
        for door in self._doors:
            door.close()
        self._doors.clear()
        if self.embedded is not None:
            self.embedded.release()
            self.embedded = None
