"""A second workstation: invited, joined with a pass and its code, and shut out again."""

import stat
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from bson import ObjectId
from pymongo.errors import OperationFailure

from hmsdesk.controllers import enrolment
from hmsdesk.controllers.account_news import SignedOut
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.enrolment import PASS_MARK, invite, join, revoke
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY, NotEnrolled
from hmsdesk.controllers.sign_in import Door
from hmsdesk.errors import InvalidInput, NotFound, UserError
from hmsdesk.security.bundles import EnrolmentPass
from hmsdesk.security.credentials import open_with_code, seal_with_code
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import ENROLMENT, enrolment_user
from hmsdesk.security.secrets import SECRETS_FILE, open_secrets
from hmsdesk.settings import PROFILE_FILE, Kind, SecretStore, Settings, keep_ca, read_profile
from tests.conftest import OWNER_EMAIL, PASSWORD
from tests.controllers.breaking import BrokenOff, broken_off, every
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def clinic(practices):
    """A practice on a shared server."""
    with practices.one(kind=Kind.SELF_MANAGED) as one:
        yield one


class Computer:
    """Another computer of the clinic."""

    def __init__(self, folder):
        self.settings = Settings(home=folder, argon2_mib=64)
        self.secrets = open_secrets(SecretStore.FILE, self.settings.folder())

    def join(self, invitation, code=None):
        file, right = invitation
        return join(self.settings, self.secrets, SecretStore.FILE, file, right if code is None else code)

    def door(self):
        profile = read_profile(self.settings.folder())
        return Door(self.settings, profile, self.secrets, profile.address)

    @property
    def is_untouched(self):
        kept = [self.secrets.get(name) for name in (PRACTICE_ENTRY, ENROLMENT_ENTRY)]
        return read_profile(self.settings.folder()) is None and kept == [None, None]


@pytest.fixture
def computer(tmp_path):
    return Computer(tmp_path / "second")


@pytest.fixture
def other_computer(tmp_path):
    return Computer(tmp_path / "third")


letters = iter(f"{first}{second}" for first in "BCDEFGH" for second in "ABCDEFGH")


def station(**values):
    return {"name": f"Desk {uuid4().hex[:6]}", "prefix": next(letters)} | values


@pytest.fixture
def invitation(clinic, tmp_path):
    return invite(clinic.owner, station(), tmp_path)


def users(owner):
    return set(owner.users.users_of(ENROLMENT))


def enrolled(owner):
    return {enrolment_user(str(row["_id"])) for row in owner.database.workstations.find({"state": "enrolled"})}


class TestAPass:
    def test_makes_another_computer_a_workstation(self, clinic, computer, invitation):
        profile = computer.join(invitation)
        assert read_profile(computer.settings.folder()) == profile
        assert (profile.fingerprint, profile.database) == (clinic.profile.fingerprint, clinic.database)
        door = computer.door()
        session = door.sign_in(OWNER_EMAIL, PASSWORD)
        assert session.identity.workstation == profile.workstation_id != clinic.profile.workstation_id
        DEPARTMENTS.create(session, {"name": f"Made at {profile.workstation}", "code": "MADE"}, uuid4().hex)
        with clinic.past_the_program() as database:
            entry = database.audit.find_one({"chain": session.chain.id, "collection": "departments"})
        assert entry["workstation"] == profile.workstation_id
        session.close()
        door.close()

    @pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\n"])
    def test_opens_however_its_code_is_typed(self, computer, invitation, typed):
        computer.join(invitation, typed(invitation[1]))

    def test_works_once(self, computer, other_computer, invitation):
        computer.join(invitation)
        with pytest.raises(UserError, match="used already"):
            other_computer.join(invitation)
        assert other_computer.is_untouched
        computer.door().close()

    def test_opens_nothing_on_the_server_once_it_was_used(self, clinic, computer, invitation):
        file, code = invitation
        given = EnrolmentPass.model_validate_json(open_with_code(file.read_bytes().removeprefix(PASS_MARK), code))
        computer.join(invitation)
        credential = Credential(user=given.user, password=given.password)
        with clinic.bare(credential) as client, pytest.raises(OperationFailure, match="Authentication failed"):
            client[clinic.database].practice.find_one()

    @pytest.mark.parametrize("code", ["", "0", "00000-00000-00000-00000-00000-0", "\ud800", "é"])
    def test_does_not_open_with_another_code(self, computer, invitation, code):
        with pytest.raises(UserError, match="does not open"):
            computer.join(invitation, code)
        assert computer.is_untouched

    def test_of_another_practice_does_not_open_with_this_one_s_code(self, computer, invitation, clinic, tmp_path):
        other = invite(clinic.owner, station(), tmp_path)
        with pytest.raises(UserError, match="does not open"):
            computer.join((other[0], invitation[1]))

    @pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:50] + b"x" + b[51:]])
    def test_that_was_damaged_does_not_open(self, computer, invitation, damage):
        file, code = invitation
        file.write_bytes(damage(file.read_bytes()))
        with pytest.raises(UserError, match="does not open"):
            computer.join((file, code))

    def test_that_is_gone_is_told(self, computer, invitation):
        with pytest.raises(UserError, match="can't be read"):
            computer.join((invitation[0].with_name("nowhere"), invitation[1]))

    def test_grows_old(self, clinic, computer, tmp_path, monkeypatch):
        monkeypatch.setattr(enrolment, "VALID", timedelta(seconds=-1))
        with pytest.raises(UserError, match="too old"):
            computer.join(invite(clinic.owner, station(), tmp_path))
        assert computer.is_untouched

    def test_that_leads_to_another_practice_s_server_is_not_followed(self, computer, invitation):
        file, code = invitation
        given = EnrolmentPass.model_validate_json(open_with_code(file.read_bytes().removeprefix(PASS_MARK), code))
        file.write_bytes(
            PASS_MARK + seal_with_code(given.model_copy(update={"fingerprint": "0" * 64}).to_bytes(), code)
        )
        kept = keep_ca(computer.settings, b"of the practice so far")
        with pytest.raises(UserError, match="another practice"):
            computer.join((file, code))
        assert computer.is_untouched
        assert kept.read_bytes() == b"of the practice so far"

    def test_that_was_revoked_opens_nothing(self, clinic, computer, invitation):
        file, code = invitation
        given = EnrolmentPass.model_validate_json(open_with_code(file.read_bytes().removeprefix(PASS_MARK), code))
        with clinic.past_the_program() as database:
            row = database.workstations.find_one({"name": given.workstation})
        revoke(clinic.owner, row["_id"])
        with pytest.raises(UserError, match="used already"):
            computer.join(invitation)

    @pytest.mark.parametrize("content", [b"", b"some other file", PASS_MARK[:5]])
    def test_of_another_kind_is_told_without_a_code(self, computer, invitation, content):
        file, _ = invitation
        file.write_bytes(content)
        with pytest.raises(UserError, match="not a pass"):
            computer.join(invitation)
        assert computer.is_untouched

    def test_is_not_used_up_by_a_keyring_that_takes_nothing(self, computer, other_computer, invitation, monkeypatch):
        def full(name, secret):
            raise UserError("The keyring does not answer.")

        monkeypatch.setattr(computer.secrets, "set", full)
        with pytest.raises(UserError, match="keyring"):
            computer.join(invitation)
        other_computer.join(invitation)


class TestInviting:
    def test_from_a_practice_on_one_computer_alone_is_refused(self, clinic, tmp_path, monkeypatch):
        alone = replace(clinic.profile, kind=Kind.EMBEDDED, address="")
        monkeypatch.setattr(clinic.door, "profile", alone)
        with pytest.raises(UserError, match="this computer alone"):
            invite(clinic.owner, station(), tmp_path)
        assert list(tmp_path.glob("*.hmsdesk-pass")) == []

    @pytest.mark.parametrize(("taken", "field"), [("Reception desk 1", "name"), ("AA", "prefix")])
    def test_what_another_workstation_has_is_refused(self, clinic, tmp_path, taken, field):
        with pytest.raises(InvalidInput) as refused:
            invite(clinic.owner, station(**{field: taken}), tmp_path)
        assert set(refused.value.fields) == {field}

    def test_what_is_refused_leaves_an_earlier_pass_as_it_is(self, clinic, computer, tmp_path):
        wanted = station()
        invitation = invite(clinic.owner, wanted, tmp_path)
        with pytest.raises(InvalidInput):
            invite(clinic.owner, wanted, tmp_path)
        computer.join(invitation)

    def test_into_a_folder_that_takes_no_file_makes_no_workstation(self, clinic, tmp_path):
        wanted = station()
        with pytest.raises(UserError, match="can't be kept"):
            invite(clinic.owner, wanted, tmp_path / "nowhere")
        invite(clinic.owner, wanted, tmp_path)

    @pytest.mark.parametrize("step", [*every(["create", "seal_with_code"]), "write"])
    def test_broken_off_leaves_no_workstation_and_the_next_one_drops_its_user(
        self, clinic, computer, tmp_path, step, monkeypatch
    ):
        wanted = station()
        with clinic.owning() as owner:
            with broken_off(monkeypatch, owner, enrolment, step), pytest.raises(BrokenOff):
                invite(owner, wanted, tmp_path)
            assert list(tmp_path.glob("*.hmsdesk-pass")) == []
            monkeypatch.setattr(enrolment, "_STRAY_AFTER", timedelta())
            invitation = invite(owner, wanted, tmp_path)
            assert users(owner) == enrolled(owner)
        computer.join(invitation)

    def test_leaves_alone_whom_another_owner_is_inviting(self, clinic, tmp_path):
        user = enrolment_user(str(ObjectId()))
        with clinic.owning() as owner:
            owner.users.create({user: ENROLMENT})
            invite(owner, station(), tmp_path)
            assert user in users(owner)
            owner.users.drop([user])

    def test_writes_one_file_in_the_folder_whatever_the_name(self, clinic, tmp_path):
        file, _ = invite(clinic.owner, station(name="../../etc/C:\\x*?"), tmp_path)
        assert file.parent == tmp_path
        assert file.exists()

    def test_writes_a_file_that_only_this_user_reads_and_that_says_nothing(self, clinic, invitation):
        file, code = invitation
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        given = open_with_code(file.read_bytes().removeprefix(PASS_MARK), code)
        for word in (b"enrolment", clinic.database.encode(), b"Nile"):
            assert word in given
            assert word not in file.read_bytes()


class TestRevoking:
    def test_shuts_the_workstation_out_at_once(self, clinic, computer, invitation):
        computer.join(invitation)
        door = computer.door()
        session = door.sign_in(OWNER_EMAIL, PASSWORD)
        out, listening = threading.Event(), threading.Event()

        def on_news():
            try:
                door.recheck(session)
                listening.set()
            except SignedOut:
                out.set()

        watcher = door.watch(session, on_news)
        assert listening.wait(PATIENCE_S)
        with clinic.past_the_program() as database:
            revoke(clinic.owner, database.workstations.find_one({"name": door.profile.workstation})["_id"])
        assert out.wait(PATIENCE_S)
        watcher.close()
        with pytest.raises(NotEnrolled):
            door.sign_in(OWNER_EMAIL, PASSWORD)
        session.close()
        door.close()

    def test_is_told_to_the_computer_with_a_way_back_that_works(self, clinic, computer, invitation, tmp_path):
        computer.join(invitation)
        folder = computer.settings.folder()
        with clinic.past_the_program() as database:
            revoke(clinic.owner, database.workstations.find_one({"name": read_profile(folder).workstation})["_id"])
        door = computer.door()
        with pytest.raises(NotEnrolled, match=f"no longer enrolled.*move {PROFILE_FILE} out of {folder}.*new pass"):
            door.practice()
        door.close()
        (folder / PROFILE_FILE).rename(tmp_path / PROFILE_FILE)
        computer.join(invite(clinic.owner, station(), tmp_path))
        door = computer.door()
        door.sign_in(OWNER_EMAIL, PASSWORD).close()
        door.close()

    def test_leaves_the_others_in(self, clinic, computer, invitation):
        computer.join(invitation)
        with clinic.past_the_program() as database:
            revoked = database.workstations.find_one({"name": read_profile(computer.settings.folder()).workstation})
        revoke(clinic.owner, revoked["_id"])
        nurse = clinic.session(Role.NURSE)
        assert DEPARTMENTS.page(nurse, Query(text="nothing like it")).rows == []
        clinic.door.practice()

    @pytest.mark.parametrize("step", every(["drop", "write"]))
    def test_broken_off_is_ended_by_doing_it_again(self, clinic, computer, invitation, step, monkeypatch):
        computer.join(invitation)
        name = read_profile(computer.settings.folder()).workstation
        with clinic.owning() as owner:
            row = owner.database.workstations.find_one({"name": name})
            with broken_off(monkeypatch, owner, enrolment, step), pytest.raises(BrokenOff):
                revoke(owner, row["_id"])
            revoke(owner, row["_id"])
            assert owner.database.workstations.find_one({"name": name})["state"] == "revoked"
            assert enrolment_user(str(row["_id"])) not in users(owner)

    def test_somebody_unknown_is_told(self, clinic):
        with pytest.raises(NotFound):
            revoke(clinic.owner, clinic.administrator.identity.person)


def test_what_a_workstation_keeps_is_its_user_s_alone(computer, invitation):
    computer.join(invitation)
    folder = computer.settings.folder()
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert SECRETS_FILE in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
