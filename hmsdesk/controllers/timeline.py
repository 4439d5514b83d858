"""What happened to a patient, of every kind that the role may read, the newest first and a page at a time.

Each kind is asked for by one question, however long the history is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bson import ObjectId

from hmsdesk.controllers.keeping import add_authors
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import COMPLETED, IN_CONSULTATION
from hmsdesk.models.encounters import MISTAKEN
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ

PAGE = 40


@dataclass(frozen=True)
class Kind:
    """One row of the table of what a timeline is made of. word: what such entries are called together.

    at: the field that says when. where: which of the records. counted: the index that knows how many there are, without
    a record being fetched.
    """

    resource: str
    word: str
    at: str
    where: Row = field(default_factory=dict)
    counted: str = "patient"


KINDS: tuple[Kind, ...] = (
    Kind("encounters", "Visits", "started_at", {"status": {"$ne": MISTAKEN}}, "patient by status"),
    Kind("appointments", "Appointments", "start"),
    Kind("observations", "Vital signs", "at"),
    Kind("prescriptions", "Prescriptions", "issued_at"),
    Kind("dispensations", "Hand-outs", "created_at"),
    Kind("addenda", "Addenda", "created_at"),
    Kind("documents", "Documents", "created_at", {"active": {"$ne": False}}),
    Kind("invoices", "Invoices", "issued_at"),
)


@dataclass(frozen=True)
class Entry:
    """One thing that happened. row: the record, with titles and `created_by:title`."""

    kind: str
    at: datetime
    row: Row

    @property
    def place(self) -> tuple[datetime, ObjectId]:
        """Where it stands among the others."""
        return self.at, self.row["_id"]


@dataclass(frozen=True)
class Stretch:
    """Entries, the newest first. last: after which older ones follow; None: there are no more."""

    entries: list[Entry]
    last: Entry | None


def kinds_for(session: Session) -> list[Kind]:
    """What the role may read of it."""
    return [kind for kind in KINDS if session.may(kind.resource, READ)]


def page(
    session: Session,
    patient: ObjectId,
    only: Collection[str] = (),
    before: Entry | None = None,
    limit: int = PAGE,
) -> Stretch:
    """What happened before an entry (None: the newest). only: these kinds. Raises NotAllowed, Unreachable."""
    asked = [kind for kind in kinds_for(session) if not only or kind.resource in only]
    found = [entry for kind in asked for entry in _of_kind(session, kind, patient, before, limit + 1)]
    found.sort(key=lambda entry: entry.place, reverse=True)
    shown = found[:limit]
    if {"encounters", "appointments"} <= {kind.resource for kind in asked}:
        shown = _without_doubles(session, shown)
    _add_words(session, shown)
    return Stretch(shown, found[limit - 1] if len(found) > limit else None)


def _of_kind(session: Session, kind: Kind, patient: ObjectId, before: Entry | None, limit: int) -> Iterable[Entry]:
    where: Row = {"patient": patient, **kind.where}
    if before is not None:
        at, last = before.place
        where["$or"] = [{kind.at: {"$lt": at}}, {kind.at: at, "_id": {"$lt": last}}]
    with session.reading(kind.resource) as collection:
        rows = list(collection.find(where).sort([(kind.at, -1), ("_id", -1)]).limit(limit).hint("patient"))
    return (Entry(kind.resource, row[kind.at], row) for row in rows)


def _without_doubles(session: Session, entries: list[Entry]) -> list[Entry]:
    """An appointment that became a visit is told as the visit."""
    kept = [
        e.row["_id"] for e in entries if e.kind == "appointments" and e.row["status"] in (IN_CONSULTATION, COMPLETED)
    ]
    with session.reading("encounters") as encounters:
        visits = (
            {row["_id"] for row in encounters.find({"_id": {"$in": kept}, "status": {"$ne": MISTAKEN}}, ["_id"])}
            if kept
            else set()
        )
    return [e for e in entries if e.kind != "appointments" or e.row["_id"] not in visits]


def _add_words(session: Session, entries: list[Entry]) -> None:
    by_kind: dict[str, list[Row]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry.row)
    for kind, rows in by_kind.items():
        _ADDED.get(kind, KEEPERS[kind].add_titles)(session, rows)
    add_authors(session, [entry.row for entry in entries])


def _add_to_visits(session: Session, rows: list[Row]) -> None:
    """With the doctor's name, and for who may read it what it was about, as `reason` and `diagnosis`."""
    KEEPERS["encounters"].add_titles(session, rows)
    if not session.may("encounter_notes", READ):
        return
    with session.reading("encounter_notes") as notes:
        found = notes.find({"_id": {"$in": [row["_id"] for row in rows]}}, ["reason", "diagnoses"])
        written = {note["_id"]: note for note in found}
    for row in rows:
        note = written.get(row["_id"], {})
        diagnoses = note.get("diagnoses") or [{}]
        row |= {"reason": note.get("reason", ""), "diagnosis": diagnoses[0].get("text", "")}


_ADDED: dict[str, Callable[[Session, list[Row]], None]] = {
    "encounters": _add_to_visits,
    "observations": lambda _session, _rows: None,
    "documents": lambda _session, _rows: None,
}
