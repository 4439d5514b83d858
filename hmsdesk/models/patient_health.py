"""What only clinical roles may know of a patient: allergies and conditions (FHIR AllergyIntolerance, Condition)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models import text
from hmsdesk.models.fields import ChoiceField, DateField, PartsField, TextField, YesNoField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record, Row

# FHIR AllergyIntolerance.criticality, Condition.clinicalStatus
CRITICALITIES = (("high", "Severe"), ("low", "Mild"), ("unable-to-assess", "Not known"))
STATUSES = (("active", "Active"), ("remission", "In remission"), ("resolved", "Resolved"))
BLOOD_TYPES = tuple((group, group) for group in ("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"))


class Allergy(EmbeddedDocument):
    """What the patient must not be given."""

    substance = TextField(verbose_name="To what", required=True, max_length=80)
    reaction = TextField(verbose_name="What happened", max_length=120)
    criticality = ChoiceField(verbose_name="How bad", choices=CRITICALITIES)
    since = DateField(verbose_name="When", partial=True, past=True)


class Condition(EmbeddedDocument):
    """A problem the patient has or had."""

    name = TextField(verbose_name="Problem", required=True, max_length=120)
    status = ChoiceField(verbose_name="State", choices=STATUSES, default="active")
    since = DateField(verbose_name="Since", partial=True, past=True)


class PatientHealth(Record):
    """The clinical side of one patient, under the patient's own id.

    It holds a copy of the name's folded words, so that clinical roles search by name and condition together here.
    """

    meta: ClassVar[dict[str, Any]] = {"collection": "patient_health"}

    allergies = PartsField(Allergy, verbose_name="Allergies", max_parts=40, group="Allergies")
    no_known_allergies = YesNoField(
        verbose_name="Asked: no allergies known",
        default=False,
        group="Allergies",
        help_text="Not asked is not the same",
    )
    conditions = PartsField(Condition, verbose_name="Problems", max_parts=60, group="Problems")
    blood_type = ChoiceField(verbose_name="Blood type", choices=BLOOD_TYPES, group="Background")
    history = TextField(verbose_name="Medical history", multiline=True, max_length=4000, group="Background")

    LISTING: ClassVar[Listing] = Listing(
        noun="chart",
        plural="chart",
        title="patient",
        search=(),
        orders=(Order("created_at", "Registered"),),
        indexes=(
            IndexModel([("find.conditions", 1), ("find.name", 1), ("_id", 1)], name="conditions"),
            IndexModel([("find.visit_days", 1), ("find.name", 1), ("_id", 1)], name="visit days"),
        ),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Nobody both has allergies and has none."""
        if values.get("allergies") and values.get("no_known_allergies"):
            return {"no_known_allergies": "Allergies are recorded above. Take one of the two away."}
        return {}

    @classmethod
    def derived(cls, values: Mapping[str, Any]) -> Row:
        """What conditions are searched by."""
        names = " ".join(condition["name"] for condition in values.get("conditions", []))
        return {"conditions": text.edges(text.words(names)) + text.words(names)}


def allergies_state(health: Mapping[str, Any] | None) -> str:
    """What is known of allergies: "recorded", "none known" (somebody asked) or "not recorded"."""
    if health is None or not (health.get("allergies") or health.get("no_known_allergies")):
        return "not recorded"
    return "recorded" if health.get("allergies") else "none known"
