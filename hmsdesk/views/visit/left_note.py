"""What was typed into the note of a visit that is only read now: by another role of its writer, or as it was closed."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.encounter_notes import NOTES
from hmsdesk.controllers.encounters import Visit
from hmsdesk.security.permissions import UPDATE
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.contract import NO_LOOKUP
from hmsdesk.views.kit.left_behind import NOT_IN_THIS_ROLE, LeftBehind
from hmsdesk.views.kit.records import drafting
from hmsdesk.views.visit.note import NoteFields, place_of

CLOSED = "This visit is closed: copy what is still to be said into an addendum."


class LeftNote(LeftBehind):
    """Above the note."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.session.locale)
        self._context = context

    def look_at(self, visit: Visit) -> None:
        """Whoever can write the note has there what they typed."""
        session = self._context.session
        writes = session.may(NOTES.resource, UPDATE)
        if writes and visit.is_open:
            self.hide()
            return
        made_fields = partial(NoteFields, NOTES.record, session.locale, NO_LOOKUP, ())
        why = CLOSED if writes else NOT_IN_THIS_ROLE
        self.look(drafting(self._context, place_of(visit.note)), made_fields, visit.note, why)
