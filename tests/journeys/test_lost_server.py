"""The server is killed or frozen under an open form: it is said at once, nothing typed is lost, and all goes on."""

import os
import signal
import time
from contextlib import contextmanager, suppress
from uuid import uuid4

import pytest

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.database.embedded import EmbeddedServer
from tests.journeys.conftest import ADMINISTRATOR
from tests.waiting import freeze

# Short enough to wait for, long enough for a busy server.
GIVEN_UP_S = 4
# Had it waited for the server, it would have taken a minute.
CLOSED_S = 20


@contextmanager
def frozen(practice):
    """The server answers nothing, and lets nobody know."""
    pid = practice.server_pid()
    freeze(pid)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def hands(window):
    """The administrator's window; a question to the server gives up soon."""
    opened = window(server_timeout_s=GIVEN_UP_S)
    opened.sign_in(ADMINISTRATOR)
    opened.wait(lambda: opened.chip() == "Connected", "connected")
    return opened


def begin_department(hands) -> str:
    name = f"Ward {uuid4().hex[:6]}"
    hands.go("departments", "new")
    hands.type_in("name", name)
    hands.type_in("code", name[5:])
    return name


def stored(practice, name):
    return DEPARTMENTS.page(practice.session, Query(text=name)).rows


def test_a_killed_server_is_told_of_started_again_and_all_goes_on(hands, practice):
    hands.go("departments")
    name = begin_department(hands)
    former = practice.server_pid()
    os.kill(former, signal.SIGKILL)
    hands.wait(lambda: hands.chip() == "Reconnecting", "said so")
    assert hands.typed("name") == name
    hands.wait(lambda: hands.chip() == "Connected", "back")
    assert practice.server_pid() != former
    assert hands.typed("name") == name

    hands.click("formSave")
    hands.wait(lambda: name in hands.titles(), "saved, and in the list that was open before")
    assert len(stored(practice, name)) == 1
    DEPARTMENTS.create(practice.session, {"name": f"A {name}", "code": f"A{name[5:]}"}, uuid4().hex)
    hands.wait(lambda: f"A {name}" in hands.titles(), "news of others again")


def test_a_frozen_server_is_told_of_and_what_failed_meanwhile_is_done_once(hands, practice):
    name = begin_department(hands)
    with frozen(practice):
        hands.click("formSave")
        hands.wait(lambda: hands.chip() == "Reconnecting", "said in the frame")
        hands.wait(lambda: hands.sees("The clinic's server does not answer."), "said in the form")
        assert hands.typed("name") == name
        hands.go("services")
        hands.wait(lambda: hands.sees("The list could not be loaded"), "said in the list")
    hands.wait(lambda: hands.chip() == "Connected", "back")
    hands.wait(hands.titles, "the services, by themselves")
    hands.go("departments", "new")
    assert hands.typed("name") == name
    hands.click("noticeAction")
    hands.wait(lambda: name in hands.titles(), "saved")
    assert [row["version"] for row in stored(practice, name)] == [1]


def test_an_answer_lost_on_its_way_does_not_save_twice(hands, practice):
    name = begin_department(hands)
    operation = hands.form()._operation
    values = {"name": name, "code": name[5:].upper()}
    DEPARTMENTS.create(practice.session, values, operation)
    hands.click("formSave")
    hands.wait(lambda: name in hands.titles(), "saved")
    assert len(stored(practice, name)) == 1


def test_a_lost_server_is_told_at_the_door_as_well(window, practice):
    hands = window(server_timeout_s=GIVEN_UP_S)
    with frozen(practice):
        hands.wait(lambda: hands.sees("The server does not answer"), "said so")
    hands.wait(lambda: hands.sees("The server answers"), "back")
    hands.sign_in(ADMINISTRATOR)


def test_a_window_closes_though_the_server_is_frozen_and_what_was_typed_waits_for_the_next(practice, window):
    hands = window(server_timeout_s=60)
    hands.sign_in(ADMINISTRATOR)
    name = begin_department(hands)
    with frozen(practice):
        hands.click("formSave")
        hands.wait(lambda: hands.sees("Waiting for the server…"), "said in the form")
        took = hands.close()
    assert took < CLOSED_S
    assert hands.program.is_held_up
    again = window()
    again.sign_in(ADMINISTRATOR)
    again.wait(lambda: again.sees("Departments: something is not saved yet"), "offered")
    again.go("departments", "new")
    assert again.typed("name") == name


def test_a_process_ends_though_its_own_server_is_frozen_which_the_next_replaces(elsewhere, alone):
    """Nobody else uses the server: the window that closes has to stop it, and can't."""
    first = elsewhere(alone)
    first.do("sign_in", ADMINISTRATOR)
    former = EmbeddedServer(alone).status().pid
    freeze(former)
    try:
        began = time.monotonic()
        first.close()
        assert time.monotonic() - began < CLOSED_S
        assert EmbeddedServer(alone).status().windows == ()
        second = elsewhere(alone)
        second.do("sign_in", ADMINISTRATOR)
    finally:
        with suppress(ProcessLookupError):
            os.kill(former, signal.SIGCONT)
    assert EmbeddedServer(alone).status().pid != former
    second.close()
    assert not EmbeddedServer(alone).status().running
