"""The practice's time goes on evenly while this computer's clock is set."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from hmsdesk.models.clock import Clock

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("moved", [timedelta(days=400), timedelta(hours=-3), timedelta(seconds=-10)])
def test_a_clock_that_was_set_changes_nothing_and_is_noticed_once(moved):
    clock, before = Clock(timedelta(minutes=5)), datetime.now(UTC)
    with time_machine.travel(before + moved, tick=True):
        assert clock.look()
        assert not clock.look()
        assert abs(clock.now() - before - timedelta(minutes=5)) < 60 * SECOND
    assert clock.look()
    assert abs(clock.ahead - timedelta(minutes=5)) < 60 * SECOND


def test_a_clock_that_nobody_sets_is_left_alone():
    clock = Clock()
    assert not clock.look()
    assert clock.ahead == timedelta(0)
