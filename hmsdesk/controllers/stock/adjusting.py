"""Putting stock right: what was damaged, lost, has expired, or was wrong in the books."""

from __future__ import annotations

from functools import partial
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.stock.ledger import MOVEMENTS, TOO_MUCH, announce_low, move
from hmsdesk.controllers.stock.levels import last_near_day
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput
from hmsdesk.models.declaration import checked
from hmsdesk.models.row import Row
from hmsdesk.models.stock import ADJUSTMENTS, CORRECTED, EXPIRED, MOST_IN_A_LOT, StockMovement
from hmsdesk.security.permissions import CREATE

ADJUST = "adjust stock"
_MOST = 100_000


def adjust(session: Session, lot: ObjectId, kind: str, change: int, reason: str, operation: str) -> Row:
    """Change what a lot holds; the lot as it stands then. Only a correction may add.

    Raises InvalidInput (`kind`, `change`, `reason`), NotAllowed, NotFound, Unreachable.
    """
    number = checked("change", StockMovement.change, change, session.locale) or 0
    said = checked("reason", StockMovement.note, reason, session.locale) or ""
    what = checked("kind", StockMovement.kind, kind, session.locale) or ""
    return _put_right(session, lot, what, number, said, operation)


def put_back(session: Session, adjusted: str, operation: str) -> Row:
    """Undo an adjustment; the lot as it stands then. The ledger keeps both. adjusted: the operation it was made by.

    Raises InvalidInput (`change`), NotAllowed, NotFound, Unreachable.
    """
    entry = MOVEMENTS.get(session, record_id(adjusted))
    # What a correction said of the books alone is said of them alone again.
    kept = {} if entry["kind"] == CORRECTED else {"undoes": entry["created_at"]}
    reason = f"Undone: {entry['note']}"[: StockMovement.note.max_length]
    return _put_right(session, entry["lot"], CORRECTED, -entry["change"], reason, operation, **kept)


def _put_right(
    session: Session, lot: ObjectId, kind: str, change: int, reason: str, operation: str, **system: Any
) -> Row:
    session.require("stock_movements", CREATE)
    current = LOTS.get(session, lot)
    wrong = _problems(session, current, kind, change, reason)
    if wrong:
        raise InvalidInput(wrong)
    try:
        return write(session, operation, partial(_adjust, session, lot, kind, change, note=reason, **system))
    except Repeated:
        return LOTS.get(session, lot)
    except Conflict as less:
        raise InvalidInput({"change": _too_few((less.current or current)["quantity"])}) from None


def _too_few(quantity: int) -> str:
    return f"Only {quantity:,} left by now." if quantity else "Nothing is left by now."


def _problems(session: Session, lot: Row, kind: str, change: int, reason: str) -> dict[str, str]:
    wrong = {}
    if kind not in dict(ADJUSTMENTS):
        wrong["kind"] = "Choose what happened."
    elif kind == EXPIRED and lot["expires"] > last_near_day(session).isoformat():
        wrong["kind"] = "This lot does not expire soon."
    if change == 0 or abs(change) > _MOST or (change > 0 and kind != CORRECTED):
        wrong["change"] = f"A whole number from 1 to {_MOST:,}."
    elif lot["quantity"] + change < 0:
        wrong["change"] = _too_few(lot["quantity"])
    elif lot["quantity"] + change > MOST_IN_A_LOT:
        wrong["change"] = TOO_MUCH
    if not reason:
        wrong["reason"] = "Reason is needed."
    return wrong


def _adjust(session: Session, lot: ObjectId, kind: str, change: int, work: Work, *, note: str, **system: Any) -> Row:
    row = move(session, work, lot, kind, change, note=note, action=ADJUST, **system)
    announce_low(session, work, [(row, change)])
    return row
