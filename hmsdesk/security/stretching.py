"""What somebody typed, stretched to a key so that trying many costs memory and time (Argon2id)."""

from __future__ import annotations

import unicodedata

from nacl.exceptions import RuntimeError as OutOfMemory
from nacl.pwhash import argon2id

from hmsdesk.errors import UserError

LEAST_MIB, MOST_MIB = 64, 1024
SALT_BYTES, KEY_BYTES = argon2id.SALTBYTES, 32
_MIB = 1024 * 1024


def stretched(typed: str, salt: bytes, mib: int, passes: int, what_for: str) -> bytes:
    """A key. mib: the memory it costs. passes: how often. what_for: sign in.

    Raises UserError where this computer is short of memory.
    """
    # The same letters come composed from one keyboard and decomposed from another.
    letters = unicodedata.normalize("NFKC", typed).encode("utf-8", "surrogatepass")
    try:
        return bytes(argon2id.kdf(KEY_BYTES, letters, salt, opslimit=passes, memlimit=mib * _MIB))
    except OutOfMemory:
        raise UserError(
            "This computer is short of memory.",
            f"{mib} MB must be free to {what_for}. Close other programs, then try again.",
        ) from None
