"""Taking a signed prescription back, before the rest of it is handed out.

Between a cancellation and a hand-out one is first: both insert the same claim, the prescription's next turn.
"""

from __future__ import annotations

from collections.abc import Iterable

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.staff import member
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import NotFound, UserError
from hmsdesk.models.dispensations import standing
from hmsdesk.models.prescriptions import PrescriptionCancellation, turn_claim
from hmsdesk.models.row import Row
from hmsdesk.models.staff import DOCTOR
from hmsdesk.security.permissions import CREATE

TURNS = "prescription_turns"
_TRIES = 5


class Cancellations(Keeping):
    """Cancellations are only added: a cancelled prescription stays cancelled."""

    def cancel(self, session: Session, prescription: ObjectId, reason: str, operation: str) -> Row:
        """Cancel what is still owed of a prescription.

        Raises InvalidInput for the reason, UserError where it is cancelled or handed out already, NotAllowed, NotFound.
        """
        session.require(self.resource, CREATE)
        try:
            return self._cancelled(session, prescription, reason, operation)
        except UserError:
            # It may have been refused because it is done, and only the answer was lost.
            if (done := self.of(session, [prescription]).get(prescription)) and done["_id"] == record_id(operation):
                return done
            raise

    def _cancelled(self, session: Session, prescription: ObjectId, reason: str, operation: str) -> Row:
        doctor = member(session, session.identity.member)
        if doctor is None or doctor["profession"] != DOCTOR:
            raise UserError("You are not entered as a doctor.", "An administrator adds you to the members of staff.")
        values = {"prescription": prescription, "practitioner": doctor["_id"], "reason": reason}
        built = self.built(session, values)
        for _ in range(_TRIES):
            try:
                write(session, operation, lambda work: self._cancel(work, prescription, built))
            except Repeated:
                pass
            except Taken:
                # Some of it is being handed out in this very moment: see what is left.
                continue
            return self.get(session, record_id(operation))
        raise UserError("This prescription is being handed out just now.", "Nothing was cancelled. Please try again.")

    def of(self, session: Session, prescriptions: Iterable[ObjectId]) -> dict[ObjectId, Row]:
        """Prescription -> its cancellation with the doctor's name, for those that have one. Raises Unreachable."""
        with session.reading(self.resource) as collection:
            rows = list(collection.find({"prescription": {"$in": list(prescriptions)}}))
        self.add_titles(session, rows)
        return {row["prescription"]: row for row in rows}

    def _cancel(self, work: Work, prescription: ObjectId, built: Row) -> None:
        row = work.find("prescriptions", {"_id": prescription})
        earlier = work.find(self.resource, {"prescription": prescription})
        done = work.find_all("dispensations", {"prescription": prescription})
        if row is None:
            raise NotFound("This prescription is not here.", "It may have been removed meanwhile.")
        if earlier is not None:
            raise UserError("This prescription is cancelled already.", "Nothing was changed.")
        if not standing(done).has_rest(row):
            raise UserError(
                "All of it is handed out already.", "There is nothing left to cancel. Speak to the patient."
            )
        work.claim(TURNS, [{"_id": turn_claim(prescription, len(done) + 1)}])
        cancelled = {"_id": record_id(work.operation)} | built
        work.insert(self.resource, cancelled, "cancel prescription", row["number"])


CANCELLATIONS = Cancellations(PrescriptionCancellation)
