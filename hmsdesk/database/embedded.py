"""The embedded server: a real mongod for one data folder, shared by all of a user's windows and gone with the last."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from hmsdesk.database import mongod, mongod_run
from hmsdesk.database import mongod_failures as failures
from hmsdesk.database.leases import Leases
from hmsdesk.database.mongod_address import (
    Address,
    is_own_folder,
    known_address,
    loopback_address,
    private_folder,
    socket_address,
)
from hmsdesk.database.mongod_run import ServerState
from hmsdesk.errors import UserError
from hmsdesk.settings import Settings, belongs_to_somebody_else, unusable, write_private

_FOLDERS = ("db", "leases", "log")
_LOCK_POLL_S = 0.01
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Memory:
    """What the data folder remembers about its server from one run to the next."""

    host: str = ""
    initiated: bool = False
    kept: bool = False

    @classmethod
    def of(cls, said: object) -> _Memory:
        """What a file says. Raises ValueError where that is something else."""
        if not isinstance(said, dict):
            raise ValueError("it is no object")
        memory = cls(**{one.name: said[one.name] for one in fields(cls) if one.name in said})
        if any(type(getattr(memory, one.name)) is not type(one.default) for one in fields(cls)):
            raise ValueError("its values are of other types")
        return memory


@dataclass(frozen=True)
class ServerStatus:
    """How the server stands. version is empty while it doesn't answer; windows are process ids, one a lease."""

    running: bool
    pid: int | None
    version: str
    address: str
    since: datetime | None
    windows: tuple[int, ...]
    kept: bool
    size_bytes: int


class EmbeddedServer:
    """The server of one data folder as one process uses it. Threads may share it.

    Starting and stopping are guarded by one lock in the data folder: of several processes one acts, and the others
    find what it did. Who finds the server running only holds it for as long as taking a lease takes. Every method
    raises UserError for what can keep a server from running.
    """

    def __init__(self, settings: Settings, *, loopback: bool = os.name == "nt") -> None:
        """loopback: listen on a port of this machine instead of a unix socket."""
        self._settings = settings
        self._loopback = loopback
        self._home = settings.home.resolve()
        self._data = self._home / "db"
        self._memory_file = self._home / "server.json"
        self._leases = Leases(self._home / "leases")

    def __enter__(self) -> str:
        return self.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def acquire(self) -> str:
        """Use the server from now on: start it, or join the one that runs. Its address for clients, without a user."""
        if self._leases.held:
            return self.ensure_running()
        with self._one_at_a_time():
            self._end_left_behind()
            self._leases.take()
        # From here on nobody stops it. Many windows that open at once don't wait for one another to look at it.
        try:
            address = self._last_address()
            if address is not None and mongod.find_process(self._data) is not None and mongod_run.is_up(address):
                return address.url
            with self._one_at_a_time():
                return self._run().url
        except BaseException as problem:
            self._leases.drop()
            if not isinstance(problem, Exception):
                # Whoever ends the program as it starts one leaves none that nobody uses.
                with self._one_at_a_time():
                    self._stop_if_unused()
            raise

    def release(self) -> None:
        """Use it no more. The last one out stops it, unless it is kept."""
        if not self._leases.held:
            return
        try:
            if self._is_there():
                with self._one_at_a_time():
                    self._leases.drop()
                    self._stop_if_unused()
        finally:
            self._leases.drop()

    def ensure_running(self) -> str:
        """Start the server again if it died under those who use it. Its address, which may be a new one then."""
        address = self._last_address()
        if address is None:
            raise failures.records_gone(self._home)
        if mongod_run.state(address) is ServerState.READY:
            return address.url
        with self._one_at_a_time():
            return self._run().url

    def start_kept(self) -> str:
        """Start the server, or join it, and keep it when no window is open. Its address."""
        with self._one_at_a_time():
            self._end_left_behind()
            address = self._run()
            self._remember(kept=True)
            return address.url

    def stop_kept(self) -> ServerStatus:
        """Keep it no more, and stop it if nobody uses it. The status afterwards names who still does."""
        if self._is_there():
            with self._one_at_a_time():
                self._remember(kept=False)
                self._stop_if_unused()
        return self.status()

    def status(self) -> ServerStatus:
        """How the server stands. Starts and changes nothing."""
        self._is_there()
        with failures.of_files(self._home):
            process = mongod.find_process(self._data)
            address = self._last_address() if process else None
            return ServerStatus(
                running=process is not None,
                pid=process.pid if process else None,
                version=mongod_run.version(address) if address else "",
                address=address.url if address else "",
                since=datetime.fromtimestamp(process.create_time(), UTC) if process else None,
                windows=self._leases.holders(),
                kept=self._memory().kept,
                size_bytes=_size(self._data),
            )

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with failures.of_files(self._home):
            self._settings.folder()
            self._is_there()
            for name in _FOLDERS:
                private_folder(self._home / name)
            lock = FileLock(self._home / "server.lock", mode=0o600, poll_interval=_LOCK_POLL_S, fallback_to_soft=False)
            try:
                with lock.acquire(timeout=mongod_run.START_LIMIT_S):
                    yield
            except Timeout as error:
                raise self._why_others_take_long() from error

    def _why_others_take_long(self) -> UserError:
        address = self._last_address()
        return failures.silent() if address and mongod_run.hangs(address) else failures.being_started()

    def _is_there(self) -> bool:
        """Whether there is a data folder. Another user's is refused, and what is no folder."""
        with failures.of_files(self._home):
            if not self._home.exists():
                return False
            if not self._home.is_dir():
                raise unusable(self._home)
        if not is_own_folder(self._home):
            raise belongs_to_somebody_else(self._home)
        return True

    def _end_left_behind(self) -> None:
        """A server that was frozen as the last window closed, and still is, ends before another is started."""
        if self._leases.holders():
            return
        process = mongod.find_process(self._data)
        if process is not None and mongod.is_halted(process):
            process.resume()
            self._stop_if_unused()

    def _run(self) -> Address:
        return self._adopt() or self._start()

    def _adopt(self) -> Address | None:
        """Join the server that runs already. One that can't become ready is stopped, to be started anew."""
        process, address = mongod.find_process(self._data), self._last_address()
        if process is None:
            return None
        if address and mongod_run.becomes_ready(process, address):
            mongod_run.conclude(self._home, address)
            return address
        mongod_run.stop(process)
        return None

    def _start(self) -> Address:
        memory = self._memory()
        if memory.initiated and not (self._data / "WiredTiger").exists():
            raise failures.records_gone(self._home)
        binary = mongod.find_binary(self._settings)
        address = loopback_address(self._home, memory.host) if self._loopback else socket_address(self._home)
        self._remember(host=address.host)
        mongod_run.start(binary, self._home, address)
        self._remember(initiated=True)
        return address

    def _stop_if_unused(self) -> None:
        if self._memory().kept or self._leases.holders():
            return
        process, address = mongod.find_process(self._data), self._last_address()
        if process is None:
            return
        mongod_run.stop(process)
        if address is not None:
            mongod_run.tidy(address)

    def _last_address(self) -> Address | None:
        host = self._memory().host
        return known_address(self._home, host) if host else None

    def _memory(self) -> _Memory:
        with failures.of_files(self._home):
            if not self._memory_file.exists():
                return _Memory()
            text = self._memory_file.read_bytes()
        try:
            return _Memory.of(json.loads(text))
        except (ValueError, RecursionError):
            _log.warning("%s is damaged and is made anew", self._memory_file)
            return _Memory()

    def _remember(self, **changed: str | bool) -> None:
        memory = asdict(self._memory()) | changed
        write_private(self._memory_file, json.dumps(memory).encode())


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        # The server deletes files of its own at any time.
        with suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total
