"""What lies on the desks of the demo practice this moment, done as people do it, so that their windows hear of it."""

from __future__ import annotations

from uuid import uuid4

from hmsdesk.controllers.demo.persons import Person
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.note_templates import NOTE_TEMPLATES
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.database.session import Session
from hmsdesk.models.waiting_list import PARTS_OF_DAY, PRIORITIES

_WAITING, _SIGNED = 4, 3
_TEMPLATES = (
    ("Normal examination", "Alert, no distress. Heart sounds normal, chest clear, abdomen soft. No oedema."),
    ("Advice for fever", "{patient}: plenty to drink, rest. Come back with fever for more than three days."),
    ("Follow-up of blood pressure", "{today}: home readings looked at together with {doctor}. Medicine taken daily."),
)


def last_touches(reception: Session, doctor: Session, persons: list[Person]) -> None:
    """A few prescriptions that wait, people without an appointment, and templates for notes."""
    for name, text in _TEMPLATES:
        NOTE_TEMPLATES.create(doctor, {"name": name, "text": text}, uuid4().hex)
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
    for person in [one for one in persons if not one.allergies][:_SIGNED]:
        prescribed = Prescribe(person.row["_id"], (line,), "Acute upper respiratory infection")
        PRESCRIPTIONS.sign(doctor, prescribed, uuid4().hex)


def _named(text: str) -> Query:
    return Query(text=text, limit=1)
