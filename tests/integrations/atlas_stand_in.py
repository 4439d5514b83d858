"""Stands in for the Atlas Administration API on this machine, and refuses what the documented API refuses.

Paths, methods, statuses and schemas are a subset of MongoDB's OpenAPI description of the Atlas Administration API v2,
version 2025-03-12 (repository mongodb/openapi); codes are from "Atlas Administration API Error Codes". Where the
description names no values (`action`), they are those of the operation createGroupCustomDbRoleRole's page.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

PROJECT = "32b6e34b3d91647abb20e7b8"
PUBLIC_KEY, PRIVATE_KEY = "abcdefgh", "00000000-1111-2222-3333-444444444444"
CLIENT_ID, CLIENT_SECRET = "mdb_sa_id_0123456789abcdef01234567", "mdb_sa_sk_secret"
REALM = "MMS Public API"

# name -> (kind, required); kinds: a type, a list of one schema, or a schema.
INHERITED_ROLE = {"db": (str, True), "role": (str, True)}
RESOURCE = {"cluster": (bool, True), "collection": (str, True), "db": (str, True)}
PRIVILEGE = {"action": (str, True), "resources": ([RESOURCE], True)}
UPDATE_CUSTOM_DB_ROLE = {"actions": ([PRIVILEGE], False), "inheritedRoles": ([INHERITED_ROLE], False)}
USER_CUSTOM_DB_ROLE = {"roleName": (str, True), **UPDATE_CUSTOM_DB_ROLE}
USER_ROLE = {"collectionName": (str, False), "databaseName": (str, True), "roleName": (str, True)}
CLOUD_DATABASE_USER = {
    "databaseName": (str, True),
    "groupId": (str, True),
    "roles": ([USER_ROLE], True),
    "username": (str, True),
    "password": (str, False),
    "description": (str, False),
    "deleteAfterDate": (str, False),
}
NETWORK_ENTRY = {
    "ipAddress": (str, False),
    "cidrBlock": (str, False),
    "awsSecurityGroup": (str, False),
    "comment": (str, False),
    "deleteAfterDate": (str, False),
}
ACTIONS = {
    *("FIND", "INSERT", "REMOVE", "UPDATE", "BYPASS_DOCUMENT_VALIDATION", "CREATE_COLLECTION", "CREATE_INDEX"),
    *("DROP_COLLECTION", "CHANGE_STREAM", "COLL_MOD", "DROP_INDEX", "COLL_STATS", "DB_STATS", "LIST_COLLECTIONS"),
}
BUILT_IN_ROLES = {"read", "readWrite", "dbAdmin"}
ROLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
VERSION = re.compile(r"application/vnd\.atlas\.(\d{4}-\d{2}-\d{2})\+json")


class Refused(Exception):
    """status, errorCode, detail."""


@dataclass
class StandIn:
    """A project of Atlas with one cluster. seen: method, path and body of each request that was let in."""

    address: str = ""
    roles: dict[str, Any] = field(default_factory=dict)
    users: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[str, str, Any]] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    faults: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    pending: int = 0
    failed_entries: bool = False
    most_users: int = 100
    most_roles: int = 100
    tokens: set[str] = field(default_factory=set)
    challenges: int = 0

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """What the API answers. Raises Refused."""
        self.seen.append((method, path, body))
        start = f"/api/atlas/v2/groups/{PROJECT}/"
        if not path.startswith(start):
            raise Refused(404, "GROUP_NOT_FOUND", "No group with that ID exists.")
        path, _, query = path.partition("?")
        body = parse_qs(query) if query else body
        parts = [unquote(part) for part in path.removeprefix(start).split("/")]
        for (wanted, *pattern), handler in self._operations().items():
            if wanted == method and len(pattern) == len(parts) and _fits(pattern, parts):
                return handler(body, *(part for name, part in zip(pattern, parts, strict=True) if name == "*"))
        raise Refused(404, "RESOURCE_NOT_FOUND", f"Cannot find resource {path}.")

    def _operations(self) -> dict[tuple[str, ...], Callable[..., tuple[int, Any]]]:
        return {
            ("POST", "customDBRoles", "roles"): self._create_role,
            ("PATCH", "customDBRoles", "roles", "*"): self._update_role,
            ("GET", "databaseUsers"): self._list_users,
            ("POST", "databaseUsers"): self._create_user,
            ("PATCH", "databaseUsers", "admin", "*"): self._update_user,
            ("DELETE", "databaseUsers", "admin", "*"): self._delete_user,
            ("POST", "accessList"): self._add_entries,
            ("GET", "accessList", "*", "status"): self._entry_status,
            ("GET", "clusters"): self._clusters,
            ("GET", "clusters", "*", "status"): self._cluster_status,
        }

    def _create_role(self, body: Any) -> tuple[int, Any]:
        _check(body, USER_CUSTOM_DB_ROLE)
        if not ROLE_NAME.fullmatch(body["roleName"]):
            raise Refused(400, "ATLAS_CUSTOM_ROLE_INVALID_NAME", f'The role name, "{body["roleName"]}", is invalid.')
        if body["roleName"] in self.roles:
            raise Refused(409, "ATLAS_CUSTOM_ROLE_NAME_ALREADY_EXISTS", "A custom role with the name already exists.")
        if len(self.roles) >= self.most_roles:
            raise Refused(403, "CUSTOM_ROLES_LIMIT_EXCEEDED", "Exceeded maximum number of custom roles.")
        self._keep_role(body["roleName"], body)
        return 202, body

    def _update_role(self, body: Any, name: str) -> tuple[int, Any]:
        _check(body, UPDATE_CUSTOM_DB_ROLE)
        if name not in self.roles:
            raise Refused(404, "ATLAS_CUSTOM_ROLE_NOT_FOUND", f"The specified custom db role {name} does not exist.")
        self._keep_role(name, body)
        return 200, {"roleName": name, **body}

    def _keep_role(self, name: str, body: Any) -> None:
        actions = [one["action"] for one in body["actions"]]
        if len(actions) != len(set(actions)):
            raise Refused(400, "ATLAS_DUPLICATE_CUSTOM_ROLE_ACTION", "A custom role cannot have duplicate actions.")
        if set(actions) - ACTIONS or any(one["db"] != "admin" for one in body["inheritedRoles"]):
            raise Refused(400, "INVALID_ATTRIBUTE", "Invalid attribute specified.")
        if not actions and not body["inheritedRoles"]:
            raise Refused(400, "ATLAS_CUSTOM_ROLE_HAS_NO_PERMISSIONS", "Custom roles must have an action or a role.")
        if any(one["role"] not in self.roles for one in body["inheritedRoles"]):
            raise Refused(400, "ATLAS_INVALID_CUSTOM_ROLE_INHERITANCE", "An inherited role does not exist.")
        self.roles[name] = body

    def _list_users(self, query: Any) -> tuple[int, Any]:
        """Paged, as the API does: 100 at once unless told, 500 at most, pages from 1."""
        size, number = (int(query.get(name, [usual])[0]) for name, usual in (("itemsPerPage", 100), ("pageNum", 1)))
        if not 1 <= size <= 500:
            raise Refused(400, "INVALID_QUERY_PARAMETER", "An invalid query parameter itemsPerPage was specified.")
        shown = [{name: value for name, value in user.items() if name != "password"} for user in self.users.values()]
        return 200, {"results": shown[(number - 1) * size : number * size], "totalCount": len(shown)}

    def _create_user(self, body: Any) -> tuple[int, Any]:
        self._check_user(body)
        if body["username"] in self.users:
            raise Refused(409, "USER_ALREADY_EXISTS", "A user with that username already exists.")
        if len(self.users) >= self.most_users:
            raise Refused(403, "GROUP_USERS_LIMIT_EXCEEDED", "Groups can contain at most 100 database users.")
        self.users[body["username"]] = body
        return 201, {name: value for name, value in body.items() if name != "password"}

    def _update_user(self, body: Any, name: str) -> tuple[int, Any]:
        self._check_user(body)
        if name not in self.users:
            raise Refused(404, "USERNAME_NOT_FOUND", f"No user with username {name} exists.")
        if body["username"] != name:
            raise Refused(409, "DATABASE_USERNAME_CANNOT_BE_CHANGED", "Cannot modify the username.")
        self.users[name] = body
        return 200, {name: value for name, value in body.items() if name != "password"}

    def _check_user(self, body: Any) -> None:
        _check(body, CLOUD_DATABASE_USER)
        if body["databaseName"] != "admin" or body["groupId"] != PROJECT or len(body.get("password", "")) < 8:
            raise Refused(400, "INVALID_ATTRIBUTE", "Invalid attribute specified.")
        for role in body["roles"]:
            custom = role["databaseName"] == "admin" and role["roleName"] in self.roles
            if not custom and (role["roleName"] not in BUILT_IN_ROLES or role["databaseName"] == "admin"):
                raise Refused(400, "ATLAS_INVALID_ROLE", f"The specified role {role['roleName']} does not exist.")

    def _delete_user(self, body: Any, name: str) -> tuple[int, Any]:
        if self.users.pop(name, None) is None:
            raise Refused(404, "USERNAME_NOT_FOUND", f"No user with username {name} exists.")
        return 204, None

    def _add_entries(self, body: Any) -> tuple[int, Any]:
        for entry in body:
            _check(entry, NETWORK_ENTRY)
            where = [entry[name] for name in ("ipAddress", "cidrBlock", "awsSecurityGroup") if name in entry]
            if len(where) != 1 or len(entry.get("comment", "")) > 80:
                raise Refused(400, "BAD_WHITELIST_ADD_REQUEST", "Should not specify both the IP address and the block.")
            self.entries[where[0]] = entry
        return 200, {"results": list(self.entries.values()), "totalCount": len(self.entries)}

    def _entry_status(self, body: Any, entry: str) -> tuple[int, Any]:
        if entry not in self.entries:
            raise Refused(404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND", "Not on the access list.")
        return 200, {"STATUS": "FAILED" if self.failed_entries else "ACTIVE"}

    def _clusters(self, body: Any) -> tuple[int, Any]:
        strings = {"standardSrv": "mongodb+srv://cluster0.abcde.example.net"}
        return 200, {"results": [{"name": "Cluster0", "connectionStrings": strings}], "totalCount": 1}

    def _cluster_status(self, body: Any, name: str) -> tuple[int, Any]:
        self.pending -= 1
        return 200, {"changeStatus": "PENDING" if self.pending >= 0 else "APPLIED"}


def _fits(pattern: list[str], parts: list[str]) -> bool:
    return all(name in ("*", part) for name, part in zip(pattern, parts, strict=True))


def _check(body: Any, schema: dict[str, Any]) -> None:
    """Raises Refused where a body has a field that isn't documented, lacks a required one, or one has another type."""
    missing = [name for name, (_, required) in schema.items() if required and name not in body]
    unknown = [name for name in body if name not in schema]
    if missing or unknown:
        raise Refused(400, "INVALID_ATTRIBUTE", f"missing {missing}, unknown {unknown}")
    for name, value in body.items():
        kind = schema[name][0]
        if isinstance(kind, list):
            for one in value:
                _check(one, kind[0])
        elif not isinstance(value, kind):
            raise Refused(400, "INVALID_ATTRIBUTE", f"{name} is no {kind.__name__}")


@contextmanager
def stand_in(project: StandIn | None = None) -> Iterator[StandIn]:
    """A project behind a real HTTP server on this machine."""
    project = project or StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"project": project}))
    server.daemon_threads = False
    project.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield project
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    project: StandIn
    nonce = secrets.token_hex(16)

    def do_GET(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/api/oauth/token":
            return self._token(content)
        if not self._known():
            return None
        if self.project.faults:
            status, code, headers = self.project.faults.pop(0)
            return self._tell(status, {"error": status, "errorCode": code, "detail": "a fault"}, headers)
        try:
            self._check_headers(content)
            status, told = self.project.answer(self.command, self.path, json.loads(content) if content else None)
            return self._tell(status, told, {})
        except Refused as refused:
            status, code, detail = refused.args
            return self._tell(status, {"error": status, "errorCode": code, "detail": detail}, {})

    def do_POST(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _check_headers(self, content: bytes) -> None:
        version = VERSION.fullmatch(self.headers.get("Accept", ""))
        if not version:
            raise Refused(406, "INVALID_VERSION_DATE", "The Accept header names no version.")
        self.project.versions.add(version[1])
        if content and self.headers.get("Content-Type") != "application/json":
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type.")

    def _known(self) -> bool:
        given = self.headers.get("Authorization", "")
        if given.startswith("Bearer ") and given.removeprefix("Bearer ") in self.project.tokens:
            return True
        if given.startswith("Digest ") and self._digest_fits(given):
            return True
        self.project.challenges += 1
        challenge = f'Digest realm="{REALM}", domain="", nonce="{self.nonce}", algorithm=MD5, qop="auth", stale=false'
        self._tell(401, {"error": 401, "reason": "Unauthorized"}, {"WWW-Authenticate": challenge})
        return False

    def _digest_fits(self, given: str) -> bool:
        """RFC 7616, MD5 with quality of protection "auth"."""
        said = {name: plain or quoted for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', given)}
        who = _md5(f"{said['username']}:{REALM}:{PRIVATE_KEY}")
        what = _md5(f"{self.command}:{said['uri']}")
        wanted = _md5(f"{who}:{said['nonce']}:{said['nc']}:{said['cnonce']}:auth:{what}")
        known = said["username"] == PUBLIC_KEY and said["nonce"] == self.nonce and said["uri"] == self.path
        return known and said["response"] == wanted

    def _token(self, content: bytes) -> None:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = parse_qs(content.decode()) == {"grant_type": ["client_credentials"]}
        if not asked or self.headers.get("Authorization") != f"Basic {pair}":
            return self._tell(401, {"error": "invalid_client"}, {})
        token = secrets.token_hex(8)
        self.project.tokens.add(token)
        return self._tell(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}, {})

    def _tell(self, status: int, told: Any, headers: dict[str, str]) -> None:
        content = b"" if told is None else json.dumps(told).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if content:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Nothing: the tests look at `seen`."""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
