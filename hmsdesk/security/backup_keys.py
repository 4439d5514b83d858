"""What a backup is sealed with, and what opens it again: a passphrase, the recovery code, or a key in a file.

Every backup has a key of its own, sealed to the public half of a key pair (X25519). Whoever writes backups needs that
half alone: a workstation that writes one each day can read none. The private half lies in the file under the passphrase
and, for the practice's own key, under the recovery code; or it is kept by the owner as a file.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from pydantic import Field, ValidationError

from hmsdesk.errors import InvalidInput
from hmsdesk.security.bundles import OwnerBundle
from hmsdesk.security.credentials import CannotOpen, open_with_code, seal_to
from hmsdesk.security.sealable import Base64, Sealable
from hmsdesk.security.sealed_file import Damaged
from hmsdesk.security.stretching import KEY_BYTES, LEAST_MIB, MOST_MIB, SALT_BYTES, stretched

_PASSES = 3
_OPENING = "open the backup"
_KEY_MARK = "HMSDesk-backup-key:"
_WRONG = "This does not open the backup. It takes what was chosen when it was made, or when daily backups were set up."
_NOT_OPENED = "The backup was not opened."
WRONG_KEY = "This key does not open the backup."


class UnderPassphrase(Sealable):
    """The private half under a passphrase, stretched with Argon2id. mib: the memory a try costs. passes: how often."""

    salt: Base64 = Field(min_length=SALT_BYTES, max_length=SALT_BYTES)
    mib: int = Field(ge=LEAST_MIB, le=MOST_MIB)
    passes: int = Field(ge=1, le=8)
    sealed: Base64


class BackupLock(Sealable):
    """What it takes to write backups, and no more. Holds nothing that opens one by itself.

    public: the pair's public half. opening: sealed to it, the practice's keys and its secret, without which nobody
    could sign in where it is restored. passphrase: None where the private half is kept in a file. practice: the private
    half sealed to the practice's own key, which the recovery code leads to.
    """

    public: Base64 = Field(min_length=KEY_BYTES, max_length=KEY_BYTES)
    opening: Base64
    practice: Base64
    passphrase: UnderPassphrase | None = None


class Header(Sealable):
    """What stands in the clear at a backup's beginning. recovery: as the practice has it, under the recovery code."""

    program: str
    written_at: datetime
    lock: BackupLock
    file_key: Base64
    recovery: Base64


@dataclass(frozen=True)
class OpenedBackup:
    """What a backup's secret leads to: the key of the file, and what belongs to owning its practice."""

    file_key: bytes = field(repr=False)
    bundle: OwnerBundle = field(repr=False)


def lock_with_passphrase(bundle: OwnerBundle, passphrase: str, mib: int) -> BackupLock:
    """A new pair, whose private half lies under a passphrase. mib: the memory that trying one costs."""
    private, salt = PrivateKey.generate(), token_bytes(SALT_BYTES)
    sealed = bytes(SecretBox(stretched(passphrase, salt, mib, _PASSES, _OPENING)).encrypt(bytes(private)))
    slot = UnderPassphrase(salt=salt, mib=mib, passes=_PASSES, sealed=sealed)
    return _lock(bundle, private).model_copy(update={"passphrase": slot})


def lock_with_key(bundle: OwnerBundle, key: str) -> BackupLock:
    """With a pair whose private half is kept as a file's text. Raises InvalidInput."""
    return _lock(bundle, private_half(key))


def _lock(bundle: OwnerBundle, private: PrivateKey) -> BackupLock:
    public = bytes(private.public_key)
    # Where it is restored there are other database users; what made those here is no backup's business.
    needed = bundle.model_copy(update={"user": "", "password": "", "atlas": None})
    practices = seal_to(bundle.keys().public.box, bytes(private))
    return BackupLock(public=public, opening=seal_to(public, needed.to_bytes()), practice=practices)


def new_backup_key() -> str:
    """A new private half, as the text of a file."""
    return f"{_KEY_MARK}{urlsafe_b64encode(bytes(PrivateKey.generate())).decode()}\n"


def sealed_file_key(lock: BackupLock, file_key: bytes) -> bytes:
    """The key of one file, as its header has it."""
    return seal_to(lock.public, file_key)


def read_as_header(content: bytes) -> Header:
    """What stands at a backup's beginning. Raises Damaged."""
    try:
        return Header.model_validate_json(content)
    except ValidationError:
        raise Damaged from None


def open_with_words(header: Header, words: str) -> OpenedBackup:
    """With the passphrase, or the recovery code of the time it was made. Raises InvalidInput, UserError, Damaged."""
    try:
        return _opened(header, _by_code(header, words))
    except CannotOpen:
        pass
    slot = header.lock.passphrase
    if slot is None:
        raise InvalidInput({"passphrase": "This backup was made with a key. Choose the key's file."}, _NOT_OPENED)
    try:
        secret = stretched(words, slot.salt, slot.mib, slot.passes, _OPENING)
        return _opened(header, PrivateKey(SecretBox(secret).decrypt(slot.sealed)))
    except CryptoError:
        raise InvalidInput({"passphrase": _WRONG}, _NOT_OPENED) from None


def open_with_key(header: Header, key: str) -> OpenedBackup:
    """With the text of a key's file. Raises InvalidInput, Damaged."""
    private = private_half(key)
    if bytes(private.public_key) != header.lock.public:
        raise InvalidInput({"key": WRONG_KEY}, _NOT_OPENED)
    return _opened(header, private)


def _by_code(header: Header, code: str) -> PrivateKey:
    bundle = OwnerBundle.model_validate_json(open_with_code(header.recovery, code))
    return PrivateKey(bundle.keys().open(header.lock.practice))


def _opened(header: Header, private: PrivateKey) -> OpenedBackup:
    """The private half fits what it was kept under; what was sealed to it must then be genuine, too."""
    box = SealedBox(private)
    try:
        file_key = bytes(box.decrypt(header.file_key))
        bundle = OwnerBundle.model_validate_json(box.decrypt(header.lock.opening))
        bundle.keys()
    except (CryptoError, ValueError):
        raise Damaged from None
    return OpenedBackup(file_key, bundle)


def private_half(key: str) -> PrivateKey:
    """What the text of a key's file says. Raises InvalidInput."""
    try:
        return PrivateKey(urlsafe_b64decode(key.strip().removeprefix(_KEY_MARK)))
    except (ValueError, CryptoError):
        raise InvalidInput({"key": "This file holds no key for backups."}) from None
