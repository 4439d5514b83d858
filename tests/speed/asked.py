"""What the program asks the server, and what each question costs: commands as they were sent, and explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bson
from pymongo.database import Database
from pymongo.monitoring import CommandStartedEvent, register

from bench.listening import Started

Row = dict[str, Any]
_QUESTIONS = ("find", "aggregate", "count", "distinct")
# What belongs to the moment and the connection, not to the question.
_ENVELOPE = ("lsid", "txnNumber", "startTransaction", "autocommit", "readConcern", "maxTimeMS")


@dataclass(frozen=True)
class Question:
    """One command. name: find, aggregate, count or distinct. where: the collection."""

    name: str
    where: str
    command: Row

    @property
    def shape(self) -> str:
        """The same for two questions that differ only in what they look for."""
        parts = (
            _shape(self.command.get(part)) for part in ("filter", "query", "pipeline", "sort", "hint", "projection")
        )
        limit = min(self.command.get("limit", 0), 1)
        return f"{self.name} {self.where} {' '.join(parts)} {limit}"


class Asked(Started):
    """Notes the questions while it is told to; and how many commands of any kind were sent."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.sent: list[str] = []
        self._notes = False

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Begin anew, until the block ends."""
        self.questions, self.sent, self._notes = [], [], True
        try:
            yield
        finally:
            self._notes = False

    def started(self, event: CommandStartedEvent) -> None:
        if not self._notes:
            return
        self.sent.append(event.command_name)
        if event.command_name in _QUESTIONS:
            sent: Row = bson.decode(bson.encode(event.command))
            command = {key: value for key, value in sent.items() if key[0] != "$" and key not in _ENVELOPE}
            self.questions.append(Question(event.command_name, str(sent[event.command_name]), command))


# Connections that are made from now on are listened to; there is no way to stop, so it only notes when it is told to.
ASKED = Asked()
register(ASKED)


@dataclass(frozen=True)
class Cost:
    """What the server did for one question."""

    scanned: bool
    keys: int
    examined: int
    returned: int


def cost(database: Database[Row], question: Question) -> Cost:
    """Asks again, explained. The database: for somebody who may read everything."""
    told = database.command({"explain": question.command, "verbosity": "executionStats"})
    runs = list(_runs(told))
    scanned = any(one.get("stage") == "COLLSCAN" or one.get("collectionScans") for one in _dicts(told))
    outer = runs[0] if runs else {}
    looked_up = sum(int(one.get("totalDocsExamined", 0)) for one in _dicts(told.get("stages", [])) if "$lookup" in one)
    examined = int(outer.get("totalDocsExamined", 0)) + looked_up
    stages = told.get("stages")
    returned = int(stages[-1].get("nReturned", 0)) if stages else int(outer.get("nReturned", 0))
    return Cost(scanned, int(outer.get("totalKeysExamined", 0)), examined, returned)


def _runs(told: object) -> Iterator[Row]:
    return (one["executionStats"] for one in _dicts(told) if "executionStats" in one)


def _dicts(told: object) -> Iterator[Row]:
    if isinstance(told, Mapping):
        yield dict(told)
        for name, one in told.items():
            # What was thought of and not done costs nothing.
            if name not in ("rejectedPlans", "allPlansExecution", "command"):
                yield from _dicts(one)
    elif isinstance(told, list | tuple):
        for one in told:
            yield from _dicts(one)


def _shape(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{_shape(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted({_shape(one) for one in value})) + "]"
    return type(value).__name__
