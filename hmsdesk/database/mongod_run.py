"""One run of the embedded server: from its start until it can be written to, and to its end."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from hmsdesk.database import mongod
from hmsdesk.database import mongod_failures as failures
from hmsdesk.database.mongod_address import REPLICA_SET, Address, private_folder
from hmsdesk.errors import UserError
from hmsdesk.settings import write_private

# Generous: after a crash a big practice is checked before it opens. What takes longer goes on by itself.
START_LIMIT_S = 60.0
STOP_LIMIT_S = 60.0
_SLOW_STOP_S = 10.0
# A killed server is gone from the list of processes before it has let go of its files.
_LAST_BREATH_S = 1.0
# A server that starts reads its configuration within this time, or it has none.
_CONFIGURATION_S = 2.0
_POLL_S = 0.01
# The server's words for: not read yet what it was before, and: about to become what it was told.
_NOT_YET_INITIALIZED, _CONFIGURATION_IN_PROGRESS = 94, 109
_ANSWER_MS = 1000
# With less, mongod may still start, and then ends at its first writes.
_LEAST_FREE_BYTES = 32 * 2**20
_LONGEST_LOG_BYTES = 2**20
_log = logging.getLogger(__name__)
_Client = MongoClient[dict[str, Any]]


class ServerState(Enum):
    """How a server answers. UNCONFIGURED: it doesn't know its replica set, or not yet."""

    SILENT = auto()
    UNCONFIGURED = auto()
    WAITING = auto()
    READY = auto()


def state(address: Address) -> ServerState:
    """How the server answers now."""
    if not address.listens():
        return ServerState.SILENT
    try:
        with _client(address) as client:
            hello = client.admin.command("hello")
    except PyMongoError:
        return ServerState.SILENT
    if hello.get("isWritablePrimary"):
        return ServerState.READY
    return ServerState.WAITING if "setName" in hello else ServerState.UNCONFIGURED


def is_up(address: Address) -> bool:
    """Whether a server can be used as it stands: ready, and its start concluded by who began it."""
    link = _log_link(address)
    is_silenced = not link.is_symlink() or str(link.readlink()) == os.devnull
    return is_silenced and not _key_file(address).exists() and state(address) is ServerState.READY


def becomes_ready(process: psutil.Process, address: Address) -> bool:
    """Wait for a server that runs already. False where it ends, its start was broken off or its socket is deleted.

    Raises UserError where it was frozen, or takes longer than START_LIMIT_S.
    """
    hope_ends = time.monotonic() + _CONFIGURATION_S
    for _ in polls(START_LIMIT_S):
        now = state(address)
        if now is ServerState.READY:
            return True
        if now is ServerState.UNCONFIGURED and time.monotonic() > hope_ends:
            return False
        if not address.folder.exists() or not mongod.is_alive(process):
            return False
        if now is ServerState.SILENT and mongod.is_halted(process):
            raise failures.silent()
    raise failures.silent() if hangs(address) else failures.still_opening()


def hangs(address: Address) -> bool:
    """Whether a server doesn't answer though it listens, which it does only once its records are checked."""
    return address.listens() and state(address) is ServerState.SILENT


def version(address: Address) -> str:
    """The server's version, or "" where it doesn't answer."""
    try:
        with _client(address) as client:
            return str(client.admin.command("buildInfo")["version"])
    except PyMongoError:
        return ""


def start(binary: mongod.Binary, home: Path, address: Address) -> None:
    """Start a server on the data folder's db and wait until it can be written to. Raises UserError.

    The key is the internal user's password, made for this start and known to nobody once it is over.
    """
    if shutil.disk_usage(home).free < _LEAST_FREE_BYTES:
        raise failures.disk_full(home)
    log = home / "log" / "mongod.log"
    _limit(log)
    key = secrets.token_hex(256)
    arguments = mongod.arguments(home / "db", address, _key_file(address), _prepare(address, key, log))
    _launch_when_free(binary, arguments, home, address)
    conclude(home, address)
    try:
        with _client(address, username="__system", password=key, authSource="local") as client:
            _configure(client, address.host)
    except PyMongoError as error:
        if mongod.find_process(home / "db"):
            raise
        raise _explanation(None, "", home) from error
    _wait_until_ready(home, address)


def conclude(home: Path, address: Address) -> None:
    """What ends every start: its key is deleted, and nothing is logged from now on.

    Community mongod can't redact: refused commands, failed expressions and index builds are logged with their values.
    Windows has neither such links nor such signals: there only slow operations are kept out of the log.
    """
    _key_file(address).unlink(missing_ok=True)
    link, process = _log_link(address), mongod.find_process(home / "db")
    if process and link.is_symlink() and str(link.readlink()) != os.devnull:
        _point(link, Path(os.devnull))
        process.send_signal(signal.SIGUSR1)


def stop(process: psutil.Process) -> None:
    """Ask a server to end and wait until it has: 1 s if nothing is wrong. It is never killed: it may be writing.

    Raises UserError where it was frozen, or takes longer than STOP_LIMIT_S; it still ends by itself.
    """
    mongod.ask_to_stop(process)
    began = time.monotonic()
    said = False
    for _ in polls(STOP_LIMIT_S):
        if not mongod.is_alive(process):
            return
        if time.monotonic() - began <= _SLOW_STOP_S:
            continue
        if mongod.is_halted(process):
            raise failures.silent()
        if not said:
            said = True
            _log.warning("the server is still writing; waiting for it to end")
    raise failures.still_stopping()


def tidy(address: Address) -> None:
    """Remove what a run left beside its data. Only for a server that has ended."""
    for leftover in (_key_file(address), _log_link(address), *address.folder.glob("*.sock")):
        leftover.unlink(missing_ok=True)
    with suppress(OSError):
        address.folder.rmdir()


def polls(limit_s: float) -> Iterator[None]:
    """Go round every few milliseconds until the time is over."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        yield
        time.sleep(_POLL_S)


def _client(address: Address, **credential: Any) -> _Client:
    return MongoClient(address.direct_url, serverSelectionTimeoutMS=_ANSWER_MS, **credential)


def _key_file(address: Address) -> Path:
    return address.folder / "key"


def _log_link(address: Address) -> Path:
    return address.folder / "m.log"


def _prepare(address: Address, key: str, log: Path) -> Path:
    """Lay out what a start needs; the path that mongod shall log to."""
    tidy(address)
    private_folder(address.folder)
    write_private(_key_file(address), key.encode())
    if os.name != "posix":
        return log
    _point(_log_link(address), log)
    return _log_link(address)


def _point(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _limit(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))


def _launch_when_free(binary: mongod.Binary, arguments: list[str], home: Path, address: Address) -> None:
    end = time.monotonic() + _LAST_BREATH_S
    while True:
        try:
            return _launch(binary, arguments, home, address)
        except failures.InUse:
            if time.monotonic() > end:
                raise


def _launch(binary: mongod.Binary, arguments: list[str], home: Path, address: Address) -> None:
    """Run mongod until it listens. Raises UserError where it ends instead."""
    log = home / "log" / "mongod.log"
    logged_before = log.stat().st_size if log.exists() else 0
    launcher = mongod.launch(binary, arguments)
    for _ in polls(START_LIMIT_S):
        exit_code = launcher.poll()
        if exit_code:
            logged = log.read_bytes()[logged_before:].decode(errors="replace") if log.exists() else ""
            raise _explanation(exit_code, logged, home)
        # Where mongod forks, the launcher ends well when the server is up.
        if (exit_code == 0 or not mongod.FORKS) and address.listens():
            return
    raise failures.still_opening()


def _explanation(exit_code: int | None, logged: str, home: Path) -> UserError:
    known = failures.of_server(exit_code, logged, home)
    if known is None and shutil.disk_usage(home).free < _LEAST_FREE_BYTES:
        return failures.disk_full(home)
    return known or failures.unknown(home / "log" / "mongod.log")


def _wait_until_ready(home: Path, address: Address) -> None:
    for _ in polls(START_LIMIT_S):
        now = state(address)
        if now is ServerState.READY:
            return
        if now is ServerState.SILENT and mongod.find_process(home / "db") is None:
            raise _explanation(None, "", home)
    raise failures.still_opening()


def _configure(client: _Client, host: str) -> None:
    """Make it the only member of its replica set, under the address it has now."""
    known = client.local["system.replset"].find_one()
    members = [{"_id": 0, "host": host}]
    if known is None:
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    elif known["members"][0]["host"] != host:
        _log.warning("the data folder or its server's address has changed; the replica set is told its new address")
        renamed = {**known, "members": members, "version": known["version"] + 1}
        _reconfigure(client, renamed)


def _reconfigure(client: _Client, configuration: dict[str, Any]) -> None:
    """After a crash the server first reads what it was before, and refuses to be told until it has.

    It may close the line as it becomes another, before it has answered, and refuse to be told while it does: being told
    once more changes nothing.
    """
    for _ in polls(START_LIMIT_S):
        try:
            client.admin.command("replSetReconfig", configuration, force=True)
        except OperationFailure as error:
            if error.code not in (_NOT_YET_INITIALIZED, _CONFIGURATION_IN_PROGRESS):
                raise
        except AutoReconnect:
            continue
        else:
            return
    raise failures.still_opening()
