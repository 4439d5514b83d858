"""A cashier, patients and what they are charged, for tests of the cash desk."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.charges import CHARGES, Chargeable, charge
from hmsdesk.controllers.closings import CLOSINGS
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, waiting_charges
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, TakePayment
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import UserError
from hmsdesk.models.charges import FOR_VISIT
from hmsdesk.models.money import amount_of, money
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD, Clinic
from tests.factories import operation


class Billing:
    """What the tests of one module share."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.cashier = clinic.session(Role.RECEPTIONIST)
        self.doctor = clinic.session(Role.DOCTOR)

    def new_cashier(self) -> Session:
        """Another person at another cash desk, with a drawer of their own."""
        hired = self.clinic.hire(Role.RECEPTIONIST)
        session = self.clinic.door.sign_in(hired.email, PASSWORD)
        self.clinic._sessions[uuid4()] = session  # type: ignore[index]
        return session

    def patient(self, name: str = "", **values: object) -> Row:
        """A patient of the test's own."""
        facts = {"name": name or f"Patient {uuid4().hex[:8]}", "gender": "female", **values}
        return PATIENTS.create(self.cashier, facts, operation())

    def charged(self, patient: Row, *prices: str, label: str = "Consultation", quantity: int = 1) -> list[Row]:
        """Charges that wait to be billed, one for each price."""
        lines = [Chargeable(FOR_VISIT, label, egp(price), quantity) for price in prices]
        about = ObjectId()
        return write(self.doctor, operation(), lambda work: charge(self.doctor, work, patient["_id"], about, lines))

    def issued(self, *prices: str, percent: int = 0, patient: Row | None = None) -> Row:
        """An open bill of one line a price."""
        patient = patient or self.patient()
        made = self.charged(patient, *(prices or ("350",)))
        terms = {one["_id"]: LineTerms(percent) for one in made}
        asked = IssueInvoice(patient["_id"], terms, "Misr Insurance" if percent else "", "MI-1" if percent else "")
        return INVOICES.issue(self.cashier, asked, operation())

    def paid(self, invoice: Row, amount: str, method: str = "cash", **more: str) -> Row:
        """A payment for a bill as it stands now."""
        reference = {} if method == "cash" else {"reference": "4711"}
        taken = TakePayment(method, amount, **(reference | more))
        return PAYMENTS.take(self.cashier, self.now(invoice), taken, operation())

    def now(self, invoice: Row) -> Row:
        """A bill as it stands now."""
        return INVOICES.get(self.cashier, invoice["_id"])

    def state(self, invoice: Row) -> tuple[str, Decimal]:
        """A bill's state, and what is paid of it."""
        row = self.now(invoice)
        return row["state"], amount_of(row["paid"])

    def waiting(self, patient: Row) -> list[ObjectId]:
        """The charges of a patient that no bill has taken."""
        return [one["_id"] for one in waiting_charges(self.cashier, patient["_id"])]

    def ledger(self, invoice: Row) -> list[Row]:
        """What was paid for a bill and given back."""
        return PAYMENTS.of_invoice(self.cashier, invoice["_id"])

    def charges_about(self, about: ObjectId) -> list[Row]:
        """What was ever charged for something."""
        with self.cashier.reading(CHARGES.resource) as charges:
            return list(charges.find({"about": about}).sort("created_at", 1))

    def open_drawer(self, amount: str = "500") -> Row:
        """The cashier's drawer, opened."""
        return CLOSINGS.open(self.cashier, amount, operation())


def egp(amount: str) -> Row:
    """So many pounds, as they are kept."""
    return money(Decimal(amount), "EGP")


def words_of(pdf: bytes) -> str:
    """The words of a paper, as another program reads them."""
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def together(works):
    """Everything begins in the same moment; what each returned or raised."""
    start = Barrier(len(works))

    def one(work):
        start.wait()
        try:
            return work()
        except UserError as problem:
            return problem

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))
