"""A count of what is on the shelves, and what it said against the books. Written once."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import EmbeddedDocument

from hmsdesk.models.fields import CodeField, DateField, PartsField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.times import MomentField

MOST_COUNTED = 500
_MOST = 1_000_000


class CountedLot(EmbeddedDocument):
    """One lot as it was found. expected: what the books had at that moment."""

    lot = ReferenceField(verbose_name="Lot", refers_to="stock_lots", required=True)
    counted = WholeNumberField(verbose_name="Counted", max_value=_MOST, required=True)
    expected = WholeNumberField(verbose_name="In the books", max_value=_MOST, required=True)
    at = MomentField(verbose_name="Counted at", required=True)


class SheetLot(Record):
    """The lots to be counted. They are here as soon as something has come in."""

    meta: ClassVar[dict[str, Any]] = {"collection": "stock_lots"}

    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", width=0)
    lot = CodeField(verbose_name="Lot", width=120)
    expires = DateField(verbose_name="Expires", width=110)
    quantity = WholeNumberField(verbose_name="In the books", max_value=_MOST, width=104)
    counted = WholeNumberField(verbose_name="Counted", max_value=_MOST, width=96)

    LISTING: ClassVar[Listing] = Listing(
        noun="lot",
        plural="lots",
        heading="Stock count",
        adding="",
        title="lot",
        subtitle="medicine:title",
        search=("medicine", "lot"),
        orders=(Order("medicine", "Medicine"), Order("expires", "Expiry")),
    )


class StockCount(Record):
    """What was counted together. Each difference is in the stock ledger."""

    meta: ClassVar[dict[str, Any]] = {"collection": "stock_counts"}

    reason = TextField(verbose_name="Why it was counted", required=True, max_length=120, width=0)
    lots = PartsField(CountedLot, verbose_name="Lots", required=True, max_parts=MOST_COUNTED)
    differing = WholeNumberField(verbose_name="Lots that differed", max_value=MOST_COUNTED, required=True, width=150)

    LISTING: ClassVar[Listing] = Listing(
        noun="stock count",
        plural="stock counts",
        adding="",
        title="reason",
        search=("reason",),
        orders=(Order("created_at", "Counted"),),
    )
