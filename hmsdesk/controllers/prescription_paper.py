"""A prescription's page: its record and those around it, put into the words that are printed."""

from __future__ import annotations

from collections.abc import Mapping
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
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.printing.heading import PatientBox, PrescriberLine
from hmsdesk.printing.paper import SizeName
from hmsdesk.printing.prescription import PaperLine, PrescriptionPaper, render

NO_SUBSTITUTION = "Do not substitute. · لا يُستبدل."


def page(session: Session, prescription: Row, size: SizeName, *, copy: str = "") -> bytes:
    """The PDF of a signed prescription. copy: how it says that it isn't the original, if it isn't.

    One that is cancelled says so across the page, and has no code.
    """
    patient = as_signed(PATIENTS.get(session, prescription["patient"]), prescription)
    issued = session.locale.local(prescription["issued_at"]).date()
    paper = _paper(session, patient, prescription["practitioner"], prescription, issued)
    return render(
        PrescriptionPaper(
            **paper,
            issued=worded(issued),
            diagnosis=prescription.get("diagnosis", ""),
            advice=prescription.get("advice", ""),
            number=prescription["number"],
            valid_until=worded(prescription["valid_until"]),
            signed_at=day_and_time(prescription["issued_at"], session.locale),
            code=None if prescription.get("cancelled") else PRESCRIPTIONS.code(prescription),
            copy=copy,
            next_visit=_next_visit(session, prescription),
            across="CANCELLED" if prescription.get("cancelled") else "",
        ),
        size,
    )


def draft(
    session: Session, patient: ObjectId, written: Mapping[str, Any], notes: Mapping[str, str], size: SizeName
) -> bytes:
    """The PDF of what is being written: a draft, without a code.

    written: the `lines` that are complete, the `overrides` and, by their numbers, what `waits` for a decision.
    """
    today = session.locale.today()
    paper = _paper(session, PATIENTS.get(session, patient), session.identity.member, written, today)
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
    session: Session, patient: Row, prescriber: ObjectId, written: Mapping[str, Any], issued: date
) -> dict[str, Any]:
    return {
        "letterhead": letterhead(session),
        "prescriber": _prescriber(member(session, prescriber) or {}),
        "patient": _patient_box(session, patient, issued),
        "lines": tuple(_line(n, line, written) for n, line in enumerate(written["lines"], start=1)),
    }


def _next_visit(session: Session, prescription: Row) -> str:
    moment = prescription.get("next_visit")
    return day_and_time(moment, session.locale) if moment else ""


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


def _line(number: int, line: Mapping[str, Any], written: Mapping[str, Any]) -> PaperLine:
    english, arabic = dose_words(line)
    marks = [NO_SUBSTITUTION] if line.get("substitution") is False else []
    intended = [one["about"] for one in written.get("overrides") or () if one["line"] == number]
    marks += [f"Known and intended: {', '.join(dict.fromkeys(intended))}."] if intended else []
    return PaperLine(
        line["name"],
        line["quantity"],
        UNITS[line["unit"]][0],
        english,
        arabic,
        marks=tuple(marks),
        waits=number in written.get("waits", ()),
    )
