"""The program is killed at any step: what was typed is offered again, nothing is half done, and the server goes on."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import uuid4

import pytest

from hmsdesk.controllers import demo
from hmsdesk.controllers.founding import KEEPING, MAKING, PROVISIONING, STARTING
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings, read_profile
from hmsdesk.views.first_run import FirstRun
from hmsdesk.views.prescriptions import REPEAT
from tests.journeys.conftest import ROOT, email_of
from tests.journeys.dying import ANSWERED, ASKED
from tests.journeys.founder import EMAIL, FOUNDING, PASSWORD
from tests.journeys.test_dispensing import deliver
from tests.waiting import until

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

# A step of the transaction that saves it, and whether it is stored then.
STEPS = {
    "before its first line": ("insert", ASKED),
    "before it is committed": ("commitTransaction", ASKED),
    "before the program hears that it is saved": ("commitTransaction", ANSWERED),
}
# What such a one holds, as the next patient's number, the server gives back after six to nine seconds.
LONG = pytest.param("before it is committed", marks=pytest.mark.nightly)
# Of what could be done twice the last step is looked at each time.
LAST = [pytest.param(step, marks=pytest.mark.nightly) for step in list(STEPS)[:-1]] + list(STEPS)[-1:]


@pytest.fixture(scope="module")
def founded():
    """The data folder of a practice that no window is open for."""
    settings = Settings(home=Path(tempfile.mkdtemp(prefix="hms-")), argon2_mib=64)
    with closing(Workplace(settings)) as workplace:
        workplace.found(FOUNDING)
    yield settings
    shutil.rmtree(settings.home)


@pytest.mark.parametrize("step", ["before its first line", LONG, "before the program hears that it is saved"])
def test_a_registration_cut_short_is_offered_again_and_there_once(practice, elsewhere, window, step):
    email, person = practice.hire(Role.RECEPTIONIST)
    name = f"Mona {uuid4().hex[:6]}"
    other = elsewhere()
    other.do("sign_in", email)
    other.do("go", "patients", "new")
    other.do("type_in", "name", name)
    other.do("choose_in", "gender", "female")
    folder = practice.settings.home / "drafts" / str(person)
    assert until(lambda: list(folder.glob("*.draft"))), "no draft"
    other.do("arm", *STEPS[step])
    other.begin("click", "formSave")
    other.dies()
    kept = practice.owner.database.patients
    assert kept.count_documents({"name": name}) == (STEPS[step][1] == ANSWERED)

    here = window()
    here.sign_in(email)
    here.take_up("Patients: something is not saved yet")
    assert here.typed("name") == name
    here.click("formSave")
    here.wait(lambda: getattr(here.desk().frame.page(), "form", None) is None, "saved")
    assert [row["version"] for row in kept.find({"name": name})] == [1]
    assert not list(folder.glob("*.draft"))
    assert verify_as_owner(practice.door, practice.session, demo.PASSWORD).holds


@pytest.fixture
def prescribed(practice):
    """A prescription of four tablets, of which there are forty."""
    with ExitStack() as stack:
        sessions = {}
        for role in (Role.DOCTOR, Role.PHARMACIST, Role.RECEPTIONIST):
            sessions[role] = stack.enter_context(closing(practice.door.sign_in(email_of(role), demo.PASSWORD)))
        facts = {"name": f"Samir {uuid4().hex[:6]}", "gender": "male"}
        patient = PATIENTS.create(sessions[Role.RECEPTIONIST], facts, uuid4().hex)
        kind = {"name": f"Sudden {uuid4().hex[:6]}", "ingredient": "suddenin", "unit": "tablet", "price": "1.50"}
        medicine = MEDICINES.create(sessions[Role.PHARMACIST], kind, uuid4().hex)
        deliver(sessions[Role.PHARMACIST], medicine, 40)
        line = {"medicine": medicine["_id"], "dose": 1, "route": "oral", "frequency": "once", "days": 4, "quantity": 4}
        asked = Prescribe(patient=patient["_id"], lines=(line,))
        yield PRESCRIPTIONS.sign(sessions[Role.DOCTOR], asked, uuid4().hex), sessions[Role.DOCTOR]


def left_of(practice, row):
    """What the lots hold of a prescription's medicine."""
    lots = practice.owner.database.stock_lots.find({"medicine": row["lines"][0]["medicine"]})
    return sum(lot["quantity"] for lot in lots)


@pytest.mark.parametrize("step", LAST)
def test_a_hand_out_cut_short_leaves_the_shelf_once_or_not_at_all(practice, elsewhere, window, prescribed, step):
    row, _ = prescribed
    other = elsewhere()
    other.do("sign_in", email_of(Role.PHARMACIST))
    other.do("go", "dispensary", str(row["_id"]))
    other.do("see", "dispense")
    other.do("arm", *STEPS[step])
    other.begin("click", "dispense")
    other.dies()
    given = practice.owner.database.dispensations
    is_done = STEPS[step][1] == ANSWERED
    assert (given.count_documents({"prescription": row["_id"]}), left_of(practice, row)) == (
        is_done,
        36 if is_done else 40,
    )

    here = window()
    here.sign_in(email_of(Role.PHARMACIST))
    here.go("dispensary", str(row["_id"]))
    if not is_done:
        here.click("dispense")
    here.wait(lambda: here.sees("Already dispensed in full"), "all of it")
    assert (given.count_documents({"prescription": row["_id"]}), left_of(practice, row)) == (1, 36)
    assert verify_as_owner(practice.door, practice.session, demo.PASSWORD).holds


@pytest.mark.parametrize("step", LAST)
def test_a_signing_cut_short_is_offered_again_and_there_once(practice, elsewhere, window, prescribed, step):
    earlier, doctor = prescribed
    CANCELLATIONS.cancel(doctor, earlier["_id"], "Written by mistake", uuid4().hex)
    other = elsewhere()
    other.do("sign_in", email_of(Role.DOCTOR))
    other.do("go", "prescribe", f"{earlier['patient']}/{REPEAT}{earlier['_id']}")
    other.do("see", "sign")
    other.do("arm", *STEPS[step])
    other.begin("click", "sign")
    other.dies()
    kept, again = practice.owner.database.prescriptions, {"patient": earlier["patient"], "_id": {"$ne": earlier["_id"]}}
    assert kept.count_documents(again) == (STEPS[step][1] == ANSWERED)

    here = window()
    here.sign_in(email_of(Role.DOCTOR))
    here.take_up("something is not saved yet")
    here.wait(lambda: here.sees("This was being signed"), "that nobody knows")
    here.click("noticeAction")
    here.wait(lambda: here.sees("Signed and sent"), "signed")
    assert kept.count_documents(again) == 1
    assert verify_as_owner(practice.door, practice.session, demo.PASSWORD).holds


@pytest.mark.parametrize("with_server", [False, True], ids=["the program alone", "the program and the server"])
def test_after_a_kill_the_next_start_has_the_server_which_ends_with_it(founded, elsewhere, with_server):
    first = elsewhere(founded)
    first.do("sign_in", EMAIL, PASSWORD)
    former = EmbeddedServer(founded).status().pid
    if with_server:
        os.kill(former, signal.SIGKILL)
    first.kill()
    left = EmbeddedServer(founded).status()
    assert (left.running, left.windows) == (not with_server, ())
    second = elsewhere(founded)
    second.do("sign_in", EMAIL, PASSWORD)
    assert (EmbeddedServer(founded).status().pid == former) is not with_server
    second.close()
    assert is_over(founded)
    assert not list((founded.home / "leases").glob("*.lease"))


def is_over(settings):
    """Whether the server ends. Where that takes long, as on a busy machine, a window doesn't wait for it."""
    return until(lambda: not EmbeddedServer(settings).status().running)


def start_and_kill(settings, pause_s):
    """A program that is killed while it starts, or soon after."""
    surroundings = os.environ | {"HMSDESK_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "hmsdesk"]
    program = subprocess.Popen(command, env=surroundings, stderr=subprocess.DEVNULL)
    time.sleep(pause_s)
    program.kill()
    program.wait()


def check_opens(settings):
    """Sign-in works, and the server ends with it."""
    workplace = Workplace(settings)
    with closing(workplace):
        workplace.door().sign_in(EMAIL, PASSWORD).close()
    assert is_over(settings)


def test_a_program_killed_while_it_starts_its_server_keeps_nobody_out(founded):
    """Moments about that at which the server is being started."""
    for pause_s in (0.8, 1.4, 2.0):
        start_and_kill(founded, pause_s)
    check_opens(founded)


@pytest.mark.nightly
def test_a_program_killed_at_any_moment_of_its_start_keeps_nobody_out(founded):
    for _ in range(30):
        start_and_kill(founded, random.uniform(0.2, 4))
        if random.random() < 0.3 and (pid := EmbeddedServer(founded).status().pid):
            os.kill(pid, signal.SIGKILL)
        check_opens(founded)


@pytest.fixture
def nothing():
    """A new data folder."""
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    yield Settings(home=home, argon2_mib=64)
    shutil.rmtree(home)


def found_and_kill(settings, step, pause_s=None):
    """A founding that is killed so long after a step of it was begun; None: before anything of that step is done."""
    surroundings = os.environ | {
        "HMSDESK_HOME": str(settings.home),
        "PYTHONPATH": str(ROOT),
        "HMSDESK_ARGON2_MIB": "64",
    }
    command = [sys.executable, "-m", "tests.journeys.founder", *([step] if pause_s is None else [])]
    with subprocess.Popen(command, env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, text=True) as founding:
        said = ""
        while said != step:
            said = founding.stdout.readline().strip()
            assert said, "it ended"
        time.sleep(pause_s or 0)
        founding.kill()


def check_founds(settings):
    """What was not founded to its end is founded now, and in both cases one signs in."""
    with closing(Workplace(settings)) as workplace:
        if read_profile(settings.home) is None:
            workplace.found(FOUNDING)
        workplace.door().sign_in(EMAIL, PASSWORD).close()
    assert is_over(settings)


def test_a_founding_cut_short_is_begun_anew(nothing, window_on):
    found_and_kill(nothing, KEEPING)
    hands = window_on(nothing)
    hands.wait(lambda: hands.program.window.findChildren(FirstRun), "the first run")
    hands.close()
    check_founds(nothing)


@pytest.mark.nightly
@pytest.mark.parametrize("step", [STARTING, PROVISIONING, MAKING, KEEPING])
def test_a_founding_cut_short_at_any_moment_leaves_a_practice_or_none(nothing, step):
    for _ in range(5):
        found_and_kill(nothing, step, random.uniform(0, 0.5))
        if random.random() < 0.3 and (pid := EmbeddedServer(nothing).status().pid):
            os.kill(pid, signal.SIGKILL)
        check_founds(nothing)
        for left in nothing.home.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
