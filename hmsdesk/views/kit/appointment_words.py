"""An appointment in the words of the reception desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.models.appointments import (
    APPROVED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    IN_CONSULTATION,
    NO_SHOW,
    PENDING,
    RESCHEDULED,
    WITH_NURSE,
    has_vitals,
)
from hmsdesk.models.booking import Rule
from hmsdesk.models.dates import day_and_month, in_full, short_weekday, weekday, worded
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import about, reached_at
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.models.times import clock
from hmsdesk.views.kit.chips import STATUSES, Status

UNDO = "undo"
_DONE = {
    PENDING: "{} is still to be approved",
    APPROVED: "{} is expected",
    CHECKED_IN: "{} is checked in",
    WITH_NURSE: "{} is with the nurse",
    IN_CONSULTATION: "{} is with the doctor",
    COMPLETED: "The visit of {} is completed",
    CANCELLED: "The booking of {} is cancelled",
    NO_SHOW: "{} did not come",
}
_DONE_ALONE = {WITH_NURSE: "{} is to be measured"}


@dataclass(frozen=True)
class StepWords:
    """How a step from one status to another is offered."""

    word: str
    icon: str


MEASURE = StepWords("Record vitals", "pulse")
_STEPS = {
    APPROVED: StepWords("Approve", "calendar-check-outline"),
    CHECKED_IN: StepWords("Check in", "check"),
    WITH_NURSE: StepWords("Vitals", "pulse"),
    IN_CONSULTATION: StepWords("Start consultation", "stethoscope"),
    COMPLETED: StepWords("Complete", "check-circle-outline"),
    CANCELLED: StepWords("Cancel booking", "close-circle-outline"),
    NO_SHOW: StepWords("No-show", "cancel"),
}
_BACK = {
    (APPROVED, PENDING): "Undo approval",
    (WITH_NURSE, CHECKED_IN): "Back to waiting",
    (IN_CONSULTATION, WITH_NURSE): "Back to vitals",
    (CHECKED_IN, APPROVED): "Undo check-in",
    (IN_CONSULTATION, CHECKED_IN): "Back to waiting",
    (COMPLETED, IN_CONSULTATION): "Reopen",
    (CHECKED_IN, PENDING): "Undo check-in",
    (CANCELLED, APPROVED): "Restore booking",
    (CANCELLED, PENDING): "Restore booking",
    (CANCELLED, CHECKED_IN): "Restore booking",
    (NO_SHOW, APPROVED): "Undo no-show",
    (NO_SHOW, PENDING): "Undo no-show",
}


def step_words(before: str, after: str, *, writes: bool = False) -> StepWords:
    """How a step is offered. writes: by who writes the note of the visit, and completes it by closing that."""
    if writes and (before, after) == (IN_CONSULTATION, COMPLETED):
        return StepWords("Go on with the visit", "stethoscope")
    back = _BACK.get((before, after))
    return StepWords(back, UNDO) if back else _STEPS[after]


def done_words(row: Row, *, alone: bool = False) -> str:
    """What a step has done, once it is done. alone: by one who does everything, so that there is nobody else."""
    words = _DONE | (_DONE_ALONE if alone else {})
    return words[row["status"]].format(patient_of(row))


def status_of(row: Row) -> Status:
    """How an appointment's status looks; who was measured and waits for the doctor is told as such."""
    if has_vitals(row):
        return STATUSES["vitals-done"]
    return STATUSES[row["status"].replace(" ", "-")]


def patient_of(row: Row) -> str:
    """Who comes."""
    return str(row.get("patient:title") or "The patient")


def told_apart(rows: Iterable[Row]) -> dict[ObjectId, str]:
    """The IDs of those whose name somebody else among them bears too, such as twins: appointment -> patient's ID."""
    of_name: dict[str, dict[Any, list[Row]]] = {}
    for row in rows:
        of_name.setdefault(fold(patient_of(row)), {}).setdefault(row.get("patient"), []).append(row)
    shared = (row for people in of_name.values() if len(people) > 1 for rows in people.values() for row in rows)
    return {row["_id"]: number_of(row) for row in shared}


def facts_of(row: Row) -> Row:
    """What an appointment of a day's list knows of its patient."""
    return {name.removeprefix("patient:"): value for name, value in row.items() if name.startswith("patient:")}


def number_of(row: Row) -> str:
    """The patient's number, which keeps its order among Arabic words."""
    number = facts_of(row).get("identifier")
    return f"\u2066{number}\u2069" if number else ""


def known_of(row: Row, locale: Locale) -> tuple[str, ...]:
    """Who it is, and what everybody who meets them must know, line by line; nothing of health."""
    facts = facts_of(row)
    who = " · ".join(filter(None, (number_of(row), about(facts, locale))))
    return tuple(str(line) for line in (who, facts.get("alerts")) if line)


def phone_of(row: Row, locale: Locale) -> str:
    """The number under which who comes is reached; empty for none."""
    return reached_at(facts_of(row), locale)


def long_day(day: date) -> str:
    """Friday 20 November 2026."""
    return f"{weekday(day)} {in_full(day)}"


def short_day(day: date) -> str:
    """Fri 20 Nov 2026."""
    return f"{short_weekday(day)} {worded(day)}"


def day_word(day: date, today: date) -> str:
    """Today, Tomorrow or Yesterday; otherwise the weekday."""
    near = {today: "Today", today + timedelta(days=1): "Tomorrow", today - timedelta(days=1): "Yesterday"}
    return near.get(day, weekday(day))


def moved_to(ghost: Mapping[str, Any], locale: Locale) -> str:
    """Where a booking is that was here: Now Thu 19 Nov, 11:20; with the doctor where that is another one."""
    words = f"Now {near_time(ghost['now_at'], locale)}"
    return words if ghost["now_with"] == ghost["practitioner"] else f"{words}, {ghost.get('now_with:title', '')}"


def why_overridden(row: Mapping[str, Any]) -> str:
    """In spite of which rule it was booked, and why; empty where no rule was in the way."""
    override = row.get("override")
    if not override:
        return ""
    return f"{Rule[override['rule'].upper()].value} {override['reason']}"


def near_time(start: datetime, locale: Locale) -> str:
    """A free time as it is offered: Today, 11:40; Tomorrow, 09:20; Thu 19 Nov, 11:20."""
    day, today = locale.local(start).date(), locale.today()
    near = {today: "Today", today + timedelta(days=1): "Tomorrow"}
    return f"{near.get(day) or f'{short_weekday(day)} {day_and_month(day)}'}, {clock(start, locale)}"


def summary(rows: list[Row]) -> str:
    """How the day stands: 12 bookings · 3 waiting · 1 in consultation · 4 done · 2 cancelled, missed or moved."""
    by_status = [row["status"] for row in rows]
    live = sum(status not in (CANCELLED, NO_SHOW, RESCHEDULED) for status in by_status)
    counted = (
        (by_status.count(CHECKED_IN), "waiting"),
        (by_status.count(IN_CONSULTATION), "in consultation"),
        (by_status.count(COMPLETED), "done"),
        (len(rows) - live, "cancelled, missed or moved"),
    )
    parts = [f"{number} {word}" for number, word in counted if number]
    return " · ".join([f"{live} {'booking' if live == 1 else 'bookings'}", *parts]) if rows else ""
