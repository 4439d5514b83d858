"""What an owner does with accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.ownership import NewOwnership, renew_ownership
from hmsdesk.models.row import Row
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Kind
from hmsdesk.views.accounts.create import CreateAccount
from hmsdesk.views.accounts.keys import ThePractice, renew_all
from hmsdesk.views.accounts.rename import NameWork
from hmsdesk.views.accounts.roles import ChooseRoles, choices_for, words_of
from hmsdesk.views.accounts.staff import StaffWork
from hmsdesk.views.kit.buttons import Button, danger, normal, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.shown_once import ShownOnce

RENEWING = (
    "Otherwise whoever copied it from a computer could still reach the server as {roles}, without an account. It takes "
    "some seconds (on MongoDB Atlas, some minutes); windows that are open change over by themselves."
)

OWNED = "An owner can have copied it. A new one also means a new recovery code, which is shown afterwards."
OWNED_ON_ATLAS = " The key to Atlas stays: replace it in the menu “The practice”, and delete the old one on Atlas."


class AccountActions(QObject):
    """The buttons of an owner, and what follows from each."""

    def __init__(self, context: Context, page: ListPage) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self._naming = NameWork(context, page)
        self._tying = StaffWork(context, page)
        page.detail.offer(self._for_row)
        self._practice = ThePractice(context, page)
        create = primary("Create account", "account-plus-outline", "Ctrl+N")
        create.setObjectName("createAccountButton")
        create.clicked.connect(self._on_create)
        page.add_to_head(create)

    def _for_row(self, row: Row) -> Sequence[QWidget]:
        naming = _button("changeName", normal("Name and e-mail…"), partial(self._naming.ask, row))
        if row["state"] == State.DISABLED.value:
            return [_button("enableAccount", normal("Enable…"), partial(self._on_enable, row)), naming]
        buttons = [_button("changeRoles", normal("Change roles…"), partial(self._on_roles, row)), naming]
        if not row.get("staff"):
            buttons.append(_button("tieToStaff", normal("Member of staff…"), partial(self._tying.ask, row)))
        if row["_id"] != self._context.session.identity.person:
            buttons.append(_button("resetPassword", normal("Reset password…"), partial(self._on_reset, row)))
            buttons.append(_button("disableAccount", danger("Disable…"), partial(self._on_disable, row)))
        return buttons

    def _owner_work(self, title: str, text: str, action: str, parent: QWidget | None = None) -> OwnerWork:
        return OwnerWork(parent or self._page, title, f"{text} {AGAIN}".strip(), action)

    def _say(self, title: str, text: str = "") -> None:
        self._context.toasts.show(title, text)
        self._page.refresh()

    # Accounts

    def _on_create(self) -> None:
        dialog = CreateAccount(self._page, self._context)
        dialog.filled_in.connect(partial(self._create, dialog))
        dialog.open()

    def _create(self, dialog: CreateAccount, values: dict[str, Any], roles: list[Role], owner: bool) -> None:
        name, email = str(values["name"]), str(values["email"])
        text = f"Signs in as {words_of(roles)}{', and is an owner of the practice' if owner else ''}."
        work = self._owner_work(f"Create the account of {name}?", text, "Create", dialog)

        def done(password: str) -> None:
            dialog.accept()
            self._hand_over(name, email, password)

        work.do(self._context, lambda one: one.create(values, roles, owner=owner), done, dialog.refuse)

    def _on_reset(self, row: Row) -> None:
        work = self._owner_work(
            f"Reset the password of {row['name']}?",
            "What they signed in with until now opens nothing any more, and open windows are signed out.",
            "Reset",
        )
        done = partial(self._hand_over, str(row["name"]), str(row["email"]))
        work.do(self._context, lambda owner: owner.reset(row["_id"]), done)

    def _hand_over(self, name: str, email: str, password: str) -> None:
        self._page.refresh()
        text = (
            f"It goes with the e-mail {email}. Hand it over in person. It can be used once: at the first sign-in "
            "another one has to be chosen."
        )
        ShownOnce(self._page, f"Temporary password of {name}", text, password, "I have handed it over").open()

    def _on_enable(self, row: Row) -> None:
        work = self._owner_work(
            f"Enable the account of {row['name']}?", "They sign in with what they did before.", "Enable"
        )
        said = partial(self._say, f"{row['name']} may sign in again")
        work.do(self._context, lambda owner: owner.set_state(row["_id"], State.ACTIVE), lambda _: said())

    def _on_disable(self, row: Row) -> None:
        roles = [Role(code) for code in row["roles"]]
        work = self._owner_work(
            f"Disable the account of {row['name']}?", "Open windows are signed out within a second.", "Disable"
        )
        owning = work.add_option("Renew the owner credential, too", self._owned()) if row["owner"] else None
        renewing = work.add_option(f"Renew the credential of {words_of(roles)}", _renewing(roles))

        def perform(owner: Owner) -> NewOwnership | None:
            owner.set_state(row["_id"], State.DISABLED)
            renew_all(owner, roles if renewing.isChecked() else [])
            # Last: its new recovery code has to be shown.
            return renew_ownership(owner) if owning is not None and owning.isChecked() else None

        def done(made: NewOwnership | None) -> None:
            self._say(f"{row['name']} can't sign in any more")
            if made is not None:
                self._practice.show_ownership(made)

        work.do(self._context, perform, done)

    def _owned(self) -> str:
        return OWNED + (OWNED_ON_ATLAS if self._context.door.profile.kind is Kind.ATLAS else "")

    def _on_roles(self, row: Row) -> None:
        before = [Role(code) for code in row["roles"]]
        choices = choices_for(self._context.session.identity.role, *before)
        title, text = (
            f"What {row['name']} signs in as",
            "Whoever has several begins as what they were first, and changes in the menu under their name.",
        )
        dialog = ChooseRoles(self._page, title, text, choices, before, owner=row["owner"])
        dialog.chosen.connect(partial(self._set_roles, row, before))
        dialog.open()

    def _set_roles(self, row: Row, before: list[Role], after: list[Role]) -> None:
        lost = [role for role in before if role not in after]
        # Who gets a further role still begins as what they were.
        after = [*(role for role in before if role in after), *(role for role in after if role not in before)]
        if after == before:
            return
        work = self._owner_work(f"{row['name']}: {words_of(after)}", "Open windows may be signed out.", "Change roles")
        renewing = work.add_option(f"Renew the credential of {words_of(lost)}", _renewing(lost)) if lost else None

        def perform(owner: Owner) -> None:
            owner.set_roles(row["_id"], after)
            renew_all(owner, lost if renewing is not None and renewing.isChecked() else [])

        own = row["_id"] == self._context.session.identity.person
        when = "You change in the menu under your name." if own and len(after) > 1 else ""
        said = partial(self._say, f"{row['name']} signs in as {words_of(after)}", when)
        work.do(self._context, perform, lambda _: said())


def _renewing(roles: Sequence[Role]) -> str:
    return RENEWING.format(roles=words_of(roles))


def _button(name: str, button: Button, action: Callable[[], Dialog | None]) -> Button:
    button.setObjectName(name)
    button.clicked.connect(lambda _: action())
    return button
