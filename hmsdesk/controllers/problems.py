"""A diagnosis of a visit becomes one of the patient's problems."""

from __future__ import annotations

from bson import ObjectId

from hmsdesk.controllers.patients import HEALTH
from hmsdesk.database.session import Session
from hmsdesk.errors import Conflict, InvalidInput, NotFound, UserError
from hmsdesk.models.declaration import checked
from hmsdesk.models.patient_health import Condition
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.security.permissions import READ, UPDATE

_TRIES = 5


def add_problem(session: Session, patient: ObjectId, name: str, operation: str) -> bool:
    """Add a problem to what is known of a patient; False where it is known already.

    Raises InvalidInput, NotAllowed, NotFound, Unreachable.
    """
    session.require(HEALTH.resource, READ)
    session.require(HEALTH.resource, UPDATE)
    said = checked("name", Condition.name, name, session.locale)
    if said is None:
        raise InvalidInput({"name": "Which problem is it?"})
    for _ in range(_TRIES):
        health = _health(session, patient)
        conditions = health.get("conditions", [])
        if any(fold(one["name"]) == fold(said) and one.get("status") != "resolved" for one in conditions):
            return False
        more = [*conditions, {"name": said, "status": "active"}]
        try:
            HEALTH.change(session, patient, health["version"], {"conditions": more}, operation)
        except Conflict:
            continue
        return True
    raise UserError("Somebody else was changing the same.", "Nothing was saved. Please try again.")


def _health(session: Session, patient: ObjectId) -> Row:
    with session.reading(HEALTH.resource) as collection:
        row: Row | None = collection.find_one({"_id": patient})
    if row is None:
        raise NotFound("This chart is not here.", "It may have been removed meanwhile.")
    return row
