"""Who may be the patient being registered: the same national ID or phone, or a name and a date of birth alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from hmsdesk.database.session import Session
from hmsdesk.models import text
from hmsdesk.models.patients import Patient
from hmsdesk.models.row import Row

# Of 100. Below this two names of three parts differ in a whole part.
_SIMILAR = 84
_CANDIDATES = 200
_MOST_SHOWN = 5
# How much of the likeness is left where the dates of birth differ.
_OTHER_BIRTH = 2 / 3
_NAMES = ("name", "name_ar")


@dataclass(frozen=True)
class Duplicate:
    """A patient who may be the one being registered, and why."""

    patient: Row
    why: str


def duplicates(session: Session, values: Mapping[str, object]) -> list[Duplicate]:
    """The likeliest first. Raises InvalidInput, NotAllowed, Unreachable."""
    new = Patient.build(values, session.locale)
    rows = _candidates(session, new)
    judged = sorted(((_alikeness(row, new), row) for row in rows), key=lambda one: (not _same_id(one[1], new), -one[0]))
    found = [Duplicate(row, why) for alike, row in judged if (why := _why(row, new, alike))]
    return found[:_MOST_SHOWN]


def _why(row: Row, new: Row, alike: float) -> str:
    similar = alike >= _SIMILAR
    same_phone = "phone" in new and row.get("phone") == new["phone"]
    # A relative's phone is shared by several: it says nothing by itself.
    shared = bool(row.get("phone_of") or new.get("phone_of"))
    reasons = ["same national ID"] if _same_id(row, new) else []
    if same_phone and (similar or not shared):
        reasons.append("same phone number")
    if similar:
        reasons.append("similar name" + (" and the same date of birth" if _same_birth(row, new) else ""))
    return ", ".join(reasons)


def _candidates(session: Session, new: Row) -> list[Row]:
    """Patients worth comparing: same ID, phone or date of birth, or two parts of the name that begin alike."""
    with session.reading(Patient.collection()) as patients:
        rows = [row for where in _questions(session, new) for row in patients.find(where).limit(_CANDIDATES)]
    return list({row["_id"]: row for row in rows}.values())


def _questions(session: Session, new: Row) -> Iterator[Row]:
    if "national_id" in new:
        yield {"national_id": session.equals(Patient.collection(), "national_id", new["national_id"])}
    if "phone" in new:
        yield {"phone": new["phone"]}
    if "birth_date" in new:
        yield {"birth_date": new["birth_date"]}
    for name in _NAMES:
        firsts = [text.longest_edge(word) for word in text.words(new.get(name, ""))[:3]]
        pairs = [list(pair) for pair in combinations(firsts, 2)] or ([firsts] if firsts else [])
        for pair in pairs:
            yield {"find.edges": {"$all": pair}}


def _same_id(row: Row, new: Row) -> bool:
    return "national_id" in new and row.get("national_id") == new["national_id"]


def _alikeness(row: Row, new: Row) -> float:
    """How alike two patients are, 0 to 100: their names in either script and in any order of their parts."""
    names = [
        (text.fold(row[one]), text.fold(new[other]))
        for one in _NAMES
        for other in _NAMES
        if row.get(one) and new.get(other)
    ]
    # It is needed only where somebody is registered.
    from rapidfuzz import fuzz

    alike = max((fuzz.token_sort_ratio(one, other) for one, other in names), default=0.0)
    return float(alike) * (_OTHER_BIRTH if _other_birth(row, new) else 1)


def _same_birth(row: Row, new: Row) -> bool:
    return bool(new.get("birth_date")) and row.get("birth_date") == new["birth_date"]


def _other_birth(row: Row, new: Mapping[str, Any]) -> bool:
    """Whether the dates of birth can't be the same; a year alone agrees with every day of it, a guess with any."""
    one, other = row.get("birth_date"), new.get("birth_date")
    if not one or not other or row.get("birth_estimated") or new.get("birth_estimated"):
        return False
    return not (one.startswith(other) or other.startswith(one))
