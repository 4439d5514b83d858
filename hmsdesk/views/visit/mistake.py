"""A visit begun by mistake, the wrong patient's say: offered where an empty one is to be closed, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.visit.note import NoteForm

ASKED = "Nothing is written. Was this visit begun by mistake?"
TAKE_BACK = "Take the visit back"


def offer_to_take_back(
    page: QWidget, context: Context, form: NoteForm, encounter: Row, leave: Callable[[], None]
) -> None:
    """Offer it to the doctor who began the visit, as long as nothing is written. leave: what follows."""
    if encounter["practitioner"] != context.session.identity.member or not form.is_blank():
        return

    def taken_back(_: Row) -> None:
        form.end()
        context.toasts.show("The visit is taken back", "Nothing is charged for it.")
        leave()

    def refused(problem: Exception) -> None:
        form.notice.say("danger", str(problem))

    def take_back() -> None:
        form.notice.hide()
        work = partial(ENCOUNTERS.discard, context.session, encounter["_id"], uuid4().hex)
        tasks.run(page, work, taken_back, refused)

    form.notice.say("info", ASKED, (TAKE_BACK, take_back))
