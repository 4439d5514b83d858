"""Closing a visit from its page: the summary, one step on the server, and back to the note where that is refused."""

from __future__ import annotations

from uuid import uuid4

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.errors import Conflict, InvalidInput, Unreachable
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.visit.closing import ClosingDialog
from hmsdesk.views.visit.note import NoteForm
from hmsdesk.views.visit.unsigned import unsigned_medicines


class Closing(QObject):
    """One attempt. Sent again after a lost answer it closes once: its operations stay the same."""

    closed = Signal(object, object)
    """The visit as it is now, and in how many days the patient is to come again (None: not said)."""
    prescribe_asked = Signal()
    """Something is written and not signed yet: that first."""

    def __init__(
        self, page: QWidget, context: Context, form: NoteForm, encounter: Row, version: int, changes: Row
    ) -> None:
        super().__init__(page)
        self._session = context.session
        self._form = form
        self._encounter = encounter
        self._version = version
        self._changes = changes
        self._entering, self._closing = uuid4().hex, uuid4().hex
        # The services may have been stored before closing was refused: then they are stored again as they are now.
        self._was_refused = False
        days = (form.row | changes).get("follow_up_days")
        self._days = days
        words = f"To come again in {days} {'day' if days == 1 else 'days'}: booking is offered next." if days else ""
        left = unsigned_medicines(context, encounter["patient"])
        self.dialog = ClosingDialog(page, context.session, encounter, words, left)
        self.dialog.prescribe_asked.connect(self.prescribe_asked)
        self.dialog.close_asked.connect(self._send)
        self.dialog.finished.connect(lambda _: self.deleteLater())
        self.dialog.open()

    def _send(self) -> None:
        services = self.dialog.services
        doing = services.doing() if services.changed() or self._was_refused else None
        session, visit, seen = self._session, self._encounter["_id"], self._encounter["version"]

        def work() -> Row:
            if doing is not None:
                self._encounter = ENCOUNTERS.set_services(session, visit, seen, doing, self._entering)
            return ENCOUNTERS.close(session, visit, self._version, self._changes, self._closing)

        tasks.run(self, work, self._on_closed, self._on_failed)

    def _on_closed(self, row: Row) -> None:
        self.closed.emit(row, self._days)
        self.dialog.accept()

    def _on_failed(self, problem: Exception) -> None:
        if isinstance(problem, Conflict) and "closed_at" not in problem.current and "services" not in problem.current:
            self.dialog.reject()
            self._form.compare(problem.current)
        elif isinstance(problem, InvalidInput) and set(problem.fields) <= set(self._form.fields.rows):
            self.dialog.reject()
            self._form.fields.set_problems(problem.fields)
            self._form.fields.go_to_first_problem()
        else:
            if not isinstance(problem, Unreachable):
                self._was_refused, self._entering = True, uuid4().hex
            self.dialog.refuse(str(in_words(problem)))
