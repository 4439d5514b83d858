"""Everything at once: each workstation does what comes to its mind with the few things that all of them share.

What somebody is told they can't do is no matter; what is done must leave the practice sound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from bson import ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment
from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import look_again
from hmsdesk.controllers.dispensary.refusing import take_back
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, waiting_charges
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.controllers.stock.adjusting import adjust
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.models.appointments import FOLLOWS
from hmsdesk.models.stock import CORRECTED, DAMAGED

WHY = "It is urgent"
METHODS = ("cash", "card", "insurance")


@dataclass(frozen=True)
class Shared:
    """What all of them work with. morning: of the day that they book."""

    patients: list[ObjectId]
    doctors: list[ObjectId]
    prescriptions: list[ObjectId]
    medicine: ObjectId
    morning: datetime


class Unrest:
    """One workstation's share of it, the same for the same number."""

    def __init__(self, reception: Session, pharmacist: Session, shared: Shared, seed: int) -> None:
        self._reception = reception
        self._pharmacist = pharmacist
        self._shared = shared
        self._chance = Random(seed)

    def do(self, times: int) -> Counter[tuple[str, bool]]:
        """So many things; how often each was done, and refused."""
        deeds: list[Callable[[], object]] = [
            *(self._book, self._move, self._step, self._step, self._let_in, self._let_in),
            *(self._bill, self._bill, self._pay, self._pay, self._give_back, self._undo, self._reverse, self._void),
            *(self._open_drawer, self._close_drawer),
            *(self._deliver, self._adjust, self._hand_out, self._hand_out, self._take_back),
        ]
        came_of_it: Counter[tuple[str, bool]] = Counter()
        for _ in range(times):
            deed = self._chance.choice(deeds)
            try:
                deed()
                came_of_it[deed.__name__, True] += 1
            except (UserError, IndexError):
                # Refused, or there is nothing of the kind yet.
                came_of_it[deed.__name__, False] += 1
        return came_of_it

    def _sent(self) -> str:
        return UUID(int=self._chance.getrandbits(128)).hex

    def _patient(self) -> ObjectId:
        return self._chance.choice(self._shared.patients)

    def _start(self) -> datetime:
        return self._shared.morning + timedelta(minutes=5 * self._chance.randrange(24))

    def _book(self) -> object:
        override = self._chance.choice(("", "", WHY))
        doctor, pending = self._chance.choice(self._shared.doctors), self._chance.random() < 0.3
        asked = BookAppointment(self._patient(), doctor, self._start(), override=override, pending=pending)
        return APPOINTMENTS.book(self._reception, asked, self._sent())

    def _booked(self, day: date) -> dict[str, Any]:
        rows = APPOINTMENTS.between(self._reception, day, day, self._shared.doctors)
        return self._chance.choice([row for row in rows if not row.get("ghost")])

    def _move(self) -> object:
        row = self._booked(self._shared.morning.date())
        start, doctor = self._start(), self._chance.choice(self._shared.doctors)
        if row.get("moved") and self._chance.random() < 0.5:
            start, doctor = row["moved"][-1]["start"], row["moved"][-1]["practitioner"]
        return APPOINTMENTS.move(self._reception, row, start, doctor, self._sent(), self._chance.choice(("", WHY)))

    def _step(self) -> object:
        row = self._booked(self._chance.choice((self._shared.morning.date(), self._reception.locale.today())))
        return APPOINTMENTS.set_status(self._reception, row, self._chance.choice(FOLLOWS[row["status"]]), self._sent())

    def _let_in(self) -> object:
        row = walk_in(self._reception, self._patient(), self._chance.choice(self._shared.doctors), self._sent())
        for status in ("in consultation", "completed"):
            row = APPOINTMENTS.set_status(self._reception, row, status, self._sent())
        return row

    def _bill(self) -> object:
        patient, percent = self._patient(), self._chance.choice((0, 50))
        waiting = waiting_charges(self._reception, patient)[: self._chance.randint(1, 3)]
        asked = IssueInvoice(patient, {one["_id"]: LineTerms(percent) for one in waiting}, "Misr Insurance", "MI-1")
        return INVOICES.issue(self._reception, asked, self._sent())

    def _a_bill(self) -> dict[str, Any]:
        return self._chance.choice(INVOICES.of_patient(self._reception, self._patient()))

    def _pay(self) -> object:
        bill, method = self._a_bill(), self._chance.choice(METHODS)
        amount = self._chance.choice(("1", "175", str(bill["due"]["value"])))
        return PAYMENTS.take(self._reception, bill, TakePayment(method, amount, reference="4711"), self._sent())

    def _give_back(self) -> object:
        bill, method = self._a_bill(), self._chance.choice(METHODS[:2])
        amount = self._chance.choice(("1", str(bill["paid"]["value"])))
        return PAYMENTS.give_back(self._reception, bill, GiveBack(method, amount, WHY, "4712"), self._sent())

    def _undo(self) -> object:
        bill = self._a_bill()["_id"]
        seen = INVOICES.get(self._reception, bill)
        entry = PAYMENTS.take(self._reception, seen, TakePayment("cash", "1"), self._sent())
        return PAYMENTS.correct(self._reception, INVOICES.get(self._reception, bill), entry, self._sent())

    def _reverse(self) -> object:
        bill = self._a_bill()
        given = [one for one in PAYMENTS.of_invoice(self._reception, bill["_id"]) if one["kind"] == "refund"]
        return PAYMENTS.reverse(self._reception, bill, self._chance.choice(given), WHY, self._sent())

    def _void(self) -> object:
        return INVOICES.void(self._reception, self._a_bill(), WHY, self._sent())

    def _open_drawer(self) -> object:
        return CLOSINGS.open(self._reception, "500", self._sent())

    def _close_drawer(self) -> object:
        drawer = CLOSINGS.drawer(self._reception)
        return CLOSINGS.close(self._reception, drawer, CountDrawer(str(drawer.cash)), self._sent())

    def _a_lot(self) -> dict[str, Any]:
        with self._pharmacist.reading("stock_lots") as lots:
            return self._chance.choice(list(lots.find({"medicine": self._shared.medicine})))

    def _deliver(self) -> object:
        day, lot = self._pharmacist.locale.today(), self._chance.choice("ABC")
        part = {"medicine": self._shared.medicine, "lot": lot, "expires": f"06/4{ord(lot) % 10}", "quantity": 4}
        values = {"supplier": "A", "day": day.isoformat(), "lots": [part]}
        if self._chance.random() < 0.3:
            # The same invoice is entered by several.
            values |= {"invoice": str(self._chance.randrange(20))}
        return DELIVERIES.create(self._pharmacist, values, self._sent())

    def _adjust(self) -> object:
        kind, change = self._chance.choice(((DAMAGED, -3), (CORRECTED, 2), (CORRECTED, -1)))
        return adjust(self._pharmacist, self._a_lot()["_id"], kind, change, WHY, self._sent())

    def _hand_out(self) -> object:
        seen = look_again(self._pharmacist, self._chance.choice(self._shared.prescriptions))
        return dispense(self._pharmacist, seen, {1: self._chance.randint(1, 6)}, self._sent())

    def _take_back(self) -> object:
        seen = look_again(self._pharmacist, self._chance.choice(self._shared.prescriptions))
        return take_back(self._pharmacist, self._chance.choice(seen.done)["_id"], WHY, self._sent())
