"""The embedded server: started, shared, adopted, recovered, stopped, and what is said where it can't be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pymongo
import pytest
from filelock import FileLock
from pymongo.errors import OperationFailure, PyMongoError

from hmsdesk.database import mongod, mongod_run
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.database.mongod_address import Address, socket_address
from hmsdesk.errors import UserError
from hmsdesk.settings import Settings
from tests.waiting import PATIENCE_S, freeze, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes and signals as unix has them")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount and chown")
NOBODY = 65534
PRELUDE = """
import os, signal, sys, time
from pathlib import Path
from hmsdesk.database import mongod_run
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.settings import Settings
server = EmbeddedServer(Settings(home=Path(sys.argv[1])))
def say(word): print(word, flush=True)
"""


def our_mongods(folder: Path) -> list[psutil.Process]:
    """Every mongod, starting ones too, that runs on data below a folder."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or []
        if (process.info["name"] or "").startswith("mongod") and any(w.startswith(f"{folder}/") for w in words):
            found.append(process)
    return found


def end_all(folder: Path) -> None:
    for process in our_mongods(folder):
        process.kill()
    assert until(lambda: not our_mongods(folder))


@pytest.fixture(autouse=True)
def no_server_is_left(tmp_path: Path) -> Iterator[None]:
    """Where ending isn't what is tested, a server is left running and killed here: that takes no second."""
    yield
    end_all(tmp_path)
    assert not our_mongods(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one record, whose server ended well. To be copied, not used."""
    original = tmp_path_factory.mktemp("practice") / "home"
    with EmbeddedServer(Settings(home=original)) as url:
        write_a_record(url)
    assert not our_mongods(original)
    return original


@pytest.fixture
def old_home(practice: Path, home: Path) -> Path:
    return shutil.copytree(practice, home)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", disk], check=True)
    yield disk
    end_all(tmp_path)
    subprocess.run(["umount", disk], check=True)


@pytest.fixture(autouse=True)
def runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime directory with a short name, as a person's session has it."""
    folder = Path(tempfile.mkdtemp(prefix="run"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def server_on(home: Path, *, loopback: bool = False) -> EmbeddedServer:
    return EmbeddedServer(Settings(home=home), loopback=loopback)


def pid_of(home: Path) -> int:
    process = mongod.find_process(home / "db")
    assert process is not None
    return int(process.pid)


def write_a_record(url: str) -> None:
    """Through a user who is made by way of the localhost exception."""
    with pymongo.MongoClient(url) as nobody:
        nobody.admin.command("createUser", "tester", pwd="tester", roles=["root"])
    with signed_in(url) as client:
        client.practice.get_collection("records").insert_one({"_id": "kept"})


def signed_in(url: str) -> pymongo.MongoClient[dict[str, object]]:
    return pymongo.MongoClient(url, username="tester", password="tester", w="majority")


def has_the_record(url: str) -> bool:
    with signed_in(url) as client:
        return client.practice.records.find_one({"_id": "kept"}) is not None


def fill(url: str) -> None:
    with pymongo.MongoClient(url, username="tester", password="tester", retryWrites=False) as client:
        while True:
            client.practice.records.insert_many([{"x": os.urandom(2**20)} for _ in range(8)])


def another_process(home: Path, script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, str(home)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=PATIENCE_S)


# --- one window


def test_the_first_start_gives_a_writable_replica_set_without_any_port(home: Path) -> None:
    with server_on(home) as url:
        write_a_record(url)
        with signed_in(url) as client, client.start_session() as session, session.start_transaction():
            client.practice.records.insert_one({"_id": "in a transaction"}, session=session)
        listening = [c for c in psutil.Process(pid_of(home)).net_connections("inet") if c.status == "LISTEN"]
    assert listening == []
    assert not our_mongods(home)


def test_the_localhost_exception_has_ended_with_the_first_user(old_home: Path) -> None:
    url = server_on(old_home).acquire()
    with pymongo.MongoClient(url) as nobody, pytest.raises(OperationFailure, match="requires authentication"):
        nobody.admin.command("createUser", "second", pwd="x", roles=["root"])


def test_nobody_else_may_read_what_it_leaves_on_the_disk(home: Path) -> None:
    server = server_on(home)
    server.acquire()
    folder = socket_address(home).folder
    files = [home, *home.rglob("*"), folder, *folder.rglob("*")]
    assert [file for file in files if not file.is_symlink() and file.stat().st_mode & 0o077] == []
    assert sorted(file.name for file in folder.iterdir()) == ["m.log", "m.sock", "mongodb-27017.sock"]
    server.release()
    assert not folder.exists()


def test_the_server_sees_nothing_of_the_programs_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMSDESK_PASSWORD", "a secret of the person")
    monkeypatch.setenv("TZ", "UTC")
    server_on(home).acquire()
    process = psutil.Process(pid_of(home))
    assert set(process.environ()) <= {"LC_ALL", "LD_LIBRARY_PATH", "TZ"}
    assert process.ppid() != os.getpid()
    assert os.getsid(process.pid) != os.getsid(0)


@pytest.mark.skipif(not hasattr(psutil.Process, "rlimit"), reason="only some systems tell another process's limits")
def test_the_server_may_open_more_files_than_a_program_usually_may(home: Path) -> None:
    import resource

    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        server_on(home).acquire()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (256, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    assert psutil.Process(pid_of(home)).rlimit(psutil.RLIMIT_NOFILE)[0] == min(10_240, most)


def test_what_an_ended_program_held_is_free_again_before_others_give_up(old_home: Path) -> None:
    with server_on(old_home) as url, signed_in(url) as client:
        asked = client.admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
    # The server looks for them after half of that time each.
    assert 1.5 * asked["transactionLifetimeLimitSeconds"] < Settings(home=old_home).server_timeout_s


def test_an_empty_practice_costs_little_space(practice: Path) -> None:
    assert server_on(practice).status().size_bytes < 16 * 2**20


def test_records_are_there_again_after_the_next_start(old_home: Path) -> None:
    server_on(old_home).acquire()
    assert has_the_record(server_on(old_home).ensure_running())


def test_the_status_tells_how_the_server_stands(home: Path) -> None:
    server = server_on(home)
    before = server.status()
    assert (before.running, before.pid, before.version, before.windows, before.size_bytes) == (False, None, "", (), 0)
    assert not home.exists()
    url = server.acquire()
    status = server.status()
    assert status.running
    assert status.pid == pid_of(home)
    assert status.version.startswith("6.")
    assert status.address == url
    assert status.since is not None
    assert abs(status.since.timestamp() - time.time()) < 30
    assert status.windows == (os.getpid(),)
    assert status.size_bytes > 100_000


# --- several windows


def test_the_last_window_out_stops_the_server(old_home: Path) -> None:
    first, second = server_on(old_home), server_on(old_home)
    assert first.acquire() == second.acquire() == first.acquire()
    pid = pid_of(old_home)
    assert first.status().windows == (os.getpid(), os.getpid())
    first.release()
    first.release()
    assert pid_of(old_home) == pid
    second.release()
    assert not our_mongods(old_home)
    assert list((old_home / "leases").iterdir()) == []


@pytest.mark.parametrize("number", [4, pytest.param(30, marks=pytest.mark.nightly)])
def test_of_windows_opened_together_one_starts_the_server_and_all_get_it(home: Path, number: int) -> None:
    script = "say(server.acquire()); sys.stdin.read(); server.release()"
    windows = [another_process(home, script) for _ in range(number)]
    urls = {next_line(window) for window in windows}
    assert len(urls) == 1
    assert len(our_mongods(home)) == 1
    assert server_on(home).status().windows == tuple(sorted(window.pid for window in windows))
    for window in windows:
        window.communicate(timeout=PATIENCE_S)
    assert not our_mongods(home)


def test_a_window_that_finds_the_server_running_keeps_no_other_from_opening(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, looks = server_on(old_home), mongod.find_process
    url = first.acquire()

    def looks_while_others_may(data: Path) -> psutil.Process | None:
        # Looking through all processes takes long where thirty windows do it one after the other.
        with FileLock(old_home / "server.lock").acquire(timeout=0):
            return looks(data)

    monkeypatch.setattr(mongod, "find_process", looks_while_others_may)
    assert server_on(old_home).acquire() == url


def test_a_window_that_crashed_leaves_the_server_to_the_next_one(old_home: Path) -> None:
    window = another_process(old_home, "say(server.acquire()); sys.stdin.read()")
    url = next_line(window)
    pid = pid_of(old_home)
    kill(window)
    server = server_on(old_home)
    assert server.status().windows == ()
    assert server.acquire() == url
    assert pid_of(old_home) == pid
    assert len(list((old_home / "leases").iterdir())) == 1, "the lease of the crashed window is cleared away"
    server.release()
    assert not our_mongods(old_home)


def test_a_start_that_was_killed_half_way_is_done_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_run, "_CONFIGURATION_S", 0.2)
    window = another_process(
        home, "mongod_run.conclude = lambda *_: os.kill(os.getpid(), signal.SIGKILL); server.acquire()"
    )
    window.communicate(timeout=PATIENCE_S)
    half_started = pid_of(home)
    assert (socket_address(home).folder / "key").exists()
    write_a_record(server_on(home).acquire())
    assert pid_of(home) != half_started
    assert not (socket_address(home).folder / "key").exists()


def test_a_restart_that_was_killed_half_way_is_concluded_by_the_next_window(old_home: Path) -> None:
    server_on(old_home).start_kept()
    end_all(old_home)
    window = another_process(
        old_home, "mongod_run.conclude = lambda *_: os.kill(os.getpid(), signal.SIGKILL); server.acquire()"
    )
    window.communicate(timeout=PATIENCE_S)
    pid = pid_of(old_home)
    server_on(old_home).acquire()
    folder = socket_address(old_home).folder
    assert pid_of(old_home) == pid
    assert not (folder / "key").exists()
    assert str((folder / "m.log").readlink()) == os.devnull


def test_a_window_waits_only_so_long_for_another_that_is_opening(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongod_run, "START_LIMIT_S", 0.05)
    with FileLock(old_home / "server.lock"), pytest.raises(UserError, match="still opening or closing"):
        server_on(old_home).acquire()


# --- kept by command


def test_a_kept_server_stays_when_the_last_window_closes(old_home: Path) -> None:
    url = server_on(old_home).start_kept()
    with server_on(old_home) as address:
        assert address == url
    status = server_on(old_home).status()
    assert status.running
    assert status.kept
    status = server_on(old_home).stop_kept()
    assert not status.running
    assert not status.kept


def test_stopping_a_kept_server_tells_who_still_uses_it(old_home: Path) -> None:
    server_on(old_home).start_kept()
    window = server_on(old_home)
    window.acquire()
    status = server_on(old_home).stop_kept()
    assert status.running
    assert not status.kept
    assert status.windows == (os.getpid(),)
    window.release()
    assert not our_mongods(old_home)


def test_stopping_what_never_ran_makes_nothing(home: Path) -> None:
    assert not server_on(home).stop_kept().running
    assert not home.exists()


# --- a server that dies or hangs


def test_a_killed_server_is_started_again_and_has_lost_nothing(old_home: Path) -> None:
    server = server_on(old_home)
    url = server.acquire()
    with signed_in(url) as client:
        client.practice.records.insert_one({"_id": "just before"})
        os.kill(pid_of(old_home), signal.SIGKILL)
        assert server.ensure_running() == url
        assert client.practice.records.count_documents({}) == 2, "the same client goes on"
    pid = pid_of(old_home)
    assert server.ensure_running() == url
    assert pid_of(old_home) == pid


def test_of_windows_that_miss_the_server_together_one_starts_it(old_home: Path) -> None:
    servers = [server_on(old_home) for _ in range(3)]
    for server in servers:
        server.acquire()
    os.kill(pid_of(old_home), signal.SIGKILL)
    threads = [threading.Thread(target=server.ensure_running) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
    assert len(our_mongods(old_home)) == 1
    assert has_the_record(servers[0].ensure_running())


def seconds_until_refused(question: Callable[[], object], said: str) -> float:
    began = time.monotonic()
    with pytest.raises(UserError, match=said):
        question()
    return time.monotonic() - began


def test_a_frozen_server_is_told_of_at_once_and_goes_on_where_it_was(old_home: Path) -> None:
    server = server_on(old_home)
    url = server.acquire()
    pid = pid_of(old_home)
    freeze(pid)
    for question in (server.ensure_running, server_on(old_home).acquire, server_on(old_home).start_kept):
        assert seconds_until_refused(question, "server does not answer") < mongod_run.START_LIMIT_S / 4
    assert server.status().windows == (os.getpid(),)
    os.kill(pid, signal.SIGCONT)
    assert server_on(old_home).acquire() == url
    assert pid_of(old_home) == pid


def test_a_frozen_server_that_should_end_is_told_of_before_it_has_had_all_its_time(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = server_on(old_home)
    server.acquire()
    pid = pid_of(old_home)
    freeze(pid)
    monkeypatch.setattr(mongod_run, "_SLOW_STOP_S", 0.2)
    assert seconds_until_refused(server.release, "server does not answer") < mongod_run.STOP_LIMIT_S / 4
    os.kill(pid, signal.SIGCONT)
    assert until(lambda: not our_mongods(old_home))


def test_a_server_is_being_opened_until_it_listens(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server_on(old_home).acquire()
    monkeypatch.setattr(Address, "listens", lambda _: False)
    monkeypatch.setattr(mongod_run, "START_LIMIT_S", 0.2)
    with pytest.raises(UserError, match="still being opened"):
        server_on(old_home).acquire()


def test_who_waits_for_others_that_wait_for_a_silent_server_is_told_of_the_server(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_on(old_home).acquire()
    freeze(pid_of(old_home))
    monkeypatch.setattr(mongod_run, "START_LIMIT_S", 0.05)
    with FileLock(old_home / "server.lock"), pytest.raises(UserError, match="server does not answer"):
        server_on(old_home).acquire()


def test_a_server_that_is_busy_is_left_to_work(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_on(old_home)
    server.acquire()
    pid = pid_of(old_home)
    freeze(pid)
    # One that hangs is silent just so.
    monkeypatch.setattr(mongod, "is_halted", lambda _: False)
    monkeypatch.setattr(mongod_run, "_ANSWER_MS", 100)
    monkeypatch.setattr(mongod_run, "START_LIMIT_S", 0.2)
    with pytest.raises(UserError, match="server does not answer"):
        server_on(old_home).acquire()
    monkeypatch.setattr(mongod_run, "STOP_LIMIT_S", 0.2)
    with pytest.raises(UserError, match="still being closed"):
        server.release()
    assert pid_of(old_home) == pid
    os.kill(pid, signal.SIGCONT)
    assert until(lambda: not our_mongods(old_home))


def test_a_server_that_was_left_behind_frozen_is_replaced(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_on(old_home)
    url = server.acquire()
    pid = pid_of(old_home)
    freeze(pid)
    with monkeypatch.context() as impatient:
        impatient.setattr(mongod_run, "STOP_LIMIT_S", 0.2)
        with pytest.raises(UserError, match="still being closed"):
            server.release()
    assert server_on(old_home).acquire() == url
    assert pid_of(old_home) != pid
    assert len(our_mongods(old_home)) == 1
    assert has_the_record(url)


def test_a_server_that_was_left_behind_frozen_is_no_obstacle_to_keeping_one(old_home: Path) -> None:
    url = server_on(old_home).start_kept()
    pid = pid_of(old_home)
    freeze(pid)
    assert server_on(old_home).start_kept() == url
    assert pid_of(old_home) == pid


def test_a_server_whose_socket_was_swept_away_is_started_again(old_home: Path, runtime_folder: Path) -> None:
    url = server_on(old_home).start_kept()
    shutil.rmtree(runtime_folder / "hmsdesk")
    assert server_on(old_home).acquire() == url
    assert has_the_record(url)


def test_a_damaged_memory_of_the_server_is_made_anew(old_home: Path) -> None:
    server_on(old_home).acquire()
    (old_home / "server.json").write_text("{")
    assert has_the_record(server_on(old_home).acquire())


# --- where the folder lies


def test_a_folder_moved_after_a_crash_keeps_its_records(
    old_home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = server_on(old_home).acquire()
    with signed_in(url) as client:
        client.practice.records.insert_one({"_id": "just before"})
    end_all(old_home)
    moved = old_home.rename(tmp_path / "moved")
    caplog.clear()
    url = server_on(moved).acquire()
    assert "has changed" in caplog.text
    with signed_in(url) as client:
        assert client.practice.records.count_documents({}) == 2


def test_a_copied_folder_runs_beside_its_original(old_home: Path, tmp_path: Path) -> None:
    server_on(old_home).acquire()
    end_all(old_home)
    copy = shutil.copytree(old_home, tmp_path / "copy")
    original, copied = server_on(old_home).acquire(), server_on(copy).acquire()
    with signed_in(copied) as client:
        client.practice.records.delete_many({})
    assert has_the_record(original)


def test_a_server_that_is_being_told_its_address_is_told_again(old_home: Path) -> None:
    """A line that closes before the answer came leaves the server busy with what it was told."""
    with signed_in(server_on(old_home).acquire()) as client:
        known = client.local["system.replset"].find_one()
        assert known is not None
        failed: list[Exception] = []

        def tell() -> None:
            try:
                for _ in range(10):
                    mongod_run._reconfigure(client, known)
            except PyMongoError as error:
                failed.append(error)

        tellers = [threading.Thread(target=tell) for _ in range(4)]
        for teller in tellers:
            teller.start()
        for teller in tellers:
            teller.join()
    assert not failed


def test_a_folder_moved_under_open_windows_is_not_begun_anew(old_home: Path, tmp_path: Path) -> None:
    server = server_on(old_home)
    server.acquire()
    # It would end at the first file that it looks for in vain.
    freeze(pid_of(old_home))
    moved = old_home.rename(tmp_path / "moved")
    with pytest.raises(UserError, match="not where they were"):
        server.ensure_running()
    with pytest.raises(UserError, match="Another program is using"):
        server_on(moved).acquire()
    server.release()
    assert not old_home.exists()


def test_an_emptied_folder_is_not_begun_anew(old_home: Path) -> None:
    shutil.rmtree(old_home / "db")
    with pytest.raises(UserError, match="not where they were"):
        server_on(old_home).acquire()
    assert list((old_home / "db").iterdir()) == []


def test_a_folder_reached_by_another_name_is_the_same_practice(old_home: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(old_home)
    assert server_on(old_home).acquire() == server_on(tmp_path / "link").acquire()
    assert len(our_mongods(old_home)) == 1


def test_the_socket_lies_in_the_sessions_runtime_folder(home: Path, runtime_folder: Path) -> None:
    folder = socket_address(home).folder
    assert folder.parent.parent == runtime_folder
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["UpperCase", "x" * 90, "missing"])
def test_a_runtime_folder_that_no_client_could_use_is_left_alone(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name != "missing":
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / name))
    address = socket_address(home)
    assert address.folder.parent == Path("/tmp") / f"hmsdesk-{os.geteuid()}"
    assert len(address.host) < 60
    address.folder.rmdir()


def test_a_link_in_place_of_the_socket_folder_is_refused(home: Path, runtime_folder: Path, tmp_path: Path) -> None:
    (runtime_folder / "hmsdesk").symlink_to(tmp_path)
    with pytest.raises(UserError, match="Another user's folder is in the way"):
        server_on(home).acquire()


@as_root
def test_another_users_folder_in_place_of_the_socket_folder_is_refused(home: Path, runtime_folder: Path) -> None:
    (runtime_folder / "hmsdesk").mkdir()
    os.chown(runtime_folder / "hmsdesk", NOBODY, NOBODY)
    with pytest.raises(UserError, match="Another user's folder is in the way"):
        server_on(home).acquire()


@as_root
@pytest.mark.parametrize("question", [EmbeddedServer.acquire, EmbeddedServer.stop_kept, EmbeddedServer.status])
def test_another_users_practice_is_refused_and_how_to_share_it_is_told(
    old_home: Path, question: Callable[[EmbeddedServer], object]
) -> None:
    os.chown(old_home, NOBODY, NOBODY)
    with pytest.raises(UserError, match="Another user's practice") as refusal:
        question(server_on(old_home))
    assert "shared clinic" in refusal.value.message
    assert "HMSDESK_HOME" in refusal.value.message


# --- on a port, where there are no unix sockets


def test_on_a_port_it_listens_on_loopback_alone_and_remembers_the_port(home: Path) -> None:
    first = server_on(home, loopback=True).acquire()
    write_a_record(first)
    listening = [c.laddr.ip for c in psutil.Process(pid_of(home)).net_connections("all") if c.status == "LISTEN"]
    assert listening == ["127.0.0.1"]
    end_all(home)
    assert server_on(home, loopback=True).acquire() == first
    assert has_the_record(first)


def test_a_port_that_was_taken_is_exchanged_for_another(old_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taker:
        host = f"127.0.0.1:{taker.getsockname()[1]}"
        (old_home / "server.json").write_text(json.dumps({"host": host, "initiated": True}))
        url = server_on(old_home, loopback=True).acquire()
    assert host not in url
    assert has_the_record(url)


# --- the log


def ask_what_is_logged_with_its_values(url: str) -> None:
    """Each of these is a line with the values in a community server's log, however high its threshold for slow ones."""
    with signed_in(url) as client:
        records = client.practice.get_collection("records")
        slow = {"$reduce": {"input": {"$range": [0, 300000]}, "initialValue": 0, "in": {"$add": ["$$value", "$$this"]}}}
        list(records.aggregate([{"$match": {"name": {"$ne": "Mariam"}}}, {"$set": {"x": slow}}]))
        with pytest.raises(OperationFailure):
            list(records.aggregate([{"$set": {"x": {"$toInt": {"$concat": ["Mariam", "$_id"]}}}}]))
        records.insert_many([{"name": "Mariam"}, {"name": "Mariam"}])
        with pytest.raises(OperationFailure):
            records.create_index("name", unique=True)
        client.practice.command("createUser", "limited", pwd="limited", roles=[])
    with (
        pymongo.MongoClient(url, username="limited", password="limited", authSource="practice") as limited,
        pytest.raises(OperationFailure, match="not authorized"),
    ):
        limited.practice.records.find_one({"name": "Mariam"})


def test_nothing_about_patients_gets_into_the_log(old_home: Path) -> None:
    ask_what_is_logged_with_its_values(server_on(old_home).acquire())
    log = (old_home / "log" / "mongod.log").read_text()
    assert "Waiting for connections" in log, "a start is logged"
    assert "Mariam" not in log


def test_without_turning_the_log_away_it_would_hold_patients(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_run, "conclude", lambda *_: None)
    ask_what_is_logged_with_its_values(server_on(old_home).acquire())
    log = (old_home / "log" / "mongod.log").read_text()
    told = {json.loads(line)["msg"] for line in log.splitlines() if "Mariam" in line}
    assert {"Aggregate command executor error", "Index build: failed", "Checking authorization failed"} <= told
    assert "Slow query" not in told


def test_the_log_stays_small(old_home: Path) -> None:
    log = old_home / "log" / "mongod.log"
    log.write_bytes(b"x" * (2 * 2**20))
    server_on(old_home).acquire()
    assert log.stat().st_size < 2**20
    assert sorted(file.name for file in log.parent.iterdir()) == ["mongod.log", "mongod.log.old"]


# --- which mongod


def fake_mongod(folder: Path, script: str, name: str = "mongod") -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o700)
    return file


VERSION_6 = 'test "$1" = --version && echo "db version v6.0.27" && exit 0'


def test_the_one_named_in_the_settings_is_used(tmp_path: Path) -> None:
    named = fake_mongod(tmp_path, VERSION_6)
    assert mongod.find_binary(Settings(home=tmp_path, mongod=named)).path == named


@pytest.mark.parametrize(("version", "is_used"), [("7.0.28", True), ("4.4.29", False)])
def test_one_on_the_path_is_used_if_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_used: bool
) -> None:
    found = fake_mongod(tmp_path, f'echo "db version v{version}"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert (mongod.find_binary(Settings(home=tmp_path)).path == found) == is_used


def test_the_bundled_one_is_used_with_its_own_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mongodb").mkdir()
    bundled = fake_mongod(tmp_path / "mongodb", VERSION_6)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    binary = mongod.find_binary(Settings(home=tmp_path))
    assert binary.path == bundled
    assert binary.environment()["LD_LIBRARY_PATH"] == str(bundled.parent)


def test_where_there_is_none_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UserError, match="not installed"):
        mongod.find_binary(Settings(home=tmp_path))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('echo "db version v4.4.29"', "too old"),
        ("kill -ILL $$", "processor is too old"),
        ("exit 127", "HMSDESK_MONGOD names .*/mongod, which is no mongod"),
        ("exit 3", "HMSDESK_MONGOD names .*/mongod, which is no mongod"),
    ],
)
def test_one_that_cannot_be_used_is_refused_in_plain_words(home: Path, tmp_path: Path, script: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        EmbeddedServer(Settings(home=home, mongod=fake_mongod(tmp_path, script))).acquire()
    assert list((home / "leases").iterdir()) == []


def test_one_that_is_not_there_is_refused_in_plain_words(home: Path, tmp_path: Path) -> None:
    for named in (tmp_path / "missing", tmp_path):
        with pytest.raises(UserError, match=f"HMSDESK_MONGOD names {named}, which is no mongod"):
            EmbeddedServer(Settings(home=home, mongod=named)).acquire()


def test_one_that_lacks_its_libraries_is_refused_in_plain_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = mongod.find_binary(Settings(home=home))
    if binary.libraries is None:
        pytest.skip("this mongod finds all its libraries in the system")
    bare = mongod.Binary(binary.path)
    monkeypatch.setattr(mongod, "find_binary", lambda _: bare)
    with pytest.raises(UserError, match="Parts of the database server are missing"):
        server_on(home).acquire()


# --- what keeps it from starting


@as_root
def test_a_full_disk_is_said_before_the_server_is_started(practice: Path, small_disk: Path) -> None:
    home = shutil.copytree(practice, small_disk / "home")
    (small_disk / "other").write_bytes(b"x" * (40 * 2**20))
    with pytest.raises(UserError, match="disk is full"):
        server_on(home).acquire()


@as_root
def test_a_disk_that_fills_up_under_the_server_is_said(practice: Path, small_disk: Path) -> None:
    home = shutil.copytree(practice, small_disk / "home")
    server = server_on(home)
    url = server.acquire()
    with pytest.raises(PyMongoError):
        fill(url)
    assert until(lambda: not our_mongods(home))
    with pytest.raises(UserError, match="disk is full"):
        server.ensure_running()
    server.release()


@as_root
@pytest.mark.parametrize(("part", "said"), [(".", "data folder can't be used"), ("db", "may not write")])
def test_a_write_protected_folder_is_said(old_home: Path, part: str, said: str) -> None:
    folder = old_home / part
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    try:
        with pytest.raises(UserError, match=said):
            server_on(old_home).acquire()
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    "name",
    ["WiredTiger.wt", "WiredTiger.turtle", "_mdb_catalog.wt", "sizeStorer.wt", "storage.bson", "journal"],
)
def test_damaged_files_are_said(old_home: Path, name: str) -> None:
    db = old_home / "db"
    file = next((db / "journal").iterdir()) if name == "journal" else db / name
    file.write_bytes(os.urandom(8192))
    with pytest.raises(UserError, match="damaged"):
        server_on(old_home).acquire()


def test_missing_files_are_said(old_home: Path) -> None:
    (old_home / "db" / "_mdb_catalog.wt").unlink()
    with pytest.raises(UserError, match="damaged"):
        server_on(old_home).acquire()


def test_files_of_a_newer_storage_engine_are_said(old_home: Path) -> None:
    turtle = old_home / "db" / "WiredTiger.turtle"
    turtle.write_bytes(turtle.read_bytes().replace(b"version=(major=1,minor=1)", b"version=(major=9,minor=0)"))
    with pytest.raises(UserError, match="made by a newer"):
        server_on(old_home).acquire()


@pytest.mark.parametrize(("version", "said"), [("4.4", "too old for this"), ("7.0", "made by a newer")])
def test_records_of_another_version_are_said(home: Path, tmp_path: Path, version: str, said: str) -> None:
    """What mongod 6.0.27 logged with exit code 62 on data of 4.4, and the same for a version to come."""
    error = (
        "UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion document (ERROR: Location4926900: Invalid "
        'featureCompatibilityVersion document in admin.system.version: { _id: \\"featureCompatibilityVersion\\", '
        f'version: \\"{version}\\" }}. :: caused by :: Invalid feature compatibility version value, expected '
        "'5.0' or '5.3' or '6.0."
    )
    line = json.dumps({"s": "F", "id": 20573, "msg": "Wrong mongod version", "attr": {"error": error}})
    (tmp_path / "line").write_text(line)
    script = f"{VERSION_6}\ncat {tmp_path}/line >> {home}/log/mongod.log; exit 62"
    with pytest.raises(UserError, match=said):
        EmbeddedServer(Settings(home=home, mongod=fake_mongod(tmp_path, script))).acquire()


def test_a_server_started_by_hand_on_the_folder_is_said_and_left_alone(old_home: Path, tmp_path: Path) -> None:
    binary = mongod.find_binary(Settings(home=old_home))
    mine = Address(str(tmp_path / "m.sock"), tmp_path)
    words = [
        binary.path,
        "--dbpath",
        old_home / "db",
        "--bind_ip",
        mine.host,
        "--unixSocketPrefix",
        tmp_path,
        "--quiet",
    ]
    with subprocess.Popen(words, env=binary.environment(), stdout=subprocess.DEVNULL) as by_hand:
        assert until(lambda: (old_home / "db" / "mongod.lock").read_text().strip())
        with pytest.raises(UserError, match="Another program is using"):
            server_on(old_home).acquire()
        assert by_hand.poll() is None
        by_hand.kill()


def test_an_unknown_failure_names_the_log(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not start") as failure:
        EmbeddedServer(Settings(home=home, mongod=fake_mongod(tmp_path, f"{VERSION_6}\nexit 5"))).acquire()
    assert str(home / "log" / "mongod.log") in failure.value.message
