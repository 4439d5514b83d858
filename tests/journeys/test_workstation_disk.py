"""A practice on a shared server: the workstation's own disk takes nothing while somebody works.

It is said in the window, what the server saved is saved, nothing that was typed goes, and all goes on by itself.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from hmsdesk.controllers.backing_up import lock_of
from hmsdesk.controllers.daily_backups import Plan, back_up_daily, plan_of, set_up
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.database.audit import HEADS_FILE, Heads
from hmsdesk.errors import UserError
from hmsdesk.security.permissions import Role
from hmsdesk.settings import COMPUTER, ChoicesFile, Kind
from hmsdesk.views.kit.habits import Habits
from tests.backing_up import PASSPHRASE
from tests.conftest import OWNER_EMAIL, PASSWORD, Clinic
from tests.disks import fill, mounted, not_writable

pytestmark = [
    # Said by the platform the tests run on.
    pytest.mark.qt_log_ignore("This plugin does not support"),
    pytest.mark.skipif(shutil.which("mount") is None, reason="no disks are mounted here"),
]

PAGE = 4096
NOT_KEPT = "This computer can't keep a copy of what you type"


@contextmanager
def full(folder):
    filler = fill(folder)
    # What is left on the last page of a file has room.
    heads = folder / "data" / HEADS_FILE
    with heads.open("ab") as content:
        content.write(b"\n" * (-heads.stat().st_size % PAGE))
    yield
    filler.unlink()


REFUSING = {
    "This computer's disk is full": full,
    "Nothing can be written to this computer's disk": not_writable,
}


@pytest.fixture(scope="module")
def place():
    """Where the disk of these tests is mounted."""
    folder = Path(tempfile.mkdtemp(prefix="hms-"))
    yield folder
    folder.rmdir()


@pytest.fixture(scope="module")
def clinic(place, server_address):
    """A practice on the run's own server, whose first workstation has a small disk for its data folder."""
    with mounted(place, "-o", "size=8m"):
        clinic = Clinic(server_address, place / "data", kind=Kind.SELF_MANAGED)
        yield clinic
        clinic.leave()
        clinic.take_away()


@pytest.fixture
def nurse(clinic):
    """Somebody who may work there, too."""
    return clinic.hire(Role.NURSE)


@pytest.fixture
def hands(clinic, window_on):
    """The owner's window on that workstation."""
    hands = window_on(clinic.settings)
    hands.sign_in(OWNER_EMAIL, PASSWORD)
    return hands


def type_department(hands):
    name = f"Ward {uuid4().hex[:6]}"
    hands.go("departments", "new")
    hands.type_in("name", name)
    hands.type_in("code", name[5:])
    return name


def save(hands, name):
    hands.click("formSave")
    hands.wait(lambda: name in hands.titles(), "saved")


def drafted(hands):
    """What is kept on the disk of what is typed, for whoever opens the program next."""
    return [draft.values["name"] for draft in hands.desk().context.drafts.all()]


@pytest.mark.parametrize("said", REFUSING)
def test_that_takes_nothing_is_told_and_work_goes_on(clinic, hands, place, said):
    with REFUSING[said](place):
        first = type_department(hands)
        hands.wait(lambda: hands.sees(NOT_KEPT), "said beside what is typed")
        hands.lock()
        hands.sign_in(OWNER_EMAIL, PASSWORD)
        assert hands.typed("name") == first, "the pages wait as ever"
        save(hands, first)
        hands.wait(lambda: hands.sees(said), "said over the page")
        second = type_department(hands)
        hands.wait(lambda: hands.sees(NOT_KEPT), "said once more")
        assert drafted(hands) == []
    hands.wait(lambda: not hands.sees(NOT_KEPT), "kept as soon as it is taken")
    hands.wait(lambda: not hands.sees(said), "said no more")
    session = hands.desk().session
    assert drafted(hands) == [second]
    assert last_entry(clinic, session) == Heads(clinic.settings.home).read()[session.chain.id]
    save(hands, second)
    assert drafted(hands) == []
    assert {first, second} <= {row["name"] for row in DEPARTMENTS.page(session, Query()).rows}
    assert verify_as_owner(hands.desk()._door, session, PASSWORD).holds
    hands.close()


@pytest.mark.parametrize("said", REFUSING)
def test_that_takes_nothing_keeps_nobody_out_and_what_it_holds_stays_whole(clinic, nurse, hands, place, said):
    habits = Habits()
    habits.keep_in(ChoicesFile(clinic.settings.home, COMPUTER))
    habits.set("printer", "the one at the door")
    before = kept_in(clinic.settings.home)
    with REFUSING[said](place):
        hands.program.sign_out()
        hands.try_to_sign_in(nurse.email, "orange monkey dishwasher")
        hands.wait(lambda: hands.sees("E-mail or password is not right."), "refused")
        hands.sign_in(nurse.email, nurse.password)
        hands.go("patients")
        habits.set("printer", "the one upstairs")
        assert kept_in(clinic.settings.home) == before
    assert habits.get("printer") == "the one upstairs", "until the program ends"
    hands.close()


@pytest.mark.parametrize("said", REFUSING)
def test_that_takes_nothing_leaves_the_daily_backup_as_it_was_set_up(clinic, place, tmp_path, said):
    def plan(hour):
        return Plan(folder=tmp_path, hour=hour, lock=lock_of(clinic.owner, PASSPHRASE))

    set_up(clinic.owner, plan(13))
    with REFUSING[said](place):
        with pytest.raises(UserError, match=said):
            set_up(clinic.owner, plan(14))
        kept = back_up_daily(clinic.door).collections["accounts"].count
        assert kept == clinic.owner.database.accounts.count_documents({})
    assert plan_of(clinic.settings).hour == 13
    set_up(clinic.owner, plan(14))
    assert plan_of(clinic.settings).hour == 14


def kept_in(folder):
    """What each file holds. The chains' heads are let grow."""
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != HEADS_FILE}


def last_entry(clinic, session):
    """The trail's own head of a session's chain."""
    with clinic.past_the_program() as database:
        row = database.audit.find_one({"chain": session.chain.id}, sort=[("seq", -1)])
    return row["seq"], row["hash"]
