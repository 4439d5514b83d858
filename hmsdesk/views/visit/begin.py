"""On the way to a visit: it is begun on the server, and then its page takes over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from bson import ObjectId
from PySide6.QtGui import QShowEvent

from hmsdesk.controllers.encounters import ENCOUNTERS, StillOpen
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.parts import StateView
from hmsdesk.views.visit.way_back import way_back

MODULE = "visit"
APPOINTMENT, PATIENT = "begin", "patient"


class BeginPage(Page):
    """kind: whether `record` is an appointment, or a patient who came without one."""

    def __init__(self, context: Context, kind: str, record: ObjectId) -> None:
        super().__init__(theme.SPACE_12, theme.SPACE_12)
        self._context = context
        self._place = f"{kind}/{record}"
        begin: Callable[..., Row] = ENCOUNTERS.begin if kind == APPOINTMENT else ENCOUNTERS.begin_for
        self._begin = partial(begin, context.session, record, uuid4().hex)
        self._back = BackButton("Today", self._leave)
        self._state = StateView()
        self._column.addWidget(self._back)
        self._column.addWidget(self._state, 1)
        self._send()

    def _send(self) -> None:
        self._state.show_loading()
        tasks.run(self, self._begin, self._on_begun, self._on_failed)

    def _on_failed(self, problem: Exception) -> None:
        if isinstance(problem, StillOpen):
            lead_to_open(self._context, problem, self._place)
        else:
            self._state.show_problem(problem, retry=self._send)

    def _on_begun(self, visit: Row) -> None:
        self._context.navigate(MODULE, str(visit["_id"]))
        self._context.close_page(MODULE, self._place)

    def _leave(self) -> None:
        self._context.navigate(*way_back(self._context).place)
        self._context.close_page(MODULE, self._place)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._back.lead_to(way_back(self._context).word)


def lead_to_open(context: Context, problem: StillOpen, place: str) -> None:
    """To the visit that is gone on with first, in place of a page that can't be; and why."""
    context.toasts.show_problem(problem)
    context.navigate(MODULE, str(problem.encounter))
    context.close_page(MODULE, place)
