"""What is told where there is no medicine to prescribe yet."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.listing import Page, Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.notice import Notice

NOTHING = "There are no medicines to choose from yet."
BY_OTHERS = "A pharmacist adds them under Stock, Medicines."
BY_ONESELF = "Add them under Stock, Medicines."


class EmptyCatalogue(Notice):
    """Says who adds medicines, and leads there who may; gone as soon as there is one."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("emptyCatalogue")
        self.setContentsMargins(0, 0, 0, 0)
        self._context = context
        context.live.follow(self, {MEDICINES.resource}, self._look)
        self._look()

    def _look(self) -> None:
        ask = partial(MEDICINES.page, self._context.session, Query(filters={"active": True}, limit=1))
        # Where it fails, the search for a medicine says so.
        tasks.run(self, ask, self._on_known, lambda _: None)

    def _on_known(self, page: Page) -> None:
        if page.rows:
            self.hide()
        elif self._context.session.may(MEDICINES.resource, CREATE):
            go = partial(self._context.navigate, MEDICINES.resource, "")
            self.say("info", f"{NOTHING} {BY_ONESELF}", ("Go to Medicines", go))
        else:
            self.say("info", f"{NOTHING} {BY_OTHERS}")
