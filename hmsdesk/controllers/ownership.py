"""The owner credential itself, and its renewal."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from uuid import uuid4

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.readmission import NewCode, is_kept_for_readmission
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import UserError
from hmsdesk.security.bundles import OwnerBundle
from hmsdesk.security.credentials import new_code, seal_to, seal_with_code
from hmsdesk.security.roles import OWNER

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NewOwnership(NewCode):
    """What came of a renewal. former_is_gone: whether the credential from before is good for nothing already."""

    former_is_gone: bool = True


def renew_ownership(owner: Owner, atlas_key: str = "", atlas_secret: str = "") -> NewOwnership:
    """A new owner credential, sealed to every owner and to a new recovery code; then the former one is gone at once.

    atlas_key, atlas_secret: of another key to Atlas's Administration API, if the one so far is to be replaced. The
    practice's signing key and its secret stay. Raises UserError, Unreachable: then the former credential is still
    good, and the next renewal leaves one.
    """
    owner.tell("Making a new owner of the database")
    if atlas_key and owner.bundle.atlas is not None:
        owner.reach_atlas_with(owner.bundle.atlas.model_copy(update={"key": atlas_key, "secret": atlas_secret}))
    former = owner.users.users_of(OWNER)
    # No number: what a renewal that was broken off left behind is never taken over.
    user = f"{OWNER}.{secrets.token_hex(4)}"
    password = owner.users.create({user: OWNER})[user]
    bundle = owner.bundle.model_copy(update={"user": user, "password": password})
    code = new_code()
    owner.tell("Handing it to the practice's owners")
    _hand_out(owner, bundle, code)
    puts_keys_back = is_kept_for_readmission(owner.door.settings.folder(), owner.door.secrets, code)
    return NewOwnership(code, puts_keys_back, former_is_gone=_is_dropped(owner, bundle, former))


def _is_dropped(owner: Owner, bundle: OwnerBundle, former: list[str]) -> bool:
    """The new recovery code must be shown even where the former credential could not be dropped."""
    owner.tell("Dropping the former one")
    try:
        owner.take(bundle)
        owner.users.drop(former)
    except UserError as problem:
        _log.warning("the former owner of the database could not be dropped: %s", problem.title)
        return False
    return True


def _hand_out(owner: Owner, bundle: OwnerBundle, code: str) -> None:
    recovery = seal_with_code(bundle.to_bytes(), code)
    owners = owner.certified({"certificate.owner": True})

    def work(work: Work) -> None:
        practice = work.find("practice", {}) or {}
        work.change("practice", practice, {"recovery": recovery}, "renew owner credential")
        for known in owners:
            mine = {"owner_seal": seal_to(known.certificate.keys.box, bundle.to_bytes())}
            work.change("accounts", known.account, mine, "renew owner credential")

    write(owner.session, uuid4().hex, work)
