"""Where somebody failed to sign in much too often, as a thing to look at."""

from functools import partial

from hmsdesk.controllers.sign_ins import ManyFailures, place_of
from hmsdesk.models.times import time_or_day
from hmsdesk.views.home.todo import Errand
from hmsdesk.views.kit.context import Context


def failures_errand(context: Context, one: ManyFailures) -> Errand:
    """One line for each account, or computer; the list shows these failures alone."""
    locale = context.session.locale
    at = time_or_day(one.last, locale, locale.today())
    what = "failed sign-ins" if one.account else "failed sign-ins with unknown e-mails"
    words = f"had {one.number} {what} within an hour, the last at {at}."
    act = partial(context.navigate, "sign_ins", place_of(one))
    return Errand(f"failures-{one.name}", "shield-alert-outline", "danger", one.name, words, "Open sign-ins", act)
