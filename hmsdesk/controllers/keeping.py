"""Keeping records of one kind: list, open, create, change, retire. A plain domain needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers import references
from hmsdesk.controllers.listing import COUNT_LIMIT, NEVER, PAGE_SIZE, Count, Page, Query, Total, asked, beside
from hmsdesk.controllers.references import Follower
from hmsdesk.database.audit import Event
from hmsdesk.database.questions import Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, NotFound
from hmsdesk.models import text
from hmsdesk.models.declaration import clean_values, declared_fields
from hmsdesk.models.fields import ReferenceField
from hmsdesk.models.money import ZERO
from hmsdesk.models.record import AUTHOR, SEARCHED, Record
from hmsdesk.models.registry import record_of
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, EXPORT, HISTORIES, READ, UPDATE

_STAMPS = ("created_by", "updated_by")


class Keeping:
    """What may be done with one kind of record. Holds no state: every call is handed the session."""

    def __init__(self, record: type[Record]) -> None:
        self.record = record
        self.resource = record.collection()

    def page(self, session: Session, query: Query) -> Page:
        """One page of the list. Raises NotAllowed, NotFound where it is to begin beside no row, Unreachable."""
        path, direction = self._order(query)
        where = {"$and": [*self._matches(query), *self._onwards(query, path, direction)]}
        with self._listed(session) as collection:
            found = collection.find(where if where["$and"] else {}, hint=self._hint(query, path))
            rows = list(found.sort([(path, direction), ("_id", direction)]).limit(query.limit + 1))
        shown = rows[: query.limit]
        page = Page(shown[::-1] if query.backwards else shown, more=len(rows) > query.limit)
        self.add_titles(session, page.rows)
        return page

    def _listed(self, session: Session) -> AbstractContextManager[Any]:
        """The collection, as pages are read from it."""
        return session.reading(self.resource)

    def count(self, session: Session, query: Query) -> Count:
        """How many rows the search and filters find, as far as it is worth counting. Raises NotAllowed, Unreachable."""
        path, _ = self._order(query)
        with session.reading(self.resource) as collection:
            matches, hint = self._matches(query), self._hint(query, path)
            where = {"$and": matches} if matches else {}
            return Count.of(collection.count_documents(where, limit=COUNT_LIMIT + 1, hint=hint))

    def sums(self, session: Session, query: Query) -> list[Total] | None:
        """What the rows that the search and filters find come to, by currency, added up by the server.

        None of more rows than are worth counting, unless it is said from when to when. Raises NotAllowed, Unreachable.
        """
        asked = self.record.LISTING.sums
        if asked is None:
            return []
        matches, usual = self._matches(query), self._order(replace(query, order=""))[0]
        added: Row = {name: {"$sum": f"${name}.value"} for name in asked.fields}
        alike = {"by": f"${asked.by}", "currency": f"${asked.fields[0]}.currency"}
        steps: list[Row] = [{"$match": {"$and": matches} if matches else {}}, {"$group": {"_id": alike, **added}}]
        hint = self._hint(query, usual)
        with session.reading(self.resource) as collection:
            if usual not in query.filters:
                found = collection.count_documents(steps[0]["$match"], limit=COUNT_LIMIT + 1, hint=hint)
                if Count.of(found).capped:
                    return None
            groups = list(collection.aggregate(steps, hint=dict(hint)))
        sums: dict[tuple[str, str], Decimal] = {}
        for group in sorted(groups, key=lambda one: str(one["_id"])):
            by, currency = group["_id"]["by"], group["_id"]["currency"]
            row = {asked.by: by} | {name: {"value": group[name], "currency": currency} for name in asked.fields}
            for label, amount in asked.told:
                sums[label, currency] = sums.get((label, currency), ZERO) + amount(row)
        return [Total(label, currency, amount) for (label, currency), amount in sums.items()]

    def get(self, session: Session, record: ObjectId) -> Row:
        """One record as it stands now, with the titles of what it refers to.

        Raises NotAllowed, NotFound, Unreachable.
        """
        row = self._read(session, record)
        self.add_titles(session, [row])
        add_authors(session, [row])
        return row

    def as_got(self, session: Session, row: Row, known: Row) -> Row:
        """What this person has just made, as `get` answers it, without asking.

        known: the titles of what it refers to, as `field:title`.
        """
        titles = {f"{name}:title": known.get(f"{name}:title", "") for name in references.references(self.record)}
        authors = {f"{stamp}:title": session.identity.name for stamp in _STAMPS if stamp in row}
        shown = {name: title for name, title in titles.items() if name.partition(":")[0] in row}
        return row | shown | (authors if session.may("accounts", READ) else {})

    def create(self, session: Session, values: Mapping[str, object], operation: str) -> Row:
        """A new record of what was typed. Raises InvalidInput, NotAllowed, Unreachable."""
        session.require(self.resource, CREATE)
        built = self.built(session, values)
        try:
            return write(session, operation, lambda work: work.insert(self.resource, built))
        except Repeated:
            return self.get(session, record_id(operation))
        except InvalidInput as taken:
            raise self.taken(taken) from None

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """The record with `changes` (None empties a field), if it is still at `version`.

        Raises Conflict with the record as it stands now, InvalidInput, NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, UPDATE)
        current = self._read(session, record)
        seen = {**current, "version": version}
        update = self._update(session, current, changes)
        along = self._followers(session, current, update)
        try:
            return write(session, operation, lambda work: self._change(work, current, seen, update, along))
        except Repeated:
            return self.get(session, record)
        except InvalidInput as taken:
            raise self.taken(taken) from None
        except Conflict as conflict:
            raise Conflict(conflict.title, conflict.message, self.get(session, record)) from None

    def history(
        self, session: Session, record: ObjectId, before: int | None = None, limit: int = PAGE_SIZE
    ) -> list[Row]:
        """The record's versions below `before`, the newest first; unless it is given, the present one is the first.

        Raises NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, READ)
        versions = [] if before is not None else [self.get(session, record)]
        older = {"record": {"$eq": record}} | ({"version": {"$lt": before}} if before is not None else {})
        with session.server.asked() as database:
            earlier = database[HISTORIES[self.resource]].find(older).sort("version", -1).limit(limit - len(versions))
            versions += [kept["row"] for kept in earlier]
        self.add_titles(session, versions)
        add_authors(session, versions)
        return versions

    def note_export(self, session: Session, query: Query, number: int) -> None:
        """Leave word in the trail that rows are about to leave the program. Raises NotAllowed, Unreachable."""
        session.require(self.resource, EXPORT)
        narrowed = bool(query.text.strip() or query.filters)
        rows = "1 row" if number == 1 else f"{number:,} rows"
        said = f"{rows} of a search" if narrowed else rows
        write(session, uuid4().hex, lambda work: work.note(Event("export", self.resource, reason=said)))

    def built(self, session: Session, values: Mapping[str, object]) -> Row:
        """What was typed, as the whole record's fields will be stored. Raises InvalidInput."""
        built = self.record.build(values, session.locale)
        references.check(session, self.record, built)
        titles = references.titles(session, self.record, built)
        return built | {"find": self.record.derived(built | titles)} if titles else built

    def taken(self, problem: InvalidInput) -> InvalidInput:
        """What the server says of a value that must be unique, in words that name the thing."""
        fields, noun = declared_fields(self.record), self.record.LISTING.noun
        labels = {name: str(fields[name].verbose_name) for name in problem.fields if name in fields}
        return InvalidInput(
            problem.fields
            | {name: f"Another {noun} has this {label[:1].lower()}{label[1:]}." for name, label in labels.items()}
        )

    def _read(self, session: Session, record: object) -> Row:
        with session.reading(self.resource) as collection:
            # What is no id leads to no record.
            row: Row | None = collection.find_one({"_id": record}) if isinstance(record, ObjectId) else None
        if row is None:
            raise NotFound(f"This {self.record.LISTING.noun} is not here.", "It may have been removed meanwhile.")
        return row

    def _change(self, work: Work, current: Row, seen: Row, update: Row, along: Sequence[Follower]) -> Row:
        if current["version"] != seen["version"]:
            raise Conflict("Somebody else changed this meanwhile.", "Compare the two and choose what to keep.", current)
        row = work.change(self.resource, current, update)
        references.bring_along(work, along)
        return row

    def _followers(self, session: Session, current: Row, update: Row) -> list[Follower]:
        names = (self.record.LISTING.title, self.record.other_name())
        if not any(name in update and update[name] != current.get(name) for name in names):
            return []
        return references.followers(session, self.record, current | update)

    def _update(self, session: Session, current: Row, changes: Mapping[str, object]) -> Row:
        """The fields to set for what was typed, checked together with those that stay."""
        cleaned, problems = clean_values(self.record, changes, session.locale, only=changes.__contains__)
        whole = {name: value for name, value in current.items() if name not in changes} | cleaned
        problems = problems or self.record.rules(whole, session.locale)
        if problems:
            raise InvalidInput(problems)
        chosen = {name: value for name, value in cleaned.items() if value != current.get(name)}
        references.check(session, self.record, chosen)
        derived = self.record.derived(whole | references.titles(session, self.record, whole))
        return {name: cleaned.get(name) for name in changes} | {"find": current.get("find", {}) | derived}

    def _order(self, query: Query) -> tuple[str, int]:
        offered = [order.field for order in self.record.LISTING.orders]
        name = query.order if query.order in offered else offered[0]
        return self.record.path(name), -1 if query.descending != query.backwards else 1

    def _matches(self, query: Query) -> list[Row]:
        """What the search text and the filters ask of a row."""
        names = {*declared_fields(self.record), AUTHOR}
        chosen = [asked(name, value) for name, value in query.filters.items() if name in names]
        sought = sorted(self.record.sought(query.text), key=narrowness, reverse=True)
        if query.text.strip() and not sought:
            return [NEVER]
        return [begins_with(word) for word in sought] + chosen

    @staticmethod
    def _onwards(query: Query, path: str, direction: int) -> list[Row]:
        """What lies beyond the row at which the page begins."""
        beyond, at_least = ("$gt", "$gte") if direction > 0 else ("$lt", "$lte")
        if query.start is not None:
            key, record = beside(query.start, path)
            further = {"$or": [{path: {beyond: key}}, {path: key, "_id": {beyond: record}}]}
            return [{path: {at_least: key}}, further]
        if query.prefix:
            last = "\uffff" if direction < 0 else ""
            return [{path: {at_least: text.fold(query.prefix) + last}}]
        return []

    def _hint(self, query: Query, path: str) -> list[tuple[str, int]]:
        """The planner may choose badly between indexes it hasn't tried; there is one right one for each order."""
        narrowed = next((name for name in self.record.LISTING.narrowed if name in query.filters), "")
        return self.record.walked(path, SEARCHED if self.record.sought(query.text) else narrowed)

    def add_titles(self, session: Session, rows: list[Row]) -> None:
        """The titles of the records that rows refer to, as `field:title`. Raises NotAllowed, Unreachable."""
        fields, asked = references.references(self.record), {}
        for name, field in fields.items():
            ids = {row[name] for row in rows if name in row}
            if ids:
                asked[name] = Question(field.refers_to, {"_id": {"$in": list(ids)}}, (_title(field),))
        for name, found in session.answers(asked).items():
            titles = {one["_id"]: one.get(_title(fields[name]), "") for one in found}
            for row in rows:
                row[f"{name}:title"] = titles.get(row.get(name), "")


def _title(field: ReferenceField) -> str:
    return record_of(field.refers_to).LISTING.title


def add_authors(session: Session, rows: list[Row]) -> None:
    """Who made and last changed each row, by name, as `created_by:title` and `updated_by:title`. Raises Unreachable."""
    if not session.may("accounts", READ):
        return
    ids = {row[stamp] for row in rows for stamp in _STAMPS if stamp in row}
    with session.reading("accounts") as accounts:
        names = {account["_id"]: account["name"] for account in accounts.find({"_id": {"$in": list(ids)}}, ["name"])}
    for row in rows:
        row |= {f"{stamp}:title": names.get(row[stamp], "") for stamp in _STAMPS if stamp in row}


def narrowness(word: str) -> tuple[int, bool, int]:
    """The server looks by the narrowest word: what fewest begin with, of the same length digits rather than letters."""
    return len(text.longest_edge(word)), word.isdigit(), len(word)


def begins_with(word: str) -> Row:
    """What a record must have, to be found by a typed word."""
    edge = text.longest_edge(word)
    if edge == word:
        return {"find.edges": edge}
    # The words hold letters and digits only, so they mean themselves in an expression.
    return {"find.edges": edge, "find.words": {"$regex": f"^{word}"}}
