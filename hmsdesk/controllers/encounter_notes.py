"""What a doctor writes of a visit: saved in versions while it is open, and only added to once it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping, add_authors
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.encounter_notes import MAIN, NOTHING_WRITTEN, REFUTED, Addendum, EncounterNote, is_empty
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, UPDATE

CLOSED = UserError("This visit is closed.", "What is to be added to it is written as an addendum.")
STILL_OPEN = UserError("This visit is still open.", "Write into its note, or close it first.")


class EncounterNotes(Keeping):
    """Keeping notes. They are made with their visit, and closed with it."""

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """Save what was written, if the note is still at `version`: the version before it is kept.

        Raises Conflict with the note as it stands now, UserError once the visit is closed, and what
        Keeping.change raises.
        """
        session.require(self.resource, UPDATE)
        if "closed_at" in self._read(session, record):
            raise CLOSED
        return super().change(session, record, version, changes, operation)

    def read(self, session: Session, record: ObjectId) -> Row:
        """A note without the names of whom it refers to. Raises NotAllowed, NotFound, Unreachable."""
        return self._read(session, record)

    def main_diagnosis(self, session: Session, record: ObjectId) -> str:
        """The visit's main diagnosis in words, else its first; empty where none is written down.

        Raises NotAllowed, NotFound, Unreachable.
        """
        diagnoses = [one for one in self._read(session, record).get("diagnoses", []) if one["certainty"] != REFUTED]
        first = sorted(diagnoses, key=lambda one: one["rank"] != MAIN)[:1]
        return str(first[0]["text"])[:120] if first else ""

    def to_close(self, session: Session, note: Row, changes: Mapping[str, object]) -> Row:
        """What is to be set to close a note with what was written. Raises InvalidInput where nothing was."""
        update = self._update(session, note, changes)
        whole: dict[str, Any] = note | update
        if is_empty(whole):
            raise InvalidInput({"reason": NOTHING_WRITTEN})
        return update


class Addenda(Keeping):
    """Keeping addenda: they are written, and never changed."""

    def add(self, session: Session, encounter: ObjectId, text: str, operation: str) -> Row:
        """Add to a closed visit. Raises InvalidInput, NotAllowed, NotFound, UserError while the visit is open."""
        session.require(self.resource, CREATE)
        note = NOTES.read(session, encounter)
        if "closed_at" not in note:
            raise STILL_OPEN
        values = {"encounter": encounter, "patient": note["patient"], "text": text}
        return self.create(session, values, operation)

    def of(self, session: Session, encounter: ObjectId) -> list[Row]:
        """The addenda of a visit, the oldest first, with who wrote them. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            rows = list(collection.find({"encounter": encounter}).sort([("created_at", 1), ("_id", 1)]))
        add_authors(session, rows)
        return rows


NOTES = EncounterNotes(EncounterNote)
ADDENDA = Addenda(Addendum)
