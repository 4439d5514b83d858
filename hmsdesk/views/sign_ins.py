"""Who signed in and who failed to: the newest first, narrowed down by outcome, person, workstation and day."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.sign_ins import SIGN_INS, narrowed
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import lookup

LOOK_MS = 30_000


class SignInsPage(ListPage):
    """Signing in changes no record that news would tell of, so the page looks by itself while it is seen."""

    def __init__(self, context: Context, place: str) -> None:
        """place: what it is narrowed down to at first; "" for all."""
        super().__init__(SIGN_INS, context.session, context.toasts, lookup(context), opens="")
        self._was_shown = False
        self.filters.search.hide()
        self.begin_at(self.table)
        self._clock = QTimer(self, interval=LOOK_MS)
        self._clock.timeout.connect(self._look)
        self._clock.start()
        context.live.follow(self, {"accounts", "workstations"}, self.refresh)
        if place:
            tasks.run(self, partial(narrowed, context.session, place), self._narrow)

    def _narrow(self, found: list[tuple[str, object, str]]) -> None:
        for name, value, words in found:
            self.filters.set_filter(name, value, words)

    def _look(self) -> None:
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._was_shown:
            self.refresh()
        self._was_shown = True


def make_page(context: Context, record: str) -> QWidget:
    """The list. record: what it is narrowed down to, as the home names it."""
    return SignInsPage(context, record)
