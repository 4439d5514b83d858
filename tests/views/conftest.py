"""What every test of a window begins and ends with."""

import threading

import pytest

from hmsdesk.views.kit import tasks, warned
from tests.views.walking import alone, bugs, frame_of, world
from tests.waiting import until

__all__ = ["alone", "bugs", "frame_of", "world"]


@pytest.fixture(autouse=True)
def no_thread_is_left_behind():
    """Fails the test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    tasks.stop()
    # A connection that was closed takes a moment to end its threads.
    assert until(lambda: set(threading.enumerate()) <= before), f"threads left: {set(threading.enumerate()) - before}"


@pytest.fixture
def read_at_once(monkeypatch):
    """A warning counts as read, however soon after it the same is sent again."""
    monkeypatch.setattr(warned, "READ_AFTER_S", 0.0)
