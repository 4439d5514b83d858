"""A mongod of the test's own on a port of this machine, as somebody would run it who doesn't know HMSDesk."""

from __future__ import annotations

import random
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from hmsdesk.database import mongod
from hmsdesk.settings import Settings
from tests.waiting import PATIENCE_S, until


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on.

    They lie below those that the system gives to outgoing connections, one of which could take a port in between.
    """
    ports: list[int] = []
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.append(port)
    return ports[:count]


def start(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    """Begin to run a server on its data in `folder`, which may be of an earlier run; whoever starts it ends it."""
    data = folder / str(port)
    data.mkdir(exist_ok=True)
    return mongod.launch(
        mongod.find_binary(Settings()),
        [
            *("--dbpath", str(data), "--logpath", str(folder / f"{port}.log"), "--port", str(port)),
            *("--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"),
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=8MB)", "--quiet", *options),
        ],
    )


@contextmanager
def running(folder: Path, *options: str) -> Iterator[int]:
    """The port of a server that listens until the block ends."""
    port = free_ports(1)[0]
    server = start(folder, port, *options)
    try:
        wait_for(port)
        yield port
    finally:
        server.kill()
        server.wait(timeout=PATIENCE_S)


def with_tls(certificate: Path, authority: Path) -> tuple[str, ...]:
    """Options of a server that takes encrypted connections only."""
    return (
        *("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(certificate)),
        *("--tlsCAFile", str(authority), "--tlsAllowConnectionsWithoutCertificates"),
    )


def patiently(client: MongoClient[dict[str, Any]], command: str, value: Any, **more: Any) -> None:
    """Send a command until the server takes it."""

    def is_done() -> bool:
        with suppress(PyMongoError):
            client.admin.command(command, value, **more)
            return True
        return False

    assert until(is_done), f"{command} was refused all the time"


def wait_for(port: int) -> None:
    """Until something listens on it."""

    def listens() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False

    assert until(listens), "nothing listens"
