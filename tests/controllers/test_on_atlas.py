"""A practice on MongoDB Atlas, from its place to its last revoked workstation.

The Administration API is stood in for by a server on this machine that carries its requests out on a real mongod.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import bson
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from hmsdesk.controllers import founding
from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.enrolment import invite, join, revoke
from hmsdesk.controllers.founding import Founding, Place, found
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.operators import connection_string
from hmsdesk.controllers.ownership import renew_ownership
from hmsdesk.controllers.provisioning import AtlasPlace, checked_access, found_there, make_atlas_place, try_place
from hmsdesk.controllers.recovery import recover
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.standing import Standing, standing
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.connection import CredentialRefused
from hmsdesk.errors import InvalidInput, NotAllowed, UserError
from hmsdesk.integrations import atlas, atlas_users
from hmsdesk.integrations.atlas_users import WAITING
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import ENROLMENT, OWNER
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import Kind, SecretStore, Settings
from tests.conftest import OWNER_EMAIL, PASSWORD, root
from tests.integrations.atlas_cluster import Cluster
from tests.integrations.atlas_stand_in import CLIENT_ID, CLIENT_SECRET, PRIVATE_KEY, PROJECT, PUBLIC_KEY, stand_in

ENTRY = "198.51.100.7"
FOUNDING = Founding(
    practice={"name": "Nile Family Clinic", "country": "EG"},
    owner_name="Sara El-Masry",
    owner_email=OWNER_EMAIL,
    owner_password=PASSWORD,
    solo=False,
    secret_store=SecretStore.FILE,
)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atlas, "_POLL_S", 0.01)


@pytest.fixture(scope="module")
def cluster(server_address: str) -> Iterator[Cluster]:
    with root(server_address) as client, stand_in(Cluster(client, server_address)) as project:
        assert isinstance(project, Cluster)
        yield project
        project.forget()


class Practice:
    """A practice in the project, as its first workstation knows it."""

    def __init__(self, cluster: Cluster, home: Path) -> None:
        self.cluster = cluster
        self.settings = Settings(home=home, argon2_mib=64, atlas_address=cluster.address)
        self.secrets = open_secrets(SecretStore.FILE, self.settings.folder())
        access = checked_access(PROJECT, PUBLIC_KEY, PRIVATE_KEY, self.settings)
        self.told: list[str] = []
        self.printed: AtlasPlace = make_atlas_place(access, "Nile", "", [ENTRY], self.told.append)
        self.database = self.printed.database
        self.place = Place(Kind.ATLAS, self.printed.address, self.database, self.printed.owner_password, atlas=access)
        self.version = try_place(self.place)
        founded = found(FOUNDING, self.settings, self.secrets, self.place, self.told.append)
        self.profile, self.code = founded.profile, founded.recovery_code
        self.door = Door(self.settings, self.profile, self.secrets, self.profile.address)
        self.session = self.door.sign_in(OWNER_EMAIL, PASSWORD)
        with self.owning() as owner:
            for role in (Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST):
                owner.create_active({"name": f"The {role.value}", "email": email(role)}, [role], PASSWORD)

    def owning(self, tell: Callable[[str], None] = lambda _: None) -> AbstractContextManager[Owner]:
        return owning(self.door, self.session, PASSWORD, tell)

    def users(self, role: str) -> list[str]:
        """The users of a role on the server itself."""
        asked = {"roles.role": "dbAdmin" if role == OWNER else f"{self.database}-{role}"}
        found = self.cluster.client.admin.command("usersInfo", filter=asked)["users"]
        return [user["user"].removeprefix(f"{self.database}-") for user in found if self.database in user["user"]]

    def close(self) -> None:
        self.session.close()
        self.door.close()


def email(role: Role) -> str:
    return f"{role.value}@nileclinic.example"


@pytest.fixture(scope="module")
def practice(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(atlas, "_POLL_S", 0.01)
        made = Practice(cluster, tmp_path_factory.mktemp("atlas"))
    yield made
    made.close()


def test_its_place_says_what_the_set_up_asks_for(practice: Practice, cluster: Cluster) -> None:
    assert practice.printed.address == cluster.connection_string
    assert practice.database.startswith("hmsdesk_nile_")
    assert int(practice.version.partition(".")[0]) >= 6
    assert WAITING in practice.told
    assert list(cluster.entries) == [ENTRY]


def test_its_users_lie_in_admin_and_nowhere_else(practice: Practice, cluster: Cluster) -> None:
    own = cluster.client[practice.database]
    assert own.command("usersInfo", 1)["users"] == own.command("rolesInfo", 1)["roles"] == []
    assert practice.users(OWNER) == ["owner"]
    assert practice.users(ENROLMENT) == [f"enrolment-0-{practice.profile.workstation_id}"]
    assert [practice.users(role.value) for role in Role] == [[f"{role.value}-1"] for role in Role]


def test_people_sign_in_and_are_held_to_their_roles_by_the_server(practice: Practice) -> None:
    DEPARTMENTS.create(practice.session, {"code": "CARD", "name": "Cardiology"}, uuid4().hex)
    for role in (Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST):
        session = practice.door.sign_in(email(role), PASSWORD)
        assert session.identity.role is role
        assert [row["code"] for row in DEPARTMENTS.page(session, Query()).rows] == ["CARD"]
        with pytest.raises(NotAllowed), session.server.asked() as database:
            database.departments.insert_one({"code": "DERM"})
        with pytest.raises(NotAllowed), session.server.asked() as database:
            database.audit.find_one()
        session.close()


def test_a_role_is_renewed_under_a_running_session(practice: Practice, cluster: Cluster) -> None:
    session = practice.door.sign_in(email(Role.DOCTOR), PASSWORD)
    watcher = practice.door.watch(session, lambda: practice.door.recheck(session))
    told: list[str] = []
    with practice.owning(told.append) as owner:
        renewing = threading.Thread(target=owner.renew, args=(Role.DOCTOR,), kwargs={"change_over_s": 1.0})
        renewing.start()
        read = 0
        while renewing.is_alive():
            DEPARTMENTS.page(session, Query())
            read += 1
        renewing.join()
    assert read > 5
    DEPARTMENTS.page(session, Query())
    assert session.server.user == "doctor.2"
    assert practice.users("doctor") == ["doctor-2"]
    assert sorted(set(told[:2]), reverse=True) == [WAITING, "Making a new database user: doctor"]
    watcher.close()
    session.close()


def test_a_workstation_is_invited_joins_and_is_shut_out(practice: Practice, tmp_path: Path) -> None:
    with practice.owning() as owner:
        file, code = invite(owner, {"name": "Dispensary", "prefix": "BB"}, tmp_path)
    settings = Settings(home=tmp_path / "second", argon2_mib=64)
    secrets = open_secrets(SecretStore.FILE, settings.folder())
    profile = join(settings, secrets, SecretStore.FILE, file, code)
    assert profile.kind is Kind.ATLAS
    second = Door(settings, profile, secrets, profile.address)
    other = second.sign_in(OWNER_EMAIL, PASSWORD)
    with owning(second, other, PASSWORD) as owner:
        owner.renew(Role.NURSE, change_over_s=0)
    assert practice.users("nurse") == ["nurse-2"]
    station = practice.session.server.database.workstations.find_one({"name": "Dispensary"})["_id"]
    with practice.owning() as owner:
        revoke(owner, station)
    with pytest.raises(CredentialRefused):
        second.sign_in(OWNER_EMAIL, PASSWORD)
    assert practice.users(ENROLMENT) == [f"enrolment-0-{practice.profile.workstation_id}"]
    third = Settings(home=tmp_path / "third", argon2_mib=64)
    with pytest.raises(UserError, match="was revoked"):
        join(third, open_secrets(SecretStore.FILE, third.folder()), SecretStore.FILE, file, code)
    other.close()
    second.close()


def test_a_connection_string_lets_a_client_in_as_the_role(practice: Practice) -> None:
    said = connection_string(practice.door, email(Role.RECEPTIONIST), PASSWORD)
    assert "authSource=admin" in said
    assert f"{practice.database}-receptionist-1:" in said
    with MongoClient(said) as client:
        database = client.get_default_database()
        assert database.name == practice.database
        assert database.departments.count_documents({}) == 1
        with pytest.raises(OperationFailure):
            database.audit.find_one()


def test_the_owner_credential_is_renewed_with_another_key_to_the_api(practice: Practice) -> None:
    before = practice.code
    with practice.owning() as owner:
        old = owner.bundle
        made = renew_ownership(owner, CLIENT_ID, CLIENT_SECRET)
    practice.code = made.recovery_code
    assert made.former_is_gone
    with closing(practice.door.connect(old.user, old.password)) as server, pytest.raises(CredentialRefused):
        server.clock_offset()
    with practice.owning() as owner:
        assert owner.bundle.atlas is not None
        assert (owner.bundle.atlas.key, owner.bundle.atlas.project) == (CLIENT_ID, PROJECT)
        assert owner.users.users_of(OWNER) == [owner.bundle.user]
        owner.renew(Role.PATIENT, change_over_s=0)
    with pytest.raises(InvalidInput):
        recover(practice.door, before, OWNER_EMAIL, PASSWORD)


def test_a_recovery_lets_go_of_the_api(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    really, clients = atlas_users.opened, []

    def opened(*of: Any) -> atlas.Atlas:
        project = really(*of)
        clients.append(project._client)
        return project

    monkeypatch.setattr(atlas_users, "opened", opened)
    practice.code = recover(practice.door, practice.code, OWNER_EMAIL, PASSWORD).recovery_code
    assert [client.is_closed for client in clients] == [True]
    practice.session.close()
    practice.session = practice.door.sign_in(OWNER_EMAIL, PASSWORD)


def test_a_wrong_key_to_the_api_changes_nothing(practice: Practice) -> None:
    with practice.owning() as owner, pytest.raises(UserError, match="does not accept this API key"):
        renew_ownership(owner, PUBLIC_KEY, "wrong")
    with practice.owning() as owner:
        owner.renew(Role.REPRESENTATIVE, change_over_s=0)
    assert practice.users("representative") == ["representative-2"]


def test_what_was_altered_past_the_program_is_mended(practice: Practice, cluster: Cluster) -> None:
    role = f"{practice.database}-nurse"
    before = privileges(cluster, role)
    cluster.client.admin.command("updateRole", role, privileges=[])
    with root(cluster.connection_string) as client:
        client[practice.database].departments.drop_indexes()
    with practice.owning() as owner:
        bring_up_to_date(owner)
    assert privileges(cluster, role) == before
    assert len(cluster.client[practice.database].departments.index_information()) > 1
    assert standing(practice.door) is Standing.CURRENT


def privileges(cluster: Cluster, role: str) -> set[tuple[str, str]]:
    found = cluster.client.admin.command("rolesInfo", role, showPrivileges=True)["roles"][0]["privileges"]
    return {(one["resource"]["collection"], action) for one in found for action in one["actions"]}


def test_an_api_that_does_not_answer_leaves_no_half_made_workstation(practice: Practice, tmp_path: Path) -> None:
    access = practice.place.atlas
    assert access is not None
    with practice.owning() as owner:
        owner.reach_atlas_with(access.model_copy(update={"address": "http://127.0.0.1:9"}))
        with pytest.raises(UserError, match="can't be reached"):
            invite(owner, {"name": "Never", "prefix": "NN"}, tmp_path)
        assert owner.database.workstations.count_documents({"name": "Never"}) == 0


def test_a_cluster_that_lags_too_long_is_told(practice: Practice, cluster: Cluster, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "lag", 10_000)
    with practice.owning() as owner:
        monkeypatch.setattr(owner.users._atlas, "_patience_s", 0.1)
        with pytest.raises(UserError, match="has not finished"):
            owner.renew(Role.LABORATORY, change_over_s=0)
    monkeypatch.setattr(cluster, "lag", 1)
    with practice.owning() as owner:
        owner.renew(Role.LABORATORY, change_over_s=0)
    assert practice.users("laboratory") == ["laboratory-3"]


def test_a_founding_that_was_broken_off_is_begun_anew(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "broken", argon2_mib=64, atlas_address=cluster.address)
    access = checked_access(PROJECT, PUBLIC_KEY, PRIVATE_KEY, settings)
    printed = make_atlas_place(access, "Delta", "", (), lambda _: None)
    place = Place(Kind.ATLAS, printed.address, printed.database, printed.owner_password, atlas=access)
    with closing(Workplace(settings)) as workplace:
        with monkeypatch.context() as patch:
            patch.setattr(founding, "write", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                found_there(workplace, FOUNDING, place)
        founded = found_there(workplace, FOUNDING, place)
        assert founded.profile.kind is Kind.ATLAS
        workplace.door().sign_in(OWNER_EMAIL, PASSWORD).close()
    other = Workplace(Settings(home=tmp_path / "another", argon2_mib=64))
    with closing(other), pytest.raises(UserError, match="holds a practice already"):
        found_there(other, FOUNDING, place)


def test_the_key_to_the_api_lies_nowhere_in_the_clear(practice: Practice, cluster: Cluster) -> None:
    secrets = [PRIVATE_KEY.encode(), CLIENT_SECRET.encode()]
    files = [file.read_bytes() for file in practice.settings.folder().rglob("*") if file.is_file()]
    database = cluster.client[practice.database]
    kept = [bson.encode(row) for name in database.list_collection_names() for row in database[name].find()]
    assert len(files) > 3
    assert len(kept) > 20
    assert not [one for one in files + kept if any(secret in one for secret in secrets)]


def test_a_second_practice_shares_the_project(practice: Practice, cluster: Cluster, tmp_path: Path) -> None:
    other = Practice(cluster, tmp_path / "other")
    with pytest.raises(NotAllowed), other.session.server.asked() as database:
        database.client[practice.database].departments.find_one()
    with other.owning() as owner:
        assert owner.users.users_of("doctor") == ["doctor.1"]
        assert owner.users.users_of(OWNER) == ["owner"]
    other.close()
