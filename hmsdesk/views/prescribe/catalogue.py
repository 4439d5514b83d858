"""The medicines that can be prescribed, as they are looked for while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.contract import Found
from hmsdesk.views.kit.pickers import Offer

SHOWN = 8


class Catalogue:
    """Finds medicines while one types, and remembers what those are counted in and made as.

    offer: where there is none of it.
    """

    def __init__(self, session: Any, add: Callable[[str], object]) -> None:
        """add: goes to where a medicine of that name, looked for in vain, is added on the way."""
        self._session = session
        adds = session.may(MEDICINES.resource, CREATE)
        self.offer = Offer("Add “{}” to the medicines", add) if adds else None
        self.hint = "Try its ingredient" if adds else "Try its ingredient; a pharmacist adds medicines"
        self.units: dict[ObjectId, str] = {}
        self.forms: dict[ObjectId, str] = {}

    def find(self, _collection: str, text: str) -> Sequence[Found]:
        """The first medicines in use that a text finds, by name, Arabic name or ingredient."""
        rows = MEDICINES.page(self._session, Query(text=text, filters={"active": True}, limit=SHOWN)).rows
        for row in rows:
            self.know(row["_id"], row["unit"], row.get("form") or "")
        return [Found(row["_id"], row["name"], row.get("name_ar", "")) for row in rows]

    def know(self, medicine: ObjectId, unit: str, form: str) -> None:
        """Remember what a medicine is counted in, and what it is made as."""
        self.units[medicine], self.forms[medicine] = unit, form
