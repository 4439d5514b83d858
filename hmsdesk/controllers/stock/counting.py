"""Counting what is on the shelves, and booking what differs from the books in one go.

Hand-outs go on meanwhile. Each lot is compared with what the books had in the moment it was counted: what it holds now
less what has moved on its shelf since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Page, Query
from hmsdesk.controllers.stock.ledger import announce_low, move
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, NotFound
from hmsdesk.models.declaration import checked
from hmsdesk.models.row import Row
from hmsdesk.models.stock import COUNTED as BY_COUNT
from hmsdesk.models.stock import IN_THE_BOOKS
from hmsdesk.models.stock_counts import MOST_COUNTED, CountedLot, SheetLot, StockCount
from hmsdesk.security.permissions import CREATE

STOCK_COUNTS = Keeping(StockCount)
COUNT = "count stock"
_LEFT = "Of a lot more has left the shelf since than was found. Count it again."
_UNCLEAR = "What the books had of a lot when it was counted can't be told any more. Count it again."


@dataclass(frozen=True)
class Found:
    """So many were found of a lot. at: when, by the server's clock."""

    lot: ObjectId
    counted: int
    at: datetime


class Sheet(Keeping):
    """The list of what is to be counted, a page at a time. blind: without what the books say."""

    def __init__(self, counted: Mapping[ObjectId, Found], *, blind: bool) -> None:
        """counted: what was found so far; may grow."""
        super().__init__(SheetLot)
        self.counted = counted
        self.blind = blind

    def page(self, session: Session, query: Query) -> Page:
        """One page of it. Raises NotAllowed, Unreachable."""
        page = super().page(session, query)
        for row in page.rows:
            if self.blind:
                del row["quantity"]
            if row["_id"] in self.counted:
                row["counted"] = self.counted[row["_id"]].counted
        return page


@dataclass(frozen=True)
class Difference:
    """A lot as it was found, against the books of that moment."""

    lot: Row
    counted: int
    expected: int

    @property
    def change(self) -> int:
        """What is to be booked."""
        return self.counted - self.expected


def compare(session: Session, found: Sequence[Found]) -> list[Difference]:
    """What was found against the books, in the order it was counted. Raises NotAllowed, NotFound, Unreachable."""
    ids = [one.lot for one in found]
    with session.reading("stock_lots") as collection:
        lots = {row["_id"]: row for row in collection.find({"_id": {"$in": ids}})}
    with session.reading("stock_movements") as collection:
        moved = list(collection.find(_since(found)))
    return _differences(found, lots, moved)


def book(session: Session, found: Sequence[Found], reason: str, operation: str) -> Row:
    """Book a count: its record, and each difference as a movement. All of it or nothing.

    Raises InvalidInput (`reason`, `lots`), NotAllowed, NotFound, Unreachable.
    """
    session.require(STOCK_COUNTS.resource, CREATE)
    if len({one.lot for one in found}) != len(found):
        raise InvalidInput({"lots": "A lot is in it twice."})
    if len(found) > MOST_COUNTED:
        raise InvalidInput({"lots": f"Book at most {MOST_COUNTED} lots in one go."})
    counted = [_checked(session, one) for one in found]
    try:
        return write(session, operation, partial(_book, session, counted, reason))
    except Repeated:
        return STOCK_COUNTS.get(session, record_id(operation))
    except Conflict:
        raise InvalidInput({"lots": _LEFT}) from None


def _checked(session: Session, found: Found) -> Found:
    """Raises InvalidInput."""
    number = checked("lots", CountedLot.counted, found.counted, session.locale)
    at = checked("lots", CountedLot.at, found.at, session.locale)
    if number is None or at is None:
        raise InvalidInput({"lots": "How many of it are there?"})
    return Found(found.lot, number, at)


def _book(session: Session, found: Sequence[Found], reason: str, work: Work) -> Row:
    ids = [one.lot for one in found]
    lots = {row["_id"]: row for row in work.find_all("stock_lots", {"_id": {"$in": ids}})}
    differences = _differences(found, lots, work.find_all("stock_movements", _since(found)))
    if any(one.expected < 0 for one in differences):
        raise InvalidInput({"lots": _UNCLEAR})
    counted = [
        {"lot": one.lot["_id"], "counted": one.counted, "expected": one.expected, "at": at.at}
        for one, at in zip(differences, found, strict=True)
    ]
    differing = [one for one in differences if one.change]
    values = {"reason": reason, "lots": counted, "differing": len(differing)}
    built = StockCount.build(values, session.locale)
    count = work.insert(STOCK_COUNTS.resource, {"_id": record_id(work.operation)} | built, COUNT)
    moved = [
        (move(session, work, one.lot["_id"], BY_COUNT, one.change, note=built["reason"], action=COUNT), one.change)
        for one in differing
    ]
    announce_low(session, work, moved)
    return count


def _since(found: Sequence[Found]) -> Row:
    """What has moved on the shelf since each lot was counted."""
    # One lot after the other: each was counted in its own moment, and the index begins with the lot.
    return {"$or": [{"lot": one.lot} | _moved_after(one.at) for one in found] or [{"_id": None}]}


def _moved_after(at: datetime) -> Row:
    # Books that were put right are right for the count as well, unless what was wrong in them was entered after it.
    on_shelf: list[Row] = [{"kind": {"$nin": list(IN_THE_BOOKS)}}, {"undoes": {"$gt": at}}]
    return {"created_at": {"$gt": at}, "$or": on_shelf}


def _differences(found: Sequence[Found], lots: dict[ObjectId, Row], moved: list[Row]) -> list[Difference]:
    since: dict[ObjectId, int] = {}
    for entry in moved:
        since[entry["lot"]] = since.get(entry["lot"], 0) + entry["change"]
    if any(one.lot not in lots for one in found):
        raise NotFound("A lot is gone.", "Open the count sheet again.")
    return [Difference(lots[one.lot], one.counted, lots[one.lot]["quantity"] - since.get(one.lot, 0)) for one in found]
