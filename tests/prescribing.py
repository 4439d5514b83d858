"""A doctor, a pharmacist, a patient and a stock of medicines, for tests of prescribing and dispensing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from hmsdesk.controllers.dispensary.opening import OpenedPrescription, look_again
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.database.session import Session
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD, Clinic, root
from tests.factories import operation


class Prescribing:
    """What the tests of one module share."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.doctor = self.new_doctor("Dr Sara El-Masry")
        self.pharmacist = clinic.session(Role.PHARMACIST)
        self.patient = self.allergic_patient()

    def new_doctor(self, name: str) -> Session:
        """The session of one more doctor."""
        email = f"{uuid4().hex[:10]}@nileclinic.example"
        facts = {"name": name, "profession": "doctor", "email": email}
        staff = STAFF.create(self.clinic.administrator, facts, operation())
        self.clinic.account({"name": name, "email": email, "person": staff["_id"]}, [Role.DOCTOR])
        session = self.clinic.door.sign_in(email, PASSWORD)
        self.clinic._sessions[email] = session  # type: ignore[index]
        return session

    def allergic_patient(self) -> Row:
        """Somebody who can't take penicillin."""
        patient = self.new_patient("Mohamed Ali Hassan")
        known = {"allergies": [{"substance": "Penicillin", "reaction": "anaphylaxis"}]}
        HEALTH.change(self.doctor, patient["_id"], 1, known, operation())
        return patient

    def new_patient(self, name: str) -> Row:
        values = {"name": name, "name_ar": "محمد علي حسن", "birth_date": "1968-03-12", "gender": "male"}
        return PATIENTS.create(self.clinic.session(Role.RECEPTIONIST), values, operation())

    def medicine(self, name: str = "Metformin 850 mg tablet", unit: str = "tablet", ingredient: str = "") -> Row:
        """A medicine of its own for each test, with an ingredient that no list has unless one is given."""
        own = uuid4().hex[:8]
        values = {"name": f"{name} {own}", "ingredient": ingredient or f"unlisted x{own}", "unit": unit}
        return MEDICINES.create(self.pharmacist, values, operation())

    def lot(self, medicine: Row, quantity: int, days: int = 300) -> Row:
        """A lot that expires so many days from now."""
        expires = self.pharmacist.locale.today() + timedelta(days=days)
        values = {"medicine": medicine["_id"], "lot": uuid4().hex[:8].upper(), "expires": expires.isoformat()}
        return LOTS.create(self.pharmacist, values | {"quantity": quantity}, operation())

    def expire(self, lot: Row) -> None:
        """Let a lot have expired yesterday."""
        yesterday = (self.pharmacist.locale.today() - timedelta(days=1)).isoformat()
        self.tamper("stock_lots", lot["_id"], {"expires": yesterday})

    def sign(
        self, *lines: Row, by: Session | None = None, patient: Row | None = None, overrides: tuple[Row, ...] = ()
    ) -> Row:
        """A signed prescription."""
        whom = (patient or self.patient)["_id"]
        prescribed = Prescribe(patient=whom, lines=lines, diagnosis="Type 2 diabetes", overrides=overrides)
        return PRESCRIPTIONS.sign(by or self.doctor, prescribed, operation())

    def stocked(self, owed: int = 60, stock: int = 100, patient: Row | None = None) -> Row:
        """A signed prescription of one medicine that is in stock."""
        medicine = self.medicine()
        self.lot(medicine, stock)
        return self.sign(line(medicine, owed), patient=patient)

    def opened(self, prescription: Row) -> OpenedPrescription:
        """As the pharmacist sees it now."""
        return look_again(self.pharmacist, prescription["_id"])

    def tamper(self, collection: str, record: Any, changes: Row) -> None:
        """Change a record past the program and past its rights."""
        with self.past_the_program() as database:
            database[collection].update_one({"_id": record}, {"$set": changes}, bypass_document_validation=True)

    @contextmanager
    def past_the_program(self) -> Iterator[Any]:
        """The database, for somebody who may do anything with it."""
        with root(self.clinic.address) as client:
            yield client[self.clinic.database]

    def quantity(self, lot: Row) -> int:
        """What a lot holds now."""
        quantity: int = LOTS.get(self.pharmacist, lot["_id"])["quantity"]
        return quantity


def line(medicine: Row, quantity: int = 60, **more: Any) -> Row:
    """One line, as the editor sends it."""
    usual = {"dose": 1, "route": "oral", "frequency": "twice", "days": 30}
    return {"medicine": medicine["_id"], "quantity": quantity, **usual, **more}
