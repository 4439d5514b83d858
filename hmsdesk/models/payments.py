"""Money that was taken or given back (FHIR PaymentReconciliation). Added to, never changed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, MoneyField, ReferenceField, SeriesField, TextField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, in_column
from hmsdesk.models.record import Cell, Listing, Order, Record, Sums, days_of
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule, is_, more_than, present, where
from hmsdesk.models.times import MomentField

PAYMENT, REFUND, CORRECTION, REVERSAL = "payment", "refund", "correction", "reversal"
KINDS = ((PAYMENT, "Payment"), (REFUND, "Refund"), (CORRECTION, "Correction"), (REVERSAL, "Reversal"))
# What undoes what was entered by mistake.
UNDOING = {PAYMENT: CORRECTION, REFUND: REVERSAL}
CASH, CARD, TRANSFER, INSURANCE = "cash", "card", "transfer", "insurance"
METHODS = ((CASH, "Cash"), (CARD, "Card"), (TRANSFER, "Transfer"), (INSURANCE, "Insurance"))
# How a patient pays, and how money comes back.
BY_PATIENT = METHODS[:3]
# What the number behind a method is called.
REFERENCES = {CARD: "Slip number", TRANSFER: "Reference", INSURANCE: "Claim number"}


def standing(ledger: Iterable[Row], kinds: Container[str] = (PAYMENT,)) -> list[Row]:
    """The payments of a ledger, or its entries of these kinds, that were not undone."""
    known = list(ledger)
    undone = {one["corrects"] for one in known if "corrects" in one}
    return [one for one in known if one["kind"] in kinds and one["_id"] not in undone]


def signed(row: Mapping[str, Any]) -> Decimal:
    """What it adds to the money that was taken: what was given back is below zero, unless it never was."""
    amount = amount_of(row["amount"])
    return amount if row["kind"] in (PAYMENT, REVERSAL) else -amount


class Payment(Record):
    """One payment, or one refund, with its receipt's number. A mistaken one is undone by an entry against it."""

    meta: ClassVar[dict[str, Any]] = {"collection": "payments"}

    number = SeriesField(verbose_name="Receipt", required=True, unique=True, max_length=20, width=124)
    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    invoice = ReferenceField(verbose_name="Invoice", refers_to="invoices", required=True)
    at = MomentField(verbose_name="Time", required=True, width=144)
    kind = ChoiceField(verbose_name="What", choices=KINDS, required=True, width=92, filter=True)
    method = ChoiceField(verbose_name="Method", choices=METHODS, required=True, width=92, filter=True)
    amount = MoneyField(verbose_name="Amount", required=True, width=112)
    received = MoneyField(verbose_name="Received")
    change = MoneyField(verbose_name="Change")
    reference = TextField(verbose_name="Reference", max_length=60)
    reason = TextField(verbose_name="Reason", max_length=160)
    cashier = ReferenceField(verbose_name="Cashier", refers_to="accounts", required=True, filter=True)
    drawer = WholeNumberField(verbose_name="Drawer", min_value=1, required=True)

    LISTING: ClassVar[Listing] = Listing(
        noun="payment",
        plural="payments",
        adding="",
        title="number",
        subtitle="patient:title",
        search=("number", "patient", "reference", "invoice"),
        orders=(Order("at", "Time", descending=True), Order("number", "Receipt")),
        cells={"amount": Cell("Amount", lambda row, _: in_column(signed(row)), number=signed)},
        file=("invoice", "received", "change", "reference", "reason", "cashier", "drawer"),
        aspects=(days_of("payments"),),
        sums=Sums("kind", ("amount",), (("", signed),)),
        narrowed=("kind", "method", "cashier"),
        within="at",
        indexes=(
            IndexModel([("invoice", 1), ("at", 1)], name="invoice"),
            IndexModel([("cashier", 1), ("drawer", 1)], name="drawer"),
            IndexModel([("corrects", 1)], name="unique corrects", unique=True, sparse=True),
        ),
    )
    # corrects: the payment or the refund that this one undoes.
    SYSTEM: ClassVar[dict[str, Any]] = {"corrects": {"bsonType": "objectId"}}

    HELD: ClassVar[tuple[Rule, ...]] = (
        more_than("amount.value", 0),
        where(is_("method", *REFERENCES), present("reference")),
        where(is_("kind", REFUND, REVERSAL), present("reason")),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """A payment is of something; what comes back has a reason; a card's slip and a transfer can be found again."""
        problems = {}
        method = values["method"]
        if not amount_of(values["amount"]):
            problems["amount"] = "An amount is needed."
        if method in REFERENCES and not values.get("reference"):
            problems["reference"] = f"{REFERENCES[method]} is needed."
        if values["kind"] == REFUND and not values.get("reason"):
            problems["reason"] = "Why is it given back?"
        if values["kind"] == REVERSAL and not values.get("reason"):
            problems["reason"] = "Why was it a mistake?"
        return problems
