"""What the dispensary did about a prescription (FHIR MedicationDispense): handed out, refused, set aside, took back.

Nothing of it is ever changed. What is true now is what the records of one prescription come to, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bson import ObjectId
from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, PartsField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.prescriptions import MOST_LINES
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule, either, is_, present, where

HANDED_OUT, REFUSED, SET_ASIDE, TAKEN_BACK = "handed out", "refused", "set aside", "taken back"
# The trail's words for refusing one, and for setting one aside.
REFUSE, ASIDE = "refuse prescription", "set prescription aside"
KINDS = ((HANDED_OUT, "Handed out"), (REFUSED, "Refused"), (SET_ASIDE, "Set aside"), (TAKEN_BACK, "Taken back"))


class DispensedLine(EmbeddedDocument):
    """So much of one lot, for one line of the prescription (counted from 1).

    medicine and name: what was given, which may be another product than was prescribed, or of a later lot; why then.
    """

    line = WholeNumberField(verbose_name="Line", min_value=1, max_value=MOST_LINES, required=True)
    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", required=True)
    name = TextField(verbose_name="Name", required=True, max_length=120)
    lot = ReferenceField(verbose_name="Lot", refers_to="stock_lots", required=True)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=2000, required=True)
    why = TextField(verbose_name="Why another", max_length=160)


class Dispensation(Record):
    """One thing that was done for a prescription. Its `turn` is claimed: only one can be the n-th."""

    meta: ClassVar[dict[str, Any]] = {"collection": "dispensations"}

    prescription = ReferenceField(verbose_name="Prescription", refers_to="prescriptions", required=True)
    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True)
    turn = WholeNumberField(verbose_name="Turn", min_value=1, max_value=200, required=True)
    kind = ChoiceField(verbose_name="What", choices=KINDS, required=True, default=HANDED_OUT)
    lines = PartsField(DispensedLine, verbose_name="Handed out", max_parts=60)
    reason = TextField(verbose_name="Reason", max_length=200)
    told = TextField(verbose_name="What the patient was told", max_length=600)
    despite = TextField(verbose_name="Why in spite of an allergy", max_length=200)

    LISTING: ClassVar[Listing] = Listing(
        noun="hand-out",
        adding="",
        plural="hand-outs",
        title="turn",
        search=(),
        orders=(Order("created_at", "Time"),),
        indexes=(
            IndexModel([("prescription", 1), ("turn", 1)], name="unique turn", unique=True),
            IndexModel([("patient", 1), ("created_at", -1), ("_id", -1)], name="patient"),
            IndexModel([("prescription", 1), ("kind", 1)], name="by kind"),
            IndexModel([("created_at", -1)], name="set aside", partialFilterExpression={"kind": {"$eq": SET_ASIDE}}),
        ),
    )
    # takes_back: what is undone by it. owed: whether something is still to be handed out after it.
    SYSTEM: ClassVar[dict[str, Any]] = {"takes_back": {"bsonType": "objectId"}, "owed": {"bsonType": "bool"}}

    HELD: ClassVar[tuple[Rule, ...]] = (
        where(is_("kind", HANDED_OUT), present("lines")),
        either(is_("kind", HANDED_OUT), present("reason")),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Something is handed out, or there is a reason why not."""
        if values["kind"] == HANDED_OUT:
            return {} if values.get("lines") else {"lines": "Nothing is to be handed out."}
        return {} if values.get("reason") else {"reason": "Reason is needed."}


@dataclass(frozen=True)
class Standing:
    """What the records of one prescription come to: hand-outs that were not taken back, and a refusal that holds.

    aside: that nobody waits for it now; over for good with the next hand-out.
    """

    hand_outs: tuple[Row, ...] = ()
    refusal: Row | None = None
    aside: Row | None = None

    @property
    def holding(self) -> set[ObjectId]:
        """What holds, and may be taken back."""
        return {row["_id"] for row in (*self.hand_outs, self.refusal, self.aside) if row is not None}

    @property
    def handed_out(self) -> dict[int, int]:
        """Line -> how much was handed out of it."""
        sums: dict[int, int] = {}
        for part in (part for one in self.hand_outs for part in one["lines"]):
            sums[part["line"]] = sums.get(part["line"], 0) + part["quantity"]
        return sums

    def has_rest(self, prescription: Mapping[str, Any]) -> bool:
        """Whether not all of the prescription was handed out."""
        handed = self.handed_out
        return any(line["quantity"] > handed.get(n, 0) for n, line in enumerate(prescription["lines"], start=1))

    def is_owed(self, prescription: Mapping[str, Any]) -> bool:
        """Whether somebody waits for something of the prescription: it was neither refused nor set aside."""
        return self.refusal is None and self.aside is None and self.has_rest(prescription)


def standing(done: Iterable[Row]) -> Standing:
    """What the records of one prescription come to, in the order of their turns."""
    rows = list(done)
    undone: set[ObjectId] = {row["takes_back"] for row in rows if row["kind"] == TAKEN_BACK}
    left = [row for row in rows if row["kind"] != TAKEN_BACK and row["_id"] not in undone]
    refusals = [row for row in left if row["kind"] == REFUSED]
    # Who handed out in spite of it has ended it, also where that was taken back.
    handed = max((row["turn"] for row in rows if row["kind"] == HANDED_OUT), default=0)
    aside = left[-1] if left and left[-1]["kind"] == SET_ASIDE and left[-1]["turn"] > handed else None
    return Standing(tuple(row for row in left if row["kind"] == HANDED_OUT), refusals[-1] if refusals else None, aside)


def done_words(row: Mapping[str, Any]) -> str:
    """What was handed out, or why not, or why it was taken back; why in spite of an allergy, and what was told."""
    words: str = given_words(row) if row["kind"] == HANDED_OUT else row["reason"]
    if row.get("despite"):
        words += f". In spite of an allergy: {row['despite']}"
    return f"{words}. Told: {row['told']}" if row.get("told") else words


def given_words(row: Mapping[str, Any]) -> str:
    """Metformin 850 mg tablet 60, amlodipine 5 mg tablet 14."""
    sums: dict[str, int] = {}
    for part in row["lines"]:
        sums[part["name"]] = sums.get(part["name"], 0) + part["quantity"]
    return ", ".join(f"{name} {number:,}" for name, number in sums.items())
