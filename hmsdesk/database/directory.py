"""Who is who in the practice: its accounts as the practice's key certifies them, with the keys now in use.

Whoever seals to a person, or believes a signature, asks here: a key that isn't certified is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from hmsdesk.models.row import Row
from hmsdesk.security import seals
from hmsdesk.security.certificates import Certificate, State, Untrusted, believed, effective
from hmsdesk.security.credentials import CannotOpen, Keys
from hmsdesk.security.roles import SUCCESSIONS
from hmsdesk.security.seals import Lock


@dataclass(frozen=True)
class Known:
    """An account that the practice's key certifies. certificate: with the keys now in use.

    succession: how a temporary account came by these keys; None where they are the certificate's own.
    """

    account: Row
    certificate: Certificate
    succession: Row | None


def look_up(database: Database[Row], practice_key: bytes, where: Mapping[str, Any]) -> Known | None:
    """One account, or None where there is none. Raises Untrusted where the practice's key did not sign it."""
    account = database.accounts.find_one(where)
    return None if account is None else known_by(database, practice_key, account)


def known_by(database: Database[Row], practice_key: bytes, account: Row) -> Known:
    """An account that was read already. Raises Untrusted where the practice's key did not sign it."""
    certificate = believed(practice_key, account)
    # Only a temporary account has a successor.
    succession = database[SUCCESSIONS].find_one({"_id": certificate.naming}) if certificate.temporary else None
    return _known(account, certificate, succession)


def unlock(database: Database[Row], certificate: Certificate, under: Lock) -> Keys:
    """The keys of an account that a password's lock opens. Raises CannotOpen, Untrusted."""
    seal = database.seals.find_one({"_id": under.address})
    if seal is None:
        raise CannotOpen
    keys = seals.opened(certificate, seal, under)
    if database.seals.find_one({"replaced": seals.mark(keys, under.address)}, ["_id"]) is not None:
        raise CannotOpen
    return keys


def who_chose(database: Database[Row], practice_key: bytes) -> set[ObjectId]:
    """Whose account is a temporary one though they have chosen a password since, and so have keys of their own."""
    temporary = {}
    for account in database.accounts.find({"state": State.TEMPORARY.value}, ["certificate", "signature"]):
        with suppress(Untrusted):
            certificate = believed(practice_key, account)
            temporary[certificate.naming] = certificate
    named = database[SUCCESSIONS].find({"_id": {"$in": list(temporary)}})
    return {
        now.person for one in named if not (now := effective(temporary[one["_id"]], one)).temporary and not now.disabled
    }


@dataclass(frozen=True)
class SigningKeys:
    """of: person -> the public keys their signatures may have been made with. untrusted: accounts that have none."""

    of: dict[ObjectId, tuple[bytes, ...]] = field(default_factory=dict)
    untrusted: list[ObjectId] = field(default_factory=list)


def certified(
    database: Database[Row], practice_key: bytes, where: Mapping[str, Any] | None = None
) -> tuple[list[Known], list[ObjectId]]:
    """Every account, or those asked for, in two questions; and the accounts that the practice's key did not sign."""
    believed_now: list[tuple[Row, Certificate]] = []
    untrusted = []
    for account in database.accounts.find(where or {}):
        try:
            believed_now.append((account, believed(practice_key, account)))
        except Untrusted:
            untrusted.append(account["_id"])
    # Asked for by name: everybody may add to the others.
    namings = [certificate.naming for _, certificate in believed_now if certificate.temporary]
    named = {row["_id"]: row for row in database[SUCCESSIONS].find({"_id": {"$in": namings}})}
    return [_known(*one, named.get(one[1].naming)) for one in believed_now], untrusted


def signing_keys(database: Database[Row], practice_key: bytes, where: Mapping[str, Any] | None = None) -> SigningKeys:
    """The keys to believe signatures from, of every account or of those asked for."""
    known, untrusted = certified(database, practice_key, where)
    return SigningKeys({one.certificate.person: one.certificate.signing_keys() for one in known}, untrusted)


def _known(account: Row, certificate: Certificate, succession: Row | None) -> Known:
    now = effective(certificate, succession)
    return Known(account, now, succession if now is not certificate else None)
