"""Handing out: all that was asked for or nothing, once, from the lots that expire first unless there is a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from bson import Decimal128, ObjectId

from hmsdesk.controllers.charges import Chargeable, charge
from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS, find
from hmsdesk.controllers.dispensary.opening import Line, OpenedPrescription, Product, Verdict, as_it_stands
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.prescription_cancellations import TURNS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.stock.ledger import announce_low, move
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, UserError
from hmsdesk.models.charges import FOR_MEDICINES
from hmsdesk.models.dates import day_and_month
from hmsdesk.models.declaration import checked
from hmsdesk.models.dispensations import Dispensation, DispensedLine
from hmsdesk.models.fields import WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.medicines import counted
from hmsdesk.models.prescriptions import turn_claim
from hmsdesk.models.row import Row
from hmsdesk.models.stock import DISPENSED
from hmsdesk.security.permissions import CREATE

_TRIES = 5
DISPENSE = "dispense"


# Nothing of a line is handed out, or so much.
_QUANTITY = WholeNumberField(max_value=2000)


@dataclass(frozen=True)
class Given:
    """What is given for a line in place of the earliest lot of what was prescribed, and why."""

    why: str
    medicine: ObjectId | None = None
    lot: ObjectId | None = None


@dataclass(frozen=True)
class _Handing:
    """A hand-out as it is about to be written. priced: what is charged for, by its name."""

    opened: OpenedPrescription
    taken: list[Row]
    priced: list[Chargeable]
    told: str
    despite: str


def dispense(
    session: Session,
    seen: OpenedPrescription,
    quantities: Mapping[int, int],
    operation: str,
    given: Mapping[int, Given] | None = None,
    told: str = "",
    *,
    despite: str = "",
) -> Row:
    """Hand out so much of each line, from the lots that expire first. All of it or nothing; it is charged for.

    seen: the prescription as it was looked at. given: by line, what is given otherwise. told: to the patient.
    despite: why it is handed out in spite of an allergy that the doctor signed no reason for.
    Raises InvalidInput with `line.N` for what can't be, Conflict where somebody handed something out meanwhile,
    NotAllowed.
    """
    session.require(DISPENSATIONS.resource, CREATE)
    try:
        asked = {
            line: checked(f"line.{line}", _QUANTITY, number, session.locale) or 0 for line, number in quantities.items()
        }
        otherwise = {line: _said(line, one, session.locale) for line, one in (given or {}).items()}
        reason = checked("despite", Dispensation.despite, despite, session.locale) or ""
        return _dispense(session, seen, asked, operation, otherwise, told, despite=reason)
    except (Repeated, UserError):
        # It may have been refused because it is done, and only the answer was lost.
        done = find(session, record_id(operation))
        if done is None:
            raise
        return done


def _said(line: int, given: Given, locale: Locale) -> Given:
    """Raises InvalidInput."""
    return replace(given, why=checked(f"line.{line}", DispensedLine.why, given.why, locale) or "")


def to_invoice(
    opened: OpenedPrescription, quantities: Mapping[int, int], given: Mapping[int, Given]
) -> tuple[Decimal, int]:
    """What a hand-out would be charged with, and how many of its medicines have no price."""
    total, without = Decimal(0), 0
    for line in opened.lines:
        number = quantities.get(line.number, 0)
        product = line.named(given[line.number].medicine if line.number in given else None)
        if number and product and product.price:
            total += product.price["value"].to_decimal() * number
        elif number:
            without += 1
    return total, without


def overtaken(prescription: Row) -> Conflict:
    """Somebody else was quicker."""
    return Conflict("Somebody else was faster with this prescription.", "Look at what is still owed.", prescription)


def _dispense(
    session: Session,
    seen: OpenedPrescription,
    quantities: Mapping[int, int],
    operation: str,
    given: Mapping[int, Given],
    told: str,
    *,
    despite: str,
) -> Row:
    for _ in range(_TRIES):
        now = still_open(session, seen)
        taken = _from_lots(now, quantities, given)
        against = [finding for line, finding in now.allergies_against.items() if quantities.get(line)]
        if against and not despite:
            raise UserError(f"{against[0].title}.", "Nothing was handed out. Ask the doctor, or say why it is given.")
        handing = _Handing(now, taken, _priced(now, taken), told, despite if against else "")
        try:
            return write(session, operation, partial(_hand_out, session, handing))
        except (Conflict, Taken):
            # It was cancelled or handed out in this moment, or another one took from the same lots: see how it is now.
            continue
    raise UserError("The stock is changing too fast.", "Nothing was handed out. Please try again.")


def still_open(session: Session, seen: OpenedPrescription) -> OpenedPrescription:
    """A prescription as it stands now, if it may be handed out and is as it was seen. Raises Conflict, UserError."""
    now = as_it_stands(session, seen.prescription) if seen.prescription else seen
    if now.prescription and len(now.done) != len(seen.done):
        raise overtaken(PRESCRIPTIONS.get(session, now.prescription["_id"]))
    if now.verdict is not Verdict.GENUINE:
        raise UserError(now.title, now.explained)
    return now


def _from_lots(opened: OpenedPrescription, quantities: Mapping[int, int], given: Mapping[int, Given]) -> list[Row]:
    """How much of which lot each line takes. Raises InvalidInput."""
    problems: dict[str, str] = {}
    taken: list[Row] = []
    products = [product for line in opened.lines for product in (line.product, *line.others)]
    left = {lot["_id"]: lot["quantity"] for product in products for lot in product.lots}
    for line in opened.lines:
        wanted = quantities.get(line.number, 0)
        if not 0 <= wanted <= line.owed:
            problems[f"line.{line.number}"] = f"At most {counted(line.owed, line.unit)} can be handed out."
            continue
        other = given.get(line.number)
        product = line.named(other.medicine if other else None)
        wrong = _refused(product, other) if wanted else ""
        if wrong or product is None:
            problems |= {f"line.{line.number}": wrong} if wrong else {}
            continue
        parts = _parts(line, product, wanted, left, other)
        found = sum(part["quantity"] for part in parts)
        if found < wanted:
            problems[f"line.{line.number}"] = f"Only {counted(found, line.unit)} in stock."
        taken += parts
    if not taken and not problems:
        problems["lines"] = "Nothing is to be handed out."
    if problems:
        raise InvalidInput(problems)
    return taken


def _refused(product: Product | None, other: Given | None) -> str:
    """Why this may not be given for a line; empty where it may."""
    if product is None:
        return "This can't be given in its place any more."
    if other is None:
        return ""
    if other.lot is not None and all(lot["_id"] != other.lot for lot in product.lots):
        return "This lot is used up, or has expired."
    return "" if other.why else "Say why this is given in its place."


def _parts(line: Line, product: Product, wanted: int, left: dict[ObjectId, int], other: Given | None) -> list[Row]:
    """What a line takes of each lot, as far as they reach; `left` is lessened by it."""
    chosen = other.lot if other else None
    parts = []
    for lot in sorted(product.lots, key=lambda lot: lot["_id"] != chosen):
        part = min(wanted, left[lot["_id"]])
        if part:
            taken = {"line": line.number, "medicine": product.medicine, "name": product.name, "lot": lot["_id"]}
            parts.append(taken | {"quantity": part} | ({"why": other.why} if other else {}))
            left[lot["_id"]] -= part
            wanted -= part
    return parts


def _priced(opened: OpenedPrescription, taken: list[Row]) -> list[Chargeable]:
    """What is charged for, a line each."""
    lines = {line.number: line for line in opened.lines}
    priced: dict[tuple[int, ObjectId], Chargeable] = {}
    for part in taken:
        product = lines[part["line"]].named(part["medicine"])
        if product is None or product.price is None:
            continue
        key = (part["line"], part["medicine"])
        number = part["quantity"] + (priced[key].quantity if key in priced else 0)
        priced[key] = Chargeable(FOR_MEDICINES, product.name, product.price, number)
    return list(priced.values())


def _in_one(session: Session, work: Work, lines: list[Chargeable]) -> list[Chargeable]:
    """One line for all, that names no medicine."""
    if not lines:
        return []
    total = sum((line.price["value"].to_decimal() * line.quantity for line in lines), Decimal(0))
    day = day_and_month(session.locale.local(work.at).date())
    price = lines[0].price | {"value": Decimal128(total)}
    return [Chargeable(FOR_MEDICINES, f"Medicines, dispensed {day}", price)]


def _hand_out(session: Session, handing: _Handing, work: Work) -> Row:
    opened, taken = handing.opened, handing.taken
    prescription: Row = opened.prescription or {}
    note = prescription["number"]
    moved = [
        (move(session, work, part["lot"], DISPENSED, -part["quantity"], note=note, action=DISPENSE), -part["quantity"])
        for part in taken
    ]
    found = announce_low(session, work, moved, {PREFERENCES.resource: PREFERENCES.question})
    left = sum(line.owed for line in opened.lines) - sum(part["quantity"] for part in taken)
    values: dict[str, Any] = {"lines": taken, "told": handing.told, "despite": handing.despite}
    row = insert(session, work, opened, values, owed=left > 0, action=DISPENSE)
    itemised = PREFERENCES.said(found[PREFERENCES.resource])["itemised_bills"]
    lines = handing.priced if itemised else _in_one(session, work, handing.priced)
    charge(session, work, prescription["patient"], row["_id"], lines)
    return row


def insert(
    session: Session, work: Work, opened: OpenedPrescription, values: Row, *, owed: bool, action: str, **system: Any
) -> Row:
    """Keep what is done for a prescription as its next turn. Raises InvalidInput, Taken where it is another's."""
    prescription: Row = opened.prescription or {}
    # A cancellation took a turn as well.
    turn = len(opened.done) + 1 + ("cancelled" in prescription)
    work.claim(TURNS, [{"_id": turn_claim(prescription["_id"], turn)}])
    about = {"prescription": prescription["_id"], "patient": prescription["patient"], "turn": turn}
    built = Dispensation.build(about | values, session.locale)
    row = {"_id": record_id(work.operation)} | built | {"owed": owed} | system
    return work.insert(DISPENSATIONS.resource, row, action, prescription["number"])
