"""The server is killed while workstations race, and comes back: what was acknowledged is there, once.

Nothing is half done, whatever moment it was (tests.races.soundness). What nobody knows of is there as a whole or not
at all, and sending it again by the same operation makes exactly one.
"""

import random
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database import mongod
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from tests.conftest import Clinic, make_root
from tests.races.desks import Desks
from tests.races.scene import LIMIT, Scene
from tests.races.soundness import unsound
from tests.waiting import PATIENCE_S

NUMBER = 22
RACES = ("for_one_slot", "for_a_day", "for_a_lot", "for_a_bill", "for_a_record", "for_the_first_entry")
# How long a workstation waits for a server that is gone: a restart takes about as long.
IMPATIENCE_S = 2.0
# So many race in one of them, and two in each of the others.
MANY = 12


class OwnServer:
    """An embedded server that may be killed, as no other test uses it."""

    def __init__(self):
        self._home = Path(tempfile.mkdtemp(prefix="hmsdesk-"))
        self._embedded = EmbeddedServer(Settings(home=self._home))
        self.address = self._embedded.acquire()

    def kill(self):
        """As if the power was cut."""
        process = mongod.find_process(self._home / "db")
        process.kill()
        process.wait(PATIENCE_S)

    def restart(self):
        """As a window does that finds it gone."""
        assert self._embedded.ensure_running() == self.address

    def end(self):
        self._embedded.release()
        shutil.rmtree(self._home)


@pytest.fixture(scope="module")
def server():
    server = OwnServer()
    yield server
    server.end()


@pytest.fixture(scope="module")
def clinic(server, tmp_path_factory):
    make_root(server.address)
    clinic = Clinic(server.address, tmp_path_factory.mktemp("clinic"))
    yield clinic
    clinic.leave()


@pytest.fixture(scope="module")
def desks(clinic, tmp_path_factory):
    with Desks(clinic, tmp_path_factory.mktemp("desks"), NUMBER) as desks:
        for role in (Role.RECEPTIONIST, Role.PHARMACIST, Role.NURSE):
            desks.sign_in(role)
        yield desks


@pytest.fixture(scope="module")
def scene(clinic, desks):
    return Scene(clinic, desks)


class Storm:
    """One round: who races for what, and what came of it before the server was killed and after."""

    def __init__(self, desks, scene, favourite):
        self.desks = desks
        self.scene = scene
        rest = [race for race in RACES for _ in range(2)]
        self.race_of = ([favourite] * MANY + [race for race in rest if race != favourite])[:NUMBER]
        each = {race: self._deeds(race) for race in RACES}
        self.deeds = [each[race](number) for number, race in enumerate(self.race_of)]
        self.stock = scene.in_stock()
        self.answers = []

    def _deeds(self, race):
        if race == "for_the_first_entry":
            return lambda number: ("sign_in", self.desks.signing_in(number, Role.NURSE, timeout_s=IMPATIENCE_S))
        return getattr(self.scene, race)()

    def rage(self, server, chance, *, wait):
        """Everybody begins; the server is killed after some have an answer. wait: it comes back when all have one."""
        self._let_all("be_patient", IMPATIENCE_S)
        with self.desks.begun(self.deeds):
            self.desks.wait_for(chance.randrange(NUMBER * 3 // 4))
            time.sleep(chance.uniform(0, 0.02))
            server.kill()
            if not wait:
                server.restart()
        self.answers = self.desks.answers(range(NUMBER))
        if wait:
            server.restart()
        self._let_all("be_patient", PATIENCE_S)

    def send_again(self):
        """What nobody knows of, and what is done, by the same operations. What is known is said again."""
        again = [number for number, one in enumerate(self.answers) if one.done or one.unsure]
        known = {number: self.answers[number] for number in again if self.answers[number].done}
        # Who signs in again is another time at the computer.
        again = [number for number in again if number not in known or self.race_of[number] != "for_the_first_entry"]
        said = self.desks.some(again, [(deed, values | self._more(deed)) for deed, values in self.deeds])
        for number, answer in zip(again, said, strict=True):
            assert not answer.unsure, answer
            assert number not in known or known[number] == answer, (known[number], answer)
            self.answers[number] = answer

    def done_in(self, race):
        return [number for number, name in enumerate(self.race_of) if name == race and self.answers[number].done]

    @staticmethod
    def _more(deed):
        return {"timeout_s": PATIENCE_S} if deed == "sign_in" else {}

    def _let_all(self, deed, timeout_s):
        self.desks.together(deed, [{"timeout_s": timeout_s}] * NUMBER)


def check_what_was_acknowledged(storm, database):
    """What was done is in the trail, and what was refused is not; of the rest nobody knows."""
    by_operation = {
        values["operation"]: storm.answers[number]
        for number, (_, values) in enumerate(storm.deeds)
        if storm.race_of[number] not in ("for_a_record", "for_the_first_entry")
    }
    kept = set(database.audit.distinct("operation", {"operation": {"$in": list(by_operation)}}))
    for operation, answer in by_operation.items():
        if not answer.unsure:
            assert (operation in kept) == answer.done, answer
    chains = [storm.answers[number].value for number in storm.done_in("for_the_first_entry")]
    assert set(database.audit.distinct("chain", {"chain": {"$in": chains}})) == set(chains)


def check_words(storm, answers_are_final):
    """Every word that was acknowledged stands in the record once, and none twice."""
    numbers = [number for number, race in enumerate(storm.race_of) if race == "for_a_record"]
    patient = storm.deeds[numbers[0]][1]["patient"]
    words = PATIENTS.get(storm.scene.reception, patient).get("address", "").split()
    assert len(words) == len(set(words))
    acknowledged = {f"w{number}" for number in storm.done_in("for_a_record")}
    assert acknowledged <= set(words)
    if answers_are_final:
        assert acknowledged == set(words) == {f"w{number}" for number in numbers}


def check_who_won(storm):
    """Nothing was given away twice, and nothing was withheld."""
    number_of = {race: storm.race_of.count(race) for race in RACES}
    assert {race: len(storm.done_in(race)) for race in RACES} == {
        "for_one_slot": 1,
        "for_a_day": min(LIMIT, number_of["for_a_day"]),
        "for_a_lot": min(storm.stock, number_of["for_a_lot"]),
        "for_a_bill": 1,
        "for_a_record": number_of["for_a_record"],
        "for_the_first_entry": number_of["for_the_first_entry"],
    }


def kill_in_the_middle(server, clinic, desks, scene, round_):
    storm = Storm(desks, scene, RACES[round_ % len(RACES)])
    storm.rage(server, random.Random(round_), wait=bool(round_ % 2))
    with ExitStack() as stack:
        database = stack.enter_context(clinic.past_the_program())
        assert unsound(database, desks.heads()) == []
        check_what_was_acknowledged(storm, database)
        check_words(storm, answers_are_final=False)
        storm.send_again()
        assert unsound(database, desks.heads()) == []
        check_what_was_acknowledged(storm, database)
        check_words(storm, answers_are_final=True)
    check_who_won(storm)


@pytest.mark.parametrize("round_", range(5))
def test_what_was_acknowledged_is_there_once_and_nothing_is_half_done(server, clinic, desks, scene, round_):
    kill_in_the_middle(server, clinic, desks, scene, round_)


@pytest.mark.nightly
@pytest.mark.parametrize("round_", range(5, 55))
def test_the_same_in_fifty_more_moments(server, clinic, desks, scene, round_):
    kill_in_the_middle(server, clinic, desks, scene, round_)
