"""What an account is called and signs in with: asked for, then the owner's password, then what follows from it."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.staff import STAFF, member
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.accounts import Account
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog, confirm
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.questions import Questions
from hmsdesk.views.kit.toast import Action

WIDTH = 512
TEXT = "The password stays, and open windows go on. What was done and signed so far stays theirs."
NOT_ALONG = "The account is changed, the staff record is not"
ALONG = "Change the staff record, too"
OF_STAFF = "It has a name and an e-mail of its own, and papers show that name. The name in Arabic stays as it is."


class ChangeName(Dialog):
    """Stays open until it is changed: nothing typed is lost."""

    filled_in = Signal(str, str)
    """Name and e-mail."""

    def __init__(self, parent: QWidget, account: Row) -> None:
        super().__init__(parent, f"Name and e-mail of {account['name']}", TEXT, WIDTH)
        self.setObjectName("changeName")
        self._account = account
        fields = {"name": Account.name, "email": Account.email}
        self.questions = Questions(fields, width=WIDTH - 2 * theme.SPACE_16)
        self.questions.show_values({name: account[name] for name in fields})
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_8)
        self.add_answers(primary("Change…"), self._on_change)
        self.questions.rows["name"].editor.setFocus()

    def reject(self) -> None:
        """What was typed is thrown away only if that is wanted."""
        if any(self.questions.raw(name) != self._account[name] for name in self.questions.rows):
            words = ("Throw away what you typed?", "Nothing is changed yet.", "Throw it away")
            confirm(self, *words, lambda: self.done(0), keep="Keep typing", dangerous=True)
        else:
            super().reject()

    def refuse(self, problem: InvalidInput) -> None:
        """Say beside the fields what is wrong."""
        self.questions.set_problems(problem.fields)
        self.fit_soon()

    def _on_change(self) -> None:
        if self.questions.check():
            values = self.questions.values()
            self.filled_in.emit(values["name"], values["email"])
        self.fit_soon()


class NameWork(QObject):
    """Asks for another name or e-mail, then for the owner's password; the staff record goes along if wanted."""

    def __init__(self, context: Context, page: ListPage) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        # Pressed twice, it is answered once.
        self._finding = tasks.Latest(self)

    def ask(self, account: Row) -> None:
        """Begin with what they are now."""
        dialog = ChangeName(self._page, account)
        dialog.filled_in.connect(partial(self._on_filled_in, dialog, account))
        dialog.open()

    def _on_filled_in(self, dialog: ChangeName, account: Row, name: str, email: str) -> None:
        wanted = {"name": name, "email": email}
        if all(account[field] == value for field, value in wanted.items()):
            dialog.accept()
            return
        find = partial(member, self._context.session, account.get("staff") or account["_id"])
        self._finding.ask(find, partial(self._on_member, dialog, account, wanted), self._on_failed)

    def _on_failed(self, problem: Exception) -> None:
        if isinstance(problem, UserError):
            self._context.toasts.show_problem(problem)

    def _on_member(self, dialog: ChangeName, account: Row, wanted: dict[str, str], staff: Row | None) -> None:
        name, email = wanted["name"], wanted["email"]
        work = OwnerWork(dialog, *_question(account, name, email), "Change")
        along = _along(account, wanted, staff)
        option = work.add_option(ALONG, OF_STAFF) if along else None

        def perform(owner: Owner) -> None:
            owner.rename(account["_id"], name, email)

        def done(_: None) -> None:
            dialog.accept()
            self._page.refresh()
            go = self._to_staff(staff) if staff is not None else None
            self._context.toasts.show(*_said(account, name, email), action=go)
            if staff is not None and option is not None and option.isChecked():
                self._change_staff(staff, along)

        work.do(self._context, perform, done, dialog.refuse)

    def _change_staff(self, staff: Row, along: dict[str, str]) -> None:
        def on_failed(problem: Exception) -> None:
            if isinstance(problem, UserError):
                why = " ".join([problem.message, *problem.fields.values()])
                self._context.toasts.show(NOT_ALONG, why, tone="warning", action=self._to_staff(staff))

        session, operation = self._context.session, uuid4().hex
        change = partial(STAFF.change, session, staff["_id"], staff["version"], along, operation)
        tasks.run(self, change, lambda _: None, on_failed)

    def _to_staff(self, row: Row) -> Action:
        return "Open staff record", partial(self._context.navigate, "staff", str(row["_id"]))


def _along(account: Row, wanted: dict[str, str], staff: Row | None) -> dict[str, str]:
    """What changes in the staff record, too: what was the same there so far."""
    changed = {name: value for name, value in wanted.items() if value != account[name]}
    return {name: value for name, value in changed.items() if staff is not None and staff.get(name) == account[name]}


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
