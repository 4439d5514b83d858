"""One operation of a person = one transaction: the records, their signed trail entries and the news of the change.

An operation carries an id made by the program. Sent again after a lost answer it changes nothing: the trail holds each
(operation, n) once, and ids of new records are derived from it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import bson
from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from hmsdesk.database import audit, changes
from hmsdesk.database.audit import Event
from hmsdesk.database.connection import Busy, first_refusal, is_contention, raw, translation
from hmsdesk.database.questions import Answers, Question, ask
from hmsdesk.database.resealing import Resealing
from hmsdesk.database.rewriting import Place, as_they_lie, rewritten
from hmsdesk.errors import Conflict, NotFound
from hmsdesk.models.declaration import is_unreadable
from hmsdesk.models.registry import encrypted
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import HISTORIES
from hmsdesk.security.signing import digest

if TYPE_CHECKING:
    from hmsdesk.database.session import Session

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Repeated(Exception):
    """This operation is already done; nothing was changed by sending it again."""


class Taken(Exception):
    """What only one record may have, as its id, is another's already: somebody was faster."""

    def __init__(self, collection: str, key: Any) -> None:
        super().__init__(collection)
        self.collection = collection
        self.key = key


class Work:
    """What one operation does, inside its transaction."""

    def __init__(self, session: Session, operation: str, wire: ClientSession, at: datetime) -> None:
        self._database: Database[Row] = session.server.database
        self._cipher = session.server.cipher
        self._actor = session.identity.person
        self.operation = operation
        self._wire = wire
        self._ids = 0
        self.at = at
        self.events: list[Event] = []
        self.announced: list[Row] = []

    def new_id(self) -> ObjectId:
        """An id for a new record: the same one each time this operation is sent."""
        self._ids += 1
        return record_id(self.operation, self._ids)

    def insert(
        self, collection: str, values: Mapping[str, Any], action: str = "create", reason: str | None = None
    ) -> Row:
        """Add a record; its id (unless given), version and author are filled in. Returns it.

        reason: what the trail says of it besides, to readers who may not read the record.
        """
        row: Row = {"_id": values.get("_id") or self.new_id(), "version": 1, **values}
        row |= {"created_at": self.at, "created_by": self._actor}
        stored = self._sealed(collection, row)
        self._database[collection].insert_one(stored, session=self._wire)
        self._note(action, collection, row["_id"], 1, bson.encode(stored), reason)
        return row

    def change(
        self,
        collection: str,
        current: Row,
        changes: Mapping[str, Any],
        action: str = "update",
        reason: str | None = None,
    ) -> Row:
        """Change a record that is still as `current` has it; None takes a field away. Raises Conflict or NotFound.

        What of `current` can't be read stays as it is kept, though its words come back.
        """
        if collection in HISTORIES:
            self._keep_earlier(collection, {"_id": current["_id"], "version": current["version"]})
        chosen = {name: value for name, value in changes.items() if not _stands_for_itself(current, name, value)}
        update = _update(self._sealed(collection, chosen), {"updated_at": self.at, "updated_by": self._actor})
        return self._apply(collection, {"_id": current["_id"], "version": current["version"]}, update, action, reason)

    def commute(
        self,
        collection: str,
        record: ObjectId | str,
        operators: Mapping[str, Mapping[str, Any]],
        action: str = "update",
        only_if: Mapping[str, Any] | None = None,
    ) -> Row:
        """Apply operators that mean the same in any order ($addToSet, $pull, $inc), whatever the version.

        only_if: what must hold of the record besides; Conflict where it doesn't.
        """
        if set(encrypted().get(collection, {})) & {path.partition(".")[0] for o in operators.values() for path in o}:
            raise ValueError("an operator can't change what is encrypted")
        raised = {**operators, "$inc": {**operators.get("$inc", {}), "version": 1}}
        return self._apply(collection, {"_id": record, **(only_if or {})}, raised, action)

    def claim(self, collection: str, claims: list[Row]) -> None:
        """Take what only one may have, by its id. It is no record, so the trail doesn't name it. Taken if it's gone."""
        insert_all(self._database[collection], claims, self._wire)

    def release(self, collection: str, ids: list[str]) -> None:
        """Give claims back."""
        self._database[collection].delete_many({"_id": {"$in": ids}}, session=self._wire)

    def take(self, collection: str, ids: list[ObjectId]) -> None:
        """Take away claims that must all still be there. Taken if somebody else took one."""
        gone = self._database[collection].delete_many({"_id": {"$in": ids}}, session=self._wire).deleted_count
        if gone != len(ids):
            raise Taken(collection, ids)

    def next_number(self, series: str) -> int:
        """The next number of a series, from 1, without gaps: where the transaction fails, nobody was given it."""
        return self._counted(series, {"$inc": {"last": 1}})

    def hold(self, series: str) -> int:
        """The number given last in a series, 0 before the first. Nobody is given another one while this goes on."""
        return self._counted(series, {"$inc": {"held": 1}, "$setOnInsert": {"last": 0}})

    def _counted(self, series: str, update: Row) -> int:
        counters = self._database["counters"]
        kept: Any = counters.find_one_and_update(
            {"_id": series}, update, upsert=True, return_document=ReturnDocument.AFTER, session=self._wire
        )
        return int(kept["last"])

    def note(self, event: Event) -> None:
        """Leave an entry in the trail for something that changes no record."""
        self.events.append(event)

    def announce(self, collection: str, record: ObjectId, action: str) -> None:
        """Tell the workstations of something that changes no record and needs no entry: a medicine runs low."""
        self.announced.append({"collection": collection, "record": record, "version": 0, "action": action})

    def reseal(self, place: Place, ids: list[ObjectId]) -> None:
        """Encrypt what lies in a place with the key of today (see database.resealing)."""
        if self._cipher is not None:
            self.events += Resealing(self._database, self._wire, self._cipher, place).seal(ids)

    def rewrite(self, collection: str, changes: Mapping[Any, Row], action: str) -> None:
        """Set what follows from the rest of records, in their present version; nobody is told of it."""
        place = Place(collection, collection)
        before = as_they_lie(self._database, self._wire, place, changes)
        try:
            self.events += rewritten(self._database, self._wire, place, before, changes, action)
        except BulkWriteError as error:
            raise first_refusal(error) from None

    def find(self, collection: str, where: Mapping[str, Any]) -> Row | None:
        """One record as this transaction sees it."""
        return self._database[collection].find_one(where, session=self._wire)

    def find_all(
        self, collection: str, where: Mapping[str, Any], index: list[tuple[str, int]] | None = None
    ) -> list[Row]:
        """Records as this transaction sees them, the oldest first. index: where the order would choose a wrong one."""
        return list(self._database[collection].find(where, session=self._wire, hint=index).sort("_id"))

    def answers(self, questions: Mapping[str, Question]) -> Answers:
        """What several questions find as this transaction sees it, in one round trip."""
        return ask(self._database, questions, self._wire)

    def _keep_earlier(self, collection: str, where: Row) -> None:
        """Keep the record byte for byte as it stands, so that it can be verified against its entry in the trail."""
        row = raw(self._database, collection).find_one(where, session=self._wire)
        if row is None:
            raise self._missed(collection, where["_id"])
        kept = {"_id": self.new_id(), "record": where["_id"], "version": where["version"], "row": row}
        self._database[HISTORIES[collection]].insert_one(kept, session=self._wire)

    def _apply(self, collection: str, where: Row, update: Row, action: str, reason: str | None = None) -> Row:
        found = raw(self._database, collection).find_one_and_update(
            where, update, return_document=ReturnDocument.AFTER, session=self._wire
        )
        if found is None:
            raise self._missed(collection, where["_id"])
        row: Row = bson.decode(found.raw, self._database.codec_options)
        self._note(action, collection, row["_id"], row["version"], found.raw, reason)
        return row

    def _sealed(self, collection: str, values: Row) -> Row:
        """Values as they are stored. Where the practice has no keys yet, its server takes them in the clear."""
        if self._cipher is None or collection not in encrypted():
            return values
        return self._cipher.sealed(collection, values)

    def _missed(self, collection: str, record: ObjectId | str) -> Exception:
        current = self.find(collection, {"_id": record})
        if current is None:
            return NotFound("This record is gone.", "Somebody removed it meanwhile.")
        return Conflict("Somebody else changed this meanwhile.", "Compare the two and choose what to keep.", current)

    def _note(
        self,
        action: str,
        collection: str,
        record: ObjectId | str,
        version: int,
        raw: bytes,
        reason: str | None = None,
    ) -> None:
        self.events.append(Event(action, collection, record, version, digest(raw), reason))


def _stands_for_itself(current: Row, name: str, value: object) -> bool:
    """Whether a change is only the words that stand for a value that can't be read."""
    return is_unreadable(value) and is_unreadable(current.get(name))


def _update(changes: Mapping[str, Any], stamps: Row) -> Row:
    kept = {name: value for name, value in changes.items() if value is not None}
    gone = {name: "" for name, value in changes.items() if value is None}
    return {"$set": kept | stamps, "$inc": {"version": 1}} | ({"$unset": gone} if gone else {})


def record_id(operation: str, n: int = 1) -> ObjectId:
    """The id of the n-th record that an operation makes."""
    return ObjectId(sha256(f"{operation}/{n}".encode()).digest()[:12])


def write(session: Session, operation: str, work: Callable[[Work], T]) -> T:
    """Do an operation: all of it or nothing, within about the server's time-out.

    Raises Repeated where it was done before, Taken where an id that must be free isn't, Conflict where a record has
    moved on, Busy where others were in the way, Closed, and the translator's other UserErrors.
    """
    with session.turn() as now:
        _settle(now)
        try:
            return _written(now, operation, work)
        except Conflict:
            _raise_if_done(now, operation)
            raise
        except DuplicateKeyError as error:
            _raise_if_done(now, operation)
            if _collection(error) == audit.COLLECTION or _index(error).startswith("unique "):
                raise translation(error) from None
            raise Taken(_collection(error), _key(error)) from None


def _written(session: Session, operation: str, work: Callable[[Work], T]) -> T:
    try:
        return _attempt(session, operation, work)
    except DuplicateKeyError as error:
        if _index(error) != audit.CHAIN_INDEX:
            raise
        _log.warning("somebody else wrote into chain %s; it is left and another begun", session.chain.id)
        session.chain.begin()
        return _attempt(session, operation, work)


def _attempt(session: Session, operation: str, work: Callable[[Work], T]) -> T:
    attempt = _Attempt(session, operation, work)
    try:
        with session.server.transacting() as wire:
            result = wire.with_transaction(attempt.transaction)
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        # There are entries only if all was sent and the commit failed: then nobody knows.
        session.chain.unsure = attempt.entries
        raise Busy if attempt.was_hindered and error.timeout else translation(error) from None
    session.chain.written(attempt.entries)
    return result


class _Attempt(Generic[T]):
    """One try of an operation; the driver calls `transaction` again where others were in the way."""

    def __init__(self, session: Session, operation: str, work: Callable[[Work], T]) -> None:
        self.entries: list[Row] = []
        self.was_hindered = False
        self._session = session
        self._operation = operation
        self._work = work
        self._at = session.now()

    def transaction(self, wire: ClientSession) -> T:
        """Do the work, and write its entries and its news."""
        self.entries = []
        try:
            doing = Work(self._session, self._operation, wire, self._at)
            result = self._work(doing)
            made = self._session.chain.entries(self._operation, doing.events, self._at)
            database = self._session.server.database
            insert_all(database[audit.COLLECTION], made, wire)
            insert_all(database[changes.COLLECTION], _news(self._session, doing), wire)
        except PyMongoError as error:
            self.was_hindered = is_contention(error) or (self.was_hindered and error.timeout)
            raise
        self.entries = made
        return result


def _settle(session: Session) -> None:
    """Find out whether the entries nobody is sure of did arrive."""
    chain = session.chain
    if chain.unsure and _is_done(session, chain.unsure[0]["operation"]):
        chain.written(chain.unsure)
    chain.unsure = []


def insert_all(collection: Any, rows: Sequence[Any], wire: ClientSession) -> None:
    """Insert what there is; a refusal is what one insert would have raised."""
    if not rows:
        return
    if len(rows) == 1:
        # The driver takes a third longer over several, be it but one.
        collection.insert_one(rows[0], session=wire)
        return
    try:
        collection.insert_many(rows, session=wire)
    except BulkWriteError as error:
        raise first_refusal(error) from None


def _news(session: Session, work: Work) -> list[Row]:
    changed = [
        {"collection": event.collection, "record": event.record, "version": event.version, "action": event.action}
        for event in work.events
        if event.collection and event.version is not None and not event.silent
    ]
    by = {"actor": session.identity.person, "workstation": session.identity.workstation}
    return [{"_id": ObjectId(), "at": work.at} | news | by for news in (*changed, *work.announced)]


class _Free(Exception):
    """The operation isn't in the trail."""


def _raise_if_done(session: Session, operation: str) -> None:
    """What was refused may have been refused because this very operation is done and its answer was lost."""
    if _is_done(session, operation):
        raise Repeated


def _is_done(session: Session, operation: str) -> bool:
    """Whether the operation is in the trail, which most roles may not read: by beginning to write it there again."""
    probe = session.chain.probe(operation, session.now())

    def transaction(wire: ClientSession) -> None:
        session.server.database[audit.COLLECTION].insert_one(probe, session=wire)
        raise _Free

    try:
        with session.server.transacting() as wire:
            wire.with_transaction(transaction)
    except _Free:
        return False
    except DuplicateKeyError:
        return True
    except PyMongoError as error:
        raise translation(error) from None
    return False


def _message(error: DuplicateKeyError) -> str:
    return str((error.details or {}).get("errmsg", ""))


def _index(error: DuplicateKeyError) -> str:
    return _message(error).partition("index: ")[2].partition(" dup key")[0]


def _key(error: DuplicateKeyError) -> Any:
    return next(iter((error.details or {}).get("keyValue", {}).values()), None)


def _collection(error: DuplicateKeyError) -> str:
    return _message(error).partition("collection: ")[2].partition(" ")[0].rpartition(".")[2]
