"""What was done for prescriptions, as it is kept."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping, add_authors
from hmsdesk.database.questions import Question
from hmsdesk.database.session import Session
from hmsdesk.models.dispensations import HANDED_OUT, REFUSED, SET_ASIDE, TAKEN_BACK, Dispensation, Standing, standing
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ

DISPENSATIONS = Keeping(Dispensation)
_EARLIER = 20


def done_for(session: Session, prescriptions: Sequence[ObjectId]) -> dict[ObjectId, list[Row]]:
    """What was done for each prescription, in the order of the turns. Raises NotAllowed, Unreachable."""
    found: dict[ObjectId, list[Row]] = {one: [] for one in prescriptions}
    asked = done_question(prescriptions)
    with session.reading(DISPENSATIONS.resource) as collection:
        for row in collection.find(asked.where).sort(list(asked.order)):
            found[row["prescription"]].append(row)
    return found


def done_question(prescriptions: Sequence[ObjectId]) -> Question:
    """What was done for prescriptions, in the order of the turns."""
    where = {"prescription": {"$in": list(prescriptions)}}
    return Question(DISPENSATIONS.resource, where, order=(("prescription", 1), ("turn", 1)))


def history(session: Session, prescription: ObjectId) -> list[Row]:
    """What was done for one prescription, by whom (`created_by:title`), the first first.

    Raises NotAllowed, Unreachable.
    """
    rows = done_for(session, [prescription])[prescription]
    add_authors(session, rows)
    return rows


def withheld(session: Session, prescriptions: Sequence[ObjectId]) -> dict[ObjectId, Row]:
    """Prescription -> why nothing of it is handed out, for those the dispensary refuses (`refused`) or, with nothing
    handed out, has set aside (`set_aside`). Raises Unreachable.
    """
    if not session.may(DISPENSATIONS.resource, READ):
        return {}
    with session.reading(DISPENSATIONS.resource) as collection:
        where = {"prescription": {"$in": list(prescriptions)}, "kind": {"$in": [REFUSED, SET_ASIDE]}}
        maybe = list({row["prescription"] for row in collection.find(where, ["prescription"])})
    return {one: _why(standing(done)) for one, done in done_for(session, maybe).items()} if maybe else {}


def _why(now: Standing) -> Row:
    if now.refusal:
        return {"refused": now.refusal["reason"]}
    return {"set_aside": now.aside["reason"]} if now.aside and not now.hand_outs else {}


def handed_to(session: Session, patient: ObjectId) -> list[Row]:
    """The latest hand-outs to a patient that were not taken back, the newest first. Raises NotAllowed, Unreachable."""
    with session.reading(DISPENSATIONS.resource) as collection:
        rows = list(collection.find({"patient": patient}).sort([("created_at", -1)]).limit(_EARLIER))
    undone = {row["takes_back"] for row in rows if row["kind"] == TAKEN_BACK}
    return [row for row in rows if row["kind"] == HANDED_OUT and row["_id"] not in undone]


def find(session: Session, dispensation: ObjectId) -> Row | None:
    """One of them; None where there is none. Raises NotAllowed, Unreachable."""
    with session.reading(DISPENSATIONS.resource) as collection:
        row: Row | None = collection.find_one({"_id": dispensation})
    return row
