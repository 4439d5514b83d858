"""A replica set of three servers with TLS and a key file, made as docs/administrators.md says, on this machine."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from hmsdesk.database import mongod
from hmsdesk.settings import Settings

ADMINISTRATOR = "administrator"
REPLICA_SET = "clinic"
_LIMIT_S = 60
_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class ThreeNodes:
    """A running set. address: for clients, without a user."""

    address: str
    password: str
    authority: Path
    hosts: tuple[str, ...]

    def administrator(self) -> MongoClient[dict[str, Any]]:
        """A client that may do anything."""
        return MongoClient(self.address, username=ADMINISTRATOR, password=self.password, tz_aware=True)

    def administrator_of(self, host: str) -> MongoClient[dict[str, Any]]:
        """The same for one of the servers, be it primary or not."""
        address = f"mongodb://{host}/?directConnection=true&tls=true"
        return MongoClient(
            address, username=ADMINISTRATOR, password=self.password, tlsCAFile=str(self.authority), tz_aware=True
        )


def make_authority(folder: Path) -> None:
    """A certificate authority of one's own: ca.key and ca.pem."""
    _openssl(
        folder,
        *("req", "-x509", "-new", *_EC, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650"),
        *("-subj", "/CN=Nile Family Clinic"),
    )


def make_certificate(folder: Path) -> None:
    """The certificate of a server on this machine, from the authority in the same folder: server.pem."""
    _openssl(
        folder,
        *("req", "-new", *_EC, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-copy_extensions", "copy", "-days", "800", "-out", "server.crt"),
    )
    (folder / "server.pem").write_bytes((folder / "server.key").read_bytes() + (folder / "server.crt").read_bytes())


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=_LIMIT_S)


@contextmanager
def three_nodes(folder: Path) -> Iterator[ThreeNodes]:
    """Three servers, one of them primary, with an administrator. They are ended with the block."""
    make_authority(folder)
    make_certificate(folder)
    key = folder / "keyfile"
    key.write_text(secrets.token_hex(256))
    key.chmod(0o600)
    hosts = tuple(f"127.0.0.1:{port}" for port in _free_ports(3))
    servers = [_start(folder, host) for host in hosts]
    try:
        options = f"replicaSet={REPLICA_SET}&tls=true&tlsCAFile={quote(str(folder / 'ca.pem'), safe='')}"
        nodes = ThreeNodes(f"mongodb://{','.join(hosts)}/?{options}", secrets.token_urlsafe(), folder / "ca.pem", hosts)
        _initiate(nodes)
        yield nodes
    finally:
        for server in servers:
            server.kill()
        for server in servers:
            server.wait(timeout=_LIMIT_S)


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _start(folder: Path, host: str) -> subprocess.Popen[bytes]:
    port = host.rpartition(":")[2]
    data = folder / port
    data.mkdir()
    binary = mongod.find_binary(Settings())
    return mongod.launch(
        binary,
        [
            *(
                "--dbpath",
                str(data),
                "--logpath",
                str(folder / f"{port}.log"),
                "--port",
                port,
                "--bind_ip",
                "127.0.0.1",
            ),
            *("--replSet", REPLICA_SET, "--auth", "--keyFile", str(folder / "keyfile"), "--nounixsocket"),
            *("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(folder / "server.pem")),
            *("--tlsCAFile", str(folder / "ca.pem"), "--tlsAllowConnectionsWithoutCertificates"),
            *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--quiet"),
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=8MB)"),
        ],
    )


def _initiate(nodes: ThreeNodes) -> None:
    """The set and its first user, by way of the localhost exception."""
    direct = f"mongodb://{nodes.hosts[0]}/?directConnection=true&tls=true"
    with MongoClient(direct, tlsCAFile=str(nodes.authority), serverSelectionTimeoutMS=500) as nobody:
        _patiently(nobody, "ping", 1)
        members = [{"_id": number, "host": host} for number, host in enumerate(nodes.hosts)]
        # The first is the one that takes the first user; elections are quicker than in a real network.
        members[0]["priority"] = 2
        settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
        config = {"_id": REPLICA_SET, "members": members, "settings": settings}
        _patiently(nobody, "replSetInitiate", config)
        _patiently(nobody, "createUser", ADMINISTRATOR, pwd=nodes.password, roles=["root"])


def _patiently(client: MongoClient[dict[str, Any]], command: str, value: Any, **more: Any) -> None:
    end = time.monotonic() + _LIMIT_S
    while time.monotonic() < end:
        with suppress(PyMongoError):
            client.admin.command(command, value, **more)
            return
        time.sleep(0.05)
    raise AssertionError(f"{command} was refused for {_LIMIT_S} s")
