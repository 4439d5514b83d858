"""A file of many parts under one key: none can be read without it, nor changed, moved, left out or cut off unseen.

After a mark and a header in the clear come the parts, each compressed and then sealed as libsodium's secretstream does
it (XChaCha20-Poly1305), the header bound to every one. The last part bears a mark of its own: without it, the file was
cut off.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

from isal import isal_zlib
from nacl import bindings
from nacl.exceptions import RuntimeError as NotAuthentic

from hmsdesk.errors import UserError

MARK = b"HMSDesk backup "
_VERSION = b"1\n"
_LENGTH = struct.Struct("<I")
_LONGEST_HEADER = 1024 * 1024
# A part holds what the server gives in one answer, of which a single record may take 16 MiB.
LONGEST_PART = 64 * 1024 * 1024
# Records compress well. Python's own zlib would take most of a backup's time to make the same of them; it reads this.
_LEVEL = 1
_OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_STREAM_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MORE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class Damaged(UserError):
    """The file isn't as it was written."""

    def __init__(self, message: str = "It was altered, or its disk is failing. Take another one.") -> None:
        super().__init__("This backup is damaged.", message)


def new_key() -> bytes:
    """A random key for one file."""
    return bytes(bindings.crypto_secretstream_xchacha20poly1305_keygen())


class SealedWriter:
    """Writes the file from its beginning. It is whole once `finish` was called."""

    def __init__(self, out: BinaryIO, header: bytes, key: bytes) -> None:
        """header: said in the clear. key: of `new_key`, for this file alone."""
        self._out = out
        self._bound = sha256(header).digest()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        begun = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        out.write(MARK + _VERSION + _LENGTH.pack(len(header)) + header + begun)

    def add(self, part: bytes) -> None:
        """The next part. Raises OSError where the disk refuses it."""
        self._seal(part, _MORE)

    def finish(self, part: bytes) -> None:
        """The last part."""
        self._seal(part, _LAST)

    def _seal(self, part: bytes, tag: int) -> None:
        squeezed = isal_zlib.compress(part, _LEVEL)
        sealed = bindings.crypto_secretstream_xchacha20poly1305_push(self._state, squeezed, self._bound, tag)
        self._out.write(_LENGTH.pack(len(sealed)) + sealed)


def read_header(file: BinaryIO) -> bytes:
    """What is said in the clear; the file stands behind it then. Raises UserError for another kind of file, Damaged."""
    if file.read(len(MARK)) != MARK:
        raise UserError("This is not a backup of HMSDesk.", "Choose a file that `hmsdesk backup` or its page has made.")
    if file.read(len(_VERSION)) != _VERSION:
        raise UserError("This backup has another form.", "A newer HMSDesk made it. Update HMSDesk on this computer.")
    return _exactly(file, _length(file, _LONGEST_HEADER))


def read_parts(file: BinaryIO, header: bytes, key: bytes) -> Iterator[tuple[bytes, bool]]:
    """The parts of a file that stands behind its header: (part, whether it is the last). Raises Damaged.

    Each is genuine; that none is missing shows at the end alone.
    """
    bound = sha256(header).digest()
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, _exactly(file, _STREAM_HEADER), key)
    is_last = False
    while not is_last:
        sealed = _exactly(file, _length(file, LONGEST_PART))
        if len(sealed) < _OVERHEAD:
            raise Damaged
        try:
            squeezed, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, sealed, bound)
        except NotAuthentic:
            raise Damaged from None
        is_last = tag == _LAST
        if is_last and file.read(1):
            raise Damaged
        yield _expanded(squeezed), is_last


def _length(file: BinaryIO, most: int) -> int:
    (length,) = _LENGTH.unpack(_exactly(file, _LENGTH.size))
    if length > most:
        raise Damaged
    return int(length)


def _exactly(file: BinaryIO, length: int) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise Damaged("Its end is missing: it was not written or copied to its end. Take another one.")
    return content


def _expanded(squeezed: bytes) -> bytes:
    """Who has the key may have made it of anything."""
    expanding = zlib.decompressobj()
    try:
        content = expanding.decompress(squeezed, LONGEST_PART)
    except zlib.error:
        raise Damaged from None
    if not expanding.eof:
        raise Damaged
    return content
