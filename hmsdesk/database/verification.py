"""Checks the whole trail: hashes, signatures, gaps, cut tails, and the live records against their last entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from bson import ObjectId
from bson.raw_bson import RawBSONDocument
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from pymongo.database import Database

from hmsdesk.database import audit
from hmsdesk.security.certificates import Untrusted, believed, effective
from hmsdesk.security.signing import digest

Row = dict[str, Any]
Heads = Mapping[ObjectId, tuple[int, bytes]]

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
    collections: list[str],
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Verify the trail, and the records of those `collections` that the connected user may read.

    heads: the chain heads kept outside the database. progress is told how many entries are done.
    """
    report = Report()
    keys = _signing_keys(database, practice_key)
    ends = _verify_chains(database, keys, report, progress)
    _verify_heads(heads, ends, report)
    for collection in collections:
        _verify_records(database, collection, report)
    return report


def _signing_keys(database: Database[Row], practice_key: bytes) -> dict[ObjectId, tuple[bytes, ...]]:
    seals = {seal["_id"]: seal for seal in database.seals.find({}, ["successor"])}
    keys = {}
    for account in database.accounts.find():
        try:
            certificate = believed(practice_key, account)
        except Untrusted:
            continue
        now = effective(certificate, seals.get(account["_id"]))
        keys[account["_id"]] = (*now.signing_keys(), *certificate.signing_keys())
    return keys


def _verify_chains(
    database: Database[Row], keys: dict[ObjectId, tuple[bytes, ...]], report: Report, progress: Callable[[int], None]
) -> dict[ObjectId, dict[int, bytes]]:
    """Check each chain link by link; chain -> seq -> hash of what is there."""
    entries = database[audit.COLLECTION].find().sort([("chain", 1), ("seq", 1)]).batch_size(_BATCH)
    seen: dict[ObjectId, dict[int, bytes]] = {}
    for chain, links in groupby(entries, key=lambda entry: entry["chain"]):
        report.chains += 1
        seen[chain] = {}
        expected, previous = 1, audit.START
        for entry in links:
            _verify_entry(entry, expected, previous, keys, report)
            expected, previous = entry["seq"] + 1, entry["hash"]
            seen[chain][entry["seq"]] = entry["hash"]
            report.entries += 1
            if report.entries % _BATCH == 0:
                progress(report.entries)
    return seen


def _verify_entry(
    entry: Row, expected: int, previous: bytes, keys: dict[ObjectId, tuple[bytes, ...]], report: Report
) -> None:
    where = f"chain {entry['chain']}, entry {entry['seq']}"
    if entry["seq"] != expected:
        report.found(f"Entries {expected} to {entry['seq'] - 1} are missing.", where)
    elif entry["previous"] != previous:
        report.found("The entry does not follow the one before it.", where)
    if audit.entry_hash(entry) != entry["hash"]:
        report.found("The entry was altered.", where)
    elif not _is_signed(entry, keys.get(entry["person"], ())):
        report.found("The entry was not signed by the person it names.", where)


def _is_signed(entry: Row, keys: tuple[bytes, ...]) -> bool:
    for key in keys:
        try:
            VerifyKey(key).verify(entry["hash"], entry["signature"])
        except (BadSignatureError, ValueError):
            continue
        return True
    return False


def _verify_heads(heads: Heads, seen: dict[ObjectId, dict[int, bytes]], report: Report) -> None:
    for chain, (seq, hashed) in heads.items():
        if seen.get(chain, {}).get(seq) != hashed:
            report.found(f"This workstation wrote entry {seq}, and it is not there any more.", f"chain {chain}")


def _verify_records(database: Database[Row], collection: str, report: Report) -> None:
    last = _last_entries(database, collection)
    for record, actual in _live(database, collection):
        report.records += 1
        entry = last.pop(record, None)
        where = f"{collection} {record}"
        if entry is None:
            report.found("The record appeared past the program: the trail knows nothing of it.", where)
        elif entry["record_hash"] != actual:
            report.found("The record was altered past the program.", where)
    for record, entry in last.items():
        if entry["record_hash"] is not None:
            report.found("The record was removed past the program.", f"{collection} {record}")


def _last_entries(database: Database[Row], collection: str) -> dict[Any, Row]:
    """Record -> the newest entry that changed it."""
    changed = {"collection": collection, "version": {"$ne": None}}
    entries = database[audit.COLLECTION].find(changed, ["record", "record_hash"]).hint("record")
    last: dict[Any, Row] = {}
    for entry in entries.sort([("collection", 1), ("record", 1), ("version", -1)]):
        last.setdefault(entry["record"], entry)
    return last


def _live(database: Database[Row], collection: str) -> Iterator[tuple[Any, bytes]]:
    options = database.codec_options.with_options(document_class=RawBSONDocument)
    for raw in database[collection].with_options(codec_options=options).find().batch_size(_BATCH):
        yield raw["_id"], digest(raw.raw)
