"""The window: each page's first paint, a list of all patients, and how long its thread ever lets one wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from bench.measure import Figure
from bench.practice import Practice
from bench.start import child
from hmsdesk.controllers import demo
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.security.permissions import Role

PAGE_MS, JUMP_MS, STALL_MS = 150, 100, 50
# As much as the host of a virtual machine may take of its processors without being mentioned, %.
TOLD_TAKEN = 1
ROLES = (Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.DOCTOR, Role.NURSE, Role.PHARMACIST)
# As often as thirty workstations of a busy clinic have something to tell.
NEWS_S = 0.4


def run(practice: Practice) -> list[Figure]:
    """No bare counterpart: what a person does is to be answered before they notice that it takes time."""
    figures = []
    for role in ROLES:
        told = _told(practice, role, "every_page")
        slowest = max(told["times"], key=told["times"].get)
        each = ", ".join(f"{module} {ms:.0f} ({told['work'][module]:.0f})" for module, ms in told["times"].items())
        figure = told["times"][slowest]
        figures.append(Figure(f"pages, {role.value}", figure, "ms", PAGE_MS, f"the slowest is {slowest}: {each}"))
        figures.append(_stall(f"pages, {role.value}, stall", told["stalls"]))
        figures.append(_stall(f"first page, {role.value}, stall", told["first"]))
    with _news(practice):
        told = _told(practice, Role.RECEPTIONIST, "all_patients")
    for key, times in told["jumps"].items():
        figures.append(
            Figure(f"list, {key}", max(times), "ms", JUMP_MS, f"the median is {sorted(times)[len(times) // 2]:.0f}")
        )
    empty, painted = told["frames"]["empty"], told["frames"]["all"]
    figures.append(Figure("list, rows not there", empty, "paints", 0, f"of {painted} while it was scrolled"))
    figures.append(_stall("list, stall", told["stalls"]))
    return figures


def _told(practice: Practice, role: Role, what: str) -> dict[str, Any]:
    call = f"act({demo.email_of(role)!r}, {demo.PASSWORD!r}, walk.{what})"
    return child(practice.home, f"from bench import walk; walk.{call}")


def _stall(name: str, stalls: dict[str, Any]) -> Figure:
    parts = ", ".join(f"{cut} {stalls[cut]:.1f}" for cut in ("p50", "p95", "p99"))
    longest = f"the longest was {stalls['doing'] or 'signing in'}, of {stalls['beats']:,} beats"
    detail = f"{parts}; {longest}; the most work at once was {stalls['work']:.0f} ({stalls['hardest'] or 'signing in'})"
    if stalls["taken"] >= TOLD_TAKEN:
        detail += f"; the machine's host took {stalls['taken']:.0f} % of its processors meanwhile"
    return Figure(name, stalls["max"], "ms", STALL_MS, detail)


@contextmanager
def _news(practice: Practice) -> Iterator[None]:
    """Meanwhile somebody at another workstation changes one patient after the other."""
    done = threading.Event()
    collection = practice.receptionist.server.database.patients
    ids = [row["_id"] for row in collection.find({}, {"_id": 1}).limit(50)]

    def change() -> None:
        number = 0
        while not done.wait(NEWS_S):
            row = PATIENTS.get(practice.receptionist, ids[number % len(ids)])
            changed = {"phone": f"010{number:08}"}
            PATIENTS.change(practice.receptionist, row["_id"], row["version"], changed, uuid4().hex)
            number += 1

    thread = threading.Thread(target=change, name="news")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
