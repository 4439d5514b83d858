"""What this workstation was told: where its data lies, which server it talks to, and its timings.

It is read before the first window is painted, and so without the library that checks what else comes from outside:
importing that takes as long as importing Qt.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any

from hmsdesk.errors import UserError

PROFILE_FILE = "workstation.json"
_CA_FILE = "ca.pem"
_CHOICES = "choices"
_TRIAL_FILE = "trial"
_TRIAL_BYTES = 256 * 1024
# Whose choices those are that belong to the place.
COMPUTER = "computer"
# What opening a person's keys may cost, MiB.
_LEAST_MIB, _MOST_MIB = 64, 1024
_UNTOLD: Any = object()


class WrongSettings(UserError):
    """What the environment says can't be used: a sentence for each setting."""


class Kind(StrEnum):
    """How the practice's server is run."""

    EMBEDDED = "embedded"
    SELF_MANAGED = "self-managed"
    ATLAS = "atlas"


class SecretStore(StrEnum):
    """Where this workstation keeps its secrets."""

    KEYRING = "keyring"
    FILE = "file"


def _whole(told: Any) -> int:
    try:
        return int(told)
    except (TypeError, ValueError):
        raise ValueError("a whole number") from None


def _number(told: Any) -> float:
    try:
        number = float(told)
    except (TypeError, ValueError):
        raise ValueError("a number") from None
    if not math.isfinite(number):
        raise ValueError("a number")
    return number


def _seconds(told: Any) -> float:
    number = _number(told)
    if number <= 0:
        raise ValueError("more than 0")
    return number


def _memory(told: Any) -> int:
    number = _whole(told)
    if number < _LEAST_MIB:
        raise ValueError(f"{_LEAST_MIB} or more")
    if number > _MOST_MIB:
        raise ValueError(f"{_MOST_MIB} or less")
    return number


def _atlas_address(told: Any) -> str:
    if not str(told).startswith(("https://", "http://127.0.0.1:")):
        raise ValueError("an address that begins with https://")
    return str(told)


def _path(told: Any) -> Path:
    """Meant from where the program was started, wherever it goes later."""
    return Path(told).absolute()


def _path_if_any(told: Any) -> Path | None:
    return None if told is None else _path(told)


def _usual_home() -> Path:
    import platformdirs

    return platformdirs.user_data_path("HMSDesk", appauthor=False)


def _way(read: Callable[[Any], object], usual: Callable[[], object]) -> dict[str, Any]:
    """read: makes a value of what was told, or raises ValueError with what it must be. usual: where nothing was."""
    return {"read": read, "usual": usual}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Environment variables named HMSDESK_...; none of them is a secret. Raises WrongSettings.

    home: the data folder. mongod: one to use instead of that which is installed. argon2_mib: memory that opening a
    person's keys costs, MiB. idle_lock_s: without a key or the mouse until the window locks. session_s: after which a
    person must sign in anew. atlas_address: where the Administration API of MongoDB Atlas is. server_timeout_s: after
    which a silent server counts as lost. All that end in _s are seconds.
    """

    home: Path = field(default=_UNTOLD, metadata=_way(_path, _usual_home))
    mongod: Path | None = field(default=_UNTOLD, metadata=_way(_path_if_any, lambda: None))
    argon2_mib: int = field(default=_UNTOLD, metadata=_way(_memory, lambda: 256))
    idle_lock_s: float = field(default=_UNTOLD, metadata=_way(_seconds, lambda: 600))
    session_s: float = field(default=_UNTOLD, metadata=_way(_seconds, lambda: 12 * 3600))
    atlas_address: str = field(default=_UNTOLD, metadata=_way(_atlas_address, lambda: "https://cloud.mongodb.com"))
    server_timeout_s: float = field(default=_UNTOLD, metadata=_way(_seconds, lambda: 10))

    def __post_init__(self) -> None:
        wrong = []
        for one in fields(self):
            name = f"HMSDESK_{one.name.upper()}"
            told = getattr(self, one.name)
            if told is _UNTOLD:
                # One that is named with nothing is not named.
                told = os.environ.get(name) or one.metadata["usual"]()
            try:
                object.__setattr__(self, one.name, one.metadata["read"](told))
            except ValueError as problem:
                wrong.append(f"{name} in the environment can't be used: it must be {problem}.")
        if wrong:
            raise WrongSettings("\n".join(wrong))

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
            raise unusable(self.home)
        return self.home

    def ca_file(self) -> Path | None:
        """The certificate of the clinic's own authority, by which a shared server is known; None where it has none."""
        file = self.home / _CA_FILE
        return file if file.exists() else None


def unusable(folder: Path) -> UserError:
    """The data folder isn't one, or its drive refuses it."""
    return UserError(
        "The data folder can't be used.",
        f"{folder} must be a folder of your own that you may write to. Check that its drive is connected, "
        "or set HMSDESK_HOME to another one.",
    )


def belongs_to_somebody_else(folder: Path) -> UserError:
    """Another user of this computer owns the data folder."""
    return UserError(
        "Another user's practice is kept here.",
        f"{folder} belongs to another user of this computer, and only that user may open it. To work in the same "
        "practice, it has to be a shared clinic: let its owner give you a one-time code and join it as a workstation. "
        "For a practice of your own, start HMSDesk with a data folder of your own (HMSDESK_HOME).",
    )


def disk_refuses(folder: Path, problem: OSError) -> UserError:
    """This computer's disk takes nothing in the data folder, while work goes on."""
    full = problem.errno in (ENOSPC, EDQUOT)
    return UserError(
        "This computer's disk is full" if full else "Nothing can be written to this computer's disk",
        "Whatever is said to be saved is saved. What you are still typing is not kept here meanwhile. "
        + (f"Free some space where {folder} lies." if full else f"See that {folder} can be written again."),
    )


@contextmanager
def of_disk(folder: Path) -> Iterator[None]:
    """Turn what this computer's disk refuses in the data folder into a person's words, while work goes on."""
    try:
        yield
    except OSError as problem:
        raise disk_refuses(folder, problem) from problem


def try_folder(folder: Path) -> None:
    """A disk that takes nothing must show before something is done that can't be undone. Raises OSError."""
    trial = folder / _TRIAL_FILE
    write_private(trial, bytes(_TRIAL_BYTES))
    trial.unlink()


def _is_of_another_user(folder: Path) -> bool:
    try:
        return os.name == "posix" and folder.is_dir() and folder.stat().st_uid != os.geteuid()
    except OSError:
        return False


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One practice as this workstation knows it. Holds nothing secret: those are in the keyring.

    practice: its name, as the sign-in window shows it. database: its database on the server. address: connection
    string without user or password; empty for embedded. workstation: this workstation's name, as the trail shows it.
    patient_prefix: two letters that patient IDs issued here begin with. fingerprint: SHA-256 of the practice's public
    key, pinned at enrolment.
    """

    kind: Kind
    practice: str
    database: str
    address: str = ""
    workstation: str
    workstation_id: str
    patient_prefix: str
    fingerprint: str
    secret_store: SecretStore = SecretStore.KEYRING

    @classmethod
    def read(cls, written: str) -> Profile:
        """The profile that `written` made such JSON of. Raises ValueError where it is damaged."""
        try:
            kept = json.loads(written)
            known = {one.name: kept[one.name] for one in fields(cls) if one.name in kept}
            if not all(isinstance(value, str) for value in known.values()):
                raise TypeError("all of a profile are words")
            profile = cls(**known)
            return replace(profile, kind=Kind(profile.kind), secret_store=SecretStore(profile.secret_store))
        except (ValueError, TypeError, RecursionError):
            raise ValueError("the profile is damaged") from None

    def written(self) -> str:
        """The profile as JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)


def read_profile(folder: Path) -> Profile | None:
    """The profile kept in the data folder, or None before the first run. Raises ValueError, OSError for a damaged one.

    A link that leads nowhere is damage, too: no other practice is set up over it.
    """
    file = folder / PROFILE_FILE
    return Profile.read(file.read_text("utf-8")) if os.path.lexists(file) else None


def write_profile(folder: Path, profile: Profile) -> None:
    """Keep the profile, whole or not at all."""
    write_private(folder / PROFILE_FILE, profile.written().encode())


def keep_ca(settings: Settings, pem: bytes) -> Path | None:
    """Keep the clinic's own authority in place of an earlier one; with nothing, keep none. Where it lies then."""
    file = settings.folder() / _CA_FILE
    if pem:
        write_private(file, pem)
    else:
        file.unlink(missing_ok=True)
    return settings.ca_file()


def typed_path(typed: str) -> Path:
    """A path as a person types it: ~ is their home folder. Of a person whom nobody knows it leads nowhere."""
    try:
        return Path(typed).expanduser()
    except RuntimeError:
        return Path(typed)


def leads_to_folder(path: Path) -> bool:
    """Whether a folder is there; none is where the system takes no such name."""
    try:
        return path.is_dir()
    except OSError:
        return False


def leads_to_file(path: Path) -> bool:
    """Whether a file is there, which isn't a folder, a pipe or a device."""
    try:
        return path.is_file()
    except OSError:
        return False


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
        except (OSError, ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}
