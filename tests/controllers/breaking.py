"""Breaks an owner's work off at one of its steps, before or after it is done, as a lost line or a power cut does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hmsdesk.controllers.accounts import Owner
from hmsdesk.errors import Unreachable


class BrokenOff(Unreachable):
    """The line broke here."""


@contextmanager
def broken_off(monkeypatch: pytest.MonkeyPatch, owner: Owner, module: Any, step: str) -> Iterator[None]:
    """step: `create`, `drop` (of the users), or a function of the module; with ` done` where its answer is lost."""
    name, _, done = step.partition(" ")
    where = owner.users if hasattr(owner.users, name) else module
    real: Callable[..., Any] = getattr(where, name)

    def breaks(*values: Any, **named: Any) -> Any:
        if done:
            real(*values, **named)
        raise BrokenOff("The clinic's server does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(where, name, breaks)
        yield


def every(names: Iterable[str]) -> list[str]:
    """Each step, not done and done."""
    return [f"{name}{done}" for name in names for done in ("", " done")]
