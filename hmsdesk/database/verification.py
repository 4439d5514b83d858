"""Checks the whole trail: hashes, signatures, gaps, cut tails, and the live records against their last entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from typing import Any

from bson import ObjectId
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from pymongo.client_session import ClientSession
from pymongo.database import Database

from hmsdesk.database import audit
from hmsdesk.database.connection import raw as raw_of
from hmsdesk.database.directory import signing_keys
from hmsdesk.models.row import Row
from hmsdesk.models.text import so_many
from hmsdesk.security.permissions import HISTORIES
from hmsdesk.security.roles import SUCCESSIONS
from hmsdesk.security.signing import digest

Heads = Mapping[ObjectId, tuple[int, bytes]]

# What signing in keeps is no record a person lists, and is in the trail like one.
SIGNING_IN = ("seals", SUCCESSIONS)

_BATCH = 1000


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the program left it."""

    what: str
    where: str


@dataclass
class Report:
    """What a verification saw."""

    entries: int = 0
    chains: int = 0
    records: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def looked_at(self) -> str:
        """How much it went through, in words."""
        entries, chains = so_many(self.entries, "entry", "entries"), so_many(self.chains, "chain")
        return f"{entries} in {chains}, {so_many(self.records, 'record')}"

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def found(self, what: str, where: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(what, where))


def verify(
    database: Database[Row],
    practice_key: bytes,
    heads: Heads,
    collections: Iterable[str],
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Verify the trail, and the records of those `collections` that the connected user may read.

    Work may go on meanwhile. heads: the chain heads kept outside the database, read before this is called.
    progress is told how many entries are done.
    """
    report = Report()
    signers = _Signers(database, practice_key)
    for person in signers.untrusted:
        report.found(
            "The account was changed past the program: the practice's key never signed it.", f"account {person}"
        )
    _verify_chains(database, signers, heads, report, progress)
    for collection in dict.fromkeys([*collections, *SIGNING_IN]):
        _verify_records(database, collection, report)
        if collection in HISTORIES:
            _verify_history(database, collection, report)
    return report


# --- the trail itself -------------------------------------------------------------------------------------------------


class _Signers:
    """Whose signatures are believed. Who is new since the beginning is asked after once a chain."""

    def __init__(self, database: Database[Row], practice_key: bytes) -> None:
        known = signing_keys(database, practice_key)
        self.untrusted = known.untrusted
        self._keys = known.of
        self._ask = partial(signing_keys, database, practice_key)
        self._asked: set[tuple[ObjectId, ObjectId]] = set()

    def signed(self, entry: Row) -> bool:
        """Whether the person that the entry names has signed it."""
        person = entry["person"]
        if _is_signed(entry, self._keys.get(person, ())):
            return True
        if (entry["chain"], person) in self._asked:
            return False
        self._asked.add((entry["chain"], person))
        self._keys |= self._ask({"_id": person}).of
        return _is_signed(entry, self._keys.get(person, ()))


def _verify_chains(
    database: Database[Row], signers: _Signers, heads: Heads, report: Report, progress: Callable[[int], None]
) -> None:
    """Check each chain link by link, and that it holds what this workstation knows it wrote."""
    entries = database[audit.COLLECTION].find().sort([("chain", 1), ("seq", 1)]).batch_size(_BATCH)
    missing = dict(heads)
    for chain, links in groupby(entries, key=lambda entry: entry["chain"]):
        report.chains += 1
        author, expected, previous = None, 1, audit.START
        for entry in links:
            author = author or _author(entry)
            _verify_entry(entry, expected, previous, signers, report)
            if _author(entry) != author:
                report.found("The entry stands in somebody else's chain.", _where(entry))
            if missing.get(chain) == (entry["seq"], entry["hash"]):
                del missing[chain]
            expected, previous = entry["seq"] + 1, entry["hash"]
            report.entries += 1
            if report.entries % _BATCH == 0:
                progress(report.entries)
    for chain, (seq, _) in missing.items():
        report.found(f"This workstation wrote entry {seq}, and it is not there any more.", f"chain {chain}")


def _verify_entry(entry: Row, expected: int, previous: bytes, signers: _Signers, report: Report) -> None:
    if entry["seq"] != expected:
        last = entry["seq"] - 1
        missing = f"Entry {last} is" if last == expected else f"Entries {expected} to {last} are"
        report.found(f"{missing} missing.", _where(entry))
    elif entry["previous"] != previous:
        report.found("The entry does not follow the one before it.", _where(entry))
    if audit.entry_hash(entry) != entry["hash"]:
        report.found("The entry was altered.", _where(entry))
    elif not signers.signed(entry):
        report.found("The entry was not signed by the person it names.", _where(entry))


def _author(entry: Row) -> tuple[Any, ...]:
    return entry["person"], entry["role"], entry["workstation"]


def _where(entry: Row) -> str:
    return f"chain {entry['chain']}, entry {entry['seq']}"


def _is_signed(entry: Row, keys: tuple[bytes, ...]) -> bool:
    for key in keys:
        try:
            VerifyKey(key).verify(entry["hash"], entry["signature"])
        except (BadSignatureError, ValueError, TypeError):
            continue
        return True
    return False


# --- the records against the trail ------------------------------------------------------------------------------------


def _verify_records(database: Database[Row], collection: str, report: Report) -> None:
    """Compare each record with its last entry. What differs is looked at again: somebody may just have changed it."""
    for record, actual, said in _side_by_side(_live(database, collection), _last_entries(database, collection)):
        report.records += actual is not None
        if _finding(actual, said):
            now = _finding(*_at_one_moment(database, collection, record))
            if now:
                report.found(now, f"{collection} {record}")


def _finding(actual: bytes | None, entry: Row | None) -> str:
    """What is wrong with a record, by its hash (None: it isn't there) and its last entry; empty if nothing is."""
    if entry is None:
        return "The record appeared past the program: the trail knows nothing of it." if actual else ""
    if actual is None:
        return "The record was removed past the program." if entry["record_hash"] is not None else ""
    return "" if entry["record_hash"] == actual else "The record was altered past the program."


def _side_by_side(
    live: Iterator[tuple[Any, bytes]], entries: Iterator[tuple[Any, Row]]
) -> Iterator[tuple[Any, bytes | None, Row | None]]:
    """Two streams in the order of the records' ids, merged: (record, its hash, its last entry)."""
    nothing = (None, None)
    one, other = next(live, nothing), next(entries, nothing)
    while one[0] is not None or other[0] is not None:
        record = min((side[0] for side in (one, other) if side[0] is not None), key=_order)
        yield record, one[1] if one[0] == record else None, other[1] if other[0] == record else None
        if one[0] == record:
            one = next(live, nothing)
        if other[0] == record:
            other = next(entries, nothing)


def _order(record: Any) -> tuple[bool, Any]:
    """The server's order of ids: texts before object ids."""
    return (not isinstance(record, str), record)


def _live(database: Database[Row], collection: str) -> Iterator[tuple[Any, bytes]]:
    for raw in raw_of(database, collection).find().sort("_id", 1).batch_size(_BATCH):
        yield raw["_id"], digest(raw.raw)


def _last_entries(database: Database[Row], collection: str) -> Iterator[tuple[Any, Row]]:
    """Each record with the newest entry that changed it."""
    fields = ["record", "record_hash", "version", "server_time"]
    entries = database[audit.COLLECTION].find(_changes_of(collection), fields).hint("record").batch_size(_BATCH)
    entries = entries.sort([("collection", 1), ("record", 1), ("version", -1)])
    for record, group in groupby(entries, key=lambda entry: entry["record"]):
        # Of one version there are several where it was encrypted later: the last one counts.
        yield record, max(group, key=lambda entry: (entry["version"], _moment(entry)))


def _changes_of(collection: str) -> Row:
    return {"collection": collection, "version": {"$ne": None}}


def _at_one_moment(database: Database[Row], collection: str, record: Any) -> tuple[bytes | None, Row | None]:
    """A record and its last entry as they were together."""
    with database.client.start_session(snapshot=True) as moment:
        raw = raw_of(database, collection).find_one({"_id": record}, session=moment)
        entry = _newest(database, collection, record, moment)
    return (digest(raw.raw) if raw else None), entry


def _newest(database: Database[Row], collection: str, record: Any, moment: ClientSession) -> Row | None:
    where = _changes_of(collection) | {"record": record}
    newest_first = [("version", -1), ("server_time", -1)]
    return database[audit.COLLECTION].find_one(where, sort=newest_first, session=moment)


def last_hashes(
    database: Database[Row], collection: str, versions: set[tuple[Any, int]], moment: ClientSession | None = None
) -> dict[tuple[Any, int], bytes]:
    """(record, version) -> the hash that the last entry about it gives."""
    records, numbers = ({one[place] for one in versions} for place in (0, 1))
    where = {"collection": collection, "record": {"$in": list(records)}, "version": {"$in": list(numbers)}}
    fields = ["record", "record_hash", "version", "server_time"]
    entries = database[audit.COLLECTION].find(where, fields, session=moment).hint("record")
    found = sorted((one for one in entries if (one["record"], one["version"]) in versions), key=_moment)
    return {(one["record"], one["version"]): one["record_hash"] for one in found}


def _moment(entry: Row) -> Any:
    """When the server took an entry: it gives each a later one."""
    return entry["server_time"]


def _verify_history(database: Database[Row], collection: str, report: Report) -> None:
    """Compare each kept earlier version with the entry that was written with it."""
    versions = raw_of(database, HISTORIES[collection]).find().batch_size(_BATCH)
    while some := list(islice(versions, _BATCH)):
        said = last_hashes(database, collection, {(kept["record"], kept["version"]) for kept in some})
        for kept in some:
            record, version = kept["record"], kept["version"]
            if said.get((record, version)) != digest(kept["row"].raw):
                report.found(f"Its version {version} was altered past the program.", f"{collection} {record}")
