"""The command line, as an operator or a script uses it.

What lies in the process (what outlives it, how it begins, what it knows of another one) is tried in one of its own,
and so is each command once; what a command refuses and says is tried in this one, which has imported it all already.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from typer.testing import CliRunner

from hmsdesk.commands import cli
from hmsdesk.controllers.demo import PASSWORD, PEOPLE
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.provisioning import checked_place, try_place
from hmsdesk.controllers.restoring import READING
from hmsdesk.controllers.trail import TRAIL
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database import mongod, mongod_run
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.models.registry import encrypted
from hmsdesk.security.permissions import ROLE_WORDS, Role
from hmsdesk.security.roles import server_roles
from hmsdesk.settings import Kind, Profile, SecretStore, Settings, write_profile
from tests.backing_up import PASSPHRASE
from tests.conftest import root
from tests.disks import mounted
from tests.integrations.atlas_cluster import Cluster
from tests.integrations.atlas_stand_in import PRIVATE_KEY, PROJECT, PUBLIC_KEY, stand_in
from tests.waiting import PATIENCE_S, freeze

ROOT = Path(__file__).parent.parent
EMAILS = {role: email for role, _, email in PEOPLE}
ADMINISTRATOR = EMAILS[Role.ADMINISTRATOR]
DONE, FAILED, WRONG_CALL = 0, 1, 2

Run = Callable[..., subprocess.CompletedProcess[str]]


def told_to(home: Path, environment: dict[str, str]) -> dict[str, str]:
    """What a command finds in its environment."""
    own = {"HMSDESK_HOME": str(home), "HMSDESK_ARGON2_MIB": "64", "HMSDESK_PASSWORD": PASSWORD, "COLUMNS": "200"}
    return own | environment


def run_in(
    home: Path, *arguments: str, typed: str = "", how: Sequence[str] = ("-m", "hmsdesk"), **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command in a data folder, in a process of its own. how: the program is begun."""
    return subprocess.run(
        [sys.executable, *how, *arguments],
        cwd=ROOT,
        env=os.environ | told_to(home, environment),
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=4 * PATIENCE_S,
        check=False,
    )


def run_here(home: Path, *arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in this process. What would be a traceback there is raised."""
    answer = CliRunner().invoke(cli, arguments, input=typed, env=told_to(home, environment))
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return subprocess.CompletedProcess(arguments, answer.exit_code, answer.stdout, answer.stderr)


def profile_of(kind: Kind) -> Profile:
    """A practice as a computer knows it, whose server was never reached."""
    return Profile(
        kind=kind,
        practice="Nile Family Clinic",
        database="hmsdesk_nile",
        address="" if kind is Kind.EMBEDDED else "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=500",
        workstation="Reception desk 1",
        workstation_id="w1",
        patient_prefix="BK",
        fingerprint="00",
        secret_store=SecretStore.FILE,
    )


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder with the demo practice, whose server runs meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="hmsdesk-commands-"))
    made = run_in(folder, "demo", "--patients", "4", "--days", "1", "--behind", "0", "--doctors", "1")
    assert made.returncode == DONE, made.stderr
    assert run_in(folder, "server", "start").returncode == DONE
    yield folder
    run_in(folder, "server", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def run(home: Path) -> Run:
    """Commands in the demo practice's folder, each in a process of its own."""
    return lambda *arguments, **environment: run_in(home, *arguments, **environment)


@pytest.fixture
def here(home: Path) -> Run:
    """Commands in the demo practice's folder, in this process."""
    return lambda *arguments, **environment: run_here(home, *arguments, **environment)


def test_help_names_every_command_in_words(tmp_path: Path) -> None:
    answer = run_in(tmp_path, "--help")
    assert answer.returncode == DONE
    for command in (
        "demo",
        "server",
        "uri",
        "provision",
        "audit",
        "check",
        "backup",
        "restore",
        "backup-check",
        "keys",
        "bring-up-to-date",
    ):
        assert command in answer.stdout
        told = run_here(tmp_path, command, "--help")
        assert told.returncode == DONE
        assert "Usage" in told.stdout


def test_the_version(tmp_path: Path) -> None:
    assert run_in(tmp_path, "--version").stdout.startswith("HMSDesk ")


@pytest.mark.parametrize("call", [["nonsense"], ["uri"], ["demo", "--patients", "0"], ["provision"], ["server"]])
def test_a_wrong_call_is_not_a_failure(tmp_path: Path, call: list[str]) -> None:
    assert run_here(tmp_path, *call).returncode == WRONG_CALL


def test_a_folder_without_a_practice_says_what_to_do(tmp_path: Path) -> None:
    for call in (["uri", "--as", ADMINISTRATOR], ["audit", "verify", "--as", ADMINISTRATOR]):
        answer = run_here(tmp_path, *call)
        assert (answer.returncode, answer.stdout) == (FAILED, "")
        assert "No practice is set up here." in answer.stderr


def test_the_demo_says_who_signs_in_in_lines_with_tabs(run: Run) -> None:
    answer = run("demo", "--doctors", "1")
    assert answer.returncode == DONE
    lines = [line.split("\t") for line in answer.stdout.splitlines()]
    assert lines == [[email, PASSWORD, role.value] for role, _, email in PEOPLE]
    assert {Role(line[2]) for line in lines} == set(ROLE_WORDS) - {Role.SOLO}


def test_a_demo_of_one_doctor_has_no_more(tmp_path: Path) -> None:
    refused = run_in(tmp_path / "home", "demo", "--solo", "--doctors", "3")
    assert (refused.returncode, refused.stdout) == (WRONG_CALL, "")
    assert "--solo is of one doctor" in refused.stderr
    assert not (tmp_path / "home").exists()


def test_there_is_no_server_to_start_or_stop_where_it_has_no_practice_to_keep(tmp_path: Path) -> None:
    empty = run_in(tmp_path, "server", "start")
    assert (empty.returncode, empty.stdout) == (FAILED, "")
    assert "No practice is set up here." in empty.stderr
    write_profile(tmp_path, profile_of(Kind.SELF_MANAGED))
    for what in ("start", "status", "stop"):
        shared = run_in(tmp_path, "server", what)
        assert (shared.returncode, shared.stdout) == (FAILED, "")
        assert "This practice lies on a shared server.\nIt is at 127.0.0.1:" in shared.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["workstation.json"]


def test_the_server_is_started_asked_after_and_stopped() -> None:
    folder = Path(tempfile.mkdtemp(prefix="hmsdesk-server-"))
    write_profile(folder, profile_of(Kind.EMBEDDED))
    assert run_in(folder, "server", "status").returncode == FAILED
    started = run_in(folder, "server", "start")
    assert started.returncode == DONE, started.stderr
    assert "The server is running: MongoDB" in started.stdout
    assert run_in(folder, "server", "status").returncode == DONE
    assert run_in(folder, "server", "start").returncode == DONE, "starting it twice does no harm"
    assert run_in(folder, "server", "stop").stdout == "The server is stopped.\n"
    assert run_in(folder, "server", "status").returncode == FAILED
    shutil.rmtree(folder)


def test_of_a_server_that_is_used_and_frozen_commands_say_that_it_does_not_answer(
    here: Run, home: Path, tmp_path: Path
) -> None:
    said = "The practice's server does not answer."
    with EmbeddedServer(Settings(home=home)):
        used = here("server", "stop")
        assert (used.returncode, used.stderr) == (
            FAILED,
            "The server goes on.\nOne window or command uses it; it stops with the last.\n",
        )
        assert here("server", "start").returncode == DONE
        server = mongod.find_process(home / "db")
        assert server is not None
        freeze(server.pid)
        try:
            began = time.monotonic()
            assert f"LOOK  Server: {said}" in here("check").stdout
            for command in (["keys", "status"], ["backup", str(tmp_path / "backup")]):
                answer = here(*command, "--as", ADMINISTRATOR)
                assert (answer.returncode, answer.stdout) == (FAILED, "")
                assert answer.stderr.startswith(f"{said}\nIt runs, but it was halted or hangs.")
            assert "The server runs, but does not answer, process" in here("server", "status").stdout
            assert time.monotonic() - began < mongod_run.START_LIMIT_S / 2
        finally:
            server.resume()
    assert here("server", "status").returncode == DONE


def test_a_connection_string_works_without_the_program_and_is_held_to_the_role(run: Run, home: Path) -> None:
    answer = run("uri", "--as", EMAILS[Role.PHARMACIST])
    assert answer.returncode == DONE, answer.stderr
    with MongoClient(answer.stdout.strip()) as client:
        database = client.get_default_database()
        assert database.medicines.count_documents({}) > 0
        with pytest.raises(OperationFailure, match="not authorized"):
            database.patient_notes.insert_one({})
        with pytest.raises(OperationFailure, match="not authorized"):
            database.audit.delete_many({})
    assert "hand out connection string" in actions(home)


def test_a_wrong_password_gets_no_connection_string(here: Run) -> None:
    answer = here("uri", "--as", EMAILS[Role.NURSE], HMSDESK_PASSWORD="wrong")
    assert (answer.returncode, answer.stdout) == (FAILED, "")
    assert answer.stderr == "Not signed in.\nE-mail or password is not right.\n"


def test_a_connection_string_whose_server_stops_with_the_command_says_so(run: Run) -> None:
    call = ("uri", "--as", EMAILS[Role.NURSE])
    assert run(*call).stderr == "", "its server is kept running"
    run("server", "stop")
    try:
        answer = run(*call)
        assert answer.returncode == DONE
        assert "hmsdesk server start" in answer.stderr
        assert len(answer.stdout.splitlines()) == 1
    finally:
        run("server", "start")


def test_whose_account_verifies_the_trail_is_asked_for_only_where_it_is_not_said(here: Run) -> None:
    assert "[required]" not in here("audit", "verify", "--help").stdout
    asked = here("audit", "verify", typed=f"{ADMINISTRATOR}\n")
    assert asked.returncode == DONE, asked.stderr
    assert "An owner's e-mail" in asked.stderr


def actions(home: Path) -> list[str]:
    """The newest entries of the trail."""
    workplace = Workplace(Settings(home=home, argon2_mib=64))
    session = workplace.door().sign_in(ADMINISTRATOR, PASSWORD)
    try:
        return [row["action"] for row in TRAIL.page(session, Query(order="at", descending=True)).rows]
    finally:
        session.close()
        workplace.close()


def test_only_an_owner_verifies_the_trail(here: Run) -> None:
    answer = here("audit", "verify", "--as", EMAILS[Role.DOCTOR])
    assert answer.returncode == FAILED
    assert "Only an owner" in answer.stderr


def test_the_trail_holds_until_a_record_is_changed_past_the_program(run: Run, here: Run) -> None:
    before = run("audit", "verify", "--as", ADMINISTRATOR)
    assert before.returncode == DONE, before.stdout + before.stderr
    assert "The trail holds." in before.stdout
    # What a doctor's role may write it may write without the program too; that it was done so shows.
    uri = here("uri", "--as", EMAILS[Role.DOCTOR]).stdout.strip()
    with MongoClient(uri) as client:
        patients = client.get_default_database().patients
        patient = patients.find_one({})
        patients.update_one({"_id": patient["_id"]}, {"$set": {"address": "elsewhere"}})
        after = here("audit", "verify", "--as", ADMINISTRATOR)
        patients.update_one({"_id": patient["_id"]}, {"$set": {"address": patient["address"]}})
    assert after.returncode == FAILED
    assert f"patients {patient['_id']}: The record was altered past the program." in after.stdout
    assert "One thing is not as it should be." in after.stdout
    assert here("audit", "verify", "--as", ADMINISTRATOR).returncode == DONE


def test_what_is_encrypted_is_told_and_its_keys_are_replaced(run: Run, here: Run) -> None:
    who = ("--as", ADMINISTRATOR)
    told = here("keys", "status", *who)
    assert told.returncode == DONE
    assert {line.split("\t")[0] for line in told.stdout.splitlines()} == set(encrypted())
    assert all("key 1, since " in line and line.endswith("\tall encrypted") for line in told.stdout.splitlines())
    assert here("keys", "encrypt", *who).stdout.startswith("0 records")
    replaced = run("keys", "rotate", *who)
    assert replaced.returncode == DONE, replaced.stderr
    assert "under new keys" in replaced.stdout
    assert here("keys", "status", *who).stdout.count("key 2, since ") == len(encrypted())
    refused = here("keys", "status", "--as", EMAILS[Role.DOCTOR])
    assert refused.returncode == FAILED
    assert "Only an owner" in refused.stderr


def test_a_practice_is_brought_up_to_date_without_a_window(run: Run) -> None:
    told = run("bring-up-to-date", "--as", ADMINISTRATOR)
    assert (told.returncode, told.stdout) == (DONE, "The practice is up to date.\n")
    assert "Deriving anew what patients are found by" in told.stderr


def test_check_looks_at_everything_and_says_what_to_do(run: Run) -> None:
    answer = run("check")
    assert answer.returncode in (DONE, FAILED)
    for what in (
        "Database server:",
        "Keyring:",
        "Data folder:",
        "Disk:",
        "Practice: Nile Family Clinic",
        "Server: answers",
    ):
        assert what in answer.stdout
    looked_at = [line for line in answer.stdout.splitlines() if line.startswith(("ok  ", "LOOK"))]
    assert (answer.returncode == FAILED) == any(line.startswith("LOOK") for line in looked_at)


def test_a_practice_is_backed_up_and_restored_on_a_computer_that_knows_nothing_of_it(run: Run, tmp_path: Path) -> None:
    passphrase, file = {"HMSDESK_BACKUP_PASSPHRASE": PASSPHRASE}, str(tmp_path / "backup")
    made = run("backup", file, "--as", ADMINISTRATOR, **passphrase)
    assert made.returncode == DONE, made.stderr
    assert run("backup-check", file, **passphrase).stdout == made.stdout
    elsewhere = Path(tempfile.mkdtemp(prefix="hmsdesk-restored-"))
    try:
        restored = run_in(elsewhere, "restore", file, "--private-file", **passphrase)
        assert restored.returncode == DONE, restored.stderr
        kept, put_in = ([line for line in one.stdout.splitlines() if line.count("\t") == 3] for one in (made, restored))
        assert put_in == kept != []
        assert "The trail holds." in restored.stdout
        again = run_in(elsewhere, "restore", file, "--private-file", **passphrase)
        assert (again.returncode, again.stdout) == (FAILED, "")
        assert "There is a practice in this data folder already." in again.stderr
    finally:
        shutil.rmtree(elsewhere)


def test_check_says_of_a_data_folder_that_was_not_there_that_it_is_made(tmp_path: Path) -> None:
    home = tmp_path / "practice"
    assert f"{home}, which was not there and is made now, yours alone" in run_in(home, "check").stdout
    assert f"{home}, yours alone" in run_in(home, "check").stdout


def test_check_misses_no_keyring_where_a_private_file_was_chosen(run: Run, tmp_path: Path) -> None:
    none = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    assert "LOOK  Keyring: none answers\n" in run_in(tmp_path, "check", **none).stdout
    assert "ok    Keyring: none answers, and none is needed: a private file was chosen" in run("check", **none).stdout


def test_a_keyring_whose_settings_can_not_be_read_is_none(tmp_path: Path) -> None:
    # As for whoever was given another user's HOME: the system refuses the place.
    answer = run_in(tmp_path, "check", XDG_CONFIG_HOME=f"/{'x' * 5000}")
    assert (answer.returncode, answer.stderr) == (FAILED, "")
    assert "LOOK  Keyring: none answers\n" in answer.stdout


CAN_NOT_BE: dict[str, tuple[list[str], dict[str, str], str]] = {
    "too many letters": (["--private-file", "--prefix", "ABC"], {}, "--prefix: Exactly two letters from A to Z."),
    "no letters": (["--prefix", ""], {}, "--prefix is empty"),
    "no name": (["--workstation", " "], {}, "--workstation is empty"),
    "a name without end": (["--private-file", "--workstation", "x" * 61], {}, "--workstation: At most 60 characters"),
    "no keyring": ([], {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}, "--private-file"),
    "an address that is none": (
        ["--private-file", "--address", "x", "--database", "y"],
        {"HMSDESK_SERVER_PASSWORD": PASSWORD},
        "--address: ",
    ),
}


@pytest.fixture(scope="module")
def backup(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "practice.hmsbackup"
    made = run_in(home, "backup", str(file), "--as", ADMINISTRATOR, HMSDESK_BACKUP_PASSPHRASE=PASSPHRASE)
    assert made.returncode == DONE, made.stderr
    return file


@pytest.mark.parametrize("what", CAN_NOT_BE)
def test_what_can_not_be_is_refused_before_the_backup_is_read_through(tmp_path: Path, backup: Path, what: str) -> None:
    options, told, sentence = CAN_NOT_BE[what]
    told = {"HMSDESK_BACKUP_PASSPHRASE": PASSPHRASE} | told
    # Which keyring there is, a process asks once.
    run = run_in if what == "no keyring" else run_here
    answer = run(tmp_path / "home", "restore", str(backup), *options, **told)
    assert answer.returncode in (FAILED, WRONG_CALL)
    assert sentence in answer.stderr
    assert READING not in answer.stderr


def test_a_folder_that_holds_a_practice_is_refused_before_anything_is_asked_for(here: Run, backup: Path) -> None:
    answer = here("restore", str(backup), "--private-file", HMSDESK_BACKUP_PASSPHRASE="")
    assert answer.returncode == FAILED
    assert "There is a practice in this data folder already." in answer.stderr
    assert "Passphrase" not in answer.stderr


@pytest.mark.parametrize("command", ["restore", "backup-check"])
def test_what_is_no_backup_is_refused_before_a_passphrase_is_asked_for(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_bytes(b"something else")
    answer = run_here(tmp_path / "home", command, str(tmp_path / "file"))
    assert (answer.returncode, answer.stdout) == (FAILED, "")
    assert answer.stderr.startswith("This is not a backup of HMSDesk.")


def naming_a_user(server_address: str) -> str:
    """As whoever looks after the server names it: with their user, and without that one's password."""
    scheme, _, rest = server_address.partition("://")
    hosts, _, options = rest.partition("/")
    return f"{scheme}://tests@{hosts}/{options}&authSource=admin"


def test_a_persons_password_and_a_database_users_do_not_stand_for_each_other(
    run: Run, backup: Path, server_address: str, tmp_path: Path
) -> None:
    person, server = {"HMSDESK_PASSWORD": "tests"}, {"HMSDESK_SERVER_PASSWORD": PASSWORD, "HMSDESK_PASSWORD": ""}
    place = ("--private-file", "--address", server_address, "--database", "hmsdesk_nile")
    for answer, asked in (
        (run_in(tmp_path, "provision", "--uri", naming_a_user(server_address), **person), "Password of the user in"),
        (run_in(tmp_path, "restore", str(backup), *place, HMSDESK_BACKUP_PASSPHRASE=PASSPHRASE), "database owner's"),
        (run("uri", "--as", EMAILS[Role.NURSE], **server), "Password:"),
    ):
        assert (answer.returncode, answer.stdout) == (FAILED, "")
        assert asked in answer.stderr


def test_help_says_whose_password_is_taken_from_where(tmp_path: Path) -> None:
    for command in ("uri", "backup", "bring-up-to-date"):
        assert "HMSDESK_PASSWORD" in run_in(tmp_path, command, "--help").stdout
    for command in ("provision", "restore"):
        told = run_in(tmp_path, command, "--help").stdout
        assert "HMSDESK_SERVER_PASSWORD" in told
        assert "HMSDESK_PASSWORD" not in told


def test_a_place_for_a_practice_is_made_and_its_password_said_once(server_address: str, tmp_path: Path) -> None:
    uri = naming_a_user(server_address)
    answer = run_in(tmp_path, "provision", "--uri", uri, "--name", "Nile Clinic", HMSDESK_SERVER_PASSWORD="tests")
    assert answer.returncode == DONE, answer.stderr
    said = dict(line.split("\t") for line in answer.stdout.splitlines())
    assert said["database"].startswith("hmsdesk_nile_clinic_")
    assert said["owner's password"] not in answer.stderr
    version = try_place(checked_place(server_address, said["database"], said["owner's password"]))
    assert int(version.partition(".")[0]) >= 6
    assert not list(tmp_path.iterdir()), "nothing is kept of it on this computer"


def test_provisioning_says_what_is_wrong_and_nothing_more(
    tmp_path: Path, server_address: str, tried_shortly: None
) -> None:
    hosts = server_address.partition("://")[2]
    wrong = run_in(
        tmp_path, "provision", "--uri", f"mongodb://nobody@{hosts}&authSource=admin", HMSDESK_SERVER_PASSWORD=PASSWORD
    )
    assert wrong.returncode == FAILED
    assert PASSWORD not in wrong.stdout + wrong.stderr
    assert "doesn't know this user with this password" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    missing = run_here(tmp_path, "provision", "--uri", server_address)
    assert missing.returncode == FAILED
    assert "The address names no user." in missing.stderr
    gone = run_here(tmp_path, "provision", "--uri", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=500")
    assert gone.returncode == FAILED
    assert "Nothing answers at this address." in gone.stderr
    uncertain = run_here(tmp_path, "provision", "--uri", "mongodb://127.0.0.1:9/", "--ca", str(tmp_path / "nowhere"))
    assert uncertain.returncode == FAILED
    assert "There is no such file." in uncertain.stderr
    folder = run_here(tmp_path, "provision", "--uri", "mongodb://127.0.0.1:9/", "--ca", str(tmp_path))
    assert folder.returncode == FAILED
    assert "This is a folder. Choose the file in it" in folder.stderr


def test_what_atlas_would_be_sent_is_printed_without_secrets(tmp_path: Path) -> None:
    project = "5f1b2c3d4e5f6a7b8c9d0e1f"
    answer = run_in(tmp_path, "provision", "--atlas", project, "--name", "Nile", "--dry-run")
    assert answer.returncode == DONE, answer.stderr
    assert answer.stdout.count(f"POST /api/atlas/v2/groups/{project}/customDBRoles/roles") >= len(Role)
    assert f"POST /api/atlas/v2/groups/{project}/databaseUsers" in answer.stdout
    assert '"password": "…"' in answer.stdout
    assert run_here(tmp_path, "provision", "--atlas", "mine", "--dry-run").returncode == FAILED
    assert run_here(tmp_path, "provision", "--uri", "mongodb://db1", "--dry-run").returncode == WRONG_CALL


def test_a_practices_place_on_atlas_is_made_and_said(tmp_path: Path, server_address: str) -> None:
    with root(server_address) as client, stand_in(Cluster(client, server_address, lag=0)) as project:
        told = {"HMSDESK_ATLAS_ADDRESS": project.address}
        key = f"{PUBLIC_KEY}:{PRIVATE_KEY}"
        answer = run_in(tmp_path, "provision", "--atlas", PROJECT, "--name", "Nile", HMSDESK_ATLAS_KEY=key, **told)
        assert answer.returncode == DONE, answer.stderr
        said = dict(line.split("\t") for line in answer.stdout.splitlines())
        assert said["address"] == server_address
        user = f"{said['database']}-owner"
        with MongoClient(server_address, username=user, password=said["owner's password"]) as owner:
            owner[said["database"]].departments.insert_one({})
        assert len(project.roles) == len(server_roles())
        for wrong in ("nobody:knows", "nobody"):
            refused = run_here(tmp_path, "provision", "--atlas", PROJECT, HMSDESK_ATLAS_KEY=wrong, **told)
            assert refused.returncode == FAILED
        several = run_here(
            tmp_path, "provision", "--atlas", PROJECT, "--cluster", "Cluster1", HMSDESK_ATLAS_KEY=key, **told
        )
        assert "no such cluster" in several.stderr
        assert len(project.users) == 1
        project.forget()
    assert not list(tmp_path.iterdir()), "nothing is kept of it on this computer"


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    answer = run_in(tmp_path, "check", HMSDESK_ARGON2_MIB="1", HMSDESK_IDLE_LOCK_S="soon", HMSDESK_SESSION_S="inf")
    assert answer.returncode == FAILED
    assert answer.stderr.splitlines() == [
        "HMSDESK_ARGON2_MIB in the environment can't be used: it must be 64 or more.",
        "HMSDESK_IDLE_LOCK_S in the environment can't be used: it must be a number.",
        "HMSDESK_SESSION_S in the environment can't be used: it must be a number.",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is one")
def test_without_a_screen_the_window_says_so(tmp_path: Path) -> None:
    none = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"), "")
    for call in ([], ["tour", str(tmp_path / "tour")]):
        answer = run_in(tmp_path, *call, **none)
        assert (answer.returncode, answer.stdout) == (FAILED, "")
        assert "There is no screen here." in answer.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["file", "file/home", "/proc/home"])
def test_a_folder_that_cannot_be_used_is_said_and_the_rest_is_checked(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    answer = run_in(tmp_path / place, "check")
    assert (answer.returncode, answer.stderr) == (FAILED, "")
    assert "LOOK  Data folder: The data folder can't be used." in answer.stdout
    for what in ("Database server:", "Keyring:", "Disk:", "Disk encryption:", "Practice:"):
        assert what in answer.stdout
    for call in (
        ["demo"],
        ["server", "start"],
        *([["server", "status"], ["server", "stop"]] if place == "file" else []),
    ):
        refused = run_here(tmp_path / place, *call)
        assert (refused.returncode, refused.stdout) == (FAILED, "")
        assert refused.stderr.startswith(f"The data folder can't be used.\n{tmp_path / place} must be")


def test_a_demo_that_was_broken_off_is_made_anew(tmp_path: Path) -> None:
    home, small = tmp_path / "home", ("--patients", "4", "--days", "1", "--behind", "0")
    environment = os.environ | {"HMSDESK_HOME": str(home), "HMSDESK_ARGON2_MIB": "64"}
    making = subprocess.Popen(
        [sys.executable, "-m", "hmsdesk", "demo", "--patients", "5000"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE_S
    while not (home / "demo-unfinished").exists() and time.monotonic() < until:
        time.sleep(0.05)
    making.kill()
    making.wait()
    assert (home / "workstation.json").exists()
    again = run_in(home, "demo", *small, "--doctors", "1")
    assert again.returncode == DONE, again.stderr
    assert "was broken off" in again.stderr
    once_more = run_in(home, "demo", *small)
    assert "was broken off" not in once_more.stderr
    assert (again.stdout, once_more.returncode) == (once_more.stdout, DONE)


def test_damaged_settings_do_not_keep_the_rest_from_being_checked(tmp_path: Path) -> None:
    (tmp_path / "workstation.json").write_text("{not json")
    answer = run_in(tmp_path, "check")
    assert "LOOK  Practice: The workstation's settings are damaged." in answer.stdout
    assert "Data folder:" in answer.stdout


# The program; the disk of its server fills, which ends by it, as it says that it does something. So small a practice
# gives it too little to write, so that it is ended here.
WHILE_THE_DISK_FILLS = """
import sys
from pathlib import Path
import typer
from hmsdesk.__main__ import main
from hmsdesk.database import mongod
from tests.disks import fill

home, echo = Path(sys.argv.pop(1)), typer.echo

def tell(words="", **options):
    echo(words, **options)
    if str(words).startswith("Encrypting"):
        fill(home.parent)
        server = mongod.find_process(home / "db")
        if server is not None:
            server.kill()

typer.echo = tell
main()
"""


def test_a_disk_that_fills_up_under_a_command_is_said() -> None:
    disk = Path(tempfile.mkdtemp(prefix="hms-"))
    with mounted(disk, "-o", "size=64m,mode=700"):
        home = disk / "home"
        made = run_in(home, "demo", "--patients", "4", "--days", "1", "--behind", "0", "--doctors", "1")
        assert made.returncode == DONE, made.stderr
        encrypt, how = ("keys", "encrypt", "--as", ADMINISTRATOR), ("-c", WHILE_THE_DISK_FILLS, str(home))
        answer = run_in(home, *encrypt, how=how, HMSDESK_SERVER_TIMEOUT_S="1")
        assert (answer.returncode, answer.stdout) == (FAILED, "")
        assert "The disk is full.\nThe practice can't be opened until" in answer.stderr
        (disk / "filler").unlink()
        assert run_in(home, *encrypt).returncode == DONE
    disk.rmdir()
