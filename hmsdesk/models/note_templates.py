"""Texts that a practice writes again and again in its visit notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from hmsdesk.models.dates import worded
from hmsdesk.models.encounter_notes import LONGEST_TEXT
from hmsdesk.models.fields import ChoiceField, InUseField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import age_and_sex
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.row import Row

SECTIONS = (("reason", "Symptoms and reason"), ("findings", "Findings"), ("plan", "Plan and notes"))
ANYWHERE = "any"
# What stands in a text for what is known of the visit: {patient}.
PLACEHOLDERS = {"patient": "the patient's name", "age": "age and sex", "today": "the date", "doctor": "your name"}
_IN_BRACES = re.compile(r"\{(\w+)\}")


class NoteTemplate(Record):
    """A text that is put into a visit note with one key."""

    meta: ClassVar[dict[str, Any]] = {"collection": "note_templates"}

    name = TextField(verbose_name="Name", required=True, unique=True, max_length=80, width=0)
    section = ChoiceField(
        verbose_name="For",
        choices=((ANYWHERE, "Any part"), *SECTIONS),
        required=True,
        default=ANYWHERE,
        width=180,
        filter=True,
    )
    text = TextField(
        verbose_name="Text",
        multiline=True,
        required=True,
        max_length=LONGEST_TEXT,
        help_text="These are filled in: "
        + ", ".join(f"{{{name}}} {meaning}" for name, meaning in PLACEHOLDERS.items()),
    )
    active = InUseField("Stop using", ("In use", "No longer in use"))

    LISTING: ClassVar[Listing] = Listing(
        noun="template",
        plural="templates",
        heading="Note templates",
        title="name",
        search=("name", "text"),
        orders=(Order("name", "Name"),),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """A word in braces that nothing is known for would stand in the patient's note, braces and all."""
        unknown = [word for word in _IN_BRACES.findall(str(values.get("text") or "")) if word not in PLACEHOLDERS]
        return {"text": f"Nothing is filled in for {{{unknown[0]}}}. Write it without braces."} if unknown else {}


def filled(text: str, patient: Row, doctor: str, now: datetime, locale: Locale) -> str:
    """A template's text with what is known of the visit in place of its placeholders."""
    known = {
        "patient": str(patient.get("name", "")),
        "age": age_and_sex(patient, locale),
        "today": worded(locale.local(now)),
        "doctor": doctor,
    }
    for name, words in known.items():
        text = text.replace(f"{{{name}}}", words)
    return text
