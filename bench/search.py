"""Patient search while typing: the first page of 50 rows, as the controller delivers them."""

from __future__ import annotations

from bench.measure import Figure, ratio
from bench.practice import Practice
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS

TYPED = ("mo", "moh", "ahmed sa", "ali has", "mari", "محم", "علي حس", "0100", "01000012", "zz", "girgis mina", "y")


def run(practice: Practice) -> list[Figure]:
    """Bare: one find with the best index, for the same rows."""
    session = practice.receptionist
    patients = session.server.database.patients

    def program(number: int) -> object:
        return PATIENTS.page(session, Query(text=TYPED[number % len(TYPED)])).rows

    def bare(number: int) -> object:
        query = Query(text=TYPED[number % len(TYPED)])
        found = patients.find({"$and": PATIENTS._matches(query)}, hint=PATIENTS._hint(query, "find.name"))
        return list(found.sort([("find.name", 1), ("_id", 1)]).limit(50))

    for number in range(len(TYPED)):
        if program(number) != bare(number):
            raise SystemExit(f"the two searches for {TYPED[number]!r} differ")
    return [ratio("search while typing", program, bare, 240, 1.5)]
