"""Handing out: all that was asked for or nothing, once, from the lots that expire first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS
from hmsdesk.controllers.dispensary.opening import Line, OpenedPrescription, Verdict, look_again
from hmsdesk.controllers.prescription_cancellations import TURNS
from hmsdesk.controllers.stock import movement
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, UserError
from hmsdesk.models.medicines import counted
from hmsdesk.models.prescriptions import Dispensation, turn_claim
from hmsdesk.models.record import Row
from hmsdesk.models.stock import DISPENSED
from hmsdesk.security.permissions import CREATE

_TRIES = 5


def dispense(session: Session, seen: OpenedPrescription, quantities: Mapping[int, int], operation: str) -> Row:
    """Hand out so much of each line, from the lots that expire first. All of it or nothing.

    seen: the prescription as it was looked at. Raises InvalidInput with `line.N` for a quantity that can't be,
    Conflict where somebody handed something out meanwhile, NotAllowed.
    """
    session.require(DISPENSATIONS.resource, CREATE)
    try:
        return _dispense(session, seen, quantities, operation)
    except (Repeated, UserError):
        # It may have been refused because it is done, and only the answer was lost.
        done = _find(session, record_id(operation))
        if done is None:
            raise
        return done


def _dispense(session: Session, seen: OpenedPrescription, quantities: Mapping[int, int], operation: str) -> Row:
    for _ in range(_TRIES):
        now = look_again(session, seen.prescription["_id"]) if seen.prescription else seen
        if now.prescription and len(now.handed_out) != len(seen.handed_out):
            raise _overtaken(now.prescription)
        if now.verdict is not Verdict.GENUINE or now.prescription is None:
            raise UserError(now.title, now.explained)
        turn, taken = len(now.handed_out) + 1, _from_lots(now, quantities)
        try:
            return write(session, operation, partial(_hand_out, session, now.prescription, turn, taken))
        except InvalidInput as refused:
            raise (_overtaken(now.prescription) if "turn" in refused.fields else refused) from None
        except (Conflict, Taken):
            # It was cancelled or handed out in this moment, or another one took from the same lots: see how it is now.
            continue
    raise UserError("The stock is changing too fast.", "Nothing was handed out. Please try again.")


def _overtaken(prescription: Row) -> Conflict:
    return Conflict("Somebody else handed out of this just now.", "Look at what is still owed.", prescription)


def _from_lots(opened: OpenedPrescription, quantities: Mapping[int, int]) -> list[Row]:
    """How much of which lot each line takes. Raises InvalidInput."""
    problems: dict[str, str] = {}
    taken: list[Row] = []
    left = {lot["_id"]: lot["quantity"] for line in opened.lines for lot in line.lots}
    for line in opened.lines:
        wanted = quantities.get(line.number, 0)
        if not 0 <= wanted <= line.owed:
            problems[f"line.{line.number}"] = f"At most {counted(line.owed, line.unit)} can be handed out."
            continue
        parts = _parts(line, wanted, left)
        found = sum(part["quantity"] for part in parts)
        if found < wanted:
            problems[f"line.{line.number}"] = f"Only {counted(found, line.unit)} in stock."
        taken += parts
    if not taken and not problems:
        problems["lines"] = "Nothing is to be handed out."
    if problems:
        raise InvalidInput(problems)
    return taken


def _parts(line: Line, wanted: int, left: dict[ObjectId, int]) -> list[Row]:
    """What a line takes of each lot, as far as they reach; `left` is lessened by it."""
    parts = []
    for lot in line.lots:
        part = min(wanted, left[lot["_id"]])
        if part:
            parts.append({"line": line.number, "lot": lot["_id"], "quantity": part})
            left[lot["_id"]] -= part
            wanted -= part
    return parts


def _hand_out(session: Session, prescription: Row, turn: int, taken: list[Row], work: Work) -> Row:
    work.claim(TURNS, [{"_id": turn_claim(prescription["_id"], turn)}])
    for part in taken:
        used: dict[str, Any] = {"$inc": {"quantity": -part["quantity"]}}
        enough = {"quantity": {"$gte": part["quantity"]}}
        lot = work.commute("stock_lots", part["lot"], used, "dispense", only_if=enough)
        note = prescription["number"]
        change = movement(session, lot, DISPENSED, -part["quantity"], lot["quantity"], note)
        work.insert("stock_movements", change)
    values = {"prescription": prescription["_id"], "turn": turn, "lines": taken}
    built = Dispensation.build(values, session.locale)
    handed_out = {"_id": record_id(work.operation)} | built
    return work.insert(DISPENSATIONS.resource, handed_out, "dispense", prescription["number"])


def _find(session: Session, dispensation: ObjectId) -> Row | None:
    with session.reading(DISPENSATIONS.resource) as collection:
        row: Row | None = collection.find_one({"_id": dispensation})
    return row
