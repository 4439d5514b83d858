"""This computer's way to its practice: what is there, what is refused, and what is given back."""

import os
import shutil
import signal
import socketserver
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.workplace import NotSetUp, Workplace
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.errors import UserError
from hmsdesk.settings import PROFILE_FILE, SecretStore, Settings
from tests.journeys.founder import EMAIL, FOUNDING, PASSWORD
from tests.waiting import until


@pytest.fixture
def empty(tmp_path):
    """A workplace without a practice."""
    workplace = Workplace(Settings(home=tmp_path / "data", argon2_mib=64))
    yield workplace
    workplace.close()


@pytest.fixture(scope="module")
def settings():
    """Of a data folder in which a practice was founded. Its name is short: so must be a socket's."""
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    settings = Settings(home=home, argon2_mib=64)
    workplace = Workplace(settings)
    workplace.found(FOUNDING)
    workplace.close()
    yield settings
    shutil.rmtree(home)


@pytest.fixture
def founded(settings):
    workplace = Workplace(settings)
    yield workplace
    workplace.close()


class TestWithoutAPractice:
    def test_says_that_none_is_set_up(self, empty):
        with pytest.raises(NotSetUp):
            empty.profile()
        with pytest.raises(NotSetUp):
            empty.door()

    def test_says_that_its_settings_are_damaged(self, empty):
        (empty.settings.folder() / PROFILE_FILE).write_text("{not json")
        with pytest.raises(UserError, match="damaged"):
            empty.profile()

    def test_does_not_found_over_records_it_knows_nothing_of(self, empty):
        (empty.settings.folder() / "db").mkdir()
        (empty.settings.home / "db" / "WiredTiger").write_bytes(b"somebody's records")
        with pytest.raises(UserError, match="holds the records of a practice"):
            empty.found(FOUNDING)
        assert (empty.settings.home / "db" / "WiredTiger").read_bytes() == b"somebody's records"

    def test_is_founded_where_a_server_ran_that_never_got_one(self):
        home = Path(tempfile.mkdtemp(prefix="hms-"))
        workplace = Workplace(Settings(home=home, argon2_mib=64))
        EmbeddedServer(workplace.settings).start_kept()
        EmbeddedServer(workplace.settings).stop_kept()
        try:
            workplace.found(FOUNDING)
            workplace.close()
            (home / PROFILE_FILE).unlink()
            with pytest.raises(UserError, match="holds the records of a practice"):
                workplace.found(FOUNDING)
        finally:
            workplace.close()
            shutil.rmtree(home)

    def test_gives_back_nothing_where_nothing_was_taken(self, empty):
        empty.close()
        empty.close()


class TestAPractice:
    def test_is_not_founded_twice(self, founded):
        with pytest.raises(UserError, match="already"):
            founded.found(FOUNDING)

    def test_is_entered_by_whoever_founded_it(self, founded):
        door = founded.door()
        assert door.practice()["name"] == "Nile Family Clinic"
        session = door.sign_in(EMAIL, PASSWORD)
        assert session.identity.owner
        session.close()

    def test_keeps_its_server_while_it_is_open_and_no_longer(self, founded):
        founded.door()
        assert EmbeddedServer(founded.settings).status().windows == (os.getpid(),)
        founded.close()
        assert not EmbeddedServer(founded.settings).status().running

    def test_starts_a_server_again_that_died(self, founded):
        address = founded.start_embedded()
        pid = EmbeddedServer(founded.settings).status().pid
        os.kill(pid, signal.SIGKILL)
        assert founded.start_embedded() == address
        assert EmbeddedServer(founded.settings).status().pid != pid

    def test_is_not_discarded_while_another_window_uses_it(self, founded):
        founded.door()
        other = Workplace(founded.settings)
        with pytest.raises(UserError, match="Another window or command uses"):
            other.discard(PROFILE_FILE)
        assert founded.profile().practice == "Nile Family Clinic"

    @pytest.mark.parametrize("marker", ["founding", "founding-there"])
    def test_is_not_cleared_away_though_its_founding_ended_untidily(self, founded, marker):
        home = founded.settings.home
        (home / marker).write_bytes(b"")
        known = (home / PROFILE_FILE).read_bytes()
        founded.profile()
        (home / PROFILE_FILE).unlink()
        try:
            with pytest.raises(UserError, match="holds the records of a practice"):
                founded.found(FOUNDING)
        finally:
            (home / PROFILE_FILE).write_bytes(known)
        assert not (home / marker).exists()

    def test_whose_keys_are_gone_says_so(self, founded, monkeypatch):
        secrets = founded.secrets(SecretStore.FILE)
        monkeypatch.setattr(type(secrets), "get", lambda *_: None)
        with pytest.raises(UserError, match="keys are missing"):
            founded.door()

    def test_goes_on_where_its_server_has_moved(self, founded, request):
        """Another program may take the port while the server is down, where it listens on one."""
        founded.embedded = EmbeddedServer(founded.settings, loopback=True)
        founded.embedded.acquire()
        door = founded.door()
        session = door.sign_in(EMAIL, PASSWORD)
        request.addfinalizer(session.close)
        former = door.address
        os.kill(EmbeddedServer(founded.settings).status().pid, signal.SIGKILL)
        with _taken(urlsplit(former).port):
            address = founded.start_embedded()
            assert address != former
            door.move(address)
            door.recheck(session)
            made = DEPARTMENTS.create(session, {"name": "Moved", "code": uuid4().hex[:6].upper()}, uuid4().hex)
            assert DEPARTMENTS.get(session, made["_id"])["name"] == "Moved"


class _Rude(socketserver.BaseRequestHandler):
    """Has nothing to say to a database server."""


class _Other(socketserver.TCPServer):
    allow_reuse_address = True


@contextmanager
def _taken(port):
    """The port in another program's hands, as soon as the killed server has let go of it."""
    others = []

    def take():
        with suppress(OSError):
            others.append(_Other(("127.0.0.1", port), _Rude))
        return others

    assert until(take), f"port {port} is not free"
    (other,) = others
    answering = threading.Thread(target=other.serve_forever, args=(0.05,))
    answering.start()
    yield
    other.shutdown()
    answering.join()
    other.server_close()
