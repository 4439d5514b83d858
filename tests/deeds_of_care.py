"""What is typed by who treats, and by who sets the practice up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from hmsdesk.controllers import diagnosis_codes, note_templates, problems, starter
from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.encounter_notes import ADDENDA, NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS, Doing
from hmsdesk.controllers.enrolment import checked
from hmsdesk.controllers.letterhead import change_letterhead
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_paper import draft
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.recovery import recover
from hmsdesk.models.accounts import Account
from hmsdesk.models.encounter_notes import Addendum, EncounterNote
from hmsdesk.models.encounters import DoneService
from hmsdesk.models.observations import Observation
from hmsdesk.models.patient_health import Condition
from hmsdesk.models.practice import Practice
from hmsdesk.models.prescriptions import PrescribedLine, Prescription, PrescriptionCancellation
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import WEEKDAYS, Hours
from hmsdesk.models.services import Service
from hmsdesk.models.staff import StaffMember
from hmsdesk.models.workstations import Workstation
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD
from tests.consulting import WRITTEN
from tests.deeds import IDS, MOMENTS, World, deed, of
from tests.factories import code, letters, operation
from tests.prescribing import line
from tests.typing_anything import ANY_TEXT, ANYTHING, typed, values_of

Does = Callable[..., Any]

# Visits


@deed(
    "encounters.Encounters.set_services",
    {"label": None, "quantity": 1},
    {"service": IDS} | of(DoneService, "quantity", "waived"),
    also=("services",),
)
def _set_services(world: World) -> Does:
    visit = world.consulting.begun()
    right = world.consulting.service("ECG", "120")["_id"]

    def set_services(service: Any = right, label: Any = None, **done: Any) -> Row:
        return ENCOUNTERS.set_services(
            world.doctor, visit["_id"], visit["version"], [Doing(service, **done)], operation()
        )

    return set_services


@deed("encounters.Encounters.close", WRITTEN, values_of(EncounterNote))
def _close(world: World) -> Does:
    visit = world.consulting.begun()
    return lambda **written: ENCOUNTERS.close(world.doctor, visit["_id"], 1, written, operation())


@deed("encounter_notes.EncounterNotes.change", WRITTEN, values_of(EncounterNote))
def _write(world: World) -> Does:
    visit = world.consulting.begun()
    return lambda **written: NOTES.change(world.doctor, visit["_id"], 1, written, operation())


@deed("encounter_notes.Addenda.add", {"text": "The result came."}, of(Addendum, "text"))
def _add(world: World) -> Does:
    visit = world.consulting.closed()
    return lambda text: ADDENDA.add(world.doctor, visit["_id"], text, operation())


@deed(
    "observations.Observations.record_vitals",
    lambda world: {"systolic": "128", "diastolic": "82"},
    {name: one for name, one in values_of(Observation).items() if name not in ("patient", "appointment")}
    | {"at": MOMENTS},
)
def _measure(world: World) -> Does:
    patient = world.billing.patient()

    def measure(at: Any = None, **values: Any) -> Row:
        return OBSERVATIONS.record_vitals(world.nurse, patient["_id"], values, operation(), at=at)

    return measure


@deed(
    "observations.Observations.mark_in_error",
    {"reason": "Another patient"},
    of(Observation, reason="error_reason"),
    also=("error_reason",),
)
def _in_error(world: World) -> Does:
    row = OBSERVATIONS.record_vitals(world.nurse, world.billing.patient()["_id"], {"pain": "3"}, operation())
    return lambda reason: OBSERVATIONS.mark_in_error(world.nurse, row["_id"], 1, reason, operation())


CONTENTS = st.one_of(
    st.sampled_from([b"", b"%PDF-1.4 x", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"plain", b"\xff\xfe", b"MZ\x90", b"<html>"]),
    st.binary(max_size=60),
)


@deed(
    "documents.Documents.add",
    lambda world: {"patient": world.patient["_id"], "name": "ECG.pdf", "content": b"%PDF-1.4 x"},
    {"patient": IDS, "encounter": IDS, "content": CONTENTS, "name": ANY_TEXT},
)
def _attach(world: World) -> Does:
    return lambda **given: DOCUMENTS.add(world.doctor, NewFile(**given), operation())


@deed("problems.add_problem", {"name": "Gout"}, of(Condition, "name"), also=("conditions",))
def _add_problem(world: World) -> Does:
    patient = world.billing.patient()
    return lambda name: problems.add_problem(world.doctor, patient["_id"], name, operation())


@deed("diagnosis_codes.find", {"typed": "diab"}, {"typed": ANY_TEXT}, reads=True)
def _find_code(world: World) -> Does:
    return diagnosis_codes.find


@deed("note_templates.for_section", {"section": "plan"}, {"section": ANY_TEXT}, reads=True)
def _for_section(world: World) -> Does:
    return lambda section: note_templates.for_section(world.doctor, section)


# Prescriptions


@deed(
    "prescriptions.Prescriptions.sign",
    lambda world: {"patient": world.patient["_id"]},
    {"patient": IDS, "encounter": IDS, "overrides": typed(Prescription.overrides)}
    | of(Prescription, "diagnosis", "advice")
    | of(PrescribedLine, "medicine", "dose", "route", "frequency", "days", "quantity", "instructions", "substitution"),
    also=("lines",),
)
def _sign(world: World) -> Does:
    right = line(world.practice.medicine())
    of_line = set(right) | {"instructions", "substitution"}

    def sign(**given: Any) -> Row:
        asked = right | {name: value for name, value in given.items() if name in of_line}
        others = {name: value for name, value in given.items() if name not in of_line}
        return PRESCRIPTIONS.sign(world.practice.doctor, Prescribe(lines=(asked,), **others), operation())

    return sign


@deed(
    "prescription_cancellations.Cancellations.cancel",
    {"reason": "The patient is pregnant"},
    of(PrescriptionCancellation, "reason"),
)
def _cancel(world: World) -> Does:
    row = world.practice.sign(line(world.practice.medicine()))
    return lambda reason: CANCELLATIONS.cancel(world.practice.doctor, row["_id"], reason, operation())


@deed(
    "prescription_paper.draft",
    {"diagnosis": "Gout"},
    {"diagnosis": ANY_TEXT, "advice": ANY_TEXT},
    reads=True,
)
def _draft(world: World) -> Does:
    signed = world.practice.sign(line(world.practice.medicine()))
    return lambda **notes: draft(world.practice.doctor, world.patient["_id"], signed, notes, "A5")


@deed(
    "prescriptions.Prescriptions.check",
    {"content": b"x", "signature": b"x" * 64},
    {"content": st.binary(max_size=80), "signature": st.binary(max_size=70)},
    reads=True,
)
def _check(world: World) -> Does:
    return lambda content, signature: PRESCRIPTIONS.check(world.pharmacist, content, signature)


# Setting up


@deed("starter.add_services", {"price": "350"}, of(Service, "price"), also=("name", "code"))
def _add_services(world: World) -> Does:
    # One that another example made is there already, which is refused too.
    return lambda price: starter.add_services(world.administrator, {"ECG": price})


@deed(
    "starter.begin",
    lambda world: {"doctor": f"Dr {uuid4().hex[:6]}", "opens": "09:00", "closes": "15:00", "day": "sun"},
    of(StaffMember, doctor="name")
    | of(Hours, opens="starts", closes="ends")
    | {"day": st.one_of(st.sampled_from([day for day, _ in WEEKDAYS]), ANYTHING)},
    also=("name", "hours"),
)
def _begin(world: World) -> Does:
    def begin(doctor: Any, opens: Any, closes: Any, day: Any) -> None:
        starter.begin(world.administrator, starter.Start((), None, [day], opens, closes, [doctor]))

    return begin


@deed(
    "accounts.Owner.create",
    lambda world: {"name": "Mona Adel", "email": f"{code()}@nileclinic.example"},
    of(Account, "name", "email", "staff"),
    also=("person",),
)
def _create_account(world: World) -> Does:
    def create(staff: Any = None, **values: Any) -> str:
        known = values | ({"person": staff} if staff is not None else {})
        return str(world.clinic.owner.create(known, [Role.NURSE]))

    return create


@deed(
    "enrolment.checked",
    lambda world: {"name": f"Desk {code()}", "prefix": letters()},
    values_of(Workstation),
    reads=True,
)
def _invite(world: World) -> Does:
    return lambda **values: checked(world.administrator, values)


@deed(
    "accounts.Owner.create_active",
    lambda world: {"name": "Mona Adel", "email": f"{code()}@nileclinic.example", "password": PASSWORD},
    of(Account, "name", "email") | {"password": ANY_TEXT},
)
def _create_active(world: World) -> Does:
    def create(password: str, **values: Any) -> None:
        world.clinic.owner.create_active(values, [Role.NURSE], password)

    return create


@deed(
    "accounts.Owner.rename",
    lambda world: {"name": "Mona Adel", "email": f"{code()}@nileclinic.example"},
    of(Account, "name", "email"),
)
def _rename(world: World) -> Does:
    hired = world.clinic.hire(Role.NURSE)
    return lambda name, email: world.clinic.owner.rename(hired.person, name, email)


@deed(
    "letterhead.change_letterhead",
    {"address": "22 Mossadak St"},
    of(Practice, "name", "name_ar", "address", "address_ar", "phone", "country", "currency"),
)
def _letterhead(world: World) -> Does:
    return lambda **values: change_letterhead(world.clinic.owner, values)


@deed(
    "sign_in.Door.sign_in",
    {"email": "nobody@nileclinic.example", "password": "x"},
    {"email": ANY_TEXT, "password": ANY_TEXT},
    reads=True,
)
def _sign_in(world: World) -> Does:
    return lambda email, password: world.clinic.door.sign_in(f"{code()}{email}", password)


@deed(
    "sign_in.Door.change_password",
    {"old": PASSWORD, "new": "seven warm lentil cups"},
    {"new": ANY_TEXT},
    also=("new_password",),
)
def _change_password(world: World) -> Does:
    hired = world.clinic.hire(Role.NURSE)
    session = world.clinic.door.sign_in(hired.email, PASSWORD)
    world.clinic._sessions[hired.email] = session
    return lambda old, new: world.clinic.door.change_password(session, old, new)


@deed(
    "recovery.recover",
    {"recovery": "AAAA", "email": "x", "new": "seven warm lentil cups"},
    {"recovery": ANY_TEXT, "email": ANY_TEXT, "new": ANY_TEXT},
    also=("code", "password"),
    reads=True,
)
def _recover(world: World) -> Does:
    return lambda recovery, email, new: recover(world.clinic.door, recovery, email, new)
