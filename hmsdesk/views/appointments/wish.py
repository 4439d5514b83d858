"""What is known before the booking form is opened, as it stands in the navigation."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from bson import ObjectId
from bson.errors import InvalidId

from hmsdesk.models.booking import wall
from hmsdesk.models.locale import Locale

BOOK, MOVE = "book", "move"
_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True)
class Wish:
    """place: the record in the navigation. moved: the appointment that is to be given another time."""

    place: str = BOOK
    patient: ObjectId | None = None
    day: date | None = None
    doctor: ObjectId | None = None
    time: str = ""
    moved: ObjectId | None = None

    @classmethod
    def read(cls, place: str) -> Wish:
        """move/APPOINTMENT; or book, book/PATIENT, book/PATIENT/DAY/DOCTOR, book/PATIENT/DAY/DOCTOR/TIME, any empty."""
        kind, *parts = place.split("/")
        if kind == MOVE:
            return cls(place, moved=_id(parts[0] if parts else ""))
        patient, day, doctor, time = (*parts, "", "", "", "")[:4]
        known_day = None
        with suppress(ValueError):
            known_day = date.fromisoformat(day)
        return cls(place, _id(patient), known_day, _id(doctor), time if _TIME.fullmatch(time) else "")

    def start(self, locale: Locale) -> datetime | None:
        """The time it was asked for, UTC; None where none was, or where that day has no such time."""
        return wall(self.day, self.time, locale) if self.day and self.time else None


def _id(text: str) -> ObjectId | None:
    try:
        return ObjectId(text) if text else None
    except InvalidId:
        return None
