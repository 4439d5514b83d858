"""Who is there wherever something is booked."""

import pytest

from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.security.permissions import Role
from tests.bookings import doctor_of
from tests.factories import operation


@pytest.fixture(scope="module")
def desk(clinic):
    """The session of a receptionist."""
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def patient(desk):
    values = {"name": "Mona Omar Gaber", "name_ar": "منى عمر جابر", "gender": "female", "birth_date": "1959"}
    return PATIENTS.create(desk, values | {"phone": "0100 555 0112"}, operation())


@pytest.fixture
def doctor(clinic):
    """A doctor who receives every day, with no bookings."""
    return doctor_of(clinic)
