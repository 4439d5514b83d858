"""Encrypts declared fields before they leave the program, and decrypts them as they come (explicit encryption in the
formats of MongoDB's client-side field level encryption, by libmongocrypt).

What comes is decrypted by the driver's own decoder, wherever it stands in an answer: nothing that reads needs to know.
Raw documents (trail, kept versions, verification, backups) stay as they lie in the database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import bson
from bson.binary import Binary
from bson.codec_options import TypeDecoder
from pymongo.errors import PyMongoError

from hmsdesk.database.libmongocrypt import encrypter
from hmsdesk.errors import NotAllowed, UserError
from hmsdesk.models.declaration import UNREADABLE, Encryption, is_unreadable
from hmsdesk.models.registry import encrypted
from hmsdesk.models.row import Row
from hmsdesk.security.keyrings import Keyring, alternate_name, provider

if TYPE_CHECKING:
    from pymongocrypt.synchronous.explicit_encrypter import ExplicitEncrypter

# The subtype of binary data that holds an encrypted value.
ENCRYPTED = 6
# Of an encrypted value: its algorithm (1 byte), the id of its key (16), the BSON type of what was encrypted (1).
_KEY_ID, _TYPE = slice(1, 17), slice(17, 18)
_STRING, _ARRAY = b"\x02", b"\x04"
# A key that isn't there is not asked for with every value that it would open.
_MISSING_FOR_S = 5.0

_log = logging.getLogger(__name__)
_here = threading.local()


class FieldCipher:
    """What one connection encrypts and decrypts with. Threads may share it.

    fetch: reads the documents of the key vault from the server, each as bytes.
    """

    def __init__(self, keyring: Keyring, fetch: Callable[[], list[bytes]]) -> None:
        self.keyring = keyring
        self._vault = _Vault(fetch)
        self._made: ExplicitEncrypter | None = None
        self._making = threading.Lock()
        self._forgotten = False
        self._told: set[bytes] = set()
        self._opening: set[bytes] = set()

    def forget(self) -> None:
        """Let go of the keys; what is still to be decrypted can't be read."""
        with self._making:
            self.keyring, self._made, self._forgotten = Keyring(), None, True

    def sealed(self, collection: str, values: Mapping[str, Any]) -> Row:
        """A record's values, or some of them, as they go to the server. Raises NotAllowed, UserError, Unreachable."""
        return {name: self._sealed_one(collection, name, value) for name, value in values.items()}

    def equals(self, collection: str, field: str, value: Any) -> Row:
        """What a field is compared with to find those that hold a value: under each key there is."""
        algorithm, keys = encrypted()[collection][field], self._keys(collection)
        found = [self._encrypt(collection, keys.writing, algorithm, value)]
        for generation in keys.masters.keys() - {keys.writing}:
            # Nothing is under a former key any more whose data key was removed.
            with suppress(UserError):
                found.append(self._encrypt(collection, generation, algorithm, value))
        return {"$in": found}

    def opened(self, value: Binary) -> Any:
        """What was encrypted; UNREADABLE words where that can't be told. Raises the driver's errors."""
        from pymongocrypt.errors import MongoCryptError

        if self._forgotten:
            # A list that waits behind the sign-in window may still be painted: nothing is wrong with it.
            return _words(value)
        if not self.keyring.collections:
            return self._unreadable(value, "this connection has no keys")
        try:
            found = bson.decode(self._encrypter().decrypt(bson.encode({"v": value})))["v"]
        except (MongoCryptError, bson.errors.InvalidBSON) as problem:
            return self._unreadable(value, str(problem))
        self._opening.add(key_of(value))
        whole = isinstance(found, str) or (isinstance(found, list) and all(isinstance(one, str) for one in found))
        return found if whole else self._unreadable(value, "it holds neither text nor texts")

    def opened_later(self, value: Binary) -> Any:
        """A text that is decrypted when somebody looks at it, once its key has opened another: no server is asked then.

        Of a list's page hardly any encrypted value is ever looked at.
        """
        if value[_TYPE] == _STRING and key_of(value) in self._opening:
            return Later(self, value)
        return self.opened(value)

    def opened_or_none(self, value: Binary) -> Any:
        """What was encrypted; None where that can't be told."""
        found = self.opened(value)
        return None if is_unreadable(found) else found

    def writing_key(self, collection: str) -> bytes:
        """The id of the data key that a collection is written with. Raises NotAllowed, UserError."""
        return key_of(self._encrypt(collection, self._keys(collection).writing, Encryption.RANDOM, ""))

    def _sealed_one(self, collection: str, name: str, value: Any) -> Any:
        algorithm = encrypted().get(collection, {}).get(name)
        if algorithm is None or value is None or (isinstance(value, Binary) and value.subtype == ENCRYPTED):
            return value
        if is_unreadable(value):
            raise UserError("This can't be read here, and so it can't be saved again.", "Ask an owner of the practice.")
        return self._encrypt(collection, self._keys(collection).writing, algorithm, value)

    def _keys(self, collection: str) -> Any:
        known = self.keyring.collections.get(collection)
        if known is None:
            raise NotAllowed("Your role may not do this.", "It has no key to what is encrypted here.")
        return known

    def _encrypt(self, collection: str, generation: int, algorithm: str, value: Any) -> Binary:
        from pymongocrypt.errors import MongoCryptError

        name = alternate_name(collection, generation)
        try:
            raw = self._encrypter().encrypt(bson.encode({"v": value}), algorithm, key_alt_name=name)
        except MongoCryptError as problem:
            _log.warning("nothing can be encrypted with the key %s: %s", name, problem)
            raise UserError(
                "This can't be encrypted, and so it was not saved.", "An owner brings the practice up to date."
            ) from None
        found: Binary = bson.decode(raw)["v"]
        return found

    def _encrypter(self) -> ExplicitEncrypter:
        """Made when the first value needs it: a program that is just being started has none."""
        with self._making:
            if self._made is None:
                self._made = encrypter(self.keyring.providers(), self._vault.matching)
            return self._made

    def _unreadable(self, value: Binary, why: str) -> Any:
        """Words in place of a value. Why is logged once for each key."""
        key = bytes(value[_KEY_ID])
        if key not in self._told:
            self._told.add(key)
            _log.warning("a value encrypted with the key %s can't be read: %s", key.hex(), why)
        return _words(value)


class Later:
    """An encrypted text of a list's row. It is its text to whoever shows it or compares it, and can't be stored."""

    def __init__(self, cipher: FieldCipher, value: Binary) -> None:
        self._cipher: FieldCipher | None = cipher
        self._value: Any = value

    def __str__(self) -> str:
        if self._cipher is not None:
            self._value, self._cipher = str(self._cipher.opened(self._value)), None
        return str(self._value)

    def __repr__(self) -> str:
        return "<encrypted>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | Later) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class _Vault:
    """The data keys, as libmongocrypt asks for them."""

    def __init__(self, fetch: Callable[[], list[bytes]]) -> None:
        self._fetch = fetch
        self._missing: dict[Any, float] = {}

    def matching(self, asked: bytes) -> Iterator[bytes]:
        """The data keys that a filter asks for, by their ids or their names."""
        ids, names = _asked(asked)
        wanted = ids | names
        if all(time.monotonic() < self._missing.get(one, 0) for one in wanted):
            return
        found = [(bson.decode(raw), raw) for raw in self._fetch()]
        for key, raw in found:
            if bytes(key["_id"]) in ids or names & set(key.get("keyAltNames", [])):
                wanted -= {bytes(key["_id"]), *key.get("keyAltNames", [])}
                yield raw
        self._missing |= dict.fromkeys(wanted, time.monotonic() + _MISSING_FOR_S)


def _asked(filter_: bytes) -> tuple[set[bytes], set[str]]:
    by_id, by_name = bson.decode(bytes(filter_))["$or"]
    return {bytes(one) for one in by_id["_id"]["$in"]}, set(by_name["keyAltNames"]["$in"])


class Opening(TypeDecoder):
    """What the driver does with binary data of an answer. cipher: None where the connection has no keys.

    later: texts are decrypted when they are looked at.
    """

    bson_type = Binary

    def __init__(self, cipher: Callable[[], FieldCipher | None], *, later: bool = False) -> None:
        self._cipher = cipher
        self._later = later

    def transform_bson(self, value: Binary) -> Any:
        """An encrypted value is decrypted; any other one is what it is."""
        if value.subtype != ENCRYPTED:
            return value
        cipher = self._cipher()
        if cipher is None:
            return _words(value)
        try:
            return cipher.opened_later(value) if self._later else cipher.opened(value)
        except PyMongoError as error:
            _here.failure = error
            raise


@contextmanager
def drivers_errors() -> Iterator[None]:
    """Raise what fetching a key failed of while something was decoded: the decoder makes InvalidBSON of it."""
    _here.failure = None
    try:
        yield
    except bson.errors.InvalidBSON:
        # Nothing may be held on to here: what was at work refers to the window it was done for.
        failure, _here.failure = _here.failure, None
        if failure is None:
            raise
        raise failure from None


def _words(value: Binary) -> Any:
    """What stands in place of a value that can't be read, of the same type."""
    return [UNREADABLE] if value[_TYPE] == _ARRAY else UNREADABLE


def is_sealed(value: object) -> bool:
    """Whether a raw value is an encrypted one."""
    return isinstance(value, Binary) and value.subtype == ENCRYPTED


def key_of(value: Binary) -> bytes:
    """The id of the data key that a value is encrypted with."""
    return bytes(value[_KEY_ID])


def new_data_key(keyring: Keyring, collection: str, generation: int) -> Row:
    """A data key wrapped with its master key, as it is put into the vault."""
    made: list[bytes] = []

    def kept(key: bytes) -> None:
        made.append(bytes(key))

    making = encrypter(keyring.providers(), lambda _: iter(()), kept)
    making.create_data_key(provider(collection, generation), key_alt_names=[alternate_name(collection, generation)])
    return bson.decode(made[0])
