"""Every public function of the controllers that reads, and which of them were called."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from hmsdesk import controllers


def readers() -> dict[str, CodeType]:
    """Name -> code of each public function or method that is handed a session, and no operation to be written."""
    return {name: one.__code__ for name, one in _public() if _reads(one)}


@contextmanager
def calls() -> Iterator[set[CodeType]]:
    """What is called in the block, in any thread that is begun in it."""
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    threading.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def _public() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in pkgutil.walk_packages(controllers.__path__, f"{controllers.__name__}."):
        if ".demo" in module.name:
            continue
        for name, one in vars(importlib.import_module(module.name)).items():
            if name.startswith("_") or getattr(one, "__module__", "") != module.name:
                continue
            short = f"{module.name.removeprefix(controllers.__name__)[1:]}.{name}"
            if inspect.isfunction(one):
                yield short, inspect.unwrap(one)
            elif inspect.isclass(one):
                methods = ((n, m) for n, m in vars(one).items() if inspect.isfunction(m) and not n.startswith("_"))
                yield from ((f"{short}.{n}", inspect.unwrap(m)) for n, m in methods)


def _reads(one: Callable[..., Any]) -> bool:
    """Who writes is handed an operation, or the work of one."""
    handed = inspect.signature(one).parameters
    return any("Session" in str(part.annotation) for part in handed.values()) and not {"operation", "work"} & set(
        handed
    )


_WRITES = "It writes, or is a part of something that does, which the tests of that thing drive."
_SIGNS_IN = "It belongs to signing in, and asks by id."
_WHOLE = "It reads the whole trail on purpose, in the order of an index; its progress is shown."
# What isn't driven beside the lists and charts, and why.
ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        (
            "appointments.Appointments.require_step",
            "booking.require_patient",
            "encounter_notes.EncounterNotes.to_close",
            "enrolment.checked",
            "keeping.Keeping.as_got",
            "keeping.Keeping.note_export",
            "notices.mark_all_read",
            "notices.mark_read",
            "patients.Patients.registering",
            "prescription_prints.printed_page",
            "starter.add_departments",
            "starter.add_services",
            "starter.add_week",
            "starter.begin",
            "starter.enter_one_alone",
            "waiting_entries.waits",
        ),
        _WRITES,
    ),
    **dict.fromkeys(
        (
            "account_news.carried_over",
            "account_news.check_goes_on",
            "accounts.owning",
            "sign_in.Door.change_password",
            "sign_in.Door.open_again",
            "sign_in.Door.recheck",
            "sign_in.Door.watch",
        ),
        _SIGNS_IN,
    ),
    **dict.fromkeys(("trail.verify_as_owner", "trail.verify_as_reader"), _WHOLE),
    "dispensary.opening.open_picture": "It reads a picture, and asks as open_code does.",
    "news.listen": "It follows the change stream, and asks nothing.",
}
