"""Gives records other bytes that say the same: encrypted, or with other words to be found by.

Records, and their kept earlier versions, keep their version: what they say is the same. Each that the trail vouched for
gets an entry of its own about its new bytes, and the last entry of a version counts. One that the trail didn't vouch
for is rewritten all the same and gets none, so that a verification still shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from hmsdesk.database.audit import Event
from hmsdesk.database.connection import raw
from hmsdesk.database.verification import last_hashes
from hmsdesk.models.registry import encrypted
from hmsdesk.models.row import Row
from hmsdesk.security.signing import digest


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
