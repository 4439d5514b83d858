"""A practice on three servers of its own, over TLS: founded, signed in to, joined by a second workstation."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.backing_up import back_up, lock_of, opened_backup
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.enrolment import invite, join, revoke
from hmsdesk.controllers.operators import connection_string
from hmsdesk.controllers.provisioning import checked_place, make_place
from hmsdesk.controllers.restoring import Restoring, Telling, restore
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database import provision
from hmsdesk.database.connection import CredentialRefused, Server
from hmsdesk.database.session import Session
from hmsdesk.database.users import ServerUsers
from hmsdesk.errors import NotAllowed, Unreachable, UserError
from hmsdesk.security.permissions import Role, collections
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import Kind, SecretStore, Settings, read_profile
from tests.backing_up import PASSPHRASE
from tests.certificates import make_authority
from tests.controllers.three_nodes import ADMINISTRATOR, EMAIL, PASSWORD, Practice, ThreeNodes, three_nodes
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeNodes]:
    with three_nodes(tmp_path_factory.mktemp("nodes")) as running:
        yield running


@pytest.fixture(scope="module")
def practice(nodes: ThreeNodes, tmp_path_factory: pytest.TempPathFactory) -> Practice:
    return Practice(nodes, tmp_path_factory.mktemp("first"))


@pytest.fixture
def door(practice: Practice) -> Iterator[Door]:
    opened = practice.door()
    yield opened
    opened.close()


@pytest.fixture
def session(door: Door) -> Iterator[Session]:
    opened = door.sign_in(EMAIL, PASSWORD)
    yield opened
    opened.server.close()


def test_a_practice_is_founded_on_servers_of_ones_own(practice: Practice, session: Session) -> None:
    assert read_profile(practice.settings.folder()) == practice.profile
    assert practice.profile.kind is Kind.SELF_MANAGED
    assert session.identity.role is Role.ADMINISTRATOR
    status = session.server.client.admin.command("hello")
    assert len(status["hosts"]) == 3


def test_every_node_holds_what_was_written(practice: Practice, session: Session) -> None:
    DEPARTMENTS.create(session, {"code": "CARD", "name": "Cardiology"}, uuid4().hex)
    for host in practice.nodes.hosts:
        with practice.nodes.administrator_of(host) as client:
            kept = client.get_database(practice.database).departments
            assert until(lambda kept=kept: kept.count_documents({"name": "Cardiology"}) == 1), host


def test_work_goes_on_when_the_primary_steps_down(practice: Practice, session: Session) -> None:
    with practice.nodes.administrator() as administrator:
        before = administrator.admin.command("hello")["primary"]
        administrator.admin.command("replSetStepDown", 300, secondaryCatchUpPeriodSecs=60)
        DEPARTMENTS.create(session, {"code": "DERM", "name": "Dermatology"}, uuid4().hex)
        assert administrator.admin.command("hello")["primary"] != before


def test_the_servers_refuse_what_is_not_encrypted(practice: Practice) -> None:
    server = Server(practice.nodes.address, practice.database, Kind.SELF_MANAGED, timeout_s=1)
    with pytest.raises(Unreachable):
        server.clock_offset()
    server.close()


def test_a_server_with_another_authoritys_certificate_is_not_believed(practice: Practice, tmp_path: Path) -> None:
    other = make_authority(tmp_path)
    server = Server(practice.nodes.address, practice.database, Kind.SELF_MANAGED, timeout_s=1, ca=other)
    with pytest.raises(Unreachable, match="The server's certificate is not trusted"):
        server.clock_offset()
    server.close()


@pytest.mark.parametrize(
    ("address", "encrypted"),
    [
        ("mongodb://db1.clinic.example,db2.clinic.example/?replicaSet=clinic&tls=false", True),
        ("mongodb://127.0.0.1,db2.clinic.example/?replicaSet=clinic", True),
        ("mongodb://192.168.1.10", True),
        ("mongodb://127.0.0.1:27017/?replicaSet=rs0", False),
        ("mongodb://%2Frun%2Fhmsdesk%2Fm.sock/?replicaSet=rs0", False),
    ],
)
def test_nothing_leaves_this_machine_unencrypted(address: str, *, encrypted: bool) -> None:
    server = Server(address, "practice", Kind.SELF_MANAGED, timeout_s=1)
    assert (server.client.options.pool_options._ssl_context is not None) is encrypted
    server.close()


def test_a_backup_is_restored_into_another_place_on_them(
    practice: Practice, door: Door, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    with owning(door, session, PASSWORD) as owner:
        back_up(owner, file, lock_of(owner, PASSPHRASE))
    nodes, settings = practice.nodes, Settings(home=tmp_path / "home", argon2_mib=64, server_timeout_s=PATIENCE_S)
    uri = f"{nodes.address.replace('://', f'://{ADMINISTRATOR}@')}&authSource=admin"
    database, password = make_place(uri, "Nile", nodes.password, settings, str(nodes.authority))
    place = checked_place(nodes.address, database, password, str(nodes.authority))
    with closing(Workplace(settings)) as workplace:
        asked = Restoring(file=file, workstation="Desk of the new house", prefix="NH", secret_store=SecretStore.FILE)
        restored = restore(workplace, asked, opened_backup(file, PASSPHRASE), place, Telling())
        assert restored.report.holds
        assert (settings.folder() / "ca.pem").exists()
        workplace.door().sign_in(EMAIL, PASSWORD).close()
        assert read_profile(settings.folder()).database == database != practice.database


def test_a_second_workstation_joins_with_pass_and_code_and_is_shut_out_again(
    practice: Practice, door: Door, session: Session, tmp_path: Path
) -> None:
    with owning(door, session, PASSWORD) as owner:
        file, code = invite(owner, {"name": "Dispensary", "prefix": "BB"}, tmp_path)
    settings = Settings(home=tmp_path / "second", argon2_mib=64, server_timeout_s=PATIENCE_S)
    secrets = open_secrets(SecretStore.FILE, settings.folder())
    profile = join(settings, secrets, SecretStore.FILE, file, code)
    kept = settings.folder() / "ca.pem"
    assert kept.read_bytes().strip() == practice.nodes.authority.read_bytes().strip()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    second = Door(settings, profile, secrets, profile.address)
    try:
        second.sign_in(EMAIL, PASSWORD).server.close()
        with pytest.raises(UserError, match="used already"):
            join(settings, secrets, SecretStore.FILE, file, code)
        with owning(door, session, PASSWORD) as owner:
            station = owner.database.workstations.find_one({"name": "Dispensary"})["_id"]
            revoke(owner, station)
        with pytest.raises((CredentialRefused, NotAllowed)):
            second.sign_in(EMAIL, PASSWORD)
    finally:
        second.close()


def test_the_connection_string_leads_in_as_the_program_goes(practice: Practice, door: Door) -> None:
    with MongoClient(connection_string(door, EMAIL, PASSWORD)) as client:
        assert client.get_default_database().practice.count_documents({}) == 1


def test_who_signs_in_is_told_that_the_certificate_is_another_authority_s(practice: Practice, tmp_path: Path) -> None:
    home = shutil.copytree(practice.settings.folder(), tmp_path / "home")
    (home / "ca.pem").write_bytes(make_authority(tmp_path).read_bytes())
    settings = Settings(home=home, argon2_mib=64, server_timeout_s=1.5)
    door = Door(settings, practice.profile, open_secrets(SecretStore.FILE, home), practice.profile.address)
    with pytest.raises(Unreachable, match="The server's certificate is not trusted"):
        door.sign_in(EMAIL, PASSWORD)
    door.close()


def test_a_damaged_authority_is_told(practice: Practice) -> None:
    file = practice.settings.folder() / "ca.pem"
    good = file.read_bytes()
    file.write_bytes(b"-----BEGIN CERTIFICATE-----\nnothing\n")
    with pytest.raises(UserError, match="The clinic's own certificate can't be used"):
        practice.door()
    file.write_bytes(good)


def test_practices_on_one_cluster_can_not_see_each_other(practice: Practice, tmp_path: Path) -> None:
    other = Practice(practice.nodes, tmp_path / "other", "Delta Dental")
    owner = other.owner()
    try:
        assert owner.client[other.database].accounts.count_documents({}) == 1
        for refused in (
            lambda: owner.client[practice.database].accounts.count_documents({}),
            lambda: owner.client.admin.command("createUser", "spy", pwd="spy-spy-spy", roles=["root"]),
            lambda: owner.client[other.database].command(
                "createUser", "spy", pwd="spy-spy-spy", roles=[{"role": "read", "db": practice.database}]
            ),
        ):
            with pytest.raises(OperationFailure) as failure:
                refused()
            assert failure.value.code == 13
    finally:
        owner.close()


def test_the_owner_that_atlas_allows_can_do_all_but_roles(practice: Practice) -> None:
    """On Atlas the owner has readWrite and dbAdmin in the practice's database; roles and users are the API's."""
    database = "hmsdesk_as_on_atlas"
    with practice.nodes.administrator() as administrator:
        administrator[database].command("createUser", "owner", pwd="owner-owner", roles=["readWrite", "dbAdmin"])
    nodes = practice.nodes
    server = Server(nodes.address, database, Kind.SELF_MANAGED, PATIENCE_S, "owner", "owner-owner", ca=nodes.authority)
    try:
        with pytest.raises(NotAllowed):
            provision.provision(server.database, ServerUsers(server.database))
        assert set(collections()) <= set(server.database.list_collection_names())
        validated = {c["name"] for c in server.database.list_collections() if c["options"].get("validator")}
        assert validated == set(provision.validators())
        assert all(len(server.database[name].index_information()) > 1 for name in provision.indexes())
    finally:
        server.close()
