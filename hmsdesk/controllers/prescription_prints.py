"""Which printing of a prescription is the first: the original. All later ones are copies, on whatever workstation.

Each printing claims the next number, so that no two are the same; and is in the trail.
"""

from __future__ import annotations

from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.prescription_paper import page
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.audit import Event
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Taken, Work, write
from hmsdesk.errors import UserError
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.printing.paper import SizeName
from hmsdesk.security.permissions import READ

PRINTS = "prescription_prints"
_TRIES = 20


def printed_page(session: Session, prescription: ObjectId, size: SizeName) -> bytes:
    """The page to be put onto paper now; that it is, and the how-manieth time, is known from here on.

    Raises UserError for one that is cancelled or not as it was signed, NotAllowed, NotFound, Unreachable.
    """
    row = PRESCRIPTIONS.open(session, prescription)
    if row.get("cancelled"):
        raise UserError("This prescription is cancelled.", "It can't be printed any more.")
    number = _note(session, row)
    now = day_and_time(session.now(), session.locale)
    return page(session, row, size, copy="" if number == 1 else f"Copy {number}, printed {now}")


def saved_page(session: Session, prescription: ObjectId, size: SizeName) -> bytes:
    """The page to be kept as a file, from which paper may come at any time: a copy.

    Raises UserError for one that is not as it was signed, NotAllowed, NotFound, Unreachable.
    """
    row = PRESCRIPTIONS.open(session, prescription)
    return page(session, row, size, copy=f"Copy, saved {day_and_time(session.now(), session.locale)}")


def times_printed(session: Session, prescription: ObjectId) -> int:
    """How often a prescription was put onto paper. Raises NotAllowed, Unreachable."""
    with session.reading(PRINTS) as prints:
        return int(prints.count_documents({"prescription": prescription}))


def _note(session: Session, row: Row) -> int:
    session.require(PRINTS, READ)
    for _ in range(_TRIES):
        number = times_printed(session, row["_id"]) + 1

        def work(work: Work, number: int = number) -> None:
            claim = {"_id": f"{row['_id']}|{number}", "prescription": row["_id"], "at": work.at}
            work.claim(PRINTS, [claim])
            said = f"{row['number']}, print {number}"
            work.note(Event("print prescription", PRESCRIPTIONS.resource, row["_id"], reason=said))

        try:
            write(session, uuid4().hex, work)
        except Taken:
            # Printed elsewhere in this very moment: that one was before.
            continue
        return number
    raise UserError("This prescription is being printed elsewhere.", "Please try again.")
