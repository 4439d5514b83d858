"""What a dropped booking comes to: moved and undoable, or refused with the ways on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.appointments import APPOINTMENTS, Offer, Refusal
from hmsdesk.errors import UserError
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.security.permissions import OVERRIDE
from hmsdesk.views.calendar.carry import Carried
from hmsdesk.views.calendar.grid import DayGrid
from hmsdesk.views.calendar.plan import Key
from hmsdesk.views.calendar.refused_card import RefusedCard
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.appointment_words import near_time, patient_of
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.waiting import may_put, put_on_list


class Moving(QObject):
    """Belongs to a page and its grid. One move at a time, each an operation of its own."""

    done = Signal(object)
    """The row as it is now."""
    refused = Signal(object)
    """A card that is to be opened at what was refused."""

    def __init__(self, context: Context, grid: DayGrid, host: QWidget) -> None:
        super().__init__(grid)
        self._host = host
        self._context = context
        self._session = context.session
        self._grid = grid
        self._sending = False
        grid.dropped.connect(self.drop)
        grid.offer_taken.connect(self._take)

    def may_move(self, row: Row) -> bool:
        """Whether this person may give a booking another time now."""
        return not self._sending and APPOINTMENTS.may_move(self._session, row)

    def drop(self, carried: Carried) -> None:
        """Move it there."""
        self._send(carried.row, carried.start, carried.column[0], uuid4().hex)

    def _take(self, doctor: ObjectId, start: datetime) -> None:
        """A free time that was offered was clicked in the grid."""
        carried = self._grid.carried
        if carried is not None:
            self._send(carried.row, start, doctor, uuid4().hex)

    def _send(self, row: Row, start: datetime, doctor: ObjectId, operation: str, reason: str = "") -> None:
        if self._sending:
            return
        self._sending = True
        tasks.run(
            self,
            lambda: APPOINTMENTS.move(self._session, row, start, doctor, operation, reason),
            partial(self._on_moved, row),
            partial(self._on_failed, row, start, doctor, lambda: self._send(row, start, doctor, operation, reason)),
        )

    def _on_moved(self, before: Row, now: Row) -> None:
        self._sending = False
        self._grid.leave_as_it_was()
        words = f"{near_time(now['start'], self._session.locale)}, {now.get('practitioner:title', '')}"
        # One operation, however often it is sent.
        undo = partial(self._send, now, before["start"], before["practitioner"], uuid4().hex)
        self._context.toasts.show(f"Moved: {patient_of(now)}", words, action=("Undo", undo))
        self.done.emit(now)

    def _on_failed(
        self, row: Row, start: datetime, doctor: ObjectId, again: Callable[[], object], problem: Exception
    ) -> None:
        self._sending = False
        carried = self._grid.carried
        if isinstance(problem, Refusal):
            if carried is not None:
                self._grid.carry(replace(carried, refused=True))
            self._open_refused(row, start, doctor, problem)
            return
        self._grid.leave_as_it_was()
        if isinstance(problem, UserError):
            # The same operation: if it did get through, trying again moves nothing twice.
            self._context.toasts.show_problem(problem, again)
        self.done.emit(row)

    def _open_refused(self, row: Row, start: datetime, doctor: ObjectId, problem: Refusal) -> None:
        locale = self._session.locale
        stays = f"The booking stays at {clock(row['start'], locale)} with {row.get('practitioner:title', '')}."
        text = " ".join(part for part in (problem.message, stays) if part)
        card = RefusedCard(self._host, problem.title, text)
        card.offer([self._offered(row, one) for one in problem.nearest])
        if problem.overridable and self._session.may(APPOINTMENTS.resource, OVERRIDE):
            card.offer_override()
            card.overridden.connect(lambda reason: self._send(row, start, doctor, uuid4().hex, reason))
        if may_put(self._context):
            day = locale.local(start).date()
            card.offer_waiting_list(partial(put_on_list, self._context, row["patient"], doctor, day))
        card.finish()
        self._grid.offer([self._place(row, one) for one in problem.nearest])
        self.refused.emit(card)

    def _offered(self, row: Row, offer: Offer) -> tuple[str, str, Callable[[], object]]:
        take = partial(self._send, row, offer.start, offer.practitioner, uuid4().hex)
        return near_time(offer.start, self._session.locale), offer.doctor, take

    def _place(self, row: Row, offer: Offer) -> tuple[Key, datetime, int]:
        day = self._session.locale.local(offer.start).date()
        column = next((one for one in self._grid.columns if one.key == (offer.practitioner, day)), None)
        minutes = column.diary.minutes if column is not None else row["minutes"]
        return (offer.practitioner, day), offer.start, minutes
