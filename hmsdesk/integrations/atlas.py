"""A practice on MongoDB Atlas: custom roles, database users and the access list, by the Administration API v2.

Atlas has no createRole and no createUser. `plan` says what would be sent, `Atlas.apply` sends it; sending it again is
harmless. Paths, fields and codes are those of MongoDB's OpenAPI description of that API, version 2025-03-12; the
operations are named where they are used.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from hmsdesk.errors import InvalidInput, Unreachable, UserError
from hmsdesk.integrations.atlas_refusals import refusal, somebody_else, told, wrong_key
from hmsdesk.security.roles import ATLAS_DATABASE, ServerRole, atlas_role, atlas_user, atlas_user_name

_GROUPS = "/api/atlas/v2/groups"
_TOKEN = "/api/oauth/token"  # noqa: S105 (the path where one is asked for)
_VERSION = "application/vnd.atlas.2025-03-12+json"

_PROJECT = re.compile(r"[a-f0-9]{24}")
_DATABASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,37}")
_COMMENT_CHARACTERS = 80
# As many as the API gives at once.
_PAGE = 500

NO_PROJECT = "A project of Atlas is named by its ID: 24 digits and letters from a to f."

_TRIES = 5
_FIRST_WAIT_S = 10.0
_LONGEST_WAIT_S = 120.0
_POLL_S = 2.0
_ASKED_TOO_OFTEN, _BUSY, _THERE_ALREADY, _NOT_THERE = 429, 503, 409, 404


@dataclass(frozen=True)
class ApiKey:
    """A programmatic API key (HTTP digest)."""

    public: str
    private: str = field(repr=False)

    def auth(self, address: str) -> httpx.Auth:
        """How requests are signed."""
        return httpx.DigestAuth(self.public, self.private)


@dataclass(frozen=True)
class ServiceAccount:
    """A service account (OAuth 2.0, client credentials): the newer way, which Atlas recommends."""

    client_id: str
    secret: str = field(repr=False)

    def auth(self, address: str) -> httpx.Auth:
        """How requests are signed."""
        return _Bearer(self, address)


@dataclass(frozen=True)
class DatabaseUser:
    """A database user to be made. user: as on a server of one's own. role: None for the practice's owner."""

    user: str
    password: str = field(repr=False)
    role: str | None


@dataclass(frozen=True)
class Entry:
    """An address, or a range in CIDR notation, from which workstations connect; a remark of at most 80 characters."""

    address: str
    comment: str = ""


@dataclass(frozen=True)
class Request:
    """One request. update: what is sent instead where the thing is there already."""

    method: str
    path: str
    body: Any = field(default=None, repr=False)
    update: Request | None = field(default=None, repr=False)

    def printed(self) -> str:
        """As a person may see it: method, path and body, with the password left out."""
        head = f"{self.method} {self.path}"
        if self.body is None:
            return head
        hidden = {"password": "…"} if isinstance(self.body, dict) and "password" in self.body else {}
        body = {**self.body, **hidden} if hidden else self.body
        return f"{head}\n{json.dumps(body, indent=2, ensure_ascii=False)}"


def plan(
    project: str,
    database: str,
    roles: Iterable[ServerRole],
    users: Iterable[DatabaseUser],
    access_list: Iterable[Entry] = (),
) -> list[Request]:
    """What makes a practice's roles, users and access list on Atlas, in order. Sends nothing.

    project: its 24 hexadecimal digits. Raises InvalidInput.
    """
    _check(project, database)
    inheriting_last = sorted(roles, key=lambda role: bool(role.inherits))
    bodies = [atlas_user(project, database, one.user, one.password, one.role) for one in users]
    return [
        *(_role_request(project, atlas_role(role, database)) for role in inheriting_last),
        *(_user_request(project, body) for body in bodies),
        *_access_requests(project, access_list),
    ]


def removal(project: str, database: str, users: Iterable[str]) -> list[Request]:
    """What drops database users (deleteGroupDatabaseUser). Raises InvalidInput."""
    _check(project, database)
    return [Request("DELETE", _user_path(project, atlas_user_name(database, user))) for user in users]


class Atlas:
    """A project of Atlas. close() ends its connections."""

    def __init__(
        self,
        project: str,
        credentials: ApiKey | ServiceAccount,
        *,
        address: str,
        timeout_s: float = 30,
        patience_s: float = 180,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """address: the API's. timeout_s: until an answer counts as lost. patience_s: until the clusters must know."""
        self._project = project
        self._patience_s = patience_s
        self._sleep = sleep
        self._client = httpx.Client(
            base_url=address,
            auth=credentials.auth(address),
            headers={"Accept": _VERSION, "Content-Type": "application/json"},
            timeout=timeout_s,
        )

    def __enter__(self) -> Atlas:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    def apply(self, requests: Sequence[Request]) -> None:
        """Carry out a plan, and wait until the project's clusters know of it.

        Raises UserError for what Atlas refuses, Unreachable where it doesn't answer. After either, apply the whole plan
        again: what is there already is updated.
        """
        for request in requests:
            self._carry_out(request)
        for name in self.clusters():
            self._await(f"{_GROUPS}/{self._project}/clusters/{quote(name)}/status", "changeStatus", "APPLIED")
        for entry in _entries(requests):
            path = f"{_GROUPS}/{self._project}/accessList/{quote(entry, safe='')}/status"
            self._await(path, "STATUS", "ACTIVE")

    def clusters(self) -> dict[str, str]:
        """The project's clusters (listGroupClusters): name -> connection string, empty while Atlas is building it."""
        found = _results(self._send(Request("GET", f"{_GROUPS}/{self._project}/clusters")))
        return {one["name"]: (one.get("connectionStrings") or {}).get("standardSrv", "") for one in found}

    def users(self) -> dict[str, set[tuple[str, str]]]:
        """The project's database users (listGroupDatabaseUsers): name -> its roles, each with its database."""
        found: list[dict[str, Any]] = []
        while True:
            page = f"itemsPerPage={_PAGE}&pageNum={len(found) // _PAGE + 1}"
            more = _results(self._send(Request("GET", f"{_GROUPS}/{self._project}/databaseUsers?{page}")))
            found += more
            if len(more) < _PAGE:
                return {one["username"]: {_role(role) for role in one["roles"]} for one in found}

    def _carry_out(self, request: Request) -> None:
        answer = self._send(request)
        if request.method == "POST" and answer.status_code == _THERE_ALREADY:
            if request.update is None:
                return
            updated = self._send(request.update)
            answer = answer if updated.status_code == _NOT_THERE else updated
        if request.method == "DELETE" and answer.status_code == _NOT_THERE:
            return
        if not answer.is_success:
            raise refusal(answer)

    def _await(self, path: str, name: str, wanted: str) -> None:
        """Until a status is as wanted (getGroupClusterStatus, getGroupAccessListStatus)."""
        deadline = time.monotonic() + self._patience_s
        while True:
            answer = self._send(Request("GET", path))
            # Not every kind of cluster tells one; to have asked too often says nothing of that.
            has_none = answer.is_client_error and answer.status_code != _ASKED_TOO_OFTEN
            state = wanted if has_none else str(_content(answer).get(name, wanted)).upper()
            if state == wanted:
                return
            if state == "FAILED" or time.monotonic() > deadline:
                raise _unfinished()
            self._sleep(_POLL_S)

    def _send(self, request: Request) -> httpx.Response:
        """The answer. Where Atlas is asked too often, it is asked again later, and ever more slowly."""
        for attempt in range(_TRIES):
            answer = self._sent(request)
            if answer.status_code not in (_ASKED_TOO_OFTEN, _BUSY) or attempt == _TRIES - 1:
                return answer
            self._sleep(_wait_s(answer, attempt))
        raise AssertionError("the last attempt returns")

    def _sent(self, request: Request) -> httpx.Response:
        try:
            content = None if request.body is None else json.dumps(request.body)
            return self._client.request(request.method, request.path, content=content)
        except httpx.HTTPError as error:
            raise Unreachable(
                "MongoDB Atlas can't be reached.",
                "Check this computer's way to the internet, then do the same again: that is harmless.",
            ) from error


class _Bearer(httpx.Auth):
    """One access token for all requests: it is good for an hour."""

    requires_response_body = True

    def __init__(self, account: ServiceAccount, address: str) -> None:
        pair = f"{account.client_id}:{account.secret}".encode()
        self._ask = httpx.Request(
            "POST",
            address + _TOKEN,
            headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}", "Accept": "application/json"},
            data={"grant_type": "client_credentials"},
        )
        self._token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._token:
            answer = yield self._ask
            if answer.is_client_error:
                raise wrong_key()
            self._token = str(_content(answer).get("access_token") or "")
            if not self._token:
                raise somebody_else()
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _content(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise refusal(answer)
    content = told(answer)
    if content is None:
        raise somebody_else()
    return content


def _results(answer: httpx.Response) -> list[dict[str, Any]]:
    results = _content(answer).get("results")
    if not isinstance(results, list):
        raise somebody_else()
    return results


def _role(role: dict[str, str]) -> tuple[str, str]:
    return role["databaseName"], role["roleName"]


def _unfinished() -> UserError:
    return UserError(
        "Atlas has not finished.",
        "It took the settings, but they have not reached the cluster yet. Look at the project's page on Atlas for a "
        "warning, and do the same again in some minutes: that is harmless.",
    )


def is_project(project: str) -> bool:
    """Whether this has the form of a project's ID."""
    return _PROJECT.fullmatch(project) is not None


def _check(project: str, database: str) -> None:
    problems = {}
    if not is_project(project):
        problems["project"] = NO_PROJECT
    if not _DATABASE.fullmatch(database):
        problems["database"] = "A database is named with at most 38 letters, digits and underscores."
    if problems:
        raise InvalidInput(problems)


def _role_request(project: str, body: dict[str, Any]) -> Request:
    """createGroupCustomDbRoleRole, or updateGroupCustomDbRoleRole."""
    path = f"{_GROUPS}/{project}/customDBRoles/roles"
    changed = {name: value for name, value in body.items() if name != "roleName"}
    return Request("POST", path, body, Request("PATCH", f"{path}/{quote(body['roleName'], safe='')}", changed))


def _user_request(project: str, body: dict[str, Any]) -> Request:
    """createGroupDatabaseUser, or updateGroupDatabaseUser."""
    update = Request("PATCH", _user_path(project, body["username"]), body)
    return Request("POST", f"{_GROUPS}/{project}/databaseUsers", body, update)


def _user_path(project: str, name: str) -> str:
    return f"{_GROUPS}/{project}/databaseUsers/{ATLAS_DATABASE}/{quote(name, safe='')}"


def _access_requests(project: str, entries: Iterable[Entry]) -> list[Request]:
    """createGroupAccessListEntry. An entry that is there already gets its comment anew: there is no update."""
    by_address = {next(iter(body.values())): body for body in map(_entry, entries)}
    path = f"{_GROUPS}/{project}/accessList"
    return [Request("POST", path, list(by_address.values()))] if by_address else []


def _entry(entry: Entry) -> dict[str, str]:
    try:
        network = ipaddress.ip_network(entry.address.strip())
    except ValueError:
        raise InvalidInput(
            {"access_list": f"{entry.address} is no address and no range such as 198.51.100.0/24."}
        ) from (None)
    if network.prefixlen == 0:
        raise InvalidInput({"access_list": "This range is the whole internet. Name the practice's own addresses."})
    alone = network.prefixlen == network.max_prefixlen
    where = {"ipAddress": str(network.network_address)} if alone else {"cidrBlock": str(network)}
    return where | ({"comment": entry.comment[:_COMMENT_CHARACTERS]} if entry.comment else {})


def _entries(requests: Iterable[Request]) -> list[str]:
    bodies = [body for request in requests if isinstance(request.body, list) for body in request.body]
    return [body.get("ipAddress") or body["cidrBlock"] for body in bodies]


def _wait_s(answer: httpx.Response, attempt: int) -> float:
    """At least as long as Atlas says, and twice as long each time (its rate limit's advice)."""
    told = answer.headers.get("Retry-After", "")
    least = float(told) if told.isdigit() else _FIRST_WAIT_S
    return float(min(least * 2**attempt, _LONGEST_WAIT_S))
