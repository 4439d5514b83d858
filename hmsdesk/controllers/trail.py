"""The trail as an administrator reads and verifies it."""

from __future__ import annotations

from collections.abc import Callable

from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database.audit import Heads
from hmsdesk.database.session import Session
from hmsdesk.database.verification import Report, verify
from hmsdesk.models.registry import RECORDS


def verify_as_owner(
    door: Door, session: Session, password: str, progress: Callable[[int], None] = lambda _: None
) -> Report:
    """The whole trail and every record, which only the owner credential may read. Raises NotAllowed, WrongPassword."""
    heads = Heads(door.settings.folder()).read()
    with owning(door, session, password) as owner:
        public_key = owner.practice_keys.public.sign
        return verify(owner.database, public_key, heads, [record.collection() for record in RECORDS], progress)
