"""What a list asks for, and what it gets: one page at a time, in a declared order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bson import Binary, Decimal128, ObjectId, encode
from bson.errors import BSONError

from hmsdesk.errors import NotFound
from hmsdesk.models.row import Row

PAGE_SIZE = 50
COUNT_LIMIT = 1000
# What no record matches.
NEVER: Row = {"_id": {"$exists": False}}
# What rows are ordered by. Anything else might be taken for an operator.
_IN_ORDER = (str, bool, int, float, datetime, ObjectId, Decimal128, Binary, bytes)


@dataclass(frozen=True)
class Between:
    """What a filter may ask for instead of a value: from the first on, and before the last."""

    first: Any
    before: Any


def asked(name: str, wanted: object) -> Row:
    """What a filter asks of a row. A value is never taken for an operator; what can't be kept, no row has."""
    if isinstance(wanted, Between):
        return {name: {"$gte": wanted.first, "$lt": wanted.before}}
    return {name: {"$eq": wanted}} if _can_be_kept(wanted) else NEVER


def _can_be_kept(value: object) -> bool:
    try:
        encode({"": value})
    except (BSONError, OverflowError, ValueError, RecursionError):
        return False
    return True


def beside(start: Row, path: str) -> tuple[Any, Any]:
    """What the row next to which a page begins is ordered by, and its id. Raises NotFound for what is no row."""
    ordered: Any = start
    for part in path.split("."):
        ordered = ordered.get(part) if isinstance(ordered, Mapping) else None
    known = (ordered, start.get("_id"))
    if not all(isinstance(one, _IN_ORDER) and _can_be_kept(one) for one in known):
        raise NotFound("The list can't go on from here.", "Open it again from its beginning.")
    return known


@dataclass(frozen=True)
class Query:
    """One page of a list.

    text: what was typed into the search field. filters: field -> the value it must have.
    order: one of the record's declared orders (empty: its first). backwards: from the end towards the beginning.
    start: the row next to which the page begins, itself not in it; None: the first page, or the last if `backwards`.
    prefix: begin at the first row whose ordered text isn't before this one (a typed letter jumps there).
    """

    text: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    order: str = ""
    descending: bool = False
    backwards: bool = False
    start: Row | None = None
    prefix: str = ""
    limit: int = PAGE_SIZE


@dataclass(frozen=True)
class Page:
    """Rows in the order the list shows them, also when asked for backwards, and whether more follow that way."""

    rows: list[Row]
    more: bool


@dataclass(frozen=True)
class Total:
    """What all rows that a search finds come to, under one of the labels of models.record.Sums."""

    label: str
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class Count:
    """How many rows a search finds; `capped` when there are more than are worth counting."""

    number: int
    capped: bool

    @classmethod
    def of(cls, number: int) -> Count:
        """What is said of a number that was counted up to one more than COUNT_LIMIT."""
        return cls(min(number, COUNT_LIMIT), capped=number > COUNT_LIMIT)

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.capped else f"{self.number:,}"
