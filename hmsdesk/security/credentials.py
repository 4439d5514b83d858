"""A person's keys and what is sealed to them, codes that people write down, and which passwords are too weak."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.signing import SigningKey

_RECOVERY_BYTES = 16
_KEY_BYTES = 32
# zxcvbn's time grows with the square of the length, times up to a thousand for look-alike digits and signs. What makes
# a password weak shows in its first part.
_RATED_LENGTH = 40


class CannotOpen(Exception):
    """The password, code or key doesn't fit what was sealed."""


@dataclass(frozen=True)
class PublicKeys:
    """box: X25519, to seal to. sign: Ed25519, to verify with. 32 bytes each."""

    box: bytes
    sign: bytes


class Keys:
    """A person's (or the practice's) private keys. They live in memory only, and only while signed in.

    Python can't overwrite them: what "forgetting" keys does is to let go of the last reference, so that the memory is
    free to be used again.
    """

    def __init__(self, box: bytes, sign: bytes) -> None:
        self._box = PrivateKey(box)
        self.signing_key = SigningKey(sign)

    @classmethod
    def generate(cls) -> Keys:
        """New keys."""
        return cls(bytes(PrivateKey.generate()), bytes(SigningKey.generate()))

    @classmethod
    def from_bytes(cls, content: bytes) -> Keys:
        """Keys as `to_bytes` gave them."""
        return cls(content[:_KEY_BYTES], content[_KEY_BYTES:])

    def to_bytes(self) -> bytes:
        """Both private keys, 64 bytes."""
        return bytes(self._box) + bytes(self.signing_key)

    @property
    def public(self) -> PublicKeys:
        """The halves that may be shown."""
        return PublicKeys(bytes(self._box.public_key), bytes(self.signing_key.verify_key))

    def open(self, sealed: bytes) -> bytes:
        """What was sealed to these keys. Raises CannotOpen."""
        try:
            return bytes(SealedBox(self._box).decrypt(sealed))
        except CryptoError:
            raise CannotOpen from None


def seal_to(public_box: bytes, secret: bytes) -> bytes:
    """A secret that only the holder of the X25519 key opens."""
    return bytes(SealedBox(PublicKey(public_box)).encrypt(secret))


def new_secret() -> bytes:
    """A random secret, 32 bytes."""
    return secrets.token_bytes(_KEY_BYTES)


def new_password() -> str:
    """A random database password that nobody ever types; 256 bits."""
    return secrets.token_urlsafe(_KEY_BYTES)


def new_code() -> str:
    """A random code of 128 bits that people write down: 26 characters in groups, without letters that look alike."""
    return _grouped(_crockford(secrets.token_bytes(_RECOVERY_BYTES)))


def new_temporary_password() -> str:
    """A random password to be typed once and replaced: 75 bits, easy to read out."""
    return new_code()[:17]


def as_temporary_password(typed: str) -> str:
    """A password of `new_temporary_password` as it was made, however it was typed."""
    return _grouped(tidy_code(typed))


def seal_with_code(secret: bytes, code: str) -> bytes:
    """A secret under a code of `new_code`. The code holds 128 random bits, so it needs no stretching."""
    return bytes(SecretBox(_code_key(code)).encrypt(secret))


def open_with_code(sealed: bytes, code: str) -> bytes:
    """What was sealed under a code, however it was typed. Raises CannotOpen."""
    try:
        return bytes(SecretBox(_code_key(code)).decrypt(sealed))
    except CryptoError:
        raise CannotOpen from None


def _code_key(code: str) -> bytes:
    return blake2b(tidy_code(code).encode(errors="replace"), digest_size=_KEY_BYTES, person=b"hmsdesk code").digest()


_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def _crockford(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").translate(str.maketrans(_RFC_4648, _CROCKFORD))


def tidy_code(code: str) -> str:
    """A code as it was made, however it was typed: capitals, no groups, look-alike letters told apart (Crockford)."""
    return "".join(code.upper().split()).translate(_LOOK_ALIKE)


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def weakness(password: str, known: Sequence[str] = ()) -> str:
    """Why a password is refused, as a sentence; empty if it is good.

    known: what an attacker would try first, as it is written: the person's name and e-mail, the practice's name.
    """
    if len(password) < 8:
        return "At least 8 characters."
    if len(password) > 200:
        return "At most 200 characters."
    # Its lists of words take 14 MB, and passwords are seldom chosen.
    from zxcvbn import zxcvbn

    # zxcvbn can't rate nothing; a space alone is as bad.
    words = _words(known)
    found = zxcvbn(_without(words, password)[:_RATED_LENGTH] or " ", user_inputs=words)
    if found["score"] >= 3:
        return ""
    warning = found["feedback"]["warning"] or "This password is easy to guess."
    return f"{warning.rstrip('.')}. Take three or four words that don't belong together."


def _words(known: Sequence[str]) -> list[str]:
    """What is known, whole and in its words, the longest first; shorter than three letters they say nothing."""
    words = {word.casefold() for text in known for word in (text, *text.split("@"), *re.split(r"\W+", text))}
    return sorted((word for word in words if len(word) >= 3), key=len, reverse=True)


def _without(words: Sequence[str], password: str) -> str:
    """What is left of a password without some words."""
    for word in words:
        password = re.sub(re.escape(word), "", password, flags=re.IGNORECASE)
    return password
