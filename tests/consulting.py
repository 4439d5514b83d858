"""A doctor with hours and a fee, reception and a nurse, for tests of visits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import APPROVED, CHECKED_IN, Appointment
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD, Clinic
from tests.factories import operation, stamped, typed

WRITTEN = {
    "reason": "Thirst for two weeks",
    "diagnoses": [{"text": "Type 2 diabetes", "code": "E11.9", "rank": "main", "certainty": "confirmed"}],
}


class Consulting:
    """What the tests of one module share."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.reception = clinic.session(Role.RECEPTIONIST)
        self.nurse = clinic.session(Role.NURSE)
        self.doctor = self.new_doctor("Dr Sara El-Masry", consultation_fee="350")

    def new_doctor(self, name: str, **facts: Any) -> Session:
        """The session of one more doctor."""
        email = f"{uuid4().hex[:10]}@nileclinic.example"
        known = {"name": name, "profession": "doctor", "email": email} | facts
        staff = STAFF.create(self.clinic.administrator, known, operation())
        self.clinic.account({"name": name, "email": email, "person": staff["_id"]}, [Role.DOCTOR])
        session = self.clinic.door.sign_in(email, PASSWORD)
        self.clinic._sessions[email] = session  # type: ignore[index]
        return session

    def patient(self, name: str = "Mohamed Ali Hassan") -> Row:
        from hmsdesk.controllers.patients import PATIENTS

        return PATIENTS.create(self.reception, typed("patients", name=name), operation())

    def appointment(self, patient: Row | None = None, status: str = CHECKED_IN, doctor: Session | None = None) -> Row:
        """A booking of now, past the rules of booking, brought to a status."""
        session = self.reception
        start = session.now().replace(second=0, microsecond=0)
        start -= timedelta(minutes=start.minute % 5)
        person = (doctor or self.doctor).identity.person
        values = {"patient": (patient or self.patient())["_id"], "practitioner": person, "start": start, "minutes": 20}
        built = Appointment.build(values | {"purpose": "patients", "status": APPROVED}, session.locale)
        kept = {"stamps": [{"status": APPROVED, "at": session.now(), "by": person}], "claims": []}
        row = stamped(built | kept, person)
        with self.clinic.past_the_program() as database:
            database.appointments.insert_one(row)
        booked = APPOINTMENTS.get(session, row["_id"])
        return booked if status == APPROVED else APPOINTMENTS.set_status(session, booked, status, operation())

    def begun(self, patient: Row | None = None, doctor: Session | None = None) -> Row:
        """An open visit of an appointment."""
        booked = self.appointment(patient, doctor=doctor)
        return ENCOUNTERS.begin(doctor or self.doctor, booked["_id"], operation())

    def closed(self, patient: Row | None = None) -> Row:
        """A visit that is closed."""
        visit = self.begun(patient)
        return ENCOUNTERS.close(self.doctor, visit["_id"], 1, WRITTEN, operation())

    def service(self, name: str, price: str) -> Row:
        values = {"name": f"{name} {uuid4().hex[:6]}", "code": uuid4().hex[:8].upper(), "price": price}
        return SERVICES.create(self.clinic.administrator, values, operation())

    def standing(self, about: Any) -> list[tuple[str, int, str]]:
        """What is to be paid for something and is on no bill yet: label, quantity, amount."""
        with self.clinic.past_the_program() as database:
            waiting = {row["_id"] for row in database.uninvoiced.find()}
            rows = [row for row in database.charges.find({"about": about}) if row["_id"] in waiting]
        return sorted((row["label"], row["quantity"], str(row["amount"]["value"])) for row in rows)

    def owed(self, about: Any) -> str:
        """The ledger's sum: what was charged less what was taken back."""
        with self.clinic.past_the_program() as database:
            rows = list(database.charges.find({"about": about}))
        sign = {"charged": 1, "taken back": -1}
        return str(sum(sign[row["kind"]] * row["amount"]["value"].to_decimal() for row in rows))

    def past(self, collection: str, record: Any, values: Row) -> None:
        """Change a record past the program, with keys that a doctor has."""
        cipher = self.doctor.server.cipher
        values = cipher.sealed(collection, values) if cipher else values
        with self.clinic.past_the_program() as database:
            database[collection].update_one({"_id": record}, {"$set": values})


def yesterday(moment: datetime) -> datetime:
    """The same time a day before."""
    return moment - timedelta(days=1)
