"""Where the embedded server listens: a socket in a folder that only its user may enter, or a port of this machine."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hmsdesk.errors import UserError

REPLICA_SET = "rs0"
_SOCKET = "m.sock"
_LONGEST_SOCKET_PATH = 103
_LOOPBACK = "127.0.0.1"
_RUN = "run"
_ANSWER_S = 1


@dataclass(frozen=True)
class Address:
    """Where one server listens.

    host: the socket's path, or "127.0.0.1:port"; it is also the name of the replica set's only member.
    folder: this user's alone; holds what a run of the server needs beside its data.
    """

    host: str
    folder: Path

    @property
    def is_socket(self) -> bool:
        """Whether it is a unix socket, not a port."""
        return self.host.endswith(_SOCKET)

    @property
    def port(self) -> int:
        """The port. Not to be asked of a socket."""
        return int(self.host.rpartition(":")[2])

    @property
    def url(self) -> str:
        """For clients, without user and password. They wait for a writable server, so a restart costs no operation."""
        return f"mongodb://{quote(self.host, safe=':')}/?replicaSet={REPLICA_SET}"

    @property
    def direct_url(self) -> str:
        """For looking at the server as it stands, be it ready or not."""
        return f"mongodb://{quote(self.host, safe=':')}/?directConnection=true"

    def listens(self) -> bool:
        """Whether anything accepts connections here."""
        with socket.socket(socket.AF_UNIX if self.is_socket else socket.AF_INET) as probe:
            probe.settimeout(_ANSWER_S)
            try:
                probe.connect(self.host if self.is_socket else (_LOOPBACK, self.port))
            except OSError:
                return False
        return True


def socket_address(home: Path) -> Address:
    """The address of the server for this data folder. Raises UserError where another user's folder is in the way.

    The folder's name is a digest of the data folder's path, so a copied data folder never meets its original.
    """
    name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    folder = private_folder(private_folder(_runtime_folder(name)) / name)
    return Address(str(folder / _SOCKET), folder)


def loopback_address(home: Path, remembered: str = "") -> Address:
    """A port of this machine: the remembered host's, or a random one where it is taken or there was none."""
    private_folder(home / _RUN)
    before = known_address(home, remembered) if remembered.startswith(_LOOPBACK) else None
    if before is not None and not before.listens():
        return before
    return known_address(home, f"{_LOOPBACK}:{_random_port()}")


def known_address(home: Path, host: str) -> Address:
    """The address with this host, as it was chosen for this data folder before."""
    return Address(host, Path(host).parent if host.endswith(_SOCKET) else home / _RUN)


def private_folder(folder: Path) -> Path:
    """Make a folder that only this user may enter. Raises UserError where somebody else's is in its place."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_own_folder(folder):
        raise UserError(
            "Another user's folder is in the way.",
            f"{folder} belongs to another user of this computer, so HMSDesk can't keep its server's connection there. "
            "Ask that user, or whoever looks after this computer, to remove it.",
        )
    folder.chmod(0o700)
    return folder


def is_own_folder(folder: Path) -> bool:
    """Whether it is a real folder, not a link to one, and belongs to this user."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and (os.name != "posix" or found.st_uid == os.geteuid())


def _runtime_folder(name: str) -> Path:
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if is_own_folder(given) and _is_fit_for_a_socket(given / "hmsdesk" / name / _SOCKET):
        return given / "hmsdesk"
    # gettempdir() may be too long, and on macOS it differs between sessions.
    return Path("/tmp") / f"hmsdesk-{os.geteuid()}"  # noqa: S108  (made for this user alone, and checked)


def _is_fit_for_a_socket(path: Path) -> bool:
    # PyMongo puts the names of a replica set's members into small letters.
    return path.is_absolute() and str(path) == str(path).lower() and len(bytes(path)) <= _LONGEST_SOCKET_PATH


def _random_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
