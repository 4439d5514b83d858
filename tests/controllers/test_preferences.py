"""One record for the whole practice: as declared until somebody decides, and changed like any other."""

import pytest

from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed
from hmsdesk.models.preferences import THE_ONE
from hmsdesk.security.permissions import Role
from tests.factories import operation


@pytest.fixture
def undecided(clinic):
    """Nobody has decided anything."""
    yield clinic.administrator
    with clinic.past_the_program() as database:
        database.preferences.delete_many({})


def test_what_nobody_has_decided_is_as_declared(clinic, undecided):
    current = PREFERENCES.current(clinic.session(Role.NURSE))
    assert (current["version"], current["waiting_long"], current["itemised_bills"]) == (0, 20, False)


def test_the_first_decision_makes_the_record_and_the_next_changes_it(undecided):
    first = PREFERENCES.change(undecided, THE_ONE, 0, {"waiting_long": 15}, operation())
    assert (first["version"], first["waiting_long"], first["waiting_too_long"]) == (1, 15, 40)
    second = PREFERENCES.change(undecided, THE_ONE, 1, {"paper": "A4"}, operation())
    assert (second["version"], second["waiting_long"], second["paper"]) == (2, 15, "A4")
    assert [row["paper"] for row in PREFERENCES.history(undecided, THE_ONE)] == ["A4", "A5"]


def test_sent_again_it_changes_nothing(undecided):
    sent = operation()
    rows = [PREFERENCES.change(undecided, THE_ONE, 0, {"waiting_long": 10}, sent) for _ in range(2)]
    assert [row["version"] for row in rows] == [1, 1]


def test_of_two_first_decisions_the_second_is_told(undecided):
    PREFERENCES.change(undecided, THE_ONE, 0, {"waiting_long": 10}, operation())
    with pytest.raises(Conflict) as told:
        PREFERENCES.change(undecided, THE_ONE, 0, {"waiting_long": 12}, operation())
    assert told.value.current["waiting_long"] == 10


def test_too_long_is_more_than_long(undecided):
    with pytest.raises(InvalidInput) as refused:
        PREFERENCES.change(undecided, THE_ONE, 0, {"waiting_long": 50}, operation())
    assert set(refused.value.fields) == {"waiting_too_long"}


@pytest.mark.parametrize("version", [0, 1])
def test_only_an_administrator_decides(clinic, undecided, version):
    with pytest.raises(NotAllowed):
        PREFERENCES.change(clinic.session(Role.RECEPTIONIST), THE_ONE, version, {"paper": "A4"}, operation())
