"""The owner credential is renewed: for every owner, with a new recovery code, and the one from before is out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

import pytest

from hmsdesk.controllers import ownership
from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.ownership import NewOwnership, renew_ownership
from hmsdesk.controllers.readmission import readmit
from hmsdesk.controllers.recovery import recover
from hmsdesk.controllers.sign_in import NewPasswordNeeded
from hmsdesk.database.connection import CredentialRefused
from hmsdesk.database.users import ServerUsers
from hmsdesk.database.verification import verify
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.registry import RECORDS
from hmsdesk.security.bundles import OwnerBundle
from hmsdesk.security.certificates import State
from hmsdesk.security.credentials import CannotOpen, open_with_code
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import OWNER
from tests.conftest import OWNER_EMAIL, PASSWORD, Clinic, Hired
from tests.controllers.breaking import broken_off, every

OWN = "tin violet harbour sixty"


@pytest.fixture
def renewed(clinic: Clinic) -> Iterator[Callable[[], NewOwnership]]:
    def again() -> NewOwnership:
        with clinic.owning() as owner:
            made = renew_ownership(owner)
        clinic.recovery_code = made.recovery_code
        clinic.reopen()
        return made

    yield again
    again()


def opens(clinic: Clinic, hired: Hired) -> None:
    """Somebody works with the owner credential."""
    session = clinic.door.sign_in(hired.email, hired.password)
    with owning(clinic.door, session, hired.password) as owner:
        assert owner.database.practice.count_documents({}) == 1
        assert owner.users.users_of(OWNER) == [owner.bundle.user]
    session.close()


def test_the_former_one_is_out_at_once_even_on_open_connections(clinic: Clinic, renewed) -> None:
    with clinic.owning() as owner:
        former = owner.bundle
        with closing(clinic.door.connect(former.user, former.password)) as server:
            server.clock_offset()
            assert renewed().former_is_gone
            with pytest.raises(CredentialRefused), server.asked() as database:
                database.practice.find_one()


def test_every_owner_gets_the_new_one_and_nobody_else(clinic: Clinic, renewed) -> None:
    partner = clinic.hire(Role.DOCTOR, owner=True)
    nurse = clinic.hire(Role.NURSE)
    renewed()
    opens(clinic, partner)
    opens(clinic, Hired(clinic.administrator.identity.person, "", OWNER_EMAIL, PASSWORD))
    with clinic.past_the_program() as database:
        assert "owner_seal" not in database.accounts.find_one({"_id": nurse.person})


def test_an_owner_with_a_temporary_password_gets_it_too(clinic: Clinic, renewed) -> None:
    new = clinic.hire(Role.ADMINISTRATOR, temporary=True, owner=True)
    renewed()
    with pytest.raises(NewPasswordNeeded) as needed:
        clinic.door.sign_in(new.email, new.password)
    clinic.door.choose_password(needed.value.opened, OWN).close()
    opens(clinic, Hired(new.person, new.name, new.email, OWN))
    renewed()
    opens(clinic, Hired(new.person, new.name, new.email, OWN))


def test_a_disabled_owner_gets_nothing_until_enabled(clinic: Clinic, renewed) -> None:
    partner = clinic.hire(Role.DOCTOR, owner=True)
    with clinic.owning() as owner:
        owner.set_state(partner.person, State.DISABLED)
    renewed()
    with clinic.past_the_program() as database:
        assert "owner_seal" not in database.accounts.find_one({"_id": partner.person})
    with clinic.owning() as owner:
        owner.set_state(partner.person, State.ACTIVE)
    opens(clinic, partner)


def test_the_former_recovery_code_opens_nothing_and_the_new_one_everything(clinic: Clinic, renewed) -> None:
    former = clinic.recovery_code
    new = renewed().recovery_code
    with clinic.past_the_program() as database:
        sealed = database.practice.find_one()["recovery"]
    with pytest.raises(CannotOpen):
        open_with_code(sealed, former)
    assert OwnerBundle.model_validate_json(open_with_code(sealed, new)).user != OWNER
    with pytest.raises(InvalidInput):
        recover(clinic.door, former, OWNER_EMAIL, PASSWORD)
    with pytest.raises(InvalidInput):
        readmit(clinic.settings.folder(), clinic.secrets, former)
    readmit(clinic.settings.folder(), clinic.secrets, new)
    clinic.recovery_code = recover(clinic.door, new, OWNER_EMAIL, PASSWORD).recovery_code


def test_a_user_of_the_administrators_own_stays(clinic: Clinic, renewed) -> None:
    with clinic.past_the_program() as database:
        for user in ("backup", "owners", "owner.left"):
            database.command("createUser", user, pwd="somebody's own", roles=["dbOwner"])
        renewed()
        left = {user["user"] for user in database.command("usersInfo", filter={"roles.role": "dbOwner"})["users"]}
        assert left - {clinic.owner.bundle.user} == {"backup", "owners"}
        for user in ("backup", "owners"):
            database.command("dropUser", user)


def test_nobody_at_work_notices(clinic: Clinic, renewed) -> None:
    session = clinic.door.sign_in(clinic.hire(Role.NURSE).email, PASSWORD)
    renewed()
    clinic.door.recheck(session)
    DEPARTMENTS.page(session, Query())
    session.close()


def test_the_trail_holds_and_names_it(clinic: Clinic, renewed) -> None:
    renewed()
    with clinic.owning() as owner:
        collections = [record.collection() for record in RECORDS]
        assert verify(owner.database, clinic.door.practice()["public_key"], {}, collections).findings == []
        assert owner.database.audit.count_documents({"action": "renew owner credential"}) >= 2


@pytest.mark.parametrize("step", every(["create", "write"]))
def test_broken_off_it_leaves_the_owners_in_and_the_next_one_leaves_one_user(
    clinic: Clinic, renewed, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = clinic.hire(Role.DOCTOR, owner=True)
    with (
        clinic.owning() as owner,
        broken_off(monkeypatch, owner, ownership, step),
        pytest.raises(UserError, match="does not answer"),
    ):
        renew_ownership(owner)
    renewed()
    opens(clinic, partner)
    clinic.recovery_code = recover(clinic.door, clinic.recovery_code, OWNER_EMAIL, PASSWORD).recovery_code


def test_a_former_one_that_can_not_be_dropped_is_told_with_the_new_code(
    clinic: Clinic, renewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clinic.owning() as owner, monkeypatch.context() as patch:
        former, drop = owner.users.users_of(OWNER), ServerUsers.drop

        def fails(users: ServerUsers, names: Iterable[str]) -> None:
            if list(names) == former:
                raise UserError("Atlas has not finished.")
            drop(users, names)

        patch.setattr(ServerUsers, "drop", fails)
        made = renew_ownership(owner)
    assert not made.former_is_gone
    clinic.recovery_code = recover(clinic.door, made.recovery_code, OWNER_EMAIL, PASSWORD).recovery_code
    assert renewed().former_is_gone
    with clinic.owning() as owner:
        assert owner.users.users_of(OWNER) == [owner.bundle.user]
