"""Who is meant by what somebody says at the desk or on the telephone: found while typing, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database.session import Session
from hmsdesk.models import sounds, text
from hmsdesk.models.patients import Patient
from hmsdesk.models.row import Row

# Of those who sound so, this many are compared letter by letter: they all are who may be meant.
_CANDIDATES = 500
_NAMES = ("name", "name_ar")
_BY_SOUND = "sounds"


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
    best: list[ObjectId] = []
    for asked in sounds.questions(sought):
        best += [one for one in _likely(session, {"$and": asked, **filters}, sought) if one not in best]
        if len(best) >= limit:
            break
    with session.reading(Patient.collection()) as patients:
        rows = {row["_id"]: row for row in patients.find({"_id": {"$in": best[:limit]}})}
    return [rows[one] for one in best if one in rows]


def _likely(session: Session, where: Row, sought: list[str]) -> list[ObjectId]:
    """Those who sound so, spelled alike first."""
    with session.reading(Patient.collection()) as patients:
        rows = list(patients.find(where, _NAMES, hint=_BY_SOUND).limit(_CANDIDATES))
    return [row["_id"] for row in sorted(rows, key=lambda row: -_likeness(row, sought))]


def _likeness(row: Row, sought: list[str]) -> float:
    names = [word for name in _NAMES for word in text.words(row.get(name) or "")]
    return min(max((_alike(word, name) for name in names), default=0.0) for word in sought)


def _alike(word: str, name: str) -> float:
    """0 to 100; a word that is still being typed is compared with as much of the name."""
    # It is needed only where nobody is called what was typed.
    from rapidfuzz import fuzz

    return float(max(fuzz.ratio(word, name), fuzz.ratio(word, name[: len(word)])))
