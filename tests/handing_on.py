"""Practices that are handed on: put back to how they were founded, and given to whoever asks for the like.

A founding has the server make some hundred files, which costs more than most modules' tests do. Who gets a practice
can't tell it from a new one: it is handed on only if all of it is as it was right after its founding. Where it isn't,
as after a renewed credential, it is thrown away, and another is founded.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from hmsdesk.settings import Kind

if TYPE_CHECKING:
    from tests.conftest import Clinic

_AS_IT_IS = CodecOptions(document_class=RawBSONDocument)
# What a collection with a validator has where nobody said so; once one was changed, the server says it itself.
_UNSAID = {"validationLevel": "strict", "validationAction": "error"}


class Standing:
    """A practice as it stands at one moment: its database and its data folder."""

    def __init__(self, database: Database[dict[str, Any]], folder: Path) -> None:
        self._hashes = _hashes(database)
        self._declared = _declared(database)
        self._files = _files(folder)
        self._documents = {
            name: list(database.get_collection(name, codec_options=_AS_IT_IS).find()) for name in self._hashes
        }

    def put_back(self, database: Database[dict[str, Any]], folder: Path) -> bool:
        """Undo what was written since; whether everything is as it was then, also what this can't undo."""
        for name, now in _hashes(database).items():
            if now != self._hashes.get(name):
                database[name].delete_many({})
                if self._documents.get(name):
                    database[name].insert_many(self._documents[name], bypass_document_validation=True)
        self._put_back_rules(database)
        self._put_back_users(database)
        shutil.rmtree(folder)
        for name, (mode, content) in self._files.items():
            path = folder / name
            if content is None:
                path.mkdir()
            else:
                path.write_bytes(content)
            path.chmod(mode)
        then = self._hashes, self._declared, self._files
        return then == (_hashes(database), _declared(database), _files(folder))

    def _put_back_rules(self, database: Database[dict[str, Any]]) -> None:
        """What a document of a collection must be."""
        before = {one["name"]: one["options"] for one in self._declared[0]}
        for one in database.list_collections():
            rules = before.get(one["name"], {})
            if "validator" in rules and rules != _UNSAID | one["options"]:
                database.command("collMod", one["name"], **rules)

    def _put_back_users(self, database: Database[dict[str, Any]]) -> None:
        """Database users, with the secrets they had."""
        users, before = database.client.admin["system.users"], self._declared[2]
        if list(users.find({"db": database.name}).sort("_id")) != before:
            users.delete_many({"db": database.name})
            users.insert_many(before)


class Practices:
    """Those of one process that nobody uses at the moment."""

    def __init__(self, found: Callable[[bool, Kind], Clinic]) -> None:
        self._found = found
        self._free: defaultdict[tuple[bool, Kind], list[Clinic]] = defaultdict(list)

    @contextmanager
    def one(self, *, solo: bool = False, kind: Kind = Kind.EMBEDDED) -> Iterator[Clinic]:
        """A practice as it was founded."""
        clinic = self._handed_on(self._free[solo, kind]) or self._found(solo, kind)
        try:
            yield clinic
        finally:
            clinic.leave()
            self._free[solo, kind].append(clinic)

    def _handed_on(self, free: list[Clinic]) -> Clinic | None:
        while free:
            clinic = free.pop()
            if clinic.begin_anew():
                return clinic
            clinic.take_away()
        return None


def _hashes(database: Database[dict[str, Any]]) -> dict[str, str]:
    """Collection -> the hash of all its documents."""
    return dict(database.command("dbHash")["collections"])


def _declared(database: Database[dict[str, Any]]) -> list[Any]:
    """What holds for the documents: collections with their validators, indexes, users with their secrets, roles."""
    collections = sorted(database.list_collections(), key=lambda one: one["name"])
    for one in collections:
        one["options"] = _UNSAID | one["options"]
    indexes = {one["name"]: list(database[one["name"]].list_indexes()) for one in collections}
    kept = [database.client.admin[name] for name in ("system.users", "system.roles")]
    return [collections, indexes, *(list(one.find({"db": database.name}).sort("_id")) for one in kept)]


def _files(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Path in the folder -> its rights and what is in it; the folder itself comes first, folders before their files."""
    found = [folder, *sorted(folder.rglob("*"))]
    return {
        str(path.relative_to(folder)): (path.stat().st_mode & 0o777, None if path.is_dir() else path.read_bytes())
        for path in found
    }
