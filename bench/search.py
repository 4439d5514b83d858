"""Patient search while typing: the first page of 50 rows, as the controller delivers them."""

from __future__ import annotations

from bench.measure import Figure, ratio
from bench.practice import Practice, Row
from hmsdesk.controllers.listing import PAGE_SIZE, Query
from hmsdesk.controllers.patients import PATIENTS

TYPED = ("mo", "moh", "ahmed sa", "ali has", "mari", "محم", "علي حس", "0100", "01000012", "zz", "girgis mina", "y")


def run(practice: Practice) -> list[Figure]:
    """Bare: the same question, made ready beforehand, as one find with its index and for as many rows.

    That the question itself walks an index is tests/models/test_registry.py's to say.
    """
    session = practice.receptionist
    patients = session.server.database.patients

    queries = [Query(text=typed) for typed in TYPED]
    ready = [({"$and": PATIENTS._matches(query)}, PATIENTS._hint(query, "find.name")) for query in queries]

    def program(number: int) -> list[Row]:
        return PATIENTS.page(session, queries[number % len(queries)]).rows

    def bare(number: int) -> list[Row]:
        where, hint = ready[number % len(ready)]
        # One row more than is shown tells whether there are more.
        return list(patients.find(where, hint=hint).sort([("find.name", 1), ("_id", 1)]).limit(PAGE_SIZE + 1))

    for number in range(len(TYPED)):
        if program(number) != bare(number)[:PAGE_SIZE]:
            raise SystemExit(f"the two searches for {TYPED[number]!r} differ")
    return [ratio("search while typing", program, bare, 240, 1.5)]
