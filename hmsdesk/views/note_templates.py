"""Texts for visit notes, as the generated pages show them."""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.note_templates import NOTE_TEMPLATES
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import records_page


def make_page(context: Context, record: str) -> QWidget:
    """The list, or a record's form."""
    return records_page(context, "note_templates", NOTE_TEMPLATES, record)
