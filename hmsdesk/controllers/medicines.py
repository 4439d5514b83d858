"""The catalogue of medicines, and how much there is of each."""

from __future__ import annotations

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Page, Query
from hmsdesk.controllers.stock.levels import left_of
from hmsdesk.database.session import Session
from hmsdesk.models.medicines import Medicine
from hmsdesk.security.permissions import READ


class Medicines(Keeping):
    """The catalogue is kept as any other list; whoever may see the shelves is told what is on them."""

    def page(self, session: Session, query: Query) -> Page:
        """One page of the list, each with `stock`: what may be handed out of it. Raises NotAllowed, Unreachable."""
        page = super().page(session, query)
        if session.may("stock_lots", READ):
            left = left_of(session, [row["_id"] for row in page.rows])
            for row in page.rows:
                row["stock"] = left.get(row["_id"], 0)
        return page


MEDICINES = Medicines(Medicine)
