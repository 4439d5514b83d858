"""Receiving what a supplier brought: all lots of a delivery in one go."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from hashlib import sha256

from hmsdesk.controllers.keeping import Keeping, add_authors, begins_with
from hmsdesk.controllers.listing import NEVER, Page, Query
from hmsdesk.controllers.stock.ledger import enter, move
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.controllers.stock.undelivering import is_taken_back
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.dates import worded
from hmsdesk.models.deliveries import Delivery
from hmsdesk.models.row import Row
from hmsdesk.models.stock import NOT_RECEIVED, RECEIVED
from hmsdesk.models.text import fold, words
from hmsdesk.security.permissions import CREATE

RECEIVE = "receive"
# Beside the turns of prescriptions: both are what only one may do next.
TURNS = "prescription_turns"
_CLAIM_LENGTH = 24
_BY_EDGE = [("find.edges", 1), ("created_at", 1), ("_id", 1)]


class Deliveries(Keeping):
    """A delivery is entered once; what was wrong in it is put right lot by lot, or by taking it back as a whole."""

    def page(self, session: Session, query: Query) -> Page:
        """One page; `taken_back` is the entry by which a delivery was taken back. Raises NotAllowed, Unreachable."""
        page = super().page(session, query)
        with session.reading("stock_movements") as movements:
            found = list(movements.find({"delivery": {"$in": [row["_id"] for row in page.rows]}}))
        add_authors(session, found)
        back = {entry["delivery"]: entry for entry in found}
        for row in page.rows:
            if row["_id"] in back:
                row["taken_back"] = back[row["_id"]]
        return page

    def create(self, session: Session, values: Mapping[str, object], operation: str) -> Row:
        """Receive a delivery. A lot that is here already is added to. Raises InvalidInput, NotAllowed, Unreachable."""
        session.require(self.resource, CREATE)
        built = self.built(session, values)
        lots = [LOTS.built(session, part) for part in built["lots"]]
        try:
            return write(session, operation, partial(self._receive, session, built, lots))
        except Repeated:
            return self.get(session, record_id(operation))
        except Taken:
            raise InvalidInput({"invoice": "Somebody else is just receiving it. Look at the list first."}) from None

    def add_titles(self, session: Session, rows: list[Row]) -> None:
        """The titles, also of the medicines in each delivery. Raises NotAllowed, Unreachable."""
        super().add_titles(session, rows)
        parts = [part for row in rows for part in row.get("lots", ())]
        with session.reading("medicines") as medicines:
            found = medicines.find({"_id": {"$in": list({part["medicine"] for part in parts})}}, ["name"])
            names = {one["_id"]: one["name"] for one in found}
        for part in parts:
            part["medicine:title"] = names.get(part["medicine"], "")

    def _refuse_a_second_time(self, delivery: Row, work: Work) -> None:
        """A supplier's invoice is received once: twice, its medicines would be in the books and not on the shelf.

        It is claimed, so that of those who enter it in the same moment one is first. Claims stay: after each time that
        it was taken back there is a further one.
        """
        if not delivery.get("invoice"):
            return
        others = (one for one in self._numbered_alike(delivery, work) if one["_id"] != delivery["_id"])
        alike = [one for one in others if _invoice_of(one) == _invoice_of(delivery)]
        here = next((one for one in alike if not is_taken_back(work, one["_id"])), None)
        if here is not None:
            rest = f"If this is the rest of it, write {delivery['invoice']}/2."
            raise InvalidInput({"invoice": f"Received already on {worded(here['day'])}. {rest}"})
        work.claim(TURNS, [{"_id": _claim_of(delivery, len(alike))}])

    def _numbered_alike(self, delivery: Row, work: Work) -> list[Row]:
        """Those with the words of its invoice's number, so that a transaction doesn't read all there ever were."""
        asked = words(delivery["invoice"]) or words(delivery["supplier"])
        like = [begins_with(word) for word in sorted(asked, key=len, reverse=True)] or [NEVER]
        return work.find_all(self.resource, {"$and": like}, _BY_EDGE)

    def _receive(self, session: Session, built: Row, lots: list[Row], work: Work) -> Row:
        delivery = work.insert(self.resource, {"_id": record_id(work.operation)} | built, RECEIVE)
        self._refuse_a_second_time(delivery, work)
        note = " · ".join(part for part in (built["supplier"], built.get("invoice", "")) if part)
        for lot in lots:
            here = work.find("stock_lots", {"medicine": lot["medicine"], "lot": lot["lot"]})
            if here is None:
                new = work.insert("stock_lots", lot, RECEIVE)
                enter(session, work, new, RECEIVED, lot["quantity"], note)
            else:
                self._settle_expiry(work, here, lot)
                move(session, work, here["_id"], RECEIVED, lot["quantity"], note=note, action=RECEIVE)
        return delivery

    @staticmethod
    def _settle_expiry(work: Work, here: Row, lot: Row) -> None:
        """A lot has one expiry; where nothing of it is left since it was taken back, that may have been the mistake."""
        if here["expires"] == lot["expires"]:
            return
        if here["quantity"] or not work.find("stock_movements", {"lot": here["_id"], "kind": NOT_RECEIVED}):
            until = worded(here["expires"])
            raise InvalidInput({"lots": f"Lot {lot['lot']} is here already, and expires on {until}."})
        work.change("stock_lots", here, {"expires": lot["expires"]})


def _invoice_of(delivery: Row) -> tuple[str, str]:
    """Whose invoice it is, and its number, however they are written."""
    return fold(delivery["supplier"]), fold(delivery.get("invoice", ""))


def _claim_of(delivery: Row, taken_back: int) -> str:
    """The id of what only one may have: receiving an invoice that was taken back so many times."""
    invoice = sha256("|".join(_invoice_of(delivery)).encode()).hexdigest()[:_CLAIM_LENGTH]
    return f"{invoice}|{taken_back}"


DELIVERIES = Deliveries(Delivery)
_REMEMBERED = 500


def suppliers(session: Session) -> list[str]:
    """Who delivered lately, as it was written the last time, by name. Raises NotAllowed, Unreachable."""
    with session.reading(DELIVERIES.resource) as deliveries:
        rows = list(deliveries.find({}, ["supplier"]).sort([("created_at", -1), ("_id", -1)]).limit(_REMEMBERED))
    newest = {fold(row["supplier"]): row["supplier"] for row in reversed(rows)}
    return sorted(newest.values(), key=fold)
