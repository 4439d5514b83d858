"""A signed prescription (FHIR MedicationRequest in one group), and what its code and its paper say.

A prescription is written once and never changed. What is signed is `content`: its canonical bytes, kept beside the
fields, so that the signature can be checked for ever whatever becomes of the fields' form.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, DateField, PartsField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.medicines import UNITS
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.times import MomentField

VALID_DAYS = 30
MOST_LINES = 20

# How often, in the words of the paper: code -> (English, Arabic, doses a day).
FREQUENCIES: dict[str, tuple[str, str, float]] = {
    "once": ("once a day", "مرة يوميًا", 1),
    "twice": ("twice a day", "مرتين يوميًا", 2),
    "three": ("three times a day", "ثلاث مرات يوميًا", 3),
    "four": ("four times a day", "أربع مرات يوميًا", 4),
    "every-6-h": ("every six hours", "كل ست ساعات", 4),
    "every-8-h": ("every eight hours", "كل ثماني ساعات", 3),
    "night": ("once a day, at night", "مرة يوميًا، ليلًا", 1),
    "morning": ("once a day, in the morning", "مرة يوميًا، في الصباح", 1),
    "weekly": ("once a week", "مرة أسبوعيًا", 1 / 7),
    "single": ("once only", "مرة واحدة فقط", 0),
}
ROUTES: dict[str, tuple[str, str]] = {
    "oral": ("by mouth", "بالفم"),
    "topical": ("on the skin", "على الجلد"),
    "inhaled": ("by inhaling", "بالاستنشاق"),
    "eye": ("into the eye", "في العين"),
    "ear": ("into the ear", "في الأذن"),
    "nose": ("into the nose", "في الأنف"),
    "injected": ("by injection", "بالحقن"),
    "rectal": ("rectally", "عن طريق الشرج"),
}


class PrescribedLine(EmbeddedDocument):
    """One medicine and how it is taken. name and unit are the medicine's as they were when it was signed."""

    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", required=True)
    name = TextField(verbose_name="Name", required=True, max_length=120)
    unit = ChoiceField(verbose_name="Counted in", choices=tuple((u, u) for u in UNITS), required=True)
    dose = WholeNumberField(verbose_name="Dose", min_value=1, max_value=20, required=True, default=1)
    route = ChoiceField(
        verbose_name="Route", choices=tuple((c, w[0].capitalize()) for c, w in ROUTES.items()), required=True
    )
    frequency = ChoiceField(
        verbose_name="How often", choices=tuple((c, w[0].capitalize()) for c, w in FREQUENCIES.items()), required=True
    )
    days = WholeNumberField(verbose_name="Days", min_value=1, max_value=365, required=True, default=7)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=2000, required=True)
    instructions = TextField(verbose_name="Instructions", max_length=120)


class Prescription(Record):
    """What a doctor prescribed. Who the patient and the prescriber were then is kept with it."""

    meta: ClassVar[dict[str, Any]] = {"collection": "prescriptions"}

    number = TextField(verbose_name="Number", required=True, unique=True, max_length=20, width=150)
    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    practitioner = ReferenceField(verbose_name="Doctor", refers_to="staff", required=True, width=180)
    issued_at = MomentField(verbose_name="Signed", required=True, width=150)
    valid_until = DateField(verbose_name="Valid until", required=True, width=120)
    diagnosis = TextField(verbose_name="Diagnosis", max_length=120)
    advice = TextField(verbose_name="Advice", max_length=300)
    lines = PartsField(PrescribedLine, verbose_name="Medicines", required=True, max_parts=MOST_LINES)

    LISTING: ClassVar[Listing] = Listing(
        noun="prescription",
        plural="prescriptions",
        title="number",
        subtitle="patient:title",
        search=("number",),
        orders=(Order("issued_at", "Signed"), Order("number", "Number")),
        indexes=(IndexModel([("patient", 1), ("issued_at", -1)], name="patient"),),
    )
    SYSTEM: ClassVar[dict[str, Any]] = {
        "content": {"bsonType": "binData"},
        "signature": {"bsonType": "binData"},
        "signer": {"bsonType": "objectId"},
    }


class DispensedLine(EmbeddedDocument):
    """So much of one lot, for one line of the prescription (counted from 1)."""

    line = WholeNumberField(verbose_name="Line", min_value=1, max_value=MOST_LINES, required=True)
    lot = ReferenceField(verbose_name="Lot", refers_to="stock_lots", required=True)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=2000, required=True)


class Dispensation(Record):
    """One hand-out for a prescription (FHIR MedicationDispense). Its `turn` is claimed: only one can be the n-th."""

    meta: ClassVar[dict[str, Any]] = {"collection": "dispensations"}

    prescription = ReferenceField(verbose_name="Prescription", refers_to="prescriptions", required=True)
    turn = WholeNumberField(verbose_name="Hand-out", min_value=1, max_value=100, required=True)
    lines = PartsField(DispensedLine, verbose_name="Handed out", required=True, max_parts=60)

    LISTING: ClassVar[Listing] = Listing(
        noun="hand-out",
        plural="hand-outs",
        title="turn",
        search=(),
        orders=(Order("created_at", "Time"),),
        indexes=(IndexModel([("prescription", 1), ("turn", 1)], name="unique turn", unique=True),),
    )


def quantity_for(dose: int, frequency: str, days: int) -> int:
    """How much is needed for the whole time: at least one dose."""
    doses = max(1, round(FREQUENCIES[frequency][2] * days))
    return dose * doses


def dose_words(line: dict[str, Any]) -> tuple[str, str]:
    """The dose as the paper says it, in English and in Arabic."""
    often, often_ar, _ = FREQUENCIES[line["frequency"]]
    route, route_ar = ROUTES[line["route"]]
    one, several = UNITS[line["unit"]]
    days = line["days"]
    what = f"{_NUMBERS.get(line['dose'], line['dose'])} {one if line['dose'] == 1 else several}"
    english = f"Take {what} {route} {often}, for {days} day{'' if days == 1 else 's'}."
    arabic = f"{_ARABIC_UNITS[line['unit']]} {line['dose']} {route_ar} {often_ar}، لمدة {days} {_arabic_days(days)}."
    more = line.get("instructions")
    return (f"{english} {more}" if more else english, arabic)


_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_ARABIC_UNITS = {
    "tablet": "قرص",
    "capsule": "كبسولة",
    "bottle": "زجاجة",
    "tube": "أنبوب",
    "inhaler": "بخاخ",
    "ampoule": "أمبول",
    "sachet": "كيس",
    "pen": "قلم",
}


def _arabic_days(days: int) -> str:
    return "أيام" if 3 <= days <= 10 else "يومًا"


def valid_until(issued: date) -> str:
    """The last day a prescription can be dispensed."""
    return (issued + timedelta(days=VALID_DAYS)).isoformat()
