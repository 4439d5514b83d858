"""One way to turn a document into bytes, to hash them and to sign them (Ed25519, SHA-256)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import bson
from bson import ObjectId
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey


def canonical(document: Mapping[str, Any]) -> bytes:
    """The document as BSON with its keys in order, the same for equal documents."""
    return bson.encode(_ordered(document))


def _ordered(value: Any) -> Any:
    # Most values are none of these; asking whether one is a Mapping takes ten times as long.
    if isinstance(value, bytes | str | int | ObjectId | datetime):
        return value
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value


def digest(content: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return sha256(content).digest()


def sign(key: SigningKey, document: Mapping[str, Any]) -> bytes:
    """The signature of a document, 64 bytes."""
    return key.sign(canonical(document)).signature


def is_signed(public_key: bytes, document: Mapping[str, Any], signature: bytes) -> bool:
    """Whether the signature over the document was made with the public key's other half."""
    return is_signed_bytes(public_key, canonical(document), signature)


def is_signed_bytes(public_key: bytes, content: bytes, signature: bytes) -> bool:
    """Whether the signature over these very bytes was made with the public key's other half."""
    try:
        VerifyKey(public_key).verify(content, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def fingerprint(public_key: bytes) -> str:
    """What workstations pin of a public key: its SHA-256 in hexadecimal."""
    return sha256(public_key).hexdigest()
