"""The five operations of a clinic's day that are measured: what each needs beforehand, and doing it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from bson import ObjectId

from bench.rehearsal import Row
from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment
from hmsdesk.controllers.charges import Chargeable, charge
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import look_again
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms
from hmsdesk.controllers.patients import PATIENTS, Patients
from hmsdesk.controllers.payments import PAYMENTS, TakePayment
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.database.connection import Busy
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import write
from hmsdesk.models.booking import wall
from hmsdesk.models.charges import FOR_VISIT
from hmsdesk.models.money import money
from hmsdesk.models.patients import Patient, identifier

SLOTS_A_DAY = 24
SLOT_MINUTES = 20
OPENS = "09:00"
_FIRST_DAY = 14
_LINES = 3


@dataclass(frozen=True)
class Ground:
    """What one workstation works on, that no other does: patients, a doctor's diary, medicines with a lot each."""

    patients: Iterator[ObjectId]
    doctor: ObjectId
    medicines: list[ObjectId]


@dataclass(frozen=True)
class Desk:
    """A workstation: who is signed in at it. Reception, a doctor and a pharmacist share it."""

    reception: Session
    doctor: Session
    pharmacist: Session


class Deed(ABC):
    """One kind of operation. `prepared` once for each time it is to be done.

    first: the number of its first time; what is rehearsed is counted apart from what is done.
    """

    name: str

    def __init__(self, ground: Ground, first: int = 0) -> None:
        self.ground = ground
        self.numbers = count(first)

    def patient(self) -> ObjectId:
        """The next patient of this workstation."""
        return next(self.ground.patients)

    @abstractmethod
    def who(self, desk: Desk) -> Session:
        """Who does it."""

    def prepared(self, desk: Desk) -> Any:
        """What it is done to, made beforehand."""
        return self.patient()

    @abstractmethod
    def do(self, desk: Desk, about: Any) -> object:
        """Do it."""

    def rehearse(self, desk: Desk, about: Any) -> object:
        """Do it, where nothing of it will be kept, so that what must be only once is chosen as by a clinic's day."""
        return self.do(desk, about)


class Registering(Deed):
    """A patient with what reception asks for."""

    name = "register a patient"

    def __init__(self, ground: Ground, first: int = 0) -> None:
        super().__init__(ground, first)
        self._rehearsing = _Rehearsing()

    def who(self, desk: Desk) -> Session:
        return desk.reception

    def prepared(self, desk: Desk) -> Any:
        number = next(self.numbers)
        return {
            "name": "Mohamed Ali Hassan",
            "name_ar": "محمد علي حسن",
            "birth_date": "12 Mar 1968",
            "gender": "male",
            "phone": f"0100 {number % 900 + 100} {uuid4().int % 9000 + 1000}",
            "address": "22 Mossadak St, Dokki, Giza",
            "emergency_contacts": [{"name": "Heba Ali", "relationship": "daughter", "phone": "0101 555 0172"}],
            "insurer": "Misr Insurance",
            "policy": "MI-204981",
            "insurance_percent": 60,
        }

    def do(self, desk: Desk, about: Any) -> object:
        return PATIENTS.create(desk.reception, about, uuid4().hex)

    def rehearse(self, desk: Desk, about: Any) -> object:
        return self._rehearsing.create(desk.reception, about, uuid4().hex)


class Booking(Deed):
    """A time of a doctor of this workstation's own; the days fill up."""

    name = "book"

    def __init__(self, ground: Ground, first: int = 0) -> None:
        super().__init__(ground, first)
        self._seats = count()

    def who(self, desk: Desk) -> Session:
        return desk.reception

    def prepared(self, desk: Desk) -> Any:
        number, locale = next(self.numbers), desk.reception.locale
        day = locale.today() + timedelta(days=_FIRST_DAY + number // SLOTS_A_DAY)
        first = wall(day, OPENS, locale)
        assert first is not None
        start = first + timedelta(minutes=SLOT_MINUTES * (number % SLOTS_A_DAY))
        return BookAppointment(self.patient(), self.ground.doctor, start)

    def do(self, desk: Desk, about: Any) -> object:
        return APPOINTMENTS.book(desk.reception, about, uuid4().hex)

    def rehearse(self, desk: Desk, about: Any) -> object:
        seat = next(self._seats) % SLOTS_A_DAY
        with patch("secrets.choice", lambda free: free[seat]):
            return self.do(desk, about)


class Signing(Deed):
    """A prescription of three medicines."""

    name = "sign a prescription"

    def who(self, desk: Desk) -> Session:
        return desk.doctor

    def prepared(self, desk: Desk) -> Any:
        usual = {"dose": 1, "route": "oral", "frequency": "twice", "days": 30, "quantity": 60}
        lines = tuple({"medicine": one, **usual} for one in self.ground.medicines[:_LINES])
        return Prescribe(self.patient(), lines, "Type 2 diabetes", "Drink plenty of water.")

    def do(self, desk: Desk, about: Any) -> Row:
        return PRESCRIPTIONS.sign(desk.doctor, about, uuid4().hex)


class Dispensing(Signing):
    """What such a prescription asks for, of one lot a medicine."""

    name = "dispense"

    def who(self, desk: Desk) -> Session:
        return desk.pharmacist

    def prepared(self, desk: Desk) -> Any:
        return look_again(desk.pharmacist, super().do(desk, super().prepared(desk))["_id"])

    def do(self, desk: Desk, about: Any) -> Row:
        quantities = {line.number: line.owed for line in about.lines}
        return dispense(desk.pharmacist, about, quantities, uuid4().hex)


class Paying(Deed):
    """A bill of one consultation, in cash."""

    name = "pay"

    def who(self, desk: Desk) -> Session:
        return desk.reception

    def prepared(self, desk: Desk) -> Any:
        patient, session = self.patient(), desk.doctor
        lines = [Chargeable(FOR_VISIT, "Consultation", money(Decimal(350), "EGP"))]
        made = write(session, uuid4().hex, lambda work: charge(session, work, patient, ObjectId(), lines))
        asked = IssueInvoice(patient, {one["_id"]: LineTerms(0) for one in made}, "", "")
        operation = uuid4().hex
        while True:
            # Sixteen who do nothing but issue bills of one series are in each other's way, and this isn't measured.
            with suppress(Busy):
                return INVOICES.issue(desk.reception, asked, operation)

    def do(self, desk: Desk, about: Any) -> object:
        return PAYMENTS.take(desk.reception, about, TakePayment("cash", "350", "400"), uuid4().hex)


DEEDS: tuple[type[Deed], ...] = (Registering, Booking, Signing, Dispensing, Paying)


class _Rehearsing(Patients):
    """Issues IDs one after another, though none is kept."""

    def __init__(self) -> None:
        super().__init__(Patient)
        self._serials = count(1)

    def _next_identifier(self, session: Session, ahead: int) -> tuple[int, str]:
        super()._next_identifier(session, ahead)
        prefix = session.identity.patient_prefix
        return next((one, issued) for one in self._serials if (issued := identifier(prefix, one)))
