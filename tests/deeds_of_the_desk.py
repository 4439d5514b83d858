"""What is typed at the reception, at the cash desk and in the dispensary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st

from hmsdesk.controllers import cash_desk, meant, walk_in
from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment
from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.diaries import nearest
from hmsdesk.controllers.dispensary import finding, opening, refusing
from hmsdesk.controllers.dispensary.handing_out import Given, dispense
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.controllers.registry import look_up
from hmsdesk.controllers.stock.adjusting import adjust
from hmsdesk.controllers.stock.counting import Found, book
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.controllers.stock.undelivering import take_delivery_back
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.models.appointments import STATUSES, Appointment
from hmsdesk.models.closings import Closing
from hmsdesk.models.dispensations import Dispensation, DispensedLine
from hmsdesk.models.invoices import Invoice, InvoiceLine
from hmsdesk.models.patients import Patient
from hmsdesk.models.payments import Payment
from hmsdesk.models.row import Row
from hmsdesk.models.stock import ADJUSTMENTS, StockMovement
from hmsdesk.models.stock_counts import CountedLot, StockCount
from hmsdesk.models.waiting_list import STATUSES as WAITING_STATUSES
from tests.deeds import DAYS, IDS, MOMENTS, NUMBERS, World, deed, of
from tests.factories import operation
from tests.factories import typed as right_values
from tests.typing_anything import ANY_TEXT, ANYTHING, typed, values_of

Does = Callable[..., Any]

# The cash desk


@deed(
    "payments.Payments.take",
    {"method": "cash", "amount": "100"},
    of(Payment, "method", "amount", "received", "reference"),
)
def _take(world: World) -> Does:
    bill = world.billing.issued("350")
    return lambda **given: PAYMENTS.take(world.reception, bill, TakePayment(**given), operation())


@deed(
    "payments.Payments.give_back",
    {"method": "cash", "amount": "100", "reason": "Not done"},
    of(Payment, "method", "amount", "reason", "reference"),
)
def _give_back(world: World) -> Does:
    bill = world.billing.issued("350")
    world.billing.paid(bill, "350")
    bill = world.billing.now(bill)
    return lambda **given: PAYMENTS.give_back(world.reception, bill, GiveBack(**given), operation())


@deed("payments.Payments.reverse", {"reason": "Typed twice"}, of(Payment, "reason"))
def _reverse(world: World) -> Does:
    bill = world.billing.issued("350")
    world.billing.paid(bill, "350")
    refund = GiveBack("cash", "50", "Not done")
    PAYMENTS.give_back(world.reception, world.billing.now(bill), refund, operation())
    entry = next(one for one in world.billing.ledger(bill) if one["kind"] == "refund")
    bill = world.billing.now(bill)
    return lambda reason: PAYMENTS.reverse(world.reception, bill, entry, reason, operation())


@deed(
    "invoices.Invoices.issue",
    {"percent": 60, "insurer": "Misr Insurance", "policy": "MI-1"},
    of(InvoiceLine, "percent", "discount", reason="discount_reason") | of(Invoice, "insurer", "policy"),
    also=("line", "lines"),
)
def _issue(world: World) -> Does:
    patient = world.billing.patient()
    (made,) = world.billing.charged(patient, "350")

    def issue(insurer: Any = "", policy: Any = "", **terms: Any) -> Row:
        asked = IssueInvoice(patient["_id"], {made["_id"]: LineTerms(**terms)}, insurer, policy)
        return INVOICES.issue(world.reception, asked, operation())

    return issue


@deed("invoices.Invoices.void", {"reason": "Wrong patient"}, of(Payment, "reason"))
def _void(world: World) -> Does:
    bill = world.billing.issued("350")
    return lambda reason: INVOICES.void(world.reception, bill, reason, operation())


@deed(
    "invoices.Invoices.move_share",
    {"asked": "10", "reason": "Not covered"},
    of(Payment, "reason", asked="amount"),
    also=("amount",),
)
def _move_share(world: World) -> Does:
    bill = world.billing.issued("350", percent=60)
    return lambda **given: INVOICES.move_share(world.reception, bill, operation=operation(), **given)


def _empty_drawer(world: World) -> None:
    now = CLOSINGS.drawer(world.reception)
    if now.since is not None:
        CLOSINGS.close(world.reception, now, CountDrawer(str(now.cash)), operation())


@deed("closings.Closings.open", {"opened_with": "500"}, of(Closing, "opened_with"))
def _open_drawer(world: World) -> Does:
    _empty_drawer(world)
    return lambda opened_with: CLOSINGS.open(world.reception, opened_with, operation())


@deed("closings.Closings.correct", {"opened_with": "400", "reason": "Miscounted"}, of(Closing, "opened_with", "reason"))
def _correct_opening(world: World) -> Does:
    _empty_drawer(world)
    world.billing.open_drawer("500")
    seen = CLOSINGS.drawer(world.reception)
    return lambda **given: CLOSINGS.correct(world.reception, seen, operation=operation(), **given)


PIECES = st.dictionaries(st.sampled_from(["200", "0.5", "3", "-1", "NaN", "x", "", "٢٠٠", "1e3"]), NUMBERS, max_size=3)


@deed(
    "closings.Closings.close",
    {"counted": "490", "reason": "Change given wrongly"},
    of(Closing, "counted", "reason") | {"pieces": PIECES},
)
def _close_drawer(world: World) -> Does:
    _empty_drawer(world)
    world.billing.open_drawer("500")
    seen = CLOSINGS.drawer(world.reception)
    return lambda **given: CLOSINGS.close(world.reception, seen, CountDrawer(**given), operation())


@deed("cash_desk.add_services", {"service": None, "number": 1}, {"service": IDS, "number": NUMBERS}, also=("quantity",))
def _add_services(world: World) -> Does:
    patient, right = world.billing.patient(), world.consulting.service("ECG", "120")["_id"]

    def add(service: Any, number: Any) -> None:
        key = service if isinstance(service, ObjectId | str | int) else right
        cash_desk.add_services(world.reception, patient["_id"], {key: number}, operation())

    return add


# Bookings


@deed(
    "booking.Booking.book",
    lambda world: {"patient": world.patient["_id"], "practitioner": world.receiving, "start": world.free_time()},
    {"patient": IDS, "practitioner": IDS, "start": MOMENTS, "override": typed(Appointment.reason)}
    | of(Appointment, "purpose", "reason"),
)
def _book(world: World) -> Does:
    return lambda **given: APPOINTMENTS.book(world.reception, BookAppointment(**given), operation())


@deed(
    "booking.Booking.move",
    lambda world: {"practitioner": world.receiving, "start": world.free_time()},
    {"practitioner": IDS, "start": MOMENTS, "override": typed(Appointment.reason)},
)
def _move(world: World) -> Does:
    asked = BookAppointment(world.billing.patient()["_id"], world.receiving, world.free_time())
    row = APPOINTMENTS.book(world.reception, asked, operation())
    return lambda **given: APPOINTMENTS.move(world.reception, row, operation=operation(), **given)


@deed(
    "appointments.Appointments.set_status",
    {"status": "cancelled"},
    {"status": st.one_of(st.sampled_from([code for code, _ in STATUSES]), ANYTHING)},
)
def _set_status(world: World) -> Does:
    asked = BookAppointment(world.billing.patient()["_id"], world.receiving, world.free_time())
    row = APPOINTMENTS.book(world.reception, asked, operation())
    return lambda status: APPOINTMENTS.set_status(world.reception, row, status, operation())


@deed(
    "walk_in.walk_in",
    lambda world: right_values("patients"),
    values_of(Patient) | {"practitioner": IDS},
    # What is said of a doctor who has no hours stands where one chooses them.
    also=("start",),
)
def _walk_in(world: World) -> Does:
    def come(practitioner: Any = world.receiving, **values: Any) -> Row:
        return walk_in.walk_in(world.reception, values, practitioner, operation())

    return come


@deed(
    "waiting_list.WaitingList.set_status",
    {"status": "taken off"},
    {"status": st.one_of(st.sampled_from([code for code, _ in WAITING_STATUSES]), ANYTHING)},
)
def _off_the_list(world: World) -> Does:
    row = _waiting(world)
    return lambda status: WAITING_LIST.set_status(world.reception, row, status, operation())


@deed(
    "waiting_list.WaitingList.book",
    lambda world: {"start": world.free_time(), "practitioner": world.receiving},
    {"start": MOMENTS, "practitioner": IDS},
)
def _book_waiting(world: World) -> Does:
    row = _waiting(world)
    return lambda **given: WAITING_LIST.book(world.reception, row, operation=operation(), **given)


def _waiting(world: World) -> Row:
    values = {"patient": world.billing.patient()["_id"], "practitioner": world.receiving}
    return WAITING_LIST.create(world.reception, values, operation())


@deed("days.Days.day", {"day": None}, {"day": DAYS}, reads=True)
def _day(world: World) -> Does:
    return lambda day: APPOINTMENTS.day(world.reception, day or world.reception.locale.today(), world.receiving)


@deed("days.Days.between", {"first": None, "last": None}, {"first": DAYS, "last": DAYS}, also=("day",), reads=True)
def _between(world: World) -> Does:
    today = world.reception.locale.today()

    def look(first: Any, last: Any) -> Any:
        first, last = first or today, last or today
        return APPOINTMENTS.between(
            world.reception, first, min(last, first + timedelta(days=60)) if last > first else last
        )

    return look


@deed(
    "booking.Booking.doctor_day",
    {"day": None, "purpose": "patients"},
    {"day": DAYS} | of(Appointment, "purpose"),
    reads=True,
)
def _doctor_day(world: World) -> Does:
    today = world.reception.locale.today()
    return lambda day, purpose: APPOINTMENTS.doctor_day(world.reception, world.receiving, day or today, purpose)


@deed(
    "diaries.nearest",
    lambda world: {"start": world.free_time(), "purpose": "patients"},
    {"start": MOMENTS} | of(Appointment, "purpose"),
    also=("day",),
    reads=True,
)
def _nearest(world: World) -> Does:
    return lambda start, purpose: nearest(world.reception, world.receiving, start, purpose)


@deed("meant.find_meant", {"typed": "mohamed"}, {"typed": ANY_TEXT}, reads=True)
def _find_meant(world: World) -> Does:
    return lambda typed: meant.find_meant(world.reception, typed, 10)


@deed(
    "registry.look_up",
    {"among": "doctors", "text": "sara"},
    {"among": st.sampled_from(["doctors", "patients", "departments"]), "text": ANY_TEXT},
    reads=True,
)
def _look_up(world: World) -> Does:
    return lambda among, text: look_up(world.reception, among, text)


@deed("patients.Patients.duplicates", lambda world: right_values("patients"), values_of(Patient), reads=True)
def _duplicates(world: World) -> Does:
    return lambda **values: PATIENTS.duplicates(world.reception, values)


# The dispensary


@deed(
    "dispensary.handing_out.dispense",
    {"line": 1, "quantity": 2},
    {"line": NUMBERS} | of(DispensedLine, "quantity", "why") | of(Dispensation, "told", "despite") | {"instead": IDS},
    also=("lines", "line"),
)
def _dispense(world: World) -> Does:
    opened = world.practice.opened(world.practice.stocked())

    def hand_out(line: Any, quantity: Any, why: Any = None, instead: Any = None, **said: Any) -> Row:
        given = {1: Given(why, medicine=instead)} if why is not None else None
        key = line if isinstance(line, int | str) else 1
        return dispense(world.pharmacist, opened, {key: quantity}, operation(), given, **said)

    return hand_out


@deed("dispensary.refusing.refuse", {"reason": "Not to be read"}, of(Dispensation, "reason"))
def _refuse(world: World) -> Does:
    opened = world.practice.opened(world.practice.stocked())
    return lambda reason: refusing.refuse(world.pharmacist, opened, reason, operation())


@deed("dispensary.refusing.set_aside", {"reason": "Has enough at home"}, of(Dispensation, "reason"))
def _set_aside(world: World) -> Does:
    opened = world.practice.opened(world.practice.stocked())
    return lambda reason: refusing.set_aside(world.pharmacist, opened, reason, operation())


@deed("dispensary.refusing.take_back", {"reason": "Wrong patient"}, of(Dispensation, "reason"))
def _take_back(world: World) -> Does:
    opened = world.practice.opened(world.practice.stocked())
    row = dispense(world.pharmacist, opened, {1: 2}, operation())
    return lambda reason: refusing.take_back(world.pharmacist, row["_id"], reason, operation())


@deed("dispensary.opening.open_code", {"scanned": "RX-26-000000"}, {"scanned": ANY_TEXT}, reads=True)
def _open_code(world: World) -> Does:
    return lambda scanned: opening.open_code(world.pharmacist, scanned)


@deed("dispensary.opening.open_number", {"typed": "RX-26-000000"}, {"typed": ANY_TEXT}, reads=True)
def _open_number(world: World) -> Does:
    return lambda typed: opening.open_number(world.pharmacist, typed)


@deed("dispensary.opening.open_picture", {"picture": b""}, {"picture": st.binary(max_size=200)}, reads=True)
def _open_picture(world: World) -> Does:
    return lambda picture: opening.open_picture(world.pharmacist, picture)


@deed("dispensary.finding.open_or_find", {"typed": "mohamed"}, {"typed": ANY_TEXT}, reads=True)
def _open_or_find(world: World) -> Does:
    return lambda typed: finding.open_or_find(world.pharmacist, typed)


@deed("dispensary.finding.find", {"typed": "mohamed"}, {"typed": ANY_TEXT}, reads=True)
def _find(world: World) -> Does:
    return lambda typed: finding.find(world.pharmacist, typed)


# Stock


@deed(
    "stock.adjusting.adjust",
    {"kind": "damaged", "change": -1, "reason": "Broken"},
    {"kind": st.one_of(st.sampled_from([code for code, _ in ADJUSTMENTS]), ANYTHING), "change": NUMBERS}
    | of(StockMovement, reason="note"),
)
def _adjust(world: World) -> Does:
    lot = world.practice.lot(world.practice.medicine(), 100)
    return lambda **given: adjust(world.pharmacist, lot["_id"], operation=operation(), **given)


@deed(
    "stock.counting.book",
    {"counted": 98, "reason": "End of the month"},
    of(CountedLot, "counted", "at") | of(StockCount, "reason"),
    also=("lots",),
)
def _count(world: World) -> Does:
    lot = world.practice.lot(world.practice.medicine(), 100)

    def count(counted: Any, reason: Any, at: Any = None) -> Row:
        found = [Found(lot["_id"], counted, world.pharmacist.now() if at is None else at)]
        return book(world.pharmacist, found, reason, operation())

    return count


@deed("stock.undelivering.take_delivery_back", {"reason": "Entered twice"}, of(StockMovement, reason="note"))
def _undeliver(world: World) -> Does:
    lots = [{"medicine": world.practice.medicine()["_id"], "lot": "A1", "expires": "06/29", "quantity": 5}]
    row = DELIVERIES.create(world.pharmacist, {"supplier": "Nile", "day": "17 Nov 2026", "lots": lots}, operation())
    return lambda reason: take_delivery_back(world.pharmacist, row["_id"], reason, operation())
