"""An appointment's way through the day: its steps, each stamped, and back where one was a mistake.

Booking and moving are in `booking`, reading days in `days`, doctors' free time in `diaries`.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from hmsdesk.controllers.booking import BookAppointment, Booking, Place, overlap
from hmsdesk.controllers.charges import CHARGES, take_back
from hmsdesk.controllers.diaries import (
    CLAIMS,
    DoctorDay,
    Offer,
    Refusal,
    claims,
    diaries,
    hours,
    nearest,
    set_out,
)
from hmsdesk.controllers.visit_charges import charge_completed
from hmsdesk.controllers.waiting_entries import announce_freed
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, write
from hmsdesk.errors import Conflict, InvalidInput
from hmsdesk.models.appointments import (
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    FOLLOWS,
    FREEING,
    IN_CONSULTATION,
    MOVABLE,
    NO_SHOW,
    STATUSES,
    Appointment,
    leads_back,
)
from hmsdesk.models.booking import Broken, Rule
from hmsdesk.models.dates import short_weekday, worded
from hmsdesk.models.declaration import checked
from hmsdesk.models.encounters import IN_PROGRESS, Encounter
from hmsdesk.models.patient_health import visit_marks
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.security.permissions import CREATE, DELETE, UPDATE

__all__ = ["APPOINTMENTS", "CLAIMS", "BookAppointment", "DoctorDay", "Offer", "Refusal", "diaries", "nearest"]

_WORDS = dict(STATUSES)
# How often another seat of the day is looked for.
_TRIES = 5


class Appointments(Booking):
    """Keeping appointments; they are made by booking, and changed by moving and by their steps only."""

    def steps(self, session: Session, appointment: Row) -> list[str]:
        """The statuses that this person may give an appointment now, the usual next one first; a ghost has none."""
        follow = FOLLOWS.get(appointment["status"], ()) if session.may(self.resource, UPDATE) else ()
        return [status for status in follow if self._is_open_to(session, appointment, status)]

    def set_status(self, session: Session, appointment: Row, status: str, operation: str) -> Row:
        """The next step of an appointment, stamped with who and when.

        Raises InvalidInput, Conflict, NotAllowed, NotFound, Unreachable, and Refusal where a time that was given
        back is taken by now, or the patient has another booking then.
        """
        session.require(self.resource, UPDATE)
        self.require_step(session, appointment, status)
        for left in reversed(range(_TRIES)):
            try:
                write(session, operation, lambda work: self.step(session, work, appointment, status))
            except Repeated:
                pass
            except Conflict as conflict:
                if not _stands_as_it_did(appointment, conflict.current):
                    raise
                # Only vitals were recorded meanwhile: they don't stand in the way.
                return self.set_status(session, conflict.current, status, operation)
            except Taken as taken:
                if left and taken.collection == CLAIMS and taken.key not in _cells_of(appointment):
                    # Somebody was given that seat in this very moment: perhaps there is another.
                    continue
                raise self._not_free_again(session, appointment, taken) from None
            break
        return self.get(session, appointment["_id"])

    def has_open_visit(self, session: Session, appointment: Row) -> bool:
        """Whether a doctor is still writing: closing the visit completes the appointment and charges what was done.

        Raises NotAllowed, Unreachable.
        """
        with session.reading(Encounter.collection()) as encounters:
            return encounters.find_one({"_id": appointment["_id"], "status": IN_PROGRESS}, ["_id"]) is not None

    def _is_open_to(self, session: Session, appointment: Row, status: str) -> bool:
        """Whether the person may do all that the step does besides; nobody is missed too early."""
        if _too_early(session, appointment, status) or not leads_back(appointment, status):
            return False
        return all(session.may(*one) for one in _needed(appointment, status))

    def require_step(self, session: Session, appointment: Row, status: str) -> None:
        """Raises InvalidInput for a step that can't follow now, NotAllowed."""
        current = appointment["status"]
        checked("status", Appointment.status, status, session.locale)
        if status not in FOLLOWS.get(current, ()) or not leads_back(appointment, status):
            before, after = (str(_WORDS.get(one, one)).lower() for one in (current, status))
            raise InvalidInput({"status": f"An appointment that is {before} can't become {after}."})
        early = _too_early(session, appointment, status)
        if early:
            raise InvalidInput({"status": early})
        for resource, action in _needed(appointment, status):
            session.require(resource, action)

    def step(self, session: Session, work: Work, appointment: Row, status: str) -> Row:
        """What a step does inside a transaction: the stamp, the time given back or taken, the charges of the visit."""
        stamp = {"status": status, "at": work.at, "by": session.identity.person}
        changes: Row = {"status": status, "stamps": [*appointment.get("stamps", []), stamp]}
        action = _claims_action(appointment, status)
        place = self._place_again(session, work, appointment) if action == CREATE else None
        if place is not None and place.claims != appointment["claims"]:
            changes["claims"] = place.claims
        now = work.change(self.resource, appointment, changes, status)
        if action == DELETE:
            work.release(CLAIMS, appointment["claims"])
            announce_freed(session, work, appointment["practitioner"], appointment["start"], appointment["purpose"])
        elif place is not None:
            self.take_again(session, work, appointment, place)
        if status in (IN_CONSULTATION, COMPLETED):
            self._note_visit(session, work, appointment)
        if status == COMPLETED:
            charge_completed(session, work, appointment)
        elif appointment["status"] == COMPLETED:
            take_back(work, appointment["_id"])
        return now

    def _place_again(self, session: Session, work: Work, appointment: Row) -> Place:
        """The place it had, on another seat of the day where somebody was given its own since, and there is one."""
        place, doctor = Place.of(appointment), appointment["practitioner"]
        day = session.locale.local(place.start).date()
        found = work.answers({CLAIMS: claims(session.locale, [doctor], day, day, None), **hours([doctor], day, day)})
        diary = set_out(session, [doctor], found, found[CLAIMS])[doctor]
        free = diary.free_seats(day, appointment["purpose"])
        if place.claims[-1] not in diary.taken or not free:
            return place
        return replace(place, claims=[*_cells_of(appointment), secrets.choice(free)])

    def _not_free_again(self, session: Session, appointment: Row, taken: Taken) -> Refusal:
        """Why a time that was given back can't be had again, and what could be booked instead."""
        start, minutes = appointment["start"], appointment["minutes"]
        where = appointment["practitioner"], start, appointment["purpose"]
        if taken.collection == CLAIMS:
            is_full = taken.key not in _cells_of(appointment)
            rule, words = (Rule.LIMIT, "The day is full") if is_full else (Rule.SLOT_FREE, "Somebody else has it")
            broken = Broken(rule, f"{words} by now. Book another time.", overridable=False)
            return Refusal(broken, nearest(session, *where))
        day = session.locale.local(start).date()
        others = self.held(session, appointment["patient"], day, appointment["_id"])
        clash = next((one for one in others if overlap(one, start, minutes)), None)
        at = f"At {clock(clash['start'], session.locale)} with {clash['practitioner:title']}. " if clash else ""
        broken = Broken(Rule.PATIENT_FREE, f"{at}Cancel that one first, or book another time.", overridable=False)
        suits = nearest(session, *where, suits=lambda _, time: not any(overlap(one, time, minutes) for one in others))
        return Refusal(broken, suits)

    @staticmethod
    def _note_visit(session: Session, work: Work, appointment: Row) -> None:
        """Clinical roles search patients by the day they were seen."""
        if session.may("patient_health", UPDATE):
            marks = visit_marks(session.locale.local(appointment["start"]).date())
            seen = {"$addToSet": {"find.visit_days": {"$each": marks}}}
            work.commute("patient_health", appointment["patient"], seen, "visit")


def _cells_of(appointment: Row) -> list[str]:
    """What it claims of the doctor's time; what comes after is its seat of the day."""
    return list(appointment["claims"][:-1])


def _stands_as_it_did(before: Row, now: Row) -> bool:
    """Whether an appointment has the status, time and doctor that it had when it was looked at."""
    return all(before.get(name) == now.get(name) for name in ("status", "stamps", "start", "practitioner"))


def _too_early(session: Session, appointment: Row, status: str) -> str:
    """Why a step can't be taken yet; empty where it can. Nobody is here on a later day, or missed too soon."""
    start, now = appointment["start"], session.now()
    if status == NO_SHOW and start > now:
        return "Its time has not come yet."
    forwards = status == CHECKED_IN and appointment["status"] in (*MOVABLE, CANCELLED)
    day = session.locale.local(start).date()
    if forwards and day > session.locale.local(now).date():
        return f"It is booked for {short_weekday(day)} {worded(day)}. Who comes earlier is given another time first."
    return ""


def _needed(appointment: Row, status: str) -> list[tuple[str, str]]:
    """What a step takes besides changing the appointment: giving time back or taking it again, and charging the visit
    or taking that back. It is by this that a nurse leads patients on, and completes no visit.
    """
    action = _claims_action(appointment, status)
    claims = [(CLAIMS, action)] if action else []
    return [*claims, (CHARGES.resource, CREATE)] if COMPLETED in (appointment["status"], status) else claims


def _claims_action(appointment: Row, status: str) -> str | None:
    """What a step does to the doctor's time: gives it back, takes it again, or neither."""
    frees, freed = status in FREEING, appointment["status"] in FREEING
    if frees == freed:
        return None
    return DELETE if frees else CREATE


APPOINTMENTS = Appointments(Appointment)
