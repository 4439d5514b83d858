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
    """TEMPORARY: made or reset by an owner; its keys may only certify their successor at the next sign-in."""

    ACTIVE = "active"
    TEMPORARY = "temporary"
    DISABLED = "disabled"


class Untrusted(Exception):
    """The practice's key did not sign this, or not this way."""


@dataclass(frozen=True)
class Certificate:
    """keys: the account's public keys. past: Ed25519 keys it signed with before, still good for what they signed."""

    person: ObjectId
    name: str
    email: str
    roles: tuple[Role, ...]
    owner: bool
    state: State
    keys: PublicKeys
    serial: int
    issued_at: datetime
    past: tuple[bytes, ...] = ()

    def document(self) -> dict[str, Any]:
        """As it is signed and kept."""
        return {
            "person": self.person,
            "name": self.name,
            "email": self.email,
            "roles": [role.value for role in self.roles],
            "owner": self.owner,
            "state": self.state.value,
            "box": self.keys.box,
            "sign": self.keys.sign,
            "serial": self.serial,
            "issued_at": self.issued_at,
            "past": list(self.past),
        }

    def signing_keys(self) -> tuple[bytes, ...]:
        """All public keys that this person's signatures may have been made with."""
        return (self.keys.sign, *self.past)


def certified(practice: Keys, certificate: Certificate) -> dict[str, Any]:
    """The certificate and the practice's signature over it, as they stand in an account."""
    document = certificate.document()
    return {"certificate": document, "signature": sign(practice.signing_key, document)}


def believed(practice_key: bytes, account: Mapping[str, Any]) -> Certificate:
    """An account's certificate, checked against the practice's public key. Raises Untrusted."""
    document = account.get("certificate")
    if not isinstance(document, Mapping) or not is_signed(practice_key, document, account.get("signature", b"")):
        raise Untrusted
    if document["person"] != account["_id"]:
        raise Untrusted
    return Certificate(
        person=document["person"],
        name=document["name"],
        email=document["email"],
        roles=tuple(Role(role) for role in document["roles"]),
        owner=document["owner"],
        state=State(document["state"]),
        keys=PublicKeys(bytes(document["box"]), bytes(document["sign"])),
        serial=document["serial"],
        issued_at=document["issued_at"],
        past=tuple(bytes(key) for key in document["past"]),
    )


def succession(temporary: Keys, certificate: Certificate, successor: PublicKeys) -> dict[str, Any]:
    """The temporary keys' word for the keys that follow them, as it stands in `seals`."""
    said = {"person": certificate.person, "serial": certificate.serial, "box": successor.box, "sign": successor.sign}
    return said | {"signature": sign(temporary.signing_key, said)}


def effective(certificate: Certificate, seal: Mapping[str, Any] | None) -> Certificate:
    """The certificate with the keys now in use: a temporary account's are its successor's once it has one."""
    said = dict((seal or {}).get("successor") or {})
    signature = said.pop("signature", b"")
    if certificate.state is not State.TEMPORARY or not said:
        return certificate
    fits = said["person"] == certificate.person and said["serial"] == certificate.serial
    if not fits or not is_signed(certificate.keys.sign, said, signature):
        return certificate
    return replace(certificate, keys=PublicKeys(bytes(said["box"]), bytes(said["sign"])), state=State.ACTIVE)
