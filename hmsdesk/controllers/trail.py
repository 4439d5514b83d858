"""The trail as an administrator reads and verifies it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.dated import in_utc
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Count, Page, Query, asked
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database.audit import Event, Heads
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import write
from hmsdesk.database.verification import Report, verify
from hmsdesk.errors import UserError
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.registry import RECORDS, record_of
from hmsdesk.models.row import Row
from hmsdesk.models.trail import TrailEntry
from hmsdesk.security.permissions import READ

# A clinical record bears its patient's id, and is named by the patient.
_NAMED_BY = {"patient_health": "patients"}
_TITLES = {"patients": "identifier"}
# Who reads the trail may not read these; the entry itself says which one it is about.
_NAMED_BY_ENTRY = ("prescriptions", "dispensations")
VERIFY, HOLDS = "verify trail", "It holds"
# There is only one of each, which its page itself is.
ALONE = ("preferences",)
_WORDS = {"seals": "password", "successions": "first password", "audit": "trail"}


class Trail(Keeping):
    """Lists the entries. They are written by the unit of work alone, and never changed."""

    def page(self, session: Session, query: Query) -> Page:
        """One page, with the names of people, workstations and records, and as `about` the id of the record.

        Raises InvalidInput for days that are none, NotAllowed, Unreachable.
        """
        page = super().page(session, in_utc(query, session.locale, "at"))
        _name_workstations(session, page.rows)
        _name_records(session, page.rows)
        return page

    def count(self, session: Session, query: Query) -> Count:
        """How many entries the filters find. Raises InvalidInput, NotAllowed, Unreachable."""
        return super().count(session, in_utc(query, session.locale, "at"))

    def _matches(self, query: Query) -> list[Row]:
        return [asked(name, query.filters[name]) for name in ("person", "action", "at") if name in query.filters]

    def _hint(self, query: Query, path: str) -> list[tuple[str, int]]:
        newest_first = [(path, -1), ("_id", -1)]
        by = next((name for name in ("person", "action") if name in query.filters), None)
        besides = [("action", 1)] if by == "person" else []
        return [(by, 1), *newest_first, *besides] if by else newest_first


TRAIL = Trail(TrailEntry)


@dataclass(frozen=True)
class Verified:
    """What a verification saw. left_out: the kinds of record that were not compared with the trail."""

    report: Report
    left_out: tuple[str, ...] = ()


def verify_as_owner(
    door: Door, session: Session, password: str, progress: Callable[[int], None] = lambda _: None
) -> Report:
    """The whole trail and every record, which only the owner credential may read. Raises NotAllowed, WrongPassword."""
    heads = Heads(door.settings.folder()).read()
    with owning(door, session, password) as owner:
        public_key = owner.practice_keys.public.sign
        report = verify(owner.database, public_key, heads, [record.collection() for record in RECORDS], progress)
    _note_verified(session, report)
    return report


def verify_as_reader(door: Door, session: Session, progress: Callable[[int], None] = lambda _: None) -> Verified:
    """The whole trail, and those records that the signed-in role may read. Raises NotAllowed, Unreachable."""
    session.require(TRAIL.resource, READ)
    heads = Heads(door.settings.folder()).read()
    kept = [record.collection() for record in RECORDS]
    readable = [name for name in kept if session.may(name, READ)]
    report = verify(session.server.database, door.practice()["public_key"], heads, readable, progress)
    _note_verified(session, report)
    return Verified(report, tuple(record_of(name).LISTING.plural for name in kept if name not in readable))


@dataclass(frozen=True)
class LastVerified:
    """When somebody verified the trail last, and what they found, in words."""

    at: datetime
    found: str

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return self.found == HOLDS


def last_verified(session: Session) -> LastVerified | None:
    """The last verification; None where nobody ever did. Raises NotAllowed, Unreachable."""
    with session.reading(TRAIL.resource) as entries:
        entry = entries.find_one({"action": VERIFY}, ["at", "reason"], sort=[("at", -1), ("_id", -1)])
    return LastVerified(entry["at"], str(entry.get("reason") or "")) if entry else None


def _note_verified(session: Session, report: Report) -> None:
    """That it was verified is in the trail too. What was found is told even if this can't be written."""
    found = len(report.findings)
    said = HOLDS if report.holds else f"{found:,} {'thing' if found == 1 else 'things'} found"
    with suppress(UserError):
        write(session, uuid4().hex, lambda work: work.note(Event(VERIFY, TRAIL.resource, reason=said)))


def _name_workstations(session: Session, rows: list[Row]) -> None:
    names: dict[str, str] = {}
    ids = [ObjectId(kept) for kept in {row["workstation"] for row in rows} if ObjectId.is_valid(kept)]
    with session.reading("workstations") as workstations:
        names = {str(row["_id"]): row["name"] for row in workstations.find({"_id": {"$in": ids}}, ["name"])}
    for row in rows:
        row["workstation"] = names.get(row["workstation"], row["workstation"])


def _name_records(session: Session, rows: list[Row]) -> None:
    """What each entry is about: the kind of record, and which one as far as the role may know."""
    titles = {name: _titles(session, name, _ids(rows, name)) for name in {row["collection"] for row in rows} if name}
    for row in rows:
        title = titles.get(row["collection"], {}).get(row["record"], "")
        row["what"] = _what(row) + (f": {title}" if title else "")
        if row["collection"] in _NAMED_BY_ENTRY and row["record"] and row["reason"] and not title:
            row |= {"what": row["reason"], "reason": None}
        row["place"] = f"{row['seq']} of chain {row['chain']}"
        version = f", version {row['version']}" if row["version"] else ""
        row["about"] = row["record"]
        row["record"] = f"{row['record']}{version}" if row["record"] else None
        row |= {"created_at": row["at"], "created_by:title": row.get("person:title")}


def _ids(rows: Iterable[Row], collection: str) -> list[Any]:
    return list({row["record"] for row in rows if row["collection"] == collection and row["record"] is not None})


def _titles(session: Session, collection: str, ids: list[Any]) -> dict[Any, str]:
    """What records are called; those that are named by another one, as that one is, and a password by its person."""
    if collection == "seals":
        return _whose(session, ids)
    named_by = _NAMED_BY.get(collection, collection)
    known = {record.collection(): record.LISTING.title for record in RECORDS}
    title, _, follows = _TITLES.get(named_by, known.get(named_by, "")).partition(":")
    other = declared_fields(record_of(named_by))[title].refers_to if follows else None
    if not title or collection in ALONE or not session.may(named_by, READ):
        return {}
    with session.reading(named_by) as kept:
        named = {row["_id"]: row.get(title) for row in kept.find({"_id": {"$in": ids}}, [title])}
    if other is None:
        return {record: str(name or "") for record, name in named.items()}
    titles = _titles(session, other, list(named.values()))
    return {record: titles.get(name, "") for record, name in named.items()}


def _whose(session: Session, ids: list[Any]) -> dict[Any, str]:
    with session.reading("seals") as kept:
        people = {row["_id"]: row["person"] for row in kept.find({"_id": {"$in": ids}}, ["person"])}
    names = _titles(session, "accounts", list(people.values()))
    return {seal: names.get(person, "") for seal, person in people.items()}


def _what(row: Row) -> str:
    """The kind of record; of a list that left the program, which one and how much of it."""
    if row["action"] == "export":
        plurals = {record.collection(): record.LISTING.plural for record in RECORDS}
        # Anybody with a role may add an entry, of whatever they like.
        return f"List of {plurals.get(row['collection'], row['collection'])}, {row['reason']}"
    return _noun(row["collection"])


def _noun(collection: str | None) -> str:
    if not collection:
        return ""
    nouns = {record.collection(): record.LISTING.noun for record in RECORDS} | _WORDS
    return nouns.get(collection, collection).capitalize()
