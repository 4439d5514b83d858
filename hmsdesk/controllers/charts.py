"""The chart: everything about one patient that the role may know. Opening it leaves an entry in the trail."""

from __future__ import annotations

from dataclasses import dataclass, field

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.patients import PATIENTS, PatientAndHealth
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.session import Session
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import READ

# What a chart is made of: a change of any of these concerns it.
COLLECTIONS = (
    "patients",
    "patient_health",
    "appointments",
    "prescriptions",
    "prescription_cancellations",
    "dispensations",
)
_MOST = 100


@dataclass(frozen=True)
class Chart(PatientAndHealth):
    """The lists are empty where the role may not read them."""

    appointments: list[Row] = field(default_factory=list)
    prescriptions: list[Row] = field(default_factory=list)


def open_chart(session: Session, patient: ObjectId) -> Chart:
    """The chart, once its opening is in the trail for good. Raises NotFound, NotAllowed, Unreachable."""
    return _around(session, PATIENTS.open_chart(session, patient))


def look_again(session: Session, patient: ObjectId) -> Chart:
    """A chart that is open already, as it stands now. Raises NotFound, NotAllowed, Unreachable."""
    return _around(session, PATIENTS.look_again(session, patient))


def _around(session: Session, known: PatientAndHealth) -> Chart:
    patient = known.patient["_id"]
    may_see_prescriptions = session.may(PRESCRIPTIONS.resource, READ)
    prescriptions = PRESCRIPTIONS.of_patient(session, patient) if may_see_prescriptions else []
    return Chart(known.patient, known.health, _appointments(session, patient), prescriptions)


def _appointments(session: Session, patient: ObjectId) -> list[Row]:
    if not session.may(APPOINTMENTS.resource, READ):
        return []
    with session.reading(APPOINTMENTS.resource) as collection:
        rows = list(collection.find({"patient": patient}).sort([("start", -1), ("_id", -1)]).limit(_MOST))
    APPOINTMENTS.add_titles(session, rows)
    return rows
