"""Who waits for a time that isn't free yet (FHIR Appointment with status waitlist), and which free time would suit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from pymongo import IndexModel

from hmsdesk.models.declaration import Encryption
from hmsdesk.models.fields import ChoiceField, ReferenceField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.near_days import NearDateField
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.server_rules import Rule, absent, either, ordered

WAITING, OFFERED, BOOKED, TAKEN_OFF = "waiting", "offered", "booked", "taken off"
STATUSES = ((WAITING, "Waiting"), (OFFERED, "Offered"), (BOOKED, "Booked"), (TAKEN_OFF, "Taken off"))
# They still wait for a time.
OPEN = (WAITING, OFFERED)
ROUTINE, URGENT = "routine", "urgent"
PRIORITIES = ((ROUTINE, "Routine"), (URGENT, "Urgent"))
ANY_TIME, MORNING, AFTERNOON, EVENING = "any", "morning", "afternoon", "evening"
PARTS_OF_DAY = ((ANY_TIME, "Any time"), (MORNING, "Morning"), (AFTERNOON, "Afternoon"), (EVENING, "Evening"))
# From which hour to before which, on the practice's wall.
_HOURS = {ANY_TIME: (0, 24), MORNING: (0, 12), AFTERNOON: (12, 17), EVENING: (17, 24)}

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


class WaitingEntry(Record):
    """Whoever found no free time waits here until one becomes free."""

    meta: ClassVar[dict[str, Any]] = {"collection": "waiting_list"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    practitioner = ReferenceField(
        verbose_name="Doctor", refers_to="staff", among="doctors", width=180, help_text="Leave it empty for any doctor"
    )
    department = ReferenceField(
        verbose_name="Department",
        refers_to="departments",
        width=160,
        help_text="Where any doctor of a department will do",
    )
    priority = ChoiceField(verbose_name="Priority", choices=PRIORITIES, required=True, default=ROUTINE, width=110)
    earliest = NearDateField(verbose_name="Not before", earliest=2000, group="When it suits")
    latest = NearDateField(verbose_name="Not after", earliest=2000, group="When it suits")
    part_of_day = ChoiceField(
        verbose_name="Time of day",
        choices=PARTS_OF_DAY,
        required=True,
        default=ANY_TIME,
        width=120,
        group="When it suits",
    )
    note = TextField(verbose_name="Note", max_length=200, encrypted=Encryption.RANDOM)
    status = ChoiceField(verbose_name="Status", choices=STATUSES, required=True, issued=True, width=110)

    LISTING: ClassVar[Listing] = Listing(
        noun="person on the waiting list",
        adding="Put",
        saved="is on the waiting list",
        plural="people waiting",
        heading="Waiting list",
        title="patient:title",
        search=(),
        orders=(Order("created_at", "Waiting since"),),
        indexes=(
            IndexModel([("status", 1), ("created_at", 1)], name="status"),
            IndexModel([("patient", 1), ("status", 1)], name="patient"),
        ),
    )
    SYSTEM: ClassVar[dict[str, Any]] = {
        "stamps": {"bsonType": "array", "maxItems": 1000, "items": _STAMP},
        # What it was booked as.
        "appointment": {"bsonType": "objectId"},
    }

    HELD: ClassVar[tuple[Rule, ...]] = (
        ordered("earliest", "latest"),
        either(absent("practitioner"), absent("department")),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """The last day isn't before the first; a doctor is one, whatever the department."""
        if values.get("latest") and values.get("earliest") and values["latest"] < values["earliest"]:
            return {"latest": "The last day comes before the first."}
        if values.get("practitioner") and values.get("department"):
            return {"department": "Choose a doctor or a department, not both."}
        return {}


def wants_day(entry: Mapping[str, Any], day: date) -> bool:
    """Whether somebody who waits can come on a day."""
    named = day.isoformat()
    return bool(entry.get("earliest", named) <= named <= entry.get("latest", named))


def wants(entry: Mapping[str, Any], start: datetime, locale: Locale) -> bool:
    """Whether a start suits somebody who waits, by day and time of day. Not here: the doctor, and whether it's free."""
    local = locale.local(start)
    first, before = _HOURS[entry["part_of_day"]]
    return wants_day(entry, local.date()) and first <= local.hour < before
