"""Encrypting what a practice from before holds in the clear, and replacing the keys of what is encrypted.

Both may be broken off at any point and begun again: they go on with what is left. People may work meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

from hmsdesk.controllers import field_keys
from hmsdesk.controllers.accounts import CHANGE_OVER_S, Owner
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database import provision
from hmsdesk.database.audit import Event
from hmsdesk.database.resealing import ACTION, batches, clear_left, left_under, places
from hmsdesk.database.rewriting import Place
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import UserError
from hmsdesk.models.registry import encrypted, record_of
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.keyrings import VAULT, Keyring, alternate_name
from hmsdesk.security.permissions import Role

REMOVE = "remove keys"
NOT_YET = UserError("This practice has no keys for encrypted fields yet.", "Bring it up to date first.")
# How often it is looked again for what somebody wrote meanwhile.
_ROUNDS = 5


@dataclass(frozen=True)
class Kept:
    """How one kind of record stands. clear: how many records and earlier versions hold something in the clear.

    generation: of the key that is written with; 0 for none. since: when that key was made. keys: how many there are.
    """

    collection: str
    plural: str
    generation: int
    since: datetime | None
    keys: int
    clear: int


def holds_clear(door: Door) -> list[str]:
    """The kinds of record, by their plurals, that may hold something in the clear. Raises UserError, Unreachable."""
    done = door.practice().get("encrypted") or {}
    left = [name for name, fields in encrypted().items() if not set(fields) <= set(done.get(name, ()))]
    return [record_of(name).LISTING.plural for name in left]


def status(owner: Owner) -> list[Kept]:
    """How each kind of record with encrypted fields stands. Raises Unreachable."""
    keyring = owner.keyring() or Keyring()
    with owner.session.server.asked() as database:
        made = {name: key["creationDate"] for key in database[VAULT].find() for name in key["keyAltNames"]}
    found = []
    for name in encrypted():
        keys = keyring.collections.get(name)
        generation = keys.writing if keys else 0
        clear = sum(clear_left(owner.database, place) for place in places(name))
        since = made.get(alternate_name(name, generation))
        found.append(
            Kept(name, record_of(name).LISTING.plural, generation, since, len(keys.masters) if keys else 0, clear)
        )
    return found


def encrypt(owner: Owner, watch: Watch = UNWATCHED) -> int:
    """Encrypt what is in the clear, in records and in their earlier versions; from then on the server refuses it there.

    How many were encrypted. Raises Stopped, Unreachable, and UserError where the practice has no keys yet.
    """
    _take_keys(owner)
    todo = [place for name in encrypted() for place in places(name)]
    counting = _Counting(sum(clear_left(owner.database, place) for place in todo), watch)
    for name in encrypted():
        owner.tell(f"Encrypting {record_of(name).LISTING.plural}")
        for _ in range(_ROUNDS):
            for place in places(name):
                _reseal(owner, place, place.clear(), counting)
            provision.refuse_clear(owner.database, name)
            if not any(clear_left(owner.database, place) for place in places(name)):
                write(owner.session, uuid4().hex, partial(_note_done, name))
                break
        else:
            raise UserError("There is always more in the clear.", "Somebody writes past the program. Verify the trail.")
    return counting.done


def rotate(owner: Owner, watch: Watch = UNWATCHED, change_over_s: float = CHANGE_OVER_S) -> int:
    """Replace every key of encrypted fields, master keys and data keys; the former ones are removed.

    First every role is given the new keys beside the old ones, then is told to write with them; then all is encrypted
    anew. One that was broken off is brought to its end. How many records and versions were encrypted anew. Raises
    Stopped, Unreachable, UserError.
    """
    keyring = _take_keys(owner)
    names = [name for name in encrypted() if name in keyring.collections]
    concerned = [role for role in Role if keyring.for_role(role).collections]
    if all(len(keyring.collections[name].masters) == 1 for name in names):
        owner.tell("Making new keys")
        _put(owner, keyring, field_keys.next_keys(keyring, names))
        keyring = _take_keys(owner)
    if any(keys.writing != max(keys.masters) for keys in keyring.collections.values()):
        owner.renew(*concerned, change_over_s=change_over_s)
        newest = keyring
        for name in names:
            newest = newest.writing_newest(name)
        _put(owner, keyring, (newest, []))
        keyring = _take_keys(owner)
    # Whoever still wrote with a former key is cut off by this: no more is added to what is under it.
    owner.renew(*concerned, change_over_s=change_over_s)
    return _reseal_all(owner, keyring, names, watch)


def _reseal_all(owner: Owner, keyring: Keyring, names: Collection[str], watch: Watch) -> int:
    former = _former_keys(owner, keyring)
    todo = [place for name in names for place in places(name)]
    counting = _Counting(sum(owner.database[place.kept].count_documents(place.some()) for place in todo), watch)
    for place in todo:
        owner.tell(f"Encrypting {record_of(place.collection).LISTING.plural} anew")
        _reseal(owner, place, place.some(), counting)
    cipher = owner.session.server.cipher
    owner.tell("Making sure that no record needs a former key")
    if cipher is None or any(left_under(owner.database, place, set(former), cipher) for place in todo):
        raise UserError("Somebody still writes with a former key.", "The former keys stay. Do the same once more.")
    _remove(owner, keyring, names, former)
    return counting.done


class _Counting:
    """How far it is."""

    def __init__(self, of: int, watch: Watch) -> None:
        self.done, self._of, self._watch = 0, of, watch

    def add(self, number: int) -> None:
        """So many more are done. Raises Stopped."""
        self.done += number
        self._watch.progress(self.done, max(self.done, self._of))
        self._watch.go_on("Not everything is encrypted yet.")


def _reseal(owner: Owner, place: Place, where: Row, counting: _Counting) -> None:
    for ids in batches(owner.database, place, where):
        write(owner.session, uuid4().hex, lambda work, ids=ids: work.reseal(place, ids))  # type: ignore[misc]
        counting.add(len(ids))


def _take_keys(owner: Owner) -> Keyring:
    """The keyring as it is now, with which the owner's connection reads and writes from now on."""
    keyring = owner.keyring()
    if keyring is None or set(keyring.collections) < set(encrypted()):
        raise NOT_YET
    owner.session.server.take_keys(keyring)
    return keyring


def _put(owner: Owner, known: Keyring, new: tuple[Keyring, list[Row]]) -> None:
    write(owner.session, uuid4().hex, lambda work: field_keys.keep(owner, work, known, *new))


def _former_keys(owner: Owner, keyring: Keyring) -> dict[bytes, Row]:
    """The data keys in the vault that nothing is written with any more, by their ids."""
    written = {alternate_name(name, keys.writing) for name, keys in keyring.collections.items()}
    with owner.session.server.asked() as database:
        return {bytes(key["_id"]): key for key in database[VAULT].find() if not written & set(key["keyAltNames"])}


def _remove(owner: Owner, keyring: Keyring, names: Collection[str], former: dict[bytes, Row]) -> None:
    owner.tell("Removing the former keys")
    newest = keyring
    for name in names:
        newest = newest.without_former(name)

    def work(work: Work) -> None:
        field_keys.keep(owner, work, keyring, newest, [])
        work.take(VAULT, [key["_id"] for key in former.values()])
        said = ", ".join(name for key in former.values() for name in key["keyAltNames"])
        work.note(Event(REMOVE, VAULT, reason=said))

    write(owner.session, uuid4().hex, work)
    _take_keys(owner)


def _note_done(name: str, work: Work) -> None:
    practice = work.find("practice", {}) or {}
    done = (practice.get("encrypted") or {}) | {name: sorted(encrypted()[name])}
    work.change("practice", practice, {"encrypted": done}, ACTION, reason=record_of(name).LISTING.plural)
