"""Who is meant by what somebody says at the desk or on the telephone: found while typing, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bson import ObjectId
from rapidfuzz import fuzz

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database.session import Session
from hmsdesk.models import text
from hmsdesk.models.patients import Patient
from hmsdesk.models.row import Row

# Of 100: Mohammed and Mohamed, Hegazi and Hegazy, Farook and Farouk; not Hanan and Hany.
_ALIKE = 75
# Of whose first name it may be, and of all the others.
_CANDIDATES = 500
# As much of a word is heard right however it is spelled.
_SURE_LETTERS = 2
_NAMES = ("name", "name_ar")
_LAST = "\uffff"
_BY_NAME = [("find.edges", 1), ("find.name", 1), ("_id", 1)]


def find_meant(session: Session, typed: str, limit: int, filters: Mapping[str, Any] | None = None) -> list[Row]:
    """Patients with what was typed: whose name begins with it first. Where there is nobody, those called alike.

    Raises NotAllowed, Unreachable.
    """
    wanted = filters or {}
    sought = text.sought(typed)
    page = PATIENTS.page(session, Query(text=typed, filters=wanted, limit=limit))
    rows = page.rows
    if not sought:
        return rows
    if page.more and not sought[0].isdigit():
        first = PATIENTS.page(session, Query(text=typed, filters=wanted, prefix=sought[0], limit=limit)).rows
        rows = list({row["_id"]: row for row in (*filter(lambda row: _begins(row, sought[0]), first), *rows)}.values())
    if not rows:
        return _called_alike(session, sought, limit, wanted)
    return sorted(rows, key=lambda row: not _begins(row, sought[0]))[:limit]


def _begins(row: Row, word: str) -> bool:
    return any(text.fold(row.get(name) or "").startswith(word) for name in _NAMES)


def _called_alike(session: Session, sought: list[str], limit: int, filters: Mapping[str, Any]) -> list[Row]:
    """The likeliest first; every word that was typed must sound like one of the name."""
    if any(len(word) <= _SURE_LETTERS or word.isdigit() for word in sought):
        return []
    likely: dict[ObjectId, float] = {}
    for where in _candidates(sought):
        # Whose first name it may be are asked for by themselves: among all others few would be looked at.
        if len(likely) < limit:
            likely |= _likely(session, {**where, **filters}, sought)
    best = sorted(likely, key=lambda one: -likely[one])[:limit]
    with session.reading(Patient.collection()) as patients:
        rows = {row["_id"]: row for row in patients.find({"_id": {"$in": best}})}
    return [rows[one] for one in best if one in rows]


def _candidates(sought: list[str]) -> Iterator[Row]:
    """What is asked of a patient: the first word begins the name, and then any."""
    heads = [word[:_SURE_LETTERS] for word in sought]
    # The index is entered by the first of them; how the name begins says it of the first word already.
    called = {"find.edges": {"$all": heads[::-1]}}
    yield called | {"find.name": {"$gte": heads[0], "$lt": heads[0] + _LAST}}
    yield called


def _likely(session: Session, where: Row, sought: list[str]) -> dict[ObjectId, float]:
    """Those called alike, and how alike."""
    with session.reading(Patient.collection()) as patients:
        rows = list(patients.find(where, _NAMES, hint=_BY_NAME).limit(_CANDIDATES))
    judged = {row["_id"]: _likeness(row, sought) for row in rows}
    return {one: likeness for one, likeness in judged.items() if likeness >= _ALIKE}


def _likeness(row: Row, sought: list[str]) -> float:
    names = [word for name in _NAMES for word in text.words(row.get(name) or "")]
    return min(max((_alike(word, name) for name in names), default=0.0) for word in sought)


def _alike(word: str, name: str) -> float:
    """0 to 100; a word that is still being typed is compared with as much of the name."""
    return float(max(fuzz.ratio(word, name), fuzz.ratio(word, name[: len(word)])))
