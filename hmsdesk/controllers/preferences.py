"""How the practice works: one record that everybody reads and an administrator changes."""

from __future__ import annotations

from collections.abc import Mapping

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, write
from hmsdesk.errors import Conflict
from hmsdesk.models.declaration import declared_fields, default_of
from hmsdesk.models.preferences import THE_ONE, Preferences
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import CREATE


class PreferencesKeeping(Keeping):
    """Keeping the one record."""

    def current(self, session: Session) -> Row:
        """What holds now; as declared where nobody has decided yet (version 0 then). Raises Unreachable."""
        with session.reading(self.resource) as collection:
            kept: Row | None = collection.find_one({"_id": THE_ONE})
        usual = {name: default_of(field) for name, field in declared_fields(self.record).items()}
        return usual | (kept or {"_id": THE_ONE, "version": 0})

    def decide(self, session: Session, version: int, values: Mapping[str, object], operation: str) -> Row:
        """Change what is decided; `version` is that of the record that was looked at.

        Raises Conflict, InvalidInput, NotAllowed, Unreachable.
        """
        if version:
            return self.change(session, THE_ONE, version, values, operation)
        session.require(self.resource, CREATE)
        built = self.record.build(values, session.locale)
        try:
            return write(session, operation, lambda work: work.insert(self.resource, {"_id": THE_ONE} | built))
        except Repeated:
            return self.get(session, THE_ONE)
        except Taken:
            current = self.get(session, THE_ONE)
            raise Conflict("Somebody else decided this meanwhile.", "Look at what holds now.", current) from None


PREFERENCES = PreferencesKeeping(Preferences)
