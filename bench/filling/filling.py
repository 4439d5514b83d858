"""Loads what the plan says, in several processes: inserts without order or majority, and the indexes at the end."""

from __future__ import annotations

import os
import random
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context

from bson import ObjectId
from nacl.signing import SigningKey
from pymongo import MongoClient, WriteConcern
from pymongo.database import Database

from bench.filling import templates
from bench.filling.names import person
from bench.filling.plan import Plan, doctor_id, patient_id
from bench.filling.telling import Teller
from bench.filling.templates import KEPT, Templates
from hmsdesk.controllers.payments import drawer_of
from hmsdesk.database import provision
from hmsdesk.models.locale import Locale
from hmsdesk.models.patient_health import visit_marks
from hmsdesk.models.patients import Patient, identifier
from hmsdesk.models.row import Row
from hmsdesk.models.staff import StaffMember
from hmsdesk.models.stock import EXPIRED, RECEIVED

_LOADED = (*KEPT, "patients", "patient_health", "slot_claims", "prescription_turns", "stock_lots", "closings")
_CHUNK = 2000
_BATCH = 2000
_PREFIX = "ZZ"
# Of this many serial numbers all but a few make an ID.
_SERIALS = 1.12
_BORN = date(1936, 1, 1)


@dataclass(frozen=True)
class Access:
    """The practice's database for its owner."""

    address: str
    user: str
    password: str
    name: str

    def open(self) -> Database[Row]:
        """The database, where one node's word is enough."""
        client: MongoClient[Row] = MongoClient(
            self.address, username=self.user, password=self.password, authSource=self.name, tz_aware=True
        )
        return client.get_database(self.name, write_concern=WriteConcern(1))


@dataclass(frozen=True)
class Wanted:
    """What is to be loaded, as every process is told it. keys: the doctors' signing keys, by account.

    author, cashier: accounts. now: the moment up to which patients were registered.
    """

    access: Access
    locale: Locale
    plan: Plan
    keys: Mapping[ObjectId, bytes]
    author: ObjectId
    cashier: ObjectId
    now: datetime
    templates: Templates


def frequent() -> ObjectId:
    """The patient who comes most often."""
    return patient_id(0)


def regular() -> ObjectId:
    """A patient who comes as often as others do."""
    return patient_id(1)


def fill(access: Access, locale: Locale, keys: Mapping[ObjectId, bytes], *, author: ObjectId, cashier: ObjectId,
         patients: int, now: datetime, processes: int = 0) -> Plan:  # fmt: skip
    """Load so many patients with their visits beside those of the demo; returns what was planned.

    author: the account in whose name patients are registered. cashier: another one, who has no drawer yet.
    processes: 0 for as many as there are processors, 1 for this one alone.
    """
    database = access.open()
    until = now - timedelta(days=1)
    read = templates.read(database, until)
    first = min(visit.appointment["start"] for visit in read.visits)
    plan = Plan(patients, len(read.visits), 7 * ((now - first).days // 7 + 1))
    wanted = Wanted(access, locale, plan, keys, author, cashier, now, read)
    declared = provision.indexes()
    for name in _LOADED:
        database[name].drop_indexes()
    _load_shelves(database, wanted)
    starts = range(0, patients, _CHUNK)
    _say("demo told, indexes away; loading")
    if processes == 1:
        loader = _Loader(wanted)
        for start in starts:
            loader.load(start)
        loader.close()
    else:
        _load_in_processes(wanted, starts, processes or os.cpu_count())
    _say("indexes")
    with ThreadPoolExecutor(2) as threads:
        indexed = [name for name in _LOADED if declared.get(name)]
        list(threads.map(lambda name: database[name].create_indexes(declared[name]), indexed))
    database.client.close()
    return plan


def _load_in_processes(wanted: Wanted, starts: range, processes: int | None) -> None:
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (wanted,)) as pool:
        for done, _ in enumerate(pool.map(_load, starts), start=1):
            if done % 10 == 0:
                _say(f"{done * _CHUNK:,} patients")


def _say(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


def _teller(wanted: Wanted) -> Teller:
    keys = {person: SigningKey(seed) for person, seed in wanted.keys.items()}
    return Teller(wanted.templates, wanted.plan, keys, wanted.cashier)


def _load_shelves(database: Database[Row], wanted: Wanted) -> None:
    """What isn't any patient's: further doctors, lots and what came in, drawers, and how far they are numbered."""
    teller, plan = _teller(wanted), wanted.plan
    for group in range(1, plan.groups):
        rows = [row | {"_id": doctor_id(group, n), "name": f"{row['name']} {group + 1}"} for n, row in
                enumerate(wanted.templates.staff)]  # fmt: skip
        for row in rows:
            for unique in ("email", "licence"):
                row.pop(unique, None)
        _insert(database, {"staff": [row | {"find": StaffMember.derived(row)} for row in rows]})
    for copy in range(plan.copies):
        _insert(database, {"stock_lots": teller.lots(copy), "closings": teller.closings(copy),
                           "stock_movements": _receipts(teller, wanted, copy)})  # fmt: skip
    year = wanted.now.year % 100
    for series, last in teller.counted().items():
        name = drawer_of(wanted.cashier) if series == "drawer" else f"{series}-{year:02}"
        database.counters.update_one({"_id": name}, {"$max": {"last": last}}, upsert=True)


def _receipts(teller: Teller, wanted: Wanted, copy: int) -> list[Row]:
    """What came in, and what was left of it at the end, which was written off."""
    earlier, made = wanted.plan.earlier(copy), []
    handed: dict[ObjectId, int] = defaultdict(int)
    for visit in wanted.templates.visits:
        for row in visit.rows["stock_movements"]:
            handed[row["lot"]] += row["change"]
    came = [row for row in wanted.templates.receipts if row["kind"] == RECEIVED]
    for row in came:
        received = row | {"_id": ObjectId(), "lot": teller.lot(copy, row["lot"])}
        received["created_at"] = row["created_at"] - earlier
        made.append(received)
        left = row["change"] + handed.pop(row["lot"], 0)
        if left:
            over = {"_id": ObjectId(), "kind": EXPIRED, "change": -left, "after": 0, "note": "Expired"}
            made.append(received | over | {"created_at": wanted.now - earlier})
    return made


# In each process

_loaders: list[_Loader] = []


def _begin(wanted: Wanted) -> None:
    _loaders.append(_Loader(wanted))


def _load(start: int) -> None:
    _loaders[0].load(start)


class _Loader:
    """One process's share."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._teller = _teller(wanted)
        self._database = wanted.access.open()
        self._visits: Sequence[int] = wanted.plan.patients_of()

    def load(self, start: int) -> None:
        """The patients from `start` on, and all that is theirs."""
        into: dict[str, list[Row]] = defaultdict(list)
        chance = random.Random(start)
        last = min(start + _CHUNK, self._wanted.plan.patients)
        issued = _issued(start)
        for number, visits in zip(range(start, last), self._visits_from(start), strict=False):
            patient = self._patient(chance, number, *next(issued))
            into["patients"].append(patient)
            days: set[str] = set()
            for visit in visits:
                days.update(visit_marks(self._teller.visit(visit, patient, into)))
            into["patient_health"].append(self._health(chance, patient, days))
            if len(into["appointments"]) >= _BATCH:
                _insert(self._database, into)
        _insert(self._database, into)

    def close(self) -> None:
        """End its connection."""
        self._database.client.close()

    def _visits_from(self, patient: int) -> Iterator[range]:
        """The visits of a patient and of each one after, by their numbers."""
        low = bisect_left(self._visits, patient)
        while True:
            patient += 1
            high = bisect_left(self._visits, patient)
            yield range(low, high)
            low = high

    def _patient(self, chance: random.Random, number: int, serial: int, issued: str) -> Row:
        name, name_ar, gender = person(chance)
        born = _BORN + timedelta(days=int(chance.random() * 32000))
        like = chance.choice(self._wanted.templates.patients)
        copied = ("address", "alerts", "insurer", "policy", "insurance_percent", "birth_estimated", "active")
        values: Row = {one: like[one] for one in copied if one in like}
        values |= {"name": name, "gender": gender, "birth_date": born.isoformat(), "identifier": issued}
        values["phone"] = f"+201{chance.choice('0125')}{chance.randrange(10**8):08}"
        if chance.random() < 0.8:
            values["name_ar"] = name_ar
        span = timedelta(days=self._wanted.plan.days) * (self._wanted.plan.copies // self._wanted.plan.groups + 2)
        at = self._wanted.now - span * (1 - number / self._wanted.plan.patients) - timedelta(hours=1)
        find = Patient.derived(values) | {"prefix": _PREFIX, "serial": serial}
        return self._kept(patient_id(number), at) | values | {"find": find}

    def _health(self, chance: random.Random, patient: Row, days: set[str]) -> Row:
        like = chance.choice(self._wanted.templates.health)
        name = {key: patient["find"][key] for key in ("words", "edges", "name")}
        find = like["find"] | name | {"visit_days": sorted(days)}
        return like | self._kept(patient["_id"], patient["created_at"]) | {"find": find}

    def _kept(self, record: ObjectId, at: datetime) -> Row:
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        return {"_id": record, "version": 1, "created_at": at, "created_by": self._wanted.author}


def _insert(database: Database[Row], into: dict[str, list[Row]]) -> None:
    for name, rows in into.items():
        if rows:
            database[name].insert_many(rows, ordered=False, bypass_document_validation=True)
    into.clear()


def _issued(start: int) -> Iterator[tuple[int, str]]:
    serial = int(start * _SERIALS)
    while True:
        serial += 1
        if issued := identifier(_PREFIX, serial):
            yield serial, issued
