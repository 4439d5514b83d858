"""The way back in with the recovery code."""

import pytest

from hmsdesk.controllers.account_news import RoleShutOut, SignedOut
from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.ownership import renew_ownership
from hmsdesk.controllers.readmission import (
    ENROLMENT_ENTRY,
    PRACTICE_ENTRY,
    READMISSION_FILE,
    KeysMissing,
    readmit,
)
from hmsdesk.controllers.recovery import recover
from hmsdesk.controllers.sign_in import Door, WrongPassword
from hmsdesk.database.verification import verify
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.registry import RECORDS
from hmsdesk.security.certificates import State
from hmsdesk.security.credentials import new_code
from hmsdesk.security.permissions import Role
from tests.conftest import OWNER_EMAIL, PASSWORD

OWN = "tin violet harbour sixty"


def refused_at(clinic, code, email=OWNER_EMAIL, password=OWN):
    """The field at which a recovery is refused; the password stays what it was."""
    with pytest.raises(InvalidInput) as refused:
        recover(clinic.door, code, email, password)
    clinic.door.sign_in(OWNER_EMAIL, PASSWORD).close()
    (field,) = refused.value.fields
    return field


@pytest.fixture
def recovered(clinic):
    """Recovers the owner's account, and puts the practice back to what the tests share."""

    def again(email=OWNER_EMAIL, password=OWN):
        clinic.recovery_code = recover(clinic.door, clinic.recovery_code, email, password).recovery_code

    yield again
    again(password=PASSWORD)


def dropped(clinic, user):
    with clinic.past_the_program() as database:
        database.command("dropUser", user)


def given_another_password(clinic, user):
    with clinic.past_the_program() as database:
        database.command("updateUser", user, pwd="somebody else's")


@pytest.mark.parametrize("harm", [dropped, pytest.param(given_another_password, marks=pytest.mark.nightly)])
def test_an_owner_comes_back_in_whose_role_was_shut_out_past_the_program(new_clinic, harm):
    clinic = new_clinic()
    colleague = clinic.hire(Role.ADMINISTRATOR)
    nurse = clinic.credentials()[Role.NURSE]
    harm(clinic, clinic.credentials()[Role.ADMINISTRATOR].user)
    with pytest.raises(RoleShutOut):
        clinic.door.sign_in(OWNER_EMAIL, PASSWORD)
    recover(clinic.door, clinic.recovery_code, OWNER_EMAIL, OWN)
    session = clinic.door.sign_in(OWNER_EMAIL, OWN)
    assert session.identity.role is Role.ADMINISTRATOR
    clinic.door.sign_in(colleague.email, colleague.password).close()
    with owning(clinic.door, session, OWN) as owner:
        assert owner.users.users_of(Role.ADMINISTRATOR.value) == ["administrator.2"]
        # Nobody else had to change over.
        assert owner.users.users_of(Role.NURSE.value) == [nurse.user]
    session.close()


class TestTheCode:
    def test_gives_an_owner_a_new_password_and_everything_that_is_an_owner_s(self, clinic, recovered):
        recovered()
        with pytest.raises(WrongPassword):
            clinic.door.sign_in(OWNER_EMAIL, PASSWORD)
        session = clinic.door.sign_in(OWNER_EMAIL, OWN)
        with owning(clinic.door, session, OWN) as owner:
            owner.create({"name": "Amal", "email": "amal@nileclinic.example"}, [Role.NURSE])
            collections = [record.collection() for record in RECORDS]
            heads = session.chain._heads.read()
            report = verify(owner.database, clinic.door.practice()["public_key"], heads, collections)
        assert report.findings == []
        session.close()

    def test_works_once_and_the_one_it_gives_works_then(self, clinic, recovered):
        used = clinic.recovery_code
        recovered()
        with pytest.raises(InvalidInput) as refused:
            recover(clinic.door, used, OWNER_EMAIL, PASSWORD)
        assert set(refused.value.fields) == {"code"}
        assert clinic.recovery_code != used
        clinic.recovery_code = clinic.recovery_code.lower().replace("-", " ")
        recovered(password=PASSWORD)
        clinic.door.sign_in(OWNER_EMAIL, PASSWORD).close()

    def test_brings_back_an_owner_whom_the_other_one_disabled(self, clinic, recovered):
        partner = clinic.hire(Role.DOCTOR, owner=True)
        clinic.owner.set_state(partner.person, State.DISABLED)
        recovered(partner.email)
        session = clinic.door.sign_in(partner.email, OWN)
        assert session.identity.owner
        session.close()

    def test_signs_the_owner_s_running_program_out(self, clinic, recovered):
        running = clinic.door.sign_in(OWNER_EMAIL, PASSWORD)
        recovered()
        with pytest.raises(SignedOut):
            clinic.door.recheck(running)
        running.close()

    def test_is_in_the_trail_under_the_owner_s_name(self, clinic, recovered):
        recovered()
        with clinic.past_the_program() as database:
            said = {entry["action"] for entry in database.audit.find()}
            assert database.audit.find_one({"action": "reinstate"})["person"] == clinic.administrator.identity.person
        assert {"reinstate", "new recovery code"} <= said


class TestRefused:
    @pytest.mark.parametrize("code", ["", "0", new_code(), "\ud800"], ids=["none", "short", "another", "no text"])
    def test_is_a_wrong_code(self, clinic, code):
        assert refused_at(clinic, code) == "code"

    def test_is_somebody_who_is_no_owner(self, clinic):
        assert refused_at(clinic, clinic.recovery_code, clinic.hire(Role.DOCTOR).email) == "email"

    def test_is_an_e_mail_that_nobody_has(self, clinic):
        assert refused_at(clinic, clinic.recovery_code, "nobody@nileclinic.example") == "email"

    def test_is_who_is_an_owner_in_the_list_and_not_by_certificate(self, clinic):
        somebody = clinic.hire(Role.DOCTOR)
        with clinic.past_the_program() as database:
            database.accounts.update_one({"_id": somebody.person}, {"$set": {"owner": True}})
        assert refused_at(clinic, clinic.recovery_code, somebody.email) == "email"

    def test_is_an_owner_whose_certificate_was_changed(self, clinic):
        somebody = clinic.hire(Role.DOCTOR, owner=True)
        with clinic.past_the_program() as database:
            database.accounts.update_one({"_id": somebody.person}, {"$set": {"certificate.roles": ["solo"]}})
        assert refused_at(clinic, clinic.recovery_code, somebody.email) == "email"

    @pytest.mark.parametrize("weak", ["", "12345678", "Sara El-Masry", "nileclinic.example"])
    def test_is_a_weak_password(self, clinic, weak):
        assert refused_at(clinic, clinic.recovery_code, password=weak) == "password"


class TestALostKeyring:
    """A practice on a single computer: nobody else could enrol it again."""

    def lose(self, made):
        for name in (ENROLMENT_ENTRY, PRACTICE_ENTRY):
            made.secrets.delete(name)

    def door(self, made):
        return Door(made.settings, made.profile, made.secrets, made.address)

    def test_the_recovery_code_puts_the_keys_back(self, new_clinic):
        made = new_clinic()
        self.lose(made)
        with pytest.raises(KeysMissing):
            self.door(made)
        readmit(made.settings.folder(), made.secrets, made.recovery_code.lower())
        door = self.door(made)
        door.sign_in(OWNER_EMAIL, PASSWORD).close()
        door.close()

    def test_a_wrong_code_puts_nothing_back(self, new_clinic):
        made = new_clinic()
        self.lose(made)
        with pytest.raises(InvalidInput) as refused:
            readmit(made.settings.folder(), made.secrets, new_code())
        assert "code" in refused.value.fields
        assert made.secrets.get(PRACTICE_ENTRY) is None

    def test_after_a_new_code_the_old_one_puts_nothing_back(self, new_clinic):
        made = new_clinic()
        with made.owning() as owner:
            code = owner.new_recovery_code().recovery_code
        self.lose(made)
        with pytest.raises(InvalidInput):
            readmit(made.settings.folder(), made.secrets, made.recovery_code)
        readmit(made.settings.folder(), made.secrets, code)
        self.door(made).close()

    @pytest.mark.parametrize("renew", [Owner.new_recovery_code, renew_ownership])
    def test_a_new_code_is_told_though_the_disk_takes_nothing_any_more(self, new_clinic, renew):
        made = new_clinic()
        kept = made.settings.folder() / READMISSION_FILE
        kept.unlink()
        kept.mkdir()
        with made.owning() as owner:
            new = renew(owner)
        assert not new.puts_keys_back
        again = recover(made.door, new.recovery_code, OWNER_EMAIL, OWN)
        assert not again.puts_keys_back
        kept.rmdir()
        assert recover(made.door, again.recovery_code, OWNER_EMAIL, PASSWORD).puts_keys_back

    @pytest.mark.parametrize("renew", [Owner.new_recovery_code, renew_ownership])
    def test_a_new_code_is_told_though_the_keyring_was_locked(self, new_clinic, renew, monkeypatch):
        made = new_clinic()

        def locked(name):
            raise UserError("The keyring does not answer.")

        with made.owning() as owner, monkeypatch.context() as patch:
            patch.setattr(made.secrets, "get", locked)
            new = renew(owner)
        assert not new.puts_keys_back
        assert recover(made.door, new.recovery_code, OWNER_EMAIL, PASSWORD).puts_keys_back

    def test_a_folder_without_what_was_kept_says_so(self, new_clinic):
        made = new_clinic()
        (made.settings.folder() / READMISSION_FILE).unlink()
        with pytest.raises(KeysMissing):
            readmit(made.settings.folder(), made.secrets, made.recovery_code)
