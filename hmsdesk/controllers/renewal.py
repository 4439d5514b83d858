"""A role's new credential on its way to everybody who may have it: thousands, where they are patients."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.account_rows import sealed_credential
from hmsdesk.database.directory import Known
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import Conflict, NotFound, UserError
from hmsdesk.security.bundles import Credential
from hmsdesk.security.credentials import PublicKeys, seal_to
from hmsdesk.security.permissions import Role

if TYPE_CHECKING:
    from hmsdesk.controllers.accounts import Owner

# So many accounts are changed in one transaction: each costs one answer of the server, and a slow line has to bring
# all of them before the server counts as lost.
BATCH = 50
_ROUNDS = 5
_ACTION = "renew credential"


class HandingOut:
    """Seals a credential to the practice first, so that an account that is made meanwhile gets it too.

    Broken off at any point, the former credential is still good, and the role can be renewed again.
    """

    def __init__(self, owner: Owner, role: Role, generation: int, credential: Credential) -> None:
        self._owner = owner
        self._role, self._generation, self._credential = role, generation, credential
        self._sealed_to: dict[ObjectId, PublicKeys] = {}

    def to_practice(self) -> None:
        """For accounts that are made, or get the role, from now on. Raises UserError where another owner renews it."""
        write(self._owner.session, uuid4().hex, self._keep)

    def to_holders(self) -> None:
        """For every certified holder, by the keys now in use; those who have it by them already are left alone.

        An account that another owner changes meanwhile is looked at anew. Raises UserError where that never ends.
        """
        for _ in range(_ROUNDS):
            lacking = self._lacking()
            if not lacking:
                return
            for start in range(0, len(lacking), BATCH):
                batch = lacking[start : start + BATCH]
                with suppress(Conflict, NotFound):
                    write(self._owner.session, uuid4().hex, partial(self._seal_to, batch))
                    self._sealed_to |= {one.certificate.person: one.certificate.keys for one in batch}
        raise UserError("Accounts are being changed all the time.", "Everybody stays in. Renew once more, later.")

    def _keep(self, work: Work) -> None:
        practice = work.find("practice", {}) or {}
        others = [kept for kept in practice["credentials"] if kept["role"] != self._role.value]
        former = [kept for kept in practice["credentials"] if kept not in others]
        if any(kept["generation"] >= self._generation for kept in former):
            raise UserError("Another owner is just renewing this credential.", "Wait until it is done.")
        sealed = seal_to(self._owner.practice_keys.public.box, self._credential.to_bytes())
        new = {"role": self._role.value, "generation": self._generation, "sealed": sealed}
        work.change("practice", practice, {"credentials": [*others, new]}, _ACTION)

    def _lacking(self) -> list[Known]:
        return [known for known in self._owner.certified({"certificate.roles": self._role.value}) if self._lacks(known)]

    def _lacks(self, known: Known) -> bool:
        has_later = any(
            kept["generation"] > self._generation
            for kept in known.account.get("credentials", [])
            if kept["role"] == self._role.value
        )
        # A later one comes from another owner, who is just renewing.
        return not has_later and self._sealed_to.get(known.certificate.person) != known.certificate.keys

    def _seal_to(self, batch: Sequence[Known], work: Work) -> None:
        for known in batch:
            others = [kept for kept in known.account.get("credentials", []) if kept["role"] != self._role.value]
            mine = sealed_credential(known.certificate, self._role, self._generation, self._credential)
            work.change("accounts", known.account, {"credentials": [*others, mine]}, _ACTION)
