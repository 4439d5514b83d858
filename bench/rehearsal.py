"""What an operation of the program sends in its transaction, and the same sent once more by nothing but PyMongo.

The program rehearses: it does the operation to its end, but where it would commit it is stopped, so that the server
forgets all of it. What it sent is kept, documents, signatures, hashes and claims included, and can then be written for
real, with no other work than the driver's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from bench.listening import Started
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work

Row = dict[str, Any]
Sent = tuple[str, Row]
WRITES = ("insert", "findAndModify", "delete", "update")
# Numbers are given in the order of the counters: those of what is rehearsed are beyond any that the program gives.
_FAR = 500_000


class Rehearsed(Exception):
    """The operation was stopped where it would have committed."""


class Recorder(Started):
    """Keeps what is sent within transactions, and how many questions are asked besides."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.asked = 0

    def started(self, event: Any) -> None:
        """A command is on its way."""
        name = event.command_name
        if event.command.get("startTransaction"):
            # Where another one was in the way the driver has begun anew.
            self.sent = []
        if "autocommit" in event.command and name in WRITES:
            self.sent.append((name, event.command))
        elif name not in ("commitTransaction", "abortTransaction", "hello", "endSessions"):
            self.asked += 1


class Rehearsal:
    """Rehearses operations of sessions whose clients `recorder` listens to."""

    def __init__(self, recorder: Recorder, number: int) -> None:
        self._recorder = recorder
        self._given = _FAR * (number + 2)

    def of(self, session: Session, operation: Callable[[], object]) -> list[Sent]:
        """What an operation would write."""
        # What is rehearsed is the first of a chain of its own: those before it were never written.
        session.chain.begin()
        self._recorder.sent, self._recorder.asked = [], 0
        with self._stopped():
            try:
                operation()
            except Rehearsed:
                return self._recorder.sent
        raise RuntimeError("an operation wrote nothing")

    @property
    def questions(self) -> int:
        """How many times the operation rehearsed last asked the server something before it would have committed."""
        return self._recorder.asked

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        usual = Work.next_number

        def commit(_: ClientSession) -> None:
            raise Rehearsed

        def number(work: Work, series: str) -> int:
            self._given += 1
            return usual(work, series) + self._given

        with patch.object(ClientSession, "commit_transaction", commit), patch.object(Work, "next_number", number):
            yield


def write(database: Database[Row], sent: list[Sent]) -> None:
    """Write what was rehearsed, in one transaction, as one would by hand."""

    def writes(wire: ClientSession) -> None:
        for name, command in sent:
            _ONE[name](database[command[name]], command, wire)

    with database.client.start_session() as wire:
        wire.with_transaction(writes)


def _insert(collection: Any, command: Row, wire: ClientSession) -> None:
    if len(command["documents"]) == 1:
        collection.insert_one(command["documents"][0], session=wire)
    else:
        collection.insert_many(command["documents"], session=wire)


def _change(collection: Any, command: Row, wire: ClientSession) -> None:
    found = collection.find_one_and_update(
        command["query"],
        command["update"],
        upsert=command.get("upsert", False),
        return_document=ReturnDocument.AFTER,
        session=wire,
    )
    if found is None:
        raise RuntimeError(f"a bare change of {collection.name} found nothing to change")


def _delete(collection: Any, command: Row, wire: ClientSession) -> None:
    for one in command["deletes"]:
        collection.delete_many(one["q"], session=wire)


def _update(collection: Any, command: Row, wire: ClientSession) -> None:
    for one in command["updates"]:
        collection.update_many(one["q"], one["u"], session=wire)


_ONE = {"insert": _insert, "findAndModify": _change, "delete": _delete, "update": _update}
