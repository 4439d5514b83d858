"""Many records at once, in one person's name: each with its entry in the trail, and no news, as nobody waits."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Any
from uuid import uuid4

import bson
from bson import ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession
from pymongo.write_concern import WriteConcern

from hmsdesk.database import audit
from hmsdesk.database.audit import Event
from hmsdesk.database.connection import translated
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import insert_all
from hmsdesk.models.registry import encrypted
from hmsdesk.models.row import Row
from hmsdesk.security.signing import digest

# So few that a slow computer is done with them long before a server gives a transaction up (mongod.HELD_S).
BATCH = 200


class Loading:
    """Takes records and sends them in transactions of some hundred; while one is on its way the next is made.

    A batch is in the database as a whole or not at all. Used as a context: at its end all are there. Raises Unreachable
    and the translator's other UserErrors, at the next record or at the end.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._sender = ThreadPoolExecutor(1, "loading")
        self._sent: Future[None] | None = None
        self._rows: dict[str, list[RawBSONDocument]] = {}
        self._entries: list[Row] = []
        self._name, self._added = uuid4().hex, 0

    @property
    def person(self) -> ObjectId:
        """In whose name."""
        return self.session.identity.person

    def __enter__(self) -> Loading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        try:
            if problem is None:
                self._send()
                self._wait()
        finally:
            self._sender.shutdown()

    def add(
        self, collection: str, values: Mapping[str, Any], action: str, at: datetime, reason: str | None = None
    ) -> Row:
        """Add a record that was made at a time; its id (unless given), version and author are filled in. Returns it."""
        row: Row = {"_id": values.get("_id") or ObjectId(), "version": 1, **values}
        row |= {"created_at": at, "created_by": self.session.identity.person}
        cipher = self.session.server.cipher
        raw = bson.encode(cipher.sealed(collection, row) if cipher and collection in encrypted() else row)
        self._rows.setdefault(collection, []).append(RawBSONDocument(raw))
        event = Event(action, collection, row["_id"], 1, digest(raw), reason)
        chain = self.session.chain
        self._added += 1
        (entry,) = chain.entries(f"{self._name}-{self._added}", [event], at)
        chain.advance(entry)
        self._entries.append(entry)
        if len(self._entries) >= BATCH:
            self._send()
        return row

    def claim(self, collection: str, claim: Row) -> None:
        """Take what only one may have. It is no record, so the trail doesn't name it."""
        self._rows.setdefault(collection, []).append(RawBSONDocument(bson.encode(claim)))

    def _send(self) -> None:
        self._wait()
        rows, entries, self._rows, self._entries = self._rows, self._entries, {}, []
        self._sent = self._sender.submit(self._write, rows, entries)

    def _wait(self) -> None:
        if self._sent is not None:
            self._sent.result()

    def _write(self, rows: Mapping[str, list[RawBSONDocument]], entries: list[Row]) -> None:
        database = self.session.server.database

        def transaction(wire: ClientSession) -> None:
            for name, batch in rows.items():
                insert_all(database[name], batch, wire)
            insert_all(database[audit.COLLECTION], entries, wire)

        with translated(), self.session.server.client.start_session() as wire:
            wire.with_transaction(transaction, write_concern=WriteConcern("majority"))
        self.session.chain.written(entries)
