"""The one way to work off the window's thread.

`run` does the work in a bounded pool and hands its answer over on the window's thread. Whatever the work refers to
is let go of on the window's thread as well: a widget whose last reference ended on another thread would be destroyed
there, and that ends the program.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance
from shiboken6 import isValid

from hmsdesk.errors import UserError
from hmsdesk.views.kit import garbage

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")

SHORT_WORKERS = 4
LONG_WORKERS = 2


def _show_as_bug(problem: Exception) -> None:
    sys.excepthook(type(problem), problem, problem.__traceback__)


report: Callable[[Exception], None] = _show_as_bug
"""The one door for failures nobody else takes: the program sets what shows them (a toast, a dialog)."""


class Task:
    """Work that was asked for; `cancel` makes sure that its answer is never handed over."""

    def __init__(
        self,
        owner: QObject,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None] | None,
    ) -> None:
        self.number = next(_numbers)
        self.work = work
        self._owner = owner
        self._done = done
        self._failed = failed
        self._cancelled = threading.Event()
        self.future: Future[None] | None = None

    def start(self, pool: ThreadPoolExecutor) -> None:
        """Let a thread of the pool take the work up, unless it was cancelled before."""
        if not self._cancelled.is_set():
            self.future = pool.submit(_perform, self.number)

    def cancel(self) -> None:
        """Drop the answer; work that hasn't begun doesn't begin."""
        self._cancelled.set()
        if self.future is None or self.future.cancel():
            _tasks.pop(self.number, None)

    def is_dropped(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._cancelled.is_set() or not isValid(self._owner)

    def deliver(self, answer: _Answer) -> None:
        """Hand the answer over, unless nobody waits for it."""
        if self.is_dropped():
            return
        if answer.problem is None:
            self._done(answer.value)
            return
        known = isinstance(answer.problem, UserError)
        if self._failed is not None:
            self._failed(answer.problem)
        if self._failed is None or not known:
            report(answer.problem)


class _Answer:
    def __init__(self, value: Any, problem: Exception | None) -> None:
        self.value = value
        self.problem = problem


class _Bridge(QObject):
    """Lives on the window's thread; its signal is emitted on the workers'."""

    answered = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)

    def _on_answered(self, number: int) -> None:
        answer = _answers.pop(number, None)
        task = _tasks.pop(number, None)
        if task is not None and answer is not None:
            task.deliver(answer)


_numbers = count(1)
_tasks: dict[int, Task] = {}
_answers: dict[int, _Answer] = {}
_pools: dict[str, ThreadPoolExecutor] = {}
_bridges: list[_Bridge] = []
_held: list[list[Callable[[], None]]] = []
_here = threading.local()


def run(
    owner: QObject,
    work: Callable[[], T],
    done: Callable[[T], None],
    failed: Callable[[Exception], None] | None = None,
    *,
    long: bool = False,
) -> Task:
    """Do `work` off the window's thread, then call `done` with what it returned, or `failed` with what it raised.

    Nothing is called once the owner was destroyed. A UserError without `failed` goes to `report`; any other exception
    goes there in any case, as the bug that it is. long: takes more than a moment, so that it has a lane of its own.
    """
    _begin()
    task = Task(owner, work, done, failed)
    _tasks[task.number] = task
    start = partial(task.start, _pools["long" if long else "short"])
    if _held:
        _held[-1].append(start)
    else:
        start()
    return task


@contextmanager
def held_back() -> Iterator[None]:
    """Begin what is asked for meanwhile only once what was put off to the next turn of the event loop is done, too.

    For what calls Qt a thousand times at once. Each call lets go of the interpreter, and beside a worker waits to have
    it back, which takes as long again as the calls themselves.
    """
    _held.append([])
    try:
        yield
    finally:
        starts = _held.pop()
        if _held:
            _held[-1] += starts
        elif starts:
            QTimer.singleShot(1, _bridges[0], lambda: [start() for start in starts])


class Latest:
    """Questions of which only the newest one's answer is handed over: an older answer that comes late is dropped."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._asked: Task | None = None

    def ask(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None] | None = None
    ) -> None:
        """As `run`, in place of the question before."""
        self.drop()
        self._asked = run(self._owner, work, done, failed)

    def drop(self) -> None:
        """What was asked for is no longer wanted."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None


def busy() -> bool:
    """Whether anything is still being worked on or waits to be handed over."""
    return bool(_tasks)


def cancelled() -> bool:
    """Asked by the work itself: whether nobody waits for its answer any more, so that it may as well end."""
    task = _tasks.get(getattr(_here, "number", 0))
    return task is None or task.is_dropped()


def telling(signal: SignalInstance) -> Callable[[str], None]:
    """For work that says what it is doing: emits from its thread, and lets it go on where the window is gone."""

    def tell(doing: str) -> None:
        with suppress(RuntimeError):
            signal.emit(doing)

    return tell


def stop(patience_s: float | None = None) -> bool:
    """Cancel everything and wait for the threads to end; whether all did in time. The next `run` starts anew."""
    for task in list(_tasks.values()):
        task.cancel()
    from concurrent.futures import wait

    under_way = [task.future for task in _tasks.values() if task.future is not None]
    for pool in _pools.values():
        pool.shutdown(wait=False, cancel_futures=True)
    _pools.clear()
    if wait(under_way, patience_s).not_done:
        # What it works with must not be let go of on its thread.
        return False
    _tasks.clear()
    _answers.clear()
    _bridges.clear()
    return True


def _begin() -> None:
    if not _pools:
        # Nothing is done off the window's thread before its first paint.
        from concurrent.futures import ThreadPoolExecutor

        garbage.collect_here()
        _bridges.append(_Bridge())
        _pools["short"] = ThreadPoolExecutor(SHORT_WORKERS, "short task")
        _pools["long"] = ThreadPoolExecutor(LONG_WORKERS, "long task")


def _perform(number: int) -> None:
    """Runs on a worker, and so must not hold on to a task, its work or its answer."""
    _here.number = number
    _answers[number] = _attempt(number)
    _bridges[0].answered.emit(number)


def _attempt(number: int) -> _Answer:
    try:
        return _Answer(_tasks[number].work(), None)
    except Exception as problem:  # noqa: BLE001 - it is told on the window's thread
        return _Answer(None, problem)
