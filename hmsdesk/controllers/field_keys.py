"""The keys of encrypted fields: made when a practice is founded or brought up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import uuid4

from hmsdesk.database.audit import Event
from hmsdesk.database.field_cipher import new_data_key
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import UserError
from hmsdesk.models.registry import encrypted
from hmsdesk.models.row import Row
from hmsdesk.security.credentials import seal_to
from hmsdesk.security.keyrings import VAULT, Keyring

if TYPE_CHECKING:
    from hmsdesk.controllers.accounts import Owner

MAKE = "make keys"


def first_keys(keyring: Keyring) -> tuple[Keyring, list[Row]]:
    """A keyring with a key for each collection that has encrypted fields, and the data keys of those it lacked."""
    return next_keys(keyring, [name for name in encrypted() if name not in keyring.collections])


def next_keys(keyring: Keyring, names: Iterable[str]) -> tuple[Keyring, list[Row]]:
    """A keyring with a further key for each collection, not written with yet, and their data keys."""
    made = []
    for name in names:
        keyring, generation = keyring.with_new(name)
        made.append(new_data_key(keyring, name, generation))
    return keyring, made


def make_missing(owner: Owner) -> None:
    """Keys that a practice from before lacks. The roles have them once their credentials are renewed.

    Raises UserError where another owner does the same in this moment.
    """
    known = owner.keyring() or Keyring()
    keyring, made = first_keys(known)
    if made:
        write(owner.session, uuid4().hex, lambda work: keep(owner, work, known, keyring, made))


def keep(owner: Owner, work: Work, known: Keyring, keyring: Keyring, made: list[Row]) -> None:
    """Keep another keyring in place of `known`, with the data keys that were made for it."""
    practice = work.find("practice", {}) or {}
    if (owner.opened_keyring(practice) or Keyring()) != known:
        raise UserError("Another owner is just changing the keys.", "Wait until it is done.")
    sealed = seal_to(owner.practice_keys.public.box, keyring.to_bytes())
    work.change("practice", practice, {"keyring": sealed}, MAKE)
    work.claim(VAULT, made)
    if made:
        work.note(Event(MAKE, VAULT, reason=", ".join(name for key in made for name in key["keyAltNames"])))
