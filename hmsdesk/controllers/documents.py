"""Files of a patient: adding one, looking at it byte for byte as it was added, and taking it out of the chart."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping, add_authors
from hmsdesk.database import files
from hmsdesk.database.audit import Event
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, record_id, write
from hmsdesk.errors import UserError
from hmsdesk.models.documents import MOST_BYTES, MOST_MEBIBYTES, Document, kind_of, size_words, tidy_name
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.permissions import CREATE, READ

_MOST = 200


@dataclass(frozen=True)
class NewFile:
    """A file to be added to a patient's chart. encounter: the visit it came with, if it came with one."""

    patient: ObjectId
    name: str
    content: bytes
    encounter: ObjectId | None = None


class Documents(Keeping):
    """Keeping documents."""

    def add(self, session: Session, new: NewFile, operation: str, watch: Watch = UNWATCHED) -> Row:
        """Add a file to a patient's chart: first its bytes, then the record that links them.

        Raises UserError for what is too large, empty or of no kind that can be shown, Stopped, NotAllowed,
        Unreachable.
        """
        session.require(self.resource, CREATE)
        facts = {"patient": new.patient, "name": tidy_name(new.name), "kind": _checked(new.name, new.content)}
        known: Row = {"encounter": new.encounter} if new.encounter is not None else {}
        check = {"size": len(new.content), "sha256": sha256(new.content).hexdigest()}
        built = self.built(session, facts | known | check)
        file = files.store(session, new.content, watch)
        with suppress(Repeated):
            write(session, operation, lambda work: work.insert(self.resource, built | {"file": file}, "add document"))
        return self.get(session, record_id(operation))

    def content(self, session: Session, document: Row, watch: Watch = UNWATCHED) -> bytes:
        """The bytes of a file exactly as they were added, once the opening is in the trail.

        Raises UserError where they are not what was added, Stopped, NotAllowed, Unreachable.
        """
        session.require(self.resource, READ)
        opening = Event("open document", self.resource, document["_id"])
        write(session, uuid4().hex, lambda work: work.note(opening))
        got = files.fetch(session, document["file"], document["size"], watch)
        if sha256(got).hexdigest() != document["sha256"]:
            raise UserError("This file is not as it was added.", "Don't rely on it, and tell an administrator.")
        return got

    def of_patient(self, session: Session, patient: ObjectId) -> list[Row]:
        """The files in a patient's chart, the newest first, with who added them. Raises NotAllowed, Unreachable."""
        return self._of(session, {"patient": patient, "active": {"$ne": False}})

    def taken_out(self, session: Session, patient: ObjectId) -> list[Row]:
        """The files that were taken out of a patient's chart, and can be put back. Raises NotAllowed, Unreachable."""
        return self._of(session, {"patient": patient, "active": False})

    def _of(self, session: Session, asked: Row) -> list[Row]:
        with session.reading(self.resource) as collection:
            rows = list(collection.find(asked).sort([("created_at", -1), ("_id", -1)]).limit(_MOST))
        add_authors(session, rows)
        return rows


def _checked(name: str, content: bytes) -> str:
    """What kind of file it is. Raises UserError for what is not taken."""
    shown = tidy_name(name)
    if not content:
        raise UserError(f"{shown} is empty.", "There is nothing in it to be kept.")
    if len(content) > MOST_BYTES:
        size = size_words(len(content))
        raise UserError(f"{shown} is too large.", f"It has {size}; at most {MOST_MEBIBYTES} MB are taken.")
    kind = kind_of(content)
    if kind is None:
        raise UserError(f"{shown} can't be added.", "Only PDF files, pictures (PNG, JPEG, GIF, WebP) and plain text.")
    return kind


DOCUMENTS = Documents(Document)
