"""Hand-outs as they are kept, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.database.session import Session
from hmsdesk.models.prescriptions import Dispensation
from hmsdesk.models.record import Row

DISPENSATIONS = Keeping(Dispensation)


def hand_outs(session: Session, prescriptions: list[ObjectId]) -> list[Row]:
    with session.reading(DISPENSATIONS.resource) as collection:
        return list(collection.find({"prescription": {"$in": prescriptions}}).sort([("prescription", 1), ("turn", 1)]))


def handed_out(hand_outs: Iterable[Row]) -> dict[int, int]:
    """Line -> how much was handed out of it."""
    sums: dict[int, int] = {}
    for part in (part for one in hand_outs for part in one["lines"]):
        sums[part["line"]] = sums.get(part["line"], 0) + part["quantity"]
    return sums


def is_owed(prescription: Row, hand_outs: Iterable[Row]) -> bool:
    """Whether anything of a prescription is still to be handed out."""
    handed = handed_out(hand_outs)
    return any(line["quantity"] > handed.get(n, 0) for n, line in enumerate(prescription["lines"], start=1))
