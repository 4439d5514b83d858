"""The practice's computers: which may reach its server, inviting another, and shutting one out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.enrolment import checked, invite, revoke
from hmsdesk.controllers.workstations import WORKSTATIONS
from hmsdesk.errors import InvalidInput
from hmsdesk.models.row import Row
from hmsdesk.models.workstations import REVOKED, Workstation
from hmsdesk.settings import Kind, leads_to_folder, typed_path
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import danger, primary
from hmsdesk.views.kit.choosing import folder_button
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.questions import Question, Questions
from hmsdesk.views.kit.records import list_page
from hmsdesk.views.kit.shown_once import ShownOnce
from hmsdesk.views.kit.words import IconLine

ALONE = "This practice runs on this computer alone: other computers can't reach its server, so none can be invited."
OWNERS_ONLY = "Only an owner of the practice may invite a computer or shut one out."
HOW_TO = (
    "On the new computer start HMSDesk and choose to join a practice. Bring the file over on a stick or by mail, and "
    "this code by another way. Both are good for 48 hours, once."
)


def make_page(context: Context, _record: str) -> QWidget:
    """The list of workstations."""
    page = list_page(context, "workstations", WORKSTATIONS, opens="")
    if not context.session.identity.owner:
        page.add_notice(IconLine(OWNERS_ONLY, "shield-account-outline"))
        return page
    WorkstationActions(context, page)
    return page


class Invite(Dialog):
    """Asks what the new computer is called and where its pass is to be written. Nothing typed is lost."""

    filled_in = Signal(object, object)

    def __init__(self, parent: QWidget) -> None:
        text = "It gets a pass: a file that only a one-time code opens. Each computer has its own."
        super().__init__(parent, "Invite a computer", text)
        self.setObjectName("invite")
        example = "They begin the patient IDs that are issued on it, as in BK-4821-7. No two computers have the same."
        fields = {
            "name": Question("Name of the computer", like=Workstation.name),
            "prefix": Question("Two letters", help_text=example, like=Workstation.prefix),
            "folder": Question("Folder for the pass", _folder_problem),
        }
        self.questions = Questions(fields, width=self.width() - 2 * theme.SPACE_16)
        self.questions.show_values({"folder": str(Path.home())})
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_8)
        choose = folder_button(self.questions.rows["folder"], "Folder for the pass")
        go_on = primary("Go on")
        go_on.setObjectName("dialogYes")
        go_on.setDefault(True)
        go_on.clicked.connect(self._on_go_on)
        self.add_row(choose, go_on)
        self.questions.rows["name"].editor.setFocus()

    def refuse(self, problem: InvalidInput) -> None:
        """Say beside the fields what the practice found wrong."""
        self.questions.set_problems(problem.fields)
        self.fit_soon()

    def _on_go_on(self) -> None:
        if self.questions.check():
            values = self.questions.values()
            folder = typed_path(values.pop("folder"))
            self.filled_in.emit(values, folder)
        self.fit_soon()


def _folder_problem(name: str) -> str:
    return "" if leads_to_folder(typed_path(name)) else "There is no such folder."


class WorkstationActions(QObject):
    """What an owner does with workstations."""

    def __init__(self, context: Context, page: ListPage) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        page.detail.offer(self._for_row)
        inviting = primary("Invite a computer", "plus", "Ctrl+N")
        inviting.setObjectName("inviteButton")
        inviting.clicked.connect(self._on_invite)
        page.add_to_head(inviting)
        if context.door.profile.kind is Kind.EMBEDDED:
            inviting.setEnabled(False)
            page.add_notice(IconLine(ALONE, "information-outline"))

    def _for_row(self, row: Row) -> Sequence[QWidget]:
        here = str(row["_id"]) == self._context.session.identity.workstation
        if row["state"] == REVOKED or here:
            return ()
        button = danger("Revoke…")
        button.setObjectName("revoke")
        button.clicked.connect(lambda _: self._on_revoke(row))
        return [button]

    def _on_invite(self) -> None:
        dialog = Invite(self._page)
        dialog.filled_in.connect(partial(self._check, dialog, tasks.Latest(dialog)))
        dialog.open()

    def _check(self, dialog: Invite, latest: tasks.Latest, values: dict[str, Any], folder: Path) -> None:
        """What another computer has is said before the password is asked for."""

        def on_refused(problem: Exception) -> None:
            if isinstance(problem, InvalidInput):
                dialog.refuse(problem)
            else:
                # The invitation itself says in its place what keeps it from being made.
                self._invite(dialog, values, folder)

        check = partial(checked, self._context.session, values)
        latest.ask(check, lambda _: self._invite(dialog, values, folder), on_refused)

    def _invite(self, dialog: Invite, values: dict[str, Any], folder: Path) -> None:
        work = OwnerWork(dialog, f"Invite {values['name']}?", f"The pass is written to {folder}. {AGAIN}", "Invite")

        def done(made: tuple[Path, str]) -> None:
            file, code = made
            dialog.accept()
            self._page.refresh()
            ShownOnce(self._page, f"One-time code for {file.name}", HOW_TO, code, "I have noted it").open()

        work.do(self._context, lambda owner: invite(owner, values, folder), done, dialog.refuse)

    def _on_revoke(self, row: Row) -> None:
        text = f"It can't reach the practice any more, and its windows are signed out at once. {AGAIN}"
        work = OwnerWork(self._page, f"Shut {row['name']} out?", text, "Revoke")

        def done(_: None) -> None:
            self._context.toasts.show(
                f"{row['name']} is shut out",
                "Reset the passwords of those who used it, if somebody else may know them.",
            )
            self._page.refresh()

        work.do(self._context, lambda owner: revoke(owner, row["_id"]), done)
