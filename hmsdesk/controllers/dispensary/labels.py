"""The labels of a hand-out: what was given, and how it is taken, in the language the patient reads."""

from __future__ import annotations

from datetime import date

from bson import ObjectId

from hmsdesk.controllers.dispensary.hand_outs import find
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.session import Session
from hmsdesk.errors import NotFound
from hmsdesk.models.dates import worded
from hmsdesk.models.medicines import counted
from hmsdesk.models.prescription_doses import HANDED_OUT, dose_words
from hmsdesk.models.row import Row
from hmsdesk.printing.labels import Label, LabelPaper, render

ARABIC = "ar"
_USE_BY = {"en": "Use by", ARABIC: "صالح حتى"}
_KEEP_AWAY = {"en": "Keep out of the reach of children.", ARABIC: "يُحفظ بعيدًا عن متناول الأطفال."}


def labels(session: Session, dispensation: ObjectId, language: str, paper: LabelPaper) -> bytes:
    """The labels of a hand-out as PDF, one for each medicine. language: en or ar.

    Raises NotAllowed, NotFound, Unreachable.
    """
    row = find(session, dispensation)
    if row is None or not row.get("lines"):
        raise NotFound("This hand-out is not here.", "Open the prescription again.")
    prescription = PRESCRIPTIONS.get(session, row["prescription"])
    patient = PATIENTS.get(session, row["patient"])
    with session.reading("practice") as collection:
        practice = collection.find_one({}) or {}
    names = _names(session, row, language)
    handed: dict[tuple[int, ObjectId], int] = {}
    for part in row["lines"]:
        key = (part["line"], part["medicine"])
        handed[key] = handed.get(key, 0) + part["quantity"]
    until = _until(session, row)
    day = session.locale.local(row["created_at"]).date()
    made = [
        Label(
            clinic=_in(language, practice),
            date=_day(day, language),
            patient=_in(language, patient),
            medicine=names[medicine],
            quantity=_counted(number, prescription["lines"][n - 1]["unit"], language),
            dose=dose_words(prescription["lines"][n - 1])[language == ARABIC],
            keep_away=f"{_KEEP_AWAY[language]} {_USE_BY[language]} {_day(until[n, medicine], language)}.",
            about=f"{prescription['number']} · {patient['identifier']}",
            rtl=language == ARABIC,
        )
        for (n, medicine), number in handed.items()
    ]
    return render(made, paper)


def _until(session: Session, row: Row) -> dict[tuple[int, ObjectId], date]:
    """Until when what was given can be used: of several lots, the one that expires first."""
    with session.reading("stock_lots") as lots:
        among = {"_id": {"$in": [part["lot"] for part in row["lines"]]}}
        expires = {lot["_id"]: date.fromisoformat(lot["expires"]) for lot in lots.find(among, ["expires"])}
    until: dict[tuple[int, ObjectId], date] = {}
    for part in row["lines"]:
        key = (part["line"], part["medicine"])
        until[key] = min(until.get(key, date.max), expires[part["lot"]])
    return until


def _names(session: Session, row: Row, language: str) -> dict[ObjectId, str]:
    """What each medicine that was given is called on its label."""
    names = {part["medicine"]: part["name"] for part in row["lines"]}
    if language != ARABIC:
        return names
    with session.reading("medicines") as medicines:
        known = {one["_id"]: one.get("name_ar") for one in medicines.find({"_id": {"$in": list(names)}}, ["name_ar"])}
    return {key: known.get(key) or name for key, name in names.items()}


def _in(language: str, row: Row) -> str:
    return str((row.get("name_ar") if language == ARABIC else "") or row["name"])


def _counted(number: int, unit: str, language: str) -> str:
    return HANDED_OUT[unit].in_arabic(number) if language == ARABIC else counted(number, unit)


def _day(day: date, language: str) -> str:
    return f"{day.day}/{day.month}/{day.year}" if language == ARABIC else worded(day)
