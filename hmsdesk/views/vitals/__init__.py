"""Recording vital signs: for an appointment or a patient, in the order in which one measures; and correcting them.

Not here: their course over time (kit/vital_signs) and the chart they are read in.
"""

from __future__ import annotations

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit.context import Context
from hmsdesk.views.vitals.page import VitalsPage


def make_page(context: Context, record: str) -> QWidget:
    """For an appointment's or a patient's id, recording; with /ID of a measuring behind it, correcting that."""
    subject, _, measuring = record.partition("/")
    return VitalsPage(context, record, ObjectId(subject), ObjectId(measuring) if measuring else None)
