"""What is believed of an account that was changed past the program, and what a stolen database gives away."""

from dataclasses import replace

import bson
import pytest

from hmsdesk.controllers.account_news import SignedOut
from hmsdesk.controllers.sign_in import NewPasswordNeeded, WrongPassword
from hmsdesk.database import directory
from hmsdesk.database.verification import verify
from hmsdesk.errors import UserError
from hmsdesk.security import seals
from hmsdesk.security.certificates import certified, succession
from hmsdesk.security.credentials import CannotOpen, Keys, new_secret
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD

OWN = "tin violet harbour sixty"


def signing_keys(clinic):
    return directory.signing_keys(clinic.owner.database, clinic.door.practice()["public_key"])


def sealed(clinic, certificate, keys, password=OWN):
    """A seal where the program looks for the password's: made by somebody who has the practice's secret."""
    secret = clinic.door.practice_secret()
    return seals.seal(certificate, keys, seals.lock(password, secret, certificate.keys.sign, certificate.mib))


@pytest.fixture(scope="module")
def neighbour(practices):
    """Another practice on the same server."""
    with practices.one() as other:
        yield other


class TestPastTheProgram:
    """What somebody with every right on the database, but without the practice's key, can do to accounts."""

    @pytest.fixture
    def victim(self, clinic):
        return clinic.hire(Role.NURSE)

    @pytest.fixture
    def accounts(self, clinic):
        with clinic.past_the_program() as database:
            yield database.accounts

    def refused(self, clinic, email, password=PASSWORD):
        clinic.door.throttle.succeeded(email)
        with pytest.raises(WrongPassword):
            clinic.door.sign_in(email, password)
        clinic.door.throttle.succeeded(email)

    def test_roles_written_beside_the_certificate_change_nothing(self, clinic, victim, accounts):
        accounts.update_one({"_id": victim.person}, {"$set": {"roles": ["administrator"], "owner": True}})
        session = clinic.door.sign_in(victim.email, PASSWORD, Role.ADMINISTRATOR)
        assert (session.identity.role, session.identity.owner) == (Role.NURSE, False)
        session.close()

    @pytest.mark.parametrize(
        "change",
        [
            {"certificate.roles": ["administrator"]},
            {"certificate.owner": True},
            {"certificate.serial": 7},
            {"certificate.disabled": True},
            {"certificate.box": bytes(32)},
            {"certificate.sign": bytes(Keys.generate().public.sign)},
            {"certificate.past": [bytes(32)]},
            {"certificate": {}},
            {"signature": bytes(64)},
            {"signature": b""},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_a_changed_certificate_is_believed_by_nobody(self, clinic, victim, accounts, change):
        session = clinic.door.sign_in(victim.email, PASSWORD)
        accounts.update_one({"_id": victim.person}, {"$set": change})
        self.refused(clinic, victim.email)
        with pytest.raises(SignedOut):
            clinic.door.recheck(session)
        assert victim.person in signing_keys(clinic).untrusted
        with pytest.raises(UserError, match="past the program"):
            clinic.owner.set_roles(victim.person, [Role.NURSE])
        session.close()

    def test_a_key_slipped_in_with_another_practice_s_word_is_believed_by_nobody(self, clinic, victim, accounts):
        own = Keys.generate()
        before = directory.look_up(accounts.database, clinic.door.practice()["public_key"], {"_id": victim.person})
        forged = type(before.certificate)(**{**before.certificate.__dict__, "keys": own.public})
        accounts.update_one({"_id": victim.person}, {"$set": certified(Keys.generate(), forged)})
        accounts.database.seals.insert_one(sealed(clinic, forged, own))
        self.refused(clinic, victim.email, OWN)
        self.refused(clinic, victim.email)

    def test_somebody_else_s_seal_opens_nothing_here(self, clinic, victim, accounts):
        thief, seals = clinic.hire(Role.PATIENT), accounts.database.seals
        stolen = seals.find_one({"person": thief.person})
        own = seals.find_one({"person": victim.person})
        seals.replace_one({"_id": own["_id"]}, stolen | {"_id": own["_id"], "person": victim.person})
        self.refused(clinic, victim.email)
        clinic.door.sign_in(thief.email, PASSWORD).close()

    def test_keys_of_one_s_own_under_a_password_of_one_s_own_open_nothing(self, clinic, victim, accounts):
        own = Keys.generate()
        certificate = directory.look_up(accounts.database, clinic.door.practice()["public_key"], {"_id": victim.person})
        accounts.database.seals.insert_one(sealed(clinic, certificate.certificate, own))
        self.refused(clinic, victim.email, OWN)

    def test_nobody_else_sets_what_trying_a_password_costs(self, clinic, victim, accounts, stretched):
        accounts.update_one({"_id": victim.person}, {"$set": {"certificate.mib": 1024}})
        self.refused(clinic, victim.email)
        assert 1024 not in stretched

    def test_an_account_of_another_practice_is_nobody_here(self, clinic, neighbour, accounts):
        stranger = neighbour.hire(Role.ADMINISTRATOR, owner=True)
        with neighbour.past_the_program() as theirs:
            accounts.insert_one(theirs.accounts.find_one({"_id": stranger.person}))
            accounts.database.seals.insert_one(theirs.seals.find_one({"person": stranger.person}))
        self.refused(clinic, stranger.email)

    def test_a_forged_successor_is_not_followed(self, clinic):
        new = clinic.hire(Role.NURSE, temporary=True)
        thief = Keys.generate()
        with clinic.past_the_program() as database:
            key = clinic.door.practice()["public_key"]
            certificate = directory.look_up(database, key, {"_id": new.person}).certificate
            database.successions.insert_one(succession(thief, certificate, thief.public))
            database.seals.insert_one(sealed(clinic, replace(certificate, keys=thief.public), thief))
            assert signing_keys(clinic).of[new.person] == ()
        self.refused(clinic, new.email, OWN)

    def test_a_successor_of_another_serial_is_not_followed(self, clinic):
        new = clinic.hire(Role.NURSE, temporary=True)
        with pytest.raises(NewPasswordNeeded) as needed:
            clinic.door.sign_in(new.email, new.password)
        session = clinic.door.choose_password(needed.value.opened, OWN)
        chosen = session.keys.public.sign
        session.close()
        clinic.owner.reset(new.person)
        with clinic.past_the_program() as database:
            named = database.successions.find_one({"_id": f"{new.person}/1"})
            account = database.accounts.find_one({"_id": new.person})
            serial = account["certificate"]["serial"]
            database.successions.insert_one(named | {"_id": f"{new.person}/{serial}"})
        assert signing_keys(clinic).of[new.person] == (chosen,)

    def test_what_no_key_of_the_practice_signed_is_handed_no_credential(self, new_clinic, neighbour):
        clinic = new_clinic()
        honest = clinic.hire(Role.NURSE)
        stranger = neighbour.hire(Role.NURSE)
        with neighbour.past_the_program() as theirs, clinic.past_the_program() as database:
            database.accounts.insert_one(theirs.accounts.find_one({"_id": stranger.person}))
            clinic.owner.renew(Role.NURSE, change_over_s=0)
            slipped_in = database.accounts.find_one({"_id": stranger.person})
            assert {one["generation"] for one in slipped_in["credentials"]} == {1}
        session = clinic.door.sign_in(honest.email, PASSWORD)
        assert session.server.user == "nurse.2"
        session.close()
        found = verify(clinic.owner.database, clinic.door.practice()["public_key"], {}, ["accounts"]).findings
        assert [finding.where.split()[-1] for finding in found] == [str(stranger.person)] * 2


class TestAStolenDatabase:
    def test_opens_nothing_to_who_guesses_right_but_has_not_the_practice_s_secret(self, clinic):
        somebody = clinic.hire(Role.DOCTOR)
        with clinic.past_the_program() as database:
            known = directory.look_up(database, clinic.door.practice()["public_key"], {"_id": somebody.person})
            one, seal = known.certificate, database.seals.find_one({"person": somebody.person})
        for secret in (new_secret(), b""):
            guessed = seals.lock(PASSWORD, secret, one.keys.sign, one.mib)
            assert guessed.address != seal["_id"]
            with pytest.raises(CannotOpen):
                seals.opened(one, seal, guessed)
        seals.opened(one, seal, seals.lock(PASSWORD, clinic.door.practice_secret(), one.keys.sign, one.mib))

    def test_holds_no_secret_in_the_clear(self, clinic):
        somebody = clinic.hire(Role.DOCTOR, temporary=True)
        bundle, secret = clinic.owner.bundle, clinic.door.practice_secret()
        session = clinic.session(Role.DOCTOR)
        sought = [
            *(one.password.encode() for one in clinic.credentials().values()),
            *(bundle.practice_keys[:32], bundle.practice_keys[32:], bundle.practice_secret, bundle.password.encode()),
            *(session.keys.to_bytes()[:32], session.keys.to_bytes()[32:], secret),
            *(PASSWORD.encode(), somebody.password.encode(), clinic.recovery_code.encode()),
            clinic.enrolment().password.encode(),
        ]
        assert all(len(one) > 16 for one in sought)
        with clinic.past_the_program() as database:
            stored = b"".join(
                bson.encode(row)
                for name in database.list_collection_names()
                if not name.startswith("system.")
                for row in database[name].find()
            )
        assert len(stored) > 10_000
        assert [one for one in sought if one in stored] == []
