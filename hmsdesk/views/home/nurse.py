"""The nurse's day: who needs vitals, the longest waiting first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hmsdesk.controllers.flow import since
from hmsdesk.models.appointments import IN_CONSULTATION, WITH_NURSE, has_vitals, needs_vitals
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
        return Step("Record") if self.stepping.measures(row) else super().step_of(row)

    def _take_step(self, row: Row) -> None:
        if self.stepping.measures(row):
            self.stepping.measure(row)
        else:
            super()._take_step(row)

    def other_steps(self, row: Row) -> list[Step]:
        """What was measured can be measured again while they are here."""
        measured = has_vitals(row) or (row["status"] == IN_CONSULTATION and "vitals_at" in row)
        return [Step("Record vitals again", place=("vitals", str(row["_id"])), icon="pulse")] if measured else []

    def next_row(self, rows: list[Row]) -> Row | None:
        """Whom one has called in already, then who has waited longest: whom a colleague measures waits least."""
        here = [row for row in rows if needs_vitals(row)]
        return min(here, key=lambda row: (not self._is_mine(row), since(row)), default=None)

    def _is_mine(self, row: Row) -> bool:
        stamps = row.get("stamps") or [{}]
        return bool(row["status"] == WITH_NURSE and stamps[-1].get("by") == self._session.identity.person)

    def next_words(self, row: Row) -> tuple[str, str]:
        """The one thing to do about them."""
        return "Record vitals", "pulse"
