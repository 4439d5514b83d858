"""Encrypts what lies in the practice: what is in the clear, and what is under a key that isn't written with any more.

And gives records other bytes that say the same (`rewritten`).

Records, and their kept earlier versions, keep their version: what they say is the same. Each that the trail vouched for
gets an entry of its own about its new bytes, and the last entry of a version counts. One that the trail didn't vouch
for is encrypted all the same and gets none, so that a verification still shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from hmsdesk.database.audit import Event
from hmsdesk.database.connection import raw
from hmsdesk.database.field_cipher import FieldCipher, is_sealed, key_of
from hmsdesk.database.verification import last_hashes
from hmsdesk.models.registry import encrypted
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import HISTORIES
from hmsdesk.security.signing import digest

ACTION = "encrypt"
# So many are changed in one transaction.
BATCH = 100


@dataclass(frozen=True)
class Place:
    """Where records of a collection lie: in it, or as their earlier versions."""

    collection: str
    kept: str
    within: str = ""

    def paths(self) -> list[str]:
        """Where the server finds the encrypted fields."""
        return [f"{self.within}{name}" for name in encrypted()[self.collection]]

    def record(self, kept: Any) -> Any:
        """The record in what is kept."""
        return kept["row"] if self.within else kept

    def about(self, kept: Any) -> tuple[Any, int]:
        """Which record, and which version of it; 0 of one that bears none, as nobody made it with the program."""
        return (kept["record"], kept["version"]) if self.within else (kept["_id"], kept.get("version", 0))

    def clear(self) -> Row:
        """What has something in the clear."""
        return {"$or": [{path: {"$exists": True, "$not": {"$type": "binData"}}} for path in self.paths()]}

    def some(self) -> Row:
        """What has anything in a field that is to be encrypted."""
        return {"$or": [{path: {"$exists": True}} for path in self.paths()]}


def places(collection: str) -> list[Place]:
    """The records first: what is kept as an earlier version of an encrypted one is encrypted."""
    histories = [Place(collection, HISTORIES[collection], "row.")] if collection in HISTORIES else []
    return [Place(collection, collection), *histories]


def batches(database: Database[Row], place: Place, where: Row) -> Iterator[list[ObjectId]]:
    """The ids of what is looked for, in their order, some at a time."""
    ids: list[ObjectId] = []
    for one in raw(database, place.kept).find(where, ["_id"]).sort("_id", 1):
        ids.append(one["_id"])
        if len(ids) == BATCH:
            yield ids
            ids = []
    if ids:
        yield ids


class Resealing:
    """One batch of one place, within an operation's transaction."""

    def __init__(self, database: Database[Row], wire: ClientSession, cipher: FieldCipher, place: Place) -> None:
        self._database, self._wire, self._cipher, self._place = database, wire, cipher, place
        self._key = cipher.writing_key(place.collection)

    def seal(self, ids: list[ObjectId]) -> list[Event]:
        """Encrypt what is there of these with the key of today. What the trail is to say of it."""
        before = as_they_lie(self._database, self._wire, self._place, ids)
        changes = {one["_id"]: self._changes(one) for one in before}
        return rewritten(self._database, self._wire, self._place, before, changes, ACTION)

    def _changes(self, kept: Any) -> Row:
        record, changes = self._place.record(kept), {}
        for name in encrypted()[self._place.collection]:
            value = record.get(name)
            if value is None or (is_sealed(value) and key_of(value) == self._key):
                continue
            plain = self._cipher.opened_or_none(value) if is_sealed(value) else value
            # What nobody can read stays as it is.
            if plain is not None:
                changes[f"{self._place.within}{name}"] = self._cipher.sealed(self._place.collection, {name: plain})[
                    name
                ]
        return changes


def as_they_lie(database: Database[Row], wire: ClientSession, place: Place, ids: Iterable[Any]) -> list[Any]:
    """What lies in a place as a transaction sees it, byte for byte."""
    return list(raw(database, place.kept).find({"_id": {"$in": list(ids)}}, session=wire))


def rewritten(
    database: Database[Row],
    wire: ClientSession,
    place: Place,
    before: list[Any],
    changes: Mapping[Any, Row],
    action: str,
) -> list[Event]:
    """Set what changes of some records, which keep their version. What the trail is to say of it.

    before: the records as they lie there. Whether the rest of them is as declared is nothing to stop at here.
    """
    writes = [UpdateOne({"_id": record}, {"$set": change}) for record, change in changes.items() if change]
    if not writes:
        return []
    database[place.kept].bulk_write(writes, session=wire, bypass_document_validation=True)
    vouched = _vouched(database, wire, place, before)
    changed = [record for record, change in changes.items() if change and record in vouched]
    after = as_they_lie(database, wire, place, changed)
    return [Event(action, place.collection, *place.about(one), _hash(place, one), silent=True) for one in after]


def _vouched(database: Database[Row], wire: ClientSession, place: Place, before: list[Any]) -> set[Any]:
    """Those that the trail's last word is true of."""
    said = last_hashes(database, place.collection, {place.about(one) for one in before}, wire)
    return {one["_id"] for one in before if said.get(place.about(one)) == _hash(place, one)}


def _hash(place: Place, kept: Any) -> bytes:
    return digest(place.record(kept).raw)


def left_under(database: Database[Row], place: Place, keys: set[bytes], cipher: FieldCipher) -> int:
    """How many hold a value that one of these keys opens. Of what was altered none does, and no key is kept for it."""
    fields = encrypted()[place.collection]
    records = (place.record(one) for one in raw(database, place.kept).find(place.some(), place.paths()))
    values = ([record.get(name) for name in fields] for record in records)
    return sum(any(_opens(value, keys, cipher) for value in kept) for kept in values)


def _opens(value: Any, keys: set[bytes], cipher: FieldCipher) -> bool:
    return is_sealed(value) and key_of(value) in keys and cipher.opened_or_none(value) is not None


def clear_left(database: Database[Row], place: Place) -> int:
    """How many hold something in the clear."""
    return database[place.kept].count_documents(place.clear())
