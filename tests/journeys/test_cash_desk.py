"""From the closed visit and the hand-out to the counted drawer, at the cash desk's real window."""

from decimal import Decimal
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from hmsdesk.controllers.closings import CLOSINGS
from hmsdesk.controllers.demo import PASSWORD
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import look_again
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.invoices import INVOICES, balance
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.models.money import amount_of, worded
from hmsdesk.models.payments import CASH
from hmsdesk.security.permissions import Role
from hmsdesk.views.cash_desk.counting import CloseDay
from hmsdesk.views.kit.asking import Ask
from tests.journeys.conftest import email_of


@pytest.fixture
def colleagues(practice):
    """Doctor, pharmacist and cashier, as they work without a window."""
    roles = (Role.DOCTOR, Role.PHARMACIST, Role.RECEPTIONIST)
    sessions = {role: practice.door.sign_in(email_of(role), PASSWORD) for role in roles}
    yield sessions
    for session in sessions.values():
        session.close()


def treated(practice, colleagues):
    """A patient whose visit was closed, and who was handed out a medicine."""
    doctor, pharmacist = colleagues[Role.DOCTOR], colleagues[Role.PHARMACIST]
    values = {"name": "Hoda Journey Nassar", "gender": "female", "birth_date": "1984"}
    patient = PATIENTS.create(colleagues[Role.RECEPTIONIST], values, uuid4().hex)
    visit = ENCOUNTERS.begin_for(doctor, patient["_id"], uuid4().hex)
    medicine = practice.session.server.database.medicines.find_one({"ingredient": "paracetamol"})
    line = {"medicine": medicine["_id"], "dose": 1, "route": "oral", "frequency": "twice", "days": 5, "quantity": 10}
    row = PRESCRIPTIONS.sign(doctor, Prescribe(patient=patient["_id"], lines=(line,), diagnosis="Cold"), uuid4().hex)
    ENCOUNTERS.close(doctor, visit["_id"], 1, {"reason": "Cough"}, uuid4().hex)
    dispense(pharmacist, look_again(pharmacist, row["_id"]), {1: 10}, uuid4().hex)
    return patient


def asked(here, kind=Ask):
    """The dialog that is open."""
    found = []

    def is_there():
        found[:] = [one for one in here.program.window.findChildren(kind) if one.isVisible()]
        return bool(found)

    here.wait(is_there, "a dialog")
    return found[-1]


def answer(dialog, **typed):
    """Type into the dialog's fields, and press its button."""
    for name, text in typed.items():
        line = dialog.questions.rows[name].editor.line
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
    QTest.mouseClick(dialog.findChild(type(dialog._yes), "dialogYes"), Qt.MouseButton.LeftButton)


def still_to_pay(here):
    return here.find("stillToPayAmount", QLabel).text()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_from_the_visit_to_the_closed_day(window, practice, colleagues):
    cashier = colleagues[Role.RECEPTIONIST]
    patient = treated(practice, colleagues)
    due = balance(cashier, patient["_id"])
    assert due > Decimal("350")

    here = window()
    here.sign_in(email_of(Role.RECEPTIONIST))
    here.go("cash_desk", str(patient["_id"]))
    # Both charges wait on one bill, and the medicine isn't named.
    here.wait(lambda: here.sees(f"Approve {worded(due, 'EGP')}"), "the bill to be approved")
    here.wait(lambda: here.sees("Medicines, dispensed"), "the lines")
    assert not here.sees("Paracetamol")
    here.press("approve", Qt.Key.Key_Return)
    here.wait(lambda: still_to_pay(here) == worded(due, "EGP"), "the bill approved")

    # A part in cash with change, the rest by card.
    here.fill("amount", "200")
    here.fill("received", "250")
    assert here.find("change", QLabel).text() == "50.00"
    here.press("received", Qt.Key.Key_Return)
    left = worded(due - 200, "EGP")
    here.wait(lambda: still_to_pay(here) == left, "a part taken")
    method = here.find("method")
    method.setCurrentIndex(method.findData("card"))
    method.activated.emit(method.currentIndex())
    here.fill("reference", "004711")
    here.press("reference", Qt.Key.Key_Return)
    here.wait(lambda: still_to_pay(here) == "EGP 0.00", "all of it taken")
    (bill,) = INVOICES.of_patient(cashier, patient["_id"])
    assert bill["state"] == "paid"

    # The receipt of the latest payment stands beside the list.
    here.go("payments")
    here.wait(lambda: here.desk().frame.page().paper.pdf.startswith(b"%PDF"), "the receipt")

    # It was the wrong patient: everything is given back, and the bill is void.
    here.go("cash_desk", str(patient["_id"]))
    # It was paid in two ways: in which it is given back is for the cashier to say.
    here.click("refund")
    asked(here).questions.show_values({"method": CASH})
    answer(asked(here), reason="Billed to the wrong person")
    here.wait(lambda: INVOICES.get(cashier, bill["_id"])["state"] == "refunded", "given back")
    here.click("void")
    answer(asked(here), reason="Billed to the wrong person")
    here.wait(lambda: INVOICES.get(cashier, bill["_id"])["state"] == "void", "void")
    here.wait(lambda: here.sees(f"Approve {worded(due, 'EGP')}"), "the charges wait again")
    assert [one["kind"] for one in PAYMENTS.of_invoice(cashier, bill["_id"])] == ["payment", "payment", "refund"]

    # The drawer is counted, and the day is closed.
    drawer = CLOSINGS.drawer(cashier)
    here.click("closeDay")
    count = asked(here, CloseDay)
    answer(count, counted=f"{drawer.cash}")
    here.wait(lambda: here.sees("The day is closed"), "closed")
    assert CLOSINGS.drawer(cashier).number == drawer.number + 1
    with practice.session.reading("closings") as closings:
        closed = closings.find_one({"kind": "closed", "cashier": cashier.identity.person})
    assert amount_of(closed["counted"]) == amount_of(closed["expected"]) == drawer.cash
