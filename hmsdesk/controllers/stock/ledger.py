"""The ledger: every change of stock with who, when and why. There is no other way of changing what a lot holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping, add_authors
from hmsdesk.controllers.listing import Page, Query
from hmsdesk.database.questions import Answers, Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work
from hmsdesk.errors import Conflict, InvalidInput
from hmsdesk.models.row import Row
from hmsdesk.models.stock import MOST_IN_A_LOT, LedgerEntry, StockMovement

MOVEMENTS = Keeping(StockMovement)
LOW = "low stock"
TOO_MUCH = f"A lot holds at most {MOST_IN_A_LOT:,}."


def enter(session: Session, work: Work, lot: Row, kind: str, change: int, note: str = "", **system: Any) -> Row:
    """Enter a change of a lot that is as it stands after it. system: what the program keeps. Raises InvalidInput."""
    values = {"lot": lot["_id"], "medicine": lot["medicine"], "kind": kind, "change": change}
    built = StockMovement.build(values | {"after": lot["quantity"], "note": note}, session.locale)
    return work.insert("stock_movements", built | system)


def move(
    session: Session, work: Work, lot: ObjectId, kind: str, change: int, *, note: str, action: str, **system: Any
) -> Row:
    """Change what a lot holds, and enter it; the lot as it stands then.

    Raises Conflict where it holds too little, InvalidInput where it would hold too much.
    """
    within = {"quantity": {"$gte": -change} if change < 0 else {"$lte": MOST_IN_A_LOT - change}}
    try:
        row = work.commute("stock_lots", lot, {"$inc": {"quantity": change}}, action, only_if=within)
    except Conflict as conflict:
        if change > 0:
            raise InvalidInput({"lots": TOO_MUCH}) from None
        raise Conflict("There is less of this lot than that.", "Look at what it holds now.", conflict.current) from None
    enter(session, work, row, kind, change, note, **system)
    return row


def announce_low(
    session: Session, work: Work, moved: Iterable[tuple[Row, int]], besides: Mapping[str, Question] | None = None
) -> Answers:
    """Tell of each medicine that has come down to its reorder level by these changes, and was above it before.

    moved: lots as they stand now, and by how much each was changed. Where two work on different lots of one medicine
    in the very same moment, neither may see the other's: then only the list of what is low tells.
    besides: what is asked in the same round trip. Returns the answers.
    """
    today = session.locale.today().isoformat()
    changes: dict[ObjectId, int] = {}
    for lot, change in moved:
        if lot["expires"] >= today:
            changes[lot["medicine"]] = changes.get(lot["medicine"], 0) + change
    less = [medicine for medicine, change in changes.items() if change < 0]
    if not less and not besides:
        return {}
    usable = {"medicine": {"$in": less}, "expires": {"$gte": today}, "quantity": {"$gt": 0}}
    found = work.answers(
        {
            "levels": Question("medicines", {"_id": {"$in": less}}, ("reorder_level",)),
            "lots": Question("stock_lots", usable, ("medicine", "quantity")),
            **(besides or {}),
        }
    )
    for medicine in found["levels"]:
        level, change = medicine.get("reorder_level"), changes[medicine["_id"]]
        left = sum(lot["quantity"] for lot in found["lots"] if lot["medicine"] == medicine["_id"])
        if level is not None and left <= level < left - change:
            work.announce("medicines", medicine["_id"], LOW)
    return found


class Ledger(Keeping):
    """The ledger as it is read. Of one medicine it is the stock card, with what there was of it after each entry."""

    def page(self, session: Session, query: Query) -> Page:
        """One page of it. Raises NotAllowed, Unreachable."""
        page = super().page(session, query)
        add_authors(session, page.rows)
        for row in page.rows:
            row |= {"at": row["created_at"], "by": row.get("created_by:title", "")}
        if set(query.filters) == {"medicine"} and page.rows:
            self._add_balance(session, query.filters["medicine"], page.rows)
        return page

    def _add_balance(self, session: Session, medicine: ObjectId, rows: list[Row]) -> None:
        newest_first = sorted(rows, key=lambda row: (row["created_at"], row["_id"]), reverse=True)
        left = self._sum_until(session, medicine, newest_first[0])
        for row in newest_first:
            row["balance"] = left
            left -= row["change"]

    def _sum_until(self, session: Session, medicine: ObjectId, last: Row) -> int:
        """What all entries of a medicine come to, up to and with this one."""
        until: dict[str, Any] = {
            "$or": [
                {"created_at": {"$lt": last["created_at"]}},
                {"created_at": last["created_at"], "_id": {"$lte": last["_id"]}},
            ]
        }
        earlier = {"medicine": medicine, "created_at": {"$lte": last["created_at"]}, **until}
        summed: list[Row] = [{"$match": earlier}, {"$group": {"_id": None, "sum": {"$sum": "$change"}}}]
        with session.reading(self.resource) as collection:
            found = list(collection.aggregate(summed))
        return int(found[0]["sum"]) if found else 0

    def _hint(self, query: Query, path: str) -> list[tuple[str, int]]:
        if "medicine" in query.filters:
            return [("medicine", 1), ("created_at", 1), ("_id", 1), ("change", 1), ("kind", 1)]
        return super()._hint(query, path)


LEDGER = Ledger(LedgerEntry)
