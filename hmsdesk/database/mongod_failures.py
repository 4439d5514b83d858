"""What can keep the embedded server from running, in the clinic's words, and how to tell one from another."""

from __future__ import annotations

import errno
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hmsdesk.errors import UserError

_WRONG_VERSION = 62
_NO_LIBRARY = (127, 0xC0000135)
_BAD_INSTRUCTION = (-signal.SIGILL, 0xC000001D)
_DISK_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT)


class InUse(UserError):
    """A mongod holds the folder that wasn't started on it by this name: the folder was moved, or it isn't ours."""


def no_binary() -> UserError:
    """There is no mongod that could be run."""
    return UserError(
        "The database server is not installed.",
        "HMSDesk keeps its records with MongoDB, which can't be started on this computer. Install HMSDesk again, "
        "or set this computer up as a workstation of a shared clinic, which needs no server of its own.",
    )


def named_unusable(named: Path) -> UserError:
    """The mongod of the settings is none that could be run."""
    return UserError(
        "The database server named in the settings can't be started.",
        f"HMSDESK_MONGOD names {named}, which is no mongod that runs on this computer. Name another one, or remove "
        "that setting: HMSDesk then uses the one it came with.",
    )


def too_old(found: str, oldest: int) -> UserError:
    """The mongod of the settings is of a version this program doesn't work with."""
    return UserError(
        "The database server is too old.",
        f"HMSDesk needs MongoDB {oldest} or newer, and the one named in its settings (HMSDESK_MONGOD) is {found}. "
        "Update it, or remove that setting: HMSDesk then uses the one it came with.",
    )


def processor_too_old() -> UserError:
    """mongod uses instructions that this processor lacks (AVX)."""
    return UserError(
        "This computer's processor is too old for the database server.",
        "Records can't be kept on this computer. Keep the practice on a newer one, and set this computer up "
        "as a workstation of that shared clinic.",
    )


def library_missing() -> UserError:
    """A shared library that mongod is linked against isn't there."""
    return UserError(
        "Parts of the database server are missing.",
        "Your records are untouched. Install HMSDesk again; that brings the missing parts.",
    )


def disk_full(folder: Path) -> UserError:
    """Too little space for the server to write."""
    return UserError(
        "The disk is full.",
        f"The practice can't be opened until there is free space again where its records lie ({folder}). "
        "Delete or move other files, then try again. What was saved before is safe.",
    )


def not_writable(folder: Path) -> UserError:
    """The data folder, or a file in it, refuses to be written."""
    return UserError(
        "HMSDesk may not write to its data folder.",
        f"The practice's records lie in {folder}. Check that its drive is connected and not write-protected, "
        "and that the folder and everything in it belong to you.",
    )


def damaged(folder: Path) -> UserError:
    """Files of the database can't be read."""
    return UserError(
        "The practice's records are damaged.",
        f"The files in {folder} can't be read. Don't change or delete anything there. "
        "Restore the last backup into a new data folder, or ask for help.",
    )


def written_by_newer(folder: Path) -> UserError:
    """The data needs a newer mongod."""
    return UserError(
        "These records were made by a newer HMSDesk.",
        f"The program on this computer is older than the one that wrote {folder}. Update HMSDesk, then try again. "
        "The records are unchanged.",
    )


def written_by_older(folder: Path) -> UserError:
    """The data is of a version that this mongod no longer reads."""
    return UserError(
        "These records are too old for this HMSDesk.",
        f"{folder} was written by a version that can't be read any more. Open it once with the HMSDesk between "
        "that one and this one, then try again. The records are unchanged.",
    )


def in_use(folder: Path) -> InUse:
    """Another mongod has the folder."""
    return InUse(
        "Another program is using the practice's records.",
        f"If {folder} was moved or renamed while HMSDesk was open, close every HMSDesk window, wait a minute and "
        "try again. Otherwise stop the other database server that uses it.",
    )


def records_gone(folder: Path) -> UserError:
    """A practice was kept here once, and its database isn't there any more."""
    return UserError(
        "The practice's records are not where they were.",
        f"{folder} was moved or emptied, or its drive isn't connected. Bring it back, or start HMSDesk with the "
        "folder's new place (HMSDESK_HOME). Nothing new is begun, so that no record is lost from sight.",
    )


def being_started() -> UserError:
    """Somebody else holds the lock that guards starting and stopping for very long."""
    return UserError(
        "Another window or command is still opening or closing the practice.", "Wait a minute, then try again."
    )


def still_opening() -> UserError:
    """The server runs but isn't ready after a long time; it goes on."""
    return UserError(
        "The practice is still being opened.",
        "After an interruption its records are checked first, which can take minutes. Try again in a little while.",
    )


def silent() -> UserError:
    """The server runs and had been opened, and was frozen or hangs."""
    return UserError(
        "The practice's server does not answer.",
        "It runs, but it was halted or hangs. What was saved is safe. Close every HMSDesk window on this computer, "
        "then try again; if that does not help, restart the computer.",
    )


def still_stopping() -> UserError:
    """The server was asked to end and hasn't after a long time; it goes on."""
    return UserError(
        "The practice is still being closed.",
        "The server is writing the last records down. Leave the computer on and try again in a little while.",
    )


def unknown(log: Path) -> UserError:
    """None of the known reasons."""
    return UserError(
        "The database server could not start.",
        f"Your records are untouched. Try again; if it happens again, give the file {log} "
        "to whoever looks after HMSDesk.",
    )


_LOG_WORDS: tuple[tuple[str, Callable[[Path], UserError]], ...] = (
    (r"No space left on device|Disk quota exceeded", disk_full),
    # Before the next: WiredTiger calls a version it doesn't know "Permission denied".
    (r"unsupported WiredTiger", written_by_newer),
    (r"Another mongod instance is already running", in_use),
    (r"Permission denied|Read-only file system|read-only directory|Operation not permitted", not_writable),
    (
        r"corrupt|WT_TRY_SALVAGE|WT_PANIC|Cursor not found|not appear to be a WiredTiger file|InvalidBSON",
        damaged,
    ),
)


def of_processor(exit_code: int) -> UserError | None:
    """That it ended because of this computer's processor; None where it didn't."""
    return processor_too_old() if exit_code in _BAD_INSTRUCTION else None


def of_server(exit_code: int | None, log: str, folder: Path) -> UserError | None:
    """Why mongod ended, by its exit code and what it logged since it was started; None where these don't tell."""
    if exit_code in _NO_LIBRARY:
        return library_missing()
    if exit_code is not None and (error := of_processor(exit_code)):
        return error
    if exit_code == _WRONG_VERSION:
        return _wrong_version(log, folder)
    return next((error(folder) for words, error in _LOG_WORDS if re.search(words, log)), None)


def _wrong_version(log: str, folder: Path) -> UserError:
    found = re.search(r'version: \\*"(\d+)', log)
    readable = [int(number) for number in re.findall(r"or '(\d+)", log)]
    is_older = found is not None and readable and int(found[1]) < min(readable)
    return written_by_older(folder) if is_older else written_by_newer(folder)


@contextmanager
def of_files(folder: Path) -> Iterator[None]:
    """Turn what the system says about files in the data folder into a person's words."""
    try:
        yield
    except OSError as error:
        full = error.errno in _DISK_FULL_ERRORS
        raise (disk_full(folder) if full else not_writable(folder)) from error
