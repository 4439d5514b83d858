"""A signed-in person at a workstation: what every controller is handed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.database.audit import Author, Chain, Heads
from hmsdesk.database.connection import Server
from hmsdesk.errors import NotAllowed
from hmsdesk.models.locale import Locale
from hmsdesk.security import permissions
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role

Row = dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """Who is signed in, as what, and where."""

    person: ObjectId
    name: str
    email: str
    role: Role
    roles: tuple[Role, ...]
    owner: bool
    workstation: str
    workstation_name: str
    patient_prefix: str


class Session:
    """What a signed-in person's program works with. Threads may share it.

    server: the connection as the role's database user (replaced when the credential is renewed).
    """

    def __init__(
        self, server: Server, identity: Identity, keys: Keys, heads: Heads, locale: Locale, clock_offset: timedelta
    ) -> None:
        self.server = server
        self.identity = identity
        self.keys = keys
        self.locale = locale
        self.clock_offset = clock_offset
        author = Author(identity.person, identity.role.value, identity.workstation, keys.signing_key)
        self.chain = Chain(author, heads)

    def may(self, resource: str, action: str) -> bool:
        """Whether the signed-in role may do this; what views show and controllers allow."""
        return permissions.may(self.identity.role, resource, action)

    def require(self, resource: str, action: str) -> None:
        """Raises NotAllowed where the signed-in role may not do this."""
        if not self.may(resource, action):
            raise NotAllowed("Your role may not do this.", "Ask an administrator if you need it.")

    def now(self) -> datetime:
        """The time by the server's clock, as the server keeps it: UTC, to the millisecond."""
        return to_millisecond(datetime.now(UTC) + self.clock_offset)

    def renew(self, server: Server) -> None:
        """Go on as another database user of the same role. What is under way ends on the old connection."""
        with self.chain.lock:
            old, self.server = self.server, server
        old.close()

    def resume(self, other: Session) -> None:
        """Go on after a lock: what the same person's new sign-in has, in place of what was forgotten."""
        self.__dict__.update(other.__dict__)

    def elevated(self, owner: Server) -> Session:
        """The same person and trail on the owner's connection, for one operation."""
        other = copy.copy(self)
        other.server = owner
        return other

    @contextmanager
    def reading(self, resource: str) -> Iterator[Any]:
        """A collection to ask one question of. Raises NotAllowed, Unreachable."""
        self.require(resource, permissions.READ)
        with self.server.asked() as database:
            yield database[resource]

    def close(self) -> None:
        """Forget the keys and end the connection."""
        del self.keys
        self.server.close()


def to_millisecond(moment: datetime) -> datetime:
    """A moment as exactly as the server keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
