"""A booked time of a doctor (FHIR Appointment), and the cells and seats that keep two from sharing it.

A booking claims each five-minute cell of its time, and one seat of the day's limit, by inserting documents whose ids
are those cells and that seat: the server itself lets only one have each.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from bson import ObjectId
from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.schedules import CELL_MINUTES, PURPOSES
from hmsdesk.models.times import MomentField

PENDING, APPROVED, CHECKED_IN = "pending", "approved", "checked in"
WITH_NURSE, IN_CONSULTATION = "with nurse", "in consultation"
COMPLETED, CANCELLED, NO_SHOW = "completed", "cancelled", "no-show"
STATUSES = (
    (PENDING, "Pending"),
    (APPROVED, "Approved"),
    (CHECKED_IN, "Checked in"),
    (WITH_NURSE, "Vitals"),
    (IN_CONSULTATION, "In consultation"),
    (COMPLETED, "Completed"),
    (CANCELLED, "Cancelled"),
    (NO_SHOW, "No-show"),
)
# From which status which may follow. One that leads back is an undo; back from a freed time it must still be free.
FOLLOWS: dict[str, tuple[str, ...]] = {
    PENDING: (APPROVED, CHECKED_IN, CANCELLED, NO_SHOW),
    APPROVED: (CHECKED_IN, CANCELLED, NO_SHOW, PENDING),
    CHECKED_IN: (IN_CONSULTATION, WITH_NURSE, APPROVED, CANCELLED),
    WITH_NURSE: (IN_CONSULTATION, CHECKED_IN),
    IN_CONSULTATION: (COMPLETED, CHECKED_IN, WITH_NURSE),
    COMPLETED: (IN_CONSULTATION,),
    CANCELLED: (APPROVED,),
    NO_SHOW: (APPROVED,),
}
# These give their time back.
FREEING = (CANCELLED, NO_SHOW)

_STAMP = {
    "bsonType": "object",
    "properties": {
        "status": {"enum": [status for status, _ in STATUSES]},
        "at": {"bsonType": "date"},
        "by": {"bsonType": "objectId"},
    },
    "required": ["status", "at", "by"],
    "additionalProperties": False,
}


class Appointment(Record):
    """One patient at one doctor at one time."""

    meta: ClassVar[dict[str, Any]] = {"collection": "appointments"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    practitioner = ReferenceField(verbose_name="Doctor", refers_to="staff", required=True, width=180, filter=True)
    start = MomentField(verbose_name="Time", required=True, width=150)
    minutes = WholeNumberField(verbose_name="Length", min_value=5, max_value=480, unit="min", required=True)
    purpose = ChoiceField(verbose_name="For", choices=PURPOSES, required=True)
    status = ChoiceField(
        verbose_name="Status", choices=STATUSES, required=True, default=APPROVED, width=140, filter=True
    )
    reason = TextField(verbose_name="Note", max_length=200)

    LISTING: ClassVar[Listing] = Listing(
        noun="appointment",
        adding="Book",
        plural="appointments",
        title="patient:title",
        search=(),
        orders=(Order("start", "Time"),),
        indexes=(
            IndexModel([("practitioner", 1), ("start", 1), ("_id", 1)], name="practitioner"),
            IndexModel([("patient", 1), ("start", -1), ("_id", -1)], name="patient"),
        ),
    )
    SYSTEM: ClassVar[dict[str, Any]] = {
        "stamps": {"bsonType": "array", "items": _STAMP},
        "claims": {"bsonType": "array", "items": {"bsonType": "string"}},
    }


def cells(practitioner: ObjectId, start: datetime, minutes: int) -> list[str]:
    """The ids that a booking claims of a doctor's time. start: UTC, on a whole cell."""
    steps = range(0, minutes, CELL_MINUTES)
    return [f"{practitioner}|{start + timedelta(minutes=step):%Y-%m-%dT%H:%M}|0" for step in steps]


def seat(practitioner: ObjectId, start: datetime, locale: Locale, purpose: str, number: int) -> str:
    """The id of one seat of a doctor's day; number counts from 1 to the daily limit."""
    return f"{practitioner}|{locale.local(start):%Y-%m-%d}|{purpose}|{number}"
