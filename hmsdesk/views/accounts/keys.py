"""What an owner does with the practice itself: its credentials, its recovery code, and bringing it up to date."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.encrypting import encrypt, holds_clear, rotate
from hmsdesk.controllers.ownership import NewOwnership, renew_ownership
from hmsdesk.controllers.readmission import NewCode
from hmsdesk.controllers.standing import Standing, standing
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.models.text import so_many
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Kind
from hmsdesk.views.accounts.atlas_key import AskAtlasKey
from hmsdesk.views.accounts.letterhead import LetterheadWork
from hmsdesk.views.accounts.roles import ChooseRoles, choices_for, words_of
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.long_owner_work import LongOwnerWork
from hmsdesk.views.kit.menu_button import Choice, MenuButton
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.recovery_dialog import RecoveryDialog

BEHIND = "This practice was set up by an older program. Until it is brought up to date, some pages may not work."
AHEAD = "This practice was brought up to date by a newer program. Update HMSDesk on this computer, too."
UPDATE = "Bring up to date…"
OWNERSHIP = (
    "What owners do here is done with a credential of their own. A new one is sealed to every owner of the practice, "
    "and to a new recovery code; the one from before opens nothing any more."
)
CLEAR = "Some of what is to be encrypted still lies in the clear, as an older program wrote it: {}."
ENCRYPT = (
    "National IDs, insurance numbers and notes that an older program left in the clear are encrypted, in records "
    "and in their earlier versions. Everybody may go on working. Stopped, it goes on the next time."
)
ROTATE = (
    "For when somebody may have copied keys, as from a lost computer, and may have a copy of the records, too. Every "
    "role gets new keys, all encrypted fields are encrypted anew, and the former keys are removed. Everybody may go on "
    "working. Stopped, it goes on the next time."
)
NOT_DROPPED = "Whoever copied the former owner credential can still use it. Renew it once more."


class ThePractice(QObject):
    """A menu beside the page's title, and a notice where the practice is behind the program."""

    def __init__(self, context: Context, page: ListPage) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self._notice = Notice()
        self._letterhead = LetterheadWork(context, page)
        page.add_notice(self._notice)
        choices = (
            Choice("changeLetterhead", "Name, address and phone…", "card-text-outline", self._letterhead.ask),
            Choice("renewCredentials", "Renew roles' credentials…", "refresh", self._on_renewal),
            Choice("rotateKeys", "New keys for encrypted fields…", "key-change", self._on_rotation),
            Choice("renewOwnership", "Renew the owner credential…", "account-key-outline", self._on_ownership),
            Choice("newRecoveryCode", "New recovery code…", "key-outline", self._on_recovery),
            Choice("bringUpToDate", "Bring the practice up to date…", "database-cog-outline", self._on_update),
        )
        button = MenuButton("The practice", "shield-key-outline", choices)
        button.setObjectName("thePractice")
        page.add_to_head(button)
        self._look()

    def _work(self, title: str, text: str, action: str) -> OwnerWork:
        return OwnerWork(self._page, title, f"{text} {AGAIN}", action)

    def _long_work(self, title: str, text: str, action: str) -> LongOwnerWork:
        return LongOwnerWork(self._page, title, f"{text} {AGAIN}", action)

    # Roles

    def _on_renewal(self) -> None:
        text = (
            "For when somebody may have copied what a role reaches the server with, as from a lost computer: that "
            "opens nothing any more. Open windows change over by themselves. Choose the roles."
        )
        choices = choices_for(self._context.session.identity.role)
        dialog = ChooseRoles(self._page, "Renew credentials", text, choices, ())
        dialog.chosen.connect(self._renew_roles)
        dialog.open()

    def _renew_roles(self, roles: list[Role]) -> None:
        atlas = self._context.door.profile.kind is Kind.ATLAS
        takes = f"It takes some {'minutes' if atlas else 'seconds'} a role."
        work = self._work(f"Renew the credential of {words_of(roles)}?", takes, "Renew")

        def done(_: None) -> None:
            self._context.toasts.show(f"The credential of {words_of(roles)} is new")
            self._page.refresh()

        work.do(self._context, lambda owner: renew_all(owner, roles), done)

    # Encrypted fields

    def _on_rotation(self) -> None:
        work = self._long_work("Replace the keys of encrypted fields?", ROTATE, "Replace")

        def done(_: int) -> None:
            self._context.toasts.show("All encrypted fields are under new keys")

        work.do(self._context, lambda owner: rotate(owner, work.watch), done)

    def _on_encryption(self) -> None:
        work = self._long_work("Encrypt what is in the clear?", ENCRYPT, "Encrypt")

        def done(number: int) -> None:
            self._notice.hide()
            encrypted = f"{so_many(number, 'record was', 'records were')} encrypted"
            self._context.toasts.show("Nothing is in the clear any more", encrypted)

        work.do(self._context, lambda owner: encrypt(owner, work.watch), done)

    # The owners' own

    def _on_ownership(self) -> None:
        if self._context.door.profile.kind is not Kind.ATLAS:
            self._renew_ownership("", "")
            return
        dialog = AskAtlasKey(self._page)
        dialog.chosen.connect(self._renew_ownership)
        dialog.open()

    def _renew_ownership(self, key: str, secret: str) -> None:
        work = self._work("Renew the owner credential?", OWNERSHIP, "Renew")
        work.do(self._context, lambda owner: renew_ownership(owner, key, secret), self.show_ownership)

    def show_ownership(self, made: NewOwnership) -> None:
        """Show the new recovery code, and say whether the former credential is good for something still."""
        self._show_code(made)
        self._page.refresh()
        if not made.former_is_gone:
            self._context.toasts.show("The former one is still there", NOT_DROPPED, tone="warning")

    def _on_recovery(self) -> None:
        text = "The one from before opens nothing any more: destroy its page."
        work = self._work("Make a new recovery code?", text, "Make it")
        work.do(self._context, lambda owner: owner.new_recovery_code(), self._show_code)

    def _show_code(self, made: NewCode) -> None:
        practice = self._context.door.profile.practice
        RecoveryDialog(self._page, practice, made.recovery_code, puts_keys_back=made.puts_keys_back).open()

    # The program's newer declarations

    def _look(self) -> None:
        # Where it can't be asked, the list itself says so.
        door = self._context.door
        tasks.run(self, lambda: (standing(door), holds_clear(door)), self._on_standing, lambda _: None)

    def _on_standing(self, known: tuple[Standing, list[str]]) -> None:
        found, clear = known
        self._notice.setVisible(found is not Standing.CURRENT or bool(clear))
        if found is Standing.CURRENT and clear:
            told = CLEAR.format(", ".join(clear))
            self._notice.say("warning", told, ("Encrypt…", self._on_encryption), "lock-open-outline")
        elif found is Standing.BEHIND:
            self._notice.say("warning", BEHIND, (UPDATE, self._on_update), "database-cog-outline")
        elif found is Standing.AHEAD:
            self._notice.say("warning", AHEAD, icon="database-cog-outline")

    def _on_update(self) -> None:
        text = (
            "Collections, indexes and the limits of the roles become what this program needs, and searches find older "
            "records as they find new ones. What records say stays as it is, and everybody may go on working. Stopped, "
            "it goes on the next time."
        )
        work = self._long_work("Bring the practice up to date?", text, "Bring up to date")

        def done(_: None) -> None:
            self._notice.hide()
            self._context.toasts.show("The practice is up to date")
            self._look()

        work.do(self._context, lambda owner: bring_up_to_date(owner, work.watch), done)


def renew_all(owner: Owner, roles: Sequence[Role]) -> None:
    """New credentials of some roles, or of none."""
    if roles:
        owner.renew(*roles)
