"""What lies on the desks of the demo practice this moment, done as people do it, so that their windows hear of it."""

from __future__ import annotations

from uuid import uuid4

from hmsdesk.controllers.demo.persons import Person
from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.note_templates import NOTE_TEMPLATES
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.row import Row
from hmsdesk.models.waiting_list import PARTS_OF_DAY, PRIORITIES

_WAITING, _SIGNED = 4, 3
_TEMPLATES = (
    ("Sore throat", "findings", "Throat red, no exudate. Tonsils not enlarged. Neck nodes not tender. Ears normal."),
    ("Normal chest", "findings", "Breath sounds equal on both sides, no wheeze, no crackles."),
    ("Diabetes check", "plan", "{patient}, {age}: diet and walking discussed. Feet examined. HbA1c in three months."),
    ("Sick note given", "any", "Sick note given on {today} by {doctor}."),
)
_LETTER = "Laboratory of the Nile\n\nHaemoglobin 13.1 g/dl\nWhite cells 11.4\nC-reactive protein 24 mg/l\n"


def last_touches(reception: Session, doctor: Session, persons: list[Person]) -> None:
    """A few prescriptions that wait, people without an appointment, templates for notes, a laboratory's letter."""
    for name, section, text in _TEMPLATES:
        NOTE_TEMPLATES.create(doctor, {"name": name, "section": section, "text": text}, uuid4().hex)
    for person in persons[:2]:
        DOCUMENTS.add(doctor, NewFile(person.row["_id"], "Blood count.txt", _LETTER.encode()), uuid4().hex)
    for n, person in enumerate(persons[-_WAITING:]):
        wanted = {"patient": person.row["_id"], "priority": PRIORITIES[n % 2][0], "part_of_day": PARTS_OF_DAY[n % 3][0]}
        WAITING_LIST.create(reception, wanted, uuid4().hex)
    found = MEDICINES.page(doctor, _named("Paracetamol 500")).rows
    line = {
        "medicine": found[0]["_id"],
        "dose": 1,
        "route": "oral",
        "frequency": "every-6-h",
        "days": 5,
        "quantity": 20,
    }
    signed = 0
    for person in (one for one in persons if not one.allergies):
        if signed < _SIGNED:
            signed += _is_signed(doctor, person, line)


def _is_signed(doctor: Session, person: Person, line: Row) -> bool:
    """Whether it could be prescribed: who takes it already doesn't get it twice."""
    prescribed = Prescribe(person.row["_id"], (line,), "Acute upper respiratory infection")
    try:
        PRESCRIPTIONS.sign(doctor, prescribed, uuid4().hex)
    except InvalidInput:
        return False
    return True


def _named(text: str) -> Query:
    return Query(text=text, limit=1)
