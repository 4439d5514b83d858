"""The trail: one signed, chained entry for every change and every chart that was opened.

Each signed-in session writes one chain. An entry holds the hash of the one before it and is signed with the person's
own key; what the server adds to it (`server_time`) is outside the signature. The head of each chain is also kept on the
workstation, outside the database, so that a tail that was cut off shows.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bson import ObjectId, Timestamp
from nacl.signing import SigningKey
from pymongo import ASCENDING, DESCENDING, IndexModel

from hmsdesk.security.signing import canonical, digest

Row = dict[str, Any]

COLLECTION = "audit"
HEADS_FILE = "heads.jsonl"
START = bytes(32)
UNSIGNED = ("_id", "hash", "signature", "server_time")

CHAIN_INDEX = "chain seq"
OPERATION_INDEX = "operation n"
INDEXES = [
    IndexModel([("chain", ASCENDING), ("seq", ASCENDING)], unique=True, name=CHAIN_INDEX),
    IndexModel([("operation", ASCENDING), ("n", ASCENDING)], unique=True, name=OPERATION_INDEX),
    IndexModel([("collection", ASCENDING), ("record", ASCENDING), ("version", DESCENDING)], name="record"),
    IndexModel([("at", DESCENDING), ("_id", DESCENDING)], name="newest first"),
    IndexModel([("person", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="by person"),
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


@dataclass(frozen=True)
class Event:
    """What happened to one record. record_hash: SHA-256 of the record after it; None where it was read or removed."""

    action: str
    collection: str | None = None
    record: ObjectId | str | None = None
    version: int | None = None
    record_hash: bytes | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Author:
    """In whose name entries are written."""

    person: ObjectId
    role: str
    workstation: str
    key: SigningKey


class Heads:
    """The chain heads a workstation keeps in its data folder: one line an entry, the last of a chain counts."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / HEADS_FILE

    def keep(self, entry: Row) -> None:
        """Note the newest entry of a chain."""
        line = json.dumps({"chain": str(entry["chain"]), "seq": entry["seq"], "hash": entry["hash"].hex()})
        is_new = not self._file.exists()
        with self._file.open("a", encoding="utf-8") as out:
            out.write(line + "\n")
        if is_new:
            self._file.chmod(0o600)

    def read(self) -> dict[ObjectId, tuple[int, bytes]]:
        """Chain -> (seq, hash) of the last entry this workstation wrote."""
        if not self._file.exists():
            return {}
        lines = (json.loads(line) for line in self._file.read_text("utf-8").splitlines())
        return {ObjectId(line["chain"]): (line["seq"], bytes.fromhex(line["hash"])) for line in lines}


class Chain:
    """The chain of one signed-in session. `lock` is held from the making of entries to the word of their fate."""

    def __init__(self, author: Author, heads: Heads) -> None:
        self.id = ObjectId()
        self.lock = threading.RLock()
        self.author = author
        self._heads = heads
        self._seq = 0
        self._head = START
        self._unsure: list[Row] = []

    def entries(self, operation: str, events: Sequence[Event], at: datetime) -> list[Row]:
        """The entries of one operation, to be written in its transaction."""
        made: list[Row] = []
        previous = self._head
        for n, event in enumerate(events):
            entry = self._entry(operation, n, event, at, self._seq + n + 1, previous)
            previous = entry["hash"]
            made.append(entry)
        return made

    def written(self, entries: Sequence[Row]) -> None:
        """The entries are in the trail for good."""
        last = entries[-1]
        self._seq, self._head = last["seq"], last["hash"]
        self._unsure = []
        self._heads.keep(last)

    def unsure(self, entries: Sequence[Row]) -> None:
        """Nobody knows whether the entries arrived: the connection broke while they were committed."""
        self._unsure = list(entries)

    def catch_up(self) -> bool:
        """A seq was refused as taken: the entries nobody was sure of did arrive. False if there were none."""
        if not self._unsure:
            return False
        self.written(self._unsure)
        return True

    def _entry(self, operation: str, n: int, event: Event, at: datetime, seq: int, previous: bytes) -> Row:
        said: Row = {
            "chain": self.id,
            "seq": seq,
            "operation": operation,
            "n": n,
            "person": self.author.person,
            "role": self.author.role,
            "workstation": self.author.workstation,
            "action": event.action,
            "collection": event.collection,
            "record": event.record,
            "version": event.version,
            "record_hash": event.record_hash,
            "reason": event.reason,
            "at": at,
            "previous": previous,
        }
        hashed = entry_hash(said)
        signature = self.author.key.sign(hashed).signature
        return {"_id": ObjectId()} | said | {"hash": hashed, "signature": signature, "server_time": Timestamp(0, 0)}


def entry_hash(entry: Row) -> bytes:
    """What an entry's hash must be: SHA-256 over everything in it but the server's own additions and the signature."""
    return digest(canonical({key: value for key, value in entry.items() if key not in UNSIGNED}))
