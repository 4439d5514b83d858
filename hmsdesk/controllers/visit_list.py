"""The list of visits, which clinical roles may narrow down by what was diagnosed.

Diagnoses stand in the notes, which reception may not read: these are searched and ordered; what is returned are the
visits.
"""

from __future__ import annotations

from dataclasses import replace

from hmsdesk.controllers.by_words import any_of
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import COUNT_LIMIT, Count, Page, Query
from hmsdesk.database.session import Session
from hmsdesk.models.encounter_notes import EncounterNote, diagnosis_words
from hmsdesk.models.encounters import DIAGNOSIS
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ

_INDEX = {"find.diagnoses": 1, "find.started_at": 1, "_id": 1}


class VisitList(Keeping):
    """Listing visits."""

    def page(self, session: Session, query: Query) -> Page:
        """One page. Who may read notes may filter by diagnosis as well. Raises NotAllowed, Unreachable."""
        if not query.filters.get(DIAGNOSIS):
            return super().page(session, query)
        session.require(self.resource, READ)
        path, direction = self._order(query)
        within = f"find.{path}"
        start = {**query.start, "find": {path: query.start.get(path)}} if query.start else None
        beyond = self._onwards(replace(query, start=start, prefix=""), within, direction)
        steps = [
            {"$match": {"$and": [*_diagnosed(query), *beyond]}},
            {"$sort": {within: direction, "_id": direction}},
            # Every note has its visit: unless something else is asked of these, no more are fetched than are shown.
            *([] if self._matches(query) else [{"$limit": query.limit + 1}]),
            *self._visits(query),
            {"$limit": query.limit + 1},
            {"$replaceRoot": {"newRoot": "$visit"}},
        ]
        with session.reading(EncounterNote.collection()) as notes:
            rows = list(notes.aggregate(steps, hint=_INDEX))
        shown = rows[: query.limit]
        self.add_titles(session, shown)
        return Page(shown[::-1] if query.backwards else shown, more=len(rows) > query.limit)

    def count(self, session: Session, query: Query) -> Count:
        """How many the search and filters find. Raises NotAllowed, Unreachable."""
        if not query.filters.get(DIAGNOSIS):
            return super().count(session, query)
        session.require(self.resource, READ)
        steps: list[Row] = [{"$match": {"$and": _diagnosed(query)}}]
        steps += [*(self._visits(query) if self._matches(query) else ()), {"$limit": COUNT_LIMIT + 1}]
        steps.append({"$count": "number"})
        with session.reading(EncounterNote.collection()) as notes:
            found = list(notes.aggregate(steps, hint=_INDEX))
        return Count.of(found[0]["number"] if found else 0)

    def _visits(self, query: Query) -> list[Row]:
        """The visits of the notes found, in their order; as many as are asked for and no more are fetched."""
        fetch = {
            "from": self.resource,
            "localField": "_id",
            "foreignField": "_id",
            "pipeline": [{"$match": {"$and": self._matches(query)} if self._matches(query) else {}}],
            "as": "visit",
        }
        return [{"$project": {"_id": 1}}, {"$lookup": fetch}, {"$unwind": "$visit"}]


def _diagnosed(query: Query) -> list[Row]:
    return any_of(str(query.filters[DIAGNOSIS]), "find.diagnoses", "find.diagnosis_words", diagnosis_words)
