"""What a person last chose to look at, kept on this computer: which doctors, a day or a week; nothing of patients."""

from __future__ import annotations

from pathlib import Path

from hmsdesk.database.session import Session
from hmsdesk.settings import ChoicesFile


class Choices(ChoicesFile):
    """One person's choices in one data folder, by page."""

    def __init__(self, folder: Path, session: Session) -> None:
        super().__init__(folder, str(session.identity.person))
