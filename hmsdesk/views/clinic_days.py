"""Closed days, and days that open exceptionally, as the generated pages show them."""

from __future__ import annotations

from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.models.clinic_days import holds_on
from hmsdesk.models.row import Row
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
    whose = saved.get("practitioner")
    tell_stranded(
        context,
        lambda one, booking: holds_on(saved, one.day) and whose in (None, booking["practitioner"]),
    )
