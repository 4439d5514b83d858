"""A command that is ended half-way, by Ctrl-C, a shutdown or with its terminal: it clears up, and says what is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hmsdesk.controllers import demo
from hmsdesk.controllers.demo import PASSWORD, email_of
from hmsdesk.controllers.founding import STARTING
from hmsdesk.controllers.restoring import HANDING_OUT, LOADING, READING
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from tests.backing_up import PASSPHRASE
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parent.parent
ADMINISTRATOR = email_of(Role.ADMINISTRATOR)
TOLD = {"HMSDESK_ARGON2_MIB": "64", "HMSDESK_PASSWORD": PASSWORD, "HMSDESK_BACKUP_PASSPHRASE": PASSPHRASE}
# Each moment is tried with one of them each time, and with the others with the nightly tests.
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
# The program, which gets a signal in a certain moment: as it says that it does something, has written a file, or waits
# for a server that runs and doesn't answer yet.
SERVER_STARTS, NEVER = "a server starts", "never"
PROGRAM = """
import os, signal, sys, time
import typer
from hmsdesk.__main__ import main
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.settings import Settings

number, moment = int(sys.argv.pop(1)), sys.argv.pop(1)
echo, fsync, sleep = typer.echo, os.fsync, time.sleep

def tell(words="", **options):
    echo(words, **options)
    if str(words).startswith(moment):
        os.kill(os.getpid(), number)

def settle(file):
    fsync(file)
    if os.readlink(f"/proc/self/fd/{file}").endswith(moment):
        os.kill(os.getpid(), number)

def wait(seconds):
    # No window is open that would have to change over to new keys.
    sleep(min(seconds, 0.1))
    if moment == "a server starts" and EmbeddedServer(Settings()).status().running:
        os.kill(os.getpid(), number)

typer.echo, os.fsync, time.sleep = tell, settle, wait
main()
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A small demo practice."""
    folder = Path(tempfile.mkdtemp(prefix="hms-"))
    with closing(Workplace(Settings(home=folder, argon2_mib=64))) as place:
        demo.make(place, demo.Size(4, 1, 0, 1))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A data folder in which nothing is."""
    folder = Path(tempfile.mkdtemp(prefix="hms-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def backup(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("made") / "backup"
    made = run(home, ["-m", "hmsdesk"], "backup", str(file), "--as", ADMINISTRATOR)
    assert made.returncode == 0, made.stderr
    return file


def run(home: Path, how: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *how, *arguments],
        cwd=ROOT,
        env={**os.environ, "HMSDESK_HOME": str(home), **TOLD},
        capture_output=True,
        encoding="utf-8",
        timeout=4 * PATIENCE_S,
        check=False,
    )


def by_turns(*moments: str) -> pytest.MarkDecorator:
    """Each moment with all signals, of which one comes each time."""
    each_time = [(moment, SIGNALS[at % len(SIGNALS)]) for at, moment in enumerate(moments)]
    pairs = [(moment, number) for moment in moments for number in SIGNALS]
    marks = {False: [pytest.mark.nightly], True: []}
    some = [pytest.param(*pair, marks=marks[pair in each_time]) for pair in pairs]
    return pytest.mark.parametrize(("moment", "number"), some)


def ended(home: Path, number: signal.Signals, moment: str, *arguments: str) -> str:
    """A command that is ended in this moment; what it said."""
    process = run(home, ["-c", PROGRAM, str(int(number)), moment], *arguments)
    assert process.returncode == CODES[number], process.stderr
    assert "Traceback" not in process.stderr
    assert not EmbeddedServer(Settings(home=home)).status().running
    return process.stderr


@pytest.mark.parametrize("number", SIGNALS)
def test_a_backup_leaves_no_file_and_no_server(home: Path, tmp_path: Path, number: signal.Signals) -> None:
    said = ended(home, number, ".part", "backup", str(tmp_path / "backup"), "--as", ADMINISTRATOR)
    assert "The backup was not made, and nothing is left of it." in said
    assert list(tmp_path.iterdir()) == []


# The program in a terminal, which stays where it is as soon as the backup's file is written.
IN_A_TERMINAL = """
import fcntl, os, termios, time
from hmsdesk.__main__ import main

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
fsync = os.fsync

def stay(file):
    fsync(file)
    if os.readlink(f"/proc/self/fd/{file}").endswith(".part"):
        os.write(1, b"is written")
        time.sleep(600)

os.fsync = stay
main()
"""


def test_a_backup_whose_terminal_is_closed_leaves_no_file_and_no_server(home: Path, tmp_path: Path) -> None:
    ours, its = os.openpty()
    command = [sys.executable, "-c", IN_A_TERMINAL, "backup", str(tmp_path / "backup"), "--as", ADMINISTRATOR]
    environment = {**os.environ, "HMSDESK_HOME": str(home), **TOLD}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    said = b""
    while b"is written" not in said:
        said += os.read(ours, 1000)
    assert [file.suffix for file in tmp_path.iterdir()] == [".part"]
    os.close(ours)
    assert process.wait(PATIENCE_S) == CODES[signal.SIGHUP]
    assert list(tmp_path.iterdir()) == []
    assert not EmbeddedServer(Settings(home=home)).status().running


def test_what_was_begun_to_outlive_its_terminal_does(home: Path, tmp_path: Path) -> None:
    hang_up = [sys.executable, "-c", PROGRAM, str(int(signal.SIGHUP)), ".part"]
    command = ["nohup", *hang_up, "backup", str(tmp_path / "backup"), "--as", ADMINISTRATOR]
    process = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "HMSDESK_HOME": str(home), **TOLD}, capture_output=True, check=False
    )
    assert process.returncode == 0, process.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["backup"]


@by_turns(READING, STARTING, LOADING, HANDING_OUT)
def test_a_restore_leaves_no_server_and_no_practice(
    elsewhere: Path, backup: Path, moment: str, number: signal.Signals
) -> None:
    said = ended(elsewhere, number, moment, "restore", str(backup), "--private-file")
    assert "The practice was not restored. Run the same command again" in said
    assert not (elsewhere / "workstation.json").exists()


@by_turns("keys rotate: Encrypting", "bring-up-to-date: Bringing collections", "keys encrypt: Encr")
def test_what_goes_on_with_what_is_left_says_so_and_does(home: Path, moment: str, number: signal.Signals) -> None:
    named, _, says = moment.partition(": ")
    command = named.split()
    said = ended(home, number, says, *command, "--as", ADMINISTRATOR)
    assert "nothing is lost" in said.lower()
    assert "Run the same command again" in said
    again = run(home, ["-c", PROGRAM, str(int(number)), NEVER], *command, "--as", ADMINISTRATOR)
    assert again.returncode == 0, again.stderr


# Ends with Ctrl-C as the settings' class is made, and as the first one is that a command brings with it.
EARLY = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "MOMENT":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
sys.argv = ["hmsdesk", "check"]
runpy.run_module("hmsdesk", run_name="__main__")
"""


@pytest.mark.parametrize("module", ["hmsdesk.settings", "hmsdesk.commands", "hmsdesk.controllers.operators"])
def test_ctrl_c_at_the_very_beginning_ends_it_without_a_word(elsewhere: Path, module: str) -> None:
    process = run(elsewhere, ["-c", EARLY.replace("MOMENT", module)])
    assert process.returncode in (130, -signal.SIGINT)
    assert (process.stdout, process.stderr) == ("", "")


def test_a_server_that_is_being_started_ends_with_the_command(home: Path) -> None:
    ended(home, signal.SIGTERM, SERVER_STARTS, "audit", "verify", "--as", ADMINISTRATOR)


def test_after_a_restore_was_killed_it_is_said_what_there_is_and_how_it_ends(elsewhere: Path, backup: Path) -> None:
    killed = run(
        elsewhere, ["-c", PROGRAM, str(int(signal.SIGKILL)), LOADING], "restore", str(backup), "--private-file"
    )
    assert killed.returncode == CODES[signal.SIGKILL]
    status, checked = (run(elsewhere, ["-m", "hmsdesk"], *asked).stdout for asked in (["server", "status"], ["check"]))
    assert "No window or command uses it: hmsdesk server stop ends it." in status
    assert "Server: runs for nobody" in checked
    for said in (status, checked):
        assert "bringing one back, was begun here and has not come to its end." in said
    assert run(elsewhere, ["-m", "hmsdesk"], "server", "stop").stdout == "The server is stopped.\n"
    assert not EmbeddedServer(Settings(home=elsewhere)).status().running
    assert "runs for nobody" not in run(elsewhere, ["-m", "hmsdesk"], "check").stdout
    again = run(elsewhere, ["-m", "hmsdesk"], "restore", str(backup), "--private-file")
    assert again.returncode == 0, again.stderr
    assert "not come to its end" not in run(elsewhere, ["-m", "hmsdesk"], "check").stdout
