"""The files of a patient as a tab of the chart: looked at, saved, added; they needn't belong to a visit."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.controllers.charts import Chart
from hmsdesk.controllers.documents import DOCUMENTS
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.security.permissions import UPDATE
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.deeds import Deed, EntriesPanel, Entry
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
        inside.addSpacing(theme.SPACE_12)
        self._show_removed = quiet("Removed files", "undo")
        self._show_removed.setObjectName("removedFiles")
        self.removed = EntriesPanel("Removed files")
        self.removed.hide()
        self._show_removed.clicked.connect(lambda _: self.removed.setVisible(self.removed.isHidden()))
        inside.addWidget(self._show_removed)
        inside.addWidget(self.removed)
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
        self._latest.ask(self._find, self._show, partial(self._state.show_problem, retry=self.refresh))

    def _find(self) -> tuple[list[Row], list[Row]]:
        session = self._context.session
        # Whoever may not put them back has no use for them.
        may_put_back = session.may(DOCUMENTS.resource, UPDATE)
        removed = DOCUMENTS.taken_out(session, self._patient) if may_put_back else []
        return DOCUMENTS.of_patient(session, self._patient), removed

    def _show(self, found: tuple[list[Row], list[Row]]) -> None:
        rows, removed = found
        self._state.hide()
        self._scroll.show()
        self.panel.show_documents(self._patient, None, rows)
        self.removed.show_entries([self._taken_out(row) for row in removed], "No files were removed.")
        self._show_removed.setVisible(bool(removed))
        if not removed:
            self.removed.hide()

    def _taken_out(self, row: Row) -> Entry:
        """It isn't opened here: it may be somebody else's."""
        back = Deed("Put back", f"Put back {row['name']}", partial(self.panel.put_back, row), "undo")
        added = f"Added {day_and_time(row['created_at'], self._context.session.locale)}"
        return Entry(row["name"], " · ".join(filter(None, (added, row.get("created_by:title")))), deeds=(back,))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if accepts(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.panel.take_in(event.mimeData())
        event.acceptProposedAction()
