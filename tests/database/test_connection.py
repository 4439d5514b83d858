"""What the server's failures mean to a person, and that they tell nothing of what was to be written."""

import traceback
from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.errors import OperationFailure

from hmsdesk.database.connection import Closed, CredentialRefused, Server, encryption, translation
from hmsdesk.errors import InvalidInput, NotAllowed, Unreachable, UserError
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import Role
from tests.waiting import PATIENCE_S

SECRET = "Amal Fawzy, 0100 555 0112"


@pytest.fixture
def server(clinic):
    return clinic.session(Role.RECEPTIONIST).server


def connect(clinic, credential, **changed):
    options = {"address": clinic.address, "timeout_s": PATIENCE_S} | changed
    return Server(
        database=clinic.database,
        kind=clinic.profile.kind,
        user=credential.user,
        password=credential.password,
        **options,
    )


def told(failed):
    """Everything a report of the failure would show."""
    return "".join(traceback.format_exception(failed.value)) + repr(failed.value.args)


class TestAFailure:
    def test_to_be_let_in_is_told(self, clinic):
        server = connect(clinic, Credential(user="nurse.1", password="guessed"))
        with pytest.raises(CredentialRefused):
            server.clock_offset()
        server.close()

    def test_to_reach_the_server_is_told(self, clinic, tmp_path):
        nowhere = f"mongodb://{str(tmp_path).replace('/', '%2F')}%2Fno.sock"
        server = connect(clinic, clinic.enrolment(), address=nowhere, timeout_s=0.2)
        with pytest.raises(Unreachable):
            server.clock_offset()
        server.close()

    def test_for_want_of_a_right_is_told_without_the_question(self, server):
        with pytest.raises(NotAllowed) as failed, server.asked() as database:
            database.audit.find_one({"name": SECRET})
        assert SECRET not in told(failed)

    def test_by_the_validator_is_told_without_the_record(self, server):
        with pytest.raises(UserError, match="refused this record") as failed, server.asked() as database:
            database.patients.insert_one({"name": SECRET})
        assert SECRET not in told(failed)

    def test_for_want_of_an_index_is_told_as_what_an_older_program_left(self, server):
        with pytest.raises(UserError, match="older program"), server.asked() as database:
            list(database.patients.find({"name": SECRET}, hint="an index that is declared since"))

    def test_because_another_has_it_is_told_at_the_field(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        row = clinic.owner.database.accounts.find_one({"_id": somebody.person}, {"_id": 0})
        with pytest.raises(InvalidInput) as failed, clinic.owner.session.server.asked() as database:
            database.accounts.insert_one(row)
        assert set(failed.value.fields) == {"email"}
        assert somebody.email not in told(failed)

    @pytest.mark.parametrize(
        "question",
        [
            lambda database: database.departments.find_one({"$nothing": SECRET}),
            lambda database: list(database.departments.aggregate([{"$project": {"x": {"$add": [SECRET, 1]}}}])),
            lambda database: database.patients.update_one({"_id": 1}, {"$inc": {"name": SECRET}}),
        ],
        ids=["no such operator", "no sum", "no number"],
    )
    def test_that_nobody_can_mend_stays_the_driver_s_and_tells_its_code_alone(self, server, question):
        with pytest.raises(OperationFailure) as failed, server.asked() as database:
            question(database)
        assert failed.value.code
        assert SECRET not in told(failed)

    def test_after_the_end_is_told_at_once(self, clinic):
        server = connect(clinic, clinic.enrolment())
        server.close()
        server.close()
        with pytest.raises(Closed):
            server.clock_offset()
        with pytest.raises(Closed), server.transacting():
            pass


def test_the_server_s_clock_is_the_reference(server):
    assert abs(server.clock_offset()) < timedelta(seconds=PATIENCE_S)


@pytest.mark.parametrize(
    ("address", "encrypted"),
    [
        ("mongodb://%2Frun%2Fm.sock/?replicaSet=rs0", False),
        ("mongodb://127.0.0.1:27017/", False),
        ("mongodb://[::1]:27017/", False),
        ("mongodb://localhost,127.0.0.1/", False),
        ("mongodb://clinic-server/", True),
        ("mongodb://clinic-server/?tls=false", True),
        ("mongodb://localhost,clinic-server/", True),
        ("mongodb://localhost.elsewhere.example/", True),
        ("mongodb+srv://cluster.example/", True),
    ],
)
def test_what_goes_over_a_wire_is_encrypted_whatever_the_address_says(address, encrypted):
    assert encryption(address, None) == ({"tls": True} if encrypted else {})
    assert encryption(address, Path("ca.pem")) == {"tls": True, "tlsCAFile": "ca.pem"}


def test_no_server_can_ask_for_a_weaker_way_to_prove_a_password(clinic):
    server = connect(clinic, clinic.enrolment())
    assert server.client.options.pool_options._credentials.mechanism == "SCRAM-SHA-256"
    server.close()


def test_a_server_that_was_just_started_and_has_no_keys_yet_does_not_answer():
    found = translation(OperationFailure("Cache Reader No keys found for HMAC", 211))
    assert isinstance(found, Unreachable)
