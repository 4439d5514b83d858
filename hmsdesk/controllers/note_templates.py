"""Keeping the texts of visit notes that a practice writes again and again."""

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import asked
from hmsdesk.database.session import Session
from hmsdesk.models.note_templates import ANYWHERE, NoteTemplate
from hmsdesk.models.row import Row

NOTE_TEMPLATES = Keeping(NoteTemplate)
_MOST = 200


def for_section(session: Session, section: str) -> list[Row]:
    """The templates in use for a part of the note, by name. Raises NotAllowed, Unreachable."""
    here = {"$or": [asked("section", section), {"section": ANYWHERE}]}
    fitting = {**here, "active": {"$ne": False}}
    with session.reading(NOTE_TEMPLATES.resource) as collection:
        return list(collection.find(fitting).sort([("find.name", 1), ("_id", 1)]).limit(_MOST))
