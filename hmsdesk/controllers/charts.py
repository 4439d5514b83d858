"""The chart: everything about one patient that the role may know. Opening it leaves an entry in the trail."""

from __future__ import annotations

from dataclasses import dataclass, field

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.session import Session
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import READ

# What a chart is made of: a change of any of these concerns it.
COLLECTIONS = ("patients", "patient_health", "appointments", "prescriptions", "dispensations")
_MOST = 100


@dataclass(frozen=True)
class Chart:
    """health is None where the role may not know it; the lists are empty where it may not read them."""

    patient: Row
    health: Row | None
    appointments: list[Row] = field(default_factory=list)
    prescriptions: list[Row] = field(default_factory=list)


def open_chart(session: Session, patient: ObjectId) -> Chart:
    """The chart, once its opening is in the trail for good. Raises NotFound, NotAllowed, Unreachable."""
    opened = PATIENTS.open_chart(session, patient)
    return _around(session, opened.patient, opened.health)


def look_again(session: Session, patient: ObjectId) -> Chart:
    """A chart that is open already, as it stands now."""
    row = PATIENTS.get(session, patient)
    return _around(session, row, PATIENTS.health(session, row))


def _around(session: Session, patient: Row, health: Row | None) -> Chart:
    may_see_prescriptions = session.may(PRESCRIPTIONS.resource, READ)
    prescriptions = PRESCRIPTIONS.of_patient(session, patient["_id"]) if may_see_prescriptions else []
    return Chart(patient, health, _appointments(session, patient["_id"]), prescriptions)


def _appointments(session: Session, patient: ObjectId) -> list[Row]:
    if not session.may(APPOINTMENTS.resource, READ):
        return []
    with session.reading(APPOINTMENTS.resource) as collection:
        rows = list(collection.find({"patient": patient}).sort([("start", -1), ("_id", -1)]).limit(_MOST))
    APPOINTMENTS.add_titles(session, rows)
    return rows
