"""A booked time of a doctor (FHIR Appointment), and the cells and seats that keep two from sharing it.

A booking claims each five-minute cell of its time, and one seat of the day's limit, by inserting documents whose ids
are those cells and that seat: the server itself lets only one have each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from bson import ObjectId
from pymongo import IndexModel

from hmsdesk.models.declaration import Encryption
from hmsdesk.models.fields import ChoiceField, ReferenceField, TextField, WholeNumberField
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
    CHECKED_IN: (IN_CONSULTATION, WITH_NURSE, APPROVED, PENDING, CANCELLED),
    WITH_NURSE: (IN_CONSULTATION, CHECKED_IN),
    IN_CONSULTATION: (COMPLETED, CHECKED_IN, WITH_NURSE),
    COMPLETED: (IN_CONSULTATION,),
    CANCELLED: (APPROVED, PENDING, CHECKED_IN),
    NO_SHOW: (APPROVED, PENDING),
}
# These give their time back.
FREEING = (CANCELLED, NO_SHOW)
OVER = (COMPLETED, *FREEING)
REASON_LENGTH = 200
# Only who isn't here yet can be given another time.
MOVABLE = (PENDING, APPROVED)
# What the place that a booking was moved from shows. No status of a record: it keeps one, at the new place.
RESCHEDULED = "rescheduled"

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
# Far more than happens to a booking; a day of one in the shortest cells, and its seat.
_MOST_STEPS, _MOST_CLAIMS, _LONGEST_CLAIM = 1000, 200, 120
_CLAIMS = {
    "bsonType": "array",
    "maxItems": _MOST_CLAIMS,
    "items": {"bsonType": "string", "maxLength": _LONGEST_CLAIM},
}
_OVERRIDE = {
    "bsonType": "object",
    "properties": {
        "rule": {"bsonType": "string", "maxLength": REASON_LENGTH},
        "reason": {"bsonType": "string", "maxLength": REASON_LENGTH},
        "at": {"bsonType": "date"},
        "by": {"bsonType": "objectId"},
    },
    "required": ["rule", "reason", "at", "by"],
    "additionalProperties": False,
}
_MOVED = {
    "bsonType": "object",
    "properties": {
        "start": {"bsonType": "date"},
        "practitioner": {"bsonType": "objectId"},
        "minutes": {"bsonType": ["int", "long"]},
        "at": {"bsonType": "date"},
        "by": {"bsonType": "objectId"},
        "claims": _CLAIMS,
        "override": _OVERRIDE,
    },
    "required": ["start", "practitioner", "minutes", "at", "by", "claims"],
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
    reason = TextField(verbose_name="Note", max_length=REASON_LENGTH, encrypted=Encryption.RANDOM)

    LISTING: ClassVar[Listing] = Listing(
        noun="appointment",
        adding="Book",
        plural="appointments",
        title="patient:title",
        search=(),
        orders=(Order("start", "Time"),),
        narrowed=("practitioner", "status"),
        indexes=(
            IndexModel([("patient", 1), ("start", -1), ("_id", -1)], name="patient"),
            IndexModel([("patient", 1), ("status", 1), ("start", -1), ("_id", -1)], name="patient by status"),
            IndexModel([("moved.start", 1)], name="moved", sparse=True),
        ),
    )
    SYSTEM: ClassVar[dict[str, Any]] = {
        "stamps": {"bsonType": "array", "maxItems": _MOST_STEPS, "items": _STAMP},
        "claims": _CLAIMS,
        # Where it was before, the last place at the end; and why it was booked in spite of which rule.
        "moved": {"bsonType": "array", "maxItems": _MOST_STEPS, "items": _MOVED},
        "override": _OVERRIDE,
        "walk_in": {"bsonType": "bool"},
        "vitals_at": {"bsonType": "date"},
    }


def cells(practitioner: ObjectId, start: datetime, minutes: int, lane: int = 0) -> list[str]:
    """The ids that a booking claims of a doctor's time. start: UTC, on a whole cell.

    lane: 0, or the further one that a booking in spite of the rules takes.
    """
    wall = start.replace(tzinfo=None)
    times = (wall + timedelta(minutes=step) for step in range(0, minutes, CELL_MINUTES))
    # A day of twelve doctors asks for thousands of them: strftime takes five times as long.
    return [f"{practitioner}|{time.isoformat(timespec='minutes')}|{lane}" for time in times]


def moment_of(cell: str) -> str:
    """What all lanes of one cell have in common."""
    return cell.rpartition("|")[0]


def seat(practitioner: ObjectId, day: date, purpose: str, number: int) -> str:
    """The id of one seat of a doctor's day on the practice's wall.

    number: from 1 to the daily limit, and beyond it for who is booked in spite of it.
    """
    return f"{practitioner}|{day.isoformat()}|{purpose}|{number}"


def needs_vitals(appointment: Mapping[str, Any]) -> bool:
    """Whether somebody is here before the doctor, and nothing was measured yet."""
    return appointment["status"] in (CHECKED_IN, WITH_NURSE) and "vitals_at" not in appointment


def has_vitals(appointment: Mapping[str, Any]) -> bool:
    """Whether somebody was measured and waits for the doctor."""
    return appointment["status"] in (CHECKED_IN, WITH_NURSE) and "vitals_at" in appointment


def status_before(appointment: Mapping[str, Any]) -> str:
    """What an appointment was before its last step; empty for one that has only been booked."""
    stamps = appointment.get("stamps", [])
    return str(stamps[-2]["status"]) if len(stamps) > 1 else ""


def leads_back(appointment: Mapping[str, Any], status: str) -> bool:
    """Whether a step that undoes another is one from where the appointment was: only that can be undone."""
    current = appointment["status"]
    if current in FREEING or (current, status) == (APPROVED, PENDING):
        return status == status_before(appointment)
    if current == CHECKED_IN and status in MOVABLE:
        booked_as = [stamp["status"] for stamp in appointment.get("stamps", []) if stamp["status"] in MOVABLE]
        return [status] == (booked_as or [APPROVED])[-1:]
    return True
