"""What this workstation was told: where its data lies, which server it talks to, and its timings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hmsdesk.errors import UserError

PROFILE_FILE = "workstation.json"
_CA_FILE = "ca.pem"
_CHOICES = "choices"
# Whose choices those are that belong to the place.
COMPUTER = "computer"


class Kind(StrEnum):
    """How the practice's server is run."""

    EMBEDDED = "embedded"
    SELF_MANAGED = "self-managed"
    ATLAS = "atlas"


class SecretStore(StrEnum):
    """Where this workstation keeps its secrets."""

    KEYRING = "keyring"
    FILE = "file"


class Settings(BaseSettings):
    """Environment variables named HMSDESK_...; none of them is a secret."""

    model_config = SettingsConfigDict(env_prefix="HMSDESK_", env_ignore_empty=True, allow_inf_nan=False)

    home: Path = Field(default_factory=lambda: platformdirs.user_data_path("HMSDesk", appauthor=False))
    mongod: Path | None = Field(default=None, description="a mongod to use instead of the one that is installed")
    argon2_mib: int = Field(default=256, ge=64, le=1024, description="memory that opening a person's keys costs, MiB")
    idle_lock_s: float = Field(
        default=600, gt=0, description="seconds without a key or the mouse until the window locks"
    )
    session_s: float = Field(default=12 * 3600, gt=0, description="seconds after which a person must sign in anew")
    atlas_address: str = Field(
        default="https://cloud.mongodb.com",
        pattern=r"^(https://|http://127\.0\.0\.1:)",
        description="where the Administration API of MongoDB Atlas is",
    )
    server_timeout_s: float = Field(default=10, gt=0, description="seconds after which a silent server counts as lost")

    @field_validator("home", "mongod")
    @classmethod
    def _from_here(cls, path: Path | None) -> Path | None:
        """Meant from where the program was started, wherever it goes later."""
        return path.absolute() if path is not None else None

    def folder(self) -> Path:
        """The data folder, made on first use for this user alone. Raises UserError where it can't be used."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            usable = os.access(self.home, os.R_OK | os.W_OK | os.X_OK)
        except OSError:
            usable = False
        if not usable and _is_of_another_user(self.home):
            raise belongs_to_somebody_else(self.home)
        if not usable:
            raise UserError(
                "The data folder can't be used.",
                f"{self.home} must be a folder of your own that you may write to. Check that its drive is connected, "
                "or set HMSDESK_HOME to another one.",
            )
        return self.home

    def ca_file(self) -> Path | None:
        """The certificate of the clinic's own authority, by which a shared server is known; None where it has none."""
        file = self.home / _CA_FILE
        return file if file.exists() else None


def belongs_to_somebody_else(folder: Path) -> UserError:
    """Another user of this computer owns the data folder."""
    return UserError(
        "Another user's practice is kept here.",
        f"{folder} belongs to another user of this computer, and only that user may open it. To work in the same "
        "practice, it has to be a shared clinic: let its owner give you a one-time code and join it as a workstation. "
        "For a practice of your own, start HMSDesk with a data folder of your own (HMSDESK_HOME).",
    )


def _is_of_another_user(folder: Path) -> bool:
    try:
        return os.name == "posix" and folder.stat().st_uid != os.geteuid()
    except OSError:
        return False


_MUST_BE = {
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "string_pattern_mismatch": "an address that begins with https://",
}


def wrong_settings(error: ValidationError) -> list[str]:
    """What is wrong with the environment's settings, a sentence each."""
    return [
        f"HMSDESK_{str(wrong['loc'][0]).upper()} in the environment can't be used: "
        f"it must be {_MUST_BE.get(wrong['type'], 'something else').format(**wrong.get('ctx', {}))}."
        for wrong in error.errors()
    ]


class Profile(BaseModel):
    """One practice as this workstation knows it. Holds nothing secret: those are in the keyring."""

    kind: Kind
    practice: str = Field(description="the practice's name, as the sign-in window shows it")
    database: str = Field(description="the practice's database on the server")
    address: str = Field(default="", description="connection string without user or password; empty for embedded")
    workstation: str = Field(description="this workstation's name, as the trail shows it")
    workstation_id: str
    patient_prefix: str = Field(description="two letters that patient IDs issued here begin with")
    fingerprint: str = Field(description="SHA-256 of the practice's public key, pinned at enrolment")
    secret_store: SecretStore = SecretStore.KEYRING


def read_profile(folder: Path) -> Profile | None:
    """The profile kept in the data folder, or None before the first run. Raises ValueError where it is damaged."""
    file = folder / PROFILE_FILE
    return Profile.model_validate_json(file.read_text("utf-8")) if file.exists() else None


def write_profile(folder: Path, profile: Profile) -> None:
    """Keep the profile, whole or not at all."""
    write_private(folder / PROFILE_FILE, profile.model_dump_json(indent=2).encode())


def keep_ca(settings: Settings, pem: bytes) -> Path | None:
    """Keep the clinic's own authority in place of an earlier one; with nothing, keep none. Where it lies then."""
    file = settings.folder() / _CA_FILE
    if pem:
        write_private(file, pem)
    else:
        file.unlink(missing_ok=True)
    return settings.ca_file()


def write_private(file: Path, content: bytes) -> None:
    """Replace a file in one step; only this user may read it."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


class ChoicesFile:
    """What was last chosen, by page: a person's view of a list, or a computer's paper and printer. Nothing of patients.

    It is known before anybody signs in, and before there is a server.
    """

    def __init__(self, folder: Path, whose: str) -> None:
        """folder: the data folder. whose: a person, or COMPUTER."""
        self._folder = folder / _CHOICES
        self._file = self._folder / f"{whose}.json"

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
