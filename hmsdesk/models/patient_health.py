"""What only clinical roles may know of a patient: allergies and conditions (FHIR AllergyIntolerance, Condition)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models import text
from hmsdesk.models.declaration import Encryption
from hmsdesk.models.fields import ChoiceField, DateField, PartsField, TextField, YesNoField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule, absent, is_, where

# FHIR AllergyIntolerance.criticality, Condition.clinicalStatus
SEVERE = "high"
CRITICALITIES = ((SEVERE, "Severe"), ("low", "Mild"), ("unable-to-assess", "Not known"))
CONDITION_STATUSES = (("active", "Active"), ("remission", "In remission"), ("resolved", "Resolved"))
BLOOD_TYPES = tuple((group, group) for group in ("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"))


class SubstanceField(TextField):
    """What somebody must not be given, in whatever words: medicines are checked against what is understood of it."""


class Allergy(EmbeddedDocument):
    """What the patient must not be given."""

    substance = SubstanceField(verbose_name="To what", required=True, max_length=80)
    reaction = TextField(verbose_name="What happened", max_length=120)
    criticality = ChoiceField(verbose_name="How bad", choices=CRITICALITIES)
    since = DateField(verbose_name="When", partial=True, past=True)


class Condition(EmbeddedDocument):
    """A problem the patient has or had."""

    name = TextField(verbose_name="Problem", required=True, max_length=120)
    status = ChoiceField(verbose_name="Status", choices=CONDITION_STATUSES, default="active")
    since = DateField(verbose_name="Since", partial=True, past=True)


class PatientHealth(Record):
    """The clinical side of one patient, under the patient's own id.

    It holds a copy of the name's folded words, so that clinical roles search by name and condition together here.
    """

    meta: ClassVar[dict[str, Any]] = {"collection": "patient_health"}

    allergies = PartsField(Allergy, verbose_name="Allergies", max_parts=40, group="Allergies", adding="Add an allergy")
    no_known_allergies = YesNoField(
        verbose_name="Asked: no allergies known",
        default=False,
        group="Allergies",
        help_text="Only if the patient was asked: not recorded is not the same as none",
    )
    conditions = PartsField(Condition, verbose_name="Problems", max_parts=60, group="Problems", adding="Add a problem")
    blood_type = ChoiceField(verbose_name="Blood type", choices=BLOOD_TYPES, group="Background")
    history = TextField(
        verbose_name="Medical history", multiline=True, max_length=4000, group="Background", encrypted=Encryption.RANDOM
    )

    LISTING: ClassVar[Listing] = Listing(
        noun="chart",
        plural="chart",
        title="patient",
        search=(),
        orders=(Order("created_at", "Registered"),),
        indexes=(
            IndexModel([("find.conditions", 1), ("find.name", 1), ("_id", 1)]),
            IndexModel([("find.conditions", 1), ("created_at", 1), ("_id", 1)]),
            IndexModel([("find.visit_days", 1), ("find.name", 1), ("_id", 1)]),
            IndexModel([("find.visit_days", 1), ("created_at", 1), ("_id", 1)]),
        ),
    )

    HELD: ClassVar[tuple[Rule, ...]] = (where(is_("no_known_allergies", True), absent("allergies")),)

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Nobody both has allergies and has none."""
        if values.get("allergies") and values.get("no_known_allergies"):
            return {"no_known_allergies": "Allergies are recorded above. Take one of the two away."}
        return {}

    @classmethod
    def derived(cls, values: Mapping[str, Any]) -> Row:
        """What conditions are searched by: their words, and the words' first letters."""
        words = text.words(" ".join(condition["name"] for condition in values.get("conditions", [])))
        return {"conditions": text.edges(words), "condition_words": words}


def visit_marks(day: date) -> list[str]:
    """How a visit is found again: by its day, its month and its year."""
    return [day.isoformat(), f"{day:%Y-%m}", f"{day:%Y}"]


def marks_between(first: date, last: date) -> list[str]:
    """The fewest marks that every visit from the first to the last day has one of, and no other visit has."""
    marks: list[str] = []
    day = first
    while day <= last:
        mark, after = next(one for one in _spans(day) if one[1] - timedelta(days=1) <= last)
        marks.append(mark)
        day = after
    return marks


def _spans(day: date) -> Iterator[tuple[str, date]]:
    """The spans that begin with this day, the longest first, each with the day after it."""
    if (day.month, day.day) == (1, 1):
        yield f"{day:%Y}", date(day.year + 1, 1, 1)
    if day.day == 1:
        yield f"{day:%Y-%m}", date(day.year + day.month // 12, day.month % 12 + 1, 1)
    yield day.isoformat(), day + timedelta(days=1)
