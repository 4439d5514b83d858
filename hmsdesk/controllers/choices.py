"""What was last chosen, kept on this computer: by a person, what to look at; for all who sit at it, paper and printer.

Nothing of patients.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hmsdesk.settings import write_private

if TYPE_CHECKING:
    from hmsdesk.database.session import Session

_FOLDER = "choices"
_COMPUTER = "computer"


class Choices:
    """One person's choices in one data folder, by page; without a person, those of the computer."""

    def __init__(self, folder: Path, session: Session | None = None) -> None:
        self._folder = folder / _FOLDER
        self._file = self._folder / f"{session.identity.person if session is not None else _COMPUTER}.json"

    def read(self, page: str) -> dict[str, Any]:
        """What was chosen on a page; nothing where that isn't known, or the file is damaged."""
        kept = self._all().get(page)
        return kept if isinstance(kept, dict) else {}

    def keep(self, page: str, chosen: Mapping[str, Any]) -> None:
        """Keep what is chosen on a page now. Raises OSError where the disk refuses it."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_private(self._file, json.dumps(self._all() | {page: dict(chosen)}).encode())

    def _all(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
