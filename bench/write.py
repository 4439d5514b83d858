"""One write: a department, its signed trail entry and the news of it, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from bson import ObjectId

from bench.measure import WARMING, Figure, ratio
from bench.practice import Practice, Row
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.database.audit import Event
from hmsdesk.models.departments import Department

ROUNDS = 200


def run(practice: Practice) -> list[Figure]:
    """Bare: a transaction of the same three inserts, which are made ready beforehand."""
    session = practice.administrator
    database, client = session.server.database, session.server.client
    template = session.chain.entries(
        uuid4().hex, [Event("create", "departments", ObjectId(), 1, bytes(32))], session.now()
    )

    def values() -> dict[str, object]:
        return {"name": f"Bench {uuid4().hex}", "code": uuid4().hex[:8]}

    def three() -> tuple[Row, Row, Row]:
        now = datetime.now(UTC)
        stamps = {"_id": ObjectId(), "version": 1, "created_at": now, "created_by": session.identity.person}
        row = stamps | Department.build(values(), session.locale)
        entry = template[0] | {"_id": ObjectId(), "chain": ObjectId(), "operation": uuid4().hex}
        news = {"_id": ObjectId(), "at": now, "collection": "bench", "record": row["_id"], "version": 1}
        return row, entry, news | {"actor": session.identity.person, "workstation": "bench"}

    ready = {number: three() for number in range(-WARMING, ROUNDS)}

    def program(_: int) -> object:
        return DEPARTMENTS.create(session, values(), uuid4().hex)

    def bare(number: int) -> object:
        row, entry, news = ready[number]

        def writes(wire: object) -> None:
            database.departments.insert_one(row, session=wire)
            database.audit.insert_many([entry], session=wire)
            database.changes.insert_many([news], session=wire)

        with client.start_session() as wire:
            return wire.with_transaction(writes)

    return [ratio("one write", program, bare, ROUNDS, 2.0)]
