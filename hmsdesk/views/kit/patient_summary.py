"""What the patient banner says, from a patient's records."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from hmsdesk.models.allergies import allergy_state
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import worded
from hmsdesk.models.patient_health import SEVERE
from hmsdesk.models.patients import age, born, sex
from hmsdesk.models.row import Row
from hmsdesk.models.times import time_or_day
from hmsdesk.views.kit.banner import Allergy, PatientSummary
from hmsdesk.views.kit.chips import Status


def summary_of(
    patient: Row,
    health: Row | None,
    locale: Locale,
    visit: tuple[str, str] | None = None,
    balance: Decimal | None = None,
) -> PatientSummary:
    """The banner's words. health: None where the role may not know it. visit: since when and with whom, if any.

    balance: what is to be paid, None where the role may not know it.
    """
    return PatientSummary(
        name=patient["name"],
        patient_id=patient["identifier"],
        age=age(patient.get("birth_date"), locale.today()) or "age not known",
        sex=sex(patient),
        born=born(patient) or "not known",
        other_name=patient.get("name_ar", ""),
        extras=(f"blood {health['blood_type']}",) if health and health.get("blood_type") else (),
        allergy_state=allergy_state(health),
        allergies=tuple(_allergy(one) for one in (health or {}).get("allergies", ())),
        alerts=(Status(patient["alerts"], "warning", "alert-outline"),) if patient.get("alerts") else (),
        visit=visit,
        balance="" if balance is None else worded(balance, locale.currency),
        owes=bool(balance),
    )


def visit_words(visit: Row | None, locale: Locale) -> tuple[str, str] | None:
    """Since when a visit is going on, and with whom; None where there is none."""
    return going_on(visit, visit["started_at"], locale) if visit else None


def going_on(row: Row, began: datetime, locale: Locale) -> tuple[str, str]:
    """The same of whatever has begun, as a consultation whose visit one may not read."""
    return f"Since {time_or_day(began, locale, locale.today())}", str(row.get("practitioner:title", ""))


def _allergy(one: Row) -> Allergy:
    severe = "severe" if one.get("criticality") == SEVERE else ""
    since = one.get("since", "")[:4]
    return Allergy(one["substance"], ", ".join(part for part in (severe, one.get("reaction", ""), since) if part))
