"""The news of what changed: content-free rows, written with each change, watched by every workstation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.errors import InvalidOperation, OperationFailure, PyMongoError

from hmsdesk.database.connection import Server

COLLECTION = "changes"
KEPT = timedelta(days=7)
INDEXES = [IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds()), name="forgotten after 7 days")]
_PROPERTIES: dict[str, Any] = {
    "_id": {"bsonType": "objectId"},
    "at": {"bsonType": "date"},
    "collection": {"bsonType": "string", "maxLength": 64},
    "record": {"bsonType": ["objectId", "string"], "maxLength": 64},
    "version": {"bsonType": ["int", "long"]},
    "actor": {"bsonType": "objectId"},
    "workstation": {"bsonType": "string", "maxLength": 64},
}
SCHEMA = {
    "bsonType": "object",
    "properties": _PROPERTIES,
    "required": sorted(_PROPERTIES),
    "additionalProperties": False,
}

_RETRY_S = 0.5
_AWAIT_MS = 1000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """One record was changed. No word of what it says."""

    collection: str
    record: ObjectId | str
    version: int
    actor: ObjectId
    workstation: str


class Watcher:
    """A thread that listens to one collection and tells. It outlives lost connections and stops on close().

    on_event is told each event of the change stream; on_gap that some may have been missed, so that all must be
    fetched anew; on_state whether the server answers.
    """

    def __init__(
        self,
        server: Callable[[], Server],
        collection: str,
        on_event: Callable[[dict[str, Any]], None],
        on_gap: Callable[[], None],
        on_state: Callable[[bool], None],
    ) -> None:
        self._server = server
        self._collection = collection
        self._on_event = on_event
        self._on_gap = on_gap
        self._on_state = on_state
        self._resume: Any = None
        self._heard_before = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"watch {collection}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and wait for the thread's end, at most as long as one question to the server takes."""
        self._closed.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
            except OperationFailure as error:
                # The place to resume at is lost, or the credential was renewed: begin anew and say so.
                _log.info("%s is followed anew: code %s", self._collection, error.code)
                self._resume = None
                self._closed.wait(_RETRY_S)
            except (PyMongoError, InvalidOperation) as error:
                _log.info("%s can't be followed: %s", self._collection, type(error).__name__)
                self._on_state(False)
                self._closed.wait(_RETRY_S)

    def _follow(self) -> None:
        collection = self._server().database[self._collection]
        with collection.watch(resume_after=self._resume, max_await_time_ms=_AWAIT_MS) as stream:
            self._on_state(True)
            if self._resume is None and self._heard_before:
                self._on_gap()
            self._heard_before = True
            while not self._closed.is_set():
                found = stream.try_next()
                self._resume = stream.resume_token
                if found is not None:
                    self._on_event(dict(found))


def news_of(event: dict[str, Any]) -> Change | None:
    """The news in an event of the change stream of `changes`; None for what isn't news, as its forgetting."""
    row = event.get("fullDocument")
    if event["operationType"] != "insert" or row is None:
        return None
    return Change(row["collection"], row["record"], row["version"], row["actor"], row["workstation"])
