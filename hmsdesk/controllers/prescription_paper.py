"""A prescription's page: its record and those around it, put into the words that are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.letterhead import letterhead
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, as_signed
from hmsdesk.controllers.staff import member
from hmsdesk.database.session import Session
from hmsdesk.models.allergies import ALLERGY_WORDS, allergy_state
from hmsdesk.models.dates import worded
from hmsdesk.models.medicines import UNITS
from hmsdesk.models.patients import Patient, age
from hmsdesk.models.prescription_doses import dose_words
from hmsdesk.models.prescriptions import valid_until
from hmsdesk.models.record import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.printing.heading import PatientBox, PrescriberLine
from hmsdesk.printing.paper import SizeName
from hmsdesk.printing.prescription import PaperLine, PrescriptionPaper, render


def page(session: Session, prescription: Row, size: SizeName, *, copy: bool = False) -> bytes:
    """The PDF of a signed prescription. copy: it was printed before, and says so."""
    patient = as_signed(PATIENTS.get(session, prescription["patient"]), prescription)
    issued = session.locale.local(prescription["issued_at"]).date()
    paper = _paper(session, patient, prescription["practitioner"], prescription["lines"], issued)
    return render(
        PrescriptionPaper(
            **paper,
            issued=worded(issued),
            diagnosis=prescription.get("diagnosis", ""),
            advice=prescription.get("advice", ""),
            number=prescription["number"],
            valid_until=worded(prescription["valid_until"]),
            signed_at=day_and_time(prescription["issued_at"], session.locale),
            code=PRESCRIPTIONS.code(prescription),
            copy=copy,
        ),
        size,
    )


def draft(
    session: Session, patient: ObjectId, lines: Sequence[Mapping[str, Any]], notes: Mapping[str, str], size: SizeName
) -> bytes:
    """The PDF of what is being written: a draft, without a code. lines: those that are complete."""
    today = session.locale.today()
    paper = _paper(session, PATIENTS.get(session, patient), session.identity.person, lines, today)
    return render(
        PrescriptionPaper(
            **paper,
            issued=worded(today),
            diagnosis=notes.get("diagnosis", ""),
            advice=notes.get("advice", ""),
            valid_until=worded(valid_until(today)),
        ),
        size,
    )


def _paper(
    session: Session, patient: Row, prescriber: ObjectId, lines: Sequence[Mapping[str, Any]], issued: date
) -> dict[str, Any]:
    return {
        "letterhead": letterhead(session),
        "prescriber": _prescriber(member(session, prescriber) or {}),
        "patient": _patient_box(session, patient, issued),
        "lines": tuple(_line(line) for line in lines),
    }


def _prescriber(row: Row) -> PrescriberLine:
    return PrescriberLine(
        name=row.get("name", ""),
        name_ar=row.get("name_ar", ""),
        specialty=row.get("specialty", ""),
        specialty_ar=row.get("specialty_ar", ""),
        qualification=row.get("qualification", ""),
        qualification_ar=row.get("qualification_ar", ""),
        licence=row.get("licence", ""),
    )


def _patient_box(session: Session, patient: Row, issued: date) -> PatientBox:
    health = PATIENTS.health(session, patient)
    substances = ", ".join(one["substance"] for one in (health or {}).get("allergies", ()))
    born = patient.get("birth_date")
    return PatientBox(
        name=patient["name"],
        name_ar=patient.get("name_ar", ""),
        identifier=patient["identifier"],
        birth=worded(born) if born else "",
        age=age(born, issued),
        sex=Patient.gender.show(patient["gender"], session.locale).lower(),
        allergies=substances or ALLERGY_WORDS[allergy_state(health)],
    )


def _line(line: Mapping[str, Any]) -> PaperLine:
    english, arabic = dose_words(line)
    return PaperLine(line["name"], line["quantity"], UNITS[line["unit"]][0], english, arabic)
