"""How many wait for a time, beside the list's word in the rail."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.security.permissions import READ
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.rail import Rail
from hmsdesk.views.waiting_list.page import MODULE


class WaitingNumber(QObject):
    """One person's; asks again whenever somebody is put on the list, booked or taken off."""

    def __init__(self, context: Context, rail: Rail) -> None:
        super().__init__(rail)
        self._session = context.session
        self._rail = rail
        self._latest = tasks.Latest(self)
        context.live.follow(rail, {WAITING_LIST.resource}, self.refresh)

    def refresh(self) -> None:
        """Ask how many wait now. What isn't known isn't said."""
        if self._session.may(WAITING_LIST.resource, READ):
            work = partial(WAITING_LIST.number_open, self._session)
            self._latest.ask(work, partial(self._rail.set_number, MODULE), lambda _: None)
