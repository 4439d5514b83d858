"""A signed-in person at a workstation: what every controller is handed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.database.audit import Author, Chain, Heads
from hmsdesk.database.connection import Closed, Server
from hmsdesk.database.questions import Answers, Question, ask
from hmsdesk.errors import NotAllowed
from hmsdesk.models.clock import Clock
from hmsdesk.models.locale import Locale
from hmsdesk.security import permissions
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role

# A workstation whose clock is further from the server's is told so.
MOST_CLOCK_DIFFERENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Identity:
    """Who is signed in, as what, and where. staff: their entry among the staff, where it hasn't the account's id."""

    person: ObjectId
    name: str
    email: str
    role: Role
    roles: tuple[Role, ...]
    owner: bool
    workstation: str
    workstation_name: str
    patient_prefix: str
    staff: ObjectId | None = None

    @property
    def member(self) -> ObjectId:
        """The id of their entry among the staff, if they have one: whom patients are booked with."""
        return self.staff or self.person


class Session:
    """What a signed-in person's program works with. Threads may share it.

    server: the connection as the role's database user (replaced when the credential is renewed).
    keys: the person's keys; Closed is raised once they are forgotten.
    practice_key: the public key that certifies accounts, as this workstation pinned it.
    account_changed_by: who had changed the account last when this person signed in.
    """

    def __init__(
        self,
        server: Server,
        identity: Identity,
        keys: Keys,
        heads: Heads,
        locale: Locale,
        clock_offset: timedelta,
        *,
        practice_key: bytes,
        account_changed_by: ObjectId | None = None,
    ) -> None:
        self.server = server
        self.identity = identity
        self._keys: Keys | None = keys
        self._former: Server | None = None
        self.locale = replace(locale, clock=Clock(clock_offset))
        self.practice_key = practice_key
        self.account_changed_by = account_changed_by
        author = Author(identity.person, identity.role.value, identity.workstation, keys.signing_key)
        self.chain = Chain(author, heads)

    @property
    def keys(self) -> Keys:
        if self._keys is None:
            raise Closed
        return self._keys

    def may(self, resource: str, action: str) -> bool:
        """Whether the signed-in role may do this; what views show and controllers allow."""
        return permissions.may(self.identity.role, resource, action)

    def require(self, resource: str, action: str) -> None:
        """Raises NotAllowed where the signed-in role may not do this."""
        if not self.may(resource, action):
            raise NotAllowed("Your role may not do this.", "Ask an administrator if you need it.")

    def now(self) -> datetime:
        """The time by the server's clock, as the server keeps it: UTC, to the millisecond."""
        return to_millisecond(self.locale.clock.now())

    @property
    def clock_offset(self) -> timedelta:
        """How far the server's clock is ahead of this computer's."""
        return self.locale.clock.ahead

    def renew(self, server: Server) -> None:
        """Go on as another database user of the same role.

        What is under way may end on the former connection, which is closed with the session or the next renewal.
        """
        with self.chain.lock:
            forgotten, self._former, self.server = self._former, self.server, server
        if forgotten is not None:
            forgotten.close()

    def resume(self, other: Session) -> None:
        """Go on after a lock: what the same person's new sign-in has, in place of what was forgotten, all at once.

        An operation that is still under way ends with what it began with; see `turn`.
        """
        if (other.identity.person, other.identity.role) != (self.identity.person, self.identity.role):
            raise ValueError("somebody else's session, or another role's")
        # Pages know the locale, and with it the clock, that they were opened with.
        clock = self.locale.clock
        clock.ahead = other.clock_offset
        self.__dict__.update(other.__dict__ | {"locale": replace(other.locale, clock=clock)})

    @contextmanager
    def turn(self) -> Iterator[Session]:
        """One writing operation at a time; the session as it is for the whole of it. Raises Unreachable."""
        chain = self.chain
        with chain.turn(self.server.timeout_s):
            now = copy.copy(self)
            now.chain = chain
            yield now

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

    @contextmanager
    def listing(self, resource: str) -> Iterator[Any]:
        """As `reading`, but that encrypted texts are decrypted when they are looked at: for pages of a list."""
        with self.reading(resource) as collection:
            yield collection.with_options(codec_options=self.server.decrypting_later)

    def answers(self, questions: Mapping[str, Question]) -> Answers:
        """What several questions find, in one round trip. Raises NotAllowed, Unreachable."""
        for one in questions.values():
            self.require(one.collection, permissions.READ)
        with self.server.asked() as database:
            return ask(database, questions)

    def equals(self, collection: str, field: str, value: Any) -> Any:
        """What an encrypted field is compared with in a question, to find those that hold a value."""
        cipher = self.server.cipher
        return value if cipher is None else cipher.equals(collection, field, value)

    def forget(self) -> list[Server]:
        """Forget the keys, and hand out the connections, which are still to be ended.

        Python can't overwrite them in memory: the last references to them are let go, and what uses them raises Closed.
        """
        self._keys = None
        self.chain.forget()
        return [server for server in (self.server, self._former) if server is not None]

    def close(self) -> None:
        """Forget the keys and end the connections."""
        for server in self.forget():
            server.close()


def to_millisecond(moment: datetime) -> datetime:
    """A moment as exactly as the server keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
