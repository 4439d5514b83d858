"""Departments, as the generated pages show them."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Count, Query
from hmsdesk.controllers.staff import STAFF
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import records_page


def make_page(context: Context, record: str) -> ListPage | FormPage:
    """The list, or a record's form."""
    page = records_page(context, "departments", DEPARTMENTS, record)
    saved = page.saved if isinstance(page, FormPage) else page.in_use_set
    saved.connect(partial(_tell, context))
    return page


def _tell(context: Context, row: Row) -> None:
    """Who still belongs to one that is no longer in use goes on there."""
    if row.get("active") is False:
        ask = Query(filters={"department": row["_id"], "active": True})
        tasks.run(context.toasts, lambda: STAFF.count(context.session, ask), partial(_tell_staff, context), _ignore)


def _tell_staff(context: Context, found: Count) -> None:
    if found.number:
        title = f"{found} {'works' if found.number == 1 else 'work'} there still"
        words = "They keep this department until another one is chosen for them, under Staff."
        context.toasts.show(title, words, tone="warning", action=("Open staff", partial(context.navigate, "staff", "")))


def _ignore(_: Exception) -> None:
    """Without an answer nothing is said: nothing is lost by it."""
