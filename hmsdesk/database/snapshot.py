"""A practice's records as they all were at one moment, and putting them into an empty database byte for byte.

They are never decoded: what a newer, an older or a hostile program wrote comes back as it is.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from hmsdesk.database import changes
from hmsdesk.database.connection import Server, translated
from hmsdesk.errors import UserError
from hmsdesk.models.manifests import Amount
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.permissions import collections

# News for windows that were open then: nobody waits for them where the practice is restored.
LEFT_OUT = (changes.COLLECTION,)
_DOCUMENTS_AT_ONCE = 5000
_SNAPSHOT_TOO_OLD, _SNAPSHOT_UNAVAILABLE = 239, 246
_PAUSE_S = 0.2
_LENGTH = struct.Struct("<i")


def kept_collections() -> list[str]:
    """The collections a backup holds."""
    return sorted(set(collections()) - set(LEFT_OUT))


class Tally:
    """Adds up what there is of one collection."""

    def __init__(self) -> None:
        self._count = self._bytes = 0
        self._hash = sha256()

    def add(self, content: bytes) -> int:
        """Some more of its documents, one behind the other; how many."""
        number = sum(1 for _ in documents(content))
        self._count += number
        self._bytes += len(content)
        self._hash.update(content)
        return number

    def amount(self) -> Amount:
        """What it came to."""
        return Amount(count=self._count, bytes=self._bytes, sha256=self._hash.hexdigest())


def documents(content: bytes) -> Iterator[tuple[int, int]]:
    """Where each of several documents begins and ends that stand one behind the other. Raises ValueError."""
    start = 0
    while start < len(content):
        if start + _LENGTH.size > len(content):
            raise ValueError("no document")
        (length,) = _LENGTH.unpack_from(content, start)
        if length < 5 or start + length > len(content):
            raise ValueError("no document")
        yield start, start + length
        start += length


def about_how_many(server: Server, names: Iterable[str]) -> int:
    """How many documents there are, give or take those just being written. Raises Unreachable."""
    with server.asked() as database:
        return sum(database[name].estimated_document_count() for name in names)


def read_snapshot(server: Server, names: Iterable[str], watch: Watch = UNWATCHED) -> Iterator[tuple[str, bytes]]:
    """All documents of some collections as they were at one moment, in the order of their ids: (collection, documents).

    Work may go on meanwhile. Raises Stopped, NotAllowed, Unreachable, and UserError where the server no longer knows
    how things were at that moment.
    """
    chosen = list(names)
    with _long_ago(), translated(), _moment(server, chosen) as moment:
        for name in chosen:
            collection = server.database[name]
            found: Any = collection.find_raw_batches(sort=[("_id", 1)], batch_size=_DOCUMENTS_AT_ONCE, session=moment)
            with found:
                while True:
                    watch.go_on("The backup was not made.")
                    with pymongo.timeout(server.timeout_s):
                        content = next(found, None)
                    if content is None:
                        break
                    if content:
                        yield name, content


@contextmanager
def _moment(server: Server, names: Sequence[str]) -> Iterator[ClientSession]:
    """A moment at which each of some collections was there as it is declared now.

    Of one that was just made, or given an index, a server shows nothing until its snapshots are as new as that.
    """
    until = time.monotonic() + server.timeout_s
    while True:
        with server.client.start_session(snapshot=True) as moment:
            try:
                for name in names:
                    with pymongo.timeout(server.timeout_s):
                        server.database[name].find_one({}, ["_id"], session=moment)
            except OperationFailure as error:
                if error.code != _SNAPSHOT_UNAVAILABLE or time.monotonic() > until:
                    raise
            else:
                yield moment
                return
        time.sleep(_PAUSE_S)


@contextmanager
def _long_ago() -> Iterator[None]:
    try:
        yield
    except OperationFailure as error:
        if error.code not in (_SNAPSHOT_TOO_OLD, _SNAPSHOT_UNAVAILABLE):
            raise
        raise UserError(
            "The server was too slow for a backup of one moment.",
            "It remembers for some minutes only how things were. Try again when less is going on, or let whoever looks "
            "after it raise minSnapshotHistoryWindowInSeconds.",
        ) from None


def insert_documents(database: Database[Row], name: str, content: bytes) -> int:
    """Put documents into a collection as they are, whatever its limits say today; how many. Raises Unreachable."""
    rows = [RawBSONDocument(content[start:end]) for start, end in documents(content)]
    with translated():
        collection: Any = database[name]
        collection.insert_many(rows, ordered=False, bypass_document_validation=True)
    return len(rows)


def amount_in(server: Server, name: str) -> Amount:
    """How much of a collection is there now. Raises Unreachable."""
    tally = Tally()
    for _, content in read_snapshot(server, [name]):
        tally.add(content)
    return tally.amount()
