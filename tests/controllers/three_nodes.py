"""A replica set of three servers with TLS and a key file, made as docs/administrators.md says, on this machine."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from hmsdesk.controllers.founding import Founding
from hmsdesk.controllers.provisioning import checked_place, found_there, make_place
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.connection import Server
from hmsdesk.security.roles import OWNER
from hmsdesk.security.secrets import Secrets, open_secrets
from hmsdesk.settings import Kind, Profile, SecretStore, Settings
from tests.certificates import make_authority, make_certificate
from tests.plain_server import free_ports, patiently, start, with_tls
from tests.waiting import PATIENCE_S, freeze, until

ADMINISTRATOR = "administrator"
REPLICA_SET = "clinic"
PASSWORD = "purple monkey dishwasher"
EMAIL = "owner@nileclinic.example"


@dataclass(frozen=True)
class ThreeNodes:
    """A running set. address: for clients, without a user."""

    address: str
    password: str
    authority: Path
    hosts: tuple[str, ...]
    servers: dict[str, subprocess.Popen[bytes]] = field(repr=False)

    def administrator(self) -> MongoClient[dict[str, Any]]:
        """A client that may do anything."""
        return self._administrator(self.address)

    def administrator_of(self, host: str) -> MongoClient[dict[str, Any]]:
        """The same for one of the servers, be it primary or not."""
        return self._administrator(f"mongodb://{host}/?directConnection=true")

    def primary(self) -> str:
        """The one that is written to now, among those that answer. It is waited for."""
        found: list[str] = []

        def is_found() -> bool:
            found[:] = [host for host in self.hosts if self._is_written_to(host)]
            return len(found) == 1

        assert until(is_found), "no primary"
        return found[0]

    def kill(self, host: str) -> None:
        """End a server as a power cut does."""
        self.servers[host].kill()
        self.servers[host].wait(timeout=PATIENCE_S)

    def restart(self, host: str) -> None:
        """Start one again that was killed."""
        self.servers[host] = _start(self.authority.parent, int(host.rpartition(":")[2]))

    @contextmanager
    def cut_off(self, host: str) -> Iterator[None]:
        """Connections to a server stand, and nobody hears of it, as where its network cable was pulled.

        Otherwise than there its system still takes new connections, on which nothing is said; and it writes nothing.
        """
        pid = self.servers[host].pid
        freeze(pid)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def step_down(self) -> None:
        """Let another become primary, as an administrator does who is to work on this one."""
        with self.administrator() as administrator:
            patiently(administrator, "replSetStepDown", 20, secondaryCatchUpPeriodSecs=10)

    def _is_written_to(self, host: str) -> bool:
        address, ca = f"mongodb://{host}/?directConnection=true", str(self.authority)
        patience = {"serverSelectionTimeoutMS": 300, "socketTimeoutMS": 300, "connectTimeoutMS": 300}
        with MongoClient(address, tls=True, tlsCAFile=ca, **patience) as anybody, suppress(PyMongoError):
            return bool(anybody.admin.command("hello")["isWritablePrimary"])
        return False

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
    servers = {host: _start(folder, port) for host, port in zip(hosts, ports, strict=True)}
    try:
        address = f"mongodb://{','.join(hosts)}/?replicaSet={REPLICA_SET}"
        nodes = ThreeNodes(address, secrets.token_urlsafe(), folder / "ca.pem", hosts, servers)
        _initiate(nodes)
        yield nodes
    finally:
        for server in servers.values():
            server.kill()
        for server in servers.values():
            server.wait(timeout=PATIENCE_S)


class Practice:
    """A practice on the three servers, as its first workstation knows it."""

    def __init__(self, nodes: ThreeNodes, home: Path, name: str = "Nile Family Clinic") -> None:
        self.nodes = nodes
        self.settings = Settings(home=home, argon2_mib=64, server_timeout_s=PATIENCE_S)
        self.secrets: Secrets = open_secrets(SecretStore.FILE, self.settings.folder())
        ca = str(nodes.authority)
        uri = f"{nodes.address.replace('://', f'://{ADMINISTRATOR}@')}&authSource=admin"
        self.database, password = make_place(uri, name, nodes.password, self.settings, ca)
        founding = Founding(
            practice={"name": name, "country": "EG"},
            owner_name="Sara El-Masry",
            owner_email=EMAIL,
            owner_password=PASSWORD,
            solo=False,
            secret_store=SecretStore.FILE,
        )
        self.place = checked_place(nodes.address, self.database, password, ca)
        self.profile: Profile = found_there(Workplace(self.settings), founding, self.place).profile

    def owner(self) -> Server:
        """Its database as its owner."""
        address, password = self.nodes.address, self.place.owner_password
        ca = self.nodes.authority
        return Server(address, self.database, Kind.SELF_MANAGED, 10, OWNER, password, ca=ca)

    def door(self) -> Door:
        """Its door at the first workstation."""
        return Door(self.settings, self.profile, self.secrets, self.profile.address)


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    replicated = ["--replSet", REPLICA_SET, "--auth", "--keyFile", str(folder / "keyfile")]
    # One that follows a server that was cut off looks for another sooner than in a real network.
    for patience in ("oplogNetworkTimeoutBufferSeconds", "oplogInitialFindMaxSeconds", "oplogRetriedFindMaxSeconds"):
        replicated += ["--setParameter", f"{patience}=1"]
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
    # From now on they are equal: the first would take over again by itself, in the middle of another fault.
    del members[0]["priority"]
    with nodes.administrator() as administrator:
        patiently(administrator, "replSetReconfig", config | {"version": 2})
