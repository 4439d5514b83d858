"""What owners do with accounts and roles' credentials, and what is believed of an account."""

import threading
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from uuid import uuid4

import pytest
from bson import ObjectId
from pymongo.errors import OperationFailure

from hmsdesk.controllers import renewal
from hmsdesk.controllers.account_list import ACCOUNTS, HAS_ONE
from hmsdesk.controllers.account_news import SignedOut
from hmsdesk.controllers.account_rows import account_row, sealed_credential
from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.overview import left_with_account
from hmsdesk.controllers.sign_in import Door, NewPasswordNeeded, WrongPassword
from hmsdesk.controllers.staff import STAFF
from hmsdesk.database import directory
from hmsdesk.database.audit import Event
from hmsdesk.database.connection import CredentialRefused
from hmsdesk.database.unit_of_work import write
from hmsdesk.database.verification import verify
from hmsdesk.errors import InvalidInput, NotAllowed, NotFound, Unreachable, UserError
from hmsdesk.models.registry import RECORDS
from hmsdesk.security.certificates import Certificate, State
from hmsdesk.security.credentials import Keys, PublicKeys
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD
from tests.controllers.breaking import BrokenOff, broken_off, every
from tests.waiting import PATIENCE_S, until

OWN = "tin violet harbour sixty"
REQUIRES_AUTHENTICATION = 13


def choose(clinic, hired, password=OWN):
    """The session of somebody who replaces their temporary password."""
    with pytest.raises(NewPasswordNeeded) as needed:
        clinic.door.sign_in(hired.email, hired.password)
    return clinic.door.choose_password(needed.value.opened, password)


def note(session):
    write(session, uuid4().hex, lambda work: work.note(Event("say something")))


def report(clinic):
    """What verification finds in the whole practice."""
    database = clinic.owner.database
    return verify(database, clinic.door.practice()["public_key"], {}, [record.collection() for record in RECORDS])


def session_keys(clinic, hired):
    """The public keys of somebody as their account says."""
    certificate = clinic.owner.database.accounts.find_one({"_id": hired.person})["certificate"]
    return PublicKeys(bytes(certificate["box"]), bytes(certificate["sign"]))


def signing_keys(clinic):
    return directory.signing_keys(clinic.owner.database, clinic.door.practice()["public_key"])


def register_patients(clinic, number):
    """Accounts of patients, made without stretching a password for each: whose they are."""
    with clinic.owning() as owner:
        given = owner._credential(Role.PATIENT)
        rows = [patient_account(owner, *given) for _ in range(number)]
        owner.database.accounts.insert_many(rows)
    return [row["_id"] for row in rows]


def patient_account(owner, generation, credential):
    keys, person = Keys.generate(), ObjectId()
    certificate = Certificate(
        person=person,
        name="A patient of the tests",
        email=f"{person}@patients.example",
        roles=(Role.PATIENT,),
        owner=False,
        keys=keys.public,
        serial=1,
        issued_at=owner.session.now(),
        mib=64,
        temporary=True,
    )
    sealed = {"credentials": [sealed_credential(certificate, Role.PATIENT, generation, credential)]}
    stamps = {"version": 1, "created_at": owner.session.now(), "created_by": owner.session.identity.person}
    return {"_id": person} | stamps | account_row(owner.practice_keys, certificate, owner.session.locale) | sealed


def breaking_at(number, write, *, done):
    """The write that breaks off at its so-many-th call; done: it arrives, and only its answer is lost."""
    calls = count()

    def breaks(*values):
        if next(calls) != number:
            return write(*values)
        if done:
            write(*values)
        raise BrokenOff("The clinic's server does not answer.")

    return breaks


class TestOwning:
    def test_needs_an_owner(self, clinic):
        with pytest.raises(NotAllowed), owning(clinic.door, clinic.session(Role.NURSE), PASSWORD):
            pass

    def test_needs_the_password_again(self, clinic):
        with pytest.raises(WrongPassword), owning(clinic.door, clinic.administrator, OWN):
            pass

    def test_ends_with_its_block(self, clinic):
        with clinic.owning() as owner:
            pass
        with pytest.raises(UserError):
            owner.set_roles(clinic.person(Role.NURSE), [Role.NURSE])
        assert not hasattr(owner, "bundle")

    def test_is_over_for_an_owner_who_was_disabled(self, clinic):
        partner = clinic.hire(Role.ADMINISTRATOR, temporary=True, owner=True)
        session = choose(clinic, partner)
        with owning(clinic.door, session, OWN):
            pass
        clinic.owner.set_state(partner.person, State.DISABLED)
        with pytest.raises(NotAllowed), owning(clinic.door, session, OWN):
            pass
        with clinic.past_the_program() as database:
            assert "owner_seal" not in database.accounts.find_one({"_id": partner.person})
            left = database.successions.find({"created_by": partner.person})
            assert [row for row in left if "resealed" in row] == []
        session.close()


class TestNewAccounts:
    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"name": "", "email": "a@nileclinic.example"}, "name"),
            ({"name": "Amal", "email": "nowhere"}, "email"),
            ({"name": "Amal", "email": ""}, "email"),
        ],
    )
    def test_with_wrong_values_are_refused_at_the_field(self, clinic, values, field):
        with pytest.raises(InvalidInput) as refused:
            clinic.owner.create(values, [Role.NURSE])
        assert set(refused.value.fields) == {field}

    def test_without_a_role_are_refused(self, clinic):
        with pytest.raises(InvalidInput):
            clinic.owner.create({"name": "Amal", "email": "amal@nileclinic.example"}, [])

    def test_with_a_weak_password_are_refused(self, clinic):
        with pytest.raises(InvalidInput):
            clinic.owner.create_active({"name": "Amal", "email": "amal@nileclinic.example"}, [Role.NURSE], "amal1234")

    def test_take_no_e_mail_that_somebody_has_whatever_its_letters(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        taken = {"name": "Amal", "email": somebody.email.upper()}
        with pytest.raises(InvalidInput) as refused:
            clinic.owner.create(taken, [Role.NURSE])
        assert set(refused.value.fields) == {"email"}


class TestResetting:
    def test_keeps_what_was_signed_before_verifiable(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        before = session.keys.public.sign
        note(session)
        session.close()
        password = clinic.owner.reset(somebody.person)
        assert before in signing_keys(clinic).of[somebody.person]
        again = choose(clinic, type(somebody)(somebody.person, somebody.name, somebody.email, password))
        after = again.keys.public.sign
        note(again)
        again.close()
        clinic.owner.reset(somebody.person)
        assert {before, after} <= set(signing_keys(clinic).of[somebody.person])
        assert report(clinic).findings == []

    def test_believes_nothing_that_a_temporary_key_signed(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        account = clinic.owner.database.accounts.find_one({"_id": somebody.person})
        temporary = account["certificate"]["sign"]
        assert signing_keys(clinic).of[somebody.person] == ()
        choose(clinic, somebody).close()
        clinic.owner.reset(somebody.person)
        assert temporary not in signing_keys(clinic).of[somebody.person]

    def test_makes_the_former_password_useless(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        clinic.owner.reset(somebody.person)
        with pytest.raises(WrongPassword):
            clinic.door.sign_in(somebody.email, PASSWORD)

    def test_does_not_enable_a_disabled_account(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        clinic.owner.set_state(somebody.person, State.DISABLED)
        with pytest.raises(UserError, match="disabled"):
            clinic.owner.reset(somebody.person)

    def test_of_somebody_unknown_is_told(self, clinic):
        with pytest.raises(NotFound):
            clinic.owner.reset(ObjectId())


class TestTheList:
    """It says how an account stands, though only an owner writes it."""

    @staticmethod
    def found(clinic, hired, state):
        query = Query(text=hired.email.partition("@")[0], filters={"state": state.value} if state else {})
        page = ACCOUNTS.page(clinic.session(Role.NURSE), query)
        assert ACCOUNTS.count(clinic.session(Role.NURSE), query).number == len(page.rows)
        return [row["state"] for row in page.rows]

    def standing(self, clinic, hired):
        """What the list says of somebody; the filters must say the same."""
        said = self.found(clinic, hired, None)
        assert [state.value for state in State if self.found(clinic, hired, state)] == said
        assert ACCOUNTS.get(clinic.administrator, hired.person)["state"] == said[0]
        return said[0]

    def test_says_who_has_still_to_choose_a_password(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        assert self.standing(clinic, somebody) == "temporary"
        choose(clinic, somebody).close()
        assert self.standing(clinic, somebody) == "active"
        clinic.owner.reset(somebody.person)
        assert self.standing(clinic, somebody) == "temporary"

    def test_says_who_is_disabled_whatever_they_chose(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        choose(clinic, somebody).close()
        clinic.owner.set_state(somebody.person, State.DISABLED)
        assert self.standing(clinic, somebody) == "disabled"

    def test_believes_no_successor_that_the_temporary_key_did_not_name(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        account = clinic.owner.database.accounts.find_one({"_id": somebody.person})
        named = {"_id": f"{somebody.person}/{account['certificate']['serial']}"}
        named |= {"box": b"b" * 32, "sign": b"s" * 32, "signature": b"x" * 64}
        clinic.owner.database.successions.insert_one(named)
        try:
            assert self.standing(clinic, somebody) == "temporary"
        finally:
            clinic.owner.database.successions.delete_one({"_id": named["_id"]})


class TestDisabling:
    def test_and_enabling_leaves_password_and_signatures_as_they_were(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        clinic.owner.set_state(somebody.person, State.DISABLED)
        clinic.owner.set_state(somebody.person, State.ACTIVE)
        clinic.door.sign_in(somebody.email, PASSWORD).close()
        assert report(clinic).findings == []

    def test_and_enabling_leaves_a_temporary_password_temporary(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        clinic.owner.set_state(somebody.person, State.DISABLED)
        clinic.owner.set_state(somebody.person, State.ACTIVE)
        choose(clinic, somebody).close()

    def test_leaves_the_way_in_of_who_chose_a_password_before(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        choose(clinic, somebody).close()
        clinic.owner.set_state(somebody.person, State.DISABLED)
        clinic.owner.set_state(somebody.person, State.ACTIVE)
        clinic.door.sign_in(somebody.email, OWN).close()


class TestTheLastOwner:
    def test_can_not_shut_themselves_out(self, clinic):
        own = clinic.administrator.identity.person
        for attempt in (
            lambda: clinic.owner.set_state(own, State.DISABLED),
            lambda: clinic.owner.reset(own),
            lambda: clinic.owner.set_roles(own, []),
        ):
            with pytest.raises(UserError):
                attempt()
        clinic.door.sign_in(clinic.administrator.identity.email, PASSWORD).close()

    def test_remains_an_owner_in_any_role(self, clinic):
        clinic.owner.set_roles(clinic.administrator.identity.person, [Role.DOCTOR])
        session = clinic.door.sign_in(clinic.administrator.identity.email, PASSWORD)
        assert session.identity.role is Role.DOCTOR
        with owning(clinic.door, session, PASSWORD) as owner:
            owner.set_roles(session.identity.person, [Role.ADMINISTRATOR])
        session.close()


class TestChangingRoles:
    def test_gives_the_credentials_of_the_new_ones_and_takes_the_others_away(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        clinic.owner.set_roles(somebody.person, [Role.PHARMACIST, Role.LABORATORY])
        with clinic.past_the_program() as database:
            sealed = database.accounts.find_one({"_id": somebody.person})["credentials"]
        assert [one["role"] for one in sealed] == ["pharmacist", "laboratory"]
        session = clinic.door.sign_in(somebody.email, PASSWORD, Role.NURSE)
        assert session.server.user == "pharmacist.1"
        session.close()


class TestRenaming:
    def test_leaves_password_roles_and_signatures_as_they_were(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        note(session)
        email = f"new.{somebody.email}"
        clinic.owner.rename(somebody.person, "Amal Fawzy Hanna", email)
        note(session)
        session.close()
        again = clinic.door.sign_in(email, PASSWORD)
        assert (again.identity.name, again.identity.email) == ("Amal Fawzy Hanna", email)
        assert (again.identity.role, again.keys.public) == (Role.NURSE, session_keys(clinic, somebody))
        again.close()
        with pytest.raises(WrongPassword):
            clinic.door.sign_in(somebody.email, PASSWORD)
        assert report(clinic).findings == []

    def test_is_in_the_trail_with_what_it_was_before(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        clinic.owner.rename(somebody.person, "Amal Fawzy", somebody.email)
        entry = clinic.owner.database.audit.find_one({"record": somebody.person, "action": "rename"})
        assert entry["person"] == clinic.administrator.identity.person
        assert entry["reason"] == f"Was {somebody.name}, {somebody.email}"

    def test_reaches_the_running_program_which_goes_on(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        assert not clinic.door.recheck(session)
        email = f"new.{somebody.email}"
        clinic.owner.rename(somebody.person, "Amal Fawzy", email)
        # The password is good for what asks for it again, whether or not the program knows of it by now.
        clinic.door.open_again(session, PASSWORD)
        changed = clinic.door.recheck(session)
        assert (session.identity.name, session.identity.email) == ("Amal Fawzy", email)
        assert "Amal Fawzy" in changed.words()
        assert email in changed.words()
        assert not changed.by_oneself
        assert not clinic.door.recheck(session)
        clinic.door.open_again(session, PASSWORD)
        clinic.door.change_password(session, PASSWORD, OWN)
        note(session)
        session.close()
        clinic.door.sign_in(email, OWN).close()

    def test_is_told_by_the_next_look_where_the_server_could_not_be_reached_again(self, clinic, monkeypatch):
        somebody = clinic.hire(Role.NURSE)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        clinic.owner.rename(somebody.person, "Amal Fawzy", somebody.email)

        def fail(*_):
            raise Unreachable("The server does not answer.")

        with monkeypatch.context() as away:
            away.setattr(clinic.door, "_renew", fail)
            with pytest.raises(Unreachable):
                clinic.door.recheck(session)
        assert "Amal Fawzy" in clinic.door.recheck(session).words()
        session.close()

    def test_leaves_the_former_e_mail_good_for_whom_a_locked_window_waits_and_for_nobody_else(self, clinic):
        somebody, other = clinic.hire(Role.NURSE), clinic.hire(Role.NURSE)
        sessions = [clinic.door.sign_in(one.email, PASSWORD) for one in (somebody, other)]
        waiting, another = (session.identity for session in sessions)
        for session in sessions:
            session.close()
        clinic.owner.rename(somebody.person, "Amal Fawzy", f"new.{somebody.email}")
        again = clinic.door.sign_in(somebody.email, PASSWORD, waiting=waiting)
        assert again.identity.email == f"new.{somebody.email}"
        again.close()
        for other_window in (None, another):
            with pytest.raises(WrongPassword):
                clinic.door.sign_in(somebody.email, PASSWORD, waiting=other_window)
        # Who has it now comes first.
        clinic.owner.rename(other.person, other.name, somebody.email)
        now = clinic.door.sign_in(somebody.email, PASSWORD, waiting=waiting)
        assert now.identity.person == other.person
        now.close()

    def test_of_oneself_is_known_as_such(self, new_clinic):
        clinic = new_clinic()
        session = clinic.administrator
        with clinic.owning() as owner:
            owner.rename(session.identity.person, "Laila Mansour", "laila.mansour@nileclinic.example")
        assert clinic.door.recheck(session).by_oneself
        with owning(clinic.door, session, PASSWORD) as owner:
            owner.rename(session.identity.person, "Laila Hassan", "laila.mansour@nileclinic.example")
        assert clinic.door.recheck(session).words() == "Your name is Laila Hassan now."

    def test_leaves_a_temporary_password_good_for_one_choosing(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        email = f"new.{somebody.email}"
        clinic.owner.rename(somebody.person, "Amal Fawzy", email)
        session = choose(clinic, replace(somebody, email=email))
        assert session.identity.name == "Amal Fawzy"
        note(session)
        session.close()
        clinic.door.sign_in(email, OWN).close()
        assert report(clinic).findings == []

    def test_leaves_the_way_in_of_who_chose_a_password_before(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        session = choose(clinic, somebody)
        clinic.owner.rename(somebody.person, "Amal Fawzy", somebody.email)
        clinic.door.recheck(session)
        note(session)
        session.close()
        clinic.door.sign_in(somebody.email, OWN).close()
        assert report(clinic).findings == []

    def test_leaves_a_disabled_account_disabled(self, clinic):
        somebody = clinic.hire(Role.NURSE)
        clinic.owner.set_state(somebody.person, State.DISABLED)
        email = f"new.{somebody.email}"
        clinic.owner.rename(somebody.person, "Amal Fawzy", email)
        with pytest.raises(UserError, match="disabled"):
            clinic.door.sign_in(email, PASSWORD)
        row = clinic.owner.database.accounts.find_one({"_id": somebody.person})
        assert "credentials" not in row
        clinic.owner.set_state(somebody.person, State.ACTIVE)
        clinic.door.sign_in(email, PASSWORD).close()

    def test_leaves_an_owner_an_owner(self, clinic):
        partner = clinic.hire(Role.ADMINISTRATOR, owner=True)
        session = clinic.door.sign_in(partner.email, PASSWORD)
        clinic.owner.rename(partner.person, "Partner", f"new.{partner.email}")
        with owning(clinic.door, session, PASSWORD):
            pass
        clinic.door.recheck(session)
        with owning(clinic.door, session, PASSWORD):
            pass
        session.close()
        clinic.owner.set_state(partner.person, State.DISABLED)

    @pytest.mark.parametrize(
        ("name", "email", "field"),
        [("", "amal@nileclinic.example", "name"), ("Amal", "nowhere", "email"), ("Amal", "", "email")],
    )
    def test_with_wrong_values_is_refused_at_the_field(self, clinic, name, email, field):
        somebody = clinic.hire(Role.NURSE)
        with pytest.raises(InvalidInput) as refused:
            clinic.owner.rename(somebody.person, name, email)
        assert set(refused.value.fields) == {field}

    def test_takes_no_e_mail_that_somebody_has_whatever_its_letters(self, clinic):
        somebody, other = clinic.hire(Role.NURSE), clinic.hire(Role.NURSE)
        with pytest.raises(InvalidInput) as refused:
            clinic.owner.rename(somebody.person, somebody.name, other.email.upper())
        assert refused.value.fields == {"email": "Another account has this e-mail."}
        clinic.door.sign_in(somebody.email, PASSWORD).close()

    def test_of_two_who_want_the_same_e_mail_at_once_one_gets_it(self, clinic):
        people, refused = [clinic.hire(Role.NURSE) for _ in range(2)], []
        start = threading.Barrier(2)

        def rename(person):
            with clinic.owning() as owner:
                start.wait()
                try:
                    owner.rename(person, "Amal Fawzy", "wanted@nileclinic.example")
                except InvalidInput as problem:
                    refused.append(problem.fields)

        threads = [threading.Thread(target=rename, args=(one.person,)) for one in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert refused == [{"email": "Another account has this e-mail."}]
        assert clinic.owner.database.accounts.count_documents({"email": "wanted@nileclinic.example"}) == 1

    def test_while_a_password_is_chosen_is_told_as_such_and_the_password_can_be_chosen_after(self, clinic):
        somebody = clinic.hire(Role.NURSE, temporary=True)
        with pytest.raises(NewPasswordNeeded) as needed:
            clinic.door.sign_in(somebody.email, somebody.password)
        clinic.owner.rename(somebody.person, "Amal Fawzy", somebody.email)
        with pytest.raises(UserError, match="just now"):
            clinic.door.choose_password(needed.value.opened, OWN)
        choose(clinic, somebody).close()

    def test_of_somebody_unknown_is_told(self, clinic):
        with pytest.raises(NotFound):
            clinic.owner.rename(ObjectId(), "Amal", "amal@nileclinic.example")


class TestRenewal:
    def test_lets_running_sessions_go_on(self, clinic):
        somebody = clinic.hire(Role.LABORATORY)
        one, other = (clinic.door.sign_in(somebody.email, PASSWORD) for _ in range(2))
        clinic.owner.renew(Role.LABORATORY, change_over_s=0)
        for session in (one, other):
            with pytest.raises(CredentialRefused):
                DEPARTMENTS.page(session, Query())
            with pytest.raises(CredentialRefused):
                note(session)
            clinic.door.recheck(session)
            assert DEPARTMENTS.page(session, Query()).rows == []
            note(session)
            assert session.server.user == other.server.user or session is one
            session.close()
        assert report(clinic).findings == []

    def test_puts_the_former_generation_out_at_once(self, clinic):
        former = clinic.credentials()[Role.PHARMACIST]
        with clinic.bare(former) as bare:
            database = bare[clinic.database]
            stream = database.changes.watch(max_await_time_ms=100)
            stream.try_next()
            assert list(database.departments.find()) == []
            clinic.owner.renew(Role.PHARMACIST, change_over_s=0)
            for use in (database.departments.find_one, stream.try_next):
                with pytest.raises(OperationFailure) as refused:
                    use()
                assert refused.value.code == REQUIRES_AUTHENTICATION
        with clinic.bare(former) as anew, pytest.raises(OperationFailure, match="Authentication failed"):
            anew[clinic.database].departments.find_one()

    def test_costs_no_session_that_listens_a_single_operation(self, clinic, monkeypatch):
        somebody = clinic.hire(Role.RECEPTIONIST)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        watcher = clinic.door.watch(session, lambda: clinic.door.recheck(session))
        former, written = session.server.user, 0
        changing_over = SimpleNamespace(sleep=lambda _: until(lambda: session.server.user != former and written > 20))
        monkeypatch.setattr(renewal, "time", changing_over)
        renewing = threading.Thread(target=clinic.owner.renew, args=(Role.RECEPTIONIST,))
        renewing.start()
        while renewing.is_alive():
            note(session)
            DEPARTMENTS.page(session, Query())
            written += 1
        note(session)
        watcher.close()
        assert session.server.user != former
        assert written > 20
        session.close()
        assert report(clinic).findings == []

    def test_gives_the_new_one_to_a_temporary_account_and_to_its_successor(self, clinic):
        new = clinic.hire(Role.NURSE, temporary=True)
        clinic.owner.renew(Role.NURSE, change_over_s=0)
        session = choose(clinic, new)
        note(session)
        clinic.owner.renew(Role.NURSE, change_over_s=0)
        clinic.door.recheck(session)
        note(session)
        session.close()
        clinic.door.sign_in(new.email, OWN).close()

    def test_leaves_one_user_a_role(self, clinic):
        clinic.owner.renew(Role.DOCTOR, change_over_s=0)
        clinic.owner.renew(Role.DOCTOR, change_over_s=0)
        with clinic.past_the_program() as database:
            found = database.command("usersInfo", filter={"roles.role": "doctor"})["users"]
            generation = database.practice.find_one()["credentials"][-1]["generation"]
        assert [user["user"] for user in found] == [f"doctor.{generation}"]

    def test_gives_a_role_that_has_none_its_first_credential(self, clinic):
        with clinic.past_the_program() as database:
            before = database.practice.find_one()["credentials"]
            database.practice.update_one({}, {"$set": {"credentials": [o for o in before if o["role"] != "patient"]}})
            database.command("dropUser", "patient.1")
            with pytest.raises(UserError, match="no credential"):
                clinic.hire(Role.PATIENT)
            clinic.owner.renew(Role.PATIENT, change_over_s=0)
        clinic.door.sign_in(clinic.hire(Role.PATIENT).email, PASSWORD).close()

    @pytest.mark.parametrize("step", every(["create", "write", "drop"]))
    def test_broken_off_leaves_everybody_in_and_the_next_one_leaves_one_user(self, clinic, step, monkeypatch):
        somebody = clinic.hire(Role.DOCTOR)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        with clinic.owning() as owner:
            with broken_off(monkeypatch, owner, renewal, step), pytest.raises(BrokenOff):
                owner.renew(Role.DOCTOR, change_over_s=0)
            clinic.door.recheck(session)
            note(session)
            owner.renew(Role.DOCTOR, change_over_s=0)
            clinic.door.recheck(session)
            note(session)
            assert owner.users.users_of("doctor") == [session.server.user]
        session.close()
        clinic.door.sign_in(somebody.email, PASSWORD).close()

    def test_asks_and_writes_in_batches_whatever_the_number_and_the_trail_has_each(self, clinic, monkeypatch):
        monkeypatch.setattr(renewal, "BATCH", 20)
        people = register_patients(clinic, 50)
        writes, real = [], renewal.write
        monkeypatch.setattr(renewal, "write", lambda *a: (writes.append(a), real(*a)))
        with clinic.owning() as owner:
            owner.renew(Role.PATIENT, change_over_s=0)
            generation = owner._credential(Role.PATIENT)[0]
            assert len(writes) == 1 + 3
            entries = owner.database.audit.count_documents({"record": {"$in": people}, "action": "renew credential"})
            rows = list(owner.database.accounts.find({"_id": {"$in": people}}))
        assert entries == len(people)
        assert {kept["generation"] for row in rows for kept in row["credentials"]} == {generation}
        assert report(clinic).findings == []

    @pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("at", range(4))
    def test_broken_off_between_two_batches_is_healed_by_the_next_one(self, clinic, at, done, monkeypatch):
        people = [clinic.hire(Role.REPRESENTATIVE) for _ in range(3)]
        sessions = [clinic.door.sign_in(one.email, PASSWORD) for one in people]
        with clinic.owning() as owner:
            with monkeypatch.context() as patch:
                patch.setattr(renewal, "BATCH", 1)
                patch.setattr(renewal, "write", breaking_at(at, renewal.write, done=done))
                with pytest.raises(BrokenOff):
                    owner.renew(Role.REPRESENTATIVE, change_over_s=0)
            for session in sessions:
                clinic.door.recheck(session)
                note(session)
            newcomer = clinic.hire(Role.REPRESENTATIVE)
            owner.renew(Role.REPRESENTATIVE, change_over_s=0)
            for session in sessions:
                clinic.door.recheck(session)
                note(session)
                session.close()
            clinic.door.sign_in(newcomer.email, PASSWORD).close()
            assert owner.users.users_of("representative") == [sessions[0].server.user]
        for one in people:
            clinic.owner.set_state(one.person, State.DISABLED)

    def test_broken_off_again_and_again_does_not_fill_the_server_up(self, clinic, monkeypatch):
        with clinic.owning() as owner:
            for _ in range(4):
                with broken_off(monkeypatch, owner, renewal, "create done"), pytest.raises(BrokenOff):
                    owner.renew(Role.LABORATORY, change_over_s=0)
            assert len(owner.users.users_of("laboratory")) == 3
            owner.renew(Role.LABORATORY, change_over_s=0)
            assert len(owner.users.users_of("laboratory")) == 1

    def test_reaches_whom_another_owner_changes_or_takes_in_meanwhile(self, clinic, monkeypatch):
        somebody, partner, real = clinic.hire(Role.NURSE), clinic.owner, renewal.write
        newcomers = []

        def meanwhile(*values):
            if len(newcomers) < 3:
                newcomers.append(clinic.hire(Role.NURSE))
                partner.set_roles(somebody.person, [Role.NURSE, Role.DOCTOR])
            return real(*values)

        with clinic.owning() as owner, monkeypatch.context() as patch:
            patch.setattr(renewal, "write", meanwhile)
            owner.renew(Role.NURSE, change_over_s=0)
        for one in [somebody, *newcomers]:
            clinic.door.sign_in(one.email, PASSWORD, Role.NURSE).close()

    def test_reaches_whoever_chooses_a_password_while_windows_change_over(self, clinic, monkeypatch):
        new, chosen = clinic.hire(Role.NURSE, temporary=True), []
        with pytest.raises(NewPasswordNeeded) as needed:
            clinic.door.sign_in(new.email, new.password)

        def choose_now(_):
            chosen.append(clinic.door.choose_password(needed.value.opened, OWN))

        with clinic.owning() as owner, monkeypatch.context() as patch:
            patch.setattr(renewal, "time", SimpleNamespace(sleep=choose_now))
            owner.renew(Role.NURSE)
        clinic.door.recheck(chosen[0])
        note(chosen[0])
        chosen[0].close()
        clinic.door.sign_in(new.email, OWN).close()

    def test_gives_way_to_another_owner_s_of_the_same_role(self, clinic, monkeypatch):
        somebody, partner, real = clinic.hire(Role.DOCTOR), clinic.owner, renewal.HandingOut.to_practice

        def meanwhile(handing):
            monkeypatch.setattr(renewal.HandingOut, "to_practice", real)
            partner.renew(Role.DOCTOR, change_over_s=0)
            real(handing)

        with clinic.owning() as owner:
            monkeypatch.setattr(renewal.HandingOut, "to_practice", meanwhile)
            with pytest.raises(UserError, match="Another owner"):
                owner.renew(Role.DOCTOR, change_over_s=0)
            session = clinic.door.sign_in(somebody.email, PASSWORD)
            assert owner.users.users_of("doctor") == [session.server.user]
        session.close()

    def test_of_solo_works_as_of_any_role(self, new_clinic):
        clinic = new_clinic(solo=True)
        session = clinic.administrator
        assert session.identity.role is Role.SOLO
        clinic.owner.renew(Role.SOLO, change_over_s=0)
        clinic.door.recheck(session)
        note(session)


class TestAtOnce:
    """A person's program is told by the server itself, wherever it runs."""

    @pytest.fixture
    def elsewhere(self, clinic):
        """Another workstation's program, listening; tells when and why its session ended."""
        door = Door(clinic.settings, clinic.profile, clinic.secrets, clinic.address)
        running = []

        def open_for(hired):
            ended, why, listening = threading.Event(), [], threading.Event()
            session = door.sign_in(hired.email, PASSWORD)

            def on_news():
                try:
                    door.recheck(session)
                    listening.set()
                except SignedOut as error:
                    why.append(error.message)
                    ended.set()

            running.extend([door.watch(session, on_news), session])
            assert listening.wait(PATIENCE_S)
            return ended, why

        yield open_for
        for one in [*running, door]:
            one.close()

    @pytest.mark.parametrize(
        ("act", "why"),
        [
            (lambda owner, person: owner.set_state(person, State.DISABLED), "This account was disabled"),
            (lambda owner, person: owner.set_roles(person, [Role.PATIENT]), "may not work as doctor any more"),
            (lambda owner, person: owner.reset(person), "password of this account was reset"),
        ],
        ids=["disabling", "changing roles", "resetting"],
    )
    def test_an_account_s_program_is_signed_out_by(self, clinic, elsewhere, act, why):
        somebody = clinic.hire(Role.DOCTOR)
        ended, said = elsewhere(somebody)
        act(clinic.owner, somebody.person)
        assert ended.wait(PATIENCE_S)
        assert why in said[0]

    def test_a_program_that_goes_on_is_told_what_its_person_may_do_now(self, clinic):
        somebody = clinic.hire(Role.NURSE, Role.DOCTOR)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        clinic.owner.set_roles(somebody.person, [Role.NURSE, Role.PHARMACIST])
        said = clinic.door.recheck(session).words()
        assert said == (
            "You may work as pharmacist, too: change in the menu under your name. You may not work as doctor any more."
        )
        assert session.identity.roles == (Role.NURSE, Role.PHARMACIST)
        clinic.owner.set_roles(somebody.person, [Role.PHARMACIST, Role.NURSE])
        assert clinic.door.recheck(session).words() == ""
        session.close()

    def test_nobody_else_s_program_is(self, clinic, elsewhere):
        ended, _ = elsewhere(clinic.hire(Role.DOCTOR))
        clinic.owner.set_state(clinic.hire(Role.DOCTOR).person, State.DISABLED)
        assert not ended.wait(0.3)


class TestAnAccountOfSomebodyAmongTheStaff:
    """An account that was made before its person was entered among the staff."""

    @pytest.fixture
    def doctor(self, clinic):
        """Another id than the account's."""
        values = {"name": f"Dr {uuid4().hex[:6]}", "profession": "doctor"}
        return STAFF.create(clinic.administrator, values, uuid4().hex)

    def test_is_theirs_from_the_next_sign_in_on_and_at_once_where_a_program_runs(self, clinic, doctor):
        somebody = clinic.hire(Role.DOCTOR)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        assert session.identity.member == somebody.person
        clinic.owner.tie(somebody.person, doctor["_id"])
        changed = clinic.door.recheck(session)
        assert session.identity.member == doctor["_id"]
        assert "member of staff" in changed.words()
        note(session)
        session.close()
        again = clinic.door.sign_in(somebody.email, PASSWORD)
        assert (again.identity.person, again.identity.member) == (somebody.person, doctor["_id"])
        again.close()
        assert report(clinic).findings == []

    def test_is_in_the_trail_and_in_the_list(self, clinic, doctor):
        somebody = clinic.hire(Role.DOCTOR)
        clinic.owner.tie(somebody.person, doctor["_id"])
        entry = clinic.owner.database.audit.find_one({"record": somebody.person, "action": "tie to staff"})
        assert (entry["person"], entry["reason"]) == (clinic.administrator.identity.person, doctor["name"])
        assert ACCOUNTS.get(clinic.administrator, somebody.person)["staff:title"] == doctor["name"]

    def test_keeps_it_whatever_an_owner_changes_later(self, clinic, doctor):
        somebody = clinic.hire(Role.DOCTOR)
        clinic.owner.tie(somebody.person, doctor["_id"])
        clinic.owner.set_roles(somebody.person, [Role.DOCTOR, Role.NURSE])
        clinic.owner.rename(somebody.person, "Amal Fawzy", somebody.email)
        session = clinic.door.sign_in(somebody.email, PASSWORD)
        assert session.identity.member == doctor["_id"]
        session.close()

    def test_is_one_alone_and_for_good(self, clinic, doctor):
        one, other = clinic.hire(Role.DOCTOR), clinic.hire(Role.DOCTOR)
        clinic.owner.tie(one.person, doctor["_id"])
        with pytest.raises(InvalidInput) as refused:
            clinic.owner.tie(other.person, doctor["_id"])
        assert refused.value.fields == {"staff": HAS_ONE}
        with pytest.raises(InvalidInput) as refused:
            clinic.owner.create({"name": "A", "email": "a@b.example", "person": doctor["_id"]}, [Role.DOCTOR])
        assert refused.value.fields == {"person": HAS_ONE}
        second = STAFF.create(clinic.administrator, {"name": "Dr Second", "profession": "doctor"}, uuid4().hex)
        with pytest.raises(UserError, match="already"):
            clinic.owner.tie(one.person, second["_id"])
        with pytest.raises(InvalidInput):
            clinic.owner.tie(other.person, ObjectId())

    def test_is_told_of_when_they_have_left(self, clinic, doctor):
        somebody = clinic.hire(Role.DOCTOR)
        clinic.owner.tie(somebody.person, doctor["_id"])
        STAFF.change(clinic.administrator, doctor["_id"], doctor["version"], {"active": False}, uuid4().hex)
        assert left_with_account(clinic.administrator, doctor["_id"]) == [somebody.name]
