"""Putting somebody on the waiting list where no time was free; it can be undone, also once the page is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import UserError
from hmsdesk.models.dates import day_and_month
from hmsdesk.models.row import Row
from hmsdesk.models.waiting_list import TAKEN_OFF
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context


def may_put(context: Context) -> bool:
    """Whether the person may put somebody on the waiting list."""
    return context.session.may(WAITING_LIST.resource, CREATE)


def put_on_list(
    context: Context,
    patient: ObjectId,
    doctor: ObjectId | None,
    day: date | None,
    note: str = "",
    done: Callable[[], object] = lambda: None,
) -> None:
    """Put a patient on the list for a doctor, or any; not before a day. done: what comes after."""
    today = context.session.locale.today()
    earliest = day.isoformat() if day and day > today else None
    values = {"patient": patient, "practitioner": doctor, "earliest": earliest, "note": note}
    put = partial(WAITING_LIST.create, context.session, values, uuid4().hex)

    def on_put(entry: Row) -> None:
        whom = entry.get("practitioner:title") or "any doctor"
        words = f"For {whom}" + (f", from {day_and_month(day)}" if earliest and day else "")
        off = partial(WAITING_LIST.set_status, context.session, entry, TAKEN_OFF, uuid4().hex)
        undo = partial(_send, context, off, lambda row: _tell_off(context, row))
        context.toasts.show(f"{entry['patient:title']} is on the waiting list", words, action=("Undo", undo))
        done()

    _send(context, put, on_put)


def _tell_off(context: Context, entry: Row) -> None:
    context.toasts.show(f"{entry['patient:title']} is off the waiting list")


def _send(context: Context, work: Callable[[], Row], done: Callable[[Row], None]) -> None:
    def on_failed(problem: Exception) -> None:
        if isinstance(problem, UserError):
            # The same operation: if it did get through, trying again changes nothing more.
            context.toasts.show_problem(problem, partial(_send, context, work, done))

    tasks.run(context.toasts, work, done, on_failed)
