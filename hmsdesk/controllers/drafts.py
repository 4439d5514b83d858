"""What was typed and not yet saved: kept on this computer, sealed to the person, offered again after a crash.

Several programs of the same person may run at once. Each keeps files of its own, whose names end in that of a lease it
holds: what another one holds is being typed there. The lease is free again however that program ends.
"""

from __future__ import annotations

import glob
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
from bson.errors import BSONError
from filelock import FileLock

from hmsdesk.database.connection import CODEC
from hmsdesk.database.leases import Leases
from hmsdesk.database.session import Session
from hmsdesk.security.credentials import CannotOpen, seal_to
from hmsdesk.security.permissions import Role
from hmsdesk.settings import write_private

_FOLDER = "drafts"
_ENDING = ".draft"
# One of these is in the place of a form of what is not a record yet.
_NEW = {"new", "book", "walk-in"}
_GUARD = "leases.lock"
_PATIENCE_S = 5


@dataclass(frozen=True)
class Draft:
    """What was typed into one form, when, and in which role, where that was written down."""

    place: str
    values: dict[str, Any]
    typed_at: datetime
    role: Role | None = None


class Drafts:
    """One person's drafts in one data folder, from signing in to signing out.

    `place` names a form: its module and record.
    """

    def __init__(self, folder: Path, session: Session, opened: Callable[[str], object] = lambda _: None) -> None:
        """opened: called with the place of a form that is filled with its draft."""
        self._session = session
        self._told = opened
        self._folder = folder / _FOLDER / str(session.identity.person)
        self._leases = Leases(self._folder)
        self._taking = threading.Lock()

    def keep(self, place: str, values: Mapping[str, Any], role: Role | None = None) -> None:
        """Keep what is in a form now. role: in which it was typed, if not in this one.

        Raises OSError where the disk refuses it.
        """
        typed_in = (role or self._session.identity.role).value
        said = {"place": place, "values": _whole(dict(values)), "typed_at": datetime.now(UTC), "role": typed_in}
        sealed = seal_to(self._session.keys.public.box, bson.encode(said))
        for folder in (self._folder.parent, self._folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._take_lease()
        write_private(self._own(place), sealed)

    def drop(self, place: str) -> None:
        """The form was saved or given up, and with it what was left earlier in the form of the same record.

        What was typed for something new is kept: that was about another one.
        """
        dropped = self._opened(self._own(place))
        # What can't be removed is offered once more: it is known by its operation, which isn't done twice.
        with suppress(OSError):
            self._own(place).unlink(missing_ok=True)
        if dropped is not None and _NEW.isdisjoint(place.split("/")):
            for file, draft in self._left_at(place):
                if draft.typed_at <= dropped.typed_at:
                    with suppress(OSError):
                        file.unlink(missing_ok=True)

    def read(self, place: str) -> Draft | None:
        """What a form held when its program ended; from now on it is this one's.

        None if nothing, nothing that this person's keys open, or if it is being typed in another program.
        """
        draft = self._mine(place) or self._taken_over(place)
        if draft is not None:
            self._told(place)
        return draft

    def peek(self, place: str) -> Draft | None:
        """What `read` would find, left where and whose it is."""
        return self._mine(place) or next((draft for _, draft in self._left_at(place)), None)

    def all(self) -> list[Draft]:
        """Every draft of this person but what is being typed in another program: one a place, the newest first."""
        newest: dict[str, Draft] = {}
        for _, draft in self._found("*"):
            newest.setdefault(draft.place, draft)
        return list(newest.values())

    def close(self) -> None:
        """The person left: what they did not save may be gone on with wherever they sign in on this computer."""
        with self._taking, suppress(OSError):
            if self._leases.held:
                with self._guard():
                    self._leases.drop()

    def _take_lease(self) -> None:
        """Where the drive knows no locks (NotImplementedError) there is none, and any program may take the draft."""
        with self._taking, suppress(NotImplementedError):
            if not self._leases.held:
                with self._guard():
                    self._leases.take()

    def _guard(self) -> FileLock:
        return FileLock(self._folder / _GUARD, mode=0o600, timeout=_PATIENCE_S, fallback_to_soft=False)

    def _mine(self, place: str) -> Draft | None:
        return self._opened(self._own(place)) if self._leases.held else None

    def _taken_over(self, place: str) -> Draft | None:
        """The newest that is nobody's, made this program's own; of two programs that want it one gets it."""
        for file, draft in self._left_at(place):
            with suppress(OSError):
                self._take_lease()
                file.rename(self._own(place))
                return draft
        return None

    def _left_at(self, place: str) -> list[tuple[Path, Draft]]:
        """Those of one place; the names of files may be alike where those of the places are not."""
        return [(file, draft) for file, draft in self._found(glob.escape(_named(place))) if draft.place == place]

    def _found(self, name: str) -> list[tuple[Path, Draft]]:
        """The drafts that no other program holds, the newest first."""
        files = {*self._folder.glob(f"{name}{_ENDING}"), *self._folder.glob(f"{name}.*{_ENDING}")}
        held = self._held_by_others({_lease_of(file) for file in files})
        free = [(file, self._opened(file)) for file in files if _lease_of(file) not in held]
        return sorted(
            ((file, draft) for file, draft in free if draft), key=lambda found: found[1].typed_at, reverse=True
        )

    def _held_by_others(self, leases: set[str]) -> set[str]:
        """Those of these that other programs hold.

        Trying one takes it for an instant: under the guard, or of two that try a free one both think that it is held.
        """
        others = leases - {"", self._leases.name}
        if not others:
            return set()
        try:
            with self._guard():
                return {lease for lease in others if self._leases.is_held(lease)}
        except NotImplementedError:
            # The drive knows no locks: see `_take_lease`.
            return set()
        except OSError:
            # Nobody knows: what may be being typed in another program is not offered.
            return others

    def _opened(self, file: Path) -> Draft | None:
        try:
            said = bson.decode(self._session.keys.open(file.read_bytes()), CODEC)
            role = next((one for one in Role if one.value == said.get("role")), None)
            return Draft(said["place"], said["values"], said["typed_at"], role)
        except (OSError, CannotOpen, BSONError, KeyError):
            return None

    def _own(self, place: str) -> Path:
        lease = f".{self._leases.name}" if self._leases.held else ""
        return self._folder / f"{_named(place)}{lease}{_ENDING}"


def _whole(value: Any) -> Any:
    """What was typed, with a question mark for each half of a character, of which no text can be made."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {name: _whole(one) for name, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list | tuple) else value


def _lease_of(file: Path) -> str:
    return file.name.removesuffix(_ENDING).partition(".")[2]


def _named(place: str) -> str:
    return place.replace("/", "-")
