"""What somebody who is being booked has on that day already: a remark, as two visits on one day may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.words import IconLine


class SameDay(IconLine):
    """One quiet line; hidden where there is nothing to say."""

    def __init__(self, context: Context) -> None:
        super().__init__("", "calendar-clock-outline")
        self.setObjectName("bookingSameDay")
        self._session = context.session
        self._about: tuple[ObjectId, date] | None = None
        self._asked: tasks.Task | None = None
        self.hide()

    def look(self, patient: ObjectId | None, day: date | None) -> None:
        """Say what a patient has on a day; None: not chosen yet. What was said of another is taken back at once."""
        if self._asked is not None:
            self._asked.cancel()
        about = (patient, day) if patient is not None and day is not None else None
        if about != self._about:
            self.hide()
        self._about = about
        if about is not None:
            # Without the remark the form is still right; booking says what is wrong with the server.
            work = partial(APPOINTMENTS.booked_that_day, self._session, *about)
            self._asked = tasks.run(self, work, self._show, lambda _: None)

    def _show(self, rows: Sequence[Row]) -> None:
        each = [
            f"with {row.get('practitioner:title', '')} at {clock(row['start'], self._session.locale)}" for row in rows
        ]
        self.set(f"Has a booking {' and '.join(each)} that day" if each else "", "muted")
        self.setVisible(bool(each))
