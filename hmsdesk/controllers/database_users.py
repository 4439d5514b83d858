"""Who makes a practice's database users: its server by commands, or MongoDB Atlas by its Administration API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmsdesk.database.connection import Server
from hmsdesk.database.users import ServerUsers, Users

if TYPE_CHECKING:
    from hmsdesk.security.bundles import AtlasAccess


def users_of_practice(server: Server, access: AtlasAccess | None, tell: Callable[[str], None]) -> Users:
    """The practice's users. server: as its owner. access: where it is on Atlas. Close them afterwards."""
    if access is None:
        return ServerUsers(server.database)
    # Who isn't on Atlas doesn't wait for its client when signing in.
    from hmsdesk.integrations.atlas_users import AtlasUsers

    return AtlasUsers(access, server.database.name, tell)
