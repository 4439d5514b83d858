"""Taking a signed prescription back: asked for in the same words wherever it is read."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.models.locale import Locale
from hmsdesk.models.prescriptions import PrescriptionCancellation
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.buttons import danger
from hmsdesk.views.kit.context import Context


def ask_to_cancel(parent: QWidget, context: Context, row: Row, patient: str, done: Callable[[Row], object]) -> None:
    """Ask why, and cancel it. patient: whose it is. done: takes the cancellation."""
    session = context.session
    meaning = "Nothing more is handed out for it. It stays in the chart, and can't be taken up again."
    words = f"Cancel {row['number']} of {patient}?", meaning
    fields = {"reason": PrescriptionCancellation.reason}

    def cancel(values: Row, operation: str) -> Row:
        return CANCELLATIONS.cancel(session, row["_id"], values["reason"], operation)

    def tell(cancellation: Row) -> None:
        context.toasts.show("The prescription is cancelled", "The dispensary is told at once.")
        done(cancellation)

    asking = Ask(parent, words, fields, danger("Cancel the prescription"), session.locale)
    asking.keep_by("Keep it").do(cancel, tell)


def cancelled_words(cancellation: Row, locale: Locale) -> str:
    """Who cancelled a prescription, when and why."""
    when = day_and_time(cancellation["created_at"], locale)
    who = cancellation.get("practitioner:title") or "a doctor"
    return f"Cancelled by {who}, {when}: {cancellation['reason']}"
