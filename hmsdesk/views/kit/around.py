"""The rows around one record of a list, wherever in it that stands: to go to what was just saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.listing import Query
from hmsdesk.models.row import Row
from hmsdesk.views.kit.contract import Keeper


@dataclass(frozen=True)
class Around:
    """Rows in the list's order, the record among them, and whether there are more before and after them."""

    rows: list[Row]
    before: bool
    after: bool


def around(keeper: Keeper, session: Any, query: Query, record: ObjectId) -> Around | None:
    """The rows around a record as a question orders them; None where the question doesn't find it.

    Raises NotAllowed, NotFound, Unreachable.
    """
    row = keeper.get(session, record)
    above = keeper.page(session, replace(query, start=row, backwards=True))
    here = keeper.page(session, replace(query, start=above.rows[-1] if above.rows else None))
    if all(one["_id"] != record for one in here.rows):
        return None
    return Around([*above.rows, *here.rows], above.more, here.more)
