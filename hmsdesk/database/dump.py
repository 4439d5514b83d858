"""A backup's content in the clear, in the form that MongoDB's own mongorestore reads, so that nobody is locked in.

FOLDER/DATABASE/COLLECTION.bson holds documents one behind the other; COLLECTION.metadata.json beside it says the
collection's options and indexes, as canonical Extended JSON (v2). The form is that of mongodump 100.x. Encrypted fields
stay encrypted, in MongoDB's own form; FOLDER/keys.json has what a driver reads them with.
"""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from bson import json_util

from hmsdesk.database.backup import read_backup, refused
from hmsdesk.database.provision import indexes, validators
from hmsdesk.models.manifests import Manifest
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.keyrings import VAULT, Keyring

KEYS_FILE = "keys.json"


def write_dump(
    file: Path, key: bytes, manifest: Manifest, folder: Path, keyring: Keyring, watch: Watch = UNWATCHED
) -> Path:
    """Write what a backup that was checked holds into a new folder of this user's alone; where its database lies.

    keyring: the keys to its encrypted fields, which stay as they are; it is put beside them. Broken off, the folder is
    removed. Raises Damaged, Stopped, UserError.
    """
    try:
        folder.mkdir(mode=0o700)
    except OSError as problem:
        raise refused(problem, folder) from None
    try:
        there = folder / manifest.database
        there.mkdir(mode=0o700)
        _write(file, key, manifest, there, watch)
        with _private(folder / KEYS_FILE) as out:
            out.write(_for_drivers(keyring, manifest.database))
    except BaseException as problem:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(problem, OSError):
            raise refused(problem, folder) from None
        raise
    return there


def _write(file: Path, key: bytes, manifest: Manifest, folder: Path, watch: Watch) -> None:
    limits, declared = validators(), indexes()
    with ExitStack() as opened:
        written: dict[str, BinaryIO] = {}
        for name in manifest.collections:
            written[name] = opened.enter_context(_private(folder / f"{name}.bson"))
            with _private(folder / f"{name}.metadata.json") as out:
                out.write(metadata(name, limits.get(name), [model.document for model in declared.get(name, [])]))
        for name, part in read_backup(file, key, watch, "The backup was not written out."):
            if name:
                written[name].write(part)


def _for_drivers(keyring: Keyring, database: str) -> bytes:
    """What a driver's client-side field level encryption is given (AutoEncryptionOpts of PyMongo), keys in base64."""
    providers = {name: {"key": b64encode(said["key"]).decode()} for name, said in keyring.providers().items()}
    return json.dumps({"kms_providers": providers, "key_vault_namespace": f"{database}.{VAULT}"}, indent=2).encode()


def _private(file: Path) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")


def metadata(name: str, limit: Row | None, declared: list[Any]) -> bytes:
    """What mongorestore makes of a collection before it puts the documents in."""
    own = {"v": 2, "key": {"_id": 1}, "name": "_id_"}
    said = {
        "indexes": [own, *({"v": 2, **model} for model in declared)],
        "collectionName": name,
        "type": "collection",
        "options": {"validator": limit} if limit else {},
    }
    return json_util.dumps(said, json_options=json_util.CANONICAL_JSON_OPTIONS).encode()
