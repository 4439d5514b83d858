"""What records say of one another: a reference leads to something that is there, and its title may be searched by.

A record that is listed by what it refers to keeps a copy of the titles in `find`. Whoever changes a title brings the
copies along in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.fields import ReferenceField
from hmsdesk.models.record import Record
from hmsdesk.models.registry import RECORDS, choice, record_of
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ, UPDATE

_GONE = "Choose one from the list: this one isn't there, or isn't one of these any more."
_MOST_FOLLOWERS = 2000


@dataclass(frozen=True)
class Follower:
    """A record that keeps a copy of a title, and what its copies are to be."""

    collection: str
    record: ObjectId
    find: Row


def references(record: type[Record]) -> dict[str, ReferenceField]:
    """The fields that refer to other records."""
    return {name: field for name, field in declared_fields(record).items() if isinstance(field, ReferenceField)}


def check(session: Session, record: type[Record], chosen: Mapping[str, Any]) -> None:
    """What was chosen must be there, be in use, and be of the kind that fits. Raises InvalidInput."""
    wrong = {
        name: _GONE
        for name, field in references(record).items()
        if name in chosen and session.may(field.refers_to, READ) and not _fits(session, field, chosen[name])
    }
    if wrong:
        raise InvalidInput(wrong)


def _fits(session: Session, field: ReferenceField, chosen: ObjectId) -> bool:
    _, having = choice(field.among)
    with session.reading(field.refers_to) as collection:
        return collection.find_one({"_id": chosen, "active": {"$ne": False}, **having}, ["_id"]) is not None


def titles(session: Session, record: type[Record], values: Mapping[str, Any]) -> Row:
    """The titles that a record is listed by, as `field:title`. Raises NotAllowed, Unreachable."""
    fields = references(record)
    wanted = {name: values[name] for name in record.titled() if name in values}
    return {f"{name}:title": title(session, fields[name].refers_to, one) for name, one in wanted.items()}


def title(session: Session, collection: str, record: ObjectId) -> str:
    """What a record is called; empty if it is gone. Raises NotAllowed, Unreachable."""
    kept = record_of(collection)
    with session.reading(collection) as found:
        row = found.find_one({"_id": record}, [kept.LISTING.title])
    return kept.title_of(row or {})


def followers(session: Session, changed: type[Record], record: ObjectId, called: str) -> list[Follower]:
    """The records to be brought along where the one that was changed is called otherwise from now on.

    Raises Unreachable.
    """
    found = (_followers(session, kept, changed.collection(), record, called) for kept in RECORDS)
    return [one for some in found for one in some]


def _followers(
    session: Session, kept: type[Record], collection: str, record: ObjectId, called: str
) -> Iterable[Follower]:
    fields = references(kept)
    names = [name for name in kept.titled() if fields[name].refers_to == collection]
    if not names or not session.may(kept.collection(), UPDATE):
        return
    with session.reading(kept.collection()) as rows:
        for row in rows.find({"$or": [{name: record} for name in names]}).limit(_MOST_FOLLOWERS):
            known = titles(session, kept, row) | {f"{name}:title": called for name in names if row[name] == record}
            yield Follower(kept.collection(), row["_id"], kept.derived(row | known))
