"""The permission table as MongoDB's roles: what createRole is given, and what the Atlas Administration API is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hmsdesk.security import permissions
from hmsdesk.security.permissions import Role

_SERVER_WORDS = {
    permissions.READ: ("find",),
    permissions.CREATE: ("insert",),
    permissions.UPDATE: ("update",),
    permissions.DELETE: ("remove",),
}

ENROLMENT = "enrolment"

# A workstation that writes a backup each day: it reads everything, and leaves word of what it made.
BACKUP = "backup"
BACKUPS = "backups"

# The practice's owner: no role of the table, but whoever may do everything in its database; and its first user's name.
OWNER = "owner"

# A temporary key's one word for the keys that follow it: everybody says theirs, and nobody can unsay it.
SUCCESSIONS = "successions"

# Before anybody has signed in, a workstation reads what signing in needs, and leaves word of attempts.
_ENROLMENT_PRIVILEGES = {
    "practice": ("find",),
    "accounts": ("find", "changeStream"),
    "seals": ("find",),
    SUCCESSIONS: ("find",),
    "workstations": ("find",),
    "sign_in_attempts": ("insert",),
}


@dataclass(frozen=True)
class ServerRole:
    """A role on the server: its actions by collection, and the roles it inherits from."""

    name: str
    actions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    inherits: tuple[str, ...] = ()
    own_password: bool = False

    def privileges(self, database: str) -> list[dict[str, Any]]:
        """In the form of createRole."""
        on_collections = [
            {"resource": {"db": database, "collection": collection}, "actions": list(actions)}
            for collection, actions in self.actions.items()
        ]
        own = {"resource": {"db": database, "collection": ""}, "actions": ["changeOwnPassword"]}
        return [*on_collections, own] if self.own_password else on_collections


def server_roles() -> list[ServerRole]:
    """Every role of a practice, the inheriting one last."""
    plain = [ServerRole(role.value, _actions(role)) for role in permissions.EVERYONE]
    enrolment = ServerRole(ENROLMENT, _ENROLMENT_PRIVILEGES, own_password=True)
    solo = ServerRole(Role.SOLO.value, inherits=tuple(role.value for role in permissions.STAFF_ROLES))
    return [*plain, enrolment, ServerRole(BACKUP, _backup_actions()), solo]


def _backup_actions() -> dict[str, tuple[str, ...]]:
    return {name: ("find", "insert") if name == BACKUPS else ("find",) for name in permissions.collections()}


def _actions(role: Role) -> dict[str, tuple[str, ...]]:
    granted = {collection: permissions.allowed(role, collection) for collection in permissions.collections()}
    return {collection: _server_actions(collection, actions) for collection, actions in granted.items() if actions}


def _server_actions(collection: str, actions: frozenset[str]) -> tuple[str, ...]:
    words = [word for action in permissions.SERVER_ACTIONS if action in actions for word in _SERVER_WORDS[action]]
    listens = collection in permissions.WATCHED and permissions.READ in actions
    return (*words, "changeStream") if listens else tuple(words)


def user_name(role: str, generation: int) -> str:
    """The database user of a role in one generation of its credential."""
    return f"{role}.{generation}"


def enrolment_user(workstation: str) -> str:
    """The database user of one workstation."""
    return f"{user_name(ENROLMENT, 0)}.{workstation}"


def backup_user(workstation: str) -> str:
    """The database user by which one workstation writes backups."""
    return f"{user_name(BACKUP, 0)}.{workstation}"


# Privilege actions as Atlas names them; of changeOwnPassword it knows nothing: there, only the API changes passwords.
# Atlas Administration API v2, createGroupCustomDbRoleRole, `actions.action`.
_ATLAS_WORDS = {
    "find": "FIND",
    "insert": "INSERT",
    "update": "UPDATE",
    "remove": "REMOVE",
    "changeStream": "CHANGE_STREAM",
}

# Where Atlas keeps every user and every custom role.
ATLAS_DATABASE = "admin"

# What the owner needs besides users and roles, which on Atlas are the API's.
_ATLAS_OWNER_ROLES = ("readWrite", "dbAdmin")


def atlas_role_name(database: str, role: str) -> str:
    """Custom roles are a whole Atlas project's, so each bears its practice's name.

    Atlas takes letters, digits, hyphens and underscores (error ATLAS_CUSTOM_ROLE_INVALID_NAME).
    """
    return f"{database}-{role}"


def atlas_user_name(database: str, user: str) -> str:
    """Database users are a whole Atlas project's too; the same characters as in the names of roles."""
    return f"{database}-{user}".replace(".", "-")


def user_of_atlas(database: str, name: str) -> str | None:
    """A user of an Atlas project as its practice names it; None where it is another practice's."""
    prefix = f"{database}-"
    return name.removeprefix(prefix).replace("-", ".") if name.startswith(prefix) else None


def atlas_role(role: ServerRole, database: str) -> dict[str, Any]:
    """A role in the form of the Atlas Administration API v2, schema UserCustomDBRole."""
    by_action: dict[str, list[dict[str, Any]]] = {}
    for collection, actions in role.actions.items():
        for action in actions:
            resource = {"cluster": False, "db": database, "collection": collection}
            by_action.setdefault(_ATLAS_WORDS[action], []).append(resource)
    return {
        "roleName": atlas_role_name(database, role.name),
        "actions": [{"action": action, "resources": resources} for action, resources in by_action.items()],
        "inheritedRoles": [{"db": ATLAS_DATABASE, "role": atlas_role_name(database, name)} for name in role.inherits],
    }


def atlas_user(project: str, database: str, user: str, password: str, role: str | None) -> dict[str, Any]:
    """A database user in the form of the Atlas Administration API v2, schema CloudDatabaseUser.

    project: its 24 hexadecimal digits. role: None for the practice's owner.
    """
    return {
        "databaseName": ATLAS_DATABASE,
        "groupId": project,
        "username": atlas_user_name(database, user),
        "password": password,
        "roles": atlas_user_roles(database, role),
    }


def atlas_user_roles(database: str, role: str | None) -> list[dict[str, str]]:
    """The roles of a database user of that role. role: None for the practice's owner."""
    if role is None:
        return [{"databaseName": database, "roleName": name} for name in _ATLAS_OWNER_ROLES]
    return [{"databaseName": ATLAS_DATABASE, "roleName": atlas_role_name(database, role)}]
