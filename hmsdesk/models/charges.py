"""What is to be paid for something that was done (FHIR ChargeItem). Added to, never changed."""

from __future__ import annotations

from typing import Any, ClassVar

from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, MoneyField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.record import Listing, Order, Record

FOR_VISIT, FOR_MEDICINES, FOR_OTHER = "visit", "medicines", "other"
REASONS = ((FOR_VISIT, "Visit"), (FOR_MEDICINES, "Medicines"), (FOR_OTHER, "Other"))
CHARGED, TAKEN_BACK = "charged", "taken back"
KINDS = ((CHARGED, "Charged"), (TAKEN_BACK, "Taken back"))


class Charge(Record):
    """One thing to be paid. Its label is what stands on the bill, and tells no diagnosis."""

    meta: ClassVar[dict[str, Any]] = {"collection": "charges"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    practitioner = ReferenceField(verbose_name="Doctor", refers_to="staff")
    reason = ChoiceField(verbose_name="For", choices=REASONS, required=True, width=120)
    kind = ChoiceField(verbose_name="What", choices=KINDS, required=True, default=CHARGED, width=120)
    label = TextField(verbose_name="On the bill", required=True, max_length=160, width=220)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=2000, required=True, default=1)
    price = MoneyField(verbose_name="Price", required=True)
    amount = MoneyField(verbose_name="Amount", required=True, width=120)

    LISTING: ClassVar[Listing] = Listing(
        noun="charge",
        plural="charges",
        adding="",
        title="label",
        search=(),
        orders=(Order("created_at", "Time"),),
        indexes=(IndexModel([("about", 1)], name="about"), IndexModel([("patient", 1), ("created_at", -1)])),
    )
    # about: the appointment or dispensation it is for, and its place among what was charged for that.
    # takes_back: the charge that is no longer to be paid.
    SYSTEM: ClassVar[dict[str, Any]] = {
        "about": {"bsonType": "objectId"},
        "place": {"bsonType": ["int", "long"]},
        "takes_back": {"bsonType": "objectId"},
    }
