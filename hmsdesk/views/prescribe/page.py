"""The page of a prescription: who it is for, once that is in the trail, and below it what is prescribed."""

from __future__ import annotations

from functools import partial

from bson import ObjectId
from PySide6.QtGui import QResizeEvent

from hmsdesk.controllers.charts import open_visit
from hmsdesk.controllers.encounter_notes import NOTES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.banner import Banner
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.page import Page, is_wide
from hmsdesk.views.kit.parts import StateView
from hmsdesk.views.kit.patient_banner import Seen, look_at, summary_of_seen
from hmsdesk.views.kit.tab_order import put_before
from hmsdesk.views.prescribe.editor import PrescriptionEditor
from hmsdesk.views.prescribe.of_visit import OfVisit

# Below this the fields and the page beside them have no room together, px.
NARROW = 1200


class PrescribePage(Page):
    """Marked as modified while it holds something that isn't signed."""

    def __init__(
        self,
        context: Context,
        patient: ObjectId,
        encounter: ObjectId | None = None,
        repeated: ObjectId | None = None,
    ) -> None:
        """repeated: the prescription whose lines are proposed."""
        super().__init__(theme.SPACE_12, theme.SPACE_12)
        self.setObjectName("prescribe")
        self._context = context
        self._patient = patient
        self._encounter = encounter
        self._repeated = repeated
        self.editor: PrescriptionEditor | None = None
        edit = partial(context.navigate, "patients", f"{patient}/health")
        self.banner = Banner(
            compact=True, edit_allergies=edit if context.session.may("patient_health", "update") else None
        )
        self.banner.hide()
        self._latest = tasks.Latest(self)
        self._missed = False
        self._state = StateView()
        self._column.addWidget(self.banner)
        self._column.addWidget(self._state, 1)
        context.live.follow(self, {"patients", "patient_health"}, self._look_again, patient)
        context.live.follow(self, {"encounters"}, self._look_again)
        self._open()

    def _open(self) -> None:
        self._state.show_loading()
        failed = partial(self._state.show_problem, retry=self._open)
        self._latest.ask(self._fetch, lambda fetched: self._show(*fetched), failed)

    def _fetch(self) -> tuple[Seen, OfVisit | None, Row]:
        session = self._context.session
        opened, preferences = PATIENTS.open_chart(session, self._patient), PREFERENCES.current(session)
        seen = opened, open_visit(session, self._patient)
        if self._encounter is None:
            return seen, None, preferences
        return seen, OfVisit(self._encounter, NOTES.main_diagnosis(session, self._encounter)), preferences

    def _show(self, seen: Seen, visit: OfVisit | None, preferences: Row) -> None:
        self._state.hide()
        opened, _ = seen
        self._show_patient(seen)
        self.banner.show()
        self.editor = PrescriptionEditor(self._context, opened.patient, preferences, visit, self._repeated)
        self.editor.modified.connect(self.setWindowModified)
        self.setWindowModified(self.editor.is_edited())
        self._column.addWidget(self.editor, 1)
        self._fit()
        self.begin_at(self.editor)
        if self.isVisible():
            self.editor.setFocus()
        if self._missed:
            self._look_again()

    def _show_patient(self, seen: Seen) -> None:
        self.banner.show_patient(summary_of_seen(seen, self._context.session.locale))
        if self.editor is not None and self.isVisible():
            put_before(self.editor.head.back, self.banner)

    def _look_again(self) -> None:
        """What is known of the patient changed elsewhere: an allergy must be seen before signing."""
        self._missed = self.editor is None
        if not self._missed:
            look = partial(look_at, self._context, self._patient)
            self._latest.ask(look, self._show_patient, lambda _: None)

    def _fit(self) -> None:
        if self.editor is not None:
            self.editor.fit(is_wide(self), self.window().width() < NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
