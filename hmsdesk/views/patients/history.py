"""What was recorded of a patient before: the changes of their details, and of their health where the role may know."""

from __future__ import annotations

from functools import partial

from bson import ObjectId
from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.history import HistoryPane, may_read_history
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.patient_banner import PatientBanner

MODULE = "patients"
HISTORY = "history"
_KEPT = ((PATIENTS, "Changes of details"), (HEALTH, "Changes of allergies and problems"))


class HistoryPage(Page):
    """One column for each collection that the role may read."""

    def __init__(self, context: Context, patient: ObjectId) -> None:
        super().__init__(theme.SPACE_12, theme.SPACE_12)
        self.setObjectName("chartHistory")
        self._context = context
        self._patient = patient
        self._column.addLayout(self._way_back())
        self._column.addWidget(PatientBanner(context, patient))
        self._column.addLayout(self._panes(), 1)

    def _way_back(self) -> QHBoxLayout:
        back = BackButton("Chart", partial(self._context.navigate, MODULE, str(self._patient)))
        back.setObjectName("historyBack")
        row = QHBoxLayout()
        row.addWidget(back)
        row.addStretch()
        return row

    def _panes(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        session = self._context.session
        for keeper, title in _KEPT:
            if may_read_history(session, keeper):
                pane = HistoryPane(keeper, session, self._patient, title, closes=False)
                self._context.live.follow(pane, {keeper.record.collection()}, pane.refresh, self._patient)
                row.addWidget(pane, 1)
        return row
