"""A mongod of the test's own on a port of this machine, as somebody would run it who doesn't know HMSDesk."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from hmsdesk.database import mongod
from hmsdesk.settings import Settings

LIMIT_S = 60


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def start(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    """Begin to run a server with its data in `folder`; whoever starts it ends it."""
    data = folder / str(port)
    data.mkdir()
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
        server.wait(timeout=LIMIT_S)


def with_tls(certificate: Path, authority: Path) -> tuple[str, ...]:
    """Options of a server that takes encrypted connections only."""
    return (
        *("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(certificate)),
        *("--tlsCAFile", str(authority), "--tlsAllowConnectionsWithoutCertificates"),
    )


def patiently(client: MongoClient[dict[str, Any]], command: str, value: Any, **more: Any) -> None:
    """Send a command until the server takes it."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        with suppress(PyMongoError):
            client.admin.command(command, value, **more)
            return
        time.sleep(0.05)
    raise AssertionError(f"{command} was refused for {LIMIT_S} s")


def wait_for(port: int) -> None:
    """Until something listens on it."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens after {LIMIT_S} s")
