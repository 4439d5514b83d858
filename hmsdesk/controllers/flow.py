"""The day as it flows through the clinic: who is where, since when, and what is still to be paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.invoices import INVOICES, owed
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.staff import doctors
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import CHECKED_IN, COMPLETED, IN_CONSULTATION, WITH_NURSE, has_vitals
from hmsdesk.models.booking import whole_day
from hmsdesk.models.money import ZERO
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, READ

# What a day's flow is made of: news of these make it another one.
FOLLOWED = ("appointments", "encounters", "charges", "invoices", "patients", "payments", "preferences", "staff")

IN_THE_CLINIC = (CHECKED_IN, WITH_NURSE, IN_CONSULTATION)


@dataclass(frozen=True)
class Flow:
    """One day of the clinic.

    rows: its appointments in order, with names and `patient:` facts. long, too_long: after how many minutes in one
    status somebody has waited long. owed: what those who were seen have to pay, by patient; settled: when they paid;
    both None for roles that take no payments. open_visits: what whoever looks has begun and not closed, of any day.
    """

    day: date
    rows: Sequence[Row]
    doctors: Sequence[Row]
    departments: Sequence[Row]
    long: int
    too_long: int
    owed: Mapping[ObjectId, Decimal] | None
    settled: Mapping[ObjectId, datetime] | None
    open_visits: Sequence[Row] = ()

    def to_pay(self, row: Row) -> Decimal:
        """What is to be paid after a visit. Of several visits of one patient it is asked for after the last one."""
        return self._asked_for.get(row["_id"], ZERO)

    @cached_property
    def _asked_for(self) -> dict[ObjectId, Decimal]:
        """Appointment -> what is to be paid after it."""
        last = {row["patient"]: row["_id"] for row in self.rows if row["status"] == COMPLETED}
        return {visit: amount for patient, visit in last.items() if (amount := (self.owed or {}).get(patient, ZERO))}


def look(session: Session) -> Flow:
    """Today, in a number of questions that doesn't depend on how many come. Raises NotAllowed, Unreachable."""
    day = session.locale.local(session.now()).date()
    rows = APPOINTMENTS.day(session, day)
    with session.reading(DEPARTMENTS.resource) as departments:
        found = list(departments.find({"active": True}).sort([("find.name", 1), ("_id", 1)]))
    limits = PREFERENCES.current(session)
    patients = [row["patient"] for row in rows if row["status"] == COMPLETED]
    pays = session.may(PAYMENTS.resource, READ)
    return Flow(
        day=day,
        rows=rows,
        doctors=doctors(session),
        departments=found,
        long=limits["waiting_long"],
        too_long=limits["waiting_too_long"],
        owed=owed(session, {"patient": {"$in": patients}}) if pays else None,
        settled=_settled(session, day, patients) if pays else None,
        open_visits=ENCOUNTERS.open_visits(session) if session.may(ENCOUNTERS.resource, CREATE) else (),
    )


def is_here(row: Row) -> bool:
    """Whether somebody is in the clinic and not seen yet: everybody who looks knows that, and counts the same.

    Who still has to pay is counted apart, by those who may know it.
    """
    return row["status"] in IN_THE_CLINIC


def waits(row: Row) -> bool:
    """Whether nobody is with them: who was measured waits for the doctor."""
    return row["status"] == CHECKED_IN or has_vitals(row)


def since(row: Row) -> datetime:
    """When an appointment became what it is; UTC."""
    stamps: Sequence[Row] = row.get("stamps") or ()
    moment: datetime = stamps[-1]["at"] if stamps else row["start"]
    return moment


def _settled(session: Session, day: date, patients: list[ObjectId]) -> dict[ObjectId, datetime]:
    """Patient -> when their last bill of the day was paid in full."""
    begins = whole_day(day, session.locale).start
    with session.reading(INVOICES.resource) as invoices:
        paid = {"patient": {"$in": patients}, "settled_at": {"$gte": begins}}
        rows = invoices.find(paid, ["patient", "settled_at"]).sort([("settled_at", 1)])
        return {row["patient"]: row["settled_at"] for row in rows}
