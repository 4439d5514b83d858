"""The lots of each medicine."""

from __future__ import annotations

from collections.abc import Mapping

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Page, Query
from hmsdesk.controllers.stock.ledger import enter
from hmsdesk.controllers.stock.levels import last_near_day
from hmsdesk.database.questions import Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.row import Row
from hmsdesk.models.stock import EARLIEST_FIRST, RECEIVED, StockLot
from hmsdesk.security.permissions import CREATE

_BY_EXPIRY = (("medicine", 1), ("expires", 1), ("_id", 1))
_FIXED = {
    "quantity": "The quantity changes only with what comes in, is handed out, adjusted or counted.",
    "medicine": "A lot stays with its medicine.",
}


class Lots(Keeping):
    """A lot comes in by its receipt, which is in the ledger; after that only movements change it."""

    def page(self, session: Session, query: Query) -> Page:
        """One page of the list; `near` and `over` say of a lot that it expires soon, or has. Raises NotAllowed."""
        page = super().page(session, query)
        today, soon = session.locale.today().isoformat(), last_near_day(session).isoformat()
        for row in page.rows:
            left = row["quantity"] > 0
            row["over"] = left and row["expires"] < today
            row["near"] = left and not row["over"] and row["expires"] <= soon
        return page

    def create(self, session: Session, values: Mapping[str, object], operation: str) -> Row:
        """Receive a lot. Raises InvalidInput, NotAllowed, Unreachable."""
        session.require(self.resource, CREATE)
        built = self.built(session, values)

        def work(work: Work) -> Row:
            lot = work.insert(self.resource, built, "receive")
            enter(session, work, lot, RECEIVED, lot["quantity"])
            return lot

        try:
            return write(session, operation, work)
        except Repeated:
            return self.get(session, record_id(operation))
        except InvalidInput:
            raise InvalidInput({"lot": "This medicine has a lot of this number already."}) from None

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """Correct the name or expiry of a lot; the ledger would no longer add up with another quantity or medicine.

        Raises what Keeping.change raises.
        """
        current = self.get(session, record)
        refused = {name: why for name, why in _FIXED.items() if changes.get(name, current[name]) != current[name]}
        if refused:
            raise InvalidInput(refused)
        return super().change(session, record, version, changes, operation)


def in_stock(session: Session, medicines: list[ObjectId]) -> dict[ObjectId, list[Row]]:
    """The lots of medicines that may be handed out today: not expired, not empty, the earliest expiry first.

    Raises NotAllowed, Unreachable.
    """
    found: dict[ObjectId, list[Row]] = {medicine: [] for medicine in medicines}
    where = {"medicine": {"$in": medicines}, **_usable(session)}
    with session.reading("stock_lots") as lots:
        # Without the hint the server may go through every lot a medicine ever had, by the index of their names.
        for lot in lots.find(where).sort(list(_BY_EXPIRY)).hint(EARLIEST_FIRST):
            found[lot["medicine"]].append(lot)
    return found


def lots_of(session: Session, answer: str) -> Question:
    """The same of the medicines that were found for another question."""
    return Question("stock_lots", _usable(session), order=_BY_EXPIRY, joined=(f"{answer}._id", "medicine"))


def _usable(session: Session) -> Row:
    return {"expires": {"$gte": session.locale.today().isoformat()}, "quantity": {"$gt": 0}}


LOTS = Lots(StockLot)
