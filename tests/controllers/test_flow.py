"""How the day stands, on the real server: who is where since when, what is owed, and what a refresh costs."""

from datetime import timedelta
from decimal import Decimal

import pymongo.monitoring
import pytest

from bench.listening import Started
from hmsdesk.controllers import flow
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import NotAllowed
from hmsdesk.models.appointments import CHECKED_IN, COMPLETED, IN_CONSULTATION
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.security.permissions import Role
from tests.billing import Billing
from tests.factories import operation
from tests.views.desk import doctor_of, patient_of


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def doctor(clinic):
    return doctor_of(clinic, "Dr Sara El-Masry")


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


@pytest.fixture
def patient(reception):
    return patient_of(reception, "Mona Omar Gaber")


@pytest.fixture
def come(clinic, reception, doctor):
    """Puts an appointment of today onto the server, past the rules of booking, and goes its way with it."""

    def come(patient, *statuses):
        stamp = {"status": "approved", "at": reception.now(), "by": reception.identity.person}
        values = {
            "patient": patient["_id"],
            "practitioner": doctor["_id"],
            "start": reception.now(),
            "minutes": 20,
            "purpose": FOR_PATIENTS,
            "status": "approved",
        }
        record = APPOINTMENTS.record.build(values, reception.locale)
        row = write(reception, operation(), lambda work: work.insert("appointments", record | {"stamps": [stamp]}))
        for status in statuses:
            row = APPOINTMENTS.set_status(reception, row, status, operation())
        return row

    return come


SEEN = (CHECKED_IN, IN_CONSULTATION, COMPLETED)


def found(seen, row):
    return next(one for one in seen.rows if one["_id"] == row["_id"])


def test_each_appointment_says_where_it_is_and_since_when(reception, patient, come, doctor):
    row = come(patient, CHECKED_IN)
    seen = found(flow.look(reception), row)
    assert (seen["status"], seen["patient:title"], seen["practitioner:title"]) == (
        CHECKED_IN,
        patient["name"],
        doctor["name"],
    )
    assert flow.since(seen) == row["stamps"][-1]["at"]
    assert reception.now() - flow.since(seen) < timedelta(minutes=5)


def test_who_was_charged_has_to_pay_until_it_is_paid(reception, billing, patient, come):
    row = come(patient, *SEEN)
    invoice = billing.issued("200.50", patient=patient)
    seen = flow.look(reception)
    assert seen.to_pay(found(seen, row)) == Decimal("200.50")
    assert patient["_id"] not in seen.settled
    billing.paid(invoice, "200.50")
    seen = flow.look(reception)
    assert seen.to_pay(found(seen, row)) == 0
    assert seen.settled[patient["_id"]] >= flow.since(row)


def test_what_no_bill_has_taken_yet_is_to_be_paid_too(reception, billing, patient, come):
    row = come(patient, *SEEN)
    billing.charged(patient, "80")
    seen = flow.look(reception)
    assert seen.to_pay(found(seen, row)) == 80


def test_of_two_visits_of_a_patient_the_last_one_asks_for_the_money(reception, billing, patient, come):
    first, last = come(patient, *SEEN), come(patient, *SEEN)
    billing.charged(patient, "100")
    seen = flow.look(reception)
    assert seen.to_pay(found(seen, first)) == 0
    assert seen.to_pay(found(seen, last)) >= 100


def test_nobody_has_to_pay_before_the_visit_is_over(reception, billing, patient, come):
    row = come(patient, CHECKED_IN)
    billing.charged(patient, "100")
    seen = flow.look(reception)
    assert seen.to_pay(found(seen, row)) == 0


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE])
def test_who_takes_no_payments_is_told_nothing_of_it(clinic, billing, patient, come, role):
    row = come(patient, *SEEN)
    billing.charged(patient, "100")
    seen = flow.look(clinic.session(role))
    assert (seen.owed, seen.settled) == (None, None)
    assert seen.to_pay(found(seen, row)) == 0


@pytest.mark.parametrize("role", [Role.PHARMACIST, Role.LABORATORY, Role.PATIENT])
def test_who_may_not_read_appointments_gets_none(clinic, role):
    with pytest.raises(NotAllowed):
        flow.look(clinic.session(role))


def test_the_limits_are_the_practice_s(clinic, reception):
    decided = PREFERENCES.current(clinic.administrator)
    limits = {"waiting_long": 5, "waiting_too_long": 9}
    PREFERENCES.change(clinic.administrator, decided["_id"], decided["version"], limits, operation())
    seen = flow.look(reception)
    assert (seen.long, seen.too_long) == (5, 9)


class Asked(Started):
    """Notes what is sent."""

    def __init__(self):
        self.names = []

    def started(self, event):
        self.names.append(event.command_name)


def test_a_refresh_asks_as_much_however_many_come(clinic, reception, come):
    asked = Asked()
    every = pymongo.monitoring._LISTENERS.command_listeners
    every.append(asked)
    try:
        watching = clinic.sign_in(Role.RECEPTIONIST)
    finally:
        every.remove(asked)
    counts = []
    for _ in range(2):
        come(patient_of(reception, "One More"), *SEEN)
        asked.names.clear()
        flow.look(watching)
        counts.append(list(asked.names))
        for _ in range(6):
            come(patient_of(reception, "Another One"), CHECKED_IN)
    assert counts[0] == counts[1]
    assert len(counts[0]) <= 12
