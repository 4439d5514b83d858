"""Closed days, and days that open exceptionally, as the generated pages show them."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.clinic_days import CLINIC_DAYS, opened_all_the_same
from hmsdesk.models.clinic_days import holds_on
from hmsdesk.models.dates import worded
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import records_page
from hmsdesk.views.kit.stranded import tell_stranded


def make_page(context: Context, record: str) -> ListPage | FormPage:
    """The list, or a record's form."""
    page = records_page(context, "clinic_days", CLINIC_DAYS, record)
    saved = page.saved if isinstance(page, FormPage) else page.in_use_set
    saved.connect(lambda row: _tell(context, row))
    return page


def _tell(context: Context, saved: Row) -> None:
    ask = partial(opened_all_the_same, context.session, saved)
    tasks.run(context.toasts, ask, partial(_tell_opened, context), lambda _: None)
    whose = saved.get("practitioner")
    tell_stranded(
        context,
        lambda one, booking: holds_on(saved, one.day) and whose in (None, booking["practitioner"]),
    )


def _tell_opened(context: Context, opened: list[Row]) -> None:
    """Two entries that gainsay each other: which of them holds isn't seen from either."""
    if opened:
        day = opened[0]
        title = f"{worded(day['day'])} stays open: {day['reason']}"
        words = "What opens exceptionally holds, and not that it is closed. Take back the one that is no longer true."
        context.toasts.show(title, words, tone="warning")
