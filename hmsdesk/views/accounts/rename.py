"""What an account is called and signs in with: asked for, then the owner's password, then what follows from it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.staff import member
from hmsdesk.errors import InvalidInput
from hmsdesk.models.accounts import Account
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.questions import Questions
from hmsdesk.views.kit.words import IconLine

WIDTH = 512
TEXT = "The password stays, and open windows go on. What was done and signed so far stays theirs."
OF_STAFF = "The staff record has a name and an e-mail of its own; papers show that name. Change it there, too."


class ChangeName(Dialog):
    """Stays open until it is changed: nothing typed is lost."""

    filled_in = Signal(str, str)
    """Name and e-mail."""

    def __init__(self, parent: QWidget, account: Row) -> None:
        super().__init__(parent, f"Name and e-mail of {account['name']}", TEXT, WIDTH)
        self.setObjectName("changeName")
        fields = {"name": Account.name, "email": Account.email}
        self.questions = Questions(fields, width=WIDTH - 2 * theme.SPACE_16)
        self.questions.show_values({name: account[name] for name in fields})
        self.questions.checked.connect(self.fit_soon)
        self._of_staff = IconLine(OF_STAFF, "information-outline")
        self._of_staff.setObjectName("ofStaff")
        self._of_staff.hide()
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_8)
        self.column.addWidget(self._of_staff)
        self.column.addSpacing(theme.SPACE_8)
        self.add_answers(primary("Change…"), self._on_change)
        self.questions.rows["name"].editor.setFocus()

    def say_of_staff(self) -> None:
        """The account is that of a member of staff."""
        self._of_staff.show()
        self.fit_soon()

    def refuse(self, problem: InvalidInput) -> None:
        """Say beside the fields what is wrong."""
        self.questions.set_problems(problem.fields)
        self.fit_soon()

    def _on_change(self) -> None:
        if self.questions.check():
            values = self.questions.values()
            self.filled_in.emit(values["name"], values["email"])
        self.fit_soon()


def ask_name(context: Context, page: ListPage, account: Row) -> None:
    """Ask for another name or e-mail of an account, and change it."""
    dialog = ChangeName(page, account)
    staff: list[Row] = []

    def on_member(found: Row | None) -> None:
        if found is not None:
            staff.append(found)
            dialog.say_of_staff()

    def change(name: str, email: str) -> None:
        if (name, email) == (account["name"], account["email"]):
            dialog.accept()
            return
        work = OwnerWork(dialog, *_question(account, name, email), "Change")

        def perform(owner: Owner) -> None:
            owner.rename(account["_id"], name, email)

        def done(_: None) -> None:
            dialog.accept()
            page.refresh()
            title, text = _said(account, name, email)
            go = ("Open staff record", partial(context.navigate, "staff", str(account["_id"]))) if staff else None
            context.toasts.show(title, text, action=go)

        work.do(context, perform, done, dialog.refuse)

    dialog.filled_in.connect(change)
    # Where it isn't known, nothing is said of it.
    tasks.run(dialog, partial(member, context.session, account["_id"]), on_member, lambda _: None)
    dialog.open()


def _question(account: Row, name: str, email: str) -> tuple[str, str]:
    """The title of the last question, and what it says."""
    if email == account["email"]:
        return f"{account['name']} becomes {name}?", AGAIN
    if name == account["name"]:
        return f"{name} signs in with another e-mail?", f"{email} instead of {account['email']}. {AGAIN}"
    return f"{account['name']} becomes {name}?", f"Signs in with {email} from now on. {AGAIN}"


def _said(account: Row, name: str, email: str) -> tuple[str, str]:
    if email == account["email"]:
        return f"{account['name']} is {name} now", "Windows that are open show it at once."
    more = " name and" if name != account["name"] else ""
    return f"{name} has another{more} e-mail", "A window that is open says so; tell the person otherwise."
