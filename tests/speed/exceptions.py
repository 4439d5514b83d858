"""What may read more than three times what it answers with: why, and how much at the most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from hmsdesk.controllers.listing import COUNT_LIMIT
from tests.speed.asked import Question, Row

# A clinic has some dozens of each, however many patients come: reading them all costs as much as finding one.
SMALL = (
    "practice",
    "preferences",
    "accounts",
    "seals",
    "key_vault",
    "workstations",
    "departments",
    "services",
    "staff",
    "schedules",
    "clinic_days",
    "medicines",
    "note_templates",
)
MOST_IN_SMALL = 200

Bound = Callable[[Database[Row], Question], int]


@dataclass(frozen=True)
class Allowed:
    """One row of the table. fits: the questions it is about. most: documents that may be read for one of them."""

    reason: str
    fits: Callable[[Question], bool]
    most: Bound


def bound(database: Database[Row], question: Question, returned: int) -> int:
    """How many documents may be read."""
    usual = 3 * max(returned, 1)
    return max([usual, *(one.most(database, question) for one in EXCEPTIONS if one.fits(question))])


def reason(question: Question) -> str:
    """Why a question may read more; empty if it mayn't."""
    return next((one.reason for one in EXCEPTIONS if one.fits(question)), "")


def _where(question: Question) -> Row:
    first: Row = next(iter(question.command.get("pipeline", [])), {})
    found: Row = question.command.get("filter") or question.command.get("query") or first.get("$match") or {}
    return found


def _clauses(where: Row, within: tuple[str, ...] = ("$and", "$or")) -> Iterator[tuple[str, Any]]:
    for name, value in where.items():
        if name in ("$and", "$or"):
            for one in value if name in within else ():
                yield from _clauses(one, within)
        else:
            yield name, value


def _edges(question: Question) -> list[str]:
    words: list[str] = []
    for name, value in _clauses(_where(question)):
        if name == "find.edges":
            words += value["$all"] if isinstance(value, dict) else [value]
    return words


def _matches_of(pick: Callable[[list[int]], int]) -> Bound:
    """What one of the words alone finds."""

    def most(database: Database[Row], question: Question) -> int:
        kept = database[question.where]
        return pick([kept.count_documents({"find.edges": word}) for word in _edges(question)])

    return most


def _has(question: Question, *names: str) -> bool:
    return set(names) <= {name for name, _ in _clauses(_where(question))}


def _matching(*names: str) -> Bound:
    """As many as there are with what these fields must have, whatever else is asked."""

    def most(database: Database[Row], question: Question) -> int:
        # Of what stands beside "or" not all must hold.
        clauses = _clauses(_where(question), ("$and",))
        asked: list[Row] = [{name: value} for name, value in clauses if name in names]
        if not asked:
            return 0
        # Each of them may be looked up in another collection, which is asked what else it must have.
        return 2 * int(database[question.where].count_documents({"$and": asked}))

    return most


def _adds_up(question: Question) -> bool:
    return question.name == "aggregate" and any("$group" in step for step in question.command["pipeline"])


def _counts(question: Question) -> bool:
    steps = question.command.get("pipeline", [])
    limit = next((step["$limit"] for step in steps if "$limit" in step), 0)
    return question.name == "aggregate" and limit == COUNT_LIMIT + 1


EXCEPTIONS = (
    Allowed(
        "Of two rare parts of a patient's name: at most what the rarer one finds.",
        lambda asked: asked.where == "patients" and _has(asked, "find.pairs"),
        _matches_of(min),
    ),
    Allowed(
        "Of several parts of a name by which papers are found one is looked up: at most what that one finds.",
        lambda asked: len(_edges(asked)) > 1 and not _has(asked, "find.pairs"),
        _matches_of(max),
    ),
    Allowed(
        "A count stops at 1,000 found; what is searched by words lies in an index that can't tell by itself.",
        _counts,
        lambda _, __: 2 * (COUNT_LIMIT + 1),
    ),
    Allowed(
        "What is added up is read, once each: what the filters find, at most 1,000 unless days narrow it.",
        _adds_up,
        lambda database, asked: int(database[asked.where].count_documents(_where(asked))),
    ),
    Allowed(
        "A name beside a problem or a day of visits: at most who has that problem, or came then.",
        lambda asked: asked.where == "patient_health",
        _matching("find.conditions", "find.visit_days"),
    ),
    Allowed(
        "A doctor or a status beside a diagnosis: at most the visits with that diagnosis.",
        lambda asked: asked.where == "encounter_notes" and _has(asked, "find.diagnoses"),
        _matching("find.diagnoses"),
    ),
    Allowed(
        "A name beside a medicine: at most the prescriptions under that name.",
        lambda asked: asked.where == "prescriptions" and _has(asked, "find.edges", "find.medicines"),
        _matching("find.edges"),
    ),
    Allowed(
        "Whose medicines were taken back, and wait anew: among the hand-outs of the last two days.",
        lambda asked: asked.name == "distinct" and asked.where == "dispensations",
        _matching("created_at"),
    ),
    Allowed(
        "Which bill took a charge is asked of one patient's bills, the newest first: it is among the newest.",
        lambda asked: asked.where == "invoices" and _has(asked, "lines.charge"),
        _matching("patient"),
    ),
    Allowed(
        "What a patient takes is read off what was prescribed, and handed out, within the last year.",
        lambda asked: asked.where == "1",
        lambda database, _: 5000,
    ),
)
