"""What runs low, and what expires."""

from __future__ import annotations

from datetime import date, timedelta

from bson import ObjectId

from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.database.session import Session
from hmsdesk.models.row import Row
from hmsdesk.models.stock import EARLIEST_FIRST

# No id comes before it.
_FIRST = ObjectId(bytes(12))
_SHOWN = ("name", "name_ar", "unit", "reorder_level", "find.name")


def low_stock(session: Session, limit: int) -> list[Row]:
    """The medicines in use of which no more than their reorder level is left: what is out first, then by how low.

    Each with `stock`, what is left of it and not expired. Raises NotAllowed, Unreachable.
    """
    with session.reading("medicines") as medicines:
        watched = list(medicines.find({"reorder_level": {"$exists": True}, "active": {"$ne": False}}, _SHOWN))
    left = left_of(session)
    low = [row | {"stock": stock} for row in watched if (stock := left.get(row["_id"], 0)) <= row["reorder_level"]]
    low.sort(key=lambda row: (row["stock"] / max(row["reorder_level"], 1), row["find"]["name"]))
    return low[:limit]


def left_of(session: Session, medicines: list[ObjectId] | None = None) -> dict[ObjectId, int]:
    """What may be handed out of these medicines, or of each, summed up from the index alone; none where nothing is.

    Raises NotAllowed, Unreachable.
    """
    # Of an index whose first field nothing is said of, the server reads every record.
    of_these = {"medicine": {"$gte": _FIRST} if medicines is None else {"$in": medicines}}
    usable: list[Row] = [
        {"$match": of_these | {"expires": {"$gte": session.locale.today().isoformat()}}},
        {"$group": {"_id": "$medicine", "sum": {"$sum": "$quantity"}}},
    ]
    with session.reading("stock_lots") as lots:
        return {row["_id"]: row["sum"] for row in lots.aggregate(usable, hint=EARLIEST_FIRST)}


def near_expiry(session: Session, limit: int) -> list[Row]:
    """The lots on the shelf that expire within the practice's limit or have expired, the earliest first.

    Each with `days` until it does (below zero: it has), and its medicine's name as `medicine:title`.
    Raises NotAllowed, Unreachable.
    """
    today = session.locale.today()
    where = {"quantity": {"$gt": 0}, "expires": {"$lte": last_near_day(session).isoformat()}}
    with session.reading("stock_lots") as lots:
        rows: list[Row] = list(lots.find(where).sort([("expires", 1), ("quantity", 1)]).limit(limit))
    names = _names(session, [row["medicine"] for row in rows])
    for row in rows:
        row["days"] = (type(today).fromisoformat(row["expires"]) - today).days
        row["medicine:title"] = names.get(row["medicine"], "")
    return rows


def near_days(session: Session) -> int:
    """How many days before its expiry a lot is told of. Raises Unreachable."""
    return int(PREFERENCES.current(session)["near_expiry_days"])


def last_near_day(session: Session) -> date:
    """What expires later than this day doesn't expire soon. Raises Unreachable."""
    return session.locale.today() + timedelta(days=near_days(session))


def _names(session: Session, medicines: list[ObjectId]) -> dict[ObjectId, str]:
    with session.reading("medicines") as collection:
        return {row["_id"]: row["name"] for row in collection.find({"_id": {"$in": medicines}}, ["name"])}
