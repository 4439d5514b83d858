"""The start: to the first painted window, and what a signed-in person's window takes of the memory."""

from __future__ import annotations

import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hmsdesk
from bench.measure import Figure
from bench.practice import Practice
from hmsdesk.controllers import demo
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.settings import Settings

ROUNDS = 45
WARMING = 2
PATIENCE_S = 120
CHILD = "from bench import child; child."
START_X, MEMORY_X = 1.5, 2.5


def run(_: Practice) -> list[Figure]:
    """Bare: a window of PySide with nothing in it, in a process of its own, turn by turn with the program's."""
    # As it is installed: whoever starts it a second time finds it compiled.
    compileall.compile_dir(Path(hmsdesk.__file__).parent, quiet=1)
    with stopped_practice() as home:
        return [_start(home), _memory(home)]


@contextmanager
def stopped_practice() -> Iterator[Path]:
    """The data folder of a small demo practice whose server is stopped."""
    with tempfile.TemporaryDirectory(prefix="hmsdesk-bench-") as scratch:
        home = Path(scratch) / "home"
        workplace = Workplace(Settings(home=home, argon2_mib=64))
        try:
            demo.make(workplace, demo.Size(patients=40, ahead=2, behind=2, doctors=2))
        finally:
            workplace.close()
        yield home


def _start(home: Path) -> Figure:
    times: dict[str, list[float]] = {"program": [], "bare": []}
    for number in range(-WARMING, ROUNDS):
        for who, kept in times.items():
            began = time.monotonic()
            at = child(home, f"{CHILD}{who}()")["at"]
            if number >= 0:
                kept.append((at - began) * 1000)
    mine, theirs = (statistics.median(times[who]) for who in ("program", "bare"))
    p95 = statistics.quantiles(times["program"], n=20)[-1]
    detail = f"{mine:.0f} ms (p95 {p95:.0f}) to the sign-in window, against {theirs:.0f} ms"
    return Figure("start", mine / theirs, "x bare", START_X, detail)


def _memory(home: Path) -> Figure:
    _, _, email = demo.PEOPLE[3]
    mine = child(home, f"{CHILD}idle_program({email!r}, {demo.PASSWORD!r})")
    theirs = child(home, f"{CHILD}idle_bare()")
    own = f"{mine['uss']:.0f} against {theirs['uss']:.0f} MB are its own (USS)"
    detail = f"RSS {mine['rss']:.0f} against {theirs['rss']:.0f} MB; {own}"
    return Figure("idle memory", mine["rss"] / theirs["rss"], "x bare", MEMORY_X, detail)


def child(home: Path, code: str) -> dict[str, Any]:
    """Run code in a process of its own on a practice; what it tells."""
    environment = os.environ | {"HMSDESK_HOME": str(home), "HMSDESK_ARGON2_MIB": "64"}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Otherwise whatever the compiled files are older than is compiled at each start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE_S,
        check=False,
    )
    if not done.stdout:
        raise RuntimeError(f"nothing was told by: {code}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return told
