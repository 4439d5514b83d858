"""What the generated pages ask of those behind them: a keeper of records, and the person signed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bson import ObjectId

from hmsdesk.controllers.listing import PAGE_SIZE, Count, Page, Query, Total
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Record
from hmsdesk.models.row import Row


class Session(Protocol):
    """Who is signed in, as far as a page needs to know."""

    @property
    def locale(self) -> Locale:
        """Where the practice is."""

    def may(self, resource: str, action: str) -> bool:
        """Whether the signed-in role may do this."""


class Keeper(Protocol):
    """What can be done with one kind of record; see controllers.keeping."""

    record: type[Record]

    def page(self, session: Any, query: Query) -> Page:
        """One page of the list."""

    def count(self, session: Any, query: Query) -> Count:
        """How many rows a question finds."""

    def sums(self, session: Any, query: Query) -> list[Total] | None:
        """What the rows of a question come to; None of too many."""

    def get(self, session: Any, record: ObjectId) -> Row:
        """One record as it stands now."""

    def create(self, session: Any, values: Mapping[str, object], operation: str) -> Row:
        """A new record."""

    def change(
        self, session: Any, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """A record with other values."""

    def note_export(self, session: Any, query: Query, number: int) -> None:
        """Leave word in the trail that so many rows of a question are about to leave the program."""

    def history(self, session: Any, record: ObjectId, before: int | None = None, limit: int = PAGE_SIZE) -> list[Row]:
        """The record's versions below `before`, the newest first."""


@dataclass(frozen=True)
class Found:
    """A record that can be referred to; its id, or the code of what is no record."""

    record: Any
    title: str
    subtitle: str = ""


Lookup = Callable[[str, str], Sequence[Found]]
"""The records of a collection that a typed text finds: (collection, text) -> the first of them."""

NO_LOOKUP: Lookup = lambda _collection, _text: ()  # noqa: E731 - for pages whose records refer to nothing
