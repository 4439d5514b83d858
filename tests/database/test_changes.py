"""The news of what changed, and the thread that listens to them."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from pymongo import MongoClient

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.news import listen
from hmsdesk.database import changes
from hmsdesk.database.changes import Watcher, news_of
from hmsdesk.database.connection import Server
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.errors import Unreachable
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Kind, Settings
from tests.conftest import PASSWORD
from tests.database.faulty_line import Fault, FaultyLine
from tests.waiting import PATIENCE_S, until

# As the server gives them: of a time that its log has long forgotten.
PLACE_LONG_LOST = {
    "_data": "8263A1B2C3000000012B022C0100296E5A1004D2B6C1E0F3A94E5B8C7D6E5F4A3B2C1D"
    "46645F69640064640000000000000000000000000004"
}


# After so long a question counts as unanswered: short enough to wait for, long enough for a busy server.
GIVEN_UP_S = 3.0


def department():
    code = uuid4().hex[:8].upper()
    return {"name": f"Ward {code}", "code": code}


class Ear:
    """Hears what a watcher tells."""

    def __init__(self):
        self.news, self.gaps, self.states = [], 0, []
        self.fails = 0

    def on_event(self, event):
        change = news_of(event)
        if change is not None:
            self.news.append(change.record)
        if self.fails:
            self.fails -= 1
            raise Unreachable("The clinic's server does not answer.")

    def on_gap(self):
        self.gaps += 1

    def on_state(self, answers):
        if self.states[-1:] != [answers]:
            self.states.append(answers)

    def has_heard(self, row):
        return until(lambda: row["_id"] in self.news)


@contextmanager
def watching(server, collection="changes"):
    """A watcher and its ear, once it listens."""
    ear = Ear()
    watcher = Watcher(server, collection, ear.on_event, ear.on_gap, ear.on_state)
    ear.watcher = watcher
    assert until(lambda: ear.gaps)
    yield ear
    watcher.close()
    assert not watcher._thread.is_alive()


@pytest.fixture
def writer(clinic):
    """Makes a department on another workstation."""
    return lambda: DEPARTMENTS.create(clinic.administrator, department(), uuid4().hex)


@pytest.fixture
def line(server_address, tmp_path_factory):
    with FaultyLine(server_address, tmp_path_factory.mktemp("l")) as line:
        yield line


@pytest.fixture
def far(clinic, line):
    """A nurse's server, at the other end of a line that may break."""
    nurse = clinic.credentials()[Role.NURSE]
    server = Server(line.address, clinic.database, clinic.profile.kind, GIVEN_UP_S, nurse.user, nurse.password)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Tests have no minute to wait for what a program tries again now and then."""
    monkeypatch.setattr(changes, "_RETRY_S", 0.05)
    monkeypatch.setattr(changes, "_AWAIT_MS", 100)


class TestNews:
    def test_say_what_changed_and_no_word_of_it(self, clinic, writer):
        row = writer()
        with clinic.past_the_program() as database:
            said = database.changes.find_one({"record": row["_id"]})
        identity = clinic.administrator.identity
        expected = {
            "collection": "departments",
            "record": row["_id"],
            "version": 1,
            "action": "create",
            "actor": identity.person,
        }
        assert {name: said[name] for name in expected} == expected
        assert set(said) == {"_id", "at", "workstation", *expected}
        assert said["workstation"] == identity.workstation

    def test_are_forgotten_after_seven_days(self, clinic):
        with clinic.past_the_program() as database:
            kept = [index for index in database.changes.list_indexes() if "expireAfterSeconds" in index]
        assert [(dict(index["key"]), index["expireAfterSeconds"]) for index in kept] == [({"at": 1}, 7 * 24 * 3600)]

    def test_that_are_forgotten_are_no_news(self):
        assert news_of({"operationType": "delete", "documentKey": {"_id": 1}}) is None

    def test_are_not_for_patients_and_representatives(self, clinic):
        for role in (Role.PATIENT, Role.REPRESENTATIVE):
            assert listen(clinic.session(role), print, print, print) is None


class TestAWatcher:
    def test_tells_what_another_workstation_changed(self, clinic, writer):
        nurse = clinic.session(Role.NURSE)
        heard, ready = threading.Event(), threading.Event()
        watcher = listen(nurse, lambda change: heard.set(), ready.set, lambda _: None)
        assert ready.wait(PATIENCE_S)
        writer()
        assert heard.wait(PATIENCE_S)
        watcher.close()

    def test_tells_everything_once_and_in_order(self, clinic, writer):
        with watching(lambda: clinic.session(Role.NURSE).server) as ear:
            rows = [writer()["_id"] for _ in range(20)]
            assert until(lambda: len(ear.news) >= 20)
            time.sleep(0.1)
        assert ear.news == rows
        assert ear.gaps == 1

    def test_says_at_the_beginning_that_something_may_have_been_missed(self, clinic):
        with watching(lambda: clinic.session(Role.NURSE).server) as ear:
            assert (ear.gaps, ear.states) == (1, [True])

    def test_misses_nothing_while_its_line_is_broken(self, writer, far, line):
        with watching(lambda: far) as ear:
            assert ear.has_heard(writer())
            line.set(Fault.DEAD)
            missed = [writer() for _ in range(3)]
            assert until(lambda: ear.states == [True, False])
            line.set(Fault.NONE)
            assert all(ear.has_heard(row) for row in missed)
            assert (ear.gaps, ear.states) == (1, [True, False, True])

    def test_misses_nothing_though_its_line_breaks_before_the_first_news(self, writer, far, line):
        with watching(lambda: far) as ear:
            line.set(Fault.DEAD)
            missed = writer()
            assert until(lambda: False in ear.states)
            line.set(Fault.NONE)
            assert ear.has_heard(missed)
            assert ear.gaps == 1

    def test_notices_a_server_that_fell_silent(self, far, line, writer):
        with watching(lambda: far) as ear:
            line.set(Fault.SILENT)
            assert until(lambda: False in ear.states)
            missed = writer()
            line.set(Fault.NONE)
            assert ear.has_heard(missed)

    def test_says_so_when_it_can_not_go_on_where_it_stopped(self, writer, far, line):
        with watching(lambda: far) as ear:
            line.set(Fault.DEAD)
            assert until(lambda: False in ear.states)
            ear.watcher._resume = PLACE_LONG_LOST
            line.set(Fault.NONE)
            assert until(lambda: ear.gaps == 2)
            assert ear.has_heard(writer())

    def test_tells_a_listener_that_failed_of_a_gap(self, clinic, writer):
        with watching(lambda: clinic.session(Role.NURSE).server) as ear:
            ear.fails = 1
            assert ear.has_heard(writer())
            assert until(lambda: ear.gaps == 2)
            assert ear.has_heard(writer())

    def test_goes_on_with_a_renewed_credential_and_misses_nothing(self, clinic):
        session = clinic.sign_in(Role.PHARMACIST)
        with watching(lambda: session.server) as ear:
            clinic.owner.renew(Role.PHARMACIST, change_over_s=0)
            missed = [DEPARTMENTS.create(clinic.administrator, department(), uuid4().hex) for _ in range(3)]
            assert until(lambda: ear.gaps >= 2), "a refused credential is told as a gap, so that it is looked after"
            clinic.door.recheck(session)
            assert all(ear.has_heard(row) for row in missed)
        ids = [row["_id"] for row in missed]
        assert [heard for heard in ear.news if heard in ids] == ids

    def test_leaves_a_connection_that_was_replaced(self, clinic, writer):
        session = clinic.sign_in(Role.NURSE)
        former = session.server
        with watching(lambda: session.server) as ear:
            session.renew(clinic.door.sign_in(session.identity.email, PASSWORD).server)
            time.sleep(changes._AWAIT_MS / 1000 + 0.2)
            former.close()
            assert ear.has_heard(writer())
            assert (ear.gaps, ear.states) == (1, [True])


class TestClosing:
    def test_leaves_no_thread(self, clinic):
        before = set(threading.enumerate())
        for _ in range(3):
            with watching(lambda: clinic.session(Role.NURSE).server):
                pass
        assert [thread for thread in set(threading.enumerate()) - before if "watch" in thread.name] == []

    @pytest.mark.parametrize("fault", [Fault.DEAD, Fault.SILENT])
    def test_takes_no_longer_than_one_question_though_the_server_is_gone(self, far, line, fault):
        with watching(lambda: far) as ear:
            line.set(fault)
            began = time.monotonic()
            ear.watcher.close()
            assert time.monotonic() - began < PATIENCE_S / 2

    def test_may_be_asked_for_by_the_listener_itself(self, clinic):
        told = threading.Event()
        watcher = None

        def on_gap():
            until(lambda: watcher is not None)
            watcher.close()
            told.set()

        watcher = Watcher(lambda: clinic.session(Role.NURSE).server, "changes", print, on_gap, lambda _: None)
        assert told.wait(PATIENCE_S)
        assert until(lambda: not watcher._thread.is_alive())

    def test_may_be_asked_for_twice(self, clinic):
        with watching(lambda: clinic.session(Role.NURSE).server) as ear:
            ear.watcher.close()


@pytest.mark.skipif(os.name != "posix", reason="ends the server with a signal")
def test_a_watcher_outlives_the_server_s_restart(tmp_path):
    embedded = EmbeddedServer(Settings(home=tmp_path / "home"))
    address = embedded.acquire()
    try:
        with MongoClient(address) as nobody:
            nobody.admin.command("createUser", "root", pwd="root", roles=["root"])
        with MongoClient(address, username="root", password="root") as client:
            news = client.get_database("practice", write_concern=_majority()).changes
            news.insert_one({"n": 0})
            client.practice.command("createUser", "nurse", pwd="nurse", roles=["readWrite"])
            server = Server(address, "practice", Kind.EMBEDDED, GIVEN_UP_S, "nurse", "nurse")
            heard, states, gaps = [], [], []
            watcher = Watcher(
                lambda: server, "changes", lambda e: heard.append(e["fullDocument"]["n"]), lambda: gaps.append(1),
                lambda answers: states.append(answers) if states[-1:] != [answers] else None,
            )  # fmt: skip
            assert until(lambda: gaps)
            news.insert_one({"n": 1})
            assert until(lambda: heard == [1])
            _kill(embedded)
            assert until(lambda: states == [True, False])
            assert embedded.ensure_running() == address
            news.insert_one({"n": 2})
            assert until(lambda: heard == [1, 2])
            assert (states, len(gaps)) == ([True, False, True], 1)
            watcher.close()
            server.close()
    finally:
        embedded.release()


def _majority():
    from pymongo.write_concern import WriteConcern

    return WriteConcern("majority")


def _kill(embedded):
    process = psutil.Process(embedded.status().pid)
    os.kill(process.pid, signal.SIGKILL)
    assert until(lambda: not Path(f"/proc/{process.pid}").exists() or process.status() == psutil.STATUS_ZOMBIE)
