"""What a person is told of: the news of the last days that concern their role, and which of it they have read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.database.changes import COLLECTION
from hmsdesk.database.session import Session
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.dispensations import ASIDE, REFUSE
from hmsdesk.models.fields import ReferenceField
from hmsdesk.models.notices import LISTED_DAYS, NoticeKind, kinds_for
from hmsdesk.models.observations import FINAL, VITALS_RECORDED, abnormal
from hmsdesk.models.row import Row
from hmsdesk.models.vital_ranges import norms
from hmsdesk.security.permissions import READ, UPDATE

MARKS = "notice_marks"
# More of the newest are not looked at; nobody reads further back.
MOST = 300
KEPT = 1000
_ASIDE = timedelta(minutes=5)
_ABNORMAL = "abnormal"
# The trail's word for what nothing was handed out for -> where a prescription says why, as long as that holds.
_WHY = {REFUSE: "refused", ASIDE: "set_aside"}


@dataclass(frozen=True)
class Notice:
    """One thing that happened, in words. record: what it leads to in the kind's module."""

    id: ObjectId
    kind: NoticeKind
    title: str
    about: str
    at: datetime
    record: str
    unread: bool


def notices(session: Session) -> list[Notice]:
    """What the signed-in person is told of, the newest first. Raises Unreachable.

    Everybody may write news, so that times far away and records that there aren't are passed over.
    """
    kinds = {(kind.collection, kind.action): kind for kind in kinds_for(session.identity.role)}
    if not session.may(COLLECTION, READ) or not kinds:
        return []
    changes = _changes(session, list(kinds.values()))
    told = _told_of(session, [(change, kinds[change["collection"], change["action"]]) for change in changes])
    measured = [one["_id"] for one in changes if one["action"] == VITALS_RECORDED]
    _add_abnormal(session, [told[change] for change in measured if change in told])
    until, read = _marks(session)
    made = _once_each(session, changes, kinds, told)
    read |= _settled(session, made, told)
    return [replace(notice, unread=notice.at > until and notice.id not in read) for notice in made]


def mark_read(session: Session, read: Iterable[Notice]) -> None:
    """Leave word, for this person at every workstation, that these were read. Raises NotAllowed, Unreachable."""
    ids = [notice.id for notice in read]
    _mark(session, {"$push": {"read": {"$each": ids, "$slice": -KEPT}}})


def mark_all_read(session: Session, newest: datetime) -> None:
    """Everything up to a moment was read. Raises NotAllowed, Unreachable."""
    _mark(session, {"$set": {"until": newest, "read": []}})


def _mark(session: Session, update: Mapping[str, Any]) -> None:
    """No record and no doing of the clinic's: the trail isn't told who has read which notice."""
    session.require(MARKS, UPDATE)
    begun = {"$setOnInsert": {"until": _midnight(session)}} if "$set" not in update else {}
    with session.server.asked() as database:
        database[MARKS].update_one({"_id": session.identity.person}, {**update, **begun}, upsert=True)


def _marks(session: Session) -> tuple[datetime, set[ObjectId]]:
    """Up to when all was read, and what was read since. To begin with, what happened before today is read."""
    with session.reading(MARKS) as collection:
        marks = collection.find_one({"_id": session.identity.person})
    return (marks["until"], set(marks.get("read", []))) if marks else (_midnight(session), set())


def _midnight(session: Session) -> datetime:
    zone = ZoneInfo(session.locale.timezone)
    return datetime.combine(session.locale.today(), time(), zone).astimezone(UTC)


def _changes(session: Session, kinds: list[NoticeKind]) -> list[Row]:
    now, me = session.now(), session.identity.person
    within = {"$gte": now - timedelta(days=LISTED_DAYS), "$lt": now + _ASIDE}
    wanted = [
        {"collection": kind.collection, "action": kind.action, "at": within}
        | ({} if kind.of_oneself else {"actor": {"$ne": me}})
        for kind in kinds
    ]
    with session.reading(COLLECTION) as collection:
        return list(collection.find({"$or": wanted}).sort([("at", -1), ("_id", -1)]).limit(MOST))


def _told_of(session: Session, changes: list[tuple[Row, NoticeKind]]) -> dict[ObjectId, Row]:
    """The record each change is about, by the change's id, as far as the role may read it."""
    changed = _records(session, {(kind.collection, change["record"]) for change, kind in changes})
    led_to = {
        change["_id"]: (_collection(kind), row[kind.told_of] if kind.told_of else row["_id"])
        for change, kind in changes
        if (row := changed.get((kind.collection, change["record"])))
    }
    further = _records(session, {place for place in led_to.values() if place not in changed})
    return {change: row for change, place in led_to.items() if (row := (changed | further).get(place))}


def _add_abnormal(session: Session, appointments: list[Row]) -> None:
    """What was last measured for them and isn't normal, as far as the role may read it."""
    if not appointments or not session.may(OBSERVATIONS.resource, READ):
        return
    asked = {"appointment": {"$in": [one["_id"] for one in appointments]}, "status": FINAL}
    with session.reading(OBSERVATIONS.resource) as collection:
        last = {one["appointment"]: one for one in collection.find(asked).sort([("at", 1), ("_id", 1)])}
    with session.reading("patients") as collection:
        among = {"_id": {"$in": [one["patient"] for one in appointments]}}
        births = {one["_id"]: one.get("birth_date") for one in collection.find(among, ["birth_date"])}
    for one in appointments:
        if (measured := last.get(one["_id"])) is not None:
            known = norms(births.get(one["patient"]), session.locale.local(measured["at"]).date())
            one[_ABNORMAL] = abnormal(measured, known, session.locale)


def _collection(kind: NoticeKind) -> str:
    if not kind.told_of:
        return kind.collection
    field: ReferenceField = declared_fields(KEEPERS[kind.collection].record)[kind.told_of]
    return str(field.refers_to)


def _records(session: Session, places: set[tuple[str, Any]]) -> dict[tuple[str, Any], Row]:
    found: dict[tuple[str, Any], Row] = {}
    for name in {collection for collection, _ in places}:
        if not session.may(name, READ):
            continue
        ids = [record for collection, record in places if collection == name]
        with session.reading(name) as collection:
            rows = list(collection.find({"_id": {"$in": ids}}))
        KEEPERS[name].add_titles(session, rows)
        found |= {(name, row["_id"]): row for row in rows}
    return found


def _once_each(
    session: Session, changes: list[Row], kinds: Mapping[tuple[str, str], NoticeKind], told: Mapping[ObjectId, Row]
) -> list[Notice]:
    """One notice for each thing a kind tells of: the newest."""
    made: dict[tuple[Any, ...], Notice] = {}
    for change in changes:
        kind, row = kinds[change["collection"], change["action"]], told.get(change["_id"])
        if row is None or not _concerns(session, kind, row):
            continue
        made.setdefault((kind.heading, row.get(kind.one_each)), _notice(session, kind, change, row))
    return list(made.values())


def _settled(session: Session, made: list[Notice], told: Mapping[ObjectId, Row]) -> set[ObjectId]:
    """The notices something was done about already."""
    found: set[ObjectId] = set()
    for collection, field in {place for notice in made for place in notice.kind.settled_in}:
        about = {notice.id: told[notice.id]["_id"] for notice in made if (collection, field) in notice.kind.settled_in}
        if session.may(collection, READ):
            with session.reading(collection) as records:
                done = set(records.distinct(field, {field: {"$in": list(about.values())}}))
            found |= {notice for notice, record in about.items() if record in done}
    return found


def _concerns(session: Session, kind: NoticeKind, row: Row) -> bool:
    if session.identity.role not in kind.own_for:
        return True
    left = [was["practitioner"] for was in row.get("moved", [])[-1:]] if kind.left_too else []
    return session.identity.member in (row.get("practitioner"), *left)


def _notice(session: Session, kind: NoticeKind, change: Row, row: Row) -> Notice:
    fields = declared_fields(KEEPERS[_collection(kind)].record)
    words = {
        name: str(row.get(f"{name}:title", ""))
        if isinstance(field, ReferenceField)
        else field.show(row.get(name), session.locale)
        for name, field in fields.items()
    }
    title, about = kind.title.format_map(words), kind.about.format_map(words)
    if change["action"] == VITALS_RECORDED and row.get(_ABNORMAL):
        about = f"{row[_ABNORMAL]} · {about}"
    if why := row.get(_WHY.get(change["action"], "")):
        about = f"{why} · {about}"
    return Notice(change["_id"], kind, title, about, change["at"], str(row[kind.opens[1]]), unread=False)
