"""Visits: their list, and the page on which a doctor writes what was found and decided.

Not here: prescribing and booking, which are asked for by navigation.
"""

from __future__ import annotations

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page
from hmsdesk.views.visit.begin import APPOINTMENT, PATIENT, BeginPage
from hmsdesk.views.visit.page import MODULE, VisitPage


def make_page(context: Context, record: str) -> QWidget:
    """The list; the visit of an id; or begin/APPOINTMENT and patient/PATIENT, which begin one."""
    kind, _, about = record.rpartition("/")
    if kind in (APPOINTMENT, PATIENT):
        return BeginPage(context, kind, ObjectId(about))
    if record:
        return VisitPage(context, ObjectId(record))
    return list_page(context, MODULE, ENCOUNTERS, opens="Open visit")
