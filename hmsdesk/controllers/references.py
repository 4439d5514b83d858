"""What records say of one another: a reference leads to something that is there, and its title may be searched by.

A record that is listed by what it refers to keeps a copy of the titles in `find`. Whoever changes a title brings the
copies along in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from hmsdesk.database.questions import Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work
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
    """A record that keeps copies of titles, and what they are to be."""

    kept: type[Record]
    record: ObjectId
    titles: Row


def references(record: type[Record]) -> dict[str, ReferenceField]:
    """The fields that refer to other records."""
    return {name: field for name, field in declared_fields(record).items() if isinstance(field, ReferenceField)}


def check(session: Session, record: type[Record], chosen: Mapping[str, Any]) -> None:
    """What was chosen must be there, be in use, and be of the kind that fits. Raises InvalidInput."""
    asked = {}
    for name, field in references(record).items():
        if name in chosen and session.may(field.refers_to, READ):
            _, having = choice(field.among)
            fitting = {"_id": chosen[name], "active": {"$ne": False}, **having}
            asked[name] = Question(field.refers_to, fitting, ("_id",))
    wrong = {name: _GONE for name, found in session.answers(asked).items() if not found}
    if wrong:
        raise InvalidInput(wrong)


def titles(session: Session, record: type[Record], values: Mapping[str, Any]) -> Row:
    """What a record is listed and found by: `field:title` and `field:other`. Raises NotAllowed, Unreachable."""
    fields = references(record)
    wanted = {name: record_of(fields[name].refers_to) for name in record.titled() if name in values}
    asked = {
        name: Question(
            kept.collection(), {"_id": values[name]}, (kept.LISTING.title, *filter(None, [kept.other_name()]))
        )
        for name, kept in wanted.items()
    }
    answers = session.answers(asked)
    found: Row = {}
    for name, kept in wanted.items():
        found |= called(name, kept, next(iter(answers[name]), {}))
    return found


def called(name: str, kept: type[Record], row: Mapping[str, Any]) -> Row:
    """How a record is called by what refers to it as `name`, and found by besides; empty if it is gone."""
    title, field = kept.title_of(row), declared_fields(kept).get(kept.LISTING.title)
    other = str(row.get(kept.other_name()) or "") or (field.search_text(title) if field and title else "")
    return {f"{name}:title": title, f"{name}:other": other}


def followers(session: Session, changed: type[Record], row: Row) -> list[Follower]:
    """The records to be brought along where the one that was changed is called otherwise from now on.

    row: as it will be. Raises Unreachable.
    """
    found = (_followers(session, kept, changed, row) for kept in RECORDS)
    return [one for some in found for one in some]


def _followers(session: Session, kept: type[Record], changed: type[Record], row: Row) -> Iterable[Follower]:
    fields, record, collection = references(kept), row["_id"], changed.collection()
    names = [name for name in kept.titled() if fields[name].refers_to == collection]
    if not names or not session.may(kept.collection(), UPDATE):
        return
    with session.reading(kept.collection()) as rows:
        for one in rows.find({"$or": [{name: record} for name in names]}).limit(_MOST_FOLLOWERS):
            known = titles(session, kept, one)
            for name in names:
                known |= called(name, changed, row) if one[name] == record else {}
            yield Follower(kept, one["_id"], known)


def bring_along(work: Work, along: Iterable[Follower]) -> None:
    """Make the copies what they are to be, in what else of the records is so by now: a bill's receipts grow."""
    by_kept: dict[type[Record], dict[ObjectId, Row]] = {}
    for one in along:
        by_kept.setdefault(one.kept, {})[one.record] = one.titles
    for kept, titles_of in by_kept.items():
        for row in work.find_all(kept.collection(), {"_id": {"$in": list(titles_of)}}):
            found = kept.derived(row | titles_of[row["_id"]])
            copies = {f"find.{name}": value for name, value in found.items()}
            work.commute(kept.collection(), row["_id"], {"$set": copies}, "follow title")
