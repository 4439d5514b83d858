"""A practice's backup as a file: writing one, reading one through, and putting what it holds into a database."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from time import time
from typing import BinaryIO

from pydantic import ValidationError

from hmsdesk import __version__
from hmsdesk.database.connection import Server
from hmsdesk.database.provision import declared
from hmsdesk.database.snapshot import (
    Tally,
    about_how_many,
    amount_in,
    insert_documents,
    kept_collections,
    read_snapshot,
)
from hmsdesk.errors import UserError
from hmsdesk.models.manifests import Manifest
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.backup_keys import BackupLock, Header, read_as_header, sealed_file_key
from hmsdesk.security.sealed_file import Damaged, SealedWriter, new_key, read_header, read_parts

PART_ENDING = ".part"
_LEFT_BEHIND_S = 24 * 3600
# Before a part's documents stands the name of their collection; the last part has none, and is the manifest.
_END_OF_NAME = b"\0"
_FULL = (errno.ENOSPC, errno.EDQUOT)
# What a new file is called where it is told that it can't be made.
BACKUP, KEY = "backup", "key"


def write_backup(server: Server, practice: Row, lock: BackupLock, file: Path, watch: Watch = UNWATCHED) -> Manifest:
    """Write all that a practice keeps, as it is at one moment, into a new file, and read it back. practice: its record.

    Broken off, it leaves no file. Raises Stopped, NotAllowed, Unreachable, and UserError where the disk refuses it.
    """
    taken_at, key = datetime.now(UTC) + server.clock_offset(), new_key()
    header = Header(
        program=__version__,
        written_at=taken_at,
        lock=lock,
        file_key=sealed_file_key(lock, key),
        recovery=practice["recovery"],
    )
    names = kept_collections()
    tallies = {name: Tally() for name in names}
    about, done = about_how_many(server, names), 0
    with _new_file(file) as (out, part):
        sealed = SealedWriter(out, header.to_bytes(), key)
        for name, content in read_snapshot(server, names, watch):
            sealed.add(name.encode() + _END_OF_NAME + content)
            done += tallies[name].add(content)
            watch.progress(done, max(about, done))
        manifest = Manifest(
            practice=practice["name"],
            database=server.database.name,
            taken_at=taken_at,
            version=__version__,
            declared=declared(),
            collections={name: tally.amount() for name, tally in tallies.items()},
        )
        sealed.finish(_END_OF_NAME + manifest.model_dump_json().encode())
        out.flush()
        os.fsync(out.fileno())
        if check_backup(part, key, Watch(stopped=watch.stopped)) != manifest:
            raise Damaged
    return manifest


@contextmanager
def _new_file(file: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file, and the name it has until the block has ended well; this user's alone."""
    refuse_name(file)
    refuse_being_written(file)
    part = file.with_name(f"{file.name}.{token_hex(4)}{PART_ENDING}")
    try:
        _remove_left_behind(file)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as out:
            _hold(descriptor)
            yield out, part
        _publish(part, file)
        _settle(file.parent)
    except OSError as problem:
        raise refused(problem, file) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _remove_left_behind(file: Path) -> None:
    """What was not written to for so long was left by a program that was killed."""
    for part in _begun(file):
        with suppress(OSError):
            if time() - part.lstat().st_mtime > _LEFT_BEHIND_S:
                part.unlink()


def _begun(file: Path) -> list[Path]:
    """What was begun to be written to this name, and is under way or was left behind."""
    of_this_name = re.compile(rf"{re.escape(file.name)}\.[0-9a-f]{{8}}{re.escape(PART_ENDING)}")
    with suppress(OSError):
        return [part for part in file.parent.iterdir() if of_this_name.fullmatch(part.name)]
    return []


def refuse_being_written(file: Path) -> None:
    """Raises UserError where another backup of this name is under way, which would be there first.

    Of two that begin in one moment, and where the system or the drive has no such locks, the later is told at its end.
    """
    for part in _begun(file):
        with suppress(OSError), part.open("r+b") as content:
            if not _hold(content.fileno()):
                raise UserError(
                    "Another backup is being written to this name.",
                    f"{file} will be there when it is done. Choose another name.",
                )


if sys.platform == "win32":

    def _hold(_: int) -> bool:
        return True

else:
    import fcntl

    def _hold(descriptor: int) -> bool:
        """Whether nobody else holds a file. From then on this program does, until it is closed or the program ends."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            return problem.errno not in (errno.EAGAIN, errno.EACCES)
        return True


def _publish(part: Path, file: Path) -> None:
    """Give it its name. A file that came to be there meanwhile is left as it is. Raises UserError, OSError."""
    try:
        os.link(part, file)
    except OSError:
        # Some disks, sticks among them, give no file two names.
        refuse_name(file)
        part.rename(file)


def refuse_name(file: Path, what: str = BACKUP) -> None:
    """Raises UserError where no new file of this name can be made. what: it is to be."""
    try:
        taken = file.exists()
        folder = file.parent.is_dir()
    except (OSError, ValueError):
        raise UserError(
            f"The {what} can't be written there.", "The system takes no such name. Choose another."
        ) from None
    if taken:
        raise UserError("There is something of this name already.", f"{file} is left as it is. Choose another name.")
    if not folder:
        raise UserError(f"The {what} can't be written there.", f"{file.parent} is no folder. Choose another one.")


def _settle(folder: Path) -> None:
    """Make sure that the new name is on the disk, too, where the system can be asked for it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def refused(problem: OSError, file: Path, what: str = BACKUP) -> UserError:
    """What it means that the system doesn't let a file be written. what: it was to be."""
    if problem.errno in _FULL:
        return UserError(
            f"There is no room left for the {what}.",
            f"The disk of {file.parent} is full. Free some space, or choose "
            "another folder. What was written of it is removed.",
        )
    why = problem.strerror or "The system refused it"
    return UserError(f"The {what} can't be written there.", f"{file.parent}: {why}. Choose another folder.")


def header_of(file: Path) -> Header:
    """What a backup says in the clear. Raises UserError for another kind of file, or one that can't be read."""
    with _read(file) as content:
        return read_as_header(read_header(content))


def check_backup(
    file: Path,
    key: bytes,
    watch: Watch = UNWATCHED,
    look: Callable[[str, bytes], object] = lambda _name, _content: None,
) -> Manifest:
    """Read a backup from its beginning to its end, and compare it with what it says of itself. Its manifest.

    key: the file's own. look: is shown each collection's documents, which aren't to be believed before this has come to
    its end. progress: in bytes of the file. Raises Stopped, and Damaged where they differ, or anything was altered.
    """
    tallies: dict[str, Tally] = {}
    manifest = None
    for name, part in read_backup(file, key, watch, "The backup was not read to its end."):
        if name:
            try:
                tallies.setdefault(name, Tally()).add(part)
            except ValueError:
                raise Damaged from None
            look(name, part)
        else:
            manifest = _as_manifest(part)
    if manifest is None or not _is_said(manifest, tallies):
        raise Damaged
    return manifest


def _is_said(manifest: Manifest, tallies: dict[str, Tally]) -> bool:
    nothing = Tally()
    found = {name: tallies.get(name, nothing).amount() for name in manifest.collections}
    return found == manifest.collections and tallies.keys() <= found.keys()


def load_backup(file: Path, key: bytes, server: Server, watch: Watch = UNWATCHED) -> None:
    """Put every record of a backup that was checked into the practice's empty database, as it is.

    Raises Damaged, Stopped, Unreachable: then the database is to be cleared.
    """
    for name, part in read_backup(file, key, watch, "The practice was not restored."):
        if name:
            insert_documents(server.database, name, part)


def compare(manifest: Manifest, server: Server, watch: Watch = UNWATCHED) -> None:
    """Make sure that each collection is in a database as a backup says it was, to the last byte.

    Raises UserError where one is not, Stopped, Unreachable.
    """
    for done, (name, said) in enumerate(manifest.collections.items()):
        watch.go_on("The practice was not restored.")
        watch.progress(done, len(manifest.collections))
        if amount_in(server, name) != said:
            raise UserError("The server did not keep what the backup holds.", "Nothing was restored. Try it once more.")


def read_backup(file: Path, key: bytes, watch: Watch, unfinished: str) -> Iterator[tuple[str, bytes]]:
    """Each part's documents with their collection's name; the last has none, and is the manifest. Raises Damaged.

    unfinished: what to say where it is stopped. Raises Stopped, UserError. progress: in bytes of the file.
    """
    with _read(file) as content:
        size = os.fstat(content.fileno()).st_size
        for part in _parts(content, key):
            watch.go_on(unfinished)
            yield part
            watch.progress(content.tell(), size)


@contextmanager
def _read(file: Path) -> Iterator[BinaryIO]:
    try:
        # A pipe would be waited for without end.
        if not file.is_file():
            raise OSError(errno.ENOENT, "This is no plain file" if file.exists() else "No file is there")
        with file.open("rb") as content:
            yield content
    except OSError as problem:
        why = problem.strerror or "The system refused it"
        raise UserError("The backup can't be read.", f"{file}: {why}.") from None


def _parts(content: BinaryIO, key: bytes) -> Iterator[tuple[str, bytes]]:
    header = read_header(content)
    for part, is_last in read_parts(content, header, key):
        name, _, rest = part.partition(_END_OF_NAME)
        if is_last != (not name):
            raise Damaged
        try:
            yield name.decode("ascii"), rest
        except UnicodeDecodeError:
            raise Damaged from None


def _as_manifest(content: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        raise Damaged from None
