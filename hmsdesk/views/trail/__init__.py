"""The trail: who did what, when and where; and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.trail import ALONE, TRAIL
from hmsdesk.models.row import Row
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import lookup
from hmsdesk.views.trail.verifying import Verifying

# Whose page shows, with its history, what a change of one was.
_OPENED = ("departments", "services", "staff", "schedules", "clinic_days", "preferences", "patients")


class TrailPage(ListPage):
    """The entries, the newest first."""

    def __init__(self, context: Context) -> None:
        super().__init__(TRAIL, context.session, context.toasts, lookup(context), opens="")
        self._context = context
        self._was_shown = False
        self.filters.search.hide()
        self.begin_at(self.table)
        self.detail.offer(self._ways_to)
        Verifying(context, self)
        # Whatever is changed is written down here.
        context.live.follow(self, None, self.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        """Signing in, opening and exporting are entries too, but change nothing that news would tell of."""
        super().showEvent(event)
        if self._was_shown:
            self.refresh()
        self._was_shown = True

    def _ways_to(self, row: Row) -> Sequence[QWidget]:
        """To the record an entry is about."""
        module, record = row["collection"], row["about"]
        if module not in _OPENED or not record or not self._context.has_page(module):
            return ()
        button = normal("Open record")
        button.setObjectName("trailOpen")
        place = "" if module in ALONE else str(record)
        button.clicked.connect(lambda _: self._context.navigate(module, place))
        return (button,)


def make_page(context: Context, _record: str) -> QWidget:
    """The only page there is."""
    return TrailPage(context)
