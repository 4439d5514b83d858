"""The news of what changed: content-free rows, written with each change, watched by every workstation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pymongo
from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.change_stream import ChangeStream
from pymongo.errors import OperationFailure, PyMongoError

from hmsdesk.database.connection import Server, is_refused
from hmsdesk.errors import UserError

COLLECTION = "changes"
KEPT = timedelta(days=7)
INDEXES = [
    IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds()), name="forgotten after 7 days"),
    IndexModel([("collection", ASCENDING), ("action", ASCENDING), ("at", -1), ("_id", -1)], name="newest first"),
]
_PROPERTIES: dict[str, Any] = {
    "_id": {"bsonType": "objectId"},
    "at": {"bsonType": "date"},
    "collection": {"bsonType": "string", "maxLength": 64},
    "record": {"bsonType": ["objectId", "string"], "maxLength": 64},
    "version": {"bsonType": ["int", "long"]},
    "action": {"bsonType": "string", "maxLength": 64},
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
_AWAIT_MS = 500
# News are waited for in short turns; where one takes so long, its server is gone, and the next primary is listened to.
_TURN_S = 5.0
# The driver takes leave of a cursor's server, which may be gone.
_FAREWELL_S = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """Something was done to one record, in the trail's word for it. No word of what the record says.

    version: 0 where the record itself wasn't changed, as when a medicine runs low.
    """

    collection: str
    record: ObjectId | str
    version: int
    action: str
    at: datetime
    actor: ObjectId
    workstation: str


class Watcher:
    """A thread that listens to one collection and tells. It outlives lost connections and stops on close().

    on_event is told each event of the change stream; on_gap that some may have been missed, so that all must be
    fetched anew: at the beginning, when the place to resume at is lost, and when the server refuses the credential;
    on_state whether the server answers. A listener that raises a UserError is told of a gap a little later.
    """

    def __init__(
        self,
        server: Callable[[], Server],
        collection: str,
        on_event: Callable[[dict[str, Any]], None],
        on_gap: Callable[[], None],
        on_state: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._server = server
        self._collection = collection
        self._on_event = on_event
        self._on_gap = on_gap
        self._on_state = on_state
        self._resume: Any = None
        self._missed = True
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"watch {collection}", daemon=True)
        self._thread.start()

    def turn_away(self) -> None:
        """Listen no more, without waiting for the thread's end."""
        self._closed.set()

    def close(self) -> None:
        """Listen no more, and wait for the thread's end, at most as long as one question to the server takes."""
        self.turn_away()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
                continue
            except UserError as error:
                _log.info("a listener to %s failed: %s", self._collection, type(error).__name__)
                self._missed = True
            except PyMongoError as error:
                # Whoever turned it away has taken leave of the server, too.
                if not self._closed.is_set():
                    self._lost(error)
            self._closed.wait(_RETRY_S)

    def _lost(self, error: PyMongoError) -> None:
        code = error.code if isinstance(error, OperationFailure) else None
        _log.info("%s can't be followed: %s %s", self._collection, type(error).__name__, code)
        if is_refused(error):
            self._tell_refused()
        elif isinstance(error, OperationFailure) and not error.timeout:
            self._resume = None
            self._missed = True
        else:
            self._on_state(False)

    def _tell_refused(self) -> None:
        """The credential was renewed or revoked: the listener finds out which, and the next try shows it."""
        try:
            self._on_gap()
        except UserError as error:
            _log.info("a listener to %s failed: %s", self._collection, type(error).__name__)

    def _follow(self) -> None:
        """Listen until the connection is lost or replaced."""
        server = self._server()
        with server.noting_refusals(), self._opened(server) as stream:
            self._resume = stream.resume_token
            self._on_state(True)
            if self._missed:
                self._on_gap()
                self._missed = False
            while not self._closed.is_set() and self._server() is server:
                with pymongo.timeout(min(_TURN_S, server.timeout_s)):
                    found = stream.try_next()
                self._resume = stream.resume_token
                if found is not None:
                    self._on_event(dict(found))

    @contextmanager
    def _opened(self, server: Server) -> Iterator[ChangeStream[dict[str, Any]]]:
        collection = server.database[self._collection]
        with pymongo.timeout(server.timeout_s):
            stream = collection.watch(resume_after=self._resume, max_await_time_ms=_AWAIT_MS)
        try:
            yield stream
        finally:
            with pymongo.timeout(_FAREWELL_S):
                stream.close()


def news_of(event: dict[str, Any]) -> Change | None:
    """The news in an event of the change stream of `changes`; None for what isn't news, as its forgetting."""
    row = event.get("fullDocument")
    if event["operationType"] != "insert" or row is None:
        return None
    return Change(*(row[name] for name in ("collection", "record", "version", "action", "at", "actor", "workstation")))
