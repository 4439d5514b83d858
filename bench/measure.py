"""Two ways of doing the same, measured turn by turn, so that whatever the machine does meanwhile hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# So many rounds go before those that count.
WARMING = 5


@dataclass(frozen=True)
class Figure:
    """One line of the table. bound: the most it may be; holds: whether it is."""

    name: str
    figure: float
    unit: str
    bound: float
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the figure is within its bound."""
        return self.figure <= self.bound

    @property
    def line(self) -> str:
        """As it stands in the table."""
        verdict = "holds" if self.holds else "FAILS"
        return f"{self.name:34}{self.figure:8.2f} {self.unit:7} (at most {self.bound:g})  {verdict}  {self.detail}"


def ratio(
    name: str, program: Callable[[int], object], bare: Callable[[int], object], rounds: int, bound: float
) -> Figure:
    """How much longer the program takes than bare PyMongo, by medians. Rounds that don't count are below 0."""
    times: dict[str, list[float]] = {"program": [], "bare": []}
    for number in range(-WARMING, rounds):
        for who, work in (("program", program), ("bare", bare)):
            began = time.perf_counter()
            work(number)
            if number >= 0:
                times[who].append((time.perf_counter() - began) * 1000)
    mine, theirs = (statistics.median(times[who]) for who in ("program", "bare"))
    return Figure(name, mine / theirs, "x bare", bound, against(times["program"], times["bare"]))


def against(mine: Sequence[float], theirs: Sequence[float]) -> str:
    """The medians of two, and their 95th percentiles, ms."""
    said = (
        f"{statistics.median(times):.2f} ms (p95 {statistics.quantiles(times, n=20)[-1]:.2f})"
        for times in (mine, theirs)
    )
    return " against ".join(said)


def median_of(work: Callable[[int], object], rounds: int) -> float:
    """How long something takes, ms, by its median."""
    times = []
    for number in range(-WARMING, rounds):
        began = time.perf_counter()
        work(number)
        if number >= 0:
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
