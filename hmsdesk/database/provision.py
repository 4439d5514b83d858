"""Makes the server what the declarations and the permission table say: collections, validators, indexes, roles, users.

Everything here can be done again at any time, and brings an older practice up to date. It needs the owner credential.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pymongo import IndexModel, MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from hmsdesk.database import audit, changes
from hmsdesk.database.connection import translated
from hmsdesk.models.registry import RECORDS
from hmsdesk.security import roles
from hmsdesk.security.credentials import new_password
from hmsdesk.security.permissions import HISTORIES, Role, collections
from hmsdesk.security.roles import ENROLMENT, SUCCESSIONS, ServerRole, user_name

Row = dict[str, Any]

OWNER_USER = "owner"
_INSTALLER = "hmsdesk-installer"
_EXISTS, _NO_SUCH_USER, _ALREADY_INITIALISED = 48, 11, 23
_ROLE_EXISTS = 51002

_SEALS_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "string", "maxLength": 64},
        "version": {"bsonType": ["int", "long"]},
        "person": {"bsonType": "objectId"},
        "sealed": {"bsonType": "binData"},
        "replaced": {"bsonType": "binData"},
        "signature": {"bsonType": "binData"},
        "created_at": {"bsonType": "date"},
        "created_by": {"bsonType": "objectId"},
    },
    "required": ["person", "sealed", "signature"],
    "additionalProperties": False,
}
_SEALS_INDEX = IndexModel(
    [("replaced", 1)], name="replaced", unique=True, partialFilterExpression={"replaced": {"$exists": True}}
)
_SUCCESSIONS_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "string", "maxLength": 64},
        "version": {"bsonType": ["int", "long"]},
        "box": {"bsonType": "binData"},
        "sign": {"bsonType": "binData"},
        "signature": {"bsonType": "binData"},
        "resealed": {"bsonType": "object"},
        "created_at": {"bsonType": "date"},
        "created_by": {"bsonType": "objectId"},
    },
    "required": ["box", "sign", "signature"],
    "additionalProperties": False,
}
_ATTEMPTS_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "objectId"},
        "at": {"bsonType": "date"},
        "account": {"bsonType": ["objectId", "null"]},
        "workstation": {"bsonType": "string", "maxLength": 64},
        "succeeded": {"bsonType": "bool"},
    },
    "required": ["at", "workstation", "succeeded"],
    "additionalProperties": False,
}
_CLAIMS_SCHEMA = {
    "bsonType": "object",
    "properties": {"_id": {"bsonType": "string", "maxLength": 120}, "appointment": {"bsonType": "objectId"}},
    "required": ["appointment"],
    "additionalProperties": False,
}
_HISTORY_SCHEMA = {"bsonType": "object", "required": ["record", "version", "row"]}


def schemas() -> dict[str, Row]:
    """Collection -> the JSON Schema that the server refuses other documents by."""
    kept = {record.collection(): record.schema() for record in RECORDS}
    own = {
        "seals": _SEALS_SCHEMA,
        SUCCESSIONS: _SUCCESSIONS_SCHEMA,
        "sign_in_attempts": _ATTEMPTS_SCHEMA,
        "slot_claims": _CLAIMS_SCHEMA,
        audit.COLLECTION: audit.SCHEMA,
        changes.COLLECTION: changes.SCHEMA,
    }
    return kept | own | dict.fromkeys(HISTORIES.values(), _HISTORY_SCHEMA)


def indexes() -> dict[str, list[IndexModel]]:
    """Collection -> its indexes."""
    kept = {record.collection(): record.indexes() for record in RECORDS}
    own = {
        audit.COLLECTION: audit.INDEXES,
        changes.COLLECTION: changes.INDEXES,
        "seals": [_SEALS_INDEX],
        "sign_in_attempts": [IndexModel([("at", -1)], name="newest first")],
    }
    histories = {name: [IndexModel([("record", 1), ("version", -1)], name="record")] for name in HISTORIES.values()}
    return kept | own | histories


def provision(database: Database[Row]) -> None:
    """Collections, validators, indexes and roles as declared. Users are left alone."""
    with translated():
        existing = set(database.list_collection_names())
        for name in collections():
            if name not in existing:
                database.create_collection(name)
        for name, schema in schemas().items():
            database.command("collMod", name, validator={"$jsonSchema": schema}, validationLevel="strict")
        for name, models in indexes().items():
            database[name].create_indexes(models)
        for role in roles.server_roles():
            _put_role(database, role)


def _put_role(database: Database[Row], role: ServerRole) -> None:
    privileges = role.privileges(database.name)
    try:
        database.command("createRole", role.name, privileges=privileges, roles=list(role.inherits))
    except OperationFailure as error:
        if error.code != _ROLE_EXISTS:
            raise
        _correct_role(database, role.name, privileges, set(role.inherits))


def _correct_role(database: Database[Row], name: str, privileges: list[Row], inherits: set[str]) -> None:
    """Grant what is missing, then revoke what is too much. updateRole would ask for rights on every database."""
    found = database.command("rolesInfo", name, showPrivileges=True)["roles"][0]
    said, stands = _pairs(privileges), _pairs(found["privileges"])
    above = {role["role"] for role in found["roles"]}
    corrections: list[tuple[str, str, list[Any]]] = [
        ("grantPrivilegesToRole", "privileges", _privileges(database.name, said - stands)),
        ("grantRolesToRole", "roles", sorted(inherits - above)),
        ("revokePrivilegesFromRole", "privileges", _privileges(database.name, stands - said)),
        ("revokeRolesFromRole", "roles", sorted(above - inherits)),
    ]
    for command, what, difference in corrections:
        if difference:
            database.command({command: name, what: difference})


def _pairs(privileges: list[Row]) -> set[tuple[str, str]]:
    """Collection and action, for each that is granted."""
    return {(one["resource"]["collection"], action) for one in privileges for action in one["actions"]}


def _privileges(database: str, pairs: set[tuple[str, str]]) -> list[Row]:
    return [
        {"resource": {"db": database, "collection": collection}, "actions": [action]}
        for collection, action in sorted(pairs)
    ]


def create_role_user(database: Database[Row], role: Role, generation: int) -> str:
    """A new database user for a role; its password, which only goes into seals."""
    return _create_user(database, user_name(role.value, generation), role.value)


def create_enrolment_user(database: Database[Row], workstation: str) -> str:
    """The database user of one workstation; its password."""
    return _create_user(database, user_name(ENROLMENT, 0) + "." + workstation, ENROLMENT)


def enrolment_user(workstation: str) -> str:
    """The name of a workstation's database user."""
    return user_name(ENROLMENT, 0) + "." + workstation


def _create_user(database: Database[Row], user: str, role: str) -> str:
    password = new_password()
    drop_users(database, [user])
    with translated():
        database.command("createUser", user, pwd=password, roles=[role])
    return password


def drop_users(database: Database[Row], users: Iterable[str]) -> None:
    """The users are gone, and their connections can do nothing any more."""
    with translated():
        for user in users:
            try:
                database.command("dropUser", user)
            except OperationFailure as error:
                if error.code != _NO_SUCH_USER:
                    raise


def users_of(database: Database[Row], role: Role) -> list[str]:
    """The database users that a role has now: one, or two while its credential is renewed."""
    with translated():
        found = database.command("usersInfo", filter={"roles.role": role.value})["users"]
    return [user["user"] for user in found]


def create_owner(admin: MongoClient[Row], database: str) -> str:
    """The practice's owner on a server one administers: who may do everything in this one database. Its password."""
    password = new_password()
    practice = admin[database]
    drop_users(practice, [OWNER_USER])
    with translated():
        practice.command("createUser", OWNER_USER, pwd=password, roles=["dbOwner"])
    return password


def create_first_owner(address: str, database: str) -> str:
    """The practice's owner on a new embedded server, by way of the localhost exception. Its password.

    The user that the exception allows is dropped at the end: nobody keeps more than the practice's own database.
    """
    password = new_password()
    with translated(), MongoClient[Row](address) as nobody:
        nobody.admin.command("createUser", _INSTALLER, pwd=password, roles=["root"])
    with translated(), MongoClient[Row](address, username=_INSTALLER, password=password) as installer:
        owner_password = create_owner(installer, database)
        installer.admin.command("dropUser", _INSTALLER)
    return owner_password
