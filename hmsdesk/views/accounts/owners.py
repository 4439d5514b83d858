"""What somebody who isn't an owner is told above the list."""

from __future__ import annotations

from hmsdesk.controllers.account_list import ACCOUNTS
from hmsdesk.controllers.listing import Page, Query
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.words import IconLine

ALONE = "Only an owner of the practice may change accounts."


class OwnersNotice(IconLine):
    """Says who may change accounts."""

    def __init__(self, context: Context) -> None:
        super().__init__(ALONE, "shield-account-outline")
        self.setObjectName("ownersNotice")
        session, owners = context.session, Query(filters={"owner": True, "state": "active"})
        # Where it fails, the list itself says so.
        tasks.run(self, lambda: ACCOUNTS.page(session, owners), self._on_known, lambda _: None)

    def _on_known(self, page: Page) -> None:
        names = [str(row["name"]) for row in page.rows]
        if names:
            self.set(f"{ALONE} Ask {_listed(names)}.", "muted")


def _listed(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
