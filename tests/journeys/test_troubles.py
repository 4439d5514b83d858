"""What goes wrong around the program is said in the window in words, loses nothing, and is over with its cause."""

import shutil
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from pymongo.errors import PyMongoError

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.errors import UserError
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from tests.disks import fill, mounted
from tests.journeys.conftest import ADMINISTRATOR
from tests.journeys.founder import EMAIL, FOUNDING, PASSWORD

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

# Enough for an empty practice, and soon full.
MOUNT_BYTES = 200 * 2**20


def begin_department(hands):
    name = f"Ward {uuid4().hex[:6]}"
    hands.go("departments", "new")
    hands.type_in("name", name)
    hands.type_in("code", name[5:])
    return name


class TestTheRolesDatabaseUser:
    """Changed past the program, as by whoever looks after the server."""

    @pytest.fixture
    def reception(self, window, practice):
        """A receptionist's window, in which a patient's name was typed."""
        email, _ = practice.hire(Role.RECEPTIONIST)
        hands = window()
        hands.sign_in(email)
        hands.go("patients", "new")
        hands.type_in("name", f"Mona {uuid4().hex[:6]}")
        hands.choose_in("gender", "female")
        return hands, email

    @pytest.fixture
    def user(self, reception, practice):
        """The receptionists' database user: its name, password and roles. It is put back at the end."""
        hands, _ = reception
        server = hands.desk().session.server
        password = server.client.options.pool_options._credentials.password
        found = practice.owner.database.command("usersInfo", server.user)["users"][0]
        yield server.user, password, found["roles"]
        practice.owner.database.command("updateUser", server.user, pwd=password)

    def test_that_was_dropped_is_told_until_it_is_there_again(self, reception, practice, user):
        (hands, _), (name, password, roles) = reception, user
        practice.owner.database.command("dropUser", name)
        hands.wait(lambda: hands.sees("The server does not let you in as receptionist."), "said")
        typed = hands.typed("name")
        hands.click("formSave")
        hands.wait(lambda: hands.sees("The server did not let this program in."), "said in the form")
        assert hands.typed("name") == typed
        practice.owner.database.command("createUser", name, pwd=password, roles=roles)
        hands.wait(lambda: not hands.sees("does not let you in"), "over")
        save_patient(hands, practice, typed)

    def test_with_another_password_is_told_at_the_door_and_what_was_typed_waits(self, reception, practice, user):
        (hands, email), (name, password, _) = reception, user
        typed = hands.typed("name")
        practice.owner.database.command("updateUser", name, pwd=uuid4().hex)
        hands.lock()
        hands.try_to_sign_in(email)
        hands.wait(lambda: hands.sees("The server does not let you in as receptionist."), "said at the door")
        practice.owner.database.command("updateUser", name, pwd=password)
        hands.sign_in(email)
        assert hands.typed("name") == typed
        save_patient(hands, practice, typed)


def save_patient(hands, practice, name):
    hands.click("formSave")
    hands.wait(lambda: getattr(hands.desk().frame.page(), "form", None) is None, "saved")
    assert practice.owner.database.patients.count_documents({"name": name}) == 1


def test_an_account_that_is_disabled_is_told_and_its_draft_waits(window, practice):
    email, person = practice.hire(Role.ADMINISTRATOR)
    hands = window()
    hands.sign_in(email)
    name = begin_department(hands)
    practice.owner.set_state(person, State.DISABLED)
    hands.wait(lambda: hands.sees("This account was disabled. Ask the practice's owner about it."), "signed out")
    practice.owner.set_state(person, State.ACTIVE)
    hands.sign_in(email)
    hands.wait(lambda: hands.sees("Departments: something is not saved yet"), "offered")
    hands.go("departments", "new")
    assert hands.typed("name") == name


class TestTheClock:
    @pytest.mark.parametrize("moved", [timedelta(days=2), timedelta(hours=-5)], ids=["ahead", "back"])
    def test_that_jumps_is_told_and_nothing_is_dated_by_it(self, window, practice, moved):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        name = begin_department(hands)
        before = datetime.now(UTC)
        with time_machine.travel(before + moved, tick=True):
            hands.wait(lambda: hands.sees("This computer's clock is wrong"), "said")
            session = hands.desk().session
            assert abs(session.now() - before) < timedelta(minutes=5)
            assert session.locale.today() == session.locale.local(before).date()
            hands.click("formSave")
            hands.wait(lambda: name in hands.titles(), "saved")
            assert hands.is_in(), "neither idle nor expired"
        hands.wait(lambda: not hands.sees("This computer's clock is wrong"), "over")
        (row,) = DEPARTMENTS.page(practice.session, Query(text=name)).rows
        assert abs(row["created_at"].replace(tzinfo=UTC) - before) < timedelta(minutes=5)


@pytest.mark.skipif(shutil.which("mount") is None, reason="no disks are mounted here")
class TestTheDisk:
    @pytest.fixture
    def small(self, place):
        """A practice on a disk of its own, that is soon full."""
        with mounted(place, "-o", f"size={MOUNT_BYTES}"):
            settings = Settings(home=place / "data", argon2_mib=64)
            with closing(Workplace(settings)) as workplace:
                workplace.found(FOUNDING)
            yield settings

    @pytest.mark.nightly
    def test_that_is_full_is_told_and_work_goes_on_once_there_is_room(self, small, window_on):
        hands = window_on(replace(small, server_timeout_s=3))
        hands.sign_in(EMAIL, PASSWORD)
        session = hands.desk().session
        DEPARTMENTS.create(session, {"name": "Before", "code": "BEFORE"}, uuid4().hex)
        filler = fill(small.home.parent)
        name = begin_department(hands)
        hands.wait(lambda: hands.sees("can't keep a copy of what you type"), "said beside what is typed")
        saved = []
        hands.wait(lambda: save_until_full(session, saved) and hands.sees("The disk is full."), "said in the window")
        hands.click("formSave")
        hands.wait(lambda: hands.sees("does not answer") or hands.sees("disk is full. Free"), "said in the form")
        assert hands.typed("name") == name
        filler.unlink()
        hands.wait(lambda: hands.chip() == "Connected" and not hands.sees("The disk is full."), "goes on by itself")
        hands.click("formSave")
        hands.wait(lambda: getattr(hands.desk().frame.page(), "form", None) is None, "saved")
        kept = session.server.database.departments
        assert kept.count_documents({"code": {"$in": saved}}) == len(saved)
        assert kept.count_documents({"name": {"$in": ["Before", name]}}) == 2
        assert verify_as_owner(hands.desk()._door, session, PASSWORD).holds
        hands.close()

    def test_that_may_not_be_written_is_told_and_the_door_opens_once_it_may(self, small, window_on):
        folder = str(small.home.parent)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        hands = window_on(small)
        hands.wait(lambda: hands.sees("The data folder can't be used."), "said at the door")
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        hands.wait(lambda: hands.program.entrance.is_connected, "opened by itself")
        hands.sign_in(EMAIL, PASSWORD)
        hands.close()


def save_until_full(session, saved):
    """Save departments until the server takes no more. What it took is noted."""
    code = uuid4().hex[:8].upper()
    try:
        DEPARTMENTS.create(session, {"name": f"Ward {code}", "code": code}, uuid4().hex)
    except (UserError, PyMongoError):
        return True
    saved.append(code)
    return False
