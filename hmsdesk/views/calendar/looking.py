"""What the calendar asks of the server for some days, off the window's thread. Knows no Qt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.diaries import CLAIMS, diaries, opening
from hmsdesk.controllers.staff import STAFF, doctors
from hmsdesk.models.appointments import FREEING
from hmsdesk.models.booking import Diary, closed_because
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.security.permissions import READ
from hmsdesk.views.calendar.plan import Wanted
from hmsdesk.views.kit.context import Context

DAY = timedelta(days=1)
WEEK = 7
# Weeks of a month as it is shown.
MONTH = 42
NO_LONGER_HERE = "No longer here"
PAGE = "calendar"


@dataclass(frozen=True)
class MonthDay:
    """One day of a month: who is booked, of how many, and why nobody is received."""

    day: date
    booked: int
    limit: int
    closed: str


@dataclass(frozen=True)
class Choice:
    """How the calendar is looked at. doctors: None for all there are. of_week: whose week."""

    view: str = ""
    doctors: frozenset[ObjectId] | None = None
    of_week: ObjectId | None = None

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Choice:
        """What was kept, as far as it makes sense."""
        ids = kept.get("doctors")
        doctors = frozenset(ObjectId(one) for one in ids if ObjectId.is_valid(one)) if isinstance(ids, list) else None
        of_week = kept.get("of_week")
        return cls(str(kept.get("view", "")), doctors, ObjectId(of_week) if ObjectId.is_valid(of_week) else None)

    def written(self) -> dict[str, Any]:
        """As it is kept."""
        doctors = sorted(str(one) for one in self.doctors) if self.doctors is not None else None
        return {"view": self.view, "doctors": doctors, "of_week": str(self.of_week) if self.of_week else None}


class Looking:
    """Asks in the name of one session."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._choices = context.choices

    def doctors(self) -> list[Row]:
        """Who receives, by name, with departments. Raises NotAllowed, Unreachable."""
        rows = doctors(self._session)
        STAFF.add_titles(self._session, rows)
        return rows

    def doctors_and_choice(self) -> tuple[list[Row], Choice]:
        """The same, and what was looked at the last time. Raises NotAllowed, Unreachable."""
        kept = self._choices.read(PAGE) if self._choices else {}
        return self.doctors(), Choice.read(kept)

    def keep(self, choice: Choice) -> None:
        """Know the next time what is looked at now. A disk that refuses it is none of the calendar's business."""
        if self._choices is not None:
            with suppress(OSError):
                self._choices.keep(PAGE, choice.written())

    def days(self, chosen: Sequence[Row], days: Sequence[date], known: Sequence[Row]) -> list[Wanted]:
        """Columns of some doctors on some days, day after day.

        Somebody who isn't here any more and is still booked that day has a column too: they must not be overlooked.
        known: all who are here. Raises InvalidInput, NotAllowed, Unreachable.
        """
        one_day = len(days) == 1
        rows = APPOINTMENTS.between(
            self._session, days[0], days[-1], None if one_day else [row["_id"] for row in chosen]
        )
        left = _left(rows, {row["_id"] for row in known}) if one_day else []
        shown = [*chosen, *left]
        found = self._diaries([row["_id"] for row in shown], days, rows)
        by_column: dict[tuple[ObjectId, date], list[Row]] = defaultdict(list)
        for row in rows:
            by_column[row["practitioner"], self._session.locale.local(row["start"]).date()].append(row)
        return [
            Wanted(doctor, day, found[doctor["_id"]], by_column[doctor["_id"], day]) for day in days for doctor in shown
        ]

    def _diaries(self, ids: Sequence[ObjectId], days: Sequence[date], rows: Sequence[Row]) -> dict[ObjectId, Diary]:
        """The doctors' time. Whoever books nothing doesn't read what is claimed: the bookings themselves tell it."""
        if self._session.may(CLAIMS, READ):
            return diaries(self._session, ids, days[0], days[-1])
        held: dict[ObjectId, set[str]] = defaultdict(set)
        for row in rows:
            if row["status"] not in FREEING and not row.get("ghost"):
                held[row["practitioner"]] |= set(row.get("claims", []))
        hours = opening(self._session, ids, days[0], days[-1])
        return {doctor: replace(diary, taken=held[doctor]) for doctor, diary in hours.items()}

    def month(self, chosen: Sequence[Row], first: date) -> list[MonthDay]:
        """Six weeks from a day on. Raises InvalidInput, NotAllowed, Unreachable."""
        last = first + (MONTH - 1) * DAY
        ids = [row["_id"] for row in chosen]
        counts = APPOINTMENTS.counts_between(self._session, first, last, ids)
        open_time = opening(self._session, ids, first, last)
        return [_month_day(first + ahead * DAY, counts, open_time) for ahead in range(MONTH)]

    def closed(self, chosen: Sequence[Row], first: date) -> dict[date, str]:
        """The days of six weeks on which none of some doctors receives, and why."""
        open_time = opening(self._session, [row["_id"] for row in chosen], first, first + (MONTH - 1) * DAY)
        every = [first + ahead * DAY for ahead in range(MONTH)]
        return {day: why for day in every if (why := _closed(day, open_time))}


def _left(rows: Sequence[Row], here: set[ObjectId]) -> list[Row]:
    """Those who are booked though they don't receive any more."""
    found = {}
    for row in rows:
        if row["practitioner"] not in here and row["status"] not in FREEING and not row.get("ghost"):
            name = row.get("practitioner:title", "")
            found[row["practitioner"]] = {"_id": row["practitioner"], "name": name, "active": False}
    return list(found.values())


def _month_day(
    day: date, counts: Mapping[tuple[date, ObjectId], Counter[str]], open_time: Mapping[ObjectId, Diary]
) -> MonthDay:
    booked = sum(
        number
        for doctor in open_time
        for status, number in counts.get((day, doctor), Counter()).items()
        if status not in FREEING
    )
    limit = sum(diary.limit(FOR_PATIENTS) for diary in open_time.values() if not diary.closed(day))
    return MonthDay(day, booked, limit, _closed(day, open_time))


def _closed(day: date, open_time: Mapping[ObjectId, Diary]) -> str:
    """Why nobody receives on a day; empty where somebody does."""
    if any(not diary.closed(day) for diary in open_time.values()):
        return ""
    reasons = {closed_because(day, diary.exceptions) or "" for diary in open_time.values()}
    return reasons.pop() or "Closed" if len(reasons) == 1 else "Closed"
