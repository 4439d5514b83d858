"""How the practice works: one record that everybody reads and an administrator changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping, add_authors
from hmsdesk.database.questions import Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, write
from hmsdesk.errors import Conflict
from hmsdesk.models.declaration import declared_fields, default_of
from hmsdesk.models.preferences import THE_ONE, Preferences
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE


class PreferencesKeeping(Keeping):
    """Keeping the one record. Until somebody has changed it, it is as declared, in version 0."""

    question = Question(Preferences.collection(), {"_id": THE_ONE})
    """Asks for what is kept; `said` tells what holds then."""

    def current(self, session: Session) -> Row:
        """What holds now. Raises Unreachable."""
        with session.reading(self.resource) as collection:
            return self.said(list(collection.find(self.question.where)))

    def said(self, kept: Sequence[Row]) -> Row:
        """What holds, of what was found."""
        usual = {name: default_of(field) for name, field in declared_fields(self.record).items()}
        return usual | next(iter(kept), {"_id": THE_ONE, "version": 0})

    def get(self, session: Session, record: ObjectId) -> Row:
        """What holds now, and who made it so. Raises Unreachable."""
        row = self.current(session)
        add_authors(session, [row])
        return row

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """Change what holds, if it is still at `version`. Raises Conflict, InvalidInput, NotAllowed, Unreachable."""
        if version:
            return super().change(session, THE_ONE, version, changes, operation)
        session.require(self.resource, CREATE)
        usual = {name: default_of(field) for name, field in declared_fields(self.record).items()}
        built = {"_id": THE_ONE} | self.record.build(usual | dict(changes), session.locale)
        try:
            write(session, operation, lambda work: work.insert(self.resource, built))
        except Repeated:
            pass
        except Taken:
            current = self.get(session, THE_ONE)
            raise Conflict("Somebody else decided this meanwhile.", "Look at what holds now.", current) from None
        return self.get(session, THE_ONE)


PREFERENCES = PreferencesKeeping(Preferences)
