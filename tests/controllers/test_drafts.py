"""What was typed and not saved: sealed to the person, kept on this computer."""

import stat
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from bson import ObjectId

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.security.credentials import Keys
from tests.waiting import PATIENCE_S


@pytest.fixture
def sara():
    """As much of a session as a draft needs."""
    return SimpleNamespace(keys=Keys.generate(), identity=SimpleNamespace(person=ObjectId()))


@pytest.fixture
def drafts(sara, tmp_path):
    return Drafts(tmp_path, sara)


def files(folder):
    return [file for file in folder.rglob("*") if file.is_file()]


def test_what_was_typed_is_found_again(drafts, sara, tmp_path):
    typed = {"name": "Heart & lung", "name_ar": "القلب", "rows": [{"dose": "1"}], "version": 3}
    drafts.keep("departments/new", typed)
    read = Drafts(tmp_path, sara).read("departments/new")
    assert (read.place, read.values) == ("departments/new", typed)
    assert abs((datetime.now(UTC) - read.typed_at).total_seconds()) < PATIENCE_S


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


def test_nobody_else_can_read_one(drafts, sara, tmp_path):
    drafts.keep("patients/new", {"name": "Mohamed Ali"})
    (kept,) = files(tmp_path)
    assert b"Mohamed" not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    thief = SimpleNamespace(keys=Keys.generate(), identity=sara.identity)
    assert Drafts(tmp_path, thief).all() == []
    assert Drafts(tmp_path, thief).read("patients/new") is None


def test_others_on_the_same_computer_have_their_own(drafts, tmp_path):
    drafts.keep("patients/new", {"name": "Mohamed Ali"})
    other = SimpleNamespace(keys=Keys.generate(), identity=SimpleNamespace(person=ObjectId()))
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
