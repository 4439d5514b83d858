"""The demo practice: everybody signs in, and nothing real is ever removed for it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from hmsdesk.controllers import demo
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.workplace import NotSetUp, Workplace
from hmsdesk.errors import UserError
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings, write_profile


@pytest.fixture(scope="module")
def workplace():
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    workplace = Workplace(Settings(home=home, argon2_mib=64))
    demo.make(workplace, 6, 1)
    yield workplace
    workplace.close()
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def door(workplace):
    return workplace.door()


@pytest.fixture
def session(door):
    opened = []

    def sign_in(role):
        email = next(email for email, _, word in demo.accounts() if word == role.value)
        opened.append(door.sign_in(email, demo.PASSWORD))
        return opened[-1]

    yield sign_in
    for one in opened:
        one.close()


def test_there_is_an_account_for_each_role(session):
    accounts = list(demo.accounts())
    assert {role for _, _, role in accounts} == {role.value for role in Role if role is not Role.SOLO}
    for role in (Role(word) for _, _, word in accounts):
        assert session(role).identity.role is role


def test_there_is_something_to_work_with(session):
    receptionist = session(Role.RECEPTIONIST)
    assert PATIENTS.count(receptionist, Query()).number == 6
    assert APPOINTMENTS.count(receptionist, Query()).number > 0
    assert LOTS.count(session(Role.PHARMACIST), Query()).number > 0


def test_its_trail_holds(door, session):
    report = verify_as_owner(door, session(Role.ADMINISTRATOR), demo.PASSWORD)
    assert (report.holds, [finding.what for finding in report.findings]) == (True, [])


def test_a_real_practice_is_left_alone(workplace):
    profile = workplace.profile()
    folder = workplace.settings.folder()
    write_profile(folder, profile.model_copy(update={"practice": "Somebody's clinic"}))
    try:
        with pytest.raises(UserError, match="not the demo practice"):
            demo.forget(workplace)
        assert (folder / "db" / "WiredTiger").exists()
    finally:
        write_profile(folder, profile)


def test_it_is_forgotten_with_all_it_left(tmp_path):
    workplace = Workplace(Settings(home=tmp_path / "data", argon2_mib=64))
    demo.forget(workplace)
    with pytest.raises(NotSetUp):
        demo.refuse_real(workplace)
