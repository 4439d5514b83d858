"""The trail: who did what, when and where; and whether it holds."""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.trail import TRAIL
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import lookup
from hmsdesk.views.trail.verifying import Verifying


def make_page(context: Context, _record: str) -> QWidget:
    """The entries, the newest first."""
    page = ListPage(TRAIL, context.session, context.toasts, lookup(context), opens="")
    page.filters.search.hide()
    page.begin_at(page.table)
    page.filters.set_order("at", descending=True)
    page.filters.changed.emit()
    Verifying(context, page)
    context.live.follow(page, {TRAIL.resource}, page.refresh)
    return page
