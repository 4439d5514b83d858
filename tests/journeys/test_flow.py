"""One patient goes through the clinic: three people at three windows, each sees at once what the others do."""

from uuid import uuid4

import pytest

from hmsdesk.controllers import demo
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, waiting_charges
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, TakePayment
from hmsdesk.controllers.staff import doctors
from hmsdesk.database.unit_of_work import write
from hmsdesk.models.money import amount_of
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.security.permissions import Role
from tests.journeys.conftest import email_of

# Of the menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SARA = next(name for role, name, _ in demo.PEOPLE if role is Role.DOCTOR)


@pytest.fixture
def cashier(practice):
    """The receptionist's rights, without a window."""
    session = practice.door.sign_in(email_of(Role.RECEPTIONIST), demo.PASSWORD)
    yield session
    session.close()


@pytest.fixture
def booked(cashier):
    """Somebody who is booked for now with Dr Sara, whatever time it is."""
    name = f"Samir {uuid4().hex[:6]}"
    patient = PATIENTS.create(cashier, {"name": name, "gender": "male"}, uuid4().hex)
    doctor = next(row for row in doctors(cashier) if row["name"] == SARA)
    values = {"patient": patient["_id"], "practitioner": doctor["_id"], "start": cashier.now(), "minutes": 20}
    built = APPOINTMENTS.record.build(values | {"purpose": FOR_PATIENTS, "status": "approved"}, cashier.locale)
    stamp = {"status": "approved", "at": cashier.now(), "by": cashier.identity.person}
    row = write(cashier, uuid4().hex, lambda work: work.insert("appointments", built | {"stamps": [stamp]}, "book"))
    return name, row


def pay(session, patient):
    """At another desk."""
    charges = waiting_charges(session, patient)
    terms = {one["_id"]: LineTerms() for one in charges}
    bill = INVOICES.issue(session, IssueInvoice(patient, terms), uuid4().hex)
    amount = str(amount_of(bill["due"]))
    PAYMENTS.take(session, bill, TakePayment("card", amount, reference="4711"), uuid4().hex)


def test_a_patient_goes_through_all_lanes_before_everybody_s_eyes(window, elsewhere, cashier, booked):
    name, row = booked
    nurse, doctor, desk = elsewhere(), elsewhere(), window()
    nurse.begin("sign_in", email_of(Role.NURSE))
    doctor.begin("sign_in", email_of(Role.DOCTOR))
    desk.sign_in(email_of(Role.RECEPTIONIST))
    nurse.finish()
    doctor.finish()

    # The reception checks in, with the keyboard in the list of bookings.
    desk.step("bookings", name)
    desk.wait_for_entry("cards-waiting", name)

    # The nurse sees it by itself, calls in and records with one press.
    nurse.do("wait_for_entry", "cards-needs-vitals", name)
    doctor.do("wait_for_entry", "cards-waiting", name)
    nurse.do("step", "cards-needs-vitals", name)
    desk.wait_for_entry("cards-vitals", name)
    nurse.do("type_in", "temperature", "37.1")
    nurse.do("click", "formSave")
    nurse.do("go", "home")
    nurse.do("wait_for_entry", "cards-ready", name)

    # The doctor begins the visit, the reception sees it.
    doctor.do("step", "cards-vitals", name)
    desk.wait_for_entry("cards-doctor", name)
    doctor.do("go", "home")
    desk.choose("cards-doctor", name, "Complete")
    # The doctor has not closed the visit: the reception is asked first.
    desk.click("dialogYes")
    desk.wait_for_entry("cards-pay", name)
    doctor.do("wait_for_entry", "cards-done", name)

    # Paid at another desk.
    pay(cashier, row["patient"])
    desk.wait_for_entry("cards-done", name)
    assert name not in desk.entries("cards-pay")
