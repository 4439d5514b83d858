"""What a doctor writes of a visit (FHIR Condition, ClinicalImpression), and what is added once it is closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument
from pymongo import IndexModel

from hmsdesk.models import text
from hmsdesk.models.declaration import Encryption
from hmsdesk.models.fields import ChoiceField, PartsField, ReferenceField, TextField, WholeNumberField, WordsField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule, at_most, in_a_year_people_write

# FHIR Encounter.diagnosis.rank, Condition.verificationStatus
MAIN, OTHER = "main", "other"
RANKS = ((MAIN, "Main"), (OTHER, "Other"))
REFUTED = "refuted"
CERTAINTIES = (("confirmed", "Confirmed"), ("provisional", "Suspected"), (REFUTED, "Ruled out"))
# FHIR Encounter.hospitalization.dispositionCode, as far as an outpatient clinic needs it
OUTCOMES = (
    ("better", "Better, no further visit"),
    ("treatment", "On treatment, to come again"),
    ("tests", "Waiting for results"),
    ("referred", "Referred to another doctor"),
    ("hospital", "Sent to hospital"),
    ("left", "Left before the end"),
)
# What counts as something written: a note of none of these is empty.
WRITTEN = ("reason", "findings", "diagnoses", "treatments", "plan")
LONGEST_TEXT = 8000
MOST_DIAGNOSES = 20
# A code of ICD-10 with its point.
_CODE = re.compile(r"\b([a-z]\d[\da-z])\.(?=\w)", re.IGNORECASE)
NOTHING_WRITTEN = "Write down at least why the patient came, or what was found."


class Diagnosis(EmbeddedDocument):
    """One diagnosis, in words; its code where it was chosen from the list."""

    text = TextField(verbose_name="Diagnosis", required=True, max_length=160)
    code = TextField(verbose_name="ICD-10 code", max_length=10)
    rank = ChoiceField(verbose_name="Rank", choices=RANKS, required=True, default=OTHER)
    certainty = ChoiceField(verbose_name="Status", choices=CERTAINTIES, required=True, default="confirmed")

    @classmethod
    def told(cls, part: Mapping[str, Any]) -> str:
        """One diagnosis as it is read: Type 2 diabetes mellitus (E11.9), suspected."""
        words = str(part.get("text") or "")
        if part.get("code"):
            words += f" ({part['code']})"
        if part.get("certainty") not in (None, "confirmed"):
            words += f", {dict(CERTAINTIES)[part['certainty']].lower()}"
        return words


class EncounterNote(Record):
    """What was found and decided in one visit, under the visit's id. Its earlier versions are kept.

    It holds a copy of when the visit began, so that visits are listed by their diagnoses in the order of that.
    """

    meta: ClassVar[dict[str, Any]] = {"collection": "encounter_notes"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, issued=True)
    reason = TextField(
        verbose_name="Symptoms and reason", multiline=True, max_length=LONGEST_TEXT, encrypted=Encryption.RANDOM
    )
    findings = TextField(verbose_name="Findings", multiline=True, max_length=LONGEST_TEXT, encrypted=Encryption.RANDOM)
    diagnoses = PartsField(Diagnosis, verbose_name="Diagnoses", max_parts=MOST_DIAGNOSES)
    treatments = WordsField(
        verbose_name="Treatments and procedures done", max_length=160, max_words=30, encrypted=Encryption.RANDOM
    )
    plan = TextField(
        verbose_name="Plan and notes", multiline=True, max_length=LONGEST_TEXT, encrypted=Encryption.RANDOM
    )
    outcome = ChoiceField(verbose_name="Outcome", choices=OUTCOMES)
    follow_up_days = WholeNumberField(verbose_name="Come again in", min_value=1, max_value=730, unit="days")

    LISTING: ClassVar[Listing] = Listing(
        noun="visit note",
        plural="visit notes",
        adding="",
        title="patient:title",
        search=(),
        orders=(Order("created_at", "Begun"),),
        indexes=(
            IndexModel([("patient", 1), ("created_at", -1)], name="patient"),
            IndexModel([("find.diagnoses", 1), ("find.started_at", 1), ("_id", 1)]),
        ),
    )
    # closed_at: when the visit was closed; from then on there are addenda only.
    SYSTEM: ClassVar[dict[str, Any]] = {"closed_at": {"bsonType": "date"}}

    HELD: ClassVar[tuple[Rule, ...]] = (
        at_most("diagnoses", 1, {"$eq": ["$$this.rank", MAIN]}),
        in_a_year_people_write("find.started_at"),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """One diagnosis at most is the main one."""
        mains = sum(one.get("rank") == MAIN for one in values.get("diagnoses") or [])
        return {"diagnoses": "Only one diagnosis can be the main one."} if mains > 1 else {}

    @classmethod
    def derived(cls, values: Mapping[str, Any]) -> Row:
        """What diagnoses are searched by: their words and codes, and the first letters of these."""
        # Who looks for patients with a disease doesn't mean those in whom it was ruled out.
        stands = (one for one in values.get("diagnoses") or [] if one.get("certainty") != REFUTED)
        said = (f"{one['text']} {one.get('code') or ''}" for one in stands)
        found = diagnosis_words(" ".join(said))
        return super().derived(values) | {"diagnoses": text.edges(found), "diagnosis_words": found}


class Addendum(Record):
    """Something added to a visit after it was closed. It is never changed: what was wrong gets a further one."""

    meta: ClassVar[dict[str, Any]] = {"collection": "addenda"}

    encounter = ReferenceField(verbose_name="Visit", refers_to="encounters", required=True)
    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True)
    text = TextField(
        verbose_name="Addendum", multiline=True, required=True, max_length=LONGEST_TEXT, encrypted=Encryption.RANDOM
    )

    LISTING: ClassVar[Listing] = Listing(
        noun="addendum",
        plural="addenda",
        adding="",
        title="text",
        search=(),
        orders=(Order("created_at", "Written"),),
        indexes=(
            IndexModel([("encounter", 1), ("created_at", 1)], name="encounter"),
            IndexModel([("patient", 1), ("created_at", -1), ("_id", -1)], name="patient"),
        ),
    )


def diagnosis_words(said: str) -> list[str]:
    """The folded words of diagnoses; a code is one word, with its point or without: E11.9, e119."""
    return text.words(_CODE.sub(r"\1", said))


def is_empty(values: Mapping[str, Any]) -> bool:
    """Whether nothing was written."""
    return not any(values.get(name) for name in WRITTEN)
