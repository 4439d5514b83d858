"""Taking back a delivery that was entered wrongly: all its lots, as long as nothing else was done with any of them."""

from __future__ import annotations

from functools import partial

from bson import ObjectId

from hmsdesk.controllers.stock.ledger import announce_low, move
from hmsdesk.database.audit import Event
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, write
from hmsdesk.errors import Conflict, InvalidInput, NotFound, UserError
from hmsdesk.models.declaration import checked
from hmsdesk.models.fields import TextField
from hmsdesk.models.row import Row
from hmsdesk.models.stock import MOVEMENT_KINDS, NOT_RECEIVED, RECEIVED
from hmsdesk.security.permissions import CREATE

TAKE_BACK = "take delivery back"
_DELIVERIES = "deliveries"
_REASON = TextField(verbose_name="Reason", max_length=160)
_LOT_BY_LOT = "Put it right lot by lot, under Lots and expiry."


def is_taken_back(work: Work, delivery: ObjectId) -> bool:
    """Whether a delivery is taken back, as this transaction sees it."""
    return work.find("stock_movements", {"delivery": delivery}) is not None


def take_delivery_back(session: Session, delivery: ObjectId, reason: str, operation: str) -> None:
    """Take all that a delivery brought off the stock again, in one go; nothing where that can't be.

    Raises InvalidInput (`reason`), UserError that names the lots something else was done with, Conflict where it was
    taken back already, NotAllowed, NotFound, Unreachable.
    """
    session.require("stock_movements", CREATE)
    why = checked("reason", _REASON, reason, session.locale)
    if why is None:
        raise InvalidInput({"reason": "Reason is needed."})
    try:
        write(session, operation, partial(_take_back, session, delivery, why))
    except Repeated:
        return


def _take_back(session: Session, delivery: ObjectId, reason: str, work: Work) -> None:
    row = work.find(_DELIVERIES, {"_id": delivery})
    if row is None:
        raise NotFound("This delivery is not here.", "Open the list again.")
    if is_taken_back(work, delivery):
        raise Conflict("This delivery was taken back already.", "Nothing was changed.", row)
    received = _received(work, row)
    if touched := [words for entry in received if (words := _touched(work, entry))]:
        raise UserError("Something was done with it since.", f"{'; '.join(touched)}. {_LOT_BY_LOT}")
    moved = []
    for entry in received:
        change = -entry["change"]
        what = (session, work, entry["lot"], NOT_RECEIVED, change)
        kept = {"delivery": delivery, "undoes": entry["created_at"]}
        moved.append((move(*what, note=reason, action=TAKE_BACK, **kept), change))
    announce_low(session, work, moved)
    work.note(Event(TAKE_BACK, _DELIVERIES, delivery, reason=reason))
    work.announce(_DELIVERIES, delivery, TAKE_BACK)


def _received(work: Work, delivery: Row) -> list[Row]:
    """The entries by which a delivery came in: made in its moment. Raises UserError where not all are found."""
    medicines = list({part["medicine"] for part in delivery["lots"]})
    made = {"medicine": {"$in": medicines}, "created_at": delivery["created_at"], "kind": RECEIVED}
    found = work.find_all("stock_movements", made)
    wanted = sorted((part["medicine"], part["quantity"]) for part in delivery["lots"])
    if sorted((entry["medicine"], entry["change"]) for entry in found) != wanted:
        raise UserError("This delivery can't be taken back in one go.", _LOT_BY_LOT)
    return found


def _touched(work: Work, entry: Row) -> str:
    """What was done with a lot since it came in, other than bringing more of it, in words; empty where nothing was."""
    since = {"lot": entry["lot"], "created_at": {"$gte": entry["created_at"]}}
    later = work.find("stock_movements", since | {"kind": {"$nin": [RECEIVED, NOT_RECEIVED]}})
    if later is None:
        return ""
    lot = work.find("stock_lots", {"_id": entry["lot"]}) or {}
    medicine = work.find("medicines", {"_id": entry["medicine"]}) or {}
    done = dict(MOVEMENT_KINDS)[later["kind"]].lower()
    return f"Lot \u2066{lot.get('lot', '')}\u2069 of {medicine.get('name', '')}: {done}"
