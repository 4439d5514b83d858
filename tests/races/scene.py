"""What workstations race for: a doctor's time, a day's seats, a lot, a bill, a patient's record."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, waiting_charges
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import CANCELLED, COMPLETED, IN_CONSULTATION
from hmsdesk.models.money import amount_of
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS, WEEKDAYS
from hmsdesk.security.permissions import Role
from tests.bookings import at, receives
from tests.conftest import Clinic
from tests.factories import operation
from tests.prescribing import Prescribing, line
from tests.races.desks import Desks
from tests.races.unrest import Shared

LIMIT, STOCK, FEE = 10, 5, Decimal(350)
_LONG = [{"weekday": day, "starts": "09:00", "ends": "13:00", "purpose": FOR_PATIENTS} for day, _ in WEEKDAYS]

Deed = tuple[str, dict[str, Any]]


class Scene:
    """A clinic with all that is raced for; days, lots, bills and records are new for each race."""

    def __init__(self, clinic: Clinic, desks: Desks) -> None:
        self.clinic = clinic
        self.desks = desks
        self.reception: Session = clinic.session(Role.RECEPTIONIST)
        self.practice = Prescribing(clinic)
        self.doctor = self._doctor(slot_minutes=20, patient_limit=20)
        self.limited = self._doctor(slot_minutes=5, patient_limit=LIMIT, hours=_LONG)
        self.medicine = self._medicine("Metformin 850 mg")
        registering = [{"operation": operation(), "name": f"Patient {n}"} for n in range(desks.number)]
        self.patients = [one.value["_id"] for one in desks.together("register", registering)]
        asked = line(self.medicine, 2000)
        self.prescriptions = [self.practice.sign(asked, patient={"_id": one})["_id"] for one in self.patients]
        self._days = itertools.count(30)

    def new_day(self) -> date:
        """A day on which nobody is booked yet."""
        return self.reception.locale.today() + timedelta(days=next(self._days))

    def new_slot(self) -> datetime:
        """A free time of the doctor."""
        return at(self.reception, self.new_day(), "10:00")

    def new_lot(self) -> Row:
        """Five of the medicine, beside what is left of it."""
        return self.practice.lot(self.medicine, STOCK)

    def new_bill(self) -> Row:
        """Somebody came without a booking, was seen, and gets a bill."""
        patient = self.new_patient()
        row = walk_in(self.reception, patient["_id"], self.doctor, operation())
        for status in (IN_CONSULTATION, COMPLETED):
            row = APPOINTMENTS.set_status(self.reception, row, status, operation())
        terms = {one["_id"]: LineTerms() for one in waiting_charges(self.reception, patient["_id"])}
        bill = INVOICES.issue(self.reception, IssueInvoice(patient["_id"], terms), operation())
        assert amount_of(bill["due"]) == FEE
        return bill

    def new_patient(self) -> Row:
        """A record nobody has changed yet."""
        return PATIENTS.create(self.reception, {"name": "Somebody New", "gender": "male"}, operation())

    def cancelled(self, patient: ObjectId, start: datetime, _: datetime) -> Row:
        """A booking with the doctor that was cancelled."""
        return APPOINTMENTS.set_status(self.reception, self._booked(patient, start), CANCELLED, operation())

    def moved(self, patient: ObjectId, start: datetime, to: datetime) -> Row:
        """A booking with the doctor that was moved."""
        return APPOINTMENTS.move(self.reception, self._booked(patient, start), to, self.doctor, operation())

    def in_stock(self) -> int:
        """What all lots of the medicine hold."""
        with self.clinic.session(Role.PHARMACIST).reading("stock_lots") as lots:
            return sum(row["quantity"] for row in lots.find({"medicine": self.medicine["_id"]}))

    # What each workstation does in a race. number: which one it is

    def for_one_slot(self) -> Callable[[int], Deed]:
        """Everybody books the same time."""
        start = self.new_slot()
        return lambda number: ("book", self._booking(number, self.doctor, start))

    def for_a_day(self) -> Callable[[int], Deed]:
        """Everybody books a time of their own, of a doctor who doesn't see so many."""
        first = at(self.reception, self.new_day(), "09:00")
        return lambda number: ("book", self._booking(number, self.limited, first + timedelta(minutes=5 * number)))

    def for_a_lot(self) -> Callable[[int], Deed]:
        """Everybody hands out one of the same few."""
        self.new_lot()
        return lambda number: ("hand_out", {"operation": operation(), "prescription": self.prescriptions[number]})

    def for_an_invoice(self) -> Callable[[int], Deed]:
        """Everybody enters what came with one invoice, and reads another lot."""
        invoice, day = operation()[:8], self.reception.locale.today().isoformat()
        medicine = self._medicine(f"Medicine {invoice}")["_id"]
        expires = f"{self.reception.locale.today().year + 2}-06-30"

        def each(number: int) -> Deed:
            lot = {"medicine": medicine, "lot": f"{invoice}{number}", "expires": expires, "quantity": 40}
            delivery = {"supplier": "Nile Medical Supplies", "invoice": invoice, "day": day, "lots": [lot]}
            return "receive", {"operation": operation(), "delivery": delivery}

        return each

    def for_a_bill(self, amount: str = str(FEE), deed: str = "pay") -> Callable[[int], Deed]:
        """Everybody takes money for the same bill."""
        bill = self.new_bill()["_id"]
        return lambda number: (deed, {"operation": operation(), "invoice": bill, "amount": amount})

    def for_a_record(self) -> Callable[[int], Deed]:
        """Everybody adds a word to the same field of a patient."""
        patient = self.new_patient()["_id"]
        words = {"patient": patient, "field": "address"}
        return lambda number: ("add_to", {"operation": operation(), "word": f"w{number}", **words})

    def for_everything(self, seed: int, times: int) -> Callable[[int], Deed]:
        """Everybody does so many things with a few patients, two doctors and one medicine."""
        morning = at(self.reception, self.new_day(), "09:00")
        doctors = [self.doctor, self.limited]
        shared = Shared(self.patients[:4], doctors, self.prescriptions[:4], self.medicine["_id"], morning)
        return lambda number: ("do_anything", {"shared": shared, "seed": 1000 * seed + number, "times": times})

    def _booked(self, patient: ObjectId, start: datetime) -> Row:
        return APPOINTMENTS.book(self.reception, BookAppointment(patient, self.doctor, start), operation())

    def _booking(self, number: int, practitioner: ObjectId, start: datetime) -> dict[str, Any]:
        booked = {"patient": self.patients[number], "practitioner": practitioner, "start": start}
        return {"operation": operation(), **booked}

    def _medicine(self, name: str) -> Row:
        facts = {"name": name, "ingredient": "metformin", "unit": "tablet", "price": "2.50"}
        return MEDICINES.create(self.clinic.session(Role.PHARMACIST), facts, operation())

    def _doctor(self, **schedule: Any) -> ObjectId:
        facts = {"name": f"Dr {operation()[:8]}", "profession": "doctor", "consultation_fee": str(FEE)}
        doctor: ObjectId = STAFF.create(self.clinic.administrator, facts, operation())["_id"]
        receives(self.clinic, doctor, **schedule)
        return doctor
