"""Exceptional days are kept; what they mean for a booking is models.booking's."""

from datetime import date
from typing import Any

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.database.session import Session
from hmsdesk.models.clinic_days import CLOSED, OPEN, ClinicDay
from hmsdesk.models.row import Row

CLINIC_DAYS = Keeping(ClinicDay)
# What was taken back stays in the list only.
HOLDING = {"active": {"$ne": False}}


def between(first: date, last: date) -> dict[str, Any]:
    """What finds the clinic days that hold on any day from one to another, both included."""
    since, to = first.isoformat(), last.isoformat()
    return HOLDING | {"$or": [{"day": {"$gte": since, "$lte": to}}, {"day": {"$lt": since}, "until": {"$gte": since}}]}


def opened_all_the_same(session: Session, closed: Row) -> list[Row]:
    """The exceptional openings within a closed time and for the same: they hold, and it doesn't.

    Raises NotAllowed, Unreachable.
    """
    if closed["kind"] != CLOSED or closed.get("active") is False:
        return []
    first = date.fromisoformat(closed["day"])
    within = between(first, date.fromisoformat(closed.get("until") or closed["day"]))
    same = {"kind": OPEN, "practitioner": closed.get("practitioner")}
    with session.reading(CLINIC_DAYS.resource) as clinic_days:
        return list(clinic_days.find(within | same).sort([("day", 1), ("_id", 1)]))
