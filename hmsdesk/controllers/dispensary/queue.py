"""The queue of the dispensary."""

from __future__ import annotations

from bson import ObjectId

from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS, hand_outs, is_owed
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.session import Session
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import READ

_QUEUE = 60


def queue(session: Session) -> list[tuple[Row, bool]]:
    """The latest valid prescriptions, the longest waiting first, and whether part of each was handed out already.

    Raises NotAllowed, Unreachable.
    """
    session.require(DISPENSATIONS.resource, READ)
    today = session.locale.today().isoformat()
    with session.reading("prescriptions") as prescriptions:
        rows = list(prescriptions.find({"valid_until": {"$gte": today}}).sort([("issued_at", -1)]).limit(_QUEUE))
    handed: dict[ObjectId, list[Row]] = {}
    for one in hand_outs(session, [row["_id"] for row in rows]):
        handed.setdefault(one["prescription"], []).append(one)
    PRESCRIPTIONS.add_titles(session, rows)
    open_ones = [row for row in rows if "cancelled" not in row and is_owed(row, handed.get(row["_id"], []))]
    waiting = [(row, row["_id"] in handed) for row in open_ones]
    return waiting[::-1]
