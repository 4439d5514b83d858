"""A doctor signs; at the dispensary it is scanned, handed out in part, and in full once the rest came in."""

from datetime import timedelta
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QListView

from hmsdesk.controllers import demo
from hmsdesk.controllers.charges import CHARGES
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.models.money import amount_of
from hmsdesk.security.permissions import Role
from hmsdesk.views.dispensary.amount import Amount
from hmsdesk.views.dispensary.queue import OWED, WAITING
from tests.journeys.conftest import email_of

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def people(practice):
    """Three people at other workstations, without their windows."""
    roles = (Role.DOCTOR, Role.PHARMACIST, Role.RECEPTIONIST)
    sessions = {role: practice.door.sign_in(email_of(role), demo.PASSWORD) for role in roles}
    yield sessions
    for session in sessions.values():
        session.close()


def deliver(session, medicine, quantity):
    """What was ordered comes in at another desk."""
    expires = (session.locale.today() + timedelta(days=400)).isoformat()
    lot = {"medicine": medicine["_id"], "lot": uuid4().hex[:8].upper(), "expires": expires, "quantity": quantity}
    values = {"supplier": "Nile Medical Supplies", "day": session.locale.today().isoformat(), "lots": [lot]}
    DELIVERIES.create(session, values, uuid4().hex)


def in_queue(hands, words):
    """Whether a line of the queue says this."""
    model = hands.find("queue", QListView).model()
    said = [str(model.index(row, 0).data(role)) for row in range(model.rowCount()) for role in (WAITING, OWED)]
    return any(words in one for one in said)


def test_a_prescription_is_handed_out_in_part_and_the_rest_when_it_came_in(window, practice, people):
    doctor, pharmacist = people[Role.DOCTOR], people[Role.PHARMACIST]
    name = f"Samir {uuid4().hex[:6]}"
    patient = PATIENTS.create(people[Role.RECEPTIONIST], {"name": name, "gender": "male"}, uuid4().hex)
    kind = {"name": f"Journey {uuid4().hex[:6]}", "ingredient": "journeyin", "unit": "tablet", "price": "1.50"}
    medicine = MEDICINES.create(pharmacist, kind, uuid4().hex)
    deliver(pharmacist, medicine, 14)
    here = window()
    here.sign_in(email_of(Role.PHARMACIST))
    here.go("dispensary")

    # What the doctor signs comes into the queue by itself.
    asked = {"medicine": medicine["_id"], "dose": 1, "route": "oral", "frequency": "once", "days": 30, "quantity": 30}
    row = PRESCRIPTIONS.sign(doctor, Prescribe(patient=patient["_id"], lines=(asked,)), uuid4().hex)
    here.wait(lambda: in_queue(here, name), "the prescription in the queue")

    # Its code is scanned: it is genuine, and short.
    here.fill("scan", PRESCRIPTIONS.code(row))
    here.press("scan", Qt.Key.Key_Return)
    here.wait(lambda: here.sees("Signature is genuine, nothing was changed"), "the verdict")
    assert here.sees("Short by 16")
    assert here.sees(f"16 tablets of {medicine['name']} stay owed")
    assert here.sees("EGP 21.00")
    here.find("printLabels", QCheckBox).setChecked(False)
    here.press("scan", Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    here.wait(lambda: here.sees("Handed out."), "handed out")
    here.wait(lambda: in_queue(here, "came_in=False"), "what is owed")

    # The rest comes in at another desk, and is handed out.
    deliver(pharmacist, medicine, 100)
    here.wait(lambda: in_queue(here, "came_in=True"), "that it came in")
    here.wait(lambda: here.find("handOut1", Amount).most == 16, "the rest")
    here.find("handOut1", Amount).setValue(16)
    here.click("dispense")
    here.wait(lambda: here.sees("Already dispensed in full"), "all of it")

    # What is to be paid stands.
    with people[Role.RECEPTIONIST].reading(CHARGES.resource) as charges:
        amounts = sorted(amount_of(one["amount"]) for one in charges.find({"patient": patient["_id"]}))
    assert [str(amount) for amount in amounts] == ["21.00", "24.00"]
