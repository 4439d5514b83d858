"""A signed prescription (FHIR MedicationRequest in one group), and what its code and its paper say.

A prescription is written once and never changed. What is signed is `content`: its canonical bytes, kept beside the
fields, so that the signature can be checked for ever whatever becomes of the fields' form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from bson import ObjectId
from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models.declaration import Problem, clean_values
from hmsdesk.models.fields import (
    ChoiceField,
    DateField,
    PartsField,
    ReferenceField,
    TextField,
    WholeNumberField,
    YesNoField,
)
from hmsdesk.models.locale import Locale
from hmsdesk.models.measures import DoseField
from hmsdesk.models.medicine_checks import Check
from hmsdesk.models.medicines import UNITS
from hmsdesk.models.prescription_doses import FREQUENCIES, ROUTES, problems_of
from hmsdesk.models.record import Aspect, Cell, Listing, Order, Record
from hmsdesk.models.row import Row
from hmsdesk.models.text import edges, sought, words
from hmsdesk.models.times import MomentField

VALID_DAYS = 30
MOST_LINES = 20
MOST_OVERRIDES = 200
FEWEST_LETTERS = 5
_SPEAKABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKE = str.maketrans("OIL", "011")
_DRAWN = 6
_MADE_OF = "lines:other"
# How much of it was handed out.
IN_PART, IN_FULL = "in part", "in full"
# The aspect of prescriptions that lies in their lines.
MEDICINE = "medicine"


class PrescribedLine(EmbeddedDocument):
    """One medicine and how it is taken. name and unit are the medicine's as they were when it was signed."""

    medicine = ReferenceField(verbose_name="Medicine", refers_to="medicines", required=True)
    name = TextField(verbose_name="Name", required=True, max_length=120)
    unit = ChoiceField(verbose_name="Counted in", choices=tuple((u, u) for u in UNITS), required=True)
    dose = DoseField(verbose_name="Dose", required=True, default=1)
    route = ChoiceField(
        verbose_name="Route", choices=tuple((c, w[0].capitalize()) for c, w in ROUTES.items()), required=True
    )
    frequency = ChoiceField(
        verbose_name="How often", choices=tuple((c, w[0].capitalize()) for c, w in FREQUENCIES.items()), required=True
    )
    days = WholeNumberField(verbose_name="Days", min_value=1, max_value=365, required=True, default=7)
    quantity = WholeNumberField(verbose_name="Quantity", min_value=1, max_value=2000, required=True)
    instructions = TextField(verbose_name="Instructions", max_length=120)
    substitution = YesNoField(
        ("Allowed", "Not allowed"), verbose_name="Substitution", default=True, help_text="By an equal product"
    )


class WhyField(TextField):
    """A reason somebody else must understand: a letter or a dot typed to get past the question is none."""

    def form(self, text: str) -> str:
        if sum(character.isalpha() for character in text) < FEWEST_LETTERS:
            raise Problem("Say it in a few words: the dispensary reads it.")
        return text


class Override(EmbeddedDocument):
    """Why a medicine is prescribed in spite of what a check found. line: counted from 1. found: the finding's words."""

    line = WholeNumberField(verbose_name="Line", min_value=1, max_value=MOST_LINES, required=True)
    check = ChoiceField(
        verbose_name="Check", choices=tuple((one.value, one.value.capitalize()) for one in Check), required=True
    )
    about = TextField(verbose_name="About", max_length=160, required=True)
    found = TextField(verbose_name="Found", max_length=600, required=True)
    reason = WhyField(verbose_name="Reason", max_length=200, required=True)


def _state(row: Mapping[str, Any], locale: Locale) -> str:
    """What became of a prescription: until when it may be handed out, or why it isn't any more."""
    handed = row.get("handed_out")
    if row.get("cancelled"):
        return "Cancelled"
    if row.get("refused"):
        return "Refused"
    if handed == IN_FULL:
        return "Dispensed"
    if row["valid_until"] < locale.today().isoformat():
        return "Rest expired" if handed else "Expired"
    return "In part" if handed else "Set aside" if row.get("set_aside") else "Signed"


class Prescription(Record):
    """What a doctor prescribed. Who the patient and the prescriber were then is kept with it."""

    meta: ClassVar[dict[str, Any]] = {"collection": "prescriptions"}

    # So wide that the state is seen in the smallest window, too.
    number = TextField(verbose_name="Number", required=True, unique=True, max_length=20, width=122)
    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    practitioner = ReferenceField(verbose_name="Doctor", refers_to="staff", required=True, width=146)
    issued_at = MomentField(verbose_name="Signed", required=True, width=144)
    valid_until = DateField(verbose_name="Valid until", required=True, width=98)
    diagnosis = TextField(verbose_name="Diagnosis", max_length=120)
    advice = TextField(verbose_name="Advice", max_length=300)
    lines = PartsField(PrescribedLine, verbose_name="Medicines", required=True, max_parts=MOST_LINES)
    overrides = PartsField(Override, verbose_name="Prescribed with a reason", max_parts=MOST_OVERRIDES)
    next_visit = MomentField(verbose_name="Next visit")

    LISTING: ClassVar[Listing] = Listing(
        noun="prescription",
        plural="prescriptions",
        adding="",
        title="number",
        subtitle="patient:title",
        search=("number", "patient"),
        orders=(Order("issued_at", "Signed", descending=True), Order("number", "Number")),
        cells={"valid_until": Cell("State", _state)},
        aspects=(
            Aspect(
                MEDICINE,
                "Medicine",
                "words",
                "prescriptions",
                "Name or ingredient; the first letters are enough. Several with commas: any of them",
            ),
        ),
        indexes=(
            IndexModel([("patient", 1), ("issued_at", -1), ("_id", -1)], name="patient"),
            IndexModel([("find.medicines", 1), ("issued_at", 1), ("_id", 1)]),
            IndexModel([("find.medicines", 1), ("find.number", 1), ("_id", 1)]),
        ),
    )
    # encounter: the visit it was written in, if it was in one.
    SYSTEM: ClassVar[dict[str, Any]] = {
        "content": {"bsonType": "binData"},
        "signature": {"bsonType": "binData"},
        "signer": {"bsonType": "objectId"},
        "encounter": {"bsonType": "objectId"},
    }

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Each medicine is given by a route it is made for, in a dose that is no slip of the finger."""
        return {
            f"lines.{n}.{name}": problem
            for n, line in enumerate(values["lines"])
            for name, problem in problems_of(line).items()
        }

    @classmethod
    def derived(cls, values: Mapping[str, Any]) -> Row:
        """What medicines are searched by: the words of their names and of what `made_of` hands over."""
        names = [line["name"] for line in values.get("lines") or []]
        found = words(" ".join([*names, str(values.get(_MADE_OF, ""))]))
        return super().derived(values) | {"medicines": edges(found), "medicine_words": found}


class PrescriptionCancellation(Record):
    """A prescription that was taken back: nothing more is handed out for it."""

    meta: ClassVar[dict[str, Any]] = {"collection": "prescription_cancellations"}

    prescription = ReferenceField(verbose_name="Prescription", refers_to="prescriptions", required=True, unique=True)
    practitioner = ReferenceField(verbose_name="Cancelled by", refers_to="staff", required=True)
    reason = TextField(
        verbose_name="Reason", required=True, max_length=200, help_text="The dispensary and the chart show it"
    )

    LISTING: ClassVar[Listing] = Listing(
        noun="cancellation",
        adding="",
        plural="cancellations",
        title="reason",
        search=(),
        orders=(Order("created_at", "Time"),),
    )


def made_of(medicines: Iterable[Mapping[str, Any]]) -> Row:
    """What prescribed medicines are found by beside their names: ingredients, and names in the other script."""
    said = (f"{one.get('ingredient') or ''} {one.get('name_ar') or ''}" for one in medicines)
    return {_MADE_OF: " ".join(said)}


def checked_line(
    line: Mapping[str, Any], medicine: Mapping[str, Any] | None, locale: Locale
) -> tuple[Row, dict[str, str]]:
    """What was typed as it will be signed, with its medicine's name and unit; and what is wrong: field -> sentence."""
    if medicine is None:
        return {}, {"medicine": "Choose a medicine from the list."}
    if medicine.get("active") is False:
        return {}, {"medicine": "This is no longer in use here. Choose another."}
    known = {"name": medicine["name"], "unit": medicine["unit"]}
    cleaned, wrong = clean_values(PrescribedLine, {**line, **known}, locale)
    return cleaned, wrong or problems_of(cleaned, str(medicine.get("form") or ""))


def valid_until(issued: date) -> str:
    """The last day a prescription can be dispensed."""
    return (issued + timedelta(days=VALID_DAYS)).isoformat()


def number_for(operation: str, year: int, draw: int) -> str:
    """A short number that can be spoken, the same each time an operation is sent: RX-26-7KQ3M9. draw: 0, 1, …"""
    rest = int.from_bytes(sha256(f"number/{operation}/{draw}".encode()).digest()[:8], "big")
    letters = []
    for _ in range(_DRAWN):
        rest, letter = divmod(rest, len(_SPEAKABLE))
        letters.append(_SPEAKABLE[letter])
    return f"RX-{year % 100:02}-{''.join(letters)}"


def turn_claim(prescription: ObjectId, turn: int) -> str:
    """The id of what only one may take: the n-th hand-out of a prescription, or its cancellation in place of it."""
    return f"{prescription}|{turn}"


def is_in_number(number: str, typed: str) -> bool:
    """Whether all that was typed is found in a prescription's number."""
    known = words(number)
    return all(any(one.startswith(word) for one in known) for word in sought(typed))


def tidy_number(typed: str) -> str | None:
    """A prescription's number however it was typed; None for what can be none."""
    bare = re.sub(r"[\s-]", "", typed).upper().removeprefix("RX").translate(_LOOK_ALIKE)
    if not re.fullmatch(rf"[0-9]{{2}}[{_SPEAKABLE}]{{{_DRAWN}}}", bare):
        return None
    return f"RX-{bare[:2]}-{bare[2:]}"
