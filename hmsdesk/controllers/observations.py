"""Vital signs: recording what was measured, correcting it, and what a chart shows of it over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.keeping import Keeping, add_authors
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database.session import Session, to_millisecond
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, NotFound, UserError
from hmsdesk.models.appointments import CHECKED_IN, IN_CONSULTATION, WITH_NURSE
from hmsdesk.models.booking import whole_day
from hmsdesk.models.declaration import checked, clean_values
from hmsdesk.models.encounters import IN_PROGRESS
from hmsdesk.models.observations import (
    BMI,
    FINAL,
    IN_ERROR,
    MEASURED,
    VITALS_RECORDED,
    Observation,
    add_indexes,
    to_confirm,
)
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, READ, UPDATE

# More than a clinic measures of anybody whose chart it reads; the newest are shown.
_MOST = 500
# So far back a weight is looked for to compare the new one with.
_BODIES = 50
_MONTH = timedelta(days=30.5)
STRUCK = "entered in error"


@dataclass(frozen=True)
class Subject:
    """Whom one measures, and for which appointment, if for one."""

    patient: Row
    appointment: Row | None


@dataclass(frozen=True)
class Measured:
    """The last time something was measured."""

    value: Any
    at: datetime


@dataclass(frozen=True)
class Vitals:
    """rows: every measuring, the oldest first. series: the valid ones of the last months, with the body mass index
    as `bmi`. latest: the last valid value of each kind, and of the index, by name."""

    rows: list[Row]
    series: list[Row]
    latest: dict[str, Measured]


class Observations(Keeping):
    """Keeping vital signs. They are recorded and corrected, never removed."""

    def record_vitals(
        self,
        session: Session,
        patient: ObjectId,
        values: Mapping[str, object],
        operation: str,
        appointment: ObjectId | None = None,
        at: datetime | None = None,
    ) -> Row:
        """What was measured, now or `at` (UTC), for an appointment or without one, whose `vitals_at` follows.

        Raises InvalidInput, also for what is unusual and not among `confirmed`, NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, CREATE)
        about = {"patient": patient} | ({"appointment": appointment} if appointment else {})
        built = self.built(session, {**values, **about})
        moment = _moment(session, at)
        _require_fitting(session, appointment, patient)
        self._require_confirmed(session, built, moment)
        kept = built | {"at": moment, "status": FINAL}
        try:
            return write(session, operation, lambda work: self._record(work, kept))
        except Repeated:
            return self.get(session, record_id(operation))

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """Correct what was mistyped; how it was stays in the history.

        Raises what Keeping.change raises, and UserError for what was entered in error.
        """
        session.require(self.resource, UPDATE)
        current = self._read(session, record)
        if current["status"] == IN_ERROR:
            raise UserError("This was entered in error.", "It stays as it is. Record what is right as a new one.")
        cleaned, problems = clean_values(Observation, changes, session.locale, only=changes.__contains__)
        if not problems:
            whole = {name: value for name, value in current.items() if name not in changes} | cleaned
            self._require_confirmed(session, whole, current["at"])
        return super().change(session, record, version, changes, operation)

    def mark_in_error(self, session: Session, record: ObjectId, version: int, reason: str, operation: str) -> Row:
        """It was measured of somebody else, or never: it stays, struck through, and counts no more.

        Raises InvalidInput without a reason, Conflict, NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, UPDATE)
        said = checked("error_reason", Observation.error_reason, reason, session.locale)
        if said is None:
            raise InvalidInput({"error_reason": "Say why, so that others understand it later."})
        seen = {**self._read(session, record), "version": version}
        update = {"status": IN_ERROR, "error_reason": said}
        try:
            write(session, operation, lambda work: self._strike(work, seen, update))
        except Repeated:
            pass
        except Conflict as conflict:
            raise Conflict(conflict.title, conflict.message, self.get(session, record)) from None
        return self.get(session, record)

    # What was measured before

    def subject(self, session: Session, appointment_or_patient: ObjectId) -> Subject:
        """Whom one measures; that their earlier values are looked at is in the trail first.

        Who is here for an appointment is measured for that, with whomever. Raises NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, READ)
        appointment = _appointment(session, appointment_or_patient) or _here_for(session, appointment_or_patient)
        if appointment is not None:
            APPOINTMENTS.add_titles(session, [appointment])
        patient = PATIENTS.get(session, appointment["patient"] if appointment else appointment_or_patient)
        PATIENTS.note_opening(session, patient["_id"])
        return Subject(patient, appointment)

    def known(self, session: Session, patient: Row, months: int = 12) -> Vitals:
        """What was measured of a patient, in one question. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            found = collection.find({"patient": patient["_id"]}).sort([("at", -1), ("_id", -1)]).limit(_MOST)
            rows = list(found)[::-1]
        valid = [row for row in rows if row["status"] == FINAL]
        add_indexes(valid, patient.get("birth_date"), session.locale)
        add_authors(session, rows)
        since = session.now() - months * _MONTH
        latest = {
            name: Measured(row[name], row["at"])
            for row in valid
            for name in (*MEASURED, BMI)
            if row.get(name) is not None
        }
        return Vitals(rows, [row for row in valid if row["at"] >= since], latest)

    def take_over(self, work: Work, booked: Row, since: datetime) -> None:
        """What was measured of a patient since then for no appointment belongs to the one whose visit begins."""
        measured = work.find_all(self.resource, {"patient": booked["patient"], "status": FINAL, "at": {"$gte": since}})
        loose = [row for row in measured if "appointment" not in row]
        for row in loose:
            work.commute(self.resource, row["_id"], {"$set": {"appointment": booked["_id"]}}, "begin visit")
        if loose:
            last = max(row["at"] for row in loose)
            work.commute(APPOINTMENTS.resource, booked["_id"], {"$max": {"vitals_at": last}}, "begin visit")

    def _record(self, work: Work, kept: Row) -> Row:
        row = work.insert(self.resource, kept, VITALS_RECORDED)
        if kept.get("appointment"):
            work.commute("appointments", kept["appointment"], {"$max": {"vitals_at": kept["at"]}}, VITALS_RECORDED)
        return row

    def _strike(self, work: Work, seen: Row, update: Row) -> None:
        """Whom it was measured of by mistake is measured no more: their appointment says so."""
        work.change(self.resource, seen, update, STRUCK)
        if seen.get("appointment"):
            measured = work.find_all(self.resource, {"patient": seen["patient"], "status": FINAL})
            left = [row["at"] for row in measured if row.get("appointment") == seen["appointment"]]
            now = {"$set": {"vitals_at": max(left)}} if left else {"$unset": {"vitals_at": ""}}
            work.commute("appointments", seen["appointment"], now, STRUCK)

    def _require_confirmed(self, session: Session, values: Row, at: datetime) -> None:
        patient = values["patient"]
        asked = to_confirm(
            values, self._bodies(session, patient, at), _birth_date(session, patient), at, session.locale
        )
        open_questions = {name: words for name, words in asked.items() if name not in values.get("confirmed", [])}
        if open_questions:
            raise InvalidInput(open_questions)

    def _bodies(self, session: Session, patient: ObjectId, before: datetime) -> list[Row]:
        """The last weights and heights, the oldest first."""
        asked = {"patient": patient, "status": FINAL, "at": {"$lt": before}}
        with session.reading(self.resource) as collection:
            found = collection.find(asked, ["weight", "height", "at"]).sort([("at", -1), ("_id", -1)])
            return list(found.limit(_BODIES))[::-1]


def _moment(session: Session, at: datetime | None) -> datetime:
    now = session.now()
    if at is None:
        return now
    moment = checked("at", Observation.at, at, session.locale)
    if moment is None or moment > now:
        raise InvalidInput({"at": "This time has not come yet." if moment else "This must be a moment."})
    return to_millisecond(moment)


def _birth_date(session: Session, patient: ObjectId) -> str | None:
    with session.reading("patients") as patients:
        row = patients.find_one({"_id": patient}, ["birth_date"])
    if row is None:
        raise NotFound("This patient is not here.", "They may have been removed meanwhile.")
    birth_date: str | None = row.get("birth_date")
    return birth_date


def _appointment(session: Session, record: ObjectId) -> Row | None:
    with session.reading("appointments") as appointments:
        row: Row | None = appointments.find_one({"_id": record})
    return row


def _here_for(session: Session, patient: ObjectId) -> Row | None:
    """What a patient is here for today and wasn't seen for yet.

    None while a visit without appointment is open: what is measured then is that visit's.
    """
    with session.reading("encounters") as encounters:
        unbooked = {"patient": patient, "status": IN_PROGRESS, "appointment": {"$exists": False}}
        if encounters.find_one(unbooked, ["_id"]) is not None:
            return None
    day = whole_day(session.locale.local(session.now()).date(), session.locale)
    here = [CHECKED_IN, WITH_NURSE, IN_CONSULTATION]
    asked = {"patient": patient, "start": {"$gte": day.start, "$lt": day.end}, "status": {"$in": here}}
    with session.reading(APPOINTMENTS.resource) as appointments:
        found: Row | None = appointments.find_one(asked, sort=[("start", 1)])
    return found


def _require_fitting(session: Session, appointment: ObjectId | None, patient: ObjectId) -> None:
    """Nobody's values are kept with somebody else's appointment."""
    if appointment is None:
        return
    booked = _appointment(session, appointment)
    if booked is None or booked["patient"] != patient:
        raise InvalidInput({"appointment": "This appointment is another patient's."})


OBSERVATIONS = Observations(Observation)
