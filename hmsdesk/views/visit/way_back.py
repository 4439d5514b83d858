"""Where one goes back to from a visit."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from hmsdesk.views.kit.context import Context

CHART = "patients"


@dataclass(frozen=True)
class WayBack:
    """place: as one navigates to it. word: what it is called."""

    place: tuple[str, str]
    word: str


def way_back(context: Context, before: WayBack | None = None) -> WayBack:
    """The chart, where one came from one; otherwise the list one came from, however many records ago.

    before: where it has led until now, which stays so for who comes back from prescribing and the like.
    """
    module, record = context.came_from()
    if module == CHART and ObjectId.is_valid(record):
        return WayBack((module, record), "Chart")
    behind, day, word = context.place_behind()
    if record and not day and before is not None:
        return before
    return WayBack((behind, day), word) if behind else WayBack(("appointments", ""), "Today")
