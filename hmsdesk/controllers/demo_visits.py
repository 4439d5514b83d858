"""The demo's visits: some that were closed, one that is still written, and the texts they are written with."""

from __future__ import annotations

from uuid import uuid4

from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.encounter_notes import NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.note_templates import NOTE_TEMPLATES
from hmsdesk.database.session import Session
from hmsdesk.models.record import Row

TEMPLATES = (
    ("Sore throat", "findings", "Throat red, no exudate. Tonsils not enlarged. Neck nodes not tender. Ears normal."),
    ("Normal chest", "findings", "Breath sounds equal on both sides, no wheeze, no crackles."),
    ("Diabetes check", "plan", "{patient}, {age}: diet and walking discussed. Feet examined. HbA1c in three months."),
    ("Sick note given", "any", "Sick note given on {today} by {doctor}."),
)
CLOSED: tuple[Row, ...] = (
    {
        "reason": "Cough and fever for three days",
        "findings": "Temperature 38.2. Breath sounds equal, no crackles.",
        "diagnoses": [{"text": "Acute bronchitis, unspecified", "code": "J20.9", "rank": "main"}],
        "plan": "Fluids, paracetamol. To come back if short of breath.",
        "outcome": "better",
    },
    {
        "reason": "Yearly diabetes check",
        "findings": "Weight 84 kg, blood pressure 138/86. Feet: pulses felt, no ulcer.",
        "diagnoses": [
            {"text": "Type 2 diabetes mellitus without complications", "code": "E11.9", "rank": "main"},
            {"text": "Essential (primary) hypertension", "code": "I10", "rank": "other"},
        ],
        "treatments": ["Foot examination"],
        "plan": "Metformin goes on. HbA1c in three months.",
        "outcome": "treatment",
        "follow_up_days": 90,
    },
)
OPEN: Row = {
    "reason": "Sore throat since Monday, pain when swallowing. No cough.",
    "findings": "Throat red, tonsils enlarged with exudate. Neck nodes tender.",
    "diagnoses": [{"text": "Acute tonsillitis, unspecified", "code": "J03.90", "rank": "main"}],
}
LETTER = "Laboratory of the Nile\n\nHaemoglobin 13.1 g/dl\nWhite cells 11.4\nC-reactive protein 24 mg/l\n"


def fill(doctor: Session, patients: list[Row]) -> None:
    """Three patients' visits, in the name of one doctor."""
    for name, section, text in TEMPLATES:
        NOTE_TEMPLATES.create(doctor, {"name": name, "section": section, "text": text}, uuid4().hex)
    for patient, note in zip(patients, CLOSED, strict=False):
        visit = ENCOUNTERS.begin_for(doctor, patient["_id"], uuid4().hex)
        ENCOUNTERS.close(doctor, visit["_id"], 1, note, uuid4().hex)
    returning = patients[0]["_id"]
    visit = ENCOUNTERS.begin_for(doctor, returning, uuid4().hex)
    NOTES.change(doctor, visit["_id"], 1, OPEN, uuid4().hex)
    letter = NewFile(returning, "Blood count.txt", LETTER.encode(), visit["_id"])
    DOCUMENTS.add(doctor, letter, uuid4().hex)
