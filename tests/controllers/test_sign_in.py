"""Signing in, and changing one's password."""

import gc
import traceback
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.sign_in import Door, NewPasswordNeeded, WrongPassword
from hmsdesk.database.connection import Closed
from hmsdesk.errors import InvalidInput, NotAllowed, Unreachable, UserError
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from tests.conftest import PASSWORD

WRONG = "orange monkey dishwasher"
OWN = "tin violet harbour sixty"


@pytest.fixture(scope="module")
def nurse(clinic):
    return clinic.hire(Role.NURSE)


@pytest.fixture
def door(clinic):
    yield clinic.door
    for account in ("nobody@nileclinic.example", clinic.administrator.identity.email):
        clinic.door.throttle.succeeded(account)


def refusal(door, email, password):
    with pytest.raises(UserError) as refused:
        door.sign_in(email, password)
    door.throttle.succeeded(email)
    return refused.value


class TestTheRightPassword:
    def test_opens_a_session_as_the_role_s_database_user(self, door, nurse):
        session = door.sign_in(nurse.email, PASSWORD)
        assert session.identity.role is Role.NURSE
        assert session.identity.person == nurse.person
        assert session.server.user == "nurse.1"
        session.close()

    @pytest.mark.parametrize("typed", [" {} ", "\t{}"])
    def test_opens_it_with_spaces_around_the_e_mail(self, door, nurse, typed):
        door.sign_in(typed.format(nurse.email.upper()), PASSWORD).close()

    def test_opens_it_as_any_role_of_the_account(self, clinic, door):
        both = clinic.hire(Role.DOCTOR, Role.RECEPTIONIST)
        for role in (Role.RECEPTIONIST, Role.DOCTOR):
            session = door.sign_in(both.email, PASSWORD, role)
            assert (session.identity.role, session.server.user) == (role, f"{role.value}.1")
            session.close()

    def test_does_not_open_a_role_the_account_has_not(self, door, nurse):
        session = door.sign_in(nurse.email, PASSWORD, Role.ADMINISTRATOR)
        assert session.identity.role is Role.NURSE
        session.close()

    def test_is_right_whether_its_accents_were_typed_in_one_or_in_two(self, clinic, door):
        somebody = clinic.hire(Role.NURSE)
        session = door.sign_in(somebody.email, PASSWORD)
        door.change_password(session, PASSWORD, "café über straße ñandú")
        session.close()
        door.sign_in(somebody.email, "cafe\u0301 u\u0308ber straße n\u0303andu\u0301").close()


class TestAWrongPassword:
    def test_and_an_unknown_e_mail_are_told_alike(self, door, nurse):
        wrong = refusal(door, nurse.email, WRONG)
        unknown = refusal(door, "nobody@nileclinic.example", WRONG)
        assert isinstance(wrong, WrongPassword)
        assert isinstance(unknown, WrongPassword)
        assert (str(wrong), wrong.fields) == (str(unknown), unknown.fields)

    def test_and_an_unknown_e_mail_cost_the_same(self, door, nurse, stretched):
        costs = []
        for email in (nurse.email, "nobody@nileclinic.example"):
            refusal(door, email, WRONG)
            costs.append(stretched.copy())
            stretched.clear()
        assert costs[0] == costs[1] != []

    @pytest.mark.parametrize("typed", ["", " ", PASSWORD + " ", PASSWORD.upper(), "\x00", "\ud800", "x" * 100_000])
    def test_is_wrong_whatever_it_is(self, door, nurse, typed):
        assert isinstance(refusal(door, nurse.email, typed), WrongPassword)

    @pytest.mark.parametrize("typed", ["", "{'$ne': 1}", "$where", "\ud800", "a\x00b", "a" * 10_000])
    def test_is_told_for_whatever_was_typed_as_e_mail(self, door, typed):
        assert isinstance(refusal(door, typed, PASSWORD), WrongPassword)

    def test_stands_in_no_traceback(self, door, nurse):
        told = "".join(traceback.format_exception(refusal(door, nurse.email, WRONG)))
        assert WRONG not in told
        assert nurse.email not in told


class TestThrottling:
    def test_lets_three_fail_and_holds_the_fourth_back_even_if_right(self, clinic, door):
        somebody = clinic.hire(Role.NURSE)
        for _ in range(3):
            with pytest.raises(WrongPassword):
                door.sign_in(somebody.email, WRONG)
        with pytest.raises(UserError) as held:
            door.sign_in(somebody.email, PASSWORD)
        assert held.value.title == "Too many failed tries."
        restarted = Door(clinic.settings, clinic.profile, clinic.secrets, clinic.address)
        with pytest.raises(UserError, match="Too many"):
            restarted.sign_in(f" {somebody.email.upper().replace('E', 'É')}", PASSWORD)
        restarted.close()
        door.throttle.succeeded(somebody.email)
        door.sign_in(somebody.email, PASSWORD).close()

    def test_holds_nobody_else_back(self, clinic, door, nurse):
        for _ in range(3):
            door.throttle.begin("nobody@nileclinic.example")
        assert door.throttle.begin("nobody@nileclinic.example") > 0
        door.sign_in(nurse.email, PASSWORD).close()

    def test_begins_anew_after_a_success(self, door, nurse):
        for _ in range(2):
            for _ in range(2):
                with pytest.raises(WrongPassword):
                    door.sign_in(nurse.email, WRONG)
            door.sign_in(nurse.email, PASSWORD).close()

    def test_does_not_count_what_the_server_never_answered(self, clinic, nurse, tmp_path):
        settings = Settings(home=tmp_path, argon2_mib=64, server_timeout_s=0.2)
        away = Door(
            settings, clinic.profile, clinic.secrets, f"mongodb://{str(tmp_path).replace('/', '%2F')}%2Fno.sock"
        )
        with pytest.raises(Unreachable):
            away.sign_in(nurse.email, PASSWORD)
        assert [away.throttle.begin(nurse.email) for _ in range(3)] == [0, 0, 0]
        away.close()


class TestAttempts:
    @pytest.fixture
    def attempts(self, clinic):
        def since(moment):
            with clinic.past_the_program() as database:
                return list(database.sign_in_attempts.find({"at": {"$gte": moment}}, {"_id": 0}).sort("at"))

        return since

    def test_are_kept_by_account_and_never_with_what_was_typed(self, clinic, door, nurse, attempts):
        began = datetime.now(UTC) - timedelta(milliseconds=1)
        refusal(door, nurse.email, WRONG)
        refusal(door, "nobody@nileclinic.example", WRONG)
        door.sign_in(nurse.email, PASSWORD).close()
        kept = attempts(began)
        assert [(one["account"], one["succeeded"]) for one in kept] == [
            (nurse.person, False),
            (None, False),
            (nurse.person, True),
        ]
        assert {one["workstation"] for one in kept} == {clinic.profile.workstation_id}
        assert {name for one in kept for name in one} == {"at", "account", "workstation", "succeeded"}

    def test_leave_nothing_of_the_e_mail_in_the_log(self, door, nurse, caplog):
        refusal(door, nurse.email, WRONG)
        assert "a sign-in failed" in caplog.text
        assert nurse.email not in caplog.text
        assert WRONG not in caplog.text


@pytest.fixture(scope="module")
def disabled(clinic):
    somebody = clinic.hire(Role.NURSE)
    clinic.owner.set_state(somebody.person, State.DISABLED)
    return somebody


class TestADisabledAccount:
    def test_is_told_so_to_who_knows_the_password(self, door, disabled):
        assert refusal(door, disabled.email, PASSWORD).title == "This account is disabled."

    def test_looks_like_any_other_to_who_does_not(self, door, disabled):
        assert isinstance(refusal(door, disabled.email, WRONG), WrongPassword)

    def test_holds_no_credential(self, clinic, disabled):
        with clinic.past_the_program() as database:
            assert "credentials" not in database.accounts.find_one({"_id": disabled.person})


class TestATemporaryPassword:
    @pytest.fixture
    def new(self, clinic):
        return clinic.hire(Role.NURSE, temporary=True)

    @pytest.fixture
    def opened(self, door, new):
        with pytest.raises(NewPasswordNeeded) as needed:
            door.sign_in(new.email, new.password)
        return needed.value.opened

    def test_opens_no_session_until_ones_own_is_chosen(self, door, new, opened):
        session = door.choose_password(opened, OWN)
        assert (session.identity.person, session.server.user) == (new.person, "nurse.1")
        assert DEPARTMENTS.page(session, Query()).rows == []
        session.close()
        door.sign_in(new.email, OWN).close()
        assert isinstance(refusal(door, new.email, new.password), WrongPassword)

    @pytest.mark.parametrize(
        "typed", [str.lower, lambda made: made.replace("-", " "), lambda made: made.replace("-", "")]
    )
    def test_opens_however_it_is_typed(self, door, new, typed):
        with pytest.raises(NewPasswordNeeded) as needed:
            door.sign_in(new.email, typed(new.password))
        with pytest.raises(InvalidInput, match="another password"):
            door.choose_password(needed.value.opened, typed(new.password))

    @pytest.mark.parametrize("weak", ["short", "password1234", "qwertyuiop", "nileclinic.example", "Person Person"])
    def test_is_not_replaced_by_a_weak_one(self, door, opened, weak):
        with pytest.raises(InvalidInput) as refused:
            door.choose_password(opened, weak)
        assert set(refused.value.fields) == {"new_password"}

    def test_is_not_replaced_by_itself(self, door, new, opened):
        with pytest.raises(InvalidInput):
            door.choose_password(opened, new.password)

    def test_names_one_successor_only(self, clinic, door, new, opened):
        door.choose_password(opened, OWN).close()
        with pytest.raises(UserError, match="used before"):
            door.choose_password(opened, "another password altogether")
        door.sign_in(new.email, OWN).close()

    def test_is_of_no_use_once_the_account_was_disabled(self, clinic, door, new, opened):
        clinic.owner.set_state(new.person, State.DISABLED)
        with pytest.raises(UserError, match="changed this account just now"):
            door.choose_password(opened, OWN)

    def test_may_be_chosen_by_one_of_two_who_opened_it(self, door, new, opened):
        with pytest.raises(NewPasswordNeeded) as needed:
            door.sign_in(new.email, new.password)
        door.choose_password(needed.value.opened, OWN).close()
        with pytest.raises(UserError, match="used before"):
            door.choose_password(opened, "another password altogether")

    def test_signs_nothing_before_it_is_replaced(self, clinic, new):
        with clinic.past_the_program() as database:
            assert database.audit.count_documents({"person": new.person}) == 0

    def test_of_an_owner_opens_the_practice_once_replaced(self, clinic, door):
        from hmsdesk.controllers.accounts import owning

        partner = clinic.hire(Role.ADMINISTRATOR, temporary=True, owner=True)
        with pytest.raises(NewPasswordNeeded) as needed:
            door.sign_in(partner.email, partner.password)
        session = door.choose_password(needed.value.opened, OWN)
        with owning(door, session, OWN) as owner:
            assert owner.database.accounts.count_documents({}) > 1
        session.close()


class TestAnotherPersonAtALockedWindow:
    def test_begins_as_what_they_are_first_and_not_as_who_was_there(self, clinic, door):
        both = clinic.hire(Role.DOCTOR)
        clinic.owner.set_roles(both.person, [Role.DOCTOR, Role.ADMINISTRATOR])
        there = clinic.administrator.identity
        session = door.sign_in(both.email, PASSWORD, Role.ADMINISTRATOR, there)
        assert session.identity.role is Role.DOCTOR
        again = door.sign_in(both.email, PASSWORD, Role.ADMINISTRATOR, session.identity)
        assert again.identity.role is Role.ADMINISTRATOR
        session.close()
        again.close()


def everything(database):
    """Every document of the practice but the trail and the news, by collection and id."""
    names = set(database.list_collection_names()) - {"audit", "changes", "sign_in_attempts"}
    return {(name, row["_id"]): row for name in names for row in database[name].find()}


class TestChangingOnesPassword:
    def test_adds_a_seal_of_the_person_s_and_changes_nothing(self, clinic, door):
        somebody = clinic.hire(Role.NURSE)
        session = door.sign_in(somebody.email, PASSWORD)
        with clinic.past_the_program() as database:
            before = everything(database)
            door.change_password(session, PASSWORD, OWN)
            after = everything(database)
        (added,) = set(after) - set(before)
        assert (added[0], after[added]["person"]) == ("seals", somebody.person)
        assert {key: after[key] for key in before} == before
        session.close()
        door.sign_in(somebody.email, OWN).close()
        assert isinstance(refusal(door, somebody.email, PASSWORD), WrongPassword)

    def test_needs_the_old_one(self, clinic, door, nurse):
        session = door.sign_in(nurse.email, PASSWORD)
        with pytest.raises(WrongPassword):
            door.change_password(session, WRONG, OWN)
        with pytest.raises(InvalidInput):
            door.change_password(session, PASSWORD, "12345678")
        session.close()
        door.sign_in(nurse.email, PASSWORD).close()

    def test_is_in_the_trail(self, clinic, door):
        somebody = clinic.hire(Role.NURSE)
        session = door.sign_in(somebody.email, PASSWORD)
        door.change_password(session, PASSWORD, OWN)
        with clinic.past_the_program() as database:
            said = database.audit.find({"person": somebody.person}).sort("seq")
            assert [entry["action"] for entry in said] == ["sign in", "change password"]
        session.close()


class TestTheWorkstation:
    def test_refuses_a_server_that_shows_another_practice_s_key(self, clinic, nurse):
        pinned = replace(clinic.profile, fingerprint="0" * 64)
        door = Door(clinic.settings, pinned, clinic.secrets, clinic.address)
        with pytest.raises(UserError, match="not the practice"):
            door.sign_in(nurse.email, PASSWORD)
        door.close()

    def test_without_its_secrets_says_so(self, clinic, tmp_path):
        from hmsdesk.security.secrets import open_secrets
        from hmsdesk.settings import SecretStore

        empty = open_secrets(SecretStore.FILE, tmp_path)
        with pytest.raises(UserError, match="keys are missing"):
            Door(clinic.settings, clinic.profile, empty, clinic.address)

    def test_forgets_the_keys_when_a_session_ends(self, door, nurse):
        session = door.sign_in(nurse.email, PASSWORD)
        held = [weakref.ref(session.keys), weakref.ref(session.keys.signing_key)]
        session.close()
        gc.collect()
        assert [key() for key in held] == [None, None]

    def test_does_nothing_more_with_a_session_that_ended(self, clinic, door):
        session = door.sign_in(clinic.administrator.identity.email, PASSWORD)
        session.close()
        with pytest.raises(Closed):
            DEPARTMENTS.page(session, Query())
        with pytest.raises(Closed):
            DEPARTMENTS.create(session, {"name": "Anything", "code": "ANY"}, "operation")
        with pytest.raises(Closed):
            _ = session.keys

    def test_goes_on_after_a_lock_as_the_same_person_only(self, clinic, door, nurse):
        session = door.sign_in(nurse.email, PASSWORD)
        session.close()
        with pytest.raises(ValueError, match="somebody else"):
            session.resume(clinic.administrator)
        session.resume(door.sign_in(nurse.email, PASSWORD))
        with pytest.raises(NotAllowed):
            DEPARTMENTS.create(session, {"name": "Anything", "code": "ANY"}, "operation")
        assert DEPARTMENTS.page(session, Query()).rows == []
        session.close()
