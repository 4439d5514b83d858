"""Listening to what other workstations change, for roles that may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hmsdesk.database.changes import COLLECTION, Change, Watcher, news_of
from hmsdesk.database.session import Session
from hmsdesk.security.permissions import READ


def listen(
    session: Session,
    on_change: Callable[[Change], None],
    on_gap: Callable[[], None],
    on_state: Callable[[bool], None],
) -> Watcher | None:
    """Follow the news; None for roles that don't get them. The callables are called on the watcher's thread."""
    if not session.may(COLLECTION, READ):
        return None

    def on_event(event: dict[str, Any]) -> None:
        change = news_of(event)
        if change is not None:
            on_change(change)

    return Watcher(lambda: session.server, COLLECTION, on_event, on_gap, on_state)
