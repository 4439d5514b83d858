"""Prescriptions: the list of what was signed, and the page of the selected one, to print or save as a copy."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.prescription_paper import page
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dispensed import Dispensed
from hmsdesk.views.kit.paper_list import PaperListPage
from hmsdesk.views.kit.paper_view import PaperSize


def make_page(context: Context, record: str) -> QWidget:
    """The list; or with a prescription's number that one found in it."""
    page = PrescriptionsPage(context)
    page.list.filters.search.setText(record)
    return page


class PrescriptionsPage(PaperListPage):
    """Enter hands out (for the dispensary) or opens the patient's chart."""

    nothing = "Select a prescription to see its page."

    def __init__(self, context: Context) -> None:
        self._dispenses = context.session.may("dispensations", CREATE)
        super().__init__(context, PRESCRIPTIONS, "issued_at", opens="Open")
        self.dispensed = Dispensed(context)
        self._beside.insertWidget(1, self.dispensed)
        self.list.table.selected.connect(self.dispensed.follow)

    def paper_of(self, row: Row, size: str) -> bytes:
        session = self._context.session
        return page(session, PRESCRIPTIONS.open(session, row["_id"]), cast(PaperSize, size), copy=True)

    def open_row(self, row: Row) -> None:
        if self._dispenses:
            self._context.navigate("dispensary", str(row["_id"]))
        else:
            self._context.navigate("patients", str(row["patient"]))
