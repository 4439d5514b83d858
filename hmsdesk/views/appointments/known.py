"""What the booking form is opened with."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from hmsdesk.models.row import Row
from hmsdesk.views.appointments.booking_form import BookingForm
from hmsdesk.views.appointments.found import Finding
from hmsdesk.views.appointments.wish import Wish
from hmsdesk.views.kit.appointment_words import near_time
from hmsdesk.views.kit.context import Context


@dataclass(frozen=True)
class Known:
    """What the form is opened with. patient: who comes, where that is known. moved: what is given another time."""

    doctors: list[Row]
    patient: Row | None = None
    moved: Row | None = None

    def fill(self, form: BookingForm, wish: Wish, finding: Finding, context: Context) -> None:
        """Fill in what was asked for, or what it is moved from."""
        form.show_who("")
        if self.patient is not None:
            form.show_patient(self.patient)
            form.show_who(finding.who(self.patient))
        session, moved = context.session, self.moved
        locale = session.locale
        start = moved["start"] if moved else wish.start(locale)
        day = locale.local(start).date() if moved and start else wish.day
        form.show_day(max(day or locale.today(), locale.today()))
        form.show_doctor(moved["practitioner"] if moved else self._first_doctor(wish, session.identity.member))
        if moved:
            form.say_now(f"Until now: {near_time(moved['start'], locale)}, {moved.get('practitioner:title', '')}")
        elif start is not None and start > session.now():
            form.show_given(start)

    def _first_doctor(self, wish: Wish, person: ObjectId) -> ObjectId | None:
        """Whom it was asked for with, who is signed in, or the only one there is."""
        known = [row["_id"] for row in self.doctors]
        likely = (wish.doctor, person, known[0] if len(known) == 1 else None)
        return next((one for one in likely if one in known), None)
