"""Whose account it is among the staff: asked for where it was made for nobody of them, then the owner's password."""

from __future__ import annotations

from functools import partial
from typing import Any

from bson import ObjectId
from PySide6.QtCore import QObject

from hmsdesk.controllers.account_list import check_has_none
from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.staff import STAFF
from hmsdesk.errors import InvalidInput
from hmsdesk.models.accounts import Account
from hmsdesk.models.fields import ReferenceField
from hmsdesk.models.row import Row
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.records import lookup

WIDTH = 512
TEXT = (
    "What is theirs among the staff, as a doctor's day, visits and prescriptions, is this account's from then on. "
    "It is chosen once. Somebody who isn't among the staff yet is added on the page Staff first."
)


class StaffWork(QObject):
    """Ties an account to a member of staff who has none."""

    def __init__(self, context: Context, page: ListPage) -> None:
        super().__init__(page)
        self._context = context
        self._page = page

    def ask(self, account: Row) -> None:
        """Ask for the member of staff."""
        session = self._context.session
        field = ReferenceField(
            verbose_name=str(Account.staff.verbose_name), refers_to=Account.staff.refers_to, required=True
        )
        words = (f"Who is {account['name']} among the staff?", TEXT)
        yes = primary("Tie…")
        ask = Ask(self._page, words, {"staff": field}, yes, session.locale, lookup=lookup(self._context), width=WIDTH)
        ask.setObjectName("tieAccount")
        ask.do(lambda values, _: self._free(values["staff"]), partial(self._on_chosen, account))

    def _free(self, staff: ObjectId) -> Row:
        """A member of staff who has no account. Raises InvalidInput at `staff`."""
        check_has_none(self._context.session, staff)
        return STAFF.get(self._context.session, staff)

    def _on_chosen(self, account: Row, staff: Row) -> None:
        text = f"They are one person from then on, and stay it. {AGAIN}"
        work = OwnerWork(self._page, f"{account['name']} is {staff['name']}?", text, "Tie")

        def perform(owner: Owner) -> None:
            owner.tie(account["_id"], staff["_id"])

        def done(_: Any) -> None:
            self._page.refresh()
            self._context.toasts.show(f"{account['name']} is {staff['name']} among the staff now")

        def refused(problem: InvalidInput) -> None:
            self._context.toasts.show_problem(problem)

        work.do(self._context, perform, done, refused)
