"""The day as it flows through the clinic: who is where, since when, and what is still to be paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.charges import CHARGES, UNINVOICED
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.staff import doctors
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import COMPLETED
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import READ

# What a day's flow is made of: news of these make it another one.
FOLLOWED = ("appointments", "charges", "uninvoiced", "preferences", "staff")


@dataclass(frozen=True)
class Flow:
    """One day of the clinic.

    rows: its appointments in order, with names and `patient:` facts. long, too_long: after how many minutes in one
    status somebody has waited long. unpaid: by patient, of those who were seen and were charged something, in the
    practice's currency, 0 where all is paid; None for roles that may not know.
    """

    day: date
    rows: Sequence[Row]
    doctors: Sequence[Row]
    departments: Sequence[Row]
    long: int
    too_long: int
    unpaid: Mapping[ObjectId, Decimal] | None

    def to_pay(self, row: Row) -> Decimal:
        """What is to be paid after a visit. Of several visits of one patient it is asked for after the last one."""
        unpaid = (self.unpaid or {}).get(row["patient"])
        if not unpaid or row["status"] != COMPLETED:
            return Decimal(0)
        seen = [one["_id"] for one in self.rows if one["patient"] == row["patient"] and one["status"] == COMPLETED]
        return unpaid if row["_id"] == seen[-1] else Decimal(0)


def look(session: Session) -> Flow:
    """Today, in a number of questions that doesn't depend on how many come. Raises NotAllowed, Unreachable."""
    day = session.locale.local(session.now()).date()
    rows = APPOINTMENTS.day(session, day)
    with session.reading(DEPARTMENTS.resource) as departments:
        found = list(departments.find({"active": True}).sort([("find.name", 1), ("_id", 1)]))
    limits = PREFERENCES.current(session)
    return Flow(
        day=day,
        rows=rows,
        doctors=doctors(session),
        departments=found,
        long=limits["waiting_long"],
        too_long=limits["waiting_too_long"],
        unpaid=_unpaid(session, [row for row in rows if row["status"] == COMPLETED]),
    )


def since(row: Row) -> datetime:
    """When an appointment became what it is; UTC."""
    stamps: Sequence[Row] = row.get("stamps") or ()
    moment: datetime = stamps[-1]["at"] if stamps else row["start"]
    return moment


def _unpaid(session: Session, seen: Sequence[Row]) -> dict[ObjectId, Decimal] | None:
    if not (session.may(CHARGES.resource, READ) and session.may(UNINVOICED, READ)):
        return None
    with session.reading(UNINVOICED) as uninvoiced:
        patients = {"patient": {"$in": [row["patient"] for row in seen]}}
        open_charges = {row["_id"] for row in uninvoiced.find(patients, ["_id"])}
    with session.reading(CHARGES.resource) as charges:
        about = {"about": {"$in": [row["_id"] for row in seen]}}
        known = list(charges.find({"$or": [about, {"_id": {"$in": list(open_charges)}}]}, ["patient", "amount"]))
    unpaid: dict[ObjectId, Decimal] = {row["patient"]: Decimal(0) for row in known}
    for row in known:
        if row["_id"] in open_charges:
            unpaid[row["patient"]] += row["amount"]["value"].to_decimal()
    return unpaid
