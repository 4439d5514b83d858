"""How the practice works, on one form."""

from functools import partial

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.models.preferences import THE_ONE
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.records import drafting, lookup

MODULE = "preferences"


def make_page(context: Context, _: str) -> QWidget:
    """The one record's form. Saving leaves it open: there is no list to go back to."""
    page = FormPage(PREFERENCES, context.session, THE_ONE, lookup(context), drafting(context, MODULE), alone=True)
    page.saved.connect(lambda _: context.toasts.show("The preferences are saved", "They hold at every workstation."))
    page.closed.connect(partial(_leave, context))
    context.live.follow(page, {PREFERENCES.resource}, page.record_changed)
    return page


def _leave(context: Context) -> None:
    """Back to where one came from; the next visit begins with what holds then."""
    module, _ = context.list_behind()
    context.close_page(MODULE, "")
    context.navigate(module or MODULE, "")
