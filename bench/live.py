"""Live: from the beginning of one session's write to the other session's being told of it."""

from __future__ import annotations

import statistics
import threading
import time
from uuid import uuid4

from bench.measure import Figure
from bench.practice import Practice
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.news import listen

ROUNDS = 60


def run(practice: Practice) -> list[Figure]:
    """The bound is absolute: a second workstation must show it within the blink of an eye."""
    told = threading.Event()
    watcher = listen(practice.receptionist, lambda _: told.set(), lambda: None, lambda _: None)
    times = []
    try:
        time.sleep(0.5)
        for _ in range(ROUNDS):
            told.clear()
            values = {"name": f"Live {uuid4().hex}", "code": uuid4().hex[:8]}
            began = time.perf_counter()
            DEPARTMENTS.create(practice.administrator, values, uuid4().hex)
            if not told.wait(5):
                raise SystemExit("no news within 5 s")
            times.append((time.perf_counter() - began) * 1000)
    finally:
        if watcher is not None:
            watcher.close()
    return [Figure("live", statistics.median(times), "ms", 300, f"p95 {statistics.quantiles(times, n=20)[-1]:.1f} ms")]
