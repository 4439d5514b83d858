"""What a person chose to look at stays on this computer, for that person alone."""

import pytest

from hmsdesk.controllers.choices import Choices
from hmsdesk.security.permissions import Role


@pytest.fixture
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


def test_what_was_chosen_is_known_again_and_each_page_has_its_own(tmp_path, reception):
    Choices(tmp_path, reception).keep("calendar", {"view": "week"})
    Choices(tmp_path, reception).keep("board", {"doctor": "x"})
    assert Choices(tmp_path, reception).read("calendar") == {"view": "week"}
    assert Choices(tmp_path, reception).read("board") == {"doctor": "x"}


def test_another_person_has_chosen_nothing(tmp_path, clinic, reception):
    Choices(tmp_path, reception).keep("calendar", {"view": "week"})
    assert Choices(tmp_path, clinic.session(Role.NURSE)).read("calendar") == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"calendar": 3}'])
def test_a_damaged_file_is_as_good_as_none_and_is_written_anew(tmp_path, reception, content):
    choices = Choices(tmp_path, reception)
    choices.keep("calendar", {"view": "week"})
    (file,) = (tmp_path / "choices").iterdir()
    file.write_text(content)
    assert choices.read("calendar") == {}
    choices.keep("calendar", {"view": "day"})
    assert choices.read("calendar") == {"view": "day"}
