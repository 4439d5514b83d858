"""Live: thirty workstations hear of what one of them changes, and two of them show it in a list."""

from __future__ import annotations

import os
import random
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from bson import ObjectId
from pymongo import monitoring

from bench.clients import all_of, clients
from bench.listening import Started
from bench.measure import Figure
from bench.practice import Practice
from bench.workstation import door_of, signed_in
from hmsdesk.controllers import demo
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.news import listen
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database.changes import Change
from hmsdesk.security.permissions import Role

WORKSTATIONS, PAINTING = 30, 2
ROUNDS = 50
BOUND_MS = 300
_SETTLING_S = 3.0
_PAUSES_S = (0.3, 0.8)
# As in a window on a usual screen.
_SIZE = (1366, 768)


@dataclass(frozen=True)
class Place:
    """What a workstation is told. patient: whom the writing one changes."""

    home: Path
    address: str
    email: str
    patient: ObjectId


def run(practice: Practice) -> list[Figure]:
    """The bound is absolute: a second workstation must show it within the blink of an eye."""
    first = PATIENTS.page(practice.receptionist, Query()).rows[0]["_id"]
    place = Place(practice.home, practice.door.address, demo.email_of(Role.RECEPTIONIST), first)
    listening = [(Hearing, place)] * (WORKSTATIONS - PAINTING)
    with clients([(Writing, place), *[(Painting, place)] * PAINTING, *listening]) as (writer, *others):
        painting, hearing = others[:PAINTING], others[PAINTING:]
        time.sleep(_SETTLING_S)
        writer.tell("write", ROUNDS)
        written: list[Written] = writer.answer()
        time.sleep(_SETTLING_S)
        painted, heard = all_of(painting, "seen"), all_of([*painting, *hearing], "heard")
    shown = [delay for one in painted for delay in _delays([(each.digits, each.at) for each in written], one)]
    told = [delay for one in heard for delay in _delays([(each.version, each.at) for each in written], one)]
    return [
        _figure("live, commit to painted row", shown, f"{PAINTING} of {WORKSTATIONS} workstations paint"),
        _figure("live, commit to news", told, f"{WORKSTATIONS} workstations"),
    ]


def _delays(written: list[tuple[Any, float]], seen: dict[Any, float]) -> list[float]:
    """How long each was on its way, ms. What was overtaken is seen with what came after it."""
    delays, since = [], None
    for what, at in reversed(written):
        since = min(since or seen[what], seen[what]) if what in seen else since
        if since is None:
            raise RuntimeError("the last change was not seen at another workstation")
        delays.append((since - at) * 1000)
    return delays


def _figure(name: str, delays: list[float], where: str) -> Figure:
    p95 = statistics.quantiles(delays, n=20)[-1]
    return Figure(name, statistics.median(delays), "ms", BOUND_MS, f"p95 {p95:.1f} ms; {where}")


# ---------------------------------------------------------------- within the processes


@dataclass(frozen=True)
class Written:
    """One change. digits: the last of the phone number. at: when its commit was sent, on the machine's clock, s."""

    version: int
    digits: str
    at: float


class Writing(Started):
    """Changes the phone of one patient again and again. When a commit is sent is noted."""

    def __init__(self, place: Place, stack: ExitStack) -> None:
        monitoring.register(self)
        (self._session,) = signed_in(door_of(place.home, place.address, stack), (place.email,), stack)
        self._patient = place.patient
        self._committed = 0.0

    def started(self, event: Any) -> None:
        if event.command_name == "commitTransaction":
            self._committed = time.time()

    def write(self, rounds: int) -> list[Written]:
        """Change it so many times, with pauses."""
        written, chance = [], random.Random(30)
        version = PATIENTS.get(self._session, self._patient)["version"]
        for number in range(rounds):
            digits = f"{2_000_000 + number * 1111}"
            row = PATIENTS.change(self._session, self._patient, version, {"phone": f"0100{digits}"}, uuid4().hex)
            version = row["version"]
            written.append(Written(version, digits, self._committed))
            time.sleep(chance.uniform(*_PAUSES_S))
        return written


class Hearing:
    """The program's own listening threads, without a window."""

    def __init__(self, place: Place, stack: ExitStack) -> None:
        door = door_of(place.home, place.address, stack)
        (self.session,) = signed_in(door, (place.email,), stack)
        self._patient = place.patient
        self._heard: dict[int, float] = {}
        news = listen(self.session, self.on_change, self.on_gap, lambda _: None)
        assert news is not None
        for watcher in (news, door.watch(self.session, lambda: None)):
            stack.callback(watcher.close)

    def on_change(self, change: Change) -> None:
        """Somebody changed something."""
        if change.collection == PATIENTS.resource and change.record == self._patient:
            self._heard.setdefault(change.version, time.time())

    def on_gap(self) -> None:
        """All is fetched anew, where there is a window."""

    def heard(self) -> dict[int, float]:
        """When each version of the patient was heard of."""
        return dict(self._heard)


class Painting(Hearing):
    """The list of patients in a window, which follows the news as it does in the program."""

    def __init__(self, place: Place, stack: ExitStack) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from PySide6.QtWidgets import QApplication, QWidget

        from hmsdesk.views.kit import theme
        from hmsdesk.views.kit.list_page import ListPage
        from hmsdesk.views.kit.live import Live
        from hmsdesk.views.kit.toast import Toasts

        self._application = QApplication([])
        theme.apply(self._application, dark=False)
        self._live = Live()
        self._seen: dict[str, float] = {}
        super().__init__(place, stack)
        self._window = QWidget()
        page = ListPage(PATIENTS, self.session, Toasts(self._window))
        self._live.follow(page, {PATIENTS.resource}, page.refresh)
        self._note_paints()
        page.resize(*_SIZE)
        page.show()
        self._page = page

    def on_change(self, change: Change) -> None:
        super().on_change(change)
        self._live.changed.emit(change)

    def on_gap(self) -> None:
        self._live.gap.emit()

    def _note_paints(self) -> None:
        from hmsdesk.views.kit.cells import CellDelegate

        paint = CellDelegate.paint

        def noted(delegate: Any, painter: Any, option: Any, index: Any) -> None:
            paint(delegate, painter, option, index)
            digits = "".join(one for one in str(index.data() or "") if one.isdigit())
            if digits:
                self._seen.setdefault(digits[-7:], time.time())

        CellDelegate.paint = noted  # type: ignore[method-assign, assignment]

    def loop(self) -> None:
        """The window's own loop."""
        self._application.exec()

    def end_loop(self) -> None:
        """The bench is over."""
        self._application.quit()

    def seen(self) -> dict[str, float]:
        """The last digits of what was painted -> when that was done first."""
        return dict(self._seen)
