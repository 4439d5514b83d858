"""A practice's first hour."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.controllers.founding import Founding, Place, database_name, found
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.database.audit import Heads
from hmsdesk.database.connection import CredentialRefused
from hmsdesk.database.verification import verify
from hmsdesk.errors import InvalidInput
from hmsdesk.models.registry import RECORDS
from hmsdesk.security.permissions import Role
from hmsdesk.security.secrets import SECRETS_FILE, open_secrets
from hmsdesk.security.signing import fingerprint
from hmsdesk.settings import Kind, SecretStore, Settings, read_profile
from tests.conftest import OWNER_EMAIL, PASSWORD


def founding(**changed):
    values = {
        "practice": {"name": "Nile Family Clinic", "country": "EG"},
        "owner_name": "Sara El-Masry",
        "owner_email": OWNER_EMAIL,
        "owner_password": PASSWORD,
        "solo": False,
        "secret_store": SecretStore.FILE,
    }
    return Founding(**(values | changed))


def collections():
    return [record.collection() for record in RECORDS]


def granted(role):
    """What a role has, in no order."""
    privileges = {(one["resource"]["collection"], action) for one in role["privileges"] for action in one["actions"]}
    return privileges, {inherited["role"] for inherited in role["roles"]}


class TestAPractice:
    def test_has_a_trail_that_holds_from_its_first_entry(self, clinic):
        heads = Heads(clinic.settings.folder()).read()
        report = verify(clinic.owner.database, clinic.door.practice()["public_key"], heads, collections())
        assert report.findings == []
        assert report.entries > 3
        assert report.records >= 3

    def test_is_pinned_by_the_fingerprint_of_its_key(self, clinic):
        assert clinic.profile.fingerprint == fingerprint(clinic.owner.practice_keys.public.sign)
        assert read_profile(clinic.settings.folder()) == clinic.profile

    def test_has_a_credential_for_each_role(self, clinic):
        with clinic.past_the_program() as database:
            sealed = {one["role"] for one in database.practice.find_one()["credentials"]}
        assert sealed == {role.value for role in Role}

    def test_has_one_owner_who_works_as_an_administrator(self, clinic):
        identity = clinic.administrator.identity
        assert (identity.role, identity.owner) == (Role.ADMINISTRATOR, True)

    def test_of_one_doctor_has_one_who_does_everything(self, new_clinic):
        identity = new_clinic(solo=True).administrator.identity
        assert (identity.role, identity.owner) == (Role.SOLO, True)

    def test_is_brought_up_to_date_without_losing_anybody(self, clinic):
        nurse = clinic.session(Role.NURSE)
        with clinic.past_the_program() as database:
            before = {row["role"]: row for row in database.command("rolesInfo", 1, showPrivileges=True)["roles"]}
            of_nurses = {"resource": {"db": clinic.database, "collection": "audit"}, "actions": ["find", "remove"]}
            database.command("grantPrivilegesToRole", "nurse", privileges=[of_nurses])
            of_patients = {"resource": {"db": clinic.database, "collection": "audit"}, "actions": ["insert"]}
            database.command("revokePrivilegesFromRole", "patient", privileges=[of_patients])
            database.command("revokeRolesFromRole", "solo", roles=["doctor"])
            database.command("grantRolesToRole", "patient", roles=["nurse"])
            bring_up_to_date(clinic.owner)
            after = {row["role"]: row for row in database.command("rolesInfo", 1, showPrivileges=True)["roles"]}
        assert {name: granted(row) for name, row in after.items()} == {
            name: granted(row) for name, row in before.items()
        }
        clinic.door.recheck(nurse)
        assert nurse.server.user == "nurse.1"

    def test_leaves_files_that_are_its_user_s_alone(self, clinic):
        folder = clinic.settings.folder()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
        assert SECRETS_FILE in modes
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


class TestRefused:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"owner_password": "12345678"}, "owner_password"),
            ({"owner_password": "Nile Family Clinic"}, "owner_password"),
            ({"owner_password": "Sara El-Masry"}, "owner_password"),
            ({"owner_name": ""}, "owner_name"),
            ({"owner_name": "Sara\u202eEl-Masry"}, "owner_name"),
            ({"owner_email": "sara"}, "owner_email"),
            ({"workstation": "x" * 10_000}, "workstation"),
            ({"patient_prefix": "B1"}, "prefix"),
            ({"practice": {"name": "", "country": "EG"}}, "name"),
            ({"practice": {"name": "Nile", "country": "Atlantis"}}, "country"),
        ],
    )
    def test_is_what_is_wrong_and_nothing_is_made(self, server_address, tmp_path, changed, field):
        settings, database = Settings(home=tmp_path), database_name("refused")
        secrets = open_secrets(SecretStore.FILE, tmp_path)
        with pytest.raises(InvalidInput) as refused:
            found(founding(**changed), settings, secrets, Place(Kind.EMBEDDED, server_address, database, "nobody's"))
        assert field in refused.value.fields
        assert list(tmp_path.iterdir()) == []

    def test_is_a_wrong_owner_s_password_and_no_profile_is_left(self, server_address, tmp_path):
        settings, database = Settings(home=tmp_path), database_name("refused")
        secrets = open_secrets(SecretStore.FILE, tmp_path)
        with pytest.raises(CredentialRefused):
            found(founding(), settings, secrets, Place(Kind.EMBEDDED, server_address, database, "wrong"))
        assert read_profile(tmp_path) is None
        assert [secrets.get(name) for name in (PRACTICE_ENTRY, ENROLMENT_ENTRY)] == [None, None]


@given(st.text(max_size=300))
def test_a_practice_of_any_name_gets_a_database_name_that_servers_take(name):
    made = database_name(name)
    assert len(made) < 64
    assert made.startswith("hmsdesk_")
    assert all(letter.isascii() and (letter.isalnum() or letter == "_") for letter in made)
    assert made != database_name(name)
