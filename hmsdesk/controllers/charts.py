"""The chart: everything about one patient that the role may know. Opening it leaves an entry in the trail.

However long the history is, the questions are the same few: what happened is fetched a page at a time (timeline).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.dispensary.hand_outs import withheld
from hmsdesk.controllers.invoices import balance
from hmsdesk.controllers.listing import COUNT_LIMIT, Count
from hmsdesk.controllers.patients import PATIENTS, PatientAndHealth
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.timeline import KINDS
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import CHECKED_IN, IN_CONSULTATION, WITH_NURSE
from hmsdesk.models.encounters import IN_PROGRESS
from hmsdesk.models.medication import LONGEST_DAYS, Taken, running
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ

# What a chart is made of: a change of any of these concerns it.
COLLECTIONS = (
    "patients",
    "patient_health",
    *(kind.resource for kind in KINDS),
    "encounter_notes",
    "prescription_cancellations",
    "waiting_list",
    "charges",
    "payments",
)
_MOST = 200


@dataclass(frozen=True)
class Chart(PatientAndHealth):
    """What the role may not read is empty or None.

    visit: the visit that is open, with the doctor's name. waiting: the appointment of somebody who is here, or in
    consultation, and whose visit hasn't begun. listed: what they are on the waiting list for. counts: how many records
    of each kind there are.
    """

    visit: Row | None = None
    waiting: Row | None = None
    medication: list[Taken] = field(default_factory=list)
    listed: list[Row] = field(default_factory=list)
    balance: Decimal | None = None
    counts: Mapping[str, Count] = field(default_factory=dict)


def open_chart(session: Session, patient: ObjectId) -> Chart:
    """The chart, once its opening is in the trail for good. Raises NotFound, NotAllowed, Unreachable."""
    return _around(session, PATIENTS.open_chart(session, patient))


def look_again(session: Session, patient: ObjectId) -> Chart:
    """A chart that is open already, as it stands now. Raises NotFound, NotAllowed, Unreachable."""
    return _around(session, PATIENTS.look_again(session, patient))


def _around(session: Session, known: PatientAndHealth) -> Chart:
    patient = known.patient["_id"]
    visit = open_visit(session, patient)
    return Chart(
        known.patient,
        known.health,
        visit=visit,
        waiting=next((row for row in _here(session, patient) if visit is None or row["_id"] != visit["_id"]), None),
        medication=medication(session, patient),
        listed=WAITING_LIST.waits_for(session, patient),
        balance=balance(session, patient),
        counts=_counts(session, patient),
    )


def _here(session: Session, patient: ObjectId) -> list[Row]:
    """The appointments of somebody who is in the house, the newest first."""
    if not session.may(APPOINTMENTS.resource, READ):
        return []
    asked = {"patient": patient, "status": {"$in": [CHECKED_IN, WITH_NURSE, IN_CONSULTATION]}}
    with session.reading(APPOINTMENTS.resource) as collection:
        rows = list(collection.find(asked).sort([("start", -1), ("_id", -1)]).limit(2))
    APPOINTMENTS.add_titles(session, rows)
    return rows


def open_visit(session: Session, patient: ObjectId) -> Row | None:
    """The visit that is going on, if whoever asks may know of it. Raises Unreachable."""
    if not session.may("encounters", READ):
        return None
    with session.reading("encounters") as collection:
        asked = {"patient": patient, "status": IN_PROGRESS}
        row: Row | None = collection.find_one(asked, sort=[("started_at", -1), ("_id", -1)])
    if row is not None:
        KEEPERS["encounters"].add_titles(session, [row])
    return row


def medication(session: Session, patient: ObjectId) -> list[Taken]:
    """What a patient is taking, as far as it was prescribed here and whoever asks may know. Raises Unreachable."""
    if not session.may(PRESCRIPTIONS.resource, READ):
        return []
    since = session.now() - timedelta(days=LONGEST_DAYS + 1)
    with session.reading(PRESCRIPTIONS.resource) as collection:
        asked = {"patient": patient, "issued_at": {"$gte": since}}
        # All in one answer: the server's first one has no more than a hundred otherwise.
        rows = list(collection.find(asked).sort([("issued_at", -1)]).limit(_MOST).batch_size(_MOST))
    gone = CANCELLATIONS.of(session, [row["_id"] for row in rows])
    why = withheld(session, [row["_id"] for row in rows])
    for row in rows:
        row.update(why.get(row["_id"], {}))
    return running((row for row in rows if row["_id"] not in gone), session.locale)


def _counts(session: Session, patient: ObjectId) -> dict[str, Count]:
    counts = {}
    for kind in KINDS:
        if session.may(kind.resource, READ):
            with session.reading(kind.resource) as collection:
                where, most = {"patient": patient, **kind.where}, COUNT_LIMIT + 1
                number = collection.count_documents(where, limit=most, hint=kind.counted)
            counts[kind.resource] = Count.of(number)
    return counts
