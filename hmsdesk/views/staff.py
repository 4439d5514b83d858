"""Members of staff, as the generated pages show them."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.overview import left_with_account
from hmsdesk.controllers.staff import STAFF
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import records_page
from hmsdesk.views.kit.stranded import tell_stranded


def make_page(context: Context, record: str) -> ListPage | FormPage:
    """The list, or a record's form."""
    page = records_page(context, "staff", STAFF, record)
    saved = page.saved if isinstance(page, FormPage) else page.in_use_set
    saved.connect(partial(_tell, context))
    return page


def _tell(context: Context, row: Row) -> None:
    """Whoever has left may leave bookings behind, and an account."""
    if row.get("active") is False:
        tell_stranded(context, lambda _, booking: booking["practitioner"] == row["_id"], f"with {row['name']}")
        ask = partial(left_with_account, context.session, row["_id"])
        tasks.run(context.toasts, ask, partial(_tell_account, context), lambda _: None)


def _tell_account(context: Context, names: list[str]) -> None:
    if names and context.has_page("accounts"):
        go = ("Open accounts", partial(context.navigate, "accounts", ""))
        words = "An owner disables the account on the page of accounts."
        context.toasts.show(f"{names[0]} may still sign in", words, tone="warning", action=go)
