"""Files in the database, as GridFS lays them out: a document that describes one, and its bytes in chunks.

The driver's own GridFS would look at indexes that a limited role can't see, and can't be stopped half-way.
A file comes first, and the record that links it in a transaction after it: what was never linked is an orphan.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bson import Binary, ObjectId
from pymongo import IndexModel
from pymongo.database import Database

from hmsdesk.database.session import Session
from hmsdesk.models.documents import BUCKET, Document
from hmsdesk.models.row import Row
from hmsdesk.models.watch import Watch

FILES, CHUNKS = f"{BUCKET}.files", f"{BUCKET}.chunks"
CHUNK = 255 * 1024
ORPHANED_AFTER = timedelta(days=1)
_FETCHED_AT_ONCE = 16
_WHOLE = {"bsonType": ["int", "long"], "minimum": 0}

SCHEMAS: dict[str, Row] = {
    FILES: {
        "bsonType": "object",
        "properties": {
            "_id": {"bsonType": "objectId"},
            "length": _WHOLE,
            "chunkSize": _WHOLE,
            "uploadDate": {"bsonType": "date"},
            "metadata": {"bsonType": "object"},
        },
        "required": ["length", "chunkSize", "uploadDate"],
        "additionalProperties": False,
    },
    CHUNKS: {
        "bsonType": "object",
        "properties": {
            "_id": {"bsonType": "objectId"},
            "files_id": {"bsonType": "objectId"},
            "n": _WHOLE,
            "data": {"bsonType": "binData"},
        },
        "required": ["files_id", "n", "data"],
        "additionalProperties": False,
    },
}
INDEXES = {
    FILES: [IndexModel([("uploadDate", 1)], name="oldest first")],
    CHUNKS: [IndexModel([("files_id", 1), ("n", 1)], name="chunks of a file", unique=True)],
}


def store(session: Session, content: bytes, watch: Watch) -> ObjectId:
    """Put bytes into the bucket; the id they have there. Raises Stopped, NotAllowed, Unreachable."""
    file = ObjectId()
    for n, start in enumerate(range(0, len(content), CHUNK)):
        watch.go_on("The file was not added.")
        piece = content[start : start + CHUNK]
        with session.server.asked() as database:
            database[CHUNKS].insert_one({"_id": ObjectId(), "files_id": file, "n": n, "data": Binary(piece)})
        watch.progress(start + len(piece), len(content))
    described = {"_id": file, "length": len(content), "chunkSize": CHUNK, "uploadDate": datetime.now(UTC)}
    with session.server.asked() as database:
        database[FILES].insert_one(described)
    return file


def fetch(session: Session, file: ObjectId, size: int, watch: Watch) -> bytes:
    """The bytes of a file, as far as they are there. Raises Stopped, NotAllowed, Unreachable."""
    got = bytearray()
    n = 0
    while len(got) < size:
        watch.go_on("The file was not read.")
        wanted = {"files_id": file, "n": {"$gte": n, "$lt": n + _FETCHED_AT_ONCE}}
        with session.server.asked() as database:
            pieces = [row["data"] for row in database[CHUNKS].find(wanted).sort("n", 1)]
        if not pieces:
            break
        got += b"".join(pieces)
        n += _FETCHED_AT_ONCE
        watch.progress(len(got), size)
    return bytes(got)


def sweep(database: Database[Row], now: datetime) -> int:
    """Take away what was stored more than a day ago and never linked to a record; how many files that were.

    It needs the owner credential: no role may delete files. Chunks of a file that was stopped half-way go too.
    """
    old = ObjectId.from_datetime(now - ORPHANED_AFTER)
    linked = {row["file"] for row in database[Document.collection()].find({}, ["file"]) if "file" in row}
    begun = database[CHUNKS].distinct("files_id", {"n": 0, "files_id": {"$lt": old}})
    orphans = [file for file in begun if file not in linked]
    database[CHUNKS].delete_many({"files_id": {"$in": orphans}})
    database[FILES].delete_many({"_id": {"$in": orphans}})
    return len(orphans)
