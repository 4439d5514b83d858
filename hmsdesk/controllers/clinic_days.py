"""Exceptional days are kept; what they mean for a booking is models.booking's."""

from datetime import date
from typing import Any

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.models.clinic_days import ClinicDay

CLINIC_DAYS = Keeping(ClinicDay)
# What was taken back stays in the list only.
HOLDING = {"active": {"$ne": False}}


def between(first: date, last: date) -> dict[str, Any]:
    """What finds the clinic days that hold on any day from one to another, both included."""
    since, to = first.isoformat(), last.isoformat()
    return HOLDING | {"$or": [{"day": {"$gte": since, "$lte": to}}, {"day": {"$lt": since}, "until": {"$gte": since}}]}
