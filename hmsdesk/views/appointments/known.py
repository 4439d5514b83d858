"""What the booking form is opened with."""

from __future__ import annotations

from dataclasses import dataclass

from hmsdesk.models.row import Row


@dataclass(frozen=True)
class Known:
    """What the form is opened with. patient: who comes, where that is known. moved: what is given another time."""

    doctors: list[Row]
    patient: Row | None = None
    moved: Row | None = None
