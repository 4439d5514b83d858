"""Work off the window's thread: where it runs, where its answer arrives, and when it doesn't."""

import gc
import threading
import time
import weakref

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import delete, isValid

from hmsdesk.errors import NotFound
from hmsdesk.views.kit import garbage, tasks


@pytest.fixture
def owner(qtbot):
    return QObject()


@pytest.fixture
def reported(monkeypatch):
    problems = []
    monkeypatch.setattr(tasks, "report", problems.append)
    return problems


def settle(qtbot):
    qtbot.waitUntil(lambda: not tasks.busy())


def test_work_runs_elsewhere_and_its_answer_arrives_on_the_windows_thread(qtbot, owner):
    seen = {}

    def work():
        seen["worked on"] = threading.get_ident()
        return 42

    def done(answer):
        seen["answer"], seen["delivered on"] = answer, threading.get_ident()

    tasks.run(owner, work, done)
    assert seen.get("answer") is None
    settle(qtbot)
    assert seen["answer"] == 42
    assert seen["delivered on"] == threading.get_ident() != seen["worked on"]


def test_an_answer_for_a_destroyed_owner_is_dropped(qtbot):
    parent = QObject()
    owner = QObject(parent)
    got = []
    gate = threading.Event()
    tasks.run(owner, gate.wait, got.append)
    parent.deleteLater()
    qtbot.waitUntil(lambda: not isValid(owner))
    gate.set()
    settle(qtbot)
    assert got == []


def test_a_cancelled_answer_is_dropped_even_when_it_is_already_there(qtbot, owner):
    got = []
    task = tasks.run(owner, lambda: 1, got.append)
    time.sleep(0.05)
    task.cancel()
    settle(qtbot)
    assert got == []


def test_cancelled_work_that_waits_for_a_thread_never_begins(qtbot, owner):
    gate = threading.Event()
    begun = []
    for _ in range(tasks.SHORT_WORKERS):
        tasks.run(owner, gate.wait, lambda _: None)
    task = tasks.run(owner, lambda: begun.append(1), lambda _: None)
    task.cancel()
    gate.set()
    settle(qtbot)
    assert begun == []


def test_the_work_can_ask_whether_it_was_cancelled(qtbot, owner):
    rounds = []

    def work():
        while not tasks.cancelled():
            rounds.append(1)
            time.sleep(0.001)

    task = tasks.run(owner, work, lambda _: None, long=True)
    qtbot.waitUntil(lambda: len(rounds) > 2)
    task.cancel()
    settle(qtbot)


def test_only_the_newest_questions_answer_is_handed_over(qtbot, owner):
    got, latest, gate = [], tasks.Latest(owner), threading.Event()
    latest.ask(lambda: gate.wait() and "old", got.append)
    latest.ask(lambda: "new", got.append)
    qtbot.waitUntil(lambda: bool(got))
    gate.set()
    settle(qtbot)
    assert got == ["new"]


def test_an_older_questions_failure_is_not_told_either(qtbot, owner, reported):
    got, latest, gate = [], tasks.Latest(owner), threading.Event()
    latest.ask(lambda: gate.wait() and fail(NotFound("Gone.")), got.append, got.append)
    latest.ask(lambda: "new", got.append)
    gate.set()
    settle(qtbot)
    assert got == ["new"]
    assert reported == []


def test_a_dropped_question_is_not_answered(qtbot, owner):
    got, latest = [], tasks.Latest(owner)
    latest.drop()
    latest.ask(lambda: 1, got.append)
    latest.drop()
    settle(qtbot)
    assert got == []


def test_what_is_held_back_begins_after_what_was_put_off_to_the_next_turn(qtbot, owner):
    told = []
    with tasks.held_back():
        tasks.run(owner, lambda: told.append("asked"), lambda _: told.append("answered"))
        with tasks.held_back():
            tasks.run(owner, lambda: told.append("asked"), lambda _: told.append("answered"))
        QTimer.singleShot(1, lambda: (time.sleep(0.05), told.append("shown")))
    time.sleep(0.05)
    assert told == []
    assert tasks.busy()
    settle(qtbot)
    assert sorted(told) == ["answered", "answered", "asked", "asked", "shown"]
    assert told[0] == "shown"


def test_what_was_cancelled_while_it_was_held_back_never_begins(qtbot, owner):
    begun = []
    with tasks.held_back():
        tasks.run(owner, lambda: begun.append("first"), lambda _: None).cancel()
    assert not tasks.busy()
    qtbot.wait(20)
    with tasks.held_back():
        tasks.run(owner, lambda: begun.append("second"), lambda _: None)
    assert tasks.stop()
    qtbot.wait(20)
    assert begun == []


def test_what_is_asked_for_before_something_fails_is_asked_for_all_the_same(qtbot, owner):
    got = []

    @tasks.held_back()
    def make():
        tasks.run(owner, lambda: 1, got.append)
        raise ValueError("no such page")

    with pytest.raises(ValueError, match="no such page"):
        make()
    qtbot.waitUntil(lambda: got == [1])


def test_a_long_job_does_not_block_short_ones(qtbot, owner):
    gate = threading.Event()
    for _ in range(tasks.LONG_WORKERS + 3):
        tasks.run(owner, gate.wait, lambda _: None, long=True)
    got = []
    tasks.run(owner, lambda: "quick", got.append)
    qtbot.waitUntil(lambda: got == ["quick"])
    gate.set()
    settle(qtbot)


def test_the_pool_is_bounded(qtbot, owner):
    before = threading.active_count()
    gate = threading.Event()
    for _ in range(50):
        tasks.run(owner, gate.wait, lambda _: None)
    assert threading.active_count() - before <= tasks.SHORT_WORKERS
    gate.set()
    settle(qtbot)


def test_a_known_failure_goes_to_the_one_who_asked(qtbot, owner, reported):
    got = []
    tasks.run(owner, lambda: fail(NotFound("Gone.")), got.append, got.append)
    settle(qtbot)
    assert [str(problem) for problem in got] == ["Gone."]
    assert reported == []


def test_a_known_failure_nobody_takes_goes_to_the_door(qtbot, owner, reported):
    tasks.run(owner, lambda: fail(NotFound("Gone.")), lambda _: None)
    settle(qtbot)
    assert [str(problem) for problem in reported] == ["Gone."]


def test_an_unknown_failure_goes_to_the_door_and_to_the_one_who_asked(qtbot, owner, reported):
    got = []
    tasks.run(owner, lambda: 1 // 0, got.append, got.append)
    settle(qtbot)
    assert [type(problem) for problem in got] == [ZeroDivisionError]
    assert reported == got


def test_stopping_leaves_no_thread_and_running_starts_anew(qtbot, owner):
    before = set(threading.enumerate())
    got = []
    tasks.run(owner, lambda: time.sleep(0.05), got.append)
    # Threads of earlier tests may end meanwhile.
    assert set(threading.enumerate()) - before
    tasks.stop()
    assert set(threading.enumerate()) <= before
    assert not tasks.busy()
    tasks.run(owner, lambda: "again", got.append)
    settle(qtbot)
    assert got == ["again"]


def test_what_the_work_refers_to_is_let_go_of_on_the_windows_thread(qtbot, owner):
    class Held:
        pass

    ended_on = []
    for fails in (False, True):
        held = Held()
        weakref.finalize(held, lambda: ended_on.append(threading.get_ident()))

        def work(held=held, fails=fails):
            return fail(NotFound("Gone.")) if fails else held

        tasks.run(owner, work, lambda _: None, lambda _: None)
        del held, work
        settle(qtbot)
    gc.collect()
    assert ended_on == [threading.get_ident()] * 2


def test_what_hangs_is_left_behind_after_a_while_and_delivers_nothing(qtbot, owner):
    got, gate = [], threading.Event()
    tasks.run(owner, gate.wait, got.append)
    assert not tasks.stop(0.05)
    tasks.run(owner, lambda: 42, got.append)
    qtbot.waitUntil(lambda: got == [42])
    gate.set()
    settle(qtbot)
    assert got == [42]
    assert tasks.stop(1)


def test_cycles_of_widgets_are_collected_on_the_windows_thread_only(qtbot, owner, monkeypatch):
    class Window(QWidget):
        def __init__(self):
            super().__init__()
            self.me = self
            self.timer = QTimer(self)
            self.timer.start(10)

    monkeypatch.setattr(garbage, "INTERVAL_MS", 20)
    monkeypatch.setattr(garbage, "_collectors", [])
    tasks.stop()
    gone = []
    tasks.run(owner, lambda: None, lambda _: None)
    for _ in range(20):
        weakref.finalize(Window(), lambda: gone.append(threading.get_ident()))
    for _ in range(5):
        tasks.run(owner, lambda: [[[]] for _ in range(100_000)], lambda _: None)
    settle(qtbot)
    junk = []

    def all_gone():
        junk.extend([] for _ in range(2000))
        return len(gone) == 20

    qtbot.waitUntil(all_gone)
    assert set(gone) == {threading.get_ident()}


class Listener(QObject):
    told = Signal(str)


def test_work_tells_how_far_it_is_and_goes_on_when_nobody_listens_any_more(qtbot, owner):
    listener, heard, gone, ended = Listener(), [], threading.Event(), threading.Event()
    listener.told.connect(heard.append)

    def work(tell):
        tell("one")
        gone.wait()
        tell("two")
        ended.set()

    tell = tasks.telling(listener.told)
    tasks.run(owner, lambda: work(tell), lambda _: None)
    qtbot.waitUntil(lambda: heard == ["one"])
    delete(listener)
    gone.set()
    settle(qtbot)
    assert ended.is_set()


def fail(problem):
    raise problem


@pytest.fixture(scope="class")
def windows():
    """Its end comes after the test's own, and so after all that clears away behind it."""
    made: list[QWidget] = []
    yield made
    assert [isValid(window) for window in made] == [False]


class TestWhatIsLeft:
    def test_a_window_that_a_test_closed_does_not_outlast_it(self, windows, qtbot):
        """Its clocks would go on between tests, and ask the server in one that has no window."""
        window = QWidget()
        qtbot.addWidget(window)
        windows.append(window)
