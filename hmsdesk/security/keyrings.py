"""The keys that fields are encrypted with: which there are, and which of them a role is given.

Each collection with encrypted fields has a key of its own, in generations. What encrypts is a data key, which lies in
the practice's database (`key_vault`, in MongoDB's own format) wrapped with a master key. Master keys are in no database
and no file but inside what is sealed to people: the credentials of the roles.
"""

from __future__ import annotations

import secrets

from pydantic import Field

from hmsdesk.security import permissions
from hmsdesk.security.permissions import READ, Role
from hmsdesk.security.sealable import Base64, Sealable

# Where the wrapped data keys lie.
VAULT = "key_vault"
FIRST = 1
# A master key of libmongocrypt's provider `local`.
_MASTER_BYTES = 96


class CollectionKeys(Sealable):
    """The master keys of one collection, by generation, and the generation that is written with."""

    writing: int
    masters: dict[int, Base64] = Field(repr=False)


class Keyring(Sealable):
    """Master keys by collection."""

    collections: dict[str, CollectionKeys] = Field(default_factory=dict)

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


def provider(collection: str, generation: int) -> str:
    """The name of a master key, as the data key that it wraps says it."""
    return f"local:{collection}_{generation}"


def alternate_name(collection: str, generation: int) -> str:
    """The name of a data key (`keyAltNames`)."""
    return f"{collection}.{generation}"
