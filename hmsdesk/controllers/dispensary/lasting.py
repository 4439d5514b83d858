"""Whether what is handed out can be used as long as it is to be taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hmsdesk.controllers.dispensary.handing_out import Given
from hmsdesk.controllers.dispensary.opening import Line
from hmsdesk.models.prescription_doses import used_up
from hmsdesk.models.row import Row

WHY_LATER = "The earlier lot expires before it is used up"


@dataclass(frozen=True)
class TooShort:
    """A lot that expires before what is taken of it is used up. until: the last day.

    better: a lot that lasts and holds all of it. none_lasts: there is none; not said where another product is given.
    """

    lot: Row
    until: date
    better: Row | None = None
    none_lasts: bool = False


def too_short(line: Line, quantity: int, given: Given | None) -> TooShort | None:
    """What is to be said of a line of which so much is to go out today; None where all of it lasts."""
    product, chosen = line.named(given.medicine if given else None), given.lot if given else None
    lots = product.lots if product else ()
    taken = 0
    for lot in sorted(lots, key=lambda lot: lot["_id"] != chosen):
        part = min(quantity - taken, lot["quantity"])
        taken += part
        until = used_up(line.dose, line.before + taken, line.begun)
        if part and lot["expires"] < until.isoformat():
            # Another product is given for a reason of its own: that one can't be said besides.
            if given and given.medicine:
                return TooShort(lot, until)
            better = _lasting(line, quantity, lots)
            return TooShort(lot, until, better, none_lasts=better is None)
    return None


def _lasting(line: Line, quantity: int, lots: tuple[Row, ...]) -> Row | None:
    """The first to expire of those that hold all of it and last."""
    until = used_up(line.dose, line.before + quantity, line.begun).isoformat()
    return next((lot for lot in lots if lot["expires"] >= until and lot["quantity"] >= quantity), None)
