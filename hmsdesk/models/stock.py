"""Stock: lots with their expiry, and the ledger of every change of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pymongo import IndexModel

from hmsdesk.models.dates import worded
from hmsdesk.models.fields import ChoiceField, CodeField, DateField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.record import Cell, Listing, Order, Record
from hmsdesk.models.times import MomentField

RECEIVED, DISPENSED, RETURNED, COUNTED = "received", "dispensed", "taken back", "counted"
# What was entered as received by mistake.
NOT_RECEIVED = "not received"
DAMAGED, LOST, EXPIRED, CORRECTED = "damaged", "lost", "expired", "corrected"
# What leaves the shelf without being handed out, and what was wrong in the books.
ADJUSTMENTS = (
    (DAMAGED, "Damaged"),
    (LOST, "Lost"),
    (EXPIRED, "Written off"),
    (CORRECTED, "Corrected"),
)
MOVEMENT_KINDS = (
    (RECEIVED, "Received"),
    (NOT_RECEIVED, "Not received"),
    (DISPENSED, "Dispensed"),
    (RETURNED, "Taken back"),
    (COUNTED, "Counted"),
    *ADJUSTMENTS,
)
# What puts the books right: nothing moves on the shelf.
IN_THE_BOOKS = (NOT_RECEIVED, COUNTED, CORRECTED)
EARLIEST_FIRST = "earliest expiry first"
MOST_IN_A_LOT = 1_000_000


def expiry_status(lot: Mapping[str, Any]) -> str:
    """The status of a lot that has expired or will soon, as its list was told; empty for any other."""
    return "expired" if lot.get("over") else "expires-soon" if lot.get("near") else ""


class StockLot(Record):
    """So much of one medicine, made together and expiring together. Its quantity changes only with a movement."""

    meta: ClassVar[dict[str, Any]] = {"collection": "stock_lots"}

    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", required=True, fixed=True, width=0)
    lot = CodeField(verbose_name="Lot", required=True, max_length=20, width=130)
    expires = DateField(
        verbose_name="Expires",
        required=True,
        width=220,
        month_end=True,
        help_text="As it is printed on the pack; 06/2027 is the last day of that month",
    )
    quantity = WholeNumberField(verbose_name="In stock", max_value=MOST_IN_A_LOT, required=True, fixed=True, width=110)

    LISTING: ClassVar[Listing] = Listing(
        noun="lot",
        # What is on the shelf already when one begins; what is brought is a delivery.
        adding="Enter",
        plural="lots",
        heading="Lots and expiry",
        title="lot",
        subtitle="medicine:title",
        search=("medicine", "lot"),
        orders=(Order("expires", "Expiry"), Order("medicine", "Medicine"), Order("lot", "Lot")),
        cells={"expires": Cell("Expires", lambda row, _: worded(row["expires"]), expiry_status)},
        indexes=(
            # With the quantity, so that what is left of each medicine is summed up from the index alone.
            IndexModel([("medicine", 1), ("expires", 1), ("_id", 1), ("quantity", 1)], name=EARLIEST_FIRST),
            IndexModel(
                [("expires", 1), ("quantity", 1)],
                name="on the shelf by expiry",
                partialFilterExpression={"quantity": {"$gt": 0}},
            ),
            IndexModel([("medicine", 1), ("lot", 1)], name="unique lot", unique=True),
        ),
    )


class StockMovement(Record):
    """One entry of the ledger. Added to, never changed."""

    meta: ClassVar[dict[str, Any]] = {"collection": "stock_movements"}

    lot = ReferenceField(verbose_name="Lot", refers_to="stock_lots", required=True, width=130)
    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", required=True, width=0)
    kind = ChoiceField(verbose_name="What", choices=MOVEMENT_KINDS, required=True, width=120, filter=True)
    change = WholeNumberField(
        verbose_name="Change", min_value=-MOST_IN_A_LOT, max_value=MOST_IN_A_LOT, required=True, width=100
    )
    after = WholeNumberField(verbose_name="Then in stock", max_value=MOST_IN_A_LOT, required=True, width=110)
    note = TextField(verbose_name="Note", max_length=200)

    LISTING: ClassVar[Listing] = Listing(
        noun="movement",
        plural="movements",
        title="kind",
        search=(),
        orders=(Order("created_at", "Time"),),
        narrowed=("kind",),
        indexes=(
            IndexModel([("lot", 1), ("created_at", -1)], name="lot"),
            IndexModel([("medicine", 1), ("created_at", 1), ("_id", 1), ("change", 1), ("kind", 1)], name="medicine"),
            IndexModel([("delivery", 1)], name="delivery", partialFilterExpression={"delivery": {"$exists": True}}),
        ),
    )
    # delivery: the one that is taken back by it. undoes: when what it takes back was entered, as moved on the shelf.
    SYSTEM: ClassVar[dict[str, Any]] = {"delivery": {"bsonType": "objectId"}, "undoes": {"bsonType": "date"}}


class LedgerEntry(Record):
    """Everything that came in, went out or was put right. Choose a medicine to see its stock card."""

    meta: ClassVar[dict[str, Any]] = {"collection": "stock_movements"}

    at = MomentField(verbose_name="When", width=140)
    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", width=0, filter=True)
    lot = ReferenceField(verbose_name="Lot", refers_to="stock_lots", width=88)
    kind = ChoiceField(verbose_name="What", choices=MOVEMENT_KINDS, width=98, filter=True)
    change = WholeNumberField(verbose_name="Change", min_value=-MOST_IN_A_LOT, max_value=MOST_IN_A_LOT, width=68)
    after = WholeNumberField(verbose_name="Lot then", max_value=MOST_IN_A_LOT, width=76)
    # Of one medicine only: see controllers.stock.ledger.
    balance = WholeNumberField(verbose_name="Stock then", max_value=MOST_IN_A_LOT, width=96)
    note = TextField(verbose_name="Why", width=170)
    by = TextField(verbose_name="By", width=130)

    LISTING: ClassVar[Listing] = Listing(
        noun="movement",
        plural="movements",
        heading="Stock ledger",
        adding="",
        title="medicine:title",
        search=(),
        orders=(Order("created_at", "Time", descending=True),),
        narrowed=StockMovement.LISTING.narrowed,
        cells={"change": Cell("Change", lambda row, _: f"{row['change']:+,}".replace("-", "−"))},
    )
