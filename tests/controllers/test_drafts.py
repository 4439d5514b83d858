"""What was typed and not saved: sealed to the person, kept on this computer."""

import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import bson
import pytest
from bson import ObjectId
from filelock import FileLock, Timeout, UnixFileLock

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.database import leases
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sara():
    """As much of a session as a draft needs."""
    return SimpleNamespace(keys=Keys.generate(), identity=SimpleNamespace(person=ObjectId(), role=Role.DOCTOR))


@pytest.fixture
def drafts(sara, tmp_path):
    return Drafts(tmp_path, sara)


def files(folder):
    return list(folder.rglob("*.draft"))


# Keeps a draft as a program of its own does, or reads it, and stays until it is told to end or is killed.
PROGRAM = """
import sys
from pathlib import Path
from types import SimpleNamespace
from bson import ObjectId
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
folder, keys, person, act, place, typed = sys.argv[1:]
session = SimpleNamespace(
    keys=Keys.from_bytes(bytes.fromhex(keys)), identity=SimpleNamespace(person=ObjectId(person), role=Role.DOCTOR)
)
drafts = Drafts(Path(folder), session)
if act == "keep":
    drafts.keep(place, {"name": typed})
    print("kept", flush=True)
else:
    input()
    read = drafts.read(place)
    print(read.values["name"] if read else "nothing", flush=True)
if input() == "leave":
    drafts.close()
    print("left", flush=True)
    input()
"""


class Elsewhere:
    """Another program of the same person on the same computer, in a process of its own."""

    def __init__(self, folder, session, act, place, typed=""):
        told = (folder, session.keys.to_bytes().hex(), session.identity.person, act, place, typed)
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def tell(self, word=""):
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def answer(self):
        return self._process.stdout.readline().strip()

    def kill(self):
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def elsewhere(sara, tmp_path):
    """Other programs; killed at the end."""
    running = []

    def begin(*told):
        running.append(Elsewhere(tmp_path, sara, *told))
        return running[-1]

    yield begin
    for one in running:
        one.kill()


def test_what_was_typed_is_found_again(drafts, sara, tmp_path):
    typed = {"name": "Heart & lung", "name_ar": "القلب", "rows": [{"dose": "1"}], "version": 3}
    drafts.keep("departments/new", typed)
    drafts.close()
    read = Drafts(tmp_path, sara).read("departments/new")
    assert (read.place, read.values, read.role) == ("departments/new", typed, Role.DOCTOR)
    assert abs((datetime.now(UTC) - read.typed_at).total_seconds()) < PATIENCE_S


def test_one_of_before_its_role_was_written_down_is_found_too(drafts, sara, tmp_path, monkeypatch):
    really = bson.encode
    monkeypatch.setattr(bson, "encode", lambda said: really({key: said[key] for key in said if key != "role"}))
    drafts.keep("departments/new", {"name": "Heart & lung"})
    drafts.close()
    read = Drafts(tmp_path, sara).read("departments/new")
    assert (read.values, read.role) == ({"name": "Heart & lung"}, None)


def test_nothing_is_found_where_nothing_was_typed(drafts):
    assert drafts.read("departments/new") is None
    assert drafts.all() == []


def test_the_last_that_was_typed_counts(drafts):
    drafts.keep("departments/new", {"name": "H"})
    drafts.keep("departments/new", {"name": "Heart"})
    assert drafts.read("departments/new").values == {"name": "Heart"}


def test_one_that_was_saved_or_given_up_is_gone(drafts, tmp_path):
    drafts.keep("departments/new", {"name": "Heart"})
    drafts.drop("departments/new")
    drafts.drop("departments/new")
    assert drafts.read("departments/new") is None
    assert files(tmp_path) == []


def test_all_of_them_come_with_the_newest_first(drafts):
    for place in ("departments/new", "patients/new", "departments/5f"):
        drafts.keep(place, {"place": place})
        time.sleep(0.002)
    assert [draft.place for draft in drafts.all()] == ["departments/5f", "patients/new", "departments/new"]


def test_one_can_be_looked_at_without_taking_it_or_opening_others(drafts, sara, tmp_path):
    for place in ("departments/new", "patients/new"):
        drafts.keep(place, {"name": place})
    drafts.close()
    kept, told = set(files(tmp_path)), []
    after = Drafts(tmp_path, sara, told.append)
    for file in tmp_path.rglob("patients*.draft"):
        file.unlink()
        # Whoever opens it fails.
        file.mkdir()
    assert after.peek("departments/new").values == {"name": "departments/new"}
    assert after.peek("departments/5f") is None
    assert (set(files(tmp_path)), told) == (kept, [])
    after.keep("departments/new", {"name": "Heart"})
    assert after.peek("departments/new").values == {"name": "Heart"}


def test_nobody_else_can_read_one(drafts, sara, tmp_path):
    drafts.keep("patients/new", {"name": "Mohamed Ali"})
    (kept,) = files(tmp_path)
    assert b"Mohamed" not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    drafts.close()
    thief = SimpleNamespace(keys=Keys.generate(), identity=sara.identity)
    assert Drafts(tmp_path, thief).all() == []
    assert Drafts(tmp_path, thief).read("patients/new") is None


def test_others_on_the_same_computer_have_their_own(drafts, tmp_path):
    drafts.keep("patients/new", {"name": "Mohamed Ali"})
    other = SimpleNamespace(keys=Keys.generate(), identity=SimpleNamespace(person=ObjectId(), role=Role.DOCTOR))
    assert Drafts(tmp_path, other).all() == []


@pytest.mark.parametrize("damage", [b"", b"not sealed at all", None])
def test_a_damaged_one_is_none(drafts, tmp_path, damage):
    drafts.keep("patients/new", {"name": "Mohamed Ali"})
    (kept,) = files(tmp_path)
    kept.write_bytes(kept.read_bytes()[:-1] if damage is None else damage)
    assert drafts.all() == []
    drafts.keep("patients/new", {"name": "Mohamed Ali"})
    assert len(drafts.all()) == 1


def test_a_folder_that_refuses_it_is_told(drafts, tmp_path):
    (tmp_path / "drafts").write_bytes(b"in the way")
    with pytest.raises(OSError, match="drafts"):
        drafts.keep("patients/new", {"name": "Mohamed Ali"})


class TestAnotherProgramOfTheSamePerson:
    def test_is_not_offered_what_is_being_typed_until_the_program_is_killed(self, drafts, elsewhere):
        other = elsewhere("keep", "departments/new", "Heart")
        assert other.answer() == "kept"
        assert drafts.all() == []
        assert drafts.read("departments/new") is None
        other.kill()
        assert [draft.values for draft in drafts.all()] == [{"name": "Heart"}]
        assert drafts.read("departments/new").values == {"name": "Heart"}

    def test_is_offered_what_was_left_where_the_person_signed_out(self, drafts, elsewhere):
        other = elsewhere("keep", "departments/new", "Heart")
        assert other.answer() == "kept"
        other.tell("leave")
        assert other.answer() == "left"
        assert drafts.read("departments/new").values == {"name": "Heart"}

    def test_keeps_what_it_types_into_the_same_form_apart(self, drafts, sara, tmp_path, elsewhere):
        other = elsewhere("keep", "departments/new", "Heart")
        assert other.answer() == "kept"
        drafts.keep("departments/new", {"name": "Lung"})
        assert drafts.read("departments/new").values == {"name": "Lung"}
        drafts.drop("departments/new")
        assert drafts.read("departments/new") is None
        other.kill()
        assert drafts.read("departments/new").values == {"name": "Heart"}

    def test_gets_what_was_left_once_however_many_want_it(self, drafts, tmp_path, elsewhere):
        drafts.keep("departments/new", {"name": "Heart"})
        drafts.close()
        others = [elsewhere("read", "departments/new") for _ in range(4)]
        for other in others:
            other.tell()
        assert sorted(other.answer() for other in others) == ["Heart", "nothing", "nothing", "nothing"]
        assert drafts.all() == []
        assert len(files(tmp_path)) == 1

    def test_that_begins_at_the_same_instant_is_offered_what_was_left_as_well(
        self, sara, tmp_path, elsewhere, monkeypatch
    ):
        other = elsewhere("keep", "departments/new", "Heart")
        assert other.answer() == "kept"
        other.kill()
        is_held = leases.Leases.is_held

        def slowly(self, name):
            try:
                with FileLock(self._folder / f"{name}.lease").acquire(timeout=0):
                    time.sleep(0.3)
            except Timeout:
                return True
            return is_held(self, name)

        monkeypatch.setattr(leases.Leases, "is_held", slowly)
        with ThreadPoolExecutor() as pool:
            seen = list(pool.map(lambda _: Drafts(tmp_path, sara).all(), range(2)))
        assert [len(drafts) for drafts in seen] == [1, 1]

    def test_what_is_taken_over_is_the_one_s_who_took_it(self, drafts, sara, tmp_path, elsewhere):
        drafts.keep("departments/new", {"name": "Heart"})
        drafts.close()
        after = Drafts(tmp_path, sara)
        assert after.read("departments/new").values == {"name": "Heart"}
        other = elsewhere("read", "departments/new")
        other.tell()
        assert other.answer() == "nothing"
        after.drop("departments/new")
        assert files(tmp_path) == []

    def test_of_two_left_for_something_new_the_newer_is_offered_and_then_the_other(self, drafts, elsewhere):
        for typed in ("Heart", "Lung"):
            other = elsewhere("keep", "departments/new", typed)
            assert other.answer() == "kept"
            other.kill()
        assert [draft.values["name"] for draft in drafts.all()] == ["Lung"]
        assert drafts.read("departments/new").values == {"name": "Lung"}
        drafts.drop("departments/new")
        assert [draft.values["name"] for draft in drafts.all()] == ["Heart"]

    def test_of_two_left_about_one_record_the_older_is_gone_with_the_newer(self, drafts, tmp_path, elsewhere):
        for typed in ("Heart", "Lung"):
            other = elsewhere("keep", "departments/5f", typed)
            assert other.answer() == "kept"
            other.kill()
        assert drafts.read("departments/5f").values == {"name": "Lung"}
        drafts.drop("departments/5f")
        assert drafts.read("departments/5f") is None
        assert drafts.all() == []
        assert files(tmp_path) == []

    def test_keeps_what_it_types_into_the_form_of_a_record_that_is_saved_here(self, drafts, elsewhere):
        other = elsewhere("keep", "departments/5f", "Heart")
        assert other.answer() == "kept"
        drafts.keep("departments/5f", {"name": "Lung"})
        drafts.drop("departments/5f")
        other.kill()
        assert drafts.read("departments/5f").values == {"name": "Heart"}

    def test_leaves_what_is_newer_than_what_is_saved_here(self, drafts, elsewhere):
        drafts.keep("departments/5f", {"name": "Lung"})
        other = elsewhere("keep", "departments/5f", "Heart")
        assert other.answer() == "kept"
        other.kill()
        drafts.drop("departments/5f")
        assert drafts.read("departments/5f").values == {"name": "Heart"}


def test_what_a_former_program_kept_under_its_place_alone_is_found_and_gone_once_it_is_saved(drafts, sara, tmp_path):
    drafts.keep("departments/new", {"name": "Heart"})
    drafts.close()
    (kept,) = files(tmp_path)
    kept.rename(kept.with_name("departments-new.draft"))
    after = Drafts(tmp_path, sara)
    assert [draft.place for draft in after.all()] == ["departments/new"]
    assert after.read("departments/new").values == {"name": "Heart"}
    after.keep("departments/new", {"name": "Heart and lung"})
    after.drop("departments/new")
    assert files(tmp_path) == []


def test_where_a_drive_knows_no_locks_drafts_are_kept_all_the_same(drafts, sara, tmp_path, monkeypatch):
    def refuse(self):
        raise NotImplementedError

    monkeypatch.setattr(UnixFileLock, "_acquire", refuse)
    drafts.keep("departments/new", {"name": "Heart"})
    assert Drafts(tmp_path, sara).read("departments/new").values == {"name": "Heart"}
    drafts.drop("departments/new")
    assert files(tmp_path) == []
