"""An appointment's way through the day, wherever it is shown: the step, the question before it, and its undoing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.errors import Conflict, Unreachable, UserError
from hmsdesk.models.appointments import CANCELLED, CHECKED_IN, COMPLETED, IN_CONSULTATION, WITH_NURSE, needs_vitals
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, READ, Role
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.appointment_words import MEASURE, done_words, near_time, patient_of, step_words
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.toast import Toast

if TYPE_CHECKING:
    from hmsdesk.views.kit.context import Context


# There is nothing to compare: it stands on the page as they left it.
CHANGED = UserError("Somebody else changed this booking meanwhile.", "It is shown as it stands now; nothing was done.")


class Stepping(QObject):
    """Belongs to a page. One step of an appointment at a time, each an operation of its own."""

    cancelling = Signal()
    """It was confirmed that a booking is given up: what asked for it is about to go."""
    done = Signal()
    """Something is different on the server: fetch it again."""

    def __init__(self, context: Context, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._session = context.session
        self._page = page
        self._sending: set[ObjectId] = set()
        self._told: dict[ObjectId, Toast] = {}

    @property
    def writes(self) -> bool:
        """Whether the person writes the notes of visits: they are begun and closed on their pages."""
        return self._session.may("encounters", CREATE)

    def steps(self, row: Row | None) -> list[str]:
        """What the person may do with an appointment now, the usual next step first; nothing while one is sent."""
        if row is None or row["_id"] in self._sending:
            return []
        return APPOINTMENTS.steps(self._session, row)

    def measures(self, row: Row | None) -> bool:
        """Whether what is to be done here is measuring: it is of who measures and doesn't treat."""
        may = self._session.may
        return row is not None and needs_vitals(row) and may("observations", CREATE) and not may("encounters", CREATE)

    def measure(self, row: Row) -> None:
        """Who is measured is called in by that; the values are typed at once."""
        if WITH_NURSE in self.steps(row):
            self.take(row, WITH_NURSE)
        self._context.navigate("vitals", str(row["_id"]))

    def offered(self, row: Row | None) -> list[str]:
        """The steps as they are offered: who measures isn't asked besides whether somebody is to be called in."""
        return [status for status in self.steps(row) if not (status == WITH_NURSE and self.measures(row))]

    def add_to(self, menu: QMenu, row: Row) -> None:
        """Offer the steps in a menu, and another time to whom that can be given."""
        if self.measures(row):
            menu.addAction(theme.icon(MEASURE.icon), MEASURE.word).triggered.connect(lambda _: self.measure(row))
        for status in self.offered(row):
            words = step_words(row["status"], status, writes=self.writes)
            action = menu.addAction(theme.icon(words.icon), words.word)
            action.triggered.connect(lambda _, status=status: self.take(row, status))
        if APPOINTMENTS.may_move(self._session, row):
            menu.addAction(theme.icon("calendar-arrow-right"), "Another time").triggered.connect(
                lambda _: self._context.navigate("appointments", f"move/{row['_id']}")
            )

    def take(self, row: Row, status: str) -> None:
        """Do a step; before a booking is given up, ask."""
        if row["_id"] in self._sending:
            return
        if self.writes and status in (IN_CONSULTATION, COMPLETED):
            self._go_to_visit(row)
        elif status == CANCELLED:
            self._confirm_cancel(row)
        elif status == COMPLETED and self._session.may("encounters", READ):
            self._complete(row)
        else:
            self._send(row, status, uuid4().hex)

    def _go_to_visit(self, row: Row) -> None:
        """Who writes the note begins and closes a consultation there."""
        begins = row["status"] in (CHECKED_IN, WITH_NURSE)
        self._context.navigate("visit", f"begin/{row['_id']}" if begins else str(row["_id"]))

    def _complete(self, row: Row) -> None:
        """Where the doctor is still writing, closing the visit completes it; whoever does it from here is asked."""
        send = partial(self._send, row, COMPLETED, uuid4().hex)

        def answered(is_open: bool) -> None:
            if not is_open:
                send()
                return
            words = (
                f"{row.get('practitioner:title') or 'The doctor'} completes it by closing the visit. If you do it now, "
                "what is entered until now is charged, and the visit stays open."
            )
            question = f"The visit of {patient_of(row)} is still open."
            confirm(self._page, question, words, "Complete all the same", send, keep="Leave it")

        tasks.run(
            self,
            lambda: APPOINTMENTS.has_open_visit(self._session, row),
            answered,
            lambda problem: self._on_failed(row, problem, partial(self._complete, row)),
        )

    def _confirm_cancel(self, row: Row) -> None:
        when = near_time(row["start"], self._session.locale)
        confirm(
            self._page,
            f"Cancel the booking of {patient_of(row)}?",
            f"{when}, {row.get('practitioner:title', '')}. The time becomes free for others at once.",
            "Cancel booking",
            partial(self._cancel, row),
            keep="Keep it",
            dangerous=True,
        )

    def _cancel(self, row: Row) -> None:
        self.cancelling.emit()
        self._send(row, CANCELLED, uuid4().hex)

    def _send(self, row: Row, status: str, operation: str) -> None:
        self._sending.add(row["_id"])
        tasks.run(
            self,
            lambda: APPOINTMENTS.set_status(self._session, row, status, operation),
            lambda now: self._on_stepped(row, now),
            lambda problem: self._on_failed(row, problem, partial(self._send, row, status, operation)),
        )

    def _on_stepped(self, before: Row, now: Row) -> None:
        self._sending.discard(now["_id"])
        steps = APPOINTMENTS.steps(self._session, now)
        undo = partial(self._send, now, before["status"], uuid4().hex)
        back = ("Undo", undo) if before["status"] in steps else None
        words = done_words(now, alone=self._session.identity.role is Role.SOLO)
        self._tell(now["_id"], self._context.toasts.show(words, action=back))
        self.done.emit()

    def _tell(self, appointment: ObjectId, toast: Toast) -> None:
        """Only the last step of an appointment can be undone: what was said of an earlier one leaves."""
        earlier = self._told.get(appointment)
        if earlier is not None:
            earlier.leave()
        self._told[appointment] = toast
        toast.gone.connect(lambda: self._told.pop(appointment, None))

    def _on_failed(self, row: Row, problem: Exception, again: Callable[[], None]) -> None:
        self._sending.discard(row["_id"])
        if isinstance(problem, Conflict):
            self._context.toasts.show_problem(CHANGED)
        elif isinstance(problem, UserError):
            # The same operation: if it did get through, trying again changes nothing more.
            self._context.toasts.show_problem(problem, again)
        if not isinstance(problem, Unreachable):
            self.done.emit()
