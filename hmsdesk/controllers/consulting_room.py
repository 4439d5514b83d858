"""What a doctor sees around a visit: the patient, what is prescribed, the files, and the visits before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bson import ObjectId

from hmsdesk.controllers.charts import medication
from hmsdesk.controllers.documents import DOCUMENTS
from hmsdesk.controllers.encounters import ENCOUNTERS, Visit
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import PATIENTS, PatientAndHealth
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.session import Session
from hmsdesk.errors import NotFound
from hmsdesk.models.medication import Taken
from hmsdesk.models.observations import FINAL
from hmsdesk.models.prescription_doses import dose_words
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE

# What the page is made of: a change of any of these concerns it.
COLLECTIONS = (
    "encounters",
    "encounter_notes",
    "addenda",
    "documents",
    "patients",
    "patient_health",
    "prescriptions",
    "prescription_cancellations",
    "dispensations",
    "observations",
)


@dataclass(frozen=True)
class Room:
    """One visit and all that is around it.

    medication: what is being taken, as far as it was prescribed here. vitals: what was measured on its day, or today
    while it is open, for whatever appointment or none, the oldest first. earlier: the visits before it with their
    notes, the newest first.
    """

    visit: Visit
    known: PatientAndHealth
    medication: list[Taken]
    vitals: list[Row]
    documents: list[Row]
    earlier: list[tuple[Row, Row]]


def enter(session: Session, visit: ObjectId, operation: str) -> Room:
    """A visit to be worked at, once its opening is in the trail; that of an appointment begins now if it has none.

    Raises NotFound, NotAllowed, UserError for who isn't checked in, Unreachable.
    """
    try:
        opened = ENCOUNTERS.open(session, visit)
    except NotFound:
        if not session.may(ENCOUNTERS.resource, CREATE):
            raise
        ENCOUNTERS.begin(session, visit, operation)
        opened = ENCOUNTERS.open(session, visit)
    return _around(session, opened, PATIENTS.open_chart(session, opened.encounter["patient"]))


def look_again(session: Session, visit: ObjectId) -> Room:
    """A visit that is open already, as it stands now. Raises NotFound, NotAllowed, Unreachable."""
    opened = ENCOUNTERS.look_again(session, visit)
    return _around(session, opened, PATIENTS.look_again(session, opened.encounter["patient"]))


def prescribed_in(session: Session, visit: Row) -> list[str]:
    """What was prescribed in a visit and not taken back, a line for each medicine. Raises NotAllowed, Unreachable."""
    rows = PRESCRIPTIONS.of_patient(session, visit["patient"])
    written = (row for row in rows if row.get("encounter") == visit["_id"] and "cancelled" not in row)
    return [f"{line['name']}. {dose_words(line)[0]}" for row in written for line in row["lines"]]


def _around(session: Session, visit: Visit, known: PatientAndHealth) -> Room:
    patient = known.patient["_id"]
    return Room(
        visit,
        known,
        medication(session, patient),
        _measured_then(session, known.patient, visit.encounter),
        DOCUMENTS.of_patient(session, patient),
        [pair for pair in ENCOUNTERS.of_patient(session, patient) if _is_before(pair[0], visit.encounter)],
    )


def _measured_then(session: Session, patient: Row, visit: Row) -> list[Row]:
    """From the day on which a visit began to that on which it was closed; while it is open, today's only: what was
    measured the day before is not how the patient is now.
    """

    def day(moment: datetime) -> date:
        return session.locale.local(moment).date()

    ended = visit.get("ended_at")
    first, last = (day(visit["started_at"]), day(ended)) if ended else (day(session.now()),) * 2
    rows = OBSERVATIONS.known(session, patient).rows
    return [row for row in rows if row["status"] == FINAL and first <= day(row["at"]) <= last]


def _is_before(one: Row, visit: Row) -> bool:
    return bool(one["_id"] != visit["_id"] and one["started_at"] <= visit["started_at"])
