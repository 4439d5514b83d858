"""Who may sign in, as what: the list for those who may read it, and what owners do with it.

Everything an owner does here is one operation for which the password is asked for again.
"""

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.account_list import ACCOUNTS
from hmsdesk.security.roles import SUCCESSIONS
from hmsdesk.views.accounts.actions import AccountActions
from hmsdesk.views.accounts.owners import OwnersNotice
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page


def make_page(context: Context, _record: str) -> QWidget:
    """The list of accounts."""
    page = list_page(context, "accounts", ACCOUNTS, opens="")
    # Where somebody chose a password of their own.
    context.live.follow(page, {SUCCESSIONS}, page.refresh)
    if context.session.identity.owner:
        AccountActions(context, page)
    else:
        page.add_notice(OwnersNotice(context))
    return page
