"""Encrypts what lies in the practice: what is in the clear, and what is under a key that isn't written with any more.

Records, and their kept earlier versions, keep their version, as whatever is rewritten (`rewriting`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.database import Database

from hmsdesk.database.audit import Event
from hmsdesk.database.connection import raw
from hmsdesk.database.field_cipher import FieldCipher, is_sealed, key_of
from hmsdesk.database.rewriting import Place, as_they_lie, rewritten
from hmsdesk.models.registry import encrypted
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import HISTORIES

ACTION = "encrypt"
# So many are changed in one transaction.
BATCH = 100


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
