"""Prescribing: what a doctor writes for one patient, its page beside it, and signing."""

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit.context import Context
from hmsdesk.views.prescribe.page import PrescribePage
from hmsdesk.views.prescribe.repeat import REPEAT


def make_page(context: Context, record: str) -> QWidget:
    """The editor for a patient.

    Behind a slash: the visit it is written in, or REPEAT and the earlier prescription that it begins with.
    """
    patient, _, rest = record.partition("/")
    repeated = rest.removeprefix(REPEAT) if rest.startswith(REPEAT) else ""
    if repeated:
        return PrescribePage(context, ObjectId(patient), repeated=ObjectId(repeated))
    return PrescribePage(context, ObjectId(patient), ObjectId(rest) if rest else None)
