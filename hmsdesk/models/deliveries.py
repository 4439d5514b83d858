"""What a supplier brought: several lots that came in together (FHIR SupplyDelivery)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument

from hmsdesk.models.dates import worded
from hmsdesk.models.fields import CodeField, DateField, PartsField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Cell, Listing, Order, Record
from hmsdesk.models.server_rules import Rule, differing


class DeliveredLot(EmbeddedDocument):
    """So much of one lot."""

    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", required=True)
    lot = CodeField(verbose_name="Lot", required=True, max_length=20)
    expires = DateField(verbose_name="Expires", required=True, month_end=True)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=100_000, required=True)

    @staticmethod
    def told(part: Mapping[str, Any]) -> str:
        """Metformin 850 mg tablet: 60 of lot MF2407, to 31 Mar 2028."""
        name = f"{part['medicine:title']}: " if part.get("medicine:title") else ""
        return f"{name}{part['quantity']:,} of lot \u2066{part['lot']}\u2069, to {worded(part['expires'])}"


def delivery_status(row: Mapping[str, Any]) -> str:
    """The status of a delivery that was taken back, as its list was told; empty for any other."""
    return "taken-back" if row.get("taken_back") else ""


class Delivery(Record):
    """Medicines that came in together. Written once; each lot of it is in the stock ledger."""

    meta: ClassVar[dict[str, Any]] = {"collection": "deliveries"}

    supplier = TextField(verbose_name="Supplier", required=True, max_length=80, width=0)
    invoice = TextField(verbose_name="Invoice number", max_length=40, width=150)
    day = DateField(verbose_name="Came in", required=True, past=True, width=220, earliest=2000, today=True)
    lots = PartsField(
        DeliveredLot,
        verbose_name="Lots",
        required=True,
        max_parts=60,
        in_line=True,
        adding="Add a lot",
        help_text="Expiry as it is printed on the pack; 06/27 is the last day of June 2027. "
        "Quantity in tablets, bottles or whatever the medicine is counted in, not in boxes",
    )

    LISTING: ClassVar[Listing] = Listing(
        noun="delivery",
        plural="deliveries",
        adding="Receive",
        title="supplier",
        subtitle="invoice",
        search=("supplier", "invoice"),
        orders=(Order("created_at", "Entered", descending=True), Order("supplier", "Supplier")),
        cells={"day": Cell("Came in", lambda row, _: worded(row["day"]), delivery_status)},
    )

    HELD: ClassVar[tuple[Rule, ...]] = (differing("lots", "medicine", "lot"),)

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """A lot stands in it once, and none has expired."""
        seen = Counter((part["medicine"], part["lot"]) for part in values["lots"])
        twice = next((lot for (_, lot), times in seen.items() if times > 1), None)
        if twice:
            return {"lots": f"Lot {twice} is in it twice: add its quantities."}
        today = locale.today().isoformat()
        over = next((part["lot"] for part in values["lots"] if part["expires"] < today), None)
        return {"lots": f"Lot {over} has expired: send it back."} if over else {}
