"""What is asked of the calendar's claims."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.controllers.diaries import claims
from hmsdesk.models.appointments import cells, seat
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import CELL_MINUTES, FOR_PATIENTS, LONGEST_MINUTES

ZONES = ("Africa/Cairo", "UTC", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu")
DOCTOR = ObjectId()
LONGEST = LONGEST_MINUTES // CELL_MINUTES


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    begins=st.integers(0, 24 * 60 // CELL_MINUTES - 1),
    long=st.integers(1, LONGEST),
    further=st.integers(0, 2),
)
def test_whatever_is_claimed_of_a_day_is_found_wherever_on_earth_it_is(zone, day, begins, long, further):
    local = datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(minutes=begins * CELL_MINUTES)
    start = local.astimezone(UTC)
    locale = Locale("EG", "EGP", zone)
    held = locale.local(start).date()
    (span,) = claims(locale, [DOCTOR], held - timedelta(days=further), held, None).where["$or"]
    claimed = [*cells(DOCTOR, start, long * CELL_MINUTES), seat(DOCTOR, held, FOR_PATIENTS, 1)]
    claimed += [seat(DOCTOR, held - timedelta(days=further), "representatives", 40)]
    assert all(span["_id"]["$gte"] <= one < span["_id"]["$lt"] for one in claimed)


def test_of_a_day_nothing_is_read_that_was_claimed_of_the_days_around_it():
    cairo = Locale("EG", "EGP", "Africa/Cairo")
    (span,) = claims(cairo, [DOCTOR], date(2026, 11, 18), date(2026, 11, 18), None).where["$or"]
    around = [datetime(2026, 11, day, 9, tzinfo=UTC) for day in (17, 19)]
    assert not any(
        span["_id"]["$gte"] <= one < span["_id"]["$lt"] for start in around for one in cells(DOCTOR, start, 60)
    )
