"""What was typed and not yet saved: kept on this computer, sealed to the person, offered again after a crash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
from bson.errors import BSONError

from hmsdesk.database.connection import CODEC
from hmsdesk.database.session import Session
from hmsdesk.security.credentials import CannotOpen, seal_to
from hmsdesk.settings import write_private

_FOLDER = "drafts"
_ENDING = ".draft"


@dataclass(frozen=True)
class Draft:
    """What was typed into one form, and when."""

    place: str
    values: dict[str, Any]
    typed_at: datetime


class Drafts:
    """One person's drafts in one data folder. `place` names a form: its module and record."""

    def __init__(self, folder: Path, session: Session, opened: Callable[[str], object] = lambda _: None) -> None:
        """opened: called with the place of a form that is filled with its draft."""
        self._session = session
        self._told = opened
        self._folder = folder / _FOLDER / str(session.identity.person)

    def keep(self, place: str, values: Mapping[str, Any]) -> None:
        """Keep what is in a form now. Raises OSError where the disk refuses it."""
        for folder in (self._folder.parent, self._folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        said = {"place": place, "values": dict(values), "typed_at": datetime.now(UTC)}
        write_private(self._file(place), seal_to(self._session.keys.public.box, bson.encode(said)))

    def drop(self, place: str) -> None:
        """The form was saved or given up."""
        self._file(place).unlink(missing_ok=True)

    def read(self, place: str) -> Draft | None:
        """What a form held when the program ended; None if nothing, or nothing that this person's keys open."""
        draft = self._opened(self._file(place))
        if draft is not None:
            self._told(place)
        return draft

    def all(self) -> list[Draft]:
        """Every draft of this person, the newest first."""
        found = (self._opened(file) for file in self._folder.glob(f"*{_ENDING}"))
        return sorted((draft for draft in found if draft), key=lambda draft: draft.typed_at, reverse=True)

    def _opened(self, file: Path) -> Draft | None:
        if not file.exists():
            return None
        try:
            said = bson.decode(self._session.keys.open(file.read_bytes()), CODEC)
            return Draft(said["place"], said["values"], said["typed_at"])
        except (CannotOpen, BSONError, KeyError):
            return None

    def _file(self, place: str) -> Path:
        return self._folder / (place.replace("/", "-") + _ENDING)
