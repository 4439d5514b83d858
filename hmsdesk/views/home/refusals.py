"""Why a card can't be put into a lane."""

from __future__ import annotations

from collections.abc import Sequence

from hmsdesk.models.appointments import COMPLETED, FOLLOWS, IN_CONSULTATION, WITH_NURSE
from hmsdesk.models.row import Row
from hmsdesk.views.home.lanes import DONE, TO_PAY, Lane

_NOT_ARRIVED = "Check them in first."
OTHERS_COMPLETE = "The doctor completes the visit by closing it, or reception does: it is charged then."
_REASONS = {
    WITH_NURSE: _NOT_ARRIVED,
    IN_CONSULTATION: _NOT_ARRIVED,
    COMPLETED: "Only a visit that has begun can be completed. Start the consultation first.",
}


def why_not(row: Row, lane: Lane, steps: Sequence[str]) -> str:
    """In one sentence; "" where it can. steps: what the person may do with the appointment now."""
    if row["status"] == COMPLETED:
        return _after_the_visit(lane, steps)
    if lane.status in steps:
        return ""
    if lane.status not in FOLLOWS[row["status"]]:
        return _REASONS.get(lane.status, "That step doesn't follow on this one.")
    return OTHERS_COMPLETE if lane.status == COMPLETED else "Your role may not do this."


def _after_the_visit(lane: Lane, steps: Sequence[str]) -> str:
    if lane is DONE:
        return "Something is still to be paid. The cash desk takes the payment."
    if lane is TO_PAY:
        return "Nothing is to be paid."
    return "" if lane.status == IN_CONSULTATION and lane.status in steps else "The visit is completed."
