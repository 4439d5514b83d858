"""What booking and moving have come to, told with the way back; also after their page is gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import UserError
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock, day_and_time
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.appointment_words import near_time, patient_of
from hmsdesk.views.kit.chips import Tone
from hmsdesk.views.kit.context import Context


def tell_booked(context: Context, row: Row, *, as_wanted: bool, off_list: bool) -> None:
    """Say what is booked, which is what the server holds: an earlier try may have got through.

    off_list: whether the patient has waited for it.
    """
    when = day_and_time(row["start"], context.session.locale)
    title = f"Booked: {patient_of(row)}" if as_wanted else f"Your first try was booked: {patient_of(row)}"
    words = f"{when}, {row.get('practitioner:title', '')}" + (". Off the waiting list." if off_list else "")
    tone: Tone = "good" if as_wanted else "warning"
    cancel = partial(WAITING_LIST.take_back, context.session, row, uuid4().hex)
    back = f"The time is free again{', and the patient is back on the waiting list' if off_list else ''}."
    said = (f"The booking of {patient_of(row)} is cancelled", back)
    context.toasts.show(title, words, tone, action=("Undo", partial(_undo, context, cancel, said)))


def tell_walked_in(context: Context, row: Row) -> None:
    """Say who was let in, and to whom. Taken back, the patient stays registered."""
    words = f"{clock(row['start'], context.session.locale)}, {row.get('practitioner:title', '')}"
    cancel = partial(WAITING_LIST.take_back, context.session, row, uuid4().hex)
    said = (f"{patient_of(row)} is not checked in", "The booking is cancelled; the patient stays registered.")
    context.toasts.show(
        f"{patient_of(row)} is checked in", words, action=("Undo", partial(_undo, context, cancel, said))
    )


def tell_received(context: Context, before: Row, now: Row) -> None:
    """Say who has come for a booking."""
    back = partial(APPOINTMENTS.set_status, context.session, now, before["status"], uuid4().hex)
    said = (f"{patient_of(now)} is not checked in", "The booking stands as before.")
    words = f"{clock(now['start'], context.session.locale)}, {now.get('practitioner:title', '')}"
    context.toasts.show(f"{patient_of(now)} is checked in", words, action=("Undo", partial(_undo, context, back, said)))


def tell_moved(context: Context, before: Row, now: Row) -> None:
    """Say where it is now."""
    back = partial(APPOINTMENTS.move, context.session, now, before["start"], before["practitioner"], uuid4().hex)
    said = (f"{patient_of(now)} is back at the old time", _place(context, before))
    context.toasts.show(
        f"Moved: {patient_of(now)}", _place(context, now), action=("Undo", partial(_undo, context, back, said))
    )


def _place(context: Context, row: Row) -> str:
    return f"{near_time(row['start'], context.session.locale)}, {row.get('practitioner:title', '')}"


def _undo(context: Context, work: Callable[[], Row], said: tuple[str, str]) -> None:
    """Sent again it changes nothing more."""

    def on_done(_: Row) -> None:
        context.toasts.show(*said)

    def on_failed(problem: Exception) -> None:
        if isinstance(problem, UserError):
            context.toasts.show_problem(problem, partial(_undo, context, work, said))

    tasks.run(context.toasts, work, on_done, on_failed)
