"""The nurse's day: who needs vitals, the longest waiting first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hmsdesk.controllers.flow import since
from hmsdesk.models.appointments import CHECKED_IN, WITH_NURSE
from hmsdesk.models.row import Row
from hmsdesk.views.home.lanes import DONE, MEASURED, NEEDS_VITALS, READY, WITH_DOCTOR, Lane
from hmsdesk.views.home.next_patient import NextHome
from hmsdesk.views.home.page import Step


class NurseHome(NextHome):
    """Those who need vitals stand apart from those who have them."""

    LANES: ClassVar[Sequence[Lane]] = (NEEDS_VITALS, MEASURED, READY, WITH_DOCTOR, DONE)
    NOBODY: ClassVar[str] = "Nobody needs vitals now."

    def step_of(self, row: Row) -> Step | None:
        """Who has no vitals yet is called in, and what is measured is recorded at once."""
        if row["status"] not in (CHECKED_IN, WITH_NURSE) or "vitals_at" in row:
            return super().step_of(row)
        called = WITH_NURSE if WITH_NURSE in self.stepping.steps(row) else ""
        return Step("Record", called, ("vitals", str(row["_id"])))

    def next_row(self, rows: list[Row]) -> Row | None:
        """Who is with the nurse already, then who has waited longest."""
        here = [row for row in rows if row["status"] in (CHECKED_IN, WITH_NURSE) and "vitals_at" not in row]
        return min(here, key=lambda row: (row["status"] != WITH_NURSE, since(row)), default=None)

    def next_words(self, row: Row) -> tuple[str, str]:
        """The one thing to do about them."""
        return "Record vitals", "pulse"
