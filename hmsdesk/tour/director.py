"""Sets the stage, tells each person what to do next, and keeps what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hmsdesk.controllers import demo
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.models.text import so_many
from hmsdesk.screen import require_screen
from hmsdesk.settings import Settings
from hmsdesk.tour.plays import PLAYS, Play, Step, Who

SIZE = demo.Size(patients=60, ahead=3, behind=0, doctors=3)
MORNING = 10
# Zones of whole hours reach from twelve behind to fourteen before UTC.
_FURTHEST_BEHIND = -12
_FAREWELL_S = 30


def morning_zone(now: datetime) -> str:
    """The name of a time zone in which it is between ten and eleven in the morning."""
    offset = MORNING - now.astimezone(UTC).hour
    if offset < _FURTHEST_BEHIND:
        offset += 24
    # By POSIX's rule what is east of Greenwich is counted below zero.
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


class Cast:
    """The processes of the people, who come at the same time."""

    def __init__(self, home: Path, people: Iterable[Who]) -> None:
        environment = os.environ | {"HMSDESK_HOME": str(home), "PYTHONIOENCODING": "utf-8"}
        self._people = {
            who: subprocess.Popen(
                [sys.executable, "-m", "hmsdesk.tour.player"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env=environment,
            )
            for who in people
        }
        for person in self._people.values():
            assert person.stdout is not None  # noqa: S101 (it is a pipe)
            person.stdout.readline()

    def ask(self, who: Who, words: Mapping[str, Any]) -> dict[str, Any]:
        """Let a person do something; their answer."""
        person = self._people[who]
        assert person.stdin is not None and person.stdout is not None  # noqa: S101 (both are pipes)
        answer = ""
        try:
            person.stdin.write(json.dumps(words) + "\n")
            person.stdin.flush()
            answer = person.stdout.readline()
        except OSError:
            pass
        return dict(json.loads(answer)) if answer else {"failed": "the window was gone", "seconds": 0.0}

    def leave(self) -> None:
        """Everybody goes home."""
        for person in self._people.values():
            assert person.stdin is not None  # noqa: S101 (it is a pipe)
            person.stdin.close()
        for person in self._people.values():
            person.wait(timeout=_FAREWELL_S)
            assert person.stdout is not None  # noqa: S101 (it is a pipe)
            person.stdout.close()


def play(folder: Path, tell: Callable[[str], None], plays: Iterable[Play] = PLAYS) -> bool:
    """Play the days, each into a folder of its own: pictures, papers and tour.json. Whether every step went well.

    Raises UserError where there is no screen to play on.
    """
    require_screen()
    went_well = [_play(one, folder / one.name, tell) for one in plays]
    return all(went_well)


def _play(play: Play, folder: Path, tell: Callable[[str], None]) -> bool:
    tell(play.title)
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.png"), *folder.glob("*.pdf")):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="hmsdesk-tour-") as scratch:
        settings = Settings(home=Path(scratch) / "practice")
        workplace = Workplace(settings)
        try:
            # What can be booked is decided by the clinic's hours: its day has just begun, whatever time it is here.
            demo.make(workplace, SIZE, solo=play.solo, timezone=morning_zone(datetime.now(UTC)))
            cast = Cast(settings.home, play.people)
            try:
                report = _play_steps(play, cast, folder, tell)
            finally:
                cast.leave()
        finally:
            workplace.close()
    (folder / "tour.json").write_text(json.dumps(report, indent=2, ensure_ascii=False), "utf-8")
    tell(f"{report['seconds']:9.1f} s in all, pictures in {folder}")
    return all(step["result"] == "done" for step in report["steps"])


def _play_steps(play: Play, cast: Cast, folder: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    known: dict[str, Any] = {"emails": play.people, "folder": str(folder), "password": demo.PASSWORD}
    done: list[dict[str, Any]] = []
    began = time.monotonic()
    for number, step in enumerate(play.steps, start=1):
        picture = folder / f"{number:02}-{step.who.value}-{step.part.replace('_', '-')}.png"
        words = {"step": step.part, "known": known | {"who": step.who.value}, "picture": str(picture)}
        answer = cast.ask(step.who, words)
        known |= answer.get("known") or {}
        done.append(_told(step, answer, picture, tell))
        if "failed" in answer:
            later = so_many(len(play.steps) - number, "step was", "steps were")
            tell(f"      {later} not played, as what is later depends on it")
            break
    return {"play": play.title, "steps": done, "seconds": round(time.monotonic() - began, 1)}


def _told(step: Step, answer: Mapping[str, Any], picture: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """The step's entry in the report; it is told at once as well."""
    result = str(answer.get("failed", "done"))
    tell(f"{'ok  ' if result == 'done' else 'FAIL'}  {answer['seconds']:5.1f} s  {step.title}")
    if result != "done":
        tell(f"      {result}")
    return {
        "step": step.title,
        "who": step.who.value,
        "result": result,
        "seconds": answer["seconds"],
        "picture": picture.name,
    }
