"""A line to the server that breaks at a chosen moment: a proxy on a unix socket that knows MongoDB's messages apart."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from urllib.parse import quote, unquote

from hmsdesk.database.connection import Server
from hmsdesk.security.keyrings import Credential
from hmsdesk.settings import Kind
from tests.waiting import PATIENCE_S


class Fault(Enum):
    """What happens on the line."""

    NONE = auto()
    COMMIT_IS_LOST = auto()
    """It breaks when a transaction is to be committed, before the server hears of it."""
    ANSWER_IS_LOST = auto()
    """It breaks when a transaction was committed, before the program hears of it."""
    DEAD = auto()
    """Nobody is there."""
    SILENT = auto()
    """Connections stand, and nothing comes through."""


# A program gives a broken line up soon, for the tests' sake; before a commit can get lost it must be reached.
GIVEN_UP_S = {Fault.DEAD: 0.6, Fault.SILENT: 0.6, Fault.COMMIT_IS_LOST: 2.0, Fault.ANSWER_IS_LOST: 2.0}


class FaultyLine:
    """Leads to the server at `address`. Once broken it is dead until it is mended.

    commits: the messages that committed transactions, as they went over the line.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._there = unquote(address.removeprefix("mongodb://").partition("/?")[0])
        here = folder / "line.sock"
        self.address = f"mongodb://{quote(str(here), safe='')}/?directConnection=true"
        self.fault = Fault.NONE
        self.commits: list[bytes] = []
        self._wires: list[_Wire] = []
        self._servers: list[Server] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(here))
        self._listener.listen()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> FaultyLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.set(Fault.DEAD)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        # Who was let in at the very moment at which the line was cut.
        self._cut()

    def server(self, database: str, credential: Credential) -> Server:
        """The practice's server at the other end of the line. It is waited for patiently while the line is whole."""
        server = Server(self.address, database, Kind.EMBEDDED, PATIENCE_S, credential.user, credential.password)
        self._servers.append(server)
        return server

    def set(self, fault: Fault) -> None:
        """From now on; what was broken and silent until now is cut."""
        was, self.fault = self.fault, fault
        for server in self._servers:
            server.timeout_s = GIVEN_UP_S.get(fault, PATIENCE_S)
        if fault is Fault.DEAD or was is Fault.SILENT:
            self._cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                if self.fault is Fault.DEAD:
                    near.close()
                else:
                    # Made first: the list of before would be the one that was cut meanwhile.
                    wire = _Wire(self, near, self._there)
                    self._wires.append(wire)

    def _cut(self) -> None:
        wires, self._wires = self._wires, []
        for wire in wires:
            wire.cut()
        for wire in wires:
            wire.end()


class _Wire:
    """One connection of the program's, and the one to the server that it is carried on by."""

    def __init__(self, line: FaultyLine, near: socket.socket, there: str) -> None:
        self._line = line
        self._near, self._far = near, socket.socket(socket.AF_UNIX)
        self._far.connect(there)
        self._answer_is_to_be_lost = False
        self._threads = [threading.Thread(target=carry, daemon=True) for carry in (self._outwards, self._back)]
        for thread in self._threads:
            thread.start()

    def cut(self) -> None:
        for end in (self._near, self._far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        for end in (self._near, self._far):
            end.close()

    def _outwards(self) -> None:
        with suppress(OSError, EOFError):
            while True:
                message = _message(self._near)
                if self._line.fault is Fault.SILENT:
                    continue
                if b"commitTransaction" in message:
                    self._line.commits.append(message)
                    self._answer_is_to_be_lost = self._line.fault is Fault.ANSWER_IS_LOST
                    if self._line.fault is Fault.COMMIT_IS_LOST:
                        self._break()
                self._far.sendall(message)
        self.cut()

    def _back(self) -> None:
        with suppress(OSError, EOFError):
            while True:
                message = _message(self._far)
                if self._answer_is_to_be_lost:
                    self._break()
                if self._line.fault is not Fault.SILENT:
                    self._near.sendall(message)
        self.cut()

    def _break(self) -> None:
        self._line.fault = Fault.DEAD
        for wire in self._line._wires:
            wire.cut()
        raise EOFError


def _message(connection: socket.socket) -> bytes:
    head = _exactly(connection, 4)
    (length,) = struct.unpack("<i", head)
    return head + _exactly(connection, length - 4)


def _exactly(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        part = connection.recv(length - len(content))
        if not part:
            raise EOFError
        content += part
    return content
