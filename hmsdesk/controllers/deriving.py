"""What records are found and ordered by, derived anew from what they say: an older program derived less, or otherwise.

Records keep their version, as they say what they said; nobody is told. Each that the trail vouched for gets an entry
about its new bytes. What is as it would be derived isn't touched: broken off, it goes on with what is left.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import uuid4

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.references import called, references
from hmsdesk.database.connection import raw, translated
from hmsdesk.database.unit_of_work import Taken, Work, write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.appointments import COMPLETED, IN_CONSULTATION
from hmsdesk.models.encounters import MISTAKEN
from hmsdesk.models.invoices import MOST_RECEIPTS
from hmsdesk.models.locale import Locale
from hmsdesk.models.patient_health import visit_marks
from hmsdesk.models.prescriptions import made_of
from hmsdesk.models.record import Record
from hmsdesk.models.registry import RECORDS, record_of
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch

ACTION = "derive"
DOING = "Deriving anew what {} are found by"
# So many are looked at together, and changed in one transaction.
BATCH = 200
_FIND = "find."
# What is only there to be derived from.
_HANDED_OVER = tuple(made_of(()))
_NOTHING: Row = {"words": [], "edges": []}
# Two records come to the same where only one may have it.
_COLLISIONS = (InvalidInput, Taken)
_log = logging.getLogger(__name__)

# The records of a collection that have something, as they lie or as a transaction sees them.
Reader = Callable[[str, Row], Iterable[Any]]


def derived_collections() -> list[type[Record]]:
    """The records whose declaration derives something."""
    return [record for record in RECORDS if record.derived({}) != _NOTHING or record.collection() in _BESIDE]


def derive_anew(owner: Owner, watch: Watch = UNWATCHED) -> int:
    """Make what every record is found by what this program derives; how many were otherwise.

    What can't be derived, as something that was written past the program, is left as it is.
    Raises Stopped, Unreachable.
    """
    with translated():
        sizes = {one: owner.database[one.collection()].estimated_document_count() for one in derived_collections()}
    looked, made, number = 0, 0, sum(sizes.values())
    for record in sizes:
        owner.tell(DOING.format(record.LISTING.plural))
        for rows in _batches(owner, record):
            made += _derive(owner, record, rows)
            looked += len(rows)
            watch.progress(looked, max(looked, number))
            watch.go_on("Not everything is derived anew yet.")
    return made


def _batches(owner: Owner, record: type[Record]) -> Iterator[list[Any]]:
    """By their ids, so that nobody has to keep an answer open as long as this takes."""
    kept, after = raw(owner.database, record.collection()), Row()
    while True:
        with translated():
            rows = list(kept.find(after).sort("_id", 1).limit(BATCH))
        if not rows:
            return
        yield rows
        after = {"_id": {"$gt": rows[-1]["_id"]}}


def _derive(owner: Owner, record: type[Record], rows: list[Any]) -> int:
    def as_it_lies(collection: str, where: Row) -> Iterable[Any]:
        with translated():
            return list(raw(owner.database, collection).find(where))

    ids = list(_changes(owner.session.locale, as_it_lies, record, rows))
    if not ids:
        return 0
    try:
        return _write(owner, record, ids)
    except _COLLISIONS:
        return sum(_written_alone(owner, record, one) for one in ids)


def _written_alone(owner: Owner, record: type[Record], one: Any) -> int:
    try:
        return _write(owner, record, [one])
    except _COLLISIONS:
        _log.warning("%s %s stays as it is: another is found by the same", record.collection(), one)
        return 0


def _write(owner: Owner, record: type[Record], ids: list[Any]) -> int:
    def work(work: Work) -> int:
        # As they are by now: somebody may have changed them.
        rows = work.find_all(record.collection(), {"_id": {"$in": ids}})
        changes = _changes(owner.session.locale, work.find_all, record, rows)
        work.rewrite(record.collection(), changes, ACTION)
        return len(changes)

    return write(owner.session, uuid4().hex, work)


def _changes(locale: Locale, read: Reader, record: type[Record], rows: list[Any]) -> dict[Any, Row]:
    """What is to be set, of those that are otherwise than derived."""
    try:
        titles = _titles(read, record, rows)
        beside = _BESIDE.get(record.collection(), _nothing)(locale, read, rows)
        changes = {one: _change(record, row, titles[one], beside.get(one, {})) for row in rows for one in [row["_id"]]}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if len(rows) > 1:
            alone = (_changes(locale, read, record, [row]) for row in rows)
            return {one: change for some in alone for one, change in some.items()}
        _log.warning("%s %s can't be derived: %s", record.collection(), rows[0]["_id"], type(error).__name__)
        return {}
    return {one: change for one, change in changes.items() if change}


def _change(record: type[Record], row: Any, titles: Row, beside: Row) -> Row:
    handed = titles | beside
    wanted = {f"{_FIND}{name}": value for name, value in record.derived({**row, **handed}).items()} | beside
    other = {path: value for path, value in wanted.items() if path not in _HANDED_OVER and _at(row, path) != value}
    if not any(path.startswith(_FIND) for path in other):
        return other
    # Whole, in the order in which it is made: what was taken away past the program is then what it was, to the byte.
    find = {path.removeprefix(_FIND): value for path, value in wanted.items() if path.startswith(_FIND)}
    fields = {path: value for path, value in other.items() if not path.startswith(_FIND)}
    return fields | {"find": find | {name: value for name, value in row.get("find", {}).items() if name not in find}}


def _at(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row.get(name) if row else None
    return row


def _titles(read: Reader, record: type[Record], rows: list[Any]) -> dict[Any, Row]:
    """By the records' ids, what they are listed and found by of those they refer to."""
    fields, found = references(record), {row["_id"]: Row() for row in rows}
    for name in record.titled():
        kept = record_of(fields[name].refers_to)
        known = _by_id(read, kept.collection(), {row.get(name) for row in rows})
        for row in rows:
            found[row["_id"]] |= called(name, kept, known.get(row.get(name), {})) if name in row else {}
    return found


def _by_id(read: Reader, collection: str, ids: Iterable[Any]) -> dict[Any, Any]:
    wanted = [one for one in ids if one is not None]
    return {row["_id"]: row for row in read(collection, {"_id": {"$in": wanted}})} if wanted else {}


# What follows from other records: how it is kept (`find.…`, or a field), or only handed over to be derived from.


def _nothing(_locale: Locale, _read: Reader, _rows: list[Any]) -> dict[Any, Row]:
    return {}


def _of_patients(_locale: Locale, _read: Reader, rows: list[Any]) -> dict[Any, Row]:
    """Whose ID it is, and the which: the next one is counted from there."""
    parts = {row["_id"]: row.get("identifier", "").split("-") for row in rows}
    numbered = {one: some for one, some in parts.items() if len(some) == len(("prefix", "serial", "check"))}
    return {one: {"find.prefix": some[0], "find.serial": int(some[1])} for one, some in numbered.items()}


def _of_health(locale: Locale, read: Reader, rows: list[Any]) -> dict[Any, Row]:
    """The copy of the patient's name, and the days on which the patient was seen: what is marked stays marked."""
    patients = _by_id(read, "patients", (row["_id"] for row in rows))
    seen: dict[Any, list[datetime]] = defaultdict(list)
    among = {"patient": {"$in": [row["_id"] for row in rows]}}
    for one in read("appointments", among | {"status": {"$in": [IN_CONSULTATION, COMPLETED]}}):
        seen[one["patient"]].append(one["start"])
    for one in read("encounters", among | {"status": {"$ne": MISTAKEN}, "appointment": {"$exists": False}}):
        seen[one["patient"]].append(one["started_at"])
    found: dict[Any, Row] = {}
    for row in rows:
        record = row["_id"]
        names = _at(patients.get(record), "find") or {}
        found[record] = {f"find.{name}": names[name] for name in ("words", "edges", "name") if name in names}
        days = _marked(_at(row, "find.visit_days") or [], (locale.local(at).date() for at in seen[record]))
        found[record] |= {"find.visit_days": days} if days else {}
    return found


def _marked(known: list[str], days: Iterable[date]) -> list[str]:
    return list(dict.fromkeys([*known, *(mark for day in sorted(days) for mark in visit_marks(day))]))


def _of_notes(_locale: Locale, read: Reader, rows: list[Any]) -> dict[Any, Row]:
    """When the visit began, by which visits with a diagnosis are listed."""
    visits = _by_id(read, "encounters", (row["_id"] for row in rows))
    return {one: {"find.started_at": visit["started_at"]} for one, visit in visits.items()}


def _of_prescriptions(_locale: Locale, read: Reader, rows: list[Any]) -> dict[Any, Row]:
    """What the prescribed medicines are made of."""
    lines = {row["_id"]: [line.get("medicine") for line in row.get("lines") or []] for row in rows}
    medicines = _by_id(read, "medicines", {one for some in lines.values() for one in some})
    return {one: made_of(medicines[name] for name in some if name in medicines) for one, some in lines.items()}


def _of_invoices(_locale: Locale, read: Reader, rows: list[Any]) -> dict[Any, Row]:
    """The numbers of what was paid for a bill and given back, by which it is found."""
    numbers = {row["_id"]: list(row.get("receipts") or []) for row in rows}
    for one in sorted(read("payments", {"invoice": {"$in": list(numbers)}}), key=itemgetter("at", "_id")):
        if one["number"] not in numbers[one["invoice"]]:
            numbers[one["invoice"]].append(one["number"])
    return {bill: {"receipts": some[:MOST_RECEIPTS]} for bill, some in numbers.items() if some}


_BESIDE: dict[str, Callable[[Locale, Reader, list[Any]], dict[Any, Row]]] = {
    "patients": _of_patients,
    "patient_health": _of_health,
    "encounter_notes": _of_notes,
    "prescriptions": _of_prescriptions,
    "invoices": _of_invoices,
}
