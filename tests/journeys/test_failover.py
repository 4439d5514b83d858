"""Three servers: one is killed, stops, or is cut off. It is said, nothing is lost or doubled, and work goes on."""

import shutil
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.database.connection import Busy
from hmsdesk.database.unit_of_work import Repeated
from hmsdesk.errors import Unreachable
from hmsdesk.settings import write_profile
from tests.certificates import greeting, make_certificate
from tests.controllers.three_nodes import EMAIL, PASSWORD, Practice, three_nodes
from tests.relay import Relay
from tests.waiting import until

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates"),
    # The driver itself leaves a socket to the collector where a server goes in the middle of a handshake.
    pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning"),
]

CLIENTS = 3
# So that they are at work all the time, and leave the machine some for others.
PAUSE_S = 0.05
FAULTS = ["the primary is killed", "the primary steps down", "the primary is cut off"]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    with three_nodes(tmp_path_factory.mktemp("nodes")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(nodes, tmp_path_factory):
    """A practice on them; a silent server is given up as soon as on any workstation."""
    practice = Practice(nodes, tmp_path_factory.mktemp("first"))
    practice.settings = replace(practice.settings, server_timeout_s=10)
    return practice


class Stream:
    """Clients that save one department after another, each until the server says that it is saved."""

    def __init__(self, practice):
        self.saved = []
        self._ended = threading.Event()
        self._doors = [practice.door() for _ in range(CLIENTS)]
        sessions = [door.sign_in(EMAIL, PASSWORD) for door in self._doors]
        self._threads = [threading.Thread(target=self._work, args=(session,)) for session in sessions]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()
        for door in self._doors:
            door.close()

    def _work(self, session):
        while not self._ended.is_set():
            code = uuid4().hex[:8].upper()
            self._save(session, {"name": f"Ward {code}", "code": code}, uuid4().hex)
            self._ended.wait(PAUSE_S)
        session.close()

    def _save(self, session, values, operation):
        """As a person does who presses Save again: the same operation."""
        while True:
            try:
                DEPARTMENTS.create(session, values, operation)
            except (Unreachable, Busy):
                continue
            except Repeated:
                pass
            self.saved.append(values["code"])
            return

    def goes_on(self):
        """Whether each client, or one of them several times, saves something from now on."""
        before = len(self.saved)
        return until(lambda: len(self.saved) >= before + 2 * CLIENTS)


@contextmanager
def fault(nodes, kind):
    """One of the faults, and its end."""
    primary = nodes.primary()
    if kind == "the primary is killed":
        nodes.kill(primary)
        yield
        nodes.restart(primary)
    elif kind == "the primary steps down":
        nodes.step_down()
        yield
    else:
        with nodes.cut_off(primary):
            yield


def save(hands):
    """Save, and where no answer came press the button that is offered: nothing is typed again."""

    def is_saved():
        return getattr(hands.desk().frame.page(), "pages", None) is not None

    hands.click("formSave")
    while not is_saved():
        hands.wait(lambda: is_saved() or hands.sees("server does not answer"), "saved, or an answer")
        if not is_saved():
            hands.click("noticeAction")
            hands.wait(lambda: not hands.sees("server does not answer"), "sent again")


class Clock:
    """How long after a fault what happens; it is printed with `pytest -s`."""

    def __init__(self, kind):
        self._kind, self._began, self._seen = kind, time.monotonic(), []

    def note(self, what):
        self._seen.append(f"{what} after {time.monotonic() - self._began:.2f} s")

    def tell(self):
        print(f"\n{self._kind}: {', '.join(self._seen)}")


@pytest.mark.parametrize("kind", FAULTS)
def test_a_lost_primary_is_told_and_what_was_typed_is_saved_by_the_next(window_on, nodes, shared, kind):
    hands = window_on(shared.settings)
    hands.sign_in(EMAIL, PASSWORD)
    hands.wait(lambda: hands.chip() == "Connected", "connected")
    told = []
    hands.program.entrance.connected.connect(told.append)
    name = f"Ward {uuid4().hex[:6]}"
    with Stream(shared) as stream:
        assert stream.goes_on()
        hands.go("departments", "new")
        hands.type_in("name", name)
        hands.type_in("code", name[5:])
        clock = Clock(kind)
        with fault(nodes, kind):
            # Where the next takes over at once, it is said for a moment only.
            hands.wait(lambda: told and told[0] is False, "said while it is lost")
            clock.note("told")
            save(hands)
            clock.note("saved")
            hands.wait(lambda: hands.chip() == "Connected", "said that all is well")
            clock.note("connected")
            assert stream.goes_on()
            clock.note("everybody at work")
        clock.tell()
    check(shared, [*stream.saved, name[5:].upper()])


@pytest.mark.nightly
def test_fifteen_faults_in_a_row_lose_and_double_nothing(nodes, shared):
    with Stream(shared) as stream:
        for kind in FAULTS * 5:
            assert stream.goes_on()
            clock = Clock(kind)
            with fault(nodes, kind):
                assert stream.goes_on()
                clock.note("everybody at work")
            clock.tell()
    check(shared, stream.saved)


def check(practice, saved):
    """What was acknowledged is there once, and the trail holds."""
    with closing(practice.door()) as door, closing(door.sign_in(EMAIL, PASSWORD)) as session:
        kept = session.server.database.departments.find({"code": {"$in": saved}})
        assert sorted(row["code"] for row in kept) == sorted(saved)
        assert verify_as_owner(door, session, PASSWORD).holds


def test_an_expired_certificate_is_told_at_the_door(window_on, nodes, shared, tmp_path):
    home = Path(shutil.copytree(shared.settings.home, tmp_path / "home"))
    with greeting(make_certificate(nodes.authority.parent, "late", days=-1)) as port:
        write_profile(home, replace(shared.profile, address=f"mongodb://127.0.0.1:{port}/?directConnection=true"))
        hands = window_on(replace(shared.settings, home=home))
        hands.wait(lambda: hands.sees("The server's certificate is not valid today."), "said at the door")
        assert hands.sees("whoever looks after the server has to renew it")


def test_a_certificate_that_expires_under_open_pages_is_told_until_it_is_renewed(window_on, nodes, shared, tmp_path):
    home = Path(shutil.copytree(shared.settings.home, tmp_path / "home"))
    server = int(nodes.primary().rpartition(":")[2])
    with Relay(server) as line, greeting(make_certificate(nodes.authority.parent, "over", days=-1)) as late:
        write_profile(home, replace(shared.profile, address=f"mongodb://127.0.0.1:{line.port}/?directConnection=true"))
        hands = window_on(replace(shared.settings, home=home))
        hands.sign_in(EMAIL, PASSWORD)
        hands.go("departments", "new")
        name = f"Ward {uuid4().hex[:6]}"
        hands.type_in("name", name)
        line.lead_to(late)
        hands.wait(lambda: hands.sees("The server's certificate is not valid today."), "said over the page")
        hands.type_in("code", name[5:])
        line.lead_to(server)
        hands.wait(lambda: hands.chip() == "Connected", "connected again")
        hands.wait(lambda: not hands.sees("The server's certificate is not valid today."), "said no more")
        assert hands.typed("name") == name
        save(hands)
        hands.close()
    check(shared, [name[5:].upper()])
