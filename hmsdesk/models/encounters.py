"""A visit as reception may know it: who came to whom, when, and what was done at which price (FHIR Encounter).

What the doctor writes of it lies apart, in encounter_notes, under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar

from bson import ObjectId
from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, MoneyField, PartsField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.money import in_column
from hmsdesk.models.record import Aspect, Listing, Order, Record
from hmsdesk.models.times import MomentField

# FHIR Encounter.status
IN_PROGRESS, FINISHED, MISTAKEN = "in-progress", "finished", "entered-in-error"
STATES = ((IN_PROGRESS, "Open"), (FINISHED, "Closed"), (MISTAKEN, "By mistake"))
# The service of this code is what a consultation costs where the doctor has no fee of their own.
CONSULTATION_CODE = "CONS"
MOST_SERVICES = 20
# The aspect of visits that lies in their notes.
DIAGNOSIS = "diagnosis"


class DoneService(EmbeddedDocument):
    """Something that was done, at the price it had then. What is waived stays, with the reason."""

    service = ReferenceField(verbose_name="Service", refers_to="services")
    label = TextField(verbose_name="On the bill", required=True, max_length=160)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=99, required=True, default=1)
    price = MoneyField(verbose_name="Price", required=True)
    waived = TextField(verbose_name="Why it costs nothing", max_length=120)

    @classmethod
    def told(cls, part: Mapping[str, Any]) -> str:
        """One service as it is read: 2 × ECG, 120.00; or ECG, free: comes with the check."""
        quantity = part.get("quantity", 1)
        words = f"{quantity} × {part['label']}" if quantity != 1 else str(part["label"])
        price = part["price"]["value"].to_decimal()
        return f"{words}, free: {part['waived']}" if part.get("waived") else f"{words}, {in_column(price)}"


class Encounter(Record):
    """One visit of a patient. That of an appointment bears the appointment's id, so that it has only one."""

    meta: ClassVar[dict[str, Any]] = {"collection": "encounters"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    practitioner = ReferenceField(verbose_name="Doctor", refers_to="staff", required=True, width=180, filter=True)
    appointment = ReferenceField(verbose_name="Appointment", refers_to="appointments")
    started_at = MomentField(verbose_name="Began", required=True, width=150)
    ended_at = MomentField(verbose_name="Closed", width=150)
    status = ChoiceField(
        verbose_name="Status", choices=STATES, required=True, default=IN_PROGRESS, width=110, filter=True
    )
    services = PartsField(DoneService, verbose_name="Services done", max_parts=MOST_SERVICES)

    LISTING: ClassVar[Listing] = Listing(
        noun="visit",
        plural="visits",
        adding="",
        title="patient:title",
        search=("patient",),
        orders=(Order("started_at", "Began", descending=True),),
        aspects=(
            Aspect(
                DIAGNOSIS,
                "Diagnosis",
                "words",
                "encounter_notes",
                "Words or an ICD-10 code; the first letters are enough. Several with commas: any of them",
            ),
        ),
        narrowed=("practitioner", "status"),
        indexes=(
            IndexModel([("patient", 1), ("started_at", -1), ("_id", -1)], name="patient"),
            IndexModel([("patient", 1), ("status", 1), ("started_at", -1), ("_id", -1)], name="patient by status"),
            IndexModel([("practitioner", 1), ("status", 1), ("started_at", -1)], name="open visits"),
        ),
    )


def to_pay(services: Sequence[Mapping[str, Any]]) -> Decimal:
    """What the services of a visit cost together; what is waived costs nothing."""
    return sum(
        (done["price"]["value"].to_decimal() * done["quantity"] for done in services if not done.get("waived")),
        Decimal(0),
    )


def id_without_appointment(patient: ObjectId, practitioner: ObjectId, day: str, number: int) -> ObjectId:
    """The id of a doctor's n-th visit with a patient on a day: two windows that begin it at once begin the same."""
    return ObjectId(sha256(f"visit/{patient}/{practitioner}/{day}/{number}".encode()).digest()[:12])
