"""Who is looked for at the desk: found by what is typed, and told apart by what reception knows of a patient."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from hmsdesk.controllers.meant import find_meant
from hmsdesk.models.patients import about, reached_at
from hmsdesk.models.row import Row
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.contract import Found

MOST = 12


class Finding:
    """Answers a picker, and knows afterwards who each of those it has found is."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._known: dict[ObjectId, str] = {}

    def find(self, _: str, typed: str) -> Sequence[Found]:
        """The patients a typed text finds. Raises NotAllowed, Unreachable."""
        rows = find_meant(self._session, typed, MOST, {"active": True})
        found = [Found(row["_id"], row["name"], self.who(row)) for row in rows]
        self._known |= {one.record: one.subtitle for one in found}
        return found

    def who(self, patient: Row) -> str:
        """What tells patients of the same name apart: ID, age and sex, and the telephone, known by heart."""
        locale = self._session.locale
        known = (patient["identifier"], about(patient, locale), reached_at(patient, locale))
        return " · ".join(part for part in known if part)

    def known(self, patient: ObjectId | None) -> str:
        """Who somebody is that was found before; empty where nobody is chosen."""
        return self._known.get(patient, "") if patient else ""
