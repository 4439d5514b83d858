"""What every test of a window begins and ends with."""

import threading
import time

import pytest
from PySide6.QtWidgets import QApplication

from hmsdesk.views.kit import tasks, theme

PATIENCE_S = 3


@pytest.fixture(autouse=True)
def no_thread_is_left_behind():
    """Fails the test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    tasks.stop()
    # A connection that was closed takes a moment to end its threads.
    end = time.monotonic() + PATIENCE_S
    while (left := set(threading.enumerate()) - before) and time.monotonic() < end:
        time.sleep(0.02)
    assert not left, f"threads left running: {left}"


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application in the program's own look, so that sizes are those of the program."""
    theme.apply(qapp, dark=False)
    return qapp
