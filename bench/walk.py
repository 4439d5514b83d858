"""What one does in a window, in a process of its own: every page of a role, and a list of all patients."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from bench import child
from bench.heart import Heart
from hmsdesk import navigation
from hmsdesk.app import Program
from hmsdesk.desk import views_of
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.list_page import ListPage

# As long as somebody who has just signed in looks at the first page, and then at each of the others.
LOOK_MS, STEP_MS = 4000, 700
TIMES = 8
# None that the first rows begin with: nothing would have to be painted.
LETTERS = "mskhnt"
# Turns of the wheel in both directions, and how soon one follows another.
TURNS, TURN_MS, ROWS_A_TURN = 160, 25, 3
GIVEN_UP_S = 20

Steps = Iterator[int]
"""What is done, step by step; each says how long it takes until the next, ms."""


class Seen(QObject):
    """Notes how often something is painted, and in what state."""

    def __init__(self, widget: QWidget, look: Callable[[], None] = lambda: None) -> None:
        super().__init__(widget)
        self.times = 0
        self._look = look
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            self.times += 1
            self._look()
        return False


class Actor(QObject):
    """Does step by step what is to be done, tells what came of it, and closes the window."""

    def __init__(self, program: Program, act: Callable[[Actor], Steps]) -> None:
        super().__init__(program)
        assert program.desk is not None
        self.frame, self.session = program.desk.frame, program.desk.session
        self.heart = Heart(self)
        self.told: dict[str, object] = {}
        self._program = program
        self._steps = act(self)
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)
        self._timer.start(LOOK_MS)

    def _step(self) -> None:
        if "first" not in self.told:
            self.told["first"] = self.heart.told()
        try:
            self._timer.start(next(self._steps))
        except StopIteration:
            child.tell(**self.told, stalls=self.heart.told())
            self._program.window.close()
        except TimeoutError:
            # Who waits for what is told sees that there is nothing.
            self._program.window.close()

    def until(self, holds: Callable[[], bool]) -> float:
        """Let the program go on until something holds; how long it took, ms."""
        began = time.perf_counter()
        while not holds():
            if time.perf_counter() > began + GIVEN_UP_S:
                raise TimeoutError(self.heart.doing)
            QApplication.processEvents()
        return (time.perf_counter() - began) * 1000

    def open(self, module: str) -> tuple[float, float]:
        """Go to a page: how long until it was painted, and how much of it was work of the window's thread, ms."""
        self.heart.doing = f"opening {module}"
        began, work = time.perf_counter(), time.thread_time()
        self.frame.navigate(module)
        page = self.frame.page()
        assert page is not None
        seen = Seen(page)
        self.until(lambda: seen.times > 0)
        return (time.perf_counter() - began) * 1000, (time.thread_time() - work) * 1000


def every_page(actor: Actor) -> Steps:
    """From the first page to each of the others in the rail."""
    times, work = {}, {}
    role = actor.session.identity.role
    while not all(view in sys.modules for view in views_of(role)):
        yield 50
    for module in [one.name for one in navigation.MODULES if one.in_rail and one.is_for(role)][1:]:
        while tasks.busy():
            yield 50
        times[module], work[module] = actor.open(module)
        yield STEP_MS
    actor.told |= {"times": times, "work": work}


def all_patients(actor: Actor) -> Steps:
    """Home, End and letters in the list of all patients; then it is scrolled down and up."""
    actor.open("patients")
    yield STEP_MS
    page = actor.frame.page()
    assert isinstance(page, ListPage)
    table, pages = page.table, page.pages
    seen, landed = Seen(table.viewport()), Seen(table)
    pages.landed.connect(lambda _: setattr(landed, "times", landed.times + 1))

    def shown() -> bool:
        return all(pages.row_at(line) is not None for line in range(*_in_sight(table)))

    def press(key: Qt.Key) -> float:
        before, painted = landed.times, seen.times
        began = time.perf_counter()
        QTest.keyClick(table, key)
        actor.until(lambda: landed.times > before and seen.times > painted and not pages.loading and shown())
        return (time.perf_counter() - began) * 1000

    jumps: dict[str, list[float]] = {"End": [], "Home": [], "a letter": []}
    for number in range(TIMES):
        for name, times in jumps.items():
            actor.heart.doing = f"pressing {name}"
            letter = LETTERS[number % len(LETTERS)].upper()
            key = getattr(Qt.Key, f"Key_{letter}" if name == "a letter" else f"Key_{name}")
            times.append(press(key))
            # Longer than what belongs to one word that is typed.
            yield QApplication.keyboardInputInterval() + 300
    actor.told["jumps"] = jumps
    yield from _scrolled(actor, page)


def _scrolled(actor: Actor, page: ListPage) -> Steps:
    table, pages = page.table, page.pages
    frames = {"all": 0, "empty": 0}

    def look() -> None:
        frames["all"] += 1
        frames["empty"] += any(pages.row_at(line) is None for line in range(*_in_sight(table)))

    Seen(table.viewport(), look)
    bar = table.verticalScrollBar()
    for turn in range(2 * TURNS):
        actor.heart.doing = "scrolling"
        bar.setValue(bar.value() + bar.singleStep() * ROWS_A_TURN * (1 if turn < TURNS else -1))
        yield TURN_MS
    actor.told["frames"] = frames
    while tasks.busy():
        yield 50


def _in_sight(table: QWidget) -> tuple[int, int]:
    first, last = table.visible_lines()  # type: ignore[attr-defined]
    return first, last + 1


def act(email: str, password: str, what: Callable[[Actor], Steps]) -> None:
    """Sign in and do it."""
    child.signed_in(email, password, lambda program: Actor(program, what))
