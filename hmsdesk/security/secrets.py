"""Where a workstation keeps its secrets: the operating system's keyring, or a private file if a person chose that."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Protocol

import keyring
from keyring.errors import KeyringError, PasswordDeleteError

from hmsdesk.errors import UserError
from hmsdesk.settings import SecretStore, write_private

SERVICE = "HMSDesk"
SECRETS_FILE = "secrets.json"


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
        raise UserError(
            "This computer has no keyring.",
            "HMSDesk keeps the practice's keys in the operating system's keyring, and none is running here. "
            "Start one (on Linux: GNOME Keyring or KWallet), or choose a private file in the set-up instead.",
        )
    return KeyringSecrets(folder)


def has_keyring() -> bool:
    """Whether the operating system's own keyring answers. Weak stand-ins don't count."""
    backend = keyring.get_keyring()
    if backend.priority < 1 or not backend.__module__.startswith("keyring.backends."):
        return False
    if backend.__module__.rsplit(".", 1)[-1] in ("fail", "null", "chainer"):
        return False
    try:
        backend.get_password(SERVICE, "is anybody there?")
    except (KeyringError, RuntimeError, OSError):
        return False
    return True


class KeyringSecrets:
    """In the operating system's keyring, under the data folder's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]

    def get(self, name: str) -> bytes | None:
        kept = keyring.get_password(SERVICE, self._entry(name))
        return None if kept is None else base64.b64decode(kept)

    def set(self, name: str, secret: bytes) -> None:
        keyring.set_password(SERVICE, self._entry(name), base64.b64encode(secret).decode())

    def delete(self, name: str) -> None:
        try:
            keyring.delete_password(SERVICE, self._entry(name))
        except PasswordDeleteError:
            return

    def _entry(self, name: str) -> str:
        return f"{self._folder}/{name}"


class FileSecrets:
    """In a file that only this user may read."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, name: str) -> bytes | None:
        kept = self._read().get(name)
        return None if kept is None else base64.b64decode(kept)

    def set(self, name: str, secret: bytes) -> None:
        self._write(self._read() | {name: base64.b64encode(secret).decode()})

    def delete(self, name: str) -> None:
        self._write({key: kept for key, kept in self._read().items() if key != name})

    def _read(self) -> dict[str, str]:
        return dict(json.loads(self._file.read_text("utf-8"))) if self._file.exists() else {}

    def _write(self, content: dict[str, str]) -> None:
        write_private(self._file, json.dumps(content).encode())
