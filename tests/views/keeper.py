"""A keeper of records in a plain list, with the interface of controllers.keeping.Keeping."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from bson import ObjectId

from hmsdesk.controllers.listing import COUNT_LIMIT, Count, Page, Query
from hmsdesk.errors import Conflict, InvalidInput, NotFound
from hmsdesk.models import text
from hmsdesk.models.declaration import clean_values, declared_fields
from hmsdesk.models.fields import InUseField, MoneyField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.row import Row
from tests.factories import stamped
from tests.waiting import PATIENCE_S

EGYPT = Locale("EG", "EGP", "Africa/Cairo")


class Treatment(Record):
    """A record with more kinds of field than a department has."""

    meta: ClassVar[dict[str, Any]] = {"collection": "treatments"}

    name = TextField(verbose_name="Name", required=True, width=0)
    name_ar = TextField(verbose_name="Name in Arabic")
    price = MoneyField(verbose_name="Price", width=90)
    minutes = WholeNumberField(verbose_name="Takes", unit="min", width=90)
    department = ReferenceField("departments", verbose_name="Department", width=120)
    active = InUseField()

    LISTING: ClassVar[Listing] = Listing(
        noun="treatment",
        plural="treatments",
        title="name",
        subtitle="name_ar",
        search=("name", "name_ar"),
        orders=(Order("name", "Name"), Order("minutes", "Takes")),
    )


@dataclass
class Session:
    """Somebody signed in. allowed: what the role may do with any resource."""

    allowed: tuple[str, ...] = ("read", "create", "update", "export")
    locale: Locale = EGYPT
    person: ObjectId = field(default_factory=ObjectId)

    def may(self, resource: str, action: str) -> bool:
        return action in self.allowed


class Keeper:
    """Keeps rows in memory. `fail_with` is raised by the next calls; `gate` holds every call until it is set."""

    def __init__(self, record: type[Record], values: list[dict[str, object]] | None = None) -> None:
        self.record = record
        self.resource = record.collection()
        self.rows: dict[ObjectId, Row] = {}
        self.done: dict[str, ObjectId] = {}
        self.asked: list[Query] = []
        self.exported: list[int] = []
        self.calls: list[tuple[str, dict[str, object], str]] = []
        self.fail_with: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self._sorted: dict[tuple[str, str], list[tuple[Any, ObjectId]]] = {}
        for one in values or []:
            self._keep(stamped(self._built(one), ObjectId()))

    def page(self, session: Session, query: Query) -> Page:
        self.asked.append(query)
        self._wait()
        keys = self._keys(query)
        ahead = query.descending == query.backwards
        low, high = self._span(keys, query, ahead)
        picked = keys[low:high][: query.limit] if ahead else keys[low:high][::-1][: query.limit]
        rows = [dict(self.rows[key[1]]) for key in picked]
        return Page(rows[::-1] if query.backwards else rows, more=high - low > query.limit)

    def count(self, session: Session, query: Query) -> Count:
        self._wait()
        number = len(self._keys(query))
        return Count(min(number, COUNT_LIMIT), capped=number > COUNT_LIMIT)

    def get(self, session: Session, record: ObjectId) -> Row:
        self._wait()
        if record not in self.rows:
            raise NotFound("It is gone.")
        return dict(self.rows[record])

    def create(self, session: Session, values: Mapping[str, object], operation: str) -> Row:
        self.calls.append(("create", dict(values), operation))
        self._wait()
        if operation not in self.done:
            row = stamped(self._built(values, session.locale), session.person)
            self._unique(row)
            self.done[operation] = self._keep(row)
        return dict(self.rows[self.done[operation]])

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        self.calls.append(("change", dict(changes), operation))
        self._wait()
        if operation not in self.done:
            current = self.get(session, record)
            if current["version"] != version:
                raise Conflict("Somebody else changed this.", "Choose what to keep.", current)
            self._unique(dict(current) | dict(changes))
            self.alter(record, **changes)
            self.done[operation] = record
        return dict(self.rows[record])

    def note_export(self, session: Session, query: Query, number: int) -> None:
        self._wait()
        self.exported.append(number)

    def history(self, session: Session, record: ObjectId) -> list[Row]:
        return [self.get(session, record)]

    def alter(self, record: ObjectId, **changes: object) -> Row:
        """Change a record as another workstation would."""
        names = declared_fields(self.record)
        whole = {name: value for name, value in (self.rows[record] | changes).items() if name in names}
        built = self._built({name: value for name, value in whole.items() if value is not None})
        kept = {name: value for name, value in self.rows[record].items() if name not in names}
        now = datetime.now(UTC)
        self._keep(
            kept | built | {"version": kept["version"] + 1, "updated_at": now, "updated_by:title": "Dr Karim Nabil"}
        )
        return dict(self.rows[record])

    def remove(self, record: ObjectId) -> None:
        """Take a record away as another workstation would."""
        del self.rows[record]
        self._sorted.clear()

    def _wait(self) -> None:
        assert self.gate.wait(PATIENCE_S)
        if self.fail_with is not None:
            raise self.fail_with

    def _built(self, values: Mapping[str, object], locale: Locale = EGYPT) -> Row:
        cleaned, problems = clean_values(self.record, values, locale)
        if problems:
            raise InvalidInput(problems)
        return cleaned | {"find": self.record.derived(cleaned)}

    def _keep(self, row: Row) -> ObjectId:
        self.rows[row["_id"]] = row
        self._sorted.clear()
        return row["_id"]

    def _unique(self, row: Row) -> None:
        for name in (name for name in self.record.uniques() if row.get(name)):
            others = (one for one in self.rows.values() if one["_id"] != row["_id"])
            if any(text.fold(str(one.get(name))) == text.fold(str(row.get(name))) for one in others):
                raise InvalidInput({name: "Another one has this already."})

    def _keys(self, query: Query) -> list[tuple[Any, ObjectId]]:
        order = query.order or self.record.LISTING.orders[0].field
        question = repr(replace(query, start=None, prefix="", limit=0, backwards=False, descending=False, order=order))
        if (order, question) not in self._sorted:
            found = (row for row in self.rows.values() if self._matches(row, query))
            self._sorted[order, question] = sorted((self._key(row, order), row["_id"]) for row in found)
        return self._sorted[order, question]

    def _key(self, row: Row, order: str) -> Any:
        return text.fold(str(row.get(order, ""))) if order in self.record.folded() else row.get(order)

    @staticmethod
    def _matches(row: Row, query: Query) -> bool:
        sought = text.words(query.text)
        if query.text.strip() and not sought:
            return False
        found = all(any(word.startswith(one) for word in row["find"]["words"]) for one in sought)
        return found and all(row.get(name) == value for name, value in query.filters.items())

    def _span(self, keys: list[tuple[Any, ObjectId]], query: Query, ahead: bool) -> tuple[int, int]:
        order = query.order or self.record.LISTING.orders[0].field
        if query.start is not None:
            start = (self._key(query.start, order), query.start["_id"])
            return (bisect_right(keys, start), len(keys)) if ahead else (0, bisect_left(keys, start))
        if query.prefix:
            by: Callable[[tuple[Any, ObjectId]], Any] = lambda key: key[0]  # noqa: E731
            if ahead:
                return bisect_left(keys, query.prefix, key=by), len(keys)
            return 0, bisect_right(keys, query.prefix + "\uffff", key=by)
        return 0, len(keys)
