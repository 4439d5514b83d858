"""A person's keys under their password, as `seals` keeps them: everybody adds to them, nobody changes or removes one.

Whoever may add can neither hide nor outdo a seal, however much they add:
- it lies at an address to which only the password leads (with the practice's secret), so no search can be flooded;
- the person's keys sign it together with its address, so nobody else's counts there, and no copy elsewhere;
- what replaces it bears a mark that only the person's keys can make. A seal whose mark is found opens nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from hmsdesk.security.certificates import Certificate, Untrusted
from hmsdesk.security.credentials import CannotOpen, Keys
from hmsdesk.security.signing import is_signed, sign
from hmsdesk.security.stretching import KEY_BYTES, LEAST_MIB, MOST_MIB, SALT_BYTES, stretched

# Another number would lead every password to another address.
_PASSES = 3
_ADDRESS_BYTES = 24


@dataclass(frozen=True)
class Lock:
    """What a password comes to: where its seal lies, and the key that opens it."""

    address: str
    key: bytes = field(repr=False)


def lock(password: str, practice_secret: bytes, sign_key: bytes, mib: int) -> Lock:
    """What a password comes to for the account with this public signing key. mib: the memory it costs, 64 to 1024.

    A password alone comes to nothing: the practice's secret is mixed in, which only enrolled workstations hold.
    Raises UserError where this computer is short of memory.
    """
    if not LEAST_MIB <= mib <= MOST_MIB:
        raise ValueError(f"Argon2id takes {LEAST_MIB} to {MOST_MIB} MiB here")
    salt = blake2b(sign_key, key=practice_secret, digest_size=SALT_BYTES, person=b"hmsdesk salt").digest()
    key = stretched(password, salt, mib, _PASSES, "sign in")
    size = KEY_BYTES + _ADDRESS_BYTES
    mixed = blake2b(key, key=practice_secret, digest_size=size, person=b"hmsdesk person").digest()
    return Lock(mixed[KEY_BYTES:].hex(), mixed[:KEY_BYTES])


def seal(certificate: Certificate, keys: Keys, under: Lock, replaces: str = "") -> dict[str, Any]:
    """The certificate's keys under a lock, as they stand in `seals`. replaces: the address of the seal before."""
    row: dict[str, Any] = {
        "_id": under.address,
        "person": certificate.person,
        "sealed": bytes(SecretBox(under.key).encrypt(keys.to_bytes())),
    }
    if replaces:
        row["replaced"] = mark(keys, replaces)
    return row | {"signature": sign(keys.signing_key, _said(row))}


def opened(certificate: Certificate, row: Mapping[str, Any], under: Lock) -> Keys:
    """Its keys. Raises Untrusted where the certificate's keys did not sign it, CannotOpen for a wrong lock."""
    if not is_signed(certificate.keys.sign, _said(row), row["signature"]):
        raise Untrusted
    try:
        keys = Keys.from_bytes(SecretBox(under.key).decrypt(row["sealed"]))
    except CryptoError:
        raise CannotOpen from None
    if keys.public != certificate.keys or row["person"] != certificate.person:
        raise Untrusted
    return keys


def mark(keys: Keys, address: str) -> bytes:
    """What a seal bears that replaces the one at this address; the same each time, and nobody else's to make."""
    return sign(keys.signing_key, {"replaced": address})


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    signed = ("_id", "person", "sealed", "replaced")
    return {"seal": {name: row[name] for name in signed if name in row}}
