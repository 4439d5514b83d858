"""The trail: one signed, chained entry for every change and every chart that was opened.

Each signed-in session writes one chain. An entry holds the hash of the one before it and is signed with the person's
own key; what the server adds to it (`server_time`) is outside the signature. The head of each chain is also kept on the
workstation, outside the database, so that a tail that was cut off shows.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from errno import ENOSPC
from pathlib import Path
from typing import Any

from bson import ObjectId, Timestamp
from bson.errors import InvalidId
from filelock import FileLock
from nacl.signing import SigningKey
from pymongo import ASCENDING, DESCENDING, IndexModel

from hmsdesk.database.connection import Closed
from hmsdesk.errors import Unreachable
from hmsdesk.models.row import Row
from hmsdesk.security.signing import canonical, digest
from hmsdesk.settings import write_private

COLLECTION = "audit"
HEADS_FILE = "heads.jsonl"
_HEADS_LOCK = "heads.lock"
_LONG_FILE_BYTES = 64 * 1024
_PATIENCE_S = 5
# Longer than a window takes from looking at its file to writing into it.
_GRACE_S = 0.05
START = bytes(32)
UNSIGNED = ("_id", "hash", "signature", "server_time")

_log = logging.getLogger(__name__)

CHAIN_INDEX = "chain seq"
OPERATION_INDEX = "operation n"
INDEXES = [
    IndexModel([("chain", ASCENDING), ("seq", ASCENDING)], unique=True, name=CHAIN_INDEX),
    IndexModel([("operation", ASCENDING), ("n", ASCENDING)], unique=True, name=OPERATION_INDEX),
    IndexModel([("collection", ASCENDING), ("record", ASCENDING), ("version", DESCENDING)], name="record"),
    IndexModel([("at", DESCENDING), ("_id", DESCENDING)], name="newest first"),
    IndexModel(
        [("person", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING), ("action", ASCENDING)], name="by person"
    ),
    IndexModel([("action", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="by action"),
]

_HASH = {"bsonType": "binData"}
_PROPERTIES: dict[str, Any] = {
    "_id": {"bsonType": "objectId"},
    "chain": {"bsonType": "objectId"},
    "seq": {"bsonType": ["int", "long"], "minimum": 1},
    "operation": {"bsonType": "string", "maxLength": 64},
    "n": {"bsonType": ["int", "long"], "minimum": 0},
    "person": {"bsonType": "objectId"},
    "role": {"bsonType": "string", "maxLength": 20},
    "workstation": {"bsonType": "string", "maxLength": 64},
    "action": {"bsonType": "string", "maxLength": 40},
    "collection": {"bsonType": ["string", "null"], "maxLength": 64},
    "record": {"bsonType": ["objectId", "string", "null"], "maxLength": 64},
    "version": {"bsonType": ["int", "long", "null"]},
    "record_hash": {"bsonType": ["binData", "null"]},
    "reason": {"bsonType": ["string", "null"], "maxLength": 500},
    "at": {"bsonType": "date"},
    "previous": _HASH,
    "hash": _HASH,
    "signature": _HASH,
    "server_time": {"bsonType": "timestamp"},
}
SCHEMA = {
    "bsonType": "object",
    "properties": _PROPERTIES,
    "required": sorted(_PROPERTIES),
    "additionalProperties": False,
}

# Who writes past the program can't date an entry back. Ahead of its clock a server may be: its time never goes back,
# though its clock is set back; refusing that would stop all work until the clock has caught up.
_LATEST_S = 60
_LATE = {"$dateDiff": {"startDate": "$server_time", "endDate": "$$NOW", "unit": "second"}}
# Nor can they make entries so big that a page of them doesn't fit into a program's memory.
_MOST_BYTES = 64
_BYTES = ("previous", "hash", "signature", "record_hash")
RULES = (
    {"$lt": [_LATE, _LATEST_S]},
    *({"$lte": [{"$binarySize": f"${name}"}, _MOST_BYTES]} for name in _BYTES),
)


@dataclass(frozen=True)
class Event:
    """What happened to one record. record_hash: SHA-256 of the record after it; None where it was read or removed.

    silent: nobody is told of it, as the record says what it said before.
    """

    action: str
    collection: str | None = None
    record: ObjectId | str | None = None
    version: int | None = None
    record_hash: bytes | None = None
    reason: str | None = None
    silent: bool = False


@dataclass(frozen=True)
class Author:
    """In whose name entries are written."""

    person: ObjectId
    role: str
    workstation: str
    key: SigningKey = field(repr=False)


class Heads:
    """The chain heads a workstation keeps in its data folder: one line an entry, the last of a chain counts.

    Several windows may share them: each adds whole lines at the end, and waits for nobody. A line that a crash cut
    short is passed over. A window has one of these for all who sign in at it: what the disk refuses of one is noted as
    soon as it takes something.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / HEADS_FILE
        self._lock = FileLock(folder / _HEADS_LOCK, mode=0o600, timeout=_PATIENCE_S)
        self._out: _Out | None = None
        self._keeping = threading.Lock()
        self._owed: dict[ObjectId, bytes] = {}
        self.refused: OSError | None = None
        """Why the disk took nothing the last time; None where it did."""

    def keep(self, entry: Row) -> None:
        """Note the newest entry of a chain. What the disk refuses is noted with the next, or by `keep_owed`."""
        with self._keeping:
            self._owed[entry["chain"]] = _head_line(entry["chain"], entry["seq"], entry["hash"])
        self.keep_owed()

    def keep_owed(self) -> None:
        """Note what the disk refused before."""
        with self._keeping:
            try:
                self._add_owed()
                self.refused = None
            except OSError as error:
                # What it is about is done all the same; only the outside witness of its place in the chain is missing.
                if self.refused is None:
                    _log.warning("the chains' heads are not kept: %s", type(error).__name__)
                self.refused = error

    def _add_owed(self) -> None:
        if not self._owed:
            return
        if self._out is None or self._out.is_replaced():
            self._out = _Out(self._file)
        self._out.add(b"\n".join(self._owed.values()))
        self._owed.clear()

    def let_go(self) -> None:
        """Close the file, after a last try; `keep` opens it again."""
        self.keep_owed()
        with self._keeping:
            self._out = None

    def read(self) -> dict[ObjectId, tuple[int, bytes]]:
        """Chain -> (seq, hash) of the last entry this workstation wrote."""
        return _heads_in(self._file.read_bytes()) if self._file.exists() else {}

    def compact(self) -> None:
        """Keep one line a chain. Called at the program's start; cheap while the file is short."""
        if not self._file.exists() or self._file.stat().st_size < _LONG_FILE_BYTES:
            return
        try:
            self._compact()
        except OSError as error:
            _log.warning("the heads were not compacted: %s", type(error).__name__)

    def _compact(self) -> None:
        with self._lock, self._file.open("rb") as before:
            lines = [_head_line(chain, seq, hashed) for chain, (seq, hashed) in _heads_in(before.read()).items()]
            if os.name == "nt":
                # It replaces no file that is open, here or in another window: then nobody can have added to it either.
                before.close()
            write_private(self._file, b"\n".join(lines))
            if before.closed:
                return
            # Another window may have added a line since, or be about to, where it had looked before this.
            time.sleep(_GRACE_S)
            if since := before.read():
                _Out(self._file).add(since)


class _Out:
    """The file, open as long as this is there. Each addition is one call of the system."""

    def __init__(self, file: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(file, flags, 0o600)
        weakref.finalize(self, os.close, self._descriptor)

    def is_replaced(self) -> bool:
        """Whether another window has put a shorter file in its place; Windows refuses that while this is open."""
        return os.fstat(self._descriptor).st_nlink == 0

    def add(self, lines: bytes) -> None:
        """Add them after what is there, be it half a line, from a crash. Raises OSError."""
        content = b"\n" + lines
        if os.write(self._descriptor, content) != len(content):
            raise OSError(ENOSPC, os.strerror(ENOSPC))


def _heads_in(content: bytes) -> dict[ObjectId, tuple[int, bytes]]:
    heads: dict[ObjectId, tuple[int, bytes]] = {}
    for line in content.splitlines():
        chain, seq, hashed = _read_head(line)
        if chain is not None and seq > heads.get(chain, (0, b""))[0]:
            heads[chain] = (seq, hashed)
    return heads


def _head_line(chain: ObjectId, seq: int, hashed: bytes) -> bytes:
    return json.dumps({"chain": str(chain), "seq": seq, "hash": hashed.hex()}).encode()


def _read_head(line: bytes) -> tuple[ObjectId | None, int, bytes]:
    try:
        said = json.loads(line)
        return ObjectId(said["chain"]), int(said["seq"]), bytes.fromhex(said["hash"])
    except (ValueError, TypeError, KeyError, InvalidId, OverflowError, RecursionError):
        if line.strip():
            _log.warning("a line of %s is damaged", HEADS_FILE)
        return None, 0, b""


class Chain:
    """The chain of one signed-in session. `lock` is held from the making of entries to the word of their fate.

    unsure: entries of which nobody knows whether they arrived, as the connection broke while they were committed.
    """

    def __init__(self, author: Author, heads: Heads) -> None:
        self.lock = threading.RLock()
        self.unsure: list[Row] = []
        self._author: Author | None = author
        self._heads = heads
        self.begin()

    def begin(self) -> None:
        """Begin a chain: at first, and where somebody else wrote into this one."""
        self.id = ObjectId()
        self._seq = 0
        self._head = START

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """One operation at a time. Raises Unreachable if those before it hang for so long."""
        if not self.lock.acquire(timeout=patience_s):
            raise Unreachable("The clinic's server does not answer.", "Nothing you entered is lost. Please try again.")
        try:
            yield
        finally:
            self.lock.release()

    def forget(self) -> None:
        """Let go of the person's key: nothing more can be signed."""
        self._author = None
        self._heads.let_go()

    def entries(self, operation: str, events: Sequence[Event], at: datetime) -> list[Row]:
        """The entries of one operation, to be written in its transaction. Raises Closed."""
        made: list[Row] = []
        previous = self._head
        for n, event in enumerate(events):
            link = {"chain": self.id, "seq": self._seq + n + 1, "previous": previous}
            entry = self._entry(operation, n, event, at, link)
            previous = entry["hash"]
            made.append(entry)
        return made

    def probe(self, operation: str, at: datetime) -> Row:
        """An entry that the trail refuses if the operation is done. It is never kept, and stands in no chain."""
        return self._entry(operation, 0, Event("probe"), at, {"chain": ObjectId(), "seq": 1, "previous": START})

    def advance(self, entry: Row) -> None:
        """The next entry follows this one, which is still to be written."""
        self._seq, self._head = entry["seq"], entry["hash"]

    def written(self, entries: Sequence[Row]) -> None:
        """The entries are in the trail for good."""
        if not entries:
            return
        last = entries[-1]
        if last["seq"] > self._seq:
            self.advance(last)
        self._heads.keep(last)

    def _entry(self, operation: str, n: int, event: Event, at: datetime, link: Row) -> Row:
        if self._author is None:
            raise Closed
        said: Row = link | {
            "operation": operation,
            "n": n,
            "person": self._author.person,
            "role": self._author.role,
            "workstation": self._author.workstation,
            "action": event.action,
            "collection": event.collection,
            "record": event.record,
            "version": event.version,
            "record_hash": event.record_hash,
            "reason": event.reason,
            "at": at,
        }
        hashed = entry_hash(said)
        signature = self._author.key.sign(hashed).signature
        return {"_id": ObjectId()} | said | {"hash": hashed, "signature": signature, "server_time": Timestamp(0, 0)}


def entry_hash(entry: Row) -> bytes:
    """What an entry's hash must be: SHA-256 over everything in it but the server's own additions and the signature."""
    return digest(canonical({key: value for key, value in entry.items() if key not in UNSIGNED}))
