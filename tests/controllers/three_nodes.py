"""A replica set of three servers with TLS and a key file, made as docs/administrators.md says, on this machine."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from tests.certificates import make_authority, make_certificate
from tests.plain_server import free_ports, patiently, start, with_tls
from tests.waiting import PATIENCE_S

ADMINISTRATOR = "administrator"
REPLICA_SET = "clinic"


@dataclass(frozen=True)
class ThreeNodes:
    """A running set. address: for clients, without a user."""

    address: str
    password: str
    authority: Path
    hosts: tuple[str, ...]

    def administrator(self) -> MongoClient[dict[str, Any]]:
        """A client that may do anything."""
        return self._administrator(self.address)

    def administrator_of(self, host: str) -> MongoClient[dict[str, Any]]:
        """The same for one of the servers, be it primary or not."""
        return self._administrator(f"mongodb://{host}/?directConnection=true")

    def _administrator(self, address: str) -> MongoClient[dict[str, Any]]:
        user = {"username": ADMINISTRATOR, "password": self.password}
        return MongoClient(address, **user, tls=True, tlsCAFile=str(self.authority), tz_aware=True)


@contextmanager
def three_nodes(folder: Path) -> Iterator[ThreeNodes]:
    """Three servers, one of them primary, with an administrator. They are ended with the block."""
    make_authority(folder)
    make_certificate(folder)
    key = folder / "keyfile"
    key.write_text(secrets.token_hex(256))
    key.chmod(0o600)
    ports = free_ports(3)
    hosts = tuple(f"127.0.0.1:{port}" for port in ports)
    servers = [_start(folder, port) for port in ports]
    try:
        address = f"mongodb://{','.join(hosts)}/?replicaSet={REPLICA_SET}"
        nodes = ThreeNodes(address, secrets.token_urlsafe(), folder / "ca.pem", hosts)
        _initiate(nodes)
        yield nodes
    finally:
        for server in servers:
            server.kill()
        for server in servers:
            server.wait(timeout=PATIENCE_S)


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    replicated = ("--replSet", REPLICA_SET, "--auth", "--keyFile", str(folder / "keyfile"))
    return start(folder, port, *replicated, *with_tls(folder / "server.pem", folder / "ca.pem"))


def _initiate(nodes: ThreeNodes) -> None:
    """The set and its first user, by way of the localhost exception."""
    direct = f"mongodb://{nodes.hosts[0]}/?directConnection=true&tls=true"
    with MongoClient(direct, tlsCAFile=str(nodes.authority), serverSelectionTimeoutMS=500) as nobody:
        patiently(nobody, "ping", 1)
        members = [{"_id": number, "host": host} for number, host in enumerate(nodes.hosts)]
        # The first is the one that takes the first user; elections are quicker than in a real network.
        members[0]["priority"] = 2
        settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
        config = {"_id": REPLICA_SET, "members": members, "settings": settings}
        patiently(nobody, "replSetInitiate", config)
        patiently(nobody, "createUser", ADMINISTRATOR, pwd=nodes.password, roles=["root"])
