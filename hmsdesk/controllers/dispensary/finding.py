"""Finding a prescription whose page isn't there: by the patient's name, or by a part of the number that was spoken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hmsdesk.controllers.dispensary.hand_outs import done_for
from hmsdesk.controllers.dispensary.opening import OpenedPrescription, open_code, open_prescription
from hmsdesk.controllers.dispensary.queue import say_who
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.session import Session
from hmsdesk.errors import NotFound
from hmsdesk.models.dispensations import standing
from hmsdesk.models.prescription_code import PREFIX
from hmsdesk.models.prescriptions import VALID_DAYS, is_in_number
from hmsdesk.models.row import Row

MOST = 20
_MOST_PEOPLE = 50
# Among so many of theirs is looked for what can still be handed out.
_MOST_OF_PEOPLE = 400
# What is older can't be handed out any more, but may be asked about.
_LOOKED_BACK = timedelta(days=3 * VALID_DAYS)


@dataclass(frozen=True)
class Found:
    """A prescription that was found, and the day it was signed.

    state: a word for what became of it; empty where it may be handed out.
    """

    prescription: Row
    signed: date
    state: str


def open_or_find(session: Session, typed: str) -> OpenedPrescription | list[Found]:
    """What a code or number opens; else the prescriptions a name or the end of a number finds, as `find` does.

    Raises NotAllowed, NotFound, Unreachable.
    """
    try:
        return open_code(session, typed)
    except NotFound:
        found = [] if PREFIX in typed.upper() else find(session, typed)
        if not found and not any(letter.isdigit() for letter in typed):
            raise NotFound(
                "Nobody of this name has a prescription here.",
                "Check the spelling, or type the number under the code.",
            ) from None
        if not found:
            raise
    (first, *more) = found
    bare = typed.strip().upper()
    if not more and first.prescription["number"].endswith(f"-{bare}"):
        return open_prescription(session, first.prescription["_id"])
    return found


def find(session: Session, typed: str) -> list[Found]:
    """The prescriptions of a number's end, or of whom a name, phone number or patient ID finds.

    What can still be handed out comes first, then the newest. Each says who the patient is, as `say_who` does.
    Raises NotAllowed, NotFound where too many people are found, Unreachable.
    """
    rows = PRESCRIPTIONS.page(session, Query(text=typed, order="issued_at", descending=True, limit=MOST)).rows
    rows = [row for row in rows if is_in_number(row["number"], typed)] or _of_people(session, typed)
    done = done_for(session, [row["_id"] for row in rows])
    today = session.locale.today().isoformat()
    states = {row["_id"]: _state(row, done[row["_id"]], today) for row in rows}
    rows = sorted(rows, key=lambda row: states[row["_id"]] != "")[:MOST]
    say_who(session, rows)
    return [Found(row, session.locale.local(row["issued_at"]).date(), states[row["_id"]]) for row in rows]


def _of_people(session: Session, typed: str) -> list[Row]:
    people = PATIENTS.page(session, Query(text=typed, limit=_MOST_PEOPLE))
    if people.more:
        raise NotFound("Many people are called that.", "Type more of the name, or the patient ID or phone number.")
    whose = {"patient": {"$in": [one["_id"] for one in people.rows]}}
    since = {"issued_at": {"$gte": session.now() - _LOOKED_BACK}}
    with session.reading("prescriptions") as prescriptions:
        rows = list(prescriptions.find(whose | since).sort([("issued_at", -1), ("_id", -1)]).limit(_MOST_OF_PEOPLE))
    PRESCRIPTIONS.add_titles(session, rows)
    return rows


def _state(row: Row, done: list[Row], today: str) -> str:
    now = standing(done)
    if "cancelled" in row:
        return "cancelled"
    if now.refusal:
        return "refused"
    if not now.has_rest(row):
        return "in-full"
    return "expired" if row["valid_until"] < today else ""
