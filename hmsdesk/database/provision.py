"""Makes the server what the declarations and the permission table say: collections, validators, indexes, roles.

Everything here can be done again at any time, and brings an older practice up to date. It needs the owner credential.
"""

from __future__ import annotations

import json
from collections.abc import Collection as Some
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from pymongo import IndexModel, MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from hmsdesk.database import audit, changes, files
from hmsdesk.database.connection import translated
from hmsdesk.database.users import ServerUsers, Users
from hmsdesk.models import backups, server_rules, sign_ins
from hmsdesk.models.record import Record
from hmsdesk.models.registry import DERIVATION, RECORDS, encrypted
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule
from hmsdesk.security import roles
from hmsdesk.security.credentials import new_password
from hmsdesk.security.keyrings import VAULT
from hmsdesk.security.permissions import HISTORIES, collections
from hmsdesk.security.roles import BACKUPS, OWNER, SUCCESSIONS

_INSTALLER = "hmsdesk-installer"
# An index of this name, or of these keys, is there and is another one: IndexOptionsConflict, IndexKeySpecsConflict.
_OTHERWISE = (85, 86)
_ROLE_NOT_FOUND = 31

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
_CLAIMS_SCHEMA = {
    "bsonType": "object",
    "properties": {"_id": {"bsonType": "string", "maxLength": 120}, "appointment": {"bsonType": "objectId"}},
    "required": ["appointment"],
    "additionalProperties": False,
}
_TURNS_SCHEMA = {
    "bsonType": "object",
    "properties": {"_id": {"bsonType": "string", "maxLength": 40}},
    "additionalProperties": False,
}
_PRINTS_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "string", "maxLength": 40},
        "prescription": {"bsonType": "objectId"},
        "at": {"bsonType": "date"},
    },
    "required": ["prescription", "at"],
    "additionalProperties": False,
}
_UNINVOICED_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "objectId"},
        "patient": {"bsonType": "objectId"},
        "at": {"bsonType": "date"},
    },
    "required": ["patient", "at"],
    "additionalProperties": False,
}
_MARKS_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "objectId"},
        "until": {"bsonType": "date"},
        "read": {"bsonType": "array", "maxItems": 1000, "items": {"bsonType": "objectId"}},
    },
    "required": ["until"],
    "additionalProperties": False,
}
# last: the number given last. held: how often somebody made sure that nobody else changes it in the same moment.
_COUNTERS_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "string", "maxLength": 64},
        "last": {"bsonType": ["int", "long"], "minimum": 0},
        "held": {"bsonType": ["int", "long"], "minimum": 0},
    },
    "required": ["last"],
    "additionalProperties": False,
}
# A data key as MongoDB's drivers keep it: Client-Side Encryption specification, "DataKey".
_VAULT_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "binData"},
        "keyAltNames": {"bsonType": "array", "maxItems": 10, "items": {"bsonType": "string", "maxLength": 80}},
        "keyMaterial": {"bsonType": "binData"},
        "creationDate": {"bsonType": "date"},
        "updateDate": {"bsonType": "date"},
        "status": {"bsonType": ["int", "long"]},
        "masterKey": {"bsonType": "object"},
    },
    "required": ["keyAltNames", "keyMaterial", "creationDate", "updateDate", "status", "masterKey"],
    "additionalProperties": False,
}
_VAULT_INDEX = IndexModel(
    [("keyAltNames", 1)], name="names", unique=True, partialFilterExpression={"keyAltNames": {"$exists": True}}
)
_HISTORY_SCHEMA = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "objectId"},
        "record": {"bsonType": "objectId"},
        "version": {"bsonType": ["int", "long"], "minimum": 1},
        "row": {"bsonType": "object"},
    },
    "required": ["record", "version", "row"],
    "additionalProperties": False,
}


def validators(in_the_clear: Some[str] = ()) -> dict[str, Row]:
    """Collection -> what the server refuses other documents by: a JSON Schema, and what must be true between fields.

    in_the_clear: where fields that are to be encrypted are taken as they are, too.
    """
    kept = {one.collection(): one.validator(in_the_clear=one.collection() in in_the_clear) for one in RECORDS}
    own = {
        "seals": _SEALS_SCHEMA,
        SUCCESSIONS: _SUCCESSIONS_SCHEMA,
        "sign_in_attempts": sign_ins.SCHEMA,
        BACKUPS: backups.SCHEMA,
        "slot_claims": _CLAIMS_SCHEMA,
        "prescription_turns": _TURNS_SCHEMA,
        "prescription_prints": _PRINTS_SCHEMA,
        "uninvoiced": _UNINVOICED_SCHEMA,
        "notice_marks": _MARKS_SCHEMA,
        "counters": _COUNTERS_SCHEMA,
        VAULT: _VAULT_SCHEMA,
        changes.COLLECTION: changes.SCHEMA,
        **files.SCHEMAS,
    }
    histories = {
        HISTORIES[one.collection()]: _bounded(_HISTORY_SCHEMA, also=_moments_before(one))
        for one in RECORDS
        if one.collection() in HISTORIES
    }
    audited = _bounded(audit.SCHEMA, *audit.RULES)
    return kept | {name: _bounded(one) for name, one in own.items()} | histories | {audit.COLLECTION: audited}


def _bounded(schema: Row, *rules: Rule, also: Sequence[str] = ()) -> Row:
    return {"$jsonSchema": schema, "$expr": {"$and": [*server_rules.bounds(schema, also), *rules]}}


def _moments_before(record: type[Record]) -> list[str]:
    """Where an earlier version, which is kept as it was, has moments."""
    return [f"row.{path}" for path in server_rules.moments(record.schema())]


def indexes() -> dict[str, list[IndexModel]]:
    """Collection -> its indexes."""
    kept = {record.collection(): record.indexes() for record in RECORDS}
    own = {
        audit.COLLECTION: audit.INDEXES,
        changes.COLLECTION: changes.INDEXES,
        "seals": [_SEALS_INDEX],
        VAULT: [_VAULT_INDEX],
        "uninvoiced": [
            IndexModel([("patient", 1), ("at", 1)], name="patient"),
            IndexModel([("at", 1)], name="oldest first"),
        ],
        "prescription_prints": [IndexModel([("prescription", 1)], name="prescription")],
        "sign_in_attempts": sign_ins.INDEXES,
        BACKUPS: backups.INDEXES,
        **files.INDEXES,
    }
    histories = {name: [IndexModel([("record", 1), ("version", -1)], name="record")] for name in HISTORIES.values()}
    return kept | own | histories


def declared() -> str:
    """A fingerprint of all that bringing up to date makes: it tells whether a practice is behind this program."""
    made = {name: [_as_declared(model) for model in models] for name, models in indexes().items()}
    granted = [(role.name, role.privileges(""), role.inherits) for role in roles.server_roles()]
    text = json.dumps([collections(), validators(), made, granted, DERIVATION], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def _as_declared(model: IndexModel) -> list[Any]:
    """The order of an index's keys matters, that of its options doesn't."""
    options = dict(model.document)
    return [list(options.pop("key").items()), options]


def provision(database: Database[Row], users: Users) -> None:
    """Collections, validators, indexes and roles as declared. Nothing is taken away but what is declared otherwise."""
    put_collections(database)
    with translated():
        for name, models in indexes().items():
            _put_indexes(database[name], models)
    users.put_roles(roles.server_roles())


def put_collections(database: Database[Row]) -> None:
    """Collections and validators alone: many records are put in faster while there is no index."""
    with translated():
        existing, limits = set(database.list_collection_names()), validators(in_the_clear(database))
        for name in collections():
            limit: Any = {"validator": limits[name]} if name in limits else {}
            if name not in existing:
                database.create_collection(name, **limit)
            elif limit:
                database.command("collMod", name, **limit, validationLevel="strict")


def in_the_clear(database: Database[Row]) -> list[str]:
    """The collections of a practice that may hold values in the clear of fields that are to be encrypted.

    A database without a practice holds none.
    """
    practice = database.practice.find_one({}, ["encrypted"])
    done = (practice or {}).get("encrypted") or {}
    return [name for name, fields in encrypted().items() if practice and not set(fields) <= set(done.get(name, ()))]


def all_encrypted() -> Row:
    """What the practice's record keeps of a practice in which nothing is in the clear that is to be encrypted."""
    return {name: sorted(fields) for name, fields in encrypted().items()}


def refuse_clear(database: Database[Row], name: str) -> None:
    """Let the server refuse what isn't encrypted from now on."""
    with translated():
        database.command("collMod", name, validator=validators()[name], validationLevel="strict")


def _put_indexes(collection: Collection[Row], models: list[IndexModel]) -> None:
    """All at once, which is much faster; one by one where the server has some of them otherwise."""
    try:
        collection.create_indexes(models)
    except OperationFailure as error:
        if error.code not in _OTHERWISE:
            raise
        for model in models:
            _put_index(collection, model)


def _put_index(collection: Collection[Row], model: IndexModel) -> None:
    try:
        collection.create_indexes([model])
    except OperationFailure as error:
        if error.code not in _OTHERWISE:
            raise
        wanted = model.document
        for index in collection.list_indexes():
            if index["name"] == wanted["name"] or list(index["key"].items()) == list(wanted["key"].items()):
                collection.drop_index(index["name"])
        collection.create_indexes([model])


def create_owner(admin: MongoClient[Row], database: str) -> str:
    """The practice's owner on a server one administers: who may do everything in this one database. Its password."""
    return ServerUsers(admin[database]).create({OWNER: OWNER})[OWNER]


def has_users(address: str) -> bool:
    """Whether an embedded server knows any user. Without one it holds no practice: it never let anybody write.

    As long as there is none, the localhost exception lets a user be made; who gets no further than the role that
    doesn't exist would have been let, and nothing was made.
    """
    with MongoClient[Row](address) as nobody, translated():
        try:
            nobody.admin.command("createUser", _INSTALLER, pwd=new_password(), roles=["no such role"])
        except OperationFailure as error:
            return error.code != _ROLE_NOT_FOUND
    return True


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
