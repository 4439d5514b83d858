"""Sets the stage, tells each person what to do next, and keeps what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hmsdesk.controllers import demo
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.screen import require_screen
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings

SIZE = demo.Size(patients=60, ahead=3, behind=0, doctors=3)


@dataclass(frozen=True)
class Step:
    """One thing that one person does. title: what the picture and the report call it."""

    who: Role
    part: str
    title: str


STEPS = (
    Step(Role.RECEPTIONIST, "sign_in", "The receptionist signs in"),
    Step(Role.DOCTOR, "sign_in", "The doctor signs in at a second workstation"),
    Step(Role.PHARMACIST, "sign_in", "The pharmacist signs in at a third"),
    Step(Role.RECEPTIONIST, "register", "The receptionist registers a patient"),
    Step(Role.RECEPTIONIST, "book", "and books a time"),
    Step(Role.DOCTOR, "see_booking", "The doctor sees the booking"),
    Step(Role.DOCTOR, "record_allergy", "The doctor records an allergy"),
    Step(Role.DOCTOR, "prescribe", "The doctor prescribes and signs"),
    Step(Role.DOCTOR, "save_page", "and saves the page for printing"),
    Step(Role.PHARMACIST, "refuse_forged", "The pharmacist scans an altered page"),
    Step(Role.PHARMACIST, "scan", "The pharmacist scans the genuine page"),
    Step(Role.PHARMACIST, "dispense", "and hands out the medicines"),
    Step(Role.PHARMACIST, "scan_again", "A second scan says it is dispensed"),
    Step(Role.ADMINISTRATOR, "sign_in", "The administrator signs in"),
    Step(Role.ADMINISTRATOR, "verify", "and verifies the trail"),
)


class Cast:
    """The processes of the people, each started when it first has something to do."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._people: dict[Role, subprocess.Popen[str]] = {}

    def ask(self, who: Role, words: Mapping[str, Any]) -> dict[str, Any]:
        """Let a person do something; their answer."""
        person = self._people.get(who) or self._enter(who)
        assert person.stdin is not None and person.stdout is not None  # noqa: S101 (both are pipes)
        person.stdin.write(json.dumps(words) + "\n")
        person.stdin.flush()
        answer = person.stdout.readline()
        return dict(json.loads(answer)) if answer else {"failed": "the window was gone", "seconds": 0.0}

    def leave(self) -> None:
        """Everybody goes home."""
        for person in self._people.values():
            assert person.stdin is not None  # noqa: S101 (it is a pipe)
            person.stdin.close()
        for person in self._people.values():
            person.wait(timeout=30)

    def _enter(self, who: Role) -> subprocess.Popen[str]:
        environment = os.environ | {"HMSDESK_HOME": str(self._home), "PYTHONIOENCODING": "utf-8"}
        self._people[who] = subprocess.Popen(
            [sys.executable, "-m", "hmsdesk.tour.player"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        return self._people[who]


def play(folder: Path, tell: Callable[[str], None]) -> bool:
    """Play the day: pictures, prescription.pdf and tour.json are left in `folder`. Whether every step went well.

    Raises UserError where there is no screen to play on.
    """
    require_screen()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hmsdesk-tour-") as scratch:
        settings = Settings(home=Path(scratch) / "practice")
        workplace = Workplace(settings)
        cast = Cast(settings.home)
        try:
            demo.make(workplace, SIZE)
            report = _play_steps(cast, folder, tell)
        finally:
            cast.leave()
            workplace.close()
    (folder / "tour.json").write_text(json.dumps(report, indent=2, ensure_ascii=False), "utf-8")
    return all(step["result"] == "done" for step in report["steps"])


def _play_steps(cast: Cast, folder: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    known: dict[str, Any] = {"emails": {role.value: email for role, _, email in demo.PEOPLE}, "folder": str(folder)}
    known["password"] = demo.PASSWORD
    done: list[dict[str, Any]] = []
    began = time.monotonic()
    for number, step in enumerate(STEPS, start=1):
        picture = folder / f"{number:02}-{step.who.value}-{step.part.replace('_', '-')}.png"
        words = {"step": step.part, "known": known | {"role": step.who.value}, "picture": str(picture)}
        answer = cast.ask(step.who, words)
        known |= answer.get("known") or {}
        done.append(_told(step, answer, picture, tell))
        if "failed" in answer:
            tell(f"      {len(STEPS) - number} later steps depend on it and were not played")
            break
    return {"steps": done, "seconds": round(time.monotonic() - began, 1)}


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
