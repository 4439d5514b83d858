"""Refusing a prescription, setting one aside, and taking back: nothing is deleted, but entered against."""

from __future__ import annotations

from functools import partial

from bson import ObjectId

from hmsdesk.controllers import charges
from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS, done_for, find
from hmsdesk.controllers.dispensary.handing_out import insert, overtaken, still_open
from hmsdesk.controllers.dispensary.opening import OpenedPrescription, look_again
from hmsdesk.controllers.stock.ledger import move
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import Conflict, NotFound, UserError
from hmsdesk.models.dispensations import ASIDE, HANDED_OUT, REFUSE, REFUSED, SET_ASIDE, TAKEN_BACK, standing
from hmsdesk.models.row import Row
from hmsdesk.models.stock import RETURNED
from hmsdesk.security.permissions import CREATE

TAKE_BACK = "take hand-out back"
BROUGHT_BACK = "Back in the queue"


def refuse(session: Session, seen: OpenedPrescription, reason: str, operation: str) -> Row:
    """Hand nothing (more) out for a prescription; its doctor reads why.

    Raises InvalidInput (`reason`), Conflict where something was done for it meanwhile, NotAllowed.
    """
    return _withhold(session, seen, {"kind": REFUSED, "reason": reason}, REFUSE, operation)


def set_aside(session: Session, seen: OpenedPrescription, reason: str, operation: str) -> Row:
    """Let nobody wait for a prescription any more; its doctor reads why. It can still be handed out.

    Raises InvalidInput (`reason`), Conflict where something was done for it meanwhile, NotAllowed.
    """
    return _withhold(session, seen, {"kind": SET_ASIDE, "reason": reason}, ASIDE, operation)


def bring_back(session: Session, aside: ObjectId, operation: str) -> Row:
    """Let a prescription that was set aside wait again, which it may do already.

    Raises Conflict where something else was done for it meanwhile, NotAllowed, NotFound.
    """
    try:
        return take_back(session, aside, BROUGHT_BACK, operation)
    except Conflict:
        prescription = (find(session, aside) or {})["prescription"]
        done = done_for(session, [prescription])[prescription]
        back = next((row for row in done if row.get("takes_back") == aside), None)
        if back is None:
            raise
        return back


def _withhold(session: Session, seen: OpenedPrescription, values: Row, action: str, operation: str) -> Row:
    session.require(DISPENSATIONS.resource, CREATE)

    def work(work: Work) -> Row:
        return insert(session, work, now, values, owed=False, action=action)

    try:
        now = still_open(session, seen)
        return write(session, operation, work)
    except (Repeated, Taken, UserError) as problem:
        return _done_already(session, operation, seen, problem)


def take_back(session: Session, dispensation: ObjectId, reason: str, operation: str) -> Row:
    """Undo a hand-out of today, whose medicines are on the shelf again, a refusal, or that it was set aside.

    The medicines go back to their lots and what was charged for them isn't to be paid. Raises InvalidInput (`reason`),
    UserError where it is too late or billed, Conflict where it was taken back meanwhile, NotAllowed, NotFound.
    """
    session.require(DISPENSATIONS.resource, CREATE)
    undone = find(session, dispensation)
    if undone is None:
        raise NotFound("This hand-out is not here.", "Open the prescription again.")
    opened = look_again(session, undone["prescription"])
    try:
        _check(session, undone, opened)
        return write(session, operation, partial(_take_back, session, undone, opened, reason))
    except (Repeated, Taken, UserError) as problem:
        return _done_already(session, operation, opened, problem)


def may_take_back(session: Session, row: Row) -> bool:
    """Whether it is early enough: a hand-out on its own day, anything else at any time."""
    day = session.locale.local(row["created_at"]).date()
    return bool(row["kind"] in (REFUSED, SET_ASIDE) or (row["kind"] == HANDED_OUT and day == session.locale.today()))


def _check(session: Session, undone: Row, opened: OpenedPrescription) -> None:
    if opened.prescription is None:
        raise UserError(opened.title, opened.explained)
    if undone["_id"] not in standing(opened.done).holding:
        aside = undone["kind"] == SET_ASIDE
        title = "This is not set aside any more." if aside else "This was taken back already."
        raise Conflict(title, "Look at what is owed now.", opened.prescription)
    if not may_take_back(session, undone):
        raise UserError(
            "It is too late to take this back.",
            "A hand-out is taken back on its own day. Correct the stock under Lots and expiry.",
        )


def _take_back(session: Session, undone: Row, opened: OpenedPrescription, reason: str, work: Work) -> Row:
    note = (opened.prescription or {})["number"]
    for part in undone.get("lines", ()):
        move(session, work, part["lot"], RETURNED, part["quantity"], note=note, action=TAKE_BACK)
    charges.take_back(work, undone["_id"])
    values = {"kind": TAKEN_BACK, "reason": reason}
    return insert(session, work, opened, values, owed=True, action=TAKE_BACK, takes_back=undone["_id"])


def _done_already(session: Session, operation: str, seen: OpenedPrescription, problem: Exception) -> Row:
    """What this operation did before, whose answer was lost; raises what was wrong where it did nothing."""
    done = find(session, record_id(operation))
    if done is not None:
        return done
    if isinstance(problem, Taken):
        raise overtaken(seen.prescription or {})
    raise problem
