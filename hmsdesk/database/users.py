"""Who makes the practice's roles and database users, and how a server itself does it by commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from pymongo.database import Database
from pymongo.errors import OperationFailure

from hmsdesk.database.connection import translated
from hmsdesk.models.row import Row
from hmsdesk.security.credentials import new_password
from hmsdesk.security.roles import OWNER, ServerRole

_NO_SUCH_USER, _ROLE_EXISTS = 11, 51002


class Users(Protocol):
    """The one way to the practice's roles and database users. Names are the practice's own, as `doctor.1`.

    Everything may be done again. When a call returns, the server knows of it. Raises UserError, Unreachable.
    """

    def put_roles(self, wanted: Sequence[ServerRole]) -> None:
        """The roles are there as declared: what they lack is granted, what is too much revoked."""

    def create(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Database users (name -> its role, OWNER for the practice's owner); their passwords, new each time."""

    def drop(self, users: Iterable[str]) -> None:
        """The users are gone, and their connections can do nothing any more."""

    def users_of(self, role: str) -> list[str]:
        """The database users that a role (or OWNER) has now: one, or more while its credential is renewed."""

    def close(self) -> None:
        """Give back what was opened for it."""


class ServerUsers:
    """By the server's commands, in the practice's own database. Needs a connection as the practice's owner."""

    def __init__(self, database: Database[Row]) -> None:
        self._database = database

    def put_roles(self, wanted: Sequence[ServerRole]) -> None:
        with translated():
            for role in wanted:
                self._put_role(role)

    def create(self, wanted: Mapping[str, str]) -> dict[str, str]:
        self.drop(wanted)
        passwords = {user: new_password() for user in wanted}
        with translated():
            for user, role in wanted.items():
                self._database.command("createUser", user, pwd=passwords[user], roles=[_role(role)])
        return passwords

    def drop(self, users: Iterable[str]) -> None:
        with translated():
            for user in users:
                try:
                    self._database.command("dropUser", user)
                except OperationFailure as error:
                    if error.code != _NO_SUCH_USER:
                        raise

    def users_of(self, role: str) -> list[str]:
        with translated():
            found = self._database.command("usersInfo", filter={"roles.role": _role(role)})["users"]
        # dbOwner is MongoDB's own: a user of the administrators', for their backups say, may have it too.
        return [user["user"] for user in found if role != OWNER or _is_owner(user["user"])]

    def close(self) -> None:
        """The connection is whoever's made it."""

    def _put_role(self, role: ServerRole) -> None:
        privileges = role.privileges(self._database.name)
        try:
            self._database.command("createRole", role.name, privileges=privileges, roles=list(role.inherits))
        except OperationFailure as error:
            if error.code != _ROLE_EXISTS:
                raise
            self._correct_role(role.name, privileges, set(role.inherits))

    def _correct_role(self, name: str, privileges: list[Row], inherits: set[str]) -> None:
        """Grant what is missing, then revoke what is too much. updateRole would ask for rights on every database."""
        found = self._database.command("rolesInfo", name, showPrivileges=True)["roles"][0]
        said, stands = _pairs(privileges), _pairs(found["privileges"])
        above = {role["role"] for role in found["roles"]}
        corrections: list[tuple[str, str, list[Any]]] = [
            ("grantPrivilegesToRole", "privileges", self._privileges(said - stands)),
            ("grantRolesToRole", "roles", sorted(inherits - above)),
            ("revokePrivilegesFromRole", "privileges", self._privileges(stands - said)),
            ("revokeRolesFromRole", "roles", sorted(above - inherits)),
        ]
        for command, what, difference in corrections:
            if difference:
                self._database.command({command: name, what: difference})

    def _privileges(self, pairs: set[tuple[str, str]]) -> list[Row]:
        return [
            {"resource": {"db": self._database.name, "collection": collection}, "actions": [action]}
            for collection, action in sorted(pairs)
        ]


def _role(role: str) -> str:
    return "dbOwner" if role == OWNER else role


def _is_owner(user: str) -> bool:
    return user == OWNER or user.startswith(f"{OWNER}.")


def _pairs(privileges: list[Row]) -> set[tuple[str, str]]:
    """Collection and action, for each that is granted."""
    return {(one["resource"]["collection"], action) for one in privileges for action in one["actions"]}
