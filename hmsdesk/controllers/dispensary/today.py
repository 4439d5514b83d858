"""What a pharmacist begins the day with: who waits, what is owed, what runs low, and what expires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hmsdesk.controllers.dispensary.queue import Queue, queue
from hmsdesk.controllers.stock.levels import low_stock, near_expiry
from hmsdesk.database.session import Session
from hmsdesk.models.row import Row

_MOST = 50


@dataclass(frozen=True)
class Shelf:
    """low: medicines with their `stock`; expiring: lots with their `days`."""

    queue: Queue
    low: Sequence[Row]
    expiring: Sequence[Row]


def look(session: Session) -> Shelf:
    """All of it at once. Raises NotAllowed, Unreachable."""
    return Shelf(queue(session), low_stock(session, _MOST), near_expiry(session, _MOST))
