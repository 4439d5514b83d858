"""A cashier's drawer: opened with some cash, and counted and closed. Added to, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, MoneyField, PartsField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import ZERO, amount_of, in_column
from hmsdesk.models.payments import CASH, CORRECTION, METHODS, PAYMENT, signed
from hmsdesk.models.record import Cell, Listing, Order, Record, days_of
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule, either, is_, more_than, present, where
from hmsdesk.models.times import MomentField

OPENED, CORRECTED, CLOSED = "opened", "corrected", "closed"
KINDS = ((OPENED, "Opened"), (CORRECTED, "Corrected"), (CLOSED, "Closed"))
# What says how much cash a drawer was opened with.
OPENINGS = (OPENED, CORRECTED)
# Notes and coins in use, the largest first (ISO 4217). What isn't here is counted as one sum.
PIECES: dict[str, tuple[str, ...]] = {
    "EGP": ("200", "100", "50", "20", "10", "5", "1", "0.50", "0.25"),
    "SAR": ("500", "100", "50", "10", "5", "2", "1", "0.50", "0.25"),
    "AED": ("1000", "500", "200", "100", "50", "20", "10", "5", "1", "0.50", "0.25"),
    "JOD": ("50", "20", "10", "5", "1", "0.50", "0.25", "0.10", "0.05"),
    "LBP": ("100000", "50000", "20000", "10000", "5000", "1000", "500", "250"),
    "MAD": ("200", "100", "50", "20", "10", "5", "2", "1", "0.50"),
    "EUR": ("200", "100", "50", "20", "10", "5", "2", "1", "0.50", "0.20", "0.10", "0.05", "0.02", "0.01"),
    "GBP": ("50", "20", "10", "5", "2", "1", "0.50", "0.20", "0.10", "0.05", "0.02", "0.01"),
    "USD": ("100", "50", "20", "10", "5", "1", "0.25", "0.10", "0.05", "0.01"),
    "INR": ("500", "200", "100", "50", "20", "10", "5", "2", "1"),
}


class CountedPieces(EmbeddedDocument):
    """So many notes or coins of one value."""

    value = MoneyField(verbose_name="Value", required=True)
    number = WholeNumberField(verbose_name="Number", min_value=1, max_value=100_000, required=True)

    @staticmethod
    def told(part: Mapping[str, Any]) -> str:
        """12 x 200.00."""
        return f"{part['number']:,} x {in_column(amount_of(part['value']))}"


class TakenBy(EmbeddedDocument):
    """What came in by one method, and what of it was given back."""

    method = ChoiceField(verbose_name="Method", choices=METHODS, required=True)
    payments = WholeNumberField(verbose_name="Payments", required=True)
    taken = MoneyField(verbose_name="Taken", required=True)
    returned = MoneyField(verbose_name="Given back", required=True)
    undone = MoneyField(verbose_name="Undone")

    @staticmethod
    def told(part: Mapping[str, Any]) -> str:
        """Cash: 3,420.00, 120.00 given back, 50.00 undone."""
        less = ((amount_of(part["returned"]), "given back"), (amount_of(part.get("undone")), "undone"))
        words = [f"{in_column(amount)} {word}" for amount, word in less if amount]
        return ", ".join([f"{dict(METHODS)[part['method']]}: {in_column(amount_of(part['taken']))}", *words])


def difference(row: Mapping[str, Any]) -> Decimal | None:
    """How much was too much, or below zero missing; None of an opening."""
    return None if row["kind"] in OPENINGS else amount_of(row.get("surplus")) - amount_of(row.get("missing"))


def _difference(row: Mapping[str, Any], _locale: Locale) -> str:
    found = difference(row)
    return "" if found is None else in_column(found)


def opening_that_counts(openings: Iterable[Row]) -> Row | None:
    """Of a drawer's opening and what was corrected of it, the last one: that no other corrects. None of no opening."""
    known = list(openings)
    corrected = {one.get("corrects") for one in known}
    return next((one for one in known if one["_id"] not in corrected), None)


class Closing(Record):
    """The opening or the closing of a cashier's drawer. What is taken after a closing belongs to the next one."""

    meta: ClassVar[dict[str, Any]] = {"collection": "closings"}

    cashier = ReferenceField(verbose_name="Cashier", refers_to="accounts", required=True, width=0)
    drawer = WholeNumberField(verbose_name="Drawer", min_value=1, required=True, width=84)
    kind = ChoiceField(verbose_name="What", choices=KINDS, required=True, width=92, filter=True)
    at = MomentField(verbose_name="Time", required=True, width=144)
    opened_with = MoneyField(verbose_name="Opened with", required=True)
    expected = MoneyField(verbose_name="Expected")
    counted = MoneyField(verbose_name="Counted", width=112)
    missing = MoneyField(verbose_name="Missing", width=132)
    surplus = MoneyField(verbose_name="Too much")
    reason = TextField(verbose_name="Reason", max_length=200)
    taken = PartsField(TakenBy, verbose_name="Taken", max_parts=len(METHODS))
    pieces = PartsField(CountedPieces, verbose_name="Notes and coins", max_parts=20)

    LISTING: ClassVar[Listing] = Listing(
        noun="closing",
        plural="closings",
        heading="Day closings",
        adding="",
        title="cashier:title",
        search=("cashier",),
        orders=(Order("at", "Time", descending=True),),
        cells={"missing": Cell("Difference", _difference, number=difference)},
        file=("opened_with", "expected", "reason", "taken"),
        aspects=(days_of("closings"),),
        narrowed=("kind",),
        indexes=(
            # A drawer is opened once and closed once, and of what it was opened with each is corrected once.
            IndexModel(
                [("cashier", 1), ("drawer", 1), ("kind", 1), ("corrects", 1)], name="unique drawer", unique=True
            ),
        ),
    )
    # corrects: the opening, or the correction of it, that this one corrects. opened_at: where it was opened by itself.
    # receipts: the first and the last number.
    SYSTEM: ClassVar[dict[str, Any]] = {
        "corrects": {"bsonType": "objectId"},
        "opened_at": {"bsonType": "date"},
        "receipts": {"bsonType": "array", "maxItems": 2, "items": {"bsonType": "string", "maxLength": 20}},
    }

    HELD: ClassVar[tuple[Rule, ...]] = (
        where(is_("kind", CORRECTED), present("reason")),
        where(either(more_than("missing.value", 0), more_than("surplus.value", 0)), present("reason")),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """A difference has a reason, and so has a correction."""
        if values["kind"] == CORRECTED and not values.get("reason"):
            return {"reason": "Why was it wrong?"}
        differs = amount_of(values.get("missing")) or amount_of(values.get("surplus"))
        return {"reason": "Why does it differ?"} if differs and not values.get("reason") else {}


@dataclass
class Sums:
    """What one method brought. returned: to patients; undone: entered by mistake, and never there."""

    payments: int = 0
    taken: Decimal = ZERO
    returned: Decimal = ZERO
    undone: Decimal = ZERO

    @property
    def kept(self) -> Decimal:
        """What stayed of it."""
        return self.taken - self.returned - self.undone


@dataclass
class Takings:
    """What a drawer took, by method."""

    by: dict[str, Sums] = field(default_factory=lambda: {method: Sums() for method, _ in METHODS})

    def cash_with(self, opened_with: Decimal) -> Decimal:
        """The cash there should be in a drawer that was opened with so much."""
        return opened_with + self.by[CASH].kept

    @property
    def kept(self) -> Decimal:
        """What stayed of all methods together."""
        return sum((one.kept for one in self.by.values()), ZERO)


def takings(payments: Iterable[Mapping[str, Any]]) -> Takings:
    """The sums of a drawer's payments."""
    made = Takings()
    for one in payments:
        sums = made.by[one["method"]]
        if one["kind"] == PAYMENT:
            sums.payments += 1
            sums.taken += amount_of(one["amount"])
        elif one["kind"] == CORRECTION:
            sums.undone += amount_of(one["amount"])
        else:
            # A refund that was a mistake never left the drawer.
            sums.returned -= signed(one)
    return made
