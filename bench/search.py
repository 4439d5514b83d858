"""Patient search while typing, the first 50 rows as the controller delivers them; and a page deep in the list."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations

from bench.filling.names import all_of
from bench.measure import Figure, against, ratio
from bench.practice import Practice, Row
from hmsdesk.controllers.listing import PAGE_SIZE, Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database.session import Session
from hmsdesk.models.patients import PAIRED, Patient
from hmsdesk.models.record import SEARCHED

QUERIES, ROUNDS = 200, 5
DEEP = 1000
_BOUND = 1.5
_TRIES = 3
_COMMON = ("mo", "moh", "mohamed", "ahmed", "ali", "hassan", "mahmoud", "sa", "mariam", "ragab", "yous", "omar")

Ask = Callable[[], list[Row]]


def run(practice: Practice) -> list[Figure]:
    """Bare: one find, made ready beforehand, for as many rows; of several words it looks up the one that is fastest."""
    session = practice.receptionist
    return [*_while_typing(session), *_deep(session)]


def _while_typing(session: Session) -> list[Figure]:
    pairs = [_ready(session, Query(text=typed)) for typed in typed_texts(session)]
    mine: list[list[float]] = [[] for _ in pairs]
    theirs: list[list[float]] = [[] for _ in pairs]
    for _ in range(ROUNDS):
        for number, (program, bare) in enumerate(pairs):
            mine[number].append(_ms(program))
            theirs[number].append(_ms(bare))
    each = [statistics.median(one) for one in mine], [statistics.median(one) for one in theirs]
    middles = [statistics.median(one) for one in each]
    slowest = [statistics.quantiles(one, n=20)[-1] for one in each]
    said = f"{len(pairs)} texts, {against(*each)}"
    return [
        Figure("search while typing", middles[0] / middles[1], "x bare", _BOUND, said),
        Figure("search, p95", slowest[0] / slowest[1], "x bare", _BOUND, "of the same texts"),
    ]


def _ready(session: Session, query: Query) -> tuple[Ask, Ask]:
    """The program's way and the best bare one, which find the same rows."""

    def program() -> list[Row]:
        return PATIENTS.page(session, query).rows

    rows = program()
    bare = min(_bare(session, query), key=lambda one: min(_ms(one) for _ in range(_TRIES)))
    if rows != bare()[:PAGE_SIZE]:
        raise RuntimeError(f"the two searches for {query.text!r} differ")
    return program, bare


def _bare(session: Session, query: Query) -> list[Ask]:
    """Every way to ask the same in one find: the first clause is what the index is walked by."""
    patients = session.server.database.patients
    order = [("find.name", 1), ("_id", 1)]
    asked = PATIENTS._matches(query)
    by_one = [one for one in asked if PAIRED not in one]

    def way(clauses: Sequence[Row], hint: list[tuple[str, int]]) -> Ask:
        where = {"$and": list(clauses)}
        # One row more than is shown tells whether there are more.
        return lambda: list(patients.find(where, hint=hint).sort(order).limit(PAGE_SIZE + 1))

    as_program = [way(asked, PATIENTS._hint(query, "find.name"))]
    if "identifier" in asked[0]:
        return as_program
    return as_program + [way(one, Patient.walked("find.name", SEARCHED)) for one in permutations(by_one)]


def typed_texts(session: Session) -> list[str]:
    """What people type: single letters, beginnings and parts of names in any order, in both scripts, phones and IDs.

    Common with common, common with rare and rare with rare; the same each time.
    """
    chance = random.Random(7)
    patients = list(session.server.database.patients.find({}, ["name", "name_ar", "phone", "identifier"]).limit(4000))
    known = chance.sample(patients, 200)
    rare = [name[0].lower() for kind in ("female", "family") for name in all_of(kind)[40:400:9]]
    texts = [*"amshkyrnd", *"محعسأ", *_COMMON]
    texts += [f"{one} {other}" for one, other in zip(_COMMON, reversed(_COMMON), strict=True) if one != other]
    texts += [f"{one[: chance.randrange(2, 5)]} {chance.choice(_COMMON)[:3]}" for one in rare[:20]]
    texts += [f"{one} {other}" for one, other in zip(rare[20:40], rare[40:60], strict=False)]
    for patient in known:
        parts = patient["name"].lower().split()
        chance.shuffle(parts)
        arabic = str(patient.get("name_ar") or patient["name"]).split()
        phone = patient.get("phone", "+201000000").replace("+20", "0")
        texts += [
            parts[0][: chance.randrange(1, 6)],
            f"{parts[0]} {parts[1][: chance.randrange(1, 5)]}",
            arabic[0][: chance.randrange(1, 5)],
            f"{arabic[-1]} {arabic[0][:3]}",
            phone[: chance.randrange(3, 12)],
            patient["identifier"][: chance.choice((5, 7, 12))],
        ]
    return list(dict.fromkeys(texts))[:QUERIES]


def _deep(session: Session) -> list[Figure]:
    """A page so many further on in the order of the names, from the row before it."""
    patients = session.server.database.patients
    order = [("find.name", 1), ("_id", 1)]
    page = min(DEEP, patients.estimated_document_count() // PAGE_SIZE - 1)
    start = next(patients.find().sort(order).skip(page * PAGE_SIZE - 1).limit(1))
    first, deep = Query(), replace(Query(), start=start)
    clauses = PATIENTS._onwards(deep, "find.name", 1)

    def shown(query: Query) -> Callable[[int], list[Row]]:
        return lambda _: PATIENTS.page(session, query).rows

    def bare(_: int) -> list[Row]:
        return list(patients.find({"$and": clauses}, hint=order).sort(order).limit(PAGE_SIZE + 1))

    if shown(deep)(0) != bare(0)[:PAGE_SIZE]:
        raise RuntimeError("the two deep pages differ")
    beside_first = ratio(f"page {page:,} to page 1", shown(deep), shown(first), 100, _BOUND)
    return [ratio(f"page {page:,}", shown(deep), bare, 100, _BOUND), replace(beside_first, unit="x first")]


def _ms(work: Ask) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
