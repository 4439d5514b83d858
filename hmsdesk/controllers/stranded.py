"""Bookings whose time is no longer one at which their doctor receives: a day was closed, hours were changed, or the
doctor left. Nothing is done to them by itself: somebody calls the patients, and moves or cancels each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.diaries import opening
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import MOVABLE
from hmsdesk.models.booking import Rule, Span, closed_because
from hmsdesk.models.row import Row

# News of these may strand bookings, or free them of it.
STRANDING = (APPOINTMENTS.resource, CLINIC_DAYS.resource, SCHEDULES.resource, STAFF.resource)
LOOKED_AHEAD = timedelta(days=60)
# Whoever booked in spite of one of these knew that it was closed.
_KNOWN = [rule.name.lower() for rule in (Rule.CLINIC_OPEN, Rule.IN_HOURS)]
_FIELDS = ("practitioner", "start", "minutes", "purpose")


@dataclass(frozen=True)
class Stranded:
    """The bookings of one day that are.

    rows: with `practitioner` and its name. closed: the reason that was given for all of them; empty where there is
    none, or more than one. left: whether those they are booked with no longer work here.
    """

    day: date
    rows: Sequence[Row]
    closed: str
    left: bool = False

    @property
    def doctors(self) -> list[str]:
        """The names of those they are booked with."""
        return list(dict.fromkeys(str(row["practitioner:title"]) for row in self.rows))


def stranded(session: Session, practitioner: ObjectId | None = None) -> list[Stranded]:
    """Those that are still to come, by day, in a number of questions that doesn't depend on how many there are.

    practitioner: only this doctor's. Raises NotAllowed, Unreachable.
    """
    now = session.now()
    wanted: Row = {
        "start": {"$gt": now, "$lt": now + LOOKED_AHEAD},
        "status": {"$in": list(MOVABLE)},
        "override.rule": {"$nin": _KNOWN},
    }
    if practitioner is not None:
        wanted["practitioner"] = practitioner
    with session.reading(APPOINTMENTS.resource) as appointments:
        rows = list(appointments.find(wanted, _FIELDS).sort([("start", 1), ("_id", 1)]))
    first = session.locale.local(now).date()
    doctors = {row["practitioner"] for row in rows}
    diaries = opening(session, doctors, first, first + LOOKED_AHEAD + timedelta(days=1))
    spans: dict[tuple[date, ObjectId, str], list[Span]] = {}
    found: dict[date, list[Row]] = {}
    for row in rows:
        day, doctor = session.locale.local(row["start"]).date(), row["practitioner"]
        place = day, doctor, row["purpose"]
        if place not in spans:
            spans[place] = diaries[doctor].spans(day, row["purpose"])
        if not any(span.holds(row["start"], row["minutes"]) for span in spans[place]):
            reason = closed_because(day, diaries[doctor].exceptions) or ""
            found.setdefault(day, []).append(row | {"closed": reason})
    APPOINTMENTS.add_titles(session, [row for day in found.values() for row in day])
    gone = _gone(session, {row["practitioner"] for of_day in found.values() for row in of_day})
    return [
        Stranded(day, of_day, _one_reason(of_day), all(row["practitioner"] in gone for row in of_day))
        for day, of_day in found.items()
    ]


def _gone(session: Session, doctors: Collection[ObjectId]) -> set[ObjectId]:
    """Those who no longer work here."""
    if not doctors:
        return set()
    with session.reading(STAFF.resource) as staff:
        return {row["_id"] for row in staff.find({"_id": {"$in": list(doctors)}, "active": False}, ["_id"])}


def _one_reason(rows: Sequence[Row]) -> str:
    reasons = {str(row["closed"]) for row in rows}
    return reasons.pop() if len(reasons) == 1 else ""
