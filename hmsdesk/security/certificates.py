"""What the practice's key says about an account, and which keys are to be believed.

The certificate inside an account is the truth; the same words beside it are only there to be listed. Nothing is sealed
to, and no signature believed from, a key without a certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from hmsdesk.security.credentials import Keys, PublicKeys
from hmsdesk.security.permissions import Role
from hmsdesk.security.signing import is_signed, sign


class State(StrEnum):
    """TEMPORARY: made or reset by an owner; its keys may only name their successor at the next sign-in."""

    ACTIVE = "active"
    TEMPORARY = "temporary"
    DISABLED = "disabled"


class Untrusted(Exception):
    """The practice's key did not sign this, or not this way."""


@dataclass(frozen=True)
class Certificate:
    """What the practice's key says of one account.

    keys: the account's public keys. past: Ed25519 keys it signed with before, still good for what they signed.
    temporary: the keys may only name their successor. disabled: the account may do nothing until it is enabled again.
    mib: the memory that trying a password costs. staff: whose entry among the staff is theirs, where it hasn't the
    account's id.
    """

    person: ObjectId
    name: str
    email: str
    roles: tuple[Role, ...]
    owner: bool
    keys: PublicKeys
    serial: int
    issued_at: datetime
    mib: int
    past: tuple[bytes, ...] = ()
    temporary: bool = False
    disabled: bool = False
    staff: ObjectId | None = None

    @property
    def member(self) -> ObjectId:
        """The id of their entry among the staff, if they have one."""
        return self.staff or self.person

    @property
    def state(self) -> State:
        """How the account stands, in one word."""
        if self.disabled:
            return State.DISABLED
        return State.TEMPORARY if self.temporary else State.ACTIVE

    def document(self) -> dict[str, Any]:
        """As it is signed and kept."""
        return {
            "person": self.person,
            "name": self.name,
            "email": self.email,
            "roles": [role.value for role in self.roles],
            "owner": self.owner,
            "box": self.keys.box,
            "sign": self.keys.sign,
            "serial": self.serial,
            "issued_at": self.issued_at,
            "mib": self.mib,
            "past": list(self.past),
            "temporary": self.temporary,
            "disabled": self.disabled,
        } | ({"staff": self.staff} if self.staff else {})

    @property
    def naming(self) -> str:
        """Where its successor is named, if it is a temporary one."""
        return succession_id(self.person, self.serial)

    def signing_keys(self) -> tuple[bytes, ...]:
        """All public keys that this person's signatures may have been made with. A temporary key signs nothing."""
        return self.past if self.temporary else (self.keys.sign, *self.past)


def certified(practice: Keys, certificate: Certificate) -> dict[str, Any]:
    """The certificate and the practice's signature over it, as they stand in an account."""
    document = certificate.document()
    return {"certificate": document, "signature": sign(practice.signing_key, {"certificate": document})}


def believed(practice_key: bytes, account: Mapping[str, Any]) -> Certificate:
    """An account's certificate, checked against the practice's public key. Raises Untrusted."""
    document = account.get("certificate")
    signature = account.get("signature", b"")
    if not isinstance(document, Mapping) or not is_signed(practice_key, {"certificate": document}, signature):
        raise Untrusted
    if document["person"] != account["_id"]:
        raise Untrusted
    return Certificate(
        person=document["person"],
        name=document["name"],
        email=document["email"],
        roles=tuple(Role(role) for role in document["roles"]),
        owner=document["owner"],
        keys=PublicKeys(bytes(document["box"]), bytes(document["sign"])),
        serial=document["serial"],
        issued_at=document["issued_at"],
        mib=document["mib"],
        past=tuple(bytes(key) for key in document["past"]),
        temporary=document["temporary"],
        disabled=document["disabled"],
        staff=document.get("staff"),
    )


def succession_id(person: ObjectId, serial: int) -> str:
    """Where the one successor of a temporary key is named: once for each certificate."""
    return f"{person}/{serial}"


def succession(temporary: Keys, certificate: Certificate, successor: PublicKeys) -> dict[str, Any]:
    """The temporary keys' word for the keys that follow them, as it stands in `successions`."""
    said = _said(certificate, successor)
    return {
        "_id": certificate.naming,
        "box": successor.box,
        "sign": successor.sign,
        "signature": sign(temporary.signing_key, said),
    }


def closed_succession(certificate: Certificate) -> dict[str, Any]:
    """What stands in `successions` where a temporary key may name no successor any more."""
    return {"_id": certificate.naming, "box": b"", "sign": b"", "signature": b""}


def effective(certificate: Certificate, succession: Mapping[str, Any] | None) -> Certificate:
    """The certificate with the keys now in use: a temporary account's are its successor's once it has one."""
    if not certificate.temporary or succession is None or succession["_id"] != certificate.naming:
        return certificate
    successor = PublicKeys(bytes(succession["box"]), bytes(succession["sign"]))
    if not is_signed(certificate.keys.sign, _said(certificate, successor), succession["signature"]):
        return certificate
    return replace(certificate, keys=successor, temporary=False)


def _said(certificate: Certificate, successor: PublicKeys) -> dict[str, Any]:
    named = {"person": certificate.person, "serial": certificate.serial, "box": successor.box, "sign": successor.sign}
    return {"succession": named}
