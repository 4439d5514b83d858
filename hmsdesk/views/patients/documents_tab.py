"""The files of a patient as a tab of the chart: looked at, saved, added; they needn't belong to a visit."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.controllers.charts import Chart
from hmsdesk.controllers.documents import DOCUMENTS
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.documents import DocumentsPanel, accepts
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.state_view import StateView


class DocumentsTab(QWidget):
    """Fetches by itself, and again when a file is added anywhere."""

    def __init__(self, context: Context, chart: Chart) -> None:
        super().__init__()
        self._context = context
        self._patient = chart.patient["_id"]
        self._latest = tasks.Latest(self)
        self.panel = DocumentsPanel(context)
        self.panel.changed.connect(self.refresh)
        self.setAcceptDrops(context.session.may(DOCUMENTS.resource, "create"))
        page = QWidget()
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.panel)
        inside.addStretch(1)
        self._scroll = Scroll(page)
        self._scroll.hide()
        self._state = StateView()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._state, 1)
        column.addWidget(self._scroll, 1)
        context.live.follow(self, {DOCUMENTS.resource}, self.refresh)
        self._state.show_loading()
        self.refresh()

    def refresh(self) -> None:
        """Fetch the files again; what is shown stays until they are there."""
        find = partial(DOCUMENTS.of_patient, self._context.session, self._patient)
        self._latest.ask(find, self._show, partial(self._state.show_problem, retry=self.refresh))

    def _show(self, rows: list[Row]) -> None:
        self._state.hide()
        self._scroll.show()
        self.panel.show_documents(self._patient, None, rows)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if accepts(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.panel.take_in(event.mimeData())
        event.acceptProposedAction()
