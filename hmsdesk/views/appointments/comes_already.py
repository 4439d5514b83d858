"""What somebody who is being booked comes to already: a remark, as two visits may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.models.appointments import COMPLETED
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.appointment_words import near_time
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.words import IconLine

MOST = 3


class ComesAlready(IconLine):
    """One quiet line; hidden where there is nothing to say."""

    def __init__(self, context: Context) -> None:
        super().__init__("", "calendar-clock-outline")
        self.setObjectName("bookingComesAlready")
        self._session = context.session
        self._about: tuple[ObjectId, date] | None = None
        self._asked: tasks.Task | None = None
        self.hide()

    def look(self, patient: ObjectId | None, day: date | None) -> None:
        """Say what a patient has on a day and comes to on others; None: not chosen yet. What was said of another is
        taken back at once.
        """
        if self._asked is not None:
            self._asked.cancel()
        about = (patient, day) if patient is not None and day is not None else None
        if about != self._about:
            self.hide()
        self._about = about
        if patient is not None and day is not None:
            # Without the remark the form is still right; booking says what is wrong with the server.
            work = partial(APPOINTMENTS.held, self._session, patient, min(day, self._session.locale.today()))
            self._asked = tasks.run(self, work, partial(self._show, day), lambda _: None)

    def _show(self, day: date, rows: Sequence[Row]) -> None:
        that_day = [row for row in rows if self._day_of(row) == day]
        coming = [row for row in rows if row not in that_day and row["status"] != COMPLETED][:MOST]
        each = [f"{_with(row)} at {clock(row['start'], self._session.locale)}" for row in that_day]
        others = [f"{_with(row)}, {near_time(row['start'], self._session.locale)}" for row in coming]
        words = [f"Has a booking {' and '.join(each)} that day"] if each else []
        words += [f"Comes already {'; '.join(others)}"] if others else []
        self.set(". ".join(words), "muted")
        self.setVisible(bool(words))

    def _day_of(self, row: Row) -> date:
        return self._session.locale.local(row["start"]).date()


def _with(row: Row) -> str:
    return f"with {row.get('practitioner:title', '')}"
