"""A doctor's day as booking shows it: what is free, and where nothing is, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS, DoctorDay, Offer
from hmsdesk.controllers.diaries import nearest
from hmsdesk.models.booking import whole_day
from hmsdesk.views.kit.context import Context


@dataclass(frozen=True)
class LookedAt:
    """following: the first free time after a day that has none to come; None where there is one, or none is found."""

    day: DoctorDay
    following: Offer | None


def look_at(context: Context, doctor: ObjectId, day: date, besides: ObjectId | None) -> LookedAt:
    """besides: an appointment that is moved. Raises InvalidInput for a day too far away, NotAllowed, Unreachable."""
    session = context.session
    found = APPOINTMENTS.doctor_day(session, doctor, day, besides=besides)
    now = session.now()
    if any(slot.free and slot.start > now for slot in found.slots):
        return LookedAt(found, None)
    offers = nearest(session, doctor, max(whole_day(day, session.locale).start, now), besides=besides)
    own = (offer for offer in offers if offer.practitioner == doctor)
    return LookedAt(found, next(own, next(iter(offers), None)))
