"""A practice on Atlas: what is sent, to a server that holds it to the documented API, and what is said of a refusal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from hmsdesk.errors import InvalidInput, Unreachable, UserError
from hmsdesk.integrations.atlas import ApiKey, Atlas, DatabaseUser, Entry, Request, ServiceAccount, plan, removal
from hmsdesk.integrations.atlas_users import AtlasUsers, opened
from hmsdesk.security.bundles import AtlasAccess
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import ENROLMENT, OWNER, server_roles, user_name
from tests.integrations import atlas_stand_in as api
from tests.integrations.atlas_stand_in import PROJECT, StandIn, stand_in

DATABASE = "hmsdesk_nile_0a1b2c"
PASSWORD = "a password of 43 letters, as in a real plan"
KEY = ApiKey(api.PUBLIC_KEY, api.PRIVATE_KEY)
USERS = [
    DatabaseUser("owner", PASSWORD, None),
    *(DatabaseUser(user_name(role.value, 1), PASSWORD, role.value) for role in Role),
    DatabaseUser("enrolment.0.65f1c0ffee65f1c0ffee65f1", PASSWORD, ENROLMENT),
]
ENTRIES = [Entry("198.51.100.7", "the practice's line"), Entry("203.0.113.0/24")]


@pytest.fixture
def project() -> Iterator[StandIn]:
    with stand_in() as made:
        yield made


def practice() -> list[Request]:
    return plan(PROJECT, DATABASE, server_roles(), USERS, ENTRIES)


def send(
    project: StandIn, requests: list[Request], key: ApiKey | ServiceAccount = KEY, **options: float
) -> list[float]:
    waits: list[float] = []
    with Atlas(PROJECT, key, address=project.address, sleep=waits.append, **options) as atlas:
        atlas.apply(requests)
    return waits


def refused(project: StandIn, requests: list[Request], key: ApiKey | ServiceAccount = KEY) -> UserError:
    with pytest.raises(UserError) as caught:
        send(project, requests, key)
    return caught.value


def test_a_practice_is_made_whole(project: StandIn) -> None:
    send(project, practice())
    assert len(project.roles) == len(server_roles())
    assert len(project.users) == len(USERS)
    assert set(project.entries) == {"198.51.100.7", "203.0.113.0/24"}
    assert project.entries["198.51.100.7"] == {"ipAddress": "198.51.100.7", "comment": "the practice's line"}
    assert project.versions == {"2025-03-12"}


def test_atlas_is_sent_what_a_server_of_ones_own_is_sent(project: StandIn) -> None:
    send(project, practice())
    for role in server_roles():
        kept = project.roles[f"{DATABASE}-{role.name}"]
        theirs = {
            (one["db"], one["collection"], privilege["action"].lower())
            for privilege in kept["actions"]
            for one in privilege["resources"]
        }
        ours = {
            (one["resource"]["db"], one["resource"]["collection"], _in_atlas_words(action))
            for one in role.privileges(DATABASE)
            for action in one["actions"]
            if action != "changeOwnPassword"
        }
        assert theirs == ours
        assert [one["role"] for one in kept["inheritedRoles"]] == [f"{DATABASE}-{name}" for name in role.inherits]


def _in_atlas_words(action: str) -> str:
    return {"changeStream": "change_stream"}.get(action, action)


def test_a_user_has_its_role_alone_and_the_owner_its_database_alone(project: StandIn) -> None:
    send(project, practice())
    doctor = project.users[f"{DATABASE}-doctor-1"]
    owner = project.users[f"{DATABASE}-owner"]
    assert doctor["roles"] == [{"databaseName": "admin", "roleName": f"{DATABASE}-doctor"}]
    assert owner["roles"] == [
        {"databaseName": DATABASE, "roleName": "readWrite"},
        {"databaseName": DATABASE, "roleName": "dbAdmin"},
    ]


def test_applying_twice_is_harmless(project: StandIn) -> None:
    send(project, practice())
    before = (dict(project.users), set(project.roles), dict(project.entries))
    project.seen.clear()
    send(project, practice())
    assert (project.users, set(project.roles), project.entries) == before
    updates = [path for method, path, _ in project.seen if method == "PATCH"]
    assert len(updates) == len(server_roles()) + len(USERS)


def test_what_is_there_already_is_brought_up_to_date(project: StandIn) -> None:
    send(project, practice())
    renewed = [DatabaseUser("doctor.1", "another password", Role.DOCTOR.value)]
    send(project, plan(PROJECT, DATABASE, server_roles(), renewed))
    assert project.users[f"{DATABASE}-doctor-1"]["password"] == "another password"


def test_an_entry_that_atlas_calls_a_duplicate_is_left_as_it_is(project: StandIn) -> None:
    project.entries["198.51.100.7"] = {"ipAddress": "198.51.100.7"}
    project.faults.append((409, "ADDRESS_ALREADY_IN_WHITELIST", {}))
    send(project, plan(PROJECT, DATABASE, [], [], [ENTRIES[0]]))


def test_several_practices_share_a_project(project: StandIn) -> None:
    send(project, practice())
    send(project, plan(PROJECT, "hmsdesk_delta_3d4e5f", server_roles(), USERS))
    assert len(project.roles) == 2 * len(server_roles())
    assert len(project.users) == 2 * len(USERS)


def test_users_are_dropped_and_dropping_them_again_is_harmless(project: StandIn) -> None:
    send(project, practice())
    for _ in range(2):
        send(project, removal(PROJECT, DATABASE, ["doctor.1"]))
        assert f"{DATABASE}-doctor-1" not in project.users


def test_a_practice_knows_its_own_users_among_those_of_a_project(project: StandIn) -> None:
    project.most_users = 10_000
    names = [f"visitor-{number}" for number in range(1001)]
    project.users = {name: {"username": name, "roles": []} for name in names}
    with closing(users_in(project, DATABASE)) as own, closing(users_in(project, "hmsdesk_delta_3d4e5f")) as other:
        for practice_users in (own, other):
            practice_users.put_roles(server_roles())
            practice_users.create({OWNER: OWNER, "doctor.1": "doctor", "doctor.2": "doctor", "nurse.1": "nurse"})
        assert own.users_of("doctor") == ["doctor.1", "doctor.2"]
        assert own.users_of(OWNER) == [OWNER]
        own.drop(["doctor.1", "nobody.1"])
        assert own.users_of("doctor") == ["doctor.2"]
        assert other.users_of("doctor") == ["doctor.1", "doctor.2"]


def test_a_password_is_new_each_time_and_the_one_that_counts(project: StandIn) -> None:
    with closing(users_in(project, DATABASE)) as users:
        users.put_roles(server_roles())
        first, second = (users.create({"nurse.1": "nurse"})["nurse.1"] for _ in range(2))
    assert first != second == project.users[f"{DATABASE}-nurse-1"]["password"]


@pytest.mark.parametrize(("key", "secret"), [(api.PUBLIC_KEY, api.PRIVATE_KEY), (api.CLIENT_ID, api.CLIENT_SECRET)])
def test_both_kinds_of_key_are_told_apart_by_themselves(project: StandIn, key: str, secret: str) -> None:
    access = AtlasAccess(project=PROJECT, key=key, secret=secret, address=project.address)
    assert secret not in repr(access)
    with opened(access) as atlas:
        assert list(atlas.clusters()) == ["Cluster0"]
    assert len(project.tokens) == (key == api.CLIENT_ID)


def users_in(project: StandIn, database: str) -> AtlasUsers:
    access = AtlasAccess(project=PROJECT, key=api.PUBLIC_KEY, secret=api.PRIVATE_KEY, address=project.address)
    return AtlasUsers(access, database)


def test_it_waits_until_the_cluster_knows_of_the_users(project: StandIn) -> None:
    project.pending = 3
    assert len(send(project, practice())) == 3


def test_it_says_so_when_the_cluster_never_gets_there(project: StandIn) -> None:
    project.pending = 1000
    with pytest.raises(UserError, match="has not finished"):
        send(project, practice(), patience_s=0)
    project.pending, project.failed_entries = 0, True
    assert "has not finished" in refused(project, practice()).title


def test_a_cluster_that_was_asked_after_too_often_is_not_taken_for_ready(
    project: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = project.answer

    def answer(method: str, path: str, body: Any) -> tuple[int, Any]:
        if path.endswith("/status"):
            raise api.Refused(429, "RATE_LIMITED", "")
        return really(method, path, body)

    monkeypatch.setattr(project, "answer", answer)
    assert "asked too often" in refused(project, practice()).title


def test_a_service_account_is_let_in_with_one_token(project: StandIn) -> None:
    send(project, practice(), ServiceAccount(api.CLIENT_ID, api.CLIENT_SECRET))
    assert len(project.tokens) == 1
    assert project.challenges == 0
    assert len(project.users) == len(USERS)


def test_the_private_key_is_never_sent_but_proven(project: StandIn) -> None:
    send(project, practice())
    assert project.challenges == 1


@pytest.mark.parametrize(
    "key",
    [
        ApiKey(api.PUBLIC_KEY, "another"),
        ApiKey("another", api.PRIVATE_KEY),
        ServiceAccount(api.CLIENT_ID, "another"),
    ],
)
def test_a_wrong_key_is_named_as_that(project: StandIn, key: ApiKey | ServiceAccount) -> None:
    assert "does not accept this API key" in refused(project, practice(), key).title
    assert project.seen == []


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "USER_UNAUTHORIZED", "Project Database Access Admin"),
        (403, "ACCESS_FORBIDDEN", "Project Database Access Admin"),
        (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "access list"),
        (403, "ORG_REQUIRES_ACCESS_LIST", "access list"),
        (403, "GROUP_USERS_LIMIT_EXCEEDED", "database users"),
        (403, "CUSTOM_ROLES_LIMIT_EXCEEDED", "custom roles"),
        (403, "ATLAS_NETWORK_PERMISSIONS_LIMIT_EXCEEDED", "access list is full"),
        (402, "ACCOUNT_SUSPENDED", "suspended"),
        (404, "GROUP_NOT_FOUND", "no such project"),
        (400, "ATLAS_GENERAL_ERROR", "It says: a fault"),
    ],
)
def test_a_refusal_is_told_in_plain_words(project: StandIn, status: int, code: str, words: str) -> None:
    project.faults.append((status, code, {}))
    assert words in str(refused(project, practice()))


def test_the_limits_of_a_project_are_told(project: StandIn) -> None:
    project.most_users = 3
    assert "as many database users" in refused(project, practice()).title
    project.most_roles = 3
    project.roles.clear()
    assert "as many custom roles" in refused(project, practice()).title


def test_a_project_that_is_not_there_is_told(project: StandIn) -> None:
    other = "f" * 24
    with Atlas(other, KEY, address=project.address) as atlas, pytest.raises(UserError, match="no such project"):
        atlas.apply(plan(other, DATABASE, server_roles(), []))


def test_it_waits_as_long_as_atlas_says_and_longer_each_time(project: StandIn) -> None:
    project.faults += [(429, "RATE_LIMITED", {"Retry-After": "7"}), (429, "RATE_LIMITED", {"Retry-After": "7"})]
    project.faults += [(503, "", {})]
    assert send(project, practice()) == [7, 14, 40]
    assert len(project.users) == len(USERS)


def test_it_gives_up_when_atlas_stays_busy(project: StandIn) -> None:
    project.faults += [(429, "RATE_LIMITED", {"Retry-After": "1"})] * 20
    assert "asked too often" in refused(project, practice()).title
    assert len(project.faults) == 15


def test_a_failure_of_atlas_or_of_the_line_is_no_refusal(project: StandIn) -> None:
    project.faults.append((500, "UNEXPECTED_ERROR", {}))
    assert isinstance(refused(project, practice()), Unreachable)
    project.address = "http://127.0.0.1:9"
    assert isinstance(refused(project, practice()), Unreachable)


@contextmanager
def portal(status: int) -> Iterator[str]:
    """What stands in the way and answers everything with a page of its own: its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            page = b"<html>Please sign in to the guests' network</html>"
            self.send_response(status)
            self.send_header("Location", "/sign-in")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        do_POST = do_PATCH = do_DELETE = do_GET

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [200, 302])
@pytest.mark.parametrize("key", [KEY, ServiceAccount(api.CLIENT_ID, api.CLIENT_SECRET)])
@pytest.mark.parametrize(
    "ask", [lambda atlas: atlas.apply(practice()), Atlas.clusters, Atlas.users], ids=["apply", "clusters", "users"]
)
def test_somebody_else_s_page_is_no_answer_of_atlas(
    status: int, key: ApiKey | ServiceAccount, ask: Callable[[Atlas], object]
) -> None:
    with (
        portal(status) as address,
        Atlas(PROJECT, key, address=address) as atlas,
        pytest.raises(UserError, match="in place of MongoDB Atlas"),
    ):
        ask(atlas)


def test_a_redirection_is_not_taken_for_done(project: StandIn) -> None:
    project.faults.append((302, "", {"Location": "/sign-in"}))
    assert "in place of MongoDB Atlas" in refused(project, removal(PROJECT, DATABASE, ["owner"])).title


def test_the_cluster_tells_its_address(project: StandIn) -> None:
    with Atlas(PROJECT, KEY, address=project.address) as atlas:
        assert atlas.clusters() == {"Cluster0": "mongodb+srv://cluster0.abcde.example.net"}


def test_a_plan_is_shown_without_its_passwords() -> None:
    shown = "\n".join(request.printed() for request in practice())
    assert PASSWORD not in shown + repr(practice()) + repr(USERS)
    assert shown.count('"password": "…"') == len(USERS)
    assert f"POST /api/atlas/v2/groups/{PROJECT}/customDBRoles/roles" in shown
    assert practice()[-1].path == f"/api/atlas/v2/groups/{PROJECT}/accessList"


def test_keys_and_passwords_are_never_logged(project: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    project.faults.append((400, "INVALID_ATTRIBUTE", {}))
    refused(project, practice())
    said = caplog.text + repr(KEY) + repr(ServiceAccount(api.CLIENT_ID, api.CLIENT_SECRET))
    assert not any(secret in said for secret in (api.PRIVATE_KEY, api.CLIENT_SECRET, PASSWORD))


@pytest.mark.parametrize(
    ("project_id", "database", "address"),
    [
        ("My project", DATABASE, "198.51.100.7"),
        (PROJECT, "a.b", "198.51.100.7"),
        (PROJECT, "x" * 39, "198.51.100.7"),
        (PROJECT, DATABASE, "my line"),
        (PROJECT, DATABASE, "198.51.100.7/24"),
        (PROJECT, DATABASE, "0.0.0.0/0"),
        (PROJECT, DATABASE, "::/0"),
    ],
)
def test_what_can_not_be_sent_is_refused_before(project_id: str, database: str, address: str) -> None:
    with pytest.raises(InvalidInput):
        plan(project_id, database, server_roles(), USERS, [Entry(address)])
