"""Finding patients by what only clinical roles may know: their problems, and the days they were seen.

The clinical records are searched and ordered; what is returned are the patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hmsdesk.controllers.by_words import any_of
from hmsdesk.controllers.listing import COUNT_LIMIT, Count, Page, Query, asked
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models import dates
from hmsdesk.models.declaration import Problem, declared_fields
from hmsdesk.models.patient_health import PatientHealth, marks_between
from hmsdesk.models.patients import CONDITION, VISIT_DAYS, Patient
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ

# Longer than anybody looks back; each year is one mark.
_MOST_YEARS = 120


def is_clinical(query: Query) -> bool:
    """Whether a list is asked for by what is clinical."""
    return any(query.filters.get(name) for name in (CONDITION, VISIT_DAYS))


def page(session: Session, query: Query, path: str, direction: int, beyond: list[Row], names: list[Row]) -> Page:
    """One page, in the order of `path`. beyond: where it begins. names: what the typed search asks of the name.

    Raises NotAllowed, InvalidInput.
    """
    session.require(Patient.collection(), READ)
    key = [(path, direction), ("_id", direction)]
    where = {"$and": [*matches(query), *names, *beyond]}
    most: list[Row] = [{"$limit": query.limit + 1}]
    # Every clinical record has its patient: unless more is asked of these, no more are fetched than shown.
    found_at_once = [] if _demographics(query) else most
    steps = [{"$match": where}, {"$sort": dict(key)}, *found_at_once, *_patients(query), *most]
    with session.reading(PatientHealth.collection()) as collection:
        found = list(collection.aggregate(steps, **_hint(query, path)))
    rows = [_as_sorted(one["patient"], one["find"]) for one in found[: query.limit]]
    return Page(rows[::-1] if query.backwards else rows, more=len(found) > query.limit)


def count(session: Session, query: Query, names: list[Row]) -> Count:
    """How many patients there are, as far as it is worth counting. Raises NotAllowed, InvalidInput."""
    steps: list[Row] = [{"$match": {"$and": [*matches(query), *names]}}]
    if _demographics(query):
        steps += _patients(query)
    steps += [{"$limit": COUNT_LIMIT + 1}, {"$count": "number"}]
    with session.reading(PatientHealth.collection()) as collection:
        found = list(collection.aggregate(steps))
    return Count.of(found[0]["number"] if found else 0)


def matches(query: Query) -> list[Row]:
    """What the clinical filters ask of a clinical record."""
    asked: list[Row] = []
    if query.filters.get(CONDITION):
        asked += any_of(str(query.filters[CONDITION]), "find.conditions", "find.condition_words")
    if query.filters.get(VISIT_DAYS):
        asked.append({"find.visit_days": {"$in": _marks(query.filters[VISIT_DAYS])}})
    return asked


def _marks(value: Any) -> list[str]:
    try:
        first, last = dates.span(value)
    except Problem as problem:
        raise InvalidInput({VISIT_DAYS: str(problem)}) from None
    if last.year - first.year > _MOST_YEARS:
        raise InvalidInput({VISIT_DAYS: "These are too many years."})
    return marks_between(first, last)


def _demographics(query: Query) -> Row:
    names = declared_fields(Patient)
    chosen = [asked(name, value) for name, value in query.filters.items() if name in names]
    return {"$and": chosen} if chosen else {}


def _patients(query: Query) -> list[Row]:
    """The patients of the records found, in their order; as many as are asked for and no more are fetched."""
    fetch = {
        "from": Patient.collection(),
        "localField": "_id",
        "foreignField": "_id",
        "pipeline": [{"$match": _demographics(query)}],
        "as": "patient",
    }
    return [{"$project": {"find.name": 1, "created_at": 1}}, {"$lookup": fetch}, {"$unwind": "$patient"}]


def _hint(query: Query, path: str) -> Mapping[str, Any]:
    """One filter has one right index; between two the server chooses by trying."""
    by = [
        name
        for name, filtered in (("conditions", CONDITION), ("visit_days", VISIT_DAYS))
        if query.filters.get(filtered)
    ]
    return {"hint": {f"find.{by[0]}": 1, path: 1, "_id": 1}} if len(by) == 1 else {}


def _as_sorted(patient: Row, find: Row) -> Row:
    """The patient, with the name the list is ordered by: where the copy is old, pages would not fit together."""
    return patient | {"find": patient["find"] | {"name": find["name"]}}
