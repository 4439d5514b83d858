"""What the cash desk sees: who has something to pay, who has paid today, and one bill with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from bson import ObjectId

from hmsdesk.controllers.charges import CHARGES, UNINVOICED, Chargeable, charge, take_back
from hmsdesk.controllers.invoices import INVOICES, balance, patient_part, proposed_percent, waiting_charges
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.controllers.services import SERVICES
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, write
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.booking import whole_day
from hmsdesk.models.charges import FOR_OTHER, Charge
from hmsdesk.models.declaration import checked
from hmsdesk.models.invoices import OWED, VOID, is_overdue, rest
from hmsdesk.models.money import ZERO, amount_of
from hmsdesk.models.payments import INSURANCE, standing
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE

_MOST = 300


@dataclass(frozen=True)
class ToPay:
    """Somebody who has something to pay: charges that wait to be billed (invoice None), or the rest of a bill.

    amount: the patient's own part, as the bill would say it. overdue: since a day before today.
    """

    patient: ObjectId
    name: str
    other_name: str
    amount: Decimal
    since: datetime
    invoice: Row | None = None
    overdue: bool = False


@dataclass(frozen=True)
class PaidToday:
    """A bill that was paid in full today.

    amount: what the patient paid today. method: of their last payment; empty where nothing was to be paid.
    """

    patient: ObjectId
    name: str
    other_name: str
    amount: Decimal
    at: datetime
    invoice: Row
    method: str = ""


@dataclass(frozen=True)
class Account:
    """A patient at the cash desk. charges: what waits to be billed; invoice: the bill in front of the cashier.

    besides: what the patient owes that is not on it.
    """

    patient: Row
    charges: Sequence[Row] = ()
    invoice: Row | None = None
    payments: Sequence[Row] = ()
    besides: Decimal = ZERO


def to_pay(session: Session) -> list[ToPay]:
    """Who has something to pay, the longest first; of very many only the latest. Raises NotAllowed, Unreachable."""
    with session.reading(INVOICES.resource) as invoices:
        bills = list(invoices.find({"state": {"$in": list(OWED)}}).sort([("issued_at", -1)]).limit(_MOST))
    with session.reading(UNINVOICED) as claims:
        waiting = {row["_id"]: row["patient"] for row in claims.find().sort([("at", -1)]).limit(_MOST)}
    billed = {line["charge"]: bill["_id"] for bill in bills for line in bill["lines"]}
    with session.reading(CHARGES.resource) as charges:
        found = list(charges.find({"_id": {"$in": list(waiting)}}))
        done = list(charges.find({"_id": {"$in": list(billed)}}, ["created_at"]))
    # Approving a bill sends nobody to the end of the queue.
    since: dict[ObjectId, datetime] = {}
    for one in done:
        bill_of = billed[one["_id"]]
        since[bill_of] = min(since.get(bill_of, one["created_at"]), one["created_at"])
    people = _people(session, [row["patient"] for row in (*bills, *found)])
    lines = [
        ToPay(
            bill["patient"],
            *_called(people[bill["patient"]]),
            amount=rest(bill),
            since=since.get(bill["_id"], bill["issued_at"]),
            invoice=bill,
            overdue=_overdue(session, bill),
        )
        for bill in bills
    ]
    for patient in dict.fromkeys(waiting.values()):
        theirs = [one for one in found if one["patient"] == patient]
        if theirs:
            begun = min(one["created_at"] for one in theirs)
            earlier = session.locale.local(begun).date() < session.locale.today()
            part = patient_part(theirs, proposed_percent(people[patient]))
            name, other = _called(people[patient])
            lines.append(ToPay(patient, name, other, part, begun, overdue=earlier))
    return sorted(lines, key=lambda one: one.since)


def unlisted(session: Session) -> int:
    """How many bills are owed beyond those that `to_pay` lists. Raises NotAllowed, Unreachable."""
    with session.reading(INVOICES.resource) as invoices:
        owed: int = invoices.count_documents({"state": {"$in": list(OWED)}})
    return max(0, owed - _MOST)


def paid_today(session: Session) -> list[PaidToday]:
    """The bills that were paid in full today, the latest first. Raises NotAllowed, Unreachable."""
    begins = whole_day(session.locale.today(), session.locale).start
    with session.reading(INVOICES.resource) as invoices:
        bills = list(invoices.find({"settled_at": {"$gte": begins}}).sort([("settled_at", -1)]).limit(_MOST))
    with session.reading(PAYMENTS.resource) as payments:
        ledger = list(payments.find({"invoice": {"$in": [bill["_id"] for bill in bills]}}).sort([("at", 1)]))
    paid = [one for one in standing(ledger) if one["method"] != INSURANCE]
    methods = {one["invoice"]: one["method"] for one in paid}
    today: dict[ObjectId, Decimal] = {}
    for one in paid:
        if one["at"] >= begins:
            today[one["invoice"]] = today.get(one["invoice"], ZERO) + amount_of(one["amount"])
    people = _people(session, [bill["patient"] for bill in bills])
    return [
        PaidToday(
            bill["patient"],
            *_called(people[bill["patient"]]),
            amount=today.get(bill["_id"], ZERO),
            at=bill["settled_at"],
            invoice=bill,
            method=methods.get(bill["_id"], ""),
        )
        for bill in bills
    ]


def open_patient(session: Session, patient: ObjectId) -> Account:
    """What a patient has to pay: charges that wait, or else their oldest bill that is owed, or else the latest one.

    Raises NotAllowed, NotFound, Unreachable.
    """
    charges = waiting_charges(session, patient)
    if charges:
        return _waiting(session, patient, charges)
    bills = INVOICES.of_patient(session, patient)
    owed = [bill for bill in bills if bill["state"] in OWED]
    if not bills:
        return Account(PATIENTS.get(session, patient))
    return open_invoice(session, (owed[-1] if owed else bills[0])["_id"])


def open_waiting(session: Session, patient: ObjectId, seen: Iterable[ObjectId]) -> Account:
    """What waits of a patient. Where somebody has billed what was looked at meanwhile, that bill.

    seen: the charges that were looked at. Raises NotAllowed, NotFound, Unreachable.
    """
    charges = waiting_charges(session, patient)
    billed = None if charges else INVOICES.with_charges(session, patient, seen)
    if billed is not None and billed["state"] != VOID:
        return open_invoice(session, billed["_id"])
    return _waiting(session, patient, charges)


def _waiting(session: Session, patient: ObjectId, charges: Sequence[Row]) -> Account:
    row = PATIENTS.get(session, patient)
    besides = (balance(session, patient) or ZERO) - patient_part(charges, proposed_percent(row))
    return Account(row, charges, besides=max(ZERO, besides))


def open_invoice(session: Session, invoice: ObjectId) -> Account:
    """A bill with its payments. Raises NotAllowed, NotFound, Unreachable."""
    bill = INVOICES.get(session, invoice)
    payments = PAYMENTS.of_invoice(session, invoice)
    besides = (balance(session, bill["patient"]) or ZERO) - rest(bill)
    return Account(PATIENTS.get(session, bill["patient"]), (), bill, payments, max(ZERO, besides))


def add_services(session: Session, patient: ObjectId, services: Mapping[ObjectId, int], operation: str) -> None:
    """Charge a patient for services of the price list, each so many times; they wait to be billed then.

    Raises InvalidInput, NotAllowed, NotFound.
    """
    session.require(CHARGES.resource, CREATE)
    if not services:
        raise InvalidInput({"service": "Choose a service first."})
    numbers = [checked("quantity", Charge.quantity, number, session.locale) for number in services.values()]
    if None in numbers:
        raise InvalidInput({"quantity": "Say how many."})
    PATIENTS.get(session, patient)
    offered = [(SERVICES.get(session, service), number) for service, number in zip(services, numbers, strict=True)]
    free = next((row["name"] for row, _ in offered if not amount_of(row["price"])), None)
    if free is not None:
        raise InvalidInput({"service": f"{free} costs nothing."})

    def work(work: Work) -> None:
        for row, number in offered:
            line = Chargeable(FOR_OTHER, row["name"], row["price"], number)
            # What each is for is its own, so that each can be taken off by itself.
            charge(session, work, patient, work.new_id(), [line])

    with suppress(Repeated):
        write(session, operation, work)


def take_off(session: Session, seen: Row, operation: str) -> None:
    """Take back a charge that the cash desk made. Raises UserError where somebody else made it, or it is billed."""
    session.require(CHARGES.resource, CREATE)
    if seen["reason"] != FOR_OTHER:
        raise UserError("This was charged with what was done.", "It leaves the bill when that is undone there.")
    with suppress(Repeated):
        write(session, operation, partial(take_back, about=seen["about"]))


def _overdue(session: Session, bill: Row) -> bool:
    return is_overdue(bill, session.now(), session.locale)


def _people(session: Session, ids: list[ObjectId]) -> dict[ObjectId, Row]:
    """The patients with these ids, as far as the cash desk's lists need to know; nothing of one who isn't there."""
    with session.reading(PATIENTS.resource) as patients:
        found = patients.find({"_id": {"$in": list(set(ids))}}, ["name", "name_ar", "insurer", "insurance_percent"])
        return {one: {} for one in ids} | {row["_id"]: row for row in found}


def _called(patient: Row) -> tuple[str, str]:
    return patient.get("name", ""), patient.get("name_ar", "")
