"""Doctors' weeks are kept; what they mean for a booking is models.booking's."""

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.models.schedules import Schedule

SCHEDULES = Keeping(Schedule)
