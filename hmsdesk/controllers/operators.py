"""What an operator asks on the command line: the own server, a role's connection string, and whether all is well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus
from uuid import uuid4

from hmsdesk.controllers.encrypting import holds_clear
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import NotSetUp, Workplace, is_half_done
from hmsdesk.database.audit import Event
from hmsdesk.database.connection import encryption, login
from hmsdesk.database.embedded import EmbeddedServer, ServerStatus
from hmsdesk.database.mongod import find_binary
from hmsdesk.database.session import MOST_CLOCK_DIFFERENCE
from hmsdesk.database.trial import hosts_of
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import UserError
from hmsdesk.security.secrets import has_keyring
from hmsdesk.settings import Kind, Profile, SecretStore, Settings, read_profile

_LEAST_FREE_BYTES = 2_000_000_000
_HALF_DONE = (
    "Setting up a practice, or bringing one back, was begun here and has not come to its end. "
    "Where it was broken off, do the same again: what is half done is cleared away, and it begins anew."
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `advice` is what to do where it isn't good."""

    good: bool
    what: str
    advice: str = ""


def keep_server(workplace: Workplace) -> None:
    """Run this data folder's own server also while no window is open. Raises NotSetUp, UserError where it has none."""
    _refuse_shared(workplace.profile())
    EmbeddedServer(workplace.settings).start_kept()


def stop_server(settings: Settings) -> None:
    """Keep this data folder's own server no more. Raises UserError while it is used, or where it has none."""
    # Nothing is made in a data folder that has no server of its own.
    server_status(settings)
    status = EmbeddedServer(settings).stop_kept()
    if status.running:
        number = len(status.windows)
        using = "One window or command uses it" if number == 1 else f"{number} windows and commands use it"
        raise UserError("The server goes on.", f"{using}; it stops with the last.")


def server_status(settings: Settings) -> ServerStatus:
    """How this data folder's own server stands. Starts and changes nothing. Raises UserError where it has none."""
    status = EmbeddedServer(settings).status()
    if not status.running:
        # What is damaged says nothing of where the practice is.
        with suppress(ValueError, OSError):
            _refuse_shared(read_profile(settings.home))
    return status


def _refuse_shared(profile: Profile | None) -> None:
    """Raises UserError where the practice's server is none of this computer's."""
    if profile is not None and profile.kind is not Kind.EMBEDDED:
        hosts = ", ".join(hosts_of(profile.address)) or "another computer"
        raise UserError(
            "This practice lies on a shared server.",
            f"It is at {hosts}: whoever looks after that one starts and stops it. This computer runs none of its own "
            "for the practice. Whether the shared one answers says: hmsdesk check",
        )


def half_done(settings: Settings) -> str:
    """What is to be said of a practice that is not there yet; nothing where there is one, or none was begun."""
    return _HALF_DONE if is_half_done(settings) else ""


def stops_by_itself(workplace: Workplace) -> bool:
    """Whether the practice's server runs only as long as a window, or a command, uses it."""
    return workplace.embedded is not None and not server_status(workplace.settings).kept


def connection_string(door: Door, email: str, password: str) -> str:
    """The connection string of the role a person signs in as; its handing out is in the trail."""
    opened = door.open(email, password)
    session = door.enter(opened)
    try:
        write(session, uuid4().hex, lambda work: work.note(Event("hand out connection string")))
    finally:
        session.close()
    credential = opened.credential(session.identity.role)
    user, database = login(door.profile.kind, door.profile.database, credential.user)
    user, secret = quote_plus(user), quote_plus(credential.password)
    scheme, _, rest = door.address.partition("://")
    hosts, _, options = rest.partition("/")
    options = options.partition("?")[2]
    joined = "&".join(filter(None, [options, f"authSource={quote(database)}", _encryption(door, options)]))
    return f"{scheme}://{user}:{secret}@{hosts}/{door.profile.database}?{joined}"


def _encryption(door: Door, said: str) -> str:
    """What another client must be told to come in as this program does, unless the address says it."""
    options = encryption(door.address, door.ca)
    ca = f"tlsCAFile={quote(options['tlsCAFile'], safe='')}" if "tlsCAFile" in options else ""
    tls = "tls=true" if options and "tls=true" not in said.lower() else ""
    return "&".join(filter(None, [tls, ca]))


def checks(workplace: Workplace) -> Iterator[Check]:
    """Look at everything the program needs on this computer."""
    yield _binary(workplace)
    yield _keyring(workplace.settings)
    yield _folder(workplace)
    yield _free(_there(workplace.settings.home))
    yield _encrypted(_there(workplace.settings.home))
    yield from _practice(workplace)


def _binary(workplace: Workplace) -> Check:
    try:
        binary = find_binary(workplace.settings)
    except UserError as error:
        return Check(False, f"Database server: {error.title}", error.message)
    return Check(True, f"Database server: {binary.path}")


def _keyring(settings: Settings) -> Check:
    if has_keyring():
        return Check(True, "Keyring: answers")
    with suppress(ValueError, OSError):
        profile = read_profile(settings.home)
        if profile is not None and profile.secret_store is SecretStore.FILE:
            return Check(True, "Keyring: none answers, and none is needed: a private file was chosen in its place")
    return Check(
        False, "Keyring: none answers", "Start GNOME Keyring or KWallet, or choose a private file in the set-up."
    )


def _folder(workplace: Workplace) -> Check:
    was_there = workplace.settings.home.exists()
    try:
        folder = workplace.settings.folder()
    except UserError as error:
        return Check(False, f"Data folder: {error.title}", error.message)
    if sys.platform != "win32" and folder.stat().st_mode & 0o077:
        return Check(False, f"Data folder: others may read {folder}", f"Run: chmod 700 {folder}")
    return Check(
        True, f"Data folder: {folder}, {'' if was_there else 'which was not there and is made now, '}yours alone"
    )


def _there(folder: Path) -> Path:
    """A folder, or what is there of the way to it."""
    return next(place for place in (folder, *folder.parents) if os.access(place, os.X_OK) and place.is_dir())


def _free(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    good = free >= _LEAST_FREE_BYTES
    return Check(good, f"Disk: {free / 1e9:,.1f} GB free", "" if good else "Free some space before the disk is full.")


def _encrypted(folder: Path) -> Check:
    advice = "Patients' records lie on this disk in the clear. Encrypt it: LUKS, FileVault or BitLocker."
    known = _is_encrypted(folder)
    if known is None:
        return Check(False, "Disk encryption: can't be told from here", advice)
    return Check(known, f"Disk encryption: {'on' if known else 'off'}", "" if known else advice)


def _is_encrypted(folder: Path) -> bool | None:
    """Whether the volume under a folder is encrypted; None where this system doesn't say."""
    questions = {
        "linux": ["lsblk", "--noheadings", "--inverse", "--output", "TYPE", _device(folder)],
        "darwin": ["fdesetup", "isactive"],
        "win32": ["manage-bde", "-status", folder.anchor],
    }
    question = questions.get(sys.platform)
    tool = shutil.which(question[0]) if question else None
    if question is None or tool is None:
        return None
    answer = subprocess.run([tool, *question[1:]], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return None
    words = answer.stdout.lower()
    return "crypt" in words or "true" in words or "protection on" in words


def _device(folder: Path) -> str:
    found = shutil.which("findmnt")
    if found is None:
        return ""
    asked = [found, "--noheadings", "--output", "SOURCE", "--target", str(folder)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def _practice(workplace: Workplace) -> Iterator[Check]:
    try:
        profile = workplace.profile()
    except NotSetUp as error:
        yield Check(False, f"Practice: {error.title}", half_done(workplace.settings) or error.message)
        yield from _left_running(workplace.settings)
        return
    except UserError as error:
        yield Check(False, f"Practice: {error.title}", error.message)
        return
    stored = "a private file" if profile.secret_store is SecretStore.FILE else "the keyring"
    yield Check(True, f"Practice: {profile.practice}, {profile.kind.value}; secrets in {stored}")
    try:
        door = workplace.door()
        door.practice()
        offset = abs(door.server.clock_offset().total_seconds())
    except UserError as error:
        yield Check(False, f"Server: {error.title}", error.message)
        return
    place = "on this computer" if profile.kind is Kind.EMBEDDED else profile.address
    yield Check(True, f"Server: answers, {place}; the practice's key is the pinned one")
    good = offset <= MOST_CLOCK_DIFFERENCE.total_seconds()
    yield Check(good, f"Clock: {offset:,.1f} s from the server's", "" if good else "Set this computer's clock.")
    yield _clear(door)


def _left_running(settings: Settings) -> Iterator[Check]:
    """A server of a practice that isn't there, whose program was killed: nobody else would end it."""
    status = server_status(settings)
    if status.running and not status.windows:
        yield Check(False, f"Server: runs for nobody, process {status.pid}", "Run: hmsdesk server stop")


def _clear(door: Door) -> Check:
    left = holds_clear(door)
    if not left:
        return Check(True, "Encrypted fields: nothing in the clear")
    advice = "An owner brings the practice up to date (page Accounts), then runs: hmsdesk keys encrypt"
    return Check(False, f"Encrypted fields: in the clear in {', '.join(left)}", advice)
