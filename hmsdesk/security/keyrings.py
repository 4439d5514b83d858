"""The keys that fields are encrypted with: which there are, and which of them a role is given.

Each collection with encrypted fields has a key of its own, in generations. What encrypts is a data key, which lies in
the practice's database (`key_vault`, in MongoDB's own format) wrapped with a master key. Master keys are in no database
and no file but inside what is sealed to people: the credentials of the roles. Those are opened at each sign-in, of
what this program itself has sealed: they are read without pydantic, which costs a window 10 MB.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hmsdesk.security import permissions
from hmsdesk.security.permissions import READ, Role

# Where the wrapped data keys lie.
VAULT = "key_vault"
FIRST = 1
# A master key of libmongocrypt's provider `local`.
_MASTER_BYTES = 96


@dataclass(frozen=True)
class CollectionKeys:
    """The master keys of one collection, by generation, and the generation that is written with."""

    writing: int
    masters: dict[int, bytes] = field(repr=False)

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        masters = {str(generation): b64encode(master).decode() for generation, master in self.masters.items()}
        return {"writing": self.writing, "masters": masters}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> CollectionKeys:
        """What was told. Raises KeyError, ValueError where it is something else."""
        masters = {int(generation): b64decode(master) for generation, master in told["masters"].items()}
        return cls(int(told["writing"]), masters)


@dataclass(frozen=True)
class Keyring:
    """Master keys by collection."""

    collections: dict[str, CollectionKeys] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"collections": {name: keys.told() for name, keys in self.collections.items()}}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Keyring:
        """What was told. Raises KeyError, ValueError where it is something else."""
        return cls({name: CollectionKeys.of(keys) for name, keys in told["collections"].items()})

    def to_bytes(self) -> bytes:
        """What is sealed."""
        return json.dumps(self.told()).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Keyring:
        """What was sealed."""
        return cls.of(json.loads(content))

    def for_role(self, role: Role) -> Keyring:
        """What of it a role is given: the keys of what it may read."""
        return Keyring(
            collections={name: keys for name, keys in self.collections.items() if permissions.may(role, name, READ)}
        )

    def with_new(self, collection: str) -> tuple[Keyring, int]:
        """The same with a further key of a collection, and its generation. The first one is written with at once."""
        known = self.collections.get(collection)
        generation = max(known.masters, default=0) + 1 if known else FIRST
        masters = (known.masters if known else {}) | {generation: secrets.token_bytes(_MASTER_BYTES)}
        keys = CollectionKeys(writing=known.writing if known else generation, masters=masters)
        return self._put(collection, keys), generation

    def writing_newest(self, collection: str) -> Keyring:
        """The same, but that the newest key of a collection is written with."""
        known = self.collections[collection]
        return self._put(collection, CollectionKeys(writing=max(known.masters), masters=known.masters))

    def without_former(self, collection: str) -> Keyring:
        """The same without keys of a collection that isn't written with any more."""
        known = self.collections[collection]
        return self._put(
            collection, CollectionKeys(writing=known.writing, masters={known.writing: known.masters[known.writing]})
        )

    def covers(self, other: Keyring) -> bool:
        """Whether it has all that another one has, and writes with the same keys."""
        return all(
            name in self.collections
            and self.collections[name].writing == keys.writing
            and keys.masters.items() <= self.collections[name].masters.items()
            for name, keys in other.collections.items()
        )

    def providers(self) -> dict[str, dict[str, bytes]]:
        """In the form of MongoDB's kms_providers."""
        return {
            provider(name, generation): {"key": master}
            for name, keys in self.collections.items()
            for generation, master in keys.masters.items()
        }

    def _put(self, collection: str, keys: CollectionKeys) -> Keyring:
        return Keyring(collections=self.collections | {collection: keys})


@dataclass(frozen=True)
class Credential:
    """A database user of a role, and the keys to the encrypted fields that it may read.

    keys: None where the practice has none yet, as an older program founded it.
    """

    user: str
    password: str = field(repr=False)
    keys: Keyring | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """What is sealed."""
        keys = None if self.keys is None else self.keys.told()
        return json.dumps({"user": self.user, "password": self.password, "keys": keys}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Credential:
        """What was sealed."""
        told = json.loads(content)
        keys = told.get("keys")
        return cls(told["user"], told["password"], None if keys is None else Keyring.of(keys))


def provider(collection: str, generation: int) -> str:
    """The name of a master key, as the data key that it wraps says it."""
    return f"local:{collection}_{generation}"


def alternate_name(collection: str, generation: int) -> str:
    """The name of a data key (`keyAltNames`)."""
    return f"{collection}.{generation}"
