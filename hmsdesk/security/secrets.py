"""Where a workstation keeps its secrets: the operating system's keyring, or a private file if a person chose that."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hmsdesk.errors import UserError
from hmsdesk.settings import SecretStore, write_private

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "HMSDesk"
SECRETS_FILE = "secrets.json"

# The keyrings of GNOME, KDE, macOS and Windows. Others keep secrets in plain files, or nowhere.
_TRUSTED = {f"keyring.backends.{name}" for name in ("SecretService", "libsecret", "kwallet", "macOS", "Windows")}


class Secrets(Protocol):
    """Named secrets of one data folder."""

    def get(self, name: str) -> bytes | None:
        """The secret of that name, or None."""

    def set(self, name: str, secret: bytes) -> None:
        """Keep a secret under that name."""

    def delete(self, name: str) -> None:
        """Forget the secret of that name, if there is one."""


def open_secrets(store: SecretStore, folder: Path) -> Secrets:
    """The secrets of a data folder. Raises UserError where the machine has no keyring and none but it was chosen."""
    if store is SecretStore.FILE:
        return FileSecrets(folder / SECRETS_FILE)
    if not has_keyring():
        raise _no_keyring()
    return KeyringSecrets(folder)


def has_keyring() -> bool:
    """Whether the operating system's own keyring answers. Weak stand-ins don't count."""
    from keyring.errors import KeyringError

    try:
        # Its own settings may lie where this user may not read.
        backend = _system_keyring()
        if backend is None:
            return False
        backend.get_password(SERVICE, "is anybody there?")
    except (KeyringError, RuntimeError, OSError):
        return False
    return True


def _system_keyring() -> KeyringBackend | None:
    """The keyring that is used, where it is one of the operating systems' own.

    Where several are installed the library puts a chain before them, which would pass a secret on to the next one, be
    it a plain file: the first of them is asked directly, or none.
    """
    # Who keeps secrets in a file doesn't pay for it.
    import keyring
    from keyring.backends.chainer import ChainerBackend

    backend = keyring.get_keyring()
    if isinstance(backend, ChainerBackend):
        chained = list(backend.backends)
        backend = chained[0] if chained else backend
    return backend if type(backend).__module__ in _TRUSTED else None


class KeyringSecrets:
    """In the operating system's keyring, under the data folder's name. Raises UserError where it is locked or gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]

    def get(self, name: str) -> bytes | None:
        with _answering() as backend:
            kept = backend.get_password(SERVICE, self._entry(name))
        return None if kept is None else base64.b64decode(kept)

    def set(self, name: str, secret: bytes) -> None:
        with _answering() as backend:
            backend.set_password(SERVICE, self._entry(name), base64.b64encode(secret).decode())

    def delete(self, name: str) -> None:
        from keyring.errors import PasswordDeleteError

        with _answering() as backend, suppress(PasswordDeleteError):
            backend.delete_password(SERVICE, self._entry(name))

    def _entry(self, name: str) -> str:
        return f"{self._folder}/{name}"


@contextmanager
def _answering() -> Iterator[KeyringBackend]:
    from keyring.errors import KeyringError

    backend = _system_keyring()
    if backend is None:
        raise _no_keyring()
    try:
        yield backend
    except (KeyringError, RuntimeError, OSError):
        raise UserError("The keyring does not answer.", "Unlock it, or sign in to this computer again.") from None


def _no_keyring() -> UserError:
    return UserError(
        "This computer has no keyring.",
        "HMSDesk keeps the practice's keys in the operating system's keyring, and none is running here. "
        "Start one (on Linux: GNOME Keyring or KWallet), or choose a private file instead: in the set-up, "
        "or with --private-file at the command.",
    )


class FileSecrets:
    """In a file that only this user may read."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, name: str) -> bytes | None:
        kept = self._read().get(name)
        try:
            return None if kept is None else base64.b64decode(kept)
        except (ValueError, TypeError):
            raise self._damaged() from None

    def set(self, name: str, secret: bytes) -> None:
        self._write(self._read() | {name: base64.b64encode(secret).decode()})

    def delete(self, name: str) -> None:
        self._write({key: kept for key, kept in self._read().items() if key != name})

    def _read(self) -> dict[str, str]:
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError, OSError):
            raise self._damaged() from None
        if not isinstance(kept, dict):
            raise self._damaged()
        return kept

    def _damaged(self) -> UserError:
        return UserError(
            "This computer's keys are damaged.", f"{self._file} can't be read. Enrol this workstation again."
        )

    def _write(self, content: dict[str, str]) -> None:
        write_private(self._file, json.dumps(content).encode())
