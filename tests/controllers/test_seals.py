"""Every role may add seals and none may change one: what somebody hostile with a role's credential gets from that."""

import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from bson import ObjectId
from pymongo.errors import DuplicateKeyError, OperationFailure

from hmsdesk.controllers.sign_in import NewPasswordNeeded, WrongPassword
from hmsdesk.database import directory
from hmsdesk.database.verification import verify
from hmsdesk.errors import Conflict, InvalidInput
from hmsdesk.security import seals
from hmsdesk.security.certificates import State
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD

OWN = "tin violet harbour sixty"
OTHER = "nine copper gardens asleep"
UNAUTHORIZED = 13


@pytest.fixture
def victim(clinic):
    return clinic.hire(Role.DOCTOR)


@contextmanager
def as_role(clinic, role):
    """The practice's database for somebody hostile who got a role's credential out of the program."""
    with clinic.bare(clinic.credentials()[role]) as client:
        yield client[clinic.database]


@pytest.fixture(params=Role)
def hostile(clinic, request):
    with as_role(clinic, request.param) as database:
        yield database


@pytest.fixture
def nurse(clinic):
    with as_role(clinic, Role.NURSE) as database:
        yield database


@pytest.fixture
def stored(clinic):
    """The seals, for somebody who may read everything."""
    with clinic.past_the_program() as database:
        yield database.seals


def certificate(clinic, hired):
    with clinic.past_the_program() as database:
        return directory.look_up(database, clinic.door.practice()["public_key"], {"_id": hired.person}).certificate


def lock(clinic, hired, password):
    one = certificate(clinic, hired)
    return seals.lock(password, clinic.door.practice_secret(), one.keys.sign, one.mib)


def signs_in(clinic, hired, password=PASSWORD):
    clinic.door.throttle.succeeded(hired.email)
    try:
        clinic.door.sign_in(hired.email, password).close()
    except WrongPassword:
        clinic.door.throttle.succeeded(hired.email)
        return False
    return True


def changes_password(clinic, hired, old=PASSWORD, new=OWN):
    session = clinic.door.sign_in(hired.email, old)
    clinic.door.change_password(session, old, new)
    session.close()


def is_refused(attempt, *arguments, **options):
    with pytest.raises(OperationFailure) as refused:
        attempt(*arguments, **options)
    return refused.value.code == UNAUTHORIZED


class TestNoRoleCan:
    def test_overwrite_or_remove_a_seal(self, clinic, hostile, victim, stored):
        before = list(stored.find({"person": victim.person}))
        (seal,) = before
        spoilt = {"$set": {"sealed": bytes(104)}}
        assert is_refused(hostile.seals.update_one, {"_id": seal["_id"]}, spoilt)
        assert is_refused(hostile.seals.update_one, {"_id": seal["_id"]}, spoilt, upsert=True)
        assert is_refused(hostile.seals.find_one_and_replace, {"_id": seal["_id"]}, seal | {"sealed": b""})
        assert is_refused(hostile.seals.delete_one, {"_id": seal["_id"]})
        assert is_refused(hostile.command, "drop", "seals")
        merge = {"$merge": {"into": "seals", "whenMatched": "replace"}}
        assert is_refused(hostile.practice.aggregate, [{"$set": {"_id": seal["_id"]}}, merge])
        assert list(stored.find({"person": victim.person})) == before

    def test_put_a_seal_in_another_s_place(self, hostile, victim, stored):
        seal = stored.find_one({"person": victim.person})
        with pytest.raises(DuplicateKeyError):
            hostile.seals.insert_one(seal | {"sealed": bytes(104), "signature": bytes(64)})

    def test_bring_a_changed_password_back(self, clinic, hostile, stored):
        somebody = clinic.hire(Role.DOCTOR)
        former = stored.find_one({"person": somebody.person})
        changes_password(clinic, somebody)
        with pytest.raises(DuplicateKeyError):
            hostile.seals.insert_one(former)
        hostile.seals.insert_one(former | {"_id": f"{ObjectId()}"})
        assert is_refused(hostile.seals.delete_one, {"replaced": {"$exists": True}})
        assert is_refused(hostile.seals.update_many, {}, {"$unset": {"replaced": ""}})
        assert not signs_in(clinic, somebody)
        assert signs_in(clinic, somebody, OWN)


class TestWhatSomebodyHostileAdds:
    def junk(self, seal, n=1):
        return [seal | {"_id": f"{seal['_id'][:40]}{i:08x}", "signature": bytes(64)} for i in range(n)]

    def test_however_much_it_is_locks_nobody_out(self, clinic, nurse, victim, stored):
        seal = stored.find_one({"person": victim.person})
        nurse.seals.insert_many(self.junk(seal, 20_000))
        began = time.monotonic()
        assert signs_in(clinic, victim)
        assert time.monotonic() - began < 20
        changes_password(clinic, victim)
        assert signs_in(clinic, victim, OWN)
        assert not signs_in(clinic, victim)

    def test_copied_from_a_seal_to_another_place_opens_nothing(self, clinic, nurse, victim, stored):
        seal = stored.find_one({"person": victim.person})
        elsewhere = lock(clinic, victim, OTHER).address
        nurse.seals.insert_one(seal | {"_id": elsewhere})
        assert not signs_in(clinic, victim, OTHER)
        assert signs_in(clinic, victim)

    def test_signed_by_another_s_key_opens_nothing(self, clinic, nurse, victim):
        """Even to somebody with the practice's secret, who knows where it would be looked for."""
        own = Keys.generate()
        nurse.seals.insert_one(seals.seal(certificate(clinic, victim), own, lock(clinic, victim, OTHER)))
        assert not signs_in(clinic, victim, OTHER)
        assert signs_in(clinic, victim)

    def test_says_in_vain_that_a_seal_was_replaced(self, clinic, nurse, victim, stored):
        seal = stored.find_one({"person": victim.person})
        forged = [seals.mark(Keys.generate(), seal["_id"]), seal["_id"].encode(), bytes(64)]
        nurse.seals.insert_many(
            seal | {"_id": f"{ObjectId()}", "replaced": mark, "signature": bytes(64)} for mark in forged
        )
        assert signs_in(clinic, victim)

    def test_shows_in_a_verification(self, new_clinic):
        clinic = new_clinic()
        with as_role(clinic, Role.NURSE) as nurse, clinic.past_the_program() as database:
            nurse.seals.insert_many(self.junk(database.seals.find_one()))
        report = verify(clinic.owner.database, clinic.door.practice()["public_key"], {}, [])
        assert [finding.what for finding in report.findings] == [
            "The record appeared past the program: the trail knows nothing of it."
        ]


class TestAChangedPassword:
    def test_leaves_no_former_one_good(self, clinic, victim):
        changes_password(clinic, victim)
        changes_password(clinic, victim, OWN, OTHER)
        assert [signs_in(clinic, victim, one) for one in (PASSWORD, OWN, OTHER)] == [False, False, True]

    def test_can_not_be_one_that_was_used_before(self, clinic, victim):
        changes_password(clinic, victim)
        session = clinic.door.sign_in(victim.email, OWN)
        for used in (OWN, PASSWORD):
            with pytest.raises(InvalidInput) as refused:
                clinic.door.change_password(session, OWN, used)
            assert set(refused.value.fields) == {"new_password"}
        session.close()
        assert signs_in(clinic, victim, OWN)

    def test_needs_the_one_until_now(self, clinic, victim):
        session = clinic.door.sign_in(victim.email, PASSWORD)
        with pytest.raises(WrongPassword, match="This is not your password") as refused:
            clinic.door.change_password(session, "another one altogether", OTHER)
        assert "E-mail" not in str(refused.value)
        session.close()
        assert signs_in(clinic, victim)

    def test_may_be_a_former_one_again_after_a_reset(self, clinic, victim):
        password = clinic.owner.reset(victim.person)
        with pytest.raises(NewPasswordNeeded) as needed:
            clinic.door.sign_in(victim.email, password)
        clinic.door.choose_password(needed.value.opened, PASSWORD).close()
        assert signs_in(clinic, victim)

    def test_is_changed_by_one_of_two_who_do_it_at_once(self, clinic, victim, monkeypatch):
        session = clinic.door.sign_in(victim.email, PASSWORD)
        opened = clinic.door.open(victim.email, PASSWORD)
        changes_password(clinic, victim)
        monkeypatch.setattr(clinic.door, "open", lambda *_: opened)
        with pytest.raises(WrongPassword, match="This is not your password"):
            clinic.door.change_password(session, PASSWORD, OTHER)
        monkeypatch.undo()
        session.close()
        assert [signs_in(clinic, victim, one) for one in (PASSWORD, OWN, OTHER)] == [False, True, False]

    def test_costs_what_the_account_s_certificate_says(self, clinic, victim, monkeypatch):
        monkeypatch.setattr(clinic.door, "settings", replace(clinic.settings, argon2_mib=72))
        changes_password(clinic, victim)
        assert certificate(clinic, victim).mib == 64
        clinic.owner.reset(victim.person)
        assert certificate(clinic, victim).mib == 72


class TestATemporaryPasswordChosenAtTheSameMoment:
    """An owner's change of the account and the person's choice: one of the two fails, and nothing signed is lost."""

    @pytest.fixture
    def new(self, clinic):
        return clinic.hire(Role.NURSE, temporary=True)

    @pytest.fixture
    def opened(self, clinic, new):
        with pytest.raises(NewPasswordNeeded) as needed:
            clinic.door.sign_in(new.email, new.password)
        return needed.value.opened

    def test_fails_once_the_owner_was_faster(self, clinic, new, opened, monkeypatch):
        clinic.owner.set_roles(new.person, [Role.NURSE, Role.RECEPTIONIST])
        monkeypatch.setattr(clinic.door, "_check_is_as_opened", lambda _: None)
        with pytest.raises(Exception, match="used before"):
            clinic.door.choose_password(opened, OWN)
        monkeypatch.undo()
        assert not signs_in(clinic, new, OWN)

    def test_makes_the_owner_s_change_fail_where_the_person_was_faster(self, clinic, new, opened, monkeypatch):
        known = clinic.owner._account(new.person)
        session = clinic.door.choose_password(opened, OWN)
        monkeypatch.setattr(clinic.owner, "_account", lambda _: known)
        with pytest.raises(Conflict):
            clinic.owner.set_state(new.person, State.DISABLED)
        monkeypatch.undo()
        session.close()
        clinic.owner.set_roles(new.person, [Role.RECEPTIONIST])
        assert signs_in(clinic, new, OWN)

    def test_can_be_made_good_by_a_reset_where_its_naming_and_those_to_come_were_used_up(self, clinic, new, nurse):
        row = {"box": bytes(32), "sign": bytes(32), "signature": bytes(64)}
        nurse.successions.insert_many({"_id": f"{new.person}/{serial}"} | row for serial in range(1, 1000))
        password = clinic.owner.reset(new.person)
        with pytest.raises(NewPasswordNeeded) as needed:
            clinic.door.sign_in(new.email, password)
        clinic.door.choose_password(needed.value.opened, OWN).close()
        assert signs_in(clinic, new, OWN)
