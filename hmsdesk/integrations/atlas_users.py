"""A practice's roles and database users on MongoDB Atlas, made through its Administration API.

Satisfies what the practice's own server does by commands (database/users.Users).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from hmsdesk.integrations.atlas import ApiKey, Atlas, DatabaseUser, ServiceAccount, plan, removal
from hmsdesk.security.bundles import AtlasAccess
from hmsdesk.security.credentials import new_password
from hmsdesk.security.roles import OWNER, ServerRole, atlas_user_roles, user_of_atlas

# What is said while Atlas brings a change to the cluster, which takes up to half a minute, sometimes more.
WAITING = "Waiting until MongoDB Atlas has done it"

_SERVICE_ACCOUNTS = "mdb_sa_id_"


class AtlasUsers:
    """The users of one practice in its project. tell: is told when there is to be waited. close() ends it."""

    def __init__(
        self,
        access: AtlasAccess,
        database: str,
        tell: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._project, self._database, self._tell = access.project, database, tell
        self._atlas = opened(access, sleep)

    def put_roles(self, wanted: Sequence[ServerRole]) -> None:
        """The custom roles are there as declared."""
        self._tell(WAITING)
        self._atlas.apply(plan(self._project, self._database, wanted, []))

    def create(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Database users (name -> role, or OWNER); their passwords. One that is there gets a new password."""
        passwords = {user: new_password() for user in wanted}
        made = [DatabaseUser(user, passwords[user], None if role == OWNER else role) for user, role in wanted.items()]
        self._tell(WAITING)
        self._atlas.apply(plan(self._project, self._database, [], made))
        return passwords

    def drop(self, users: Iterable[str]) -> None:
        """The users are gone, and their connections can do nothing any more."""
        self._tell(WAITING)
        self._atlas.apply(removal(self._project, self._database, users))

    def users_of(self, role: str) -> list[str]:
        """The database users that a role (or OWNER) has now."""
        wanted = atlas_user_roles(self._database, None if role == OWNER else role)[0]
        named = (wanted["databaseName"], wanted["roleName"])
        found = {user_of_atlas(self._database, name): roles for name, roles in self._atlas.users().items()}
        return [user for user, roles in found.items() if user is not None and named in roles]

    def close(self) -> None:
        """End its connections."""
        self._atlas.close()


def opened(access: AtlasAccess, sleep: Callable[[float], None] = time.sleep) -> Atlas:
    """The project behind a key. Close it afterwards."""
    kind = ServiceAccount if access.key.startswith(_SERVICE_ACCOUNTS) else ApiKey
    return Atlas(access.project, kind(access.key, access.secret), address=access.address, sleep=sleep)
