"""How long the window's thread lets one wait: a clock that beats, and what it found between its beats."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 4


class Heart(QObject):
    """Beats in the event loop. A beat that comes late tells how long nothing else could have been done either."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._late: list[tuple[float, float, str]] = []
        self._at, self._work = time.perf_counter(), time.thread_time()
        self._processors = _processors()
        self.doing = ""
        """What is being done now; told of the longest stall."""
        timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._beat)
        timer.start()

    def _beat(self) -> None:
        at, work = time.perf_counter(), time.thread_time()
        self._late.append(((at - self._at) * 1000 - BEAT_MS, (work - self._work) * 1000, self.doing))
        self._at, self._work = at, work

    def told(self) -> dict[str, object]:
        """Of what was since it was told last: the distribution, ms; what was being done at the longest; and how much of
        it was work of this thread. taken: which share of the processors' time the machine's host took, %.
        """
        late = sorted(one[0] for one in self._late)
        cuts = statistics.quantiles(late, n=100)
        worst = max(self._late)
        hardest = max(self._late, key=lambda one: one[1])
        self._late = []
        before, self._processors = self._processors, _processors()
        taken, passed = (now - then for now, then in zip(self._processors, before, strict=True))
        return {
            "beats": len(late),
            "p50": cuts[49],
            "p95": cuts[94],
            "p99": cuts[98],
            "max": worst[0],
            "doing": worst[2],
            "work": hardest[1],
            "hardest": hardest[2],
            "taken": 100 * taken / max(passed, 1),
        }


def _processors() -> tuple[int, int]:
    """What a virtual machine's host took of its processors ("steal" in proc(5)), and of how much; 0 where none says."""
    try:
        ticks = [int(one) for one in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]]
    except OSError:
        return 0, 0
    return ticks[7], sum(ticks)
