"""What a form needs to keep what is typed into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Drafting:
    """How what was typed is kept, and what was kept before. keep may raise OSError."""

    keep: Callable[[Mapping[str, object]], None]
    drop: Callable[[], None]
    values: Mapping[str, object] | None = None
    typed_at: datetime | None = None
