"""A server that somebody named is tried: what is wrong with it is told as what it is."""

import shutil
import socket

import pytest
from pymongo import MongoClient
from pymongo.errors import ConfigurationError
from pymongo.hello import Hello
from pymongo.server_description import ServerDescription
from pymongo.topology_description import TOPOLOGY_TYPE, TopologyDescription

from hmsdesk.controllers.provisioning import checked_place, make_place, try_place
from hmsdesk.database import trial
from hmsdesk.database.connection import Server
from hmsdesk.errors import InvalidInput, Unreachable, UserError
from hmsdesk.settings import Kind, Settings
from tests.certificates import greeting, make_authority, make_certificate
from tests.conftest import root
from tests.plain_server import patiently, running, with_tls

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
PATIENCE_S = 1.5
DATABASE = "hmsdesk_trial"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def authority(folder):
    return make_authority(folder)


@pytest.fixture(scope="module")
def encrypted(folder, authority):
    """The port of a server with a certificate that is good for localhost."""
    with running(folder, *with_tls(make_certificate(folder), authority)) as port:
        yield port


@pytest.fixture(scope="module")
def plain(folder):
    """The port of a server as it comes: no replica set, no TLS, no passwords."""
    with running(folder) as port:
        yield port


def told(address, ca=None, user="", password=""):
    """What the trial says, and what a signed-in program would say in its place."""
    server = Server(address, DATABASE, Kind.SELF_MANAGED, PATIENCE_S, user, password, ca=ca)
    try:
        with pytest.raises(UserError) as refused:
            trial.examine(server, Kind.SELF_MANAGED)
    finally:
        server.close()
    return refused.value


def told_while_working(address, ca):
    server = Server(address, DATABASE, Kind.SELF_MANAGED, PATIENCE_S, ca=ca)
    try:
        with pytest.raises(Unreachable) as refused, server.asked() as database:
            database.practice.find_one()
    finally:
        server.close()
    return refused.value


@needs_openssl
class TestACertificate:
    def test_of_an_unknown_authority_is_told(self, encrypted, tmp_path):
        address, other = f"mongodb://localhost:{encrypted}/", make_authority(tmp_path)
        assert told(address, other).title == "The server's certificate is not trusted."
        assert told_while_working(address, other).title == "The server's certificate is not trusted."

    def test_of_one_s_own_authority_is_not_known_to_the_system(self, encrypted):
        assert told(f"mongodb://localhost:{encrypted}/?tls=true").title == "The server's certificate is not trusted."

    @pytest.mark.parametrize("names", ["DNS:db1.clinic.lan", "IP:192.0.2.7"])
    def test_for_another_name_is_told(self, folder, authority, names):
        with running(folder, *with_tls(make_certificate(folder, "other", names), authority)) as port:
            for host in ("localhost", "127.0.0.1"):
                address = f"mongodb://{host}:{port}/"
                assert told(address, authority).title == "The server's certificate is for another name."
                assert told_while_working(address, authority).title == "The server's certificate is for another name."

    def test_that_has_expired_is_told(self, folder, authority, tmp_path):
        late = tmp_path / "late"
        shutil.copytree(folder, late, ignore=lambda _, names: [name for name in names if not name.startswith("ca.")])
        with greeting(make_certificate(late, days=-1)) as port:
            address = f"mongodb://localhost:{port}/"
            assert told(address, authority).title == "The server's certificate is not valid today."
            assert told_while_working(address, authority).title == "The server's certificate is not valid today."

    def test_of_an_authority_that_has_expired_is_told_as_that(self, tmp_path):
        over = make_authority(tmp_path, days=-1)
        with greeting(make_certificate(tmp_path)) as port:
            refused = told(f"mongodb://localhost:{port}/", over)
        assert refused.title == "The server's certificate is not valid today."
        assert "the authority that made it has expired" in refused.message

    def test_is_asked_of_a_server_that_has_none(self, plain, authority):
        address = f"mongodb://localhost:{plain}/"
        assert told(address, authority).title == "The server does not speak TLS."
        assert told_while_working(address, authority).title == "The server does not speak TLS."

    def test_is_what_a_server_shows_that_takes_nothing_unencrypted(self, encrypted):
        assert told(f"mongodb://localhost:{encrypted}/").title == "The server ends the connection at once."

    def test_is_not_blamed_for_a_server_that_is_frozen(self, authority):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"mongodb://localhost:{silent.getsockname()[1]}/"
            assert told(address, authority).title == "The server can't be reached."
            assert told_while_working(address, authority).title == "The clinic's server does not answer."


class TestAServer:
    def test_that_is_too_old_for_the_program_is_told(self):
        for version in ("4.4.29", "5.0.31"):
            with pytest.raises(UserError, match="This server is too old") as refused:
                trial._check_version(version)
            assert version in refused.value.message
        trial._check_version("6.0.0")
        trial._check_version("10.1.0")

    def test_that_is_too_old_for_the_driver_is_told(self):
        hello = Hello({"ok": 1, "isWritablePrimary": True, "minWireVersion": 0, "maxWireVersion": 6})
        member = ServerDescription(("db1", 27017), hello)
        found = TopologyDescription(TOPOLOGY_TYPE.Single, {member.address: member}, None, None, None, None)
        with pytest.raises(ConfigurationError) as incompatible:
            found.check_compatible()
        assert trial.failure(incompatible.value).title == "This server is too old."

    def test_that_is_no_replica_set_is_told(self, plain):
        assert told(f"mongodb://localhost:{plain}/").title == "This server is not part of a replica set."

    def test_that_lets_in_everybody_is_refused(self, folder):
        with running(folder, "--replSet", "rs0") as port:
            address = f"mongodb://127.0.0.1:{port}/?directConnection=true"
            with MongoClient(address) as client:
                member = {"_id": 0, "host": f"127.0.0.1:{port}"}
                patiently(client, "replSetInitiate", {"_id": "rs0", "members": [member]})
                patiently(client, "createUser", "sees-to-it", pwd="sees-to-it", roles=["root"])
                client[DATABASE].command("createUser", "owner", pwd="owner", roles=["dbOwner"])
            assert told(address, None, "owner", "owner").title == "This server lets in everybody."

    def test_whose_port_is_closed_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        assert told(f"mongodb://127.0.0.1:{port}/").title == "Nothing answers at this address."

    def test_whose_name_nobody_knows_is_told_beside_the_address(self):
        refused = told("mongodb://db1.nowhere.invalid/")
        assert isinstance(refused, InvalidInput)
        assert refused.fields["address"].startswith("No such name is known")

    def test_that_knows_another_password_is_told_beside_it(self, server_address):
        refused = told(server_address, None, "owner", "wrong")
        assert isinstance(refused, InvalidInput)
        assert "password" in refused.fields["owner_password"]

    def test_where_one_may_not_found_a_practice_is_told(self, server_address):
        with root(server_address) as client:
            client[DATABASE].command("createUser", "guest", pwd="guest", roles=["readWrite"])
        try:
            assert told(server_address, None, "guest", "guest").title == "This user does not own the database."
        finally:
            with root(server_address) as client:
                client[DATABASE].command("dropUser", "guest")

    def test_where_one_may_not_make_a_place_is_told(self, server_address):
        scheme, _, rest = server_address.partition("://")
        with root(server_address) as client:
            client.admin.command("createUser", "reader", pwd="reader", roles=["read"])
        try:
            with pytest.raises(UserError, match="This user may not make a practice's place"):
                make_place(f"{scheme}://reader@{rest}&authSource=admin", "Nile", "reader", Settings())
        finally:
            with root(server_address) as client:
                client.admin.command("dropUser", "reader")

    def test_that_is_right_tells_its_version(self, server_address):
        scheme, _, rest = server_address.partition("://")
        database, password = make_place(f"{scheme}://tests@{rest}&authSource=admin", "Nile", "tests", Settings())
        assert int(try_place(checked_place(server_address, database, password)).partition(".")[0]) >= 6


@pytest.mark.parametrize("option", ["tlsCAFile=/etc/ca.pem", "TLSInsecure=true", "ssl=false", "tlsAllowInvalidHosts=1"])
def test_an_address_says_nothing_of_the_encryption(option):
    with pytest.raises(InvalidInput, match=f"Leave out {option.partition('=')[0]}"):
        trial.checked_address(f"mongodb://db1.clinic.lan/?replicaSet=clinic&{option}")
    good = "mongodb://db1.clinic.lan/?replicaSet=clinic&tls=true"
    assert trial.checked_address(good) == good
