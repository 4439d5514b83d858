"""A bill for a patient (FHIR Invoice): lines copied from charges, who pays how much of them, and how far it is paid.

What waits to be billed is no invoice yet: it is made, with its number, when it is approved, and is open from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models.declaration import Encryption
from hmsdesk.models.fields import (
    ChoiceField,
    MoneyField,
    PartsField,
    ReferenceField,
    SeriesField,
    TextField,
    WholeNumberField,
    WordsField,
)
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import ZERO, amount_of, in_column, share, total
from hmsdesk.models.record import AUTHOR, Cell, Listing, Order, Record, Sums, days_of, made_by
from hmsdesk.models.server_rules import Rule, comes_to, more_than, present, where
from hmsdesk.models.times import MomentField

OPEN, PART_PAID, PAID, REFUNDED, VOID = "open", "part-paid", "paid", "refunded", "void"
STATES = (
    (OPEN, "Open"),
    (PART_PAID, "Part-paid"),
    (PAID, "Paid"),
    (REFUNDED, "Refunded"),
    (VOID, "Void"),
)
# What somebody still has to pay something of.
OWED = (OPEN, PART_PAID)
NO_CLAIM, CLAIM_OPEN, CLAIM_SETTLED = "none", "open", "settled"
CLAIMS = ((NO_CLAIM, "No insurance"), (CLAIM_OPEN, "Insurance to pay"), (CLAIM_SETTLED, "Settled"))
MOST_LINES = 100
MOST_RECEIPTS = 1000
_STAMP = {
    "bsonType": "object",
    "properties": {
        "state": {"enum": [state for state, _ in STATES]},
        "at": {"bsonType": "date"},
        "by": {"bsonType": "objectId"},
        "reason": {"bsonType": "string", "maxLength": 500},
    },
    "required": ["state", "at", "by"],
    "additionalProperties": False,
}


class InvoiceLine(EmbeddedDocument):
    """One charge as it is billed. amount: quantity x price, before the discount; insurance: of what is left then."""

    charge = ReferenceField(verbose_name="Charge", refers_to="charges", required=True)
    label = TextField(verbose_name="Service", required=True, max_length=160)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=2000, required=True)
    price = MoneyField(verbose_name="Price", required=True)
    amount = MoneyField(verbose_name="Amount", required=True)
    discount = MoneyField(verbose_name="Discount")
    discount_reason = TextField(verbose_name="Reason of the discount", max_length=120)
    percent = WholeNumberField(verbose_name="Insurance pays", min_value=0, max_value=100, unit="%", default=0)
    insurance = MoneyField(verbose_name="Insurance", required=True)

    @staticmethod
    def told(part: Mapping[str, Any]) -> str:
        """One line as it is read where there is no table."""
        many = f"{part['quantity']} x " if part["quantity"] > 1 else ""
        return f"{many}{part['label']}: {in_column(amount_of(part['amount']))}"


def rest(invoice: Mapping[str, Any]) -> Decimal:
    """What the patient still has to pay of a bill; nothing of one that is void."""
    if invoice["state"] == VOID:
        return ZERO
    return amount_of(invoice["due"]) - amount_of(invoice["credited"]) - amount_of(invoice["paid"])


def insurance_rest(invoice: Mapping[str, Any]) -> Decimal:
    """What the insurance still has to pay of a bill; nothing of one that is void."""
    if invoice["state"] == VOID:
        return ZERO
    return amount_of(invoice["insurance"]) - amount_of(invoice["insurance_paid"])


def _unless_void(name: str) -> Callable[[Mapping[str, Any]], Decimal]:
    return lambda invoice: ZERO if invoice["state"] == VOID else amount_of(invoice[name])


SUMS = Sums(
    "state",
    ("due", "credited", "paid", "insurance", "insurance_paid"),
    (
        ("patients pay", _unless_void("due")),
        ("given back", _unless_void("credited")),
        ("paid", _unless_void("paid")),
        ("still to pay", rest),
        ("insurance still to pay", insurance_rest),
    ),
    heading="Together without void bills",
)


class Invoice(Record):
    """A bill. Its number is given when it is approved; there is no gap between one number and the next."""

    # receipts: the numbers of what was paid for it and given back, by which it is found.
    # declined: what the insurance did not pay of what the lines say, and the patient does; `insurance` and `due` are
    # what is left of the one and has come to the other.

    meta: ClassVar[dict[str, Any]] = {"collection": "invoices"}

    number = SeriesField(verbose_name="Number", required=True, unique=True, max_length=20, width=112)
    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    issued_at = MomentField(verbose_name="Approved", required=True, width=136)
    state = ChoiceField(verbose_name="State", choices=STATES, required=True, width=104, filter=True)
    due = MoneyField(verbose_name="Patient pays", required=True, width=120)
    paid = MoneyField(verbose_name="Paid", required=True, width=96)
    total = MoneyField(verbose_name="Sum", required=True)
    insurance = MoneyField(verbose_name="Insurance pays", required=True)
    insurance_paid = MoneyField(verbose_name="Insurance has paid", required=True)
    credited = MoneyField(verbose_name="Given back", required=True)
    declined = MoneyField(verbose_name="Not paid by the insurance")
    claim = ChoiceField(verbose_name="Insurance", choices=CLAIMS, required=True, default=NO_CLAIM, filter=True)
    insurer = TextField(verbose_name="Insurer", max_length=80)
    policy = TextField(verbose_name="Policy number", max_length=40, encrypted=Encryption.RANDOM)
    lines = PartsField(InvoiceLine, verbose_name="Lines", required=True, max_parts=MOST_LINES)
    receipts = WordsField(verbose_name="Receipts", text=SeriesField(max_length=20), max_words=MOST_RECEIPTS)

    LISTING: ClassVar[Listing] = Listing(
        noun="invoice",
        plural="invoices",
        adding="",
        title="number",
        subtitle="patient:title",
        search=("number", "patient", "receipts"),
        orders=(Order("issued_at", "Approved", descending=True), Order("number", "Number")),
        file=("total", "insurance", "insurance_paid", "credited", "insurer", "policy"),
        cells={"state": Cell("State", lambda row, _: dict(STATES)[row["state"]], status=lambda row: str(row["state"]))},
        aspects=(made_by("Approved by"), days_of("invoices")),
        sums=SUMS,
        narrowed=("claim", "state", AUTHOR),
        within="issued_at",
        indexes=(
            IndexModel([("patient", 1), ("issued_at", -1), ("_id", -1)], name="patient"),
            IndexModel([("patient", 1), ("state", 1)], name="patient by state"),
            IndexModel([("settled_at", 1)], name="settled"),
        ),
    )
    # stamps: who brought it into which state when, and why. settled_at: when it was last paid in full.
    SYSTEM: ClassVar[dict[str, Any]] = {
        "stamps": {"bsonType": "array", "maxItems": 2 * MOST_RECEIPTS, "items": _STAMP},
        "settled_at": {"bsonType": "date"},
    }

    HELD: ClassVar[tuple[Rule, ...]] = (
        where(more_than("insurance.value", 0), present("insurer")),
        comes_to(("due", "insurance"), "total"),
        comes_to(("paid", "credited"), "due", at_most=True),
        comes_to(("insurance_paid",), "insurance", at_most=True),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Who pays a share must be named."""
        if amount_of(values["insurance"]) and not values.get("insurer"):
            return {"insurer": "Which insurance pays this share?"}
        return {}


@dataclass(frozen=True)
class Shares:
    """Who pays how much of a line or of a bill."""

    total: Decimal
    insurance: Decimal

    @property
    def patient(self) -> Decimal:
        """What the insurance leaves to the patient."""
        return self.total - self.insurance


def shares(amount: Decimal, discount: Decimal, percent: int) -> Shares:
    """A line's parts: the discount comes off first, and each line is rounded alone (see money.share)."""
    left = amount - discount
    return Shares(left, share(left, percent))


def sums_of(invoice: Mapping[str, Any]) -> list[tuple[str, Decimal, bool]]:
    """What stands below the lines of a bill, on paper as on the screen: label, amount, whether it is what counts.

    From the lines' sum to what was given back; what is nothing is left out, but for the sum and what the patient pays.
    """
    declined = amount_of(invoice.get("declined"))
    discount = total(line.get("discount") for line in invoice["lines"])
    sums = (
        ("Sum", amount_of(invoice["total"]) + discount, False),
        ("Discount", -discount, False),
        ("Insurance pays", -amount_of(invoice["insurance"]) - declined, False),
        ("Not paid by it", declined, False),
        ("Patient pays", amount_of(invoice["due"]), True),
        ("Given back", -amount_of(invoice["credited"]), False),
    )
    return [(label, amount, counts) for label, amount, counts in sums if amount or counts or label == "Sum"]


def state_of(due: Decimal, credited: Decimal, paid: Decimal) -> str:
    """How far a bill is paid that isn't void."""
    if credited and credited == due:
        return REFUNDED
    if paid == due - credited:
        return PAID
    return PART_PAID if paid else OPEN


def claim_of(insurance: Decimal, insurance_paid: Decimal) -> str:
    """How far the insurance has paid."""
    if not insurance:
        return NO_CLAIM
    return CLAIM_SETTLED if insurance_paid == insurance else CLAIM_OPEN


def may_be_void(invoice: Mapping[str, Any]) -> bool:
    """Whether nothing of a bill is paid, or is any more, by anybody."""
    paid = amount_of(invoice["paid"]) or amount_of(invoice["insurance_paid"])
    return invoice["state"] != VOID and not paid


def is_overdue(invoice: Mapping[str, Any], now: datetime, locale: Locale) -> bool:
    """Whether something of it is owed since a day before today."""
    return invoice["state"] in OWED and locale.local(invoice["issued_at"]).date() < locale.local(now).date()
