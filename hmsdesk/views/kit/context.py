"""What every page is handed: who is signed in, how to go elsewhere, and what is heard from other workstations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts


@dataclass
class Context:
    """session: as controllers take it. navigate: go to (module, record id). door: for what needs the password again."""

    session: Any
    door: Any
    drafts: Any
    live: Live
    toasts: Toasts
    navigate: Callable[[str, str], None]
