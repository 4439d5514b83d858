"""A backup by hand: an owner writes everything the practice keeps into one sealed file."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import bson
from bson import ObjectId

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.standing import refuse_ahead
from hmsdesk.database.audit import Event
from hmsdesk.database.backup import (
    KEY,
    check_backup,
    header_of,
    refuse_being_written,
    refuse_name,
    refused,
    write_backup,
)
from hmsdesk.database.connection import CODEC, Server
from hmsdesk.database.dump import write_dump
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.backups import BY_HAND
from hmsdesk.models.documents import tidy_name
from hmsdesk.models.manifests import Manifest
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.backup_keys import (
    BackupLock,
    OpenedBackup,
    lock_with_key,
    lock_with_passphrase,
    open_with_key,
    open_with_words,
    private_half,
)
from hmsdesk.security.credentials import weakness
from hmsdesk.security.keyrings import Keyring
from hmsdesk.security.roles import BACKUPS
from hmsdesk.settings import write_private

WRITING = "Writing the backup"
_LARGEST_KEY_FILE = 4096
_LONGEST_NAME = 200


def checked_passphrase(passphrase: str, practice: str) -> str:
    """A passphrase that a backup may lie under. Raises InvalidInput for one that could be guessed."""
    problem = weakness(passphrase, [practice])
    if problem:
        raise InvalidInput({"passphrase": problem}, "Choose another passphrase.")
    return passphrase


def lock_of(owner: Owner, passphrase: str = "", key: str = "") -> BackupLock:
    """What backups are sealed with: a new pair under a passphrase, or the pair of a key file's text.

    Raises InvalidInput.
    """
    if key:
        return lock_with_key(owner.bundle, key)
    checked_passphrase(passphrase, owner.door.profile.practice)
    return lock_with_passphrase(owner.bundle, passphrase, owner.door.settings.argon2_mib)


def back_up(owner: Owner, file: Path, lock: BackupLock, watch: Watch = UNWATCHED) -> Manifest:
    """Write a backup and note it in the trail. Raises Stopped, Unreachable, UserError: then there is no file."""
    practice = owner.door.practice()
    refuse_ahead(practice)
    owner.tell(WRITING)
    manifest = write_backup(owner.session.server, practice, lock, file, watch)
    write(owner.session, uuid4().hex, lambda work: work.note(Event("back up", reason=_kept_name(file))))
    leave_word(owner.session.server, manifest, file, BY_HAND, owner.session.identity.workstation)
    return manifest


def leave_word(server: Server, manifest: Manifest, file: Path, kind: str, workstation: str) -> None:
    """Put a backup that was made onto the list. Raises Unreachable."""
    row = {
        "at": manifest.taken_at,
        "kind": kind,
        "workstation": ObjectId(workstation),
        "name": _kept_name(file),
        "records": manifest.count,
        "size": file.stat().st_size,
    }
    with server.asked() as database:
        database[BACKUPS].insert_one(row)


def _kept_name(file: Path) -> str:
    """A disk's names may be bytes that are no text, or hide something."""
    return tidy_name(file.name)[:_LONGEST_NAME]


def look_at_name(file: Path) -> None:
    """Raises UserError where no new file or folder of this name can be made, or one is being made."""
    refuse_name(file)
    refuse_being_written(file)


def look_at(file: Path) -> None:
    """Raises UserError where a file is no backup, or can't be read."""
    header_of(file)


def opened_backup(file: Path, words: str = "", key: str = "") -> OpenedBackup:
    """A backup's secrets, by its passphrase, the recovery code of its time, or a key file's text.

    Raises InvalidInput, Damaged, and UserError for another kind of file.
    """
    header = header_of(file)
    return open_with_key(header, key) if key else open_with_words(header, words)


def verified_backup(file: Path, opened: OpenedBackup, watch: Watch = UNWATCHED) -> Manifest:
    """What is in a backup, read from its beginning to its end. Raises Damaged, Stopped, UserError."""
    return check_backup(file, opened.file_key, watch)


def export(file: Path, opened: OpenedBackup, folder: Path, watch: Watch = UNWATCHED) -> Path:
    """Write a backup's content into a new folder, in the clear, as mongorestore reads it; where it lies there.

    The whole file is read and compared first. Raises Damaged, Stopped, UserError.
    """
    look_at_name(folder)
    practices: list[Row] = []

    def look(name: str, content: bytes) -> None:
        if name == "practice":
            practices.extend(bson.decode_all(content, CODEC))

    manifest = check_backup(file, opened.file_key, watch, look)
    sealed = next(iter(practices), {}).get("keyring")
    keyring = Keyring.from_bytes(opened.bundle.keys().open(sealed)) if sealed else Keyring()
    return write_dump(file, opened.file_key, manifest, folder, keyring, watch)


def read_key(file: Path) -> str:
    """The text of a key's file. Raises InvalidInput."""
    try:
        # A pipe would be waited for without end.
        if not file.is_file():
            raise OSError
        with file.open("rb") as content:
            key = content.read(_LARGEST_KEY_FILE).decode("ascii")
    except (OSError, ValueError):
        raise InvalidInput({"key": f"{file} can't be read as a key for backups."}) from None
    # An empty file is none either, and must not count as no key asked for.
    private_half(key)
    return key


def write_key(file: Path, key: str) -> None:
    """Keep a new key in a new file of this user's alone. Raises UserError."""
    refuse_name(file, KEY)
    try:
        write_private(file, key.encode())
    except OSError as problem:
        raise refused(problem, file, KEY) from None
