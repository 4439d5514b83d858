"""Charges arise with what they are for, in the same transaction, and wait in `uninvoiced` until a bill takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bson import Decimal128, ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Taken, Work
from hmsdesk.errors import UserError
from hmsdesk.models.charges import CHARGED, TAKEN_BACK, Charge
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.row import Row

CHARGES = Keeping(Charge)
UNINVOICED = "uninvoiced"


class OnABill(UserError):
    """What was charged can't be taken back, as a bill has taken it."""

    def __init__(self) -> None:
        super().__init__("It is on a bill already.", "The cash desk voids the bill first.")


@dataclass(frozen=True)
class Chargeable:
    """One line for a bill. price: of one, as MoneyField keeps it."""

    reason: str
    label: str
    price: Row
    quantity: int = 1


def charge(
    session: Session,
    work: Work,
    patient: ObjectId,
    about: ObjectId,
    lines: Sequence[Chargeable],
    practitioner: ObjectId | None = None,
) -> list[Row]:
    """Charge a patient for what `work` does, an appointment or a dispensation. What costs nothing isn't charged."""
    made = []
    for place, line in enumerate(lines, start=1):
        amount = line.price["value"].to_decimal() * line.quantity
        if not amount:
            continue
        values = vars(line) | {"patient": patient, "practitioner": practitioner, "kind": CHARGED}
        built = Charge.build(values | {"amount": line.price | {"value": Decimal128(amount)}}, session.locale)
        made.append(work.insert(CHARGES.resource, built | {"about": about, "place": place}, "charge"))
    work.claim(UNINVOICED, [{"_id": row["_id"], "patient": patient, "at": work.at} for row in made])
    return made


def take_back(work: Work, about: ObjectId, but: Collection[ObjectId] = ()) -> None:
    """What was charged for something is no longer to be paid, as it was undone. Raises OnABill.

    but: charges that stand all the same.
    """
    charges = work.find_all(CHARGES.resource, {"about": about})
    gone = {row["takes_back"] for row in charges if row["kind"] == TAKEN_BACK}
    gone |= set(but)
    standing = [row for row in charges if row["kind"] == CHARGED and row["_id"] not in gone]
    try:
        work.take(UNINVOICED, [row["_id"] for row in standing])
    except Taken:
        raise OnABill from None
    for row in standing:
        kept = {name: row[name] for name in (*declared_fields(Charge), "find") if name in row}
        back = kept | {"kind": TAKEN_BACK, "about": about, "place": row["place"], "takes_back": row["_id"]}
        work.insert(CHARGES.resource, back, "take charge back")
