"""Whatever a clinic does in whatever order, sent once or twice: bookings, stock and money are what a model says.

Everything goes through the real server. After each step the database is what the model in plain Python says
(tests.controllers.clinic_model); after each story all of it is sound, and the trail verifies (tests.races.soundness).
"""

import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hmsdesk.controllers.appointments import APPOINTMENTS, CLAIMS, BookAppointment
from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.diaries import Refusal
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.refusing import take_back
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, waiting_charges
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.stock.adjusting import adjust
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.database.audit import Heads
from hmsdesk.errors import Conflict, InvalidInput, UserError
from hmsdesk.models.money import amount_of
from hmsdesk.models.schedules import FOR_PATIENTS, WEEKDAYS
from hmsdesk.models.stock import CORRECTED, DAMAGED
from hmsdesk.security.permissions import Role
from tests.bookings import at, receives
from tests.controllers.clinic_model import MAY_MOVE, NEXT, ZERO, Bill, Book, Booked, Desk, Due, Given, Shelf
from tests.factories import operation
from tests.prescribing import Prescribing, line
from tests.races.soundness import unsound

FEE, PRICE, LIMIT = Decimal(350), Decimal("2.50"), 3
STATUSES = tuple(NEXT)
TIMES = ("09:00", "09:10", "09:20", "09:40", "10:00", "10:20")
LOTS = {"EARLY": "06/40", "LATE": "06/41"}
METHODS = ("cash", "card", "insurance")
PARTS = (Decimal(0), Decimal("0.01"), Decimal("0.5"), Decimal(1), Decimal(1), Decimal(2))
WHY = "It is urgent"
NEW = {"name": "Somebody New", "gender": "male"}
WHICH = st.integers(0, 15)
AGAIN = st.booleans()
days = itertools.count(60)


@dataclass
class House:
    """What all stories have in common: the people, and two doctors who receive for four appointments a day."""

    clinic: Any
    practice: Prescribing
    reception: Any
    doctors: list[Any]

    @classmethod
    def of(cls, clinic):
        hours = [{"weekday": day, "starts": "09:00", "ends": "10:20", "purpose": FOR_PATIENTS} for day, _ in WEEKDAYS]
        doctors = []
        for name in ("Dr One", "Dr Two"):
            facts = {"name": name, "profession": "doctor", "consultation_fee": str(FEE)}
            doctors.append(STAFF.create(clinic.administrator, facts, operation())["_id"])
            receives(clinic, doctors[-1], hours=hours, patient_limit=LIMIT)
        return cls(clinic, Prescribing(clinic), clinic.session(Role.RECEPTIONIST), doctors)


def reference(method):
    return "" if method == "cash" else "4711"


class Clinic(RuleBasedStateMachine):
    """A day of its own, three patients with a prescription each, one medicine, and a drawer that is closed before."""

    house: House
    seats = itertools.count()

    def __init__(self):
        super().__init__()
        type(self).seats = itertools.count()
        house = self.house
        self.reception, self.pharmacist = house.reception, house.practice.pharmacist
        self.travel = None

    @initialize()
    def begin(self):
        """Twenty to nine on a day on which nobody is booked."""
        # The server's clock stays where it is, and takes no delivery of a day to come.
        self.delivered_on = self.reception.locale.today()
        day = self.delivered_on + timedelta(days=next(days))
        morning = at(self.reception, day, "08:40") + timedelta(seconds=30)
        self.travel = time_machine.travel(morning, tick=False)
        self.clock = self.travel.start()
        self.day = day
        patients = [{"name": f"Patient {name}", "gender": "female"} for name in ("One", "Two", "Three")]
        self.patients = [PATIENTS.create(self.reception, one, operation())["_id"] for one in patients]
        facts = {"name": f"Medicine {operation()[:8]}", "ingredient": "metformin", "unit": "tablet"}
        self.medicine = MEDICINES.create(self.pharmacist, facts | {"price": str(PRICE)}, operation())["_id"]
        asked = line({"_id": self.medicine}, 2000)
        signed = [self.house.practice.sign(asked, patient={"_id": one})["_id"] for one in self.patients]
        self.prescriptions = dict(zip(self.patients, signed, strict=True))
        drawer = CLOSINGS.drawer(self.reception)
        if drawer.since is not None:
            CLOSINGS.close(self.reception, drawer, CountDrawer(str(drawer.cash)), operation())
            drawer = CLOSINGS.drawer(self.reception)
        self.book = Book(at(self.reception, day, "09:00"), at(self.reception, day, "10:20"), LIMIT)
        self.shelf = Shelf(tuple(LOTS))
        self.desk = Desk(drawer.number)
        self.seen: dict[Any, Any] = {}
        self.deliver("EARLY", 20, again=False)
        self.come(self.patients[0], self.house.doctors[0])
        self.bill(self.patients[0], few=False, insured=True, again=False)

    def teardown(self):
        if self.travel is not None:
            self.travel.stop()
            heads = Heads(self.house.clinic.settings.folder()).read()
            with self.house.clinic.past_the_program() as database:
                assert unsound(database, heads) == []

    def sent(self, again, deed):
        """Do something, or do it twice by one operation, as after a lost answer."""
        self.clock.shift(timedelta(milliseconds=7))
        one = operation()
        done = deed(one)
        if again:
            self.clock.shift(timedelta(milliseconds=7))
            deed(one)
        return done

    @contextmanager
    def refused(self, kind=UserError):
        with pytest.raises(kind) as told:
            yield told

    def is_told_that_it_is_another(self, key, now, deed):
        """Who acts on what they looked at long ago changes nothing, if somebody has changed it since."""
        if self.seen[key]["version"] != now["version"]:
            with self.refused():
                deed(self.seen[key])

    # --- bookings

    @rule(
        who=WHICH, doctor=WHICH, time=st.sampled_from(TIMES), pending=st.booleans(), reason=st.booleans(), again=AGAIN
    )
    def books(self, who, doctor, time, pending, reason, again):
        patient, doctor = self.patients[who % 3], self.house.doctors[doctor % 2]
        start, why = at(self.reception, self.day, time), WHY if reason else ""
        asked = BookAppointment(patient, doctor, start, override=why, pending=pending)
        against = self.book.refuses(patient, doctor, start, self.reception.now(), why)
        if against:
            with self.refused(Refusal) as told:
                APPOINTMENTS.book(self.reception, asked, operation())
            assert told.value.rule.name == against
            return
        row = self.sent(again, lambda one: APPOINTMENTS.book(self.reception, asked, one))
        self.seen[row["_id"]] = row
        status = "pending" if pending else "approved"
        agreed = bool(self.book.refuses(patient, doctor, start, self.reception.now(), ""))
        self.book.booked[row["_id"]] = Booked(patient, doctor, start, frozenset(row["claims"]), [status], agreed)

    @precondition(lambda self: self.book.booked)
    @rule(which=WHICH, doctor=WHICH, time=st.sampled_from(TIMES), reason=st.booleans(), again=AGAIN)
    def moves(self, which, doctor, time, reason, again):
        doctor, start = self.house.doctors[doctor % 2], at(self.reception, self.day, time)
        self.move(which, start, doctor, WHY if reason else "", again)

    @precondition(lambda self: any(one.was for one in self.book.booked.values()))
    @rule(which=WHICH, again=AGAIN)
    def moves_back(self, which, again):
        moved = [key for key, one in self.book.booked.items() if one.was]
        key = moved[which % len(moved)]
        start, doctor, *_ = self.book.booked[key].was[-1]
        self.move(list(self.book.booked).index(key), start, doctor, "", again)

    def move(self, which, start, doctor, why, again):
        key = list(self.book.booked)[which % len(self.book.booked)]
        one, row = self.book.booked[key], APPOINTMENTS.get(self.reception, key)
        if (start, doctor) != (self.seen[key]["start"], self.seen[key]["practitioner"]):
            self.is_told_that_it_is_another(
                key, row, lambda seen: APPOINTMENTS.move(self.reception, seen, start, doctor, operation(), why)
            )
        back = self.book.goes_back(key, start, doctor)
        against = self.book.refuses(one.patient, doctor, start, self.reception.now(), why, but=key)
        agreed = bool(self.book.refuses(one.patient, doctor, start, self.reception.now(), "", but=key))
        stays = (start, doctor) == (one.start, one.doctor)
        if one.status not in MAY_MOVE or (against and not back and not stays):
            with self.refused(InvalidInput if one.status not in MAY_MOVE else Refusal) as told:
                APPOINTMENTS.move(self.reception, row, start, doctor, operation(), why)
            assert one.status not in MAY_MOVE or told.value.rule.name == against
            return
        now = self.sent(again, lambda sent: APPOINTMENTS.move(self.reception, row, start, doctor, sent, why))
        if back:
            one.start, one.doctor, one.claims, one.agreed = one.was.pop()
        elif not stays:
            one.was.append((one.start, one.doctor, one.claims, one.agreed))
            one.start, one.doctor, one.claims, one.agreed = start, doctor, frozenset(now["claims"]), agreed

    @precondition(lambda self: self.book.booked)
    @rule(which=WHICH, step=st.integers(0, 8), again=AGAIN)
    def takes_a_step(self, which, step, again):
        key = list(self.book.booked)[which % len(self.book.booked)]
        offered = NEXT[self.book.booked[key].status]
        self.step(key, (*offered[:1] * 3, *offered, *STATUSES)[step], again)

    def step(self, key, status, again):
        one, row = self.book.booked[key], APPOINTMENTS.get(self.reception, key)
        self.is_told_that_it_is_another(
            key, row, lambda seen: APPOINTMENTS.set_status(self.reception, seen, status, operation())
        )
        due = self.desk.standing(key)
        on_a_bill = one.status == "completed" and due is not None and due.bill is not None
        if not self.book.may_become(key, status, self.reception.now()) or on_a_bill:
            with self.refused():
                APPOINTMENTS.set_status(self.reception, row, status, operation())
            return
        if not self.book.has_time_for(key, status):
            with self.refused(Refusal):
                APPOINTMENTS.set_status(self.reception, row, status, operation())
            return
        self.sent(again, lambda sent: APPOINTMENTS.set_status(self.reception, row, status, sent))
        if status == "completed":
            self.desk.dues.append(Due(one.patient, key, FEE))
        elif one.status == "completed":
            due.gone = True
        one.statuses.append(status)

    @rule(who=WHICH, doctor=WHICH, new=st.booleans(), again=AGAIN)
    def walks_in(self, who, doctor, new, again):
        doctor = self.house.doctors[doctor % 2]
        self.walk_in(NEW if new else self.patients[who % 3], doctor, again)

    @rule(who=WHICH, doctor=WHICH)
    def is_seen(self, who, doctor):
        """All the way from the door to what is to be paid."""
        self.come(self.patients[who % 3], self.house.doctors[doctor % 2])

    def come(self, patient, doctor):
        key = self.walk_in(patient, doctor, again=False)
        for status in ("in consultation", "completed"):
            self.step(key, status, again=False)

    def walk_in(self, whom, doctor, again):
        now = self.reception.now()
        start = self.book.walk_in_at(doctor, now)
        # That its time has begun, or that the patient comes to somebody else then, is no matter.
        agreed = bool(self.book.refuses(None, doctor, start, min(now, start - timedelta(milliseconds=1)), ""))
        row = self.sent(again, lambda one: walk_in(self.reception, whom, doctor, one))
        assert row["start"] == start
        self.seen[row["_id"]] = row
        statuses = ["approved", "checked in"]
        self.book.booked[row["_id"]] = Booked(row["patient"], doctor, start, frozenset(row["claims"]), statuses, agreed)
        return row["_id"]

    @rule(minutes=st.sampled_from((5, 15, 40)))
    def time_goes_by(self, minutes):
        self.clock.shift(timedelta(minutes=minutes))

    # --- stock

    @rule(lot=st.sampled_from(tuple(LOTS)), number=st.integers(1, 30), again=AGAIN)
    def is_delivered(self, lot, number, again):
        self.deliver(lot, number, again)

    def deliver(self, lot, number, again):
        part = {"medicine": self.medicine, "lot": lot, "expires": LOTS[lot], "quantity": number}
        values = {"supplier": "A", "day": self.delivered_on.isoformat(), "lots": [part]}
        self.sent(again, lambda one: DELIVERIES.create(self.pharmacist, values, one))
        self.shelf.add(lot, number)

    @precondition(lambda self: self.shelf.known)
    @rule(lot=st.sampled_from(tuple(LOTS)), change=st.integers(-20, 10).filter(bool), again=AGAIN)
    def is_adjusted(self, lot, change, again):
        lot = lot if lot in self.shelf.known else min(self.shelf.known)
        row = self.lots()[lot]
        kind = DAMAGED if change < 0 else CORRECTED
        if self.shelf.lots[lot] + change < 0:
            with self.refused(InvalidInput):
                adjust(self.pharmacist, row["_id"], kind, change, WHY, operation())
            return
        # Sent again it is looked at what there is before it is known that it was done.
        enough = self.shelf.lots[lot] + 2 * change >= 0
        self.sent(again and enough, lambda one: adjust(self.pharmacist, row["_id"], kind, change, WHY, one))
        self.shelf.add(lot, change)

    @rule(who=WHICH, number=st.integers(1, 40), again=AGAIN)
    def is_handed_out(self, who, number, again):
        patient = self.patients[who % 3]
        seen = self.house.practice.opened({"_id": self.prescriptions[patient]})
        parts = self.shelf.parts(number)
        if sum(parts.values()) < number:
            with self.refused(InvalidInput):
                dispense(self.pharmacist, seen, {1: number}, operation())
            return
        row = self.sent(again, lambda one: dispense(self.pharmacist, seen, {1: number}, one))
        for lot, part in parts.items():
            self.shelf.add(lot, -part)
        self.shelf.given[row["_id"]] = Given(patient, parts)
        self.desk.dues.append(Due(patient, row["_id"], PRICE * number))

    @precondition(lambda self: self.shelf.given)
    @rule(which=WHICH, again=AGAIN)
    def is_taken_back(self, which, again):
        key = list(self.shelf.given)[which % len(self.shelf.given)]
        one, due = self.shelf.given[key], self.desk.standing(key)
        if one.back or due.bill is not None:
            with self.refused():
                take_back(self.pharmacist, key, WHY, operation())
            return
        self.sent(again, lambda sent: take_back(self.pharmacist, key, WHY, sent))
        one.back = due.gone = True
        for lot, part in one.parts.items():
            self.shelf.add(lot, part)

    # --- money

    @precondition(lambda self: self.desk.dues)
    @rule(who=WHICH, few=st.booleans(), insured=st.booleans(), again=AGAIN)
    def is_billed(self, who, few, insured, again):
        patients = list(dict.fromkeys(one.patient for one in self.desk.dues))
        self.bill(patients[who % len(patients)], few, insured, again)

    def bill(self, patient, few, insured, again):
        dues = self.desk.waiting(patient)[: 1 if few else None]
        abouts = {one.about for one in dues}
        rows = [row for row in waiting_charges(self.reception, patient) if row["about"] in abouts]
        percent = 50 if insured else 0
        names = ("Misr Insurance", "MI-1") if insured else ("", "")
        asked = IssueInvoice(patient, {row["_id"]: LineTerms(percent) for row in rows}, *names)
        if not dues:
            with self.refused(InvalidInput):
                INVOICES.issue(self.reception, asked, operation())
            return
        row = self.sent(again, lambda one: INVOICES.issue(self.reception, asked, one))
        whole = sum((one.amount for one in dues), ZERO)
        insurance = whole / 2 if insured else ZERO
        self.desk.bills[row["_id"]] = Bill(patient, whole - insurance, insurance)
        self.seen[row["_id"]] = row
        for one in dues:
            one.bill = row["_id"]
        # Whoever still looks at what has waited can't bill it a second time.
        with self.refused(Conflict):
            INVOICES.issue(self.reception, asked, operation())

    def a_bill(self, which):
        key = list(self.desk.bills)[which % len(self.desk.bills)]
        return key, self.desk.bills[key], INVOICES.get(self.reception, key)

    @precondition(lambda self: self.desk.bills)
    @rule(which=WHICH, method=st.sampled_from(METHODS), part=st.sampled_from(PARTS), again=AGAIN)
    def is_paid(self, which, method, part, again):
        self.pay(self.a_bill(which)[0], method, part, again)

    @precondition(lambda self: any(one.rest("cash") for one in self.desk.bills.values()))
    @rule(which=WHICH, method=st.sampled_from(METHODS[:2]), part=st.sampled_from(PARTS[2:4]))
    def is_paid_a_part_or_all(self, which, method, part):
        owed = [key for key, one in self.desk.bills.items() if one.rest("cash")]
        self.pay(owed[which % len(owed)], method, part, again=False)

    def pay(self, key, method, part, again):
        bill, row = self.desk.bills[key], INVOICES.get(self.reception, key)
        amount = (bill.rest(method) * part).quantize(Decimal("0.01"))
        taken = TakePayment(method, str(amount), reference=reference(method))
        self.is_told_that_it_is_another(key, row, lambda seen: PAYMENTS.take(self.reception, seen, taken, operation()))
        if bill.void or not 0 < amount <= bill.rest(method):
            with self.refused():
                PAYMENTS.take(self.reception, row, taken, operation())
            return
        paid = self.sent(again, lambda one: PAYMENTS.take(self.reception, row, taken, one))
        self.desk.enter(paid["_id"], key, "payment", method, amount)

    @precondition(lambda self: self.desk.bills)
    @rule(which=WHICH, in_cash=st.booleans(), part=st.sampled_from(PARTS), again=AGAIN)
    def is_refunded(self, which, in_cash, part, again):
        self.refund(self.a_bill(which)[0], "cash" if in_cash else "card", part, again)

    def refund(self, key, method, part, again):
        bill, row = self.desk.bills[key], INVOICES.get(self.reception, key)
        amount = (bill.paid * part).quantize(Decimal("0.01"))
        refund = GiveBack(method, str(amount), WHY, reference(method))
        self.is_told_that_it_is_another(
            key, row, lambda seen: PAYMENTS.give_back(self.reception, seen, refund, operation())
        )
        if not 0 < amount <= bill.paid or (method == "cash" and amount > self.desk.cash):
            with self.refused(InvalidInput):
                PAYMENTS.give_back(self.reception, row, refund, operation())
            return
        entry = self.sent(again, lambda one: PAYMENTS.give_back(self.reception, row, refund, one))
        self.desk.enter(entry["_id"], key, "refund", method, amount)

    @precondition(lambda self: self.desk.ledger)
    @rule(which=WHICH, again=AGAIN)
    def is_undone(self, which, again):
        entries = [key for key, one in self.desk.ledger.items() if one.kind in ("payment", "refund")]
        self.undo(entries[which % len(entries)], again)

    @precondition(lambda self: any(one.rest("cash") for one in self.desk.bills.values()))
    @rule(which=WHICH, part=st.sampled_from(PARTS[2:4]), again=AGAIN)
    def is_refunded_by_mistake(self, which, part, again):
        """Paid, given back, and that reversed."""
        owed = [key for key, one in self.desk.bills.items() if one.rest("cash")]
        key = owed[which % len(owed)]
        self.pay(key, "card", Decimal(1), again=False)
        self.refund(key, "card", part, again)
        self.undo(list(self.desk.ledger)[-1], again)

    def undo(self, key, again):
        one = self.desk.ledger[key]
        row, entry = INVOICES.get(self.reception, one.bill), PAYMENTS.get(self.reception, key)

        def undo(sent):
            if one.kind == "refund":
                return PAYMENTS.reverse(self.reception, row, entry, WHY, sent)
            return PAYMENTS.correct(self.reception, row, entry, sent)

        if not self.desk.may_undo(key):
            with self.refused():
                undo(operation())
            return
        done = self.sent(again, undo)
        one.undone = True
        kind = "reversal" if one.kind == "refund" else "correction"
        self.desk.enter(done["_id"], one.bill, kind, one.method, one.amount)

    @precondition(lambda self: self.desk.bills)
    @rule(which=WHICH, again=AGAIN)
    def is_void(self, which, again):
        key, bill, row = self.a_bill(which)
        self.is_told_that_it_is_another(key, row, lambda seen: INVOICES.void(self.reception, seen, WHY, operation()))
        if bill.void or bill.paid or bill.insurance_paid:
            with self.refused():
                INVOICES.void(self.reception, row, WHY, operation())
            return
        self.sent(again, lambda one: INVOICES.void(self.reception, row, WHY, one))
        bill.void = True
        for one in self.desk.dues:
            one.bill = None if one.bill == key else one.bill

    @rule(amount=st.sampled_from((Decimal(0), Decimal(500))), again=AGAIN)
    def drawer_is_opened(self, amount, again):
        if self.desk.opened is not None:
            with self.refused(Conflict):
                CLOSINGS.open(self.reception, str(amount), operation())
            return
        self.sent(again, lambda one: CLOSINGS.open(self.reception, str(amount), one))
        self.desk.opened = amount

    @rule(wrong=st.sampled_from((Decimal(0), Decimal(0), Decimal(5), Decimal(-5))), stale=AGAIN, again=AGAIN)
    def drawer_is_closed(self, wrong, stale, again):
        drawer = CLOSINGS.drawer(self.reception)
        counted = max(self.desk.cash + wrong, ZERO)
        wrong = counted - self.desk.cash
        count = CountDrawer(str(counted), reason=WHY if wrong else "")
        row = self.sent(again, lambda one: CLOSINGS.close(self.reception, drawer, count, one))
        assert (amount_of(row["expected"]), row["drawer"]) == (self.desk.cash, self.desk.drawer)
        assert amount_of(row.get("surplus")) - amount_of(row.get("missing")) == wrong
        self.desk.close()
        if stale:
            with self.refused(Conflict):
                CLOSINGS.close(self.reception, drawer, count, operation())

    # --- what holds after each step

    @invariant()
    def bookings_are_as_the_model_says(self):
        kept = {row["_id"]: row for row in self.found("appointments", {"_id": {"$in": list(self.book.booked)}})}
        says = {
            key: (one.patient, one.doctor, one.start, one.status, one.claims, len(one.was))
            for key, one in self.book.booked.items()
        }
        assert {
            key: (
                *(row[name] for name in ("patient", "practitioner", "start", "status")),
                frozenset(row["claims"]),
                len(row.get("moved", ())),
            )
            for key, row in kept.items()
        } == says
        claimed = {
            row["_id"]: row["appointment"] for row in self.found(CLAIMS, {"_id": {"$regex": self.of_this_day()}})
        }
        held = [(claim, key) for key, one in self.book.booked.items() if one.holds for claim in one.claims]
        assert claimed == dict(held)
        assert len(claimed) == len(held)

    @invariant()
    def stock_is_as_the_model_says(self):
        kept = {lot: row["quantity"] for lot, row in self.lots().items()}
        assert kept == {lot: number for lot, number in self.shelf.lots.items() if lot in self.shelf.known}

    @invariant()
    def money_is_as_the_model_says(self):
        rows = self.found("invoices", {"_id": {"$in": list(self.desk.bills)}})
        sums = ("due", "insurance", "paid", "credited", "insurance_paid")
        assert {row["_id"]: (row["state"], *(amount_of(row[name]) for name in sums)) for row in rows} == {
            key: (one.state, *(getattr(one, name) for name in sums)) for key, one in self.desk.bills.items()
        }
        for patient in {one.patient for one in self.desk.dues}:
            waiting = [(row["about"], amount_of(row["amount"])) for row in waiting_charges(self.reception, patient)]
            assert sorted(waiting, key=str) == sorted(
                ((one.about, one.amount) for one in self.desk.waiting(patient)), key=str
            )
        drawer = CLOSINGS.drawer(self.reception)
        assert (drawer.number, drawer.cash) == (self.desk.drawer, self.desk.cash)
        assert drawer.cash >= 0

    def found(self, collection, where):
        with self.reception.reading(collection) as rows:
            return list(rows.find(where))

    def lots(self):
        with self.pharmacist.reading("stock_lots") as lots:
            return {row["lot"]: row for row in lots.find({"medicine": self.medicine})}

    def of_this_day(self):
        doctors = "|".join(map(str, self.house.doctors))
        return rf"^({doctors})\|{self.day.isoformat()}"


def tell(house, stories, steps, **more):
    """Stories of so many steps. A seat is chosen by chance: here in turn, so that a story told again is the same."""
    machine = type("Machine", (Clinic,), {"house": house})
    told = settings(
        max_examples=stories,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        **more,
    )
    with patch("hmsdesk.controllers.booking.secrets.choice", lambda free: free[next(machine.seats) % len(free)]):
        run_state_machine_as_test(machine, settings=told)


@pytest.mark.timeout(900)
def test_a_day_of_the_clinic_is_what_was_done_in_it(clinic):
    """The same few stories each time; the nightly run tells others."""
    tell(House.of(clinic), 10, 35)


@pytest.mark.nightly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("_round", range(10))
def test_many_days_of_the_clinic_are_what_was_done_in_them(new_clinic, _round):
    """About a minute a round; stories nobody has heard yet."""
    tell(House.of(new_clinic()), 25, 50, derandomize=False, print_blob=True)
