"""Roles' new credentials on their way to everybody who may have them: thousands, where they are patients."""

from __future__ import annotations

import time
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
from hmsdesk.security.credentials import PublicKeys, seal_to
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import ROLE_WORDS, Role
from hmsdesk.security.roles import user_name

if TYPE_CHECKING:
    from hmsdesk.controllers.accounts import Owner

# So many accounts are changed in one transaction: each costs one answer of the server, and a slow line has to bring
# all of them before the server counts as lost.
BATCH = 50
_ROUNDS = 5
_ACTION = "renew credential"


def renew_credentials(owner: Owner, roles: Sequence[Role], change_over_s: float) -> None:
    """See Owner.renew: all are handed out before the first former one is dropped."""
    handings = [_handed_out(owner, role) for role in roles]
    owner.tell(f"Open windows change over: {_words(roles)}")
    time.sleep(change_over_s)
    for handing in handings:
        # Who chose their own password meanwhile took only the former one along.
        handing.to_holders()
        owner.tell(f"Dropping the former one: {_words([handing.role])}")
        users = owner.users.users_of(handing.role.value)
        # A higher one is another owner's, who is just renewing.
        owner.users.drop(former for former in users if _number(former) < handing.generation)


def _handed_out(owner: Owner, role: Role) -> HandingOut:
    owner.tell(f"Making a new database user: {_words([role])}")
    generation = _next_generation(owner, role)
    user = user_name(role.value, generation)
    password = owner.users.create({user: role.value})[user]
    owner.tell(f"Handing it to everybody who may have it: {_words([role])}")
    handing = HandingOut(owner, role, generation, owner.credential_of(role, user, password))
    handing.to_practice()
    handing.to_holders()
    return handing


def _next_generation(owner: Owner, role: Role) -> int:
    """One above the newest there is, as another owner may just be handing that one out.

    Those between it and the practice's were broken off before anybody had them: Atlas has no room for many.
    """
    kept = owner.kept_credential(role)
    practices = int(kept["generation"]) if kept else 0
    users = owner.users.users_of(role.value)
    newest = max(practices, *map(_number, users), 0)
    stale = [user for user in users if practices < _number(user) < newest]
    if stale:
        owner.users.drop(stale)
    return newest + 1


def _number(user: str) -> int:
    """The generation in a database user's name; 0 where it has none."""
    number = user.rpartition(".")[2]
    return int(number) if number.isdecimal() else 0


def _words(roles: Sequence[Role]) -> str:
    return ", ".join(ROLE_WORDS[role].lower() for role in roles)


class HandingOut:
    """Seals a credential to the practice first, so that an account that is made meanwhile gets it too.

    Broken off at any point, the former credential is still good, and the role can be renewed again.
    """

    def __init__(self, owner: Owner, role: Role, generation: int, credential: Credential) -> None:
        self._owner = owner
        self.role, self.generation, self._credential = role, generation, credential
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
        others = [kept for kept in practice["credentials"] if kept["role"] != self.role.value]
        former = [kept for kept in practice["credentials"] if kept not in others]
        if any(kept["generation"] >= self.generation for kept in former):
            raise UserError("Another owner is just renewing this credential.", "Wait until it is done.")
        sealed = seal_to(self._owner.practice_keys.public.box, self._credential.to_bytes())
        new = {"role": self.role.value, "generation": self.generation, "sealed": sealed}
        work.change("practice", practice, {"credentials": [*others, new]}, _ACTION)

    def _lacking(self) -> list[Known]:
        return [known for known in self._owner.certified({"certificate.roles": self.role.value}) if self._lacks(known)]

    def _lacks(self, known: Known) -> bool:
        has_later = any(
            kept["generation"] > self.generation
            for kept in known.account.get("credentials", [])
            if kept["role"] == self.role.value
        )
        # A later one comes from another owner, who is just renewing.
        return not has_later and self._sealed_to.get(known.certificate.person) != known.certificate.keys

    def _seal_to(self, batch: Sequence[Known], work: Work) -> None:
        for known in batch:
            others = [kept for kept in known.account.get("credentials", []) if kept["role"] != self.role.value]
            mine = sealed_credential(known.certificate, self.role, self.generation, self._credential)
            work.change("accounts", known.account, {"credentials": [*others, mine]}, _ACTION)
