"""Exceptional days are kept; what they mean for a booking is models.booking's."""

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.models.clinic_days import ClinicDay

CLINIC_DAYS = Keeping(ClinicDay)
# What was taken back stays in the list only.
HOLDING = {"active": {"$ne": False}}
