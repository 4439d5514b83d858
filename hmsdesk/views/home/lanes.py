"""Where on the board an appointment stands, and what its card says there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from hmsdesk.controllers.flow import Flow, since
from hmsdesk.models.appointments import CHECKED_IN, COMPLETED, IN_CONSULTATION, WITH_NURSE, has_vitals, needs_vitals
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import worded
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.views.home.entries import Entry, Say
from hmsdesk.views.kit.appointment_words import known_of, patient_of, told_apart
from hmsdesk.views.kit.chips import STATUSES

VITALS_DONE = STATUSES["vitals-done"].icon


@dataclass(frozen=True)
class Lane:
    """One column. status: what a card that is put here becomes. empty: what is said while nobody stands here."""

    key: str
    title: str
    icon: str
    status: str
    empty: str
    holds: Callable[[Row, Flow], bool]
    short: bool = False


def _in(status: str) -> Callable[[Row, Flow], bool]:
    return lambda row, _: bool(row["status"] == status)


def _waits_for_vitals(row: Row, _: Flow) -> bool:
    return row["status"] == CHECKED_IN and needs_vitals(row)


def _is_ready(row: Row, _: Flow) -> bool:
    return has_vitals(row)


def _is_measured(row: Row, _: Flow) -> bool:
    return row["status"] == WITH_NURSE and needs_vitals(row)


WAITING = Lane("waiting", "Waiting", "timer-sand", CHECKED_IN, "Nobody waits.", _in(CHECKED_IN))
NEEDS_VITALS = Lane("needs-vitals", "Needs vitals", "timer-sand", CHECKED_IN, "Nobody needs vitals.", _waits_for_vitals)
MEASURED = Lane("measured", "Vitals", "pulse", WITH_NURSE, "Nobody is being measured.", _is_measured)
READY = Lane("ready", "Vitals done", VITALS_DONE, CHECKED_IN, "Nobody is ready yet.", _is_ready)
VITALS = Lane("vitals", "Vitals", "pulse", WITH_NURSE, "Nobody is being measured.", _in(WITH_NURSE))
WITH_DOCTOR = Lane(
    "doctor", "With doctor", "stethoscope", IN_CONSULTATION, "Nobody is with the doctor.", _in(IN_CONSULTATION)
)
TO_PAY = Lane(
    "pay",
    "To pay",
    "wallet-outline",
    COMPLETED,
    "Nobody has to pay.",
    lambda row, flow: row["status"] == COMPLETED and flow.to_pay(row) > 0,
)
DONE = Lane(
    "done",
    "Done",
    "check-circle-outline",
    COMPLETED,
    "Nobody is done yet.",
    lambda row, flow: row["status"] == COMPLETED and not flow.to_pay(row) > 0,
    short=True,
)


def cards(lane: Lane, flow: Flow, rows: list[Row], locale: Locale, step: Say, whose: Say) -> list[Entry]:
    """The cards of a lane: who has been here longest comes first, who has left last of all first.

    whose: with which doctor one is, where that has to be said.
    """
    here = [row for row in rows if lane.holds(row, flow)]
    here.sort(key=lambda row: _left_at(row, flow) if lane is DONE else since(row), reverse=lane.short)
    apart = told_apart(rows)
    found = []
    for row in here:
        detail = " · ".join(filter(None, (apart.get(row["_id"]), _detail(row, lane, flow, locale, whose(row)))))
        found.append(_card(row, lane, locale, detail, step(row)))
    return found


def _card(row: Row, lane: Lane, locale: Locale, detail: str, step: str) -> Entry:
    return Entry(
        key=row["_id"],
        title=patient_of(row),
        detail=detail,
        more=known_of(row, locale),
        since=None if lane.short else since(row),
        mark=VITALS_DONE if has_vitals(row) else "",
        step=step,
        row=row,
    )


def _detail(row: Row, lane: Lane, flow: Flow, locale: Locale, doctor: str) -> str:
    if lane is DONE and flow.owed is None:
        # Who isn't told what is owed doesn't know whether they have left.
        return f"Visit ended {clock(since(row), locale)}"
    if lane is DONE:
        left = f"left {clock(_left_at(row, flow), locale)}"
        return f"Paid · {left}" if _paid_at(row, flow) else left.capitalize()
    if lane is TO_PAY:
        return " · ".join(filter(None, (worded(flow.to_pay(row), locale.currency), doctor)))
    if lane is WITH_DOCTOR:
        return " · ".join(filter(None, (_room(row["practitioner"], flow), doctor)))
    came = "Walk-in" if row.get("walk_in") else clock(row["start"], locale)
    return " · ".join(filter(None, (came, doctor)))


def _paid_at(row: Row, flow: Flow) -> datetime | None:
    return (flow.settled or {}).get(row["patient"])


def _left_at(row: Row, flow: Flow) -> datetime:
    """Once seen, and the bill paid where there is one."""
    return max(since(row), _paid_at(row, flow) or since(row))


def _room(doctor: ObjectId, flow: Flow) -> str:
    room = next((str(one.get("room") or "") for one in flow.doctors if one["_id"] == doctor), "")
    return f"Room {room}" if room.isdigit() else room
