"""The doctor's day: who is next, my patients on the board, my bookings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hmsdesk.controllers.flow import Flow, since
from hmsdesk.models.appointments import CHECKED_IN, COMPLETED, IN_CONSULTATION, WITH_NURSE
from hmsdesk.models.row import Row
from hmsdesk.views.home.lanes import DONE, VITALS, WAITING, WITH_DOCTOR, Lane
from hmsdesk.views.home.next_patient import NextHome
from hmsdesk.views.home.page import Step


class DoctorHome(NextHome):
    """Begins with the doctor's own patients; all others are one click away."""

    LANES: ClassVar[Sequence[Lane]] = (WAITING, VITALS, WITH_DOCTOR, DONE)
    NOBODY: ClassVar[str] = "Nobody waits for you."

    def _on_flow(self, flow: Flow) -> None:
        doctors = [one["_id"] for one in flow.doctors]
        if self.flow is None and len(doctors) > 1 and self._session.identity.member in doctors:
            self.filters.choose_doctor(self._session.identity.member)
        super()._on_flow(flow)

    def step_of(self, row: Row) -> Step | None:
        """The doctor calls patients in, with vitals or without; a visit is gone on with and closed on its own page."""
        if row["status"] in (CHECKED_IN, WITH_NURSE) and IN_CONSULTATION in self.stepping.steps(row):
            return Step("Start", IN_CONSULTATION)
        if row["status"] == IN_CONSULTATION and COMPLETED in self.stepping.steps(row):
            return Step("Go on", COMPLETED)
        return super().step_of(row)

    def next_row(self, rows: list[Row]) -> Row | None:
        """Who is with the doctor; then who is ready with vitals, then who waits longest."""
        mine = [row for row in rows if row["status"] in (CHECKED_IN, WITH_NURSE, IN_CONSULTATION)]
        return min(mine, key=_turn, default=None)

    def next_words(self, row: Row) -> tuple[str, str]:
        """Begin the visit, or go on with it; it is closed on its own page."""
        if row["status"] == IN_CONSULTATION:
            return "Go on with the visit", "stethoscope"
        return "Start consultation", "stethoscope"


def _turn(row: Row) -> tuple[bool, bool, bool, object]:
    """With the doctor; ready; waiting; still with the nurse."""
    measured = "vitals_at" in row
    return row["status"] != IN_CONSULTATION, not measured, row["status"] == WITH_NURSE, since(row)
