"""Prescribing: what a doctor writes for one patient, its page beside it, and signing."""

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit.context import Context
from hmsdesk.views.prescribe.page import PrescribePage


def make_page(context: Context, record: str) -> QWidget:
    """The editor for a patient; behind a slash, the visit it is written in."""
    patient, _, encounter = record.partition("/")
    return PrescribePage(context, ObjectId(patient), ObjectId(encounter) if encounter else None)
