"""Bills: charges that wait become an invoice with the next number; a wrong one is void, and its charges wait again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from bson import ObjectId

from hmsdesk.controllers import references
from hmsdesk.controllers.charges import CHARGES, UNINVOICED
from hmsdesk.controllers.dated import Dated
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, UserError
from hmsdesk.models.charges import CHARGED, FOR_MEDICINES
from hmsdesk.models.declaration import Problem, checked
from hmsdesk.models.fields import MoneyField, TextField
from hmsdesk.models.invoices import (
    MOST_LINES,
    OWED,
    VOID,
    Invoice,
    InvoiceLine,
    claim_of,
    insurance_rest,
    may_be_void,
    rest,
    shares,
    state_of,
)
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import ZERO, amount_of, money, worded
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, READ, UPDATE

# Why a bill is void, and why its insurance does not pay.
_REASON = TextField(verbose_name="Reason", max_length=160)


_MOST_OF_A_PATIENT = 200


@dataclass(frozen=True)
class LineTerms:
    """How a charge is billed: how much of it the insurance pays, and what is taken off it and why."""

    percent: int = 0
    discount: object = None
    reason: str = ""


def usual_terms(charge: Row, percent: int) -> LineTerms:
    """What an insurance pays of a charge unless somebody says otherwise: its share of all but medicines."""
    return LineTerms(0 if charge["reason"] == FOR_MEDICINES else percent)


def proposed_percent(patient: Row) -> int:
    """What a patient's insurance pays of all but medicines, as their record says."""
    percent: int = patient.get("insurance_percent", 0)
    return percent if patient.get("insurer") else 0


def patient_part(charges: Iterable[Row], percent: int) -> Decimal:
    """What is left to the patient of charges that wait, as long as nobody says otherwise on the bill."""
    parts = (shares(amount_of(one["amount"]), ZERO, usual_terms(one, percent).percent) for one in charges)
    return sum((one.patient for one in parts), ZERO)


@dataclass(frozen=True)
class IssueInvoice:
    """A bill as it is approved. lines: charge -> how it is billed; what isn't named goes on waiting."""

    patient: ObjectId
    lines: Mapping[ObjectId, LineTerms]
    insurer: str = ""
    policy: str = ""


@dataclass(frozen=True)
class Bill:
    """What an approval would make of it: the lines as they will be kept, and their sums."""

    lines: list[Row] = field(default_factory=list)
    total: Decimal = ZERO
    insurance: Decimal = ZERO

    @property
    def patient(self) -> Decimal:
        """What the patient pays."""
        return self.total - self.insurance


def bill_of(charges: Iterable[Row], terms: Mapping[ObjectId, LineTerms], locale: Locale) -> Bill:
    """The lines of a bill and who pays how much. Raises InvalidInput with `line.ID.field`."""
    lines, whole, insured = [], ZERO, ZERO
    problems: dict[str, str] = {}
    for charge in charges:
        agreed = terms.get(charge["_id"], LineTerms())
        line, wrong = _line(charge, agreed, locale)
        problems |= {f"line.{charge['_id']}.{name}": problem for name, problem in wrong.items()}
        if not wrong:
            lines.append(line)
            whole += amount_of(line["amount"]) - amount_of(line.get("discount"))
            insured += amount_of(line["insurance"])
    if problems:
        raise InvalidInput(problems)
    return Bill(lines, whole, insured)


def _line(charge: Row, terms: LineTerms, locale: Locale) -> tuple[Row, dict[str, str]]:
    """A charge as a line. What is wrong: field -> sentence."""
    amount, currency = amount_of(charge["amount"]), charge["amount"]["currency"]
    try:
        discount = amount_of(MoneyField().clean(terms.discount, locale))
        percent = InvoiceLine.percent.clean(terms.percent, locale) or 0
        reason = InvoiceLine.discount_reason.clean(terms.reason, locale)
    except Problem as problem:
        return {}, {"discount": str(problem)}
    if discount > amount:
        return {}, {"discount": "No more can be taken off than the line costs."}
    if discount and not reason:
        return {}, {"reason": "Why is it cheaper?"}
    parts = shares(amount, discount, percent)
    line = {"charge": charge["_id"], **{name: charge[name] for name in ("label", "quantity", "price", "amount")}}
    if discount:
        line |= {"discount": money(discount, currency), "discount_reason": reason}
    return line | {"percent": percent, "insurance": money(parts.insurance, currency)}, {}


class Invoices(Dated):
    """Keeping invoices. They are made of charges, and changed by what is paid and given back only."""

    def issue(self, session: Session, asked: IssueInvoice, operation: str) -> Row:
        """Approve a bill of charges that wait: it gets the next number, and is owed from now on.

        Raises InvalidInput, Conflict where one of the charges is billed or taken back by now, NotAllowed.
        """
        session.require(self.resource, CREATE)
        if not asked.lines:
            raise InvalidInput({"lines": "There is nothing to be billed."})
        if len(asked.lines) > MOST_LINES:
            raise InvalidInput({"lines": f"At most {MOST_LINES} lines on a bill. Approve it in two parts."})
        named = references.titles(session, Invoice, {"patient": asked.patient})
        with suppress(Repeated):
            write(session, operation, partial(self._issue, session, asked, named))
        return self.get(session, record_id(operation))

    def void(self, session: Session, seen: Row, reason: str, operation: str) -> Row:
        """Make a bill of which nothing is paid count no more; what it billed waits again.

        seen: as it was looked at. Raises InvalidInput, Conflict, NotAllowed.
        """
        session.require(self.resource, UPDATE)
        said = checked("reason", _REASON, reason, session.locale)
        if said is None:
            raise InvalidInput({"reason": "Why is it void?"})
        if not may_be_void(seen):
            raise UserError("Only a bill of which nothing is paid can be void.", "Give back what was paid first.")
        with suppress(Repeated):
            write(session, operation, partial(self._void, session, seen, said))
        return self.get(session, seen["_id"])

    def move_share(self, session: Session, seen: Row, asked: object, reason: str, operation: str) -> Row:
        """What the insurance does not pay of its share falls to the patient.

        seen: as it was looked at. Raises InvalidInput for more than the insurance still has to pay, Conflict,
        NotAllowed.
        """
        session.require(self.resource, UPDATE)
        amount = amount_of(checked("amount", MoneyField(), asked, session.locale))
        left = insurance_rest(seen)
        if not amount:
            raise InvalidInput({"amount": "An amount is needed."})
        if amount > left:
            raise InvalidInput({"amount": f"The insurance has only {worded(left, session.locale.currency)} to pay."})
        said = checked("reason", _REASON, reason, session.locale)
        if said is None:
            raise InvalidInput({"reason": "Why does it not pay?"})
        with suppress(Repeated):
            write(session, operation, partial(self._move_share, session, seen, amount, said))
        return self.get(session, seen["_id"])

    def with_charges(self, session: Session, patient: ObjectId, charges: Iterable[ObjectId]) -> Row | None:
        """The bill that has taken one of these charges last; None where none has. Raises NotAllowed, Unreachable."""
        among = list(charges)
        if not among:
            return None
        wanted = {"patient": patient, "lines.charge": {"$in": among}}
        with session.reading(self.resource) as collection:
            found: Row | None = collection.find_one(wanted, sort=[("issued_at", -1)])
        return found

    def of_patient(self, session: Session, patient: ObjectId) -> list[Row]:
        """A patient's invoices, the newest first. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            found = collection.find({"patient": patient}).sort([("issued_at", -1)])
            return list(found.limit(_MOST_OF_A_PATIENT))

    def _issue(self, session: Session, asked: IssueInvoice, named: Row, work: Work) -> None:
        bill = bill_of(_taken(work, asked), asked.lines, session.locale)
        currency = session.locale.currency
        values = {
            "patient": asked.patient,
            "issued_at": work.at,
            "lines": bill.lines,
            "state": state_of(bill.patient, ZERO, ZERO),
            "claim": claim_of(bill.insurance, ZERO),
            "total": money(bill.total, currency),
            "insurance": money(bill.insurance, currency),
            "due": money(bill.patient, currency),
            "insurer": asked.insurer if bill.insurance else "",
            "policy": asked.policy if bill.insurance else "",
            **{name: money(ZERO, currency) for name in ("paid", "credited", "insurance_paid")},
        }
        built = Invoice.build(values | {"number": numbered("INV", session, work)}, session.locale, named)
        built |= {"stamps": [stamp_of(session, work, built["state"])]}
        settled = {} if bill.patient else {"settled_at": work.at}
        work.insert(self.resource, {"_id": record_id(work.operation)} | built | settled, "approve invoice")

    def _void(self, session: Session, seen: Row, reason: str, work: Work) -> None:
        stamps = [*seen["stamps"], stamp_of(session, work, VOID, reason)]
        work.change(self.resource, seen, {"state": VOID, "stamps": stamps, "settled_at": None}, "void invoice")
        ids = [line["charge"] for line in seen["lines"]]
        charges = work.find_all(CHARGES.resource, {"_id": {"$in": ids}})
        waiting = [{"_id": one["_id"], "patient": one["patient"], "at": one["created_at"]} for one in charges]
        work.claim(UNINVOICED, waiting)

    def _move_share(self, session: Session, seen: Row, amount: Decimal, reason: str, work: Work) -> None:
        insurance, due = amount_of(seen["insurance"]) - amount, amount_of(seen["due"]) + amount
        state = state_of(due, amount_of(seen["credited"]), amount_of(seen["paid"]))
        sums = {"insurance": insurance, "due": due, "declined": amount_of(seen.get("declined")) + amount}
        values: Row = {name: money(one, session.locale.currency) for name, one in sums.items()}
        values |= {"claim": claim_of(insurance, amount_of(seen["insurance_paid"])), "state": state, "settled_at": None}
        stamps = [*seen["stamps"], stamp_of(session, work, state, reason)]
        work.change(self.resource, seen, values | {"stamps": stamps}, "move share")


def _taken(work: Work, asked: IssueInvoice) -> list[Row]:
    """The charges of a bill, which wait no more. Raises Conflict."""
    ids = list(asked.lines)
    charges = work.find_all(CHARGES.resource, {"_id": {"$in": ids}, "patient": asked.patient, "kind": CHARGED})
    try:
        work.take(UNINVOICED, ids)
    except Taken:
        charges = []
    if len(charges) != len(ids):
        raise Conflict("What waits to be billed has just changed.", "Look at the lines again, then approve them.", {})
    return sorted(charges, key=lambda one: ids.index(one["_id"]))


def numbered(series: str, session: Session, work: Work) -> str:
    """The next number of a series that begins anew each year of the practice: INV-26-00001."""
    of_year = f"{series}-{session.locale.local(work.at).year % 100:02}"
    return f"{of_year}-{work.next_number(of_year):05}"


def stamp_of(session: Session, work: Work, state: str, reason: str = "") -> Row:
    """Who brought a bill into a state when, and why."""
    stamp: Row = {"state": state, "at": work.at, "by": session.identity.person}
    return stamp | {"reason": reason} if reason else stamp


INVOICES = Invoices(Invoice, "issued_at")


def balance(session: Session, patient: ObjectId) -> Decimal | None:
    """What a patient owes: their part of what waits to be billed, and the rest of what is.

    None where the role may not know it. Raises Unreachable.
    """
    if not (session.may(INVOICES.resource, READ) and session.may(UNINVOICED, READ)):
        return None
    return owed(session, {"patient": patient}).get(patient, ZERO)


def owed(session: Session, where: Mapping[str, Any] | None = None) -> dict[ObjectId, Decimal]:
    """Patient -> what they owe, of all who owe something. Empty for roles that may not know it. Raises Unreachable.

    where: which of them, by what both invoices and waiting charges bear.
    """
    if not (session.may(INVOICES.resource, READ) and session.may(UNINVOICED, READ)):
        return {}
    with session.reading(UNINVOICED) as claims:
        waiting = [row["_id"] for row in claims.find(dict(where or {}), ["_id"])]
    with session.reading(CHARGES.resource) as charges:
        found = list(charges.find({"_id": {"$in": waiting}}, ["patient", "amount", "reason"]))
    with session.reading(INVOICES.resource) as invoices:
        wanted = {"state": {"$in": list(OWED)}, **(where or {})}
        bills = list(invoices.find(wanted, ["patient", "state", "due", "credited", "paid"]))
    owing: dict[ObjectId, Decimal] = {}
    percents = _percents(session, {row["patient"] for row in found})
    for row in found:
        part = patient_part([row], percents.get(row["patient"], 0))
        owing[row["patient"]] = owing.get(row["patient"], ZERO) + part
    for bill in bills:
        owing[bill["patient"]] = owing.get(bill["patient"], ZERO) + rest(bill)
    return owing


def _percents(session: Session, ids: Iterable[ObjectId]) -> dict[ObjectId, int]:
    with session.reading("patients") as patients:
        found = patients.find({"_id": {"$in": list(ids)}}, ["insurer", "insurance_percent"])
        return {row["_id"]: proposed_percent(row) for row in found}


def waiting_charges(session: Session, patient: ObjectId) -> list[Row]:
    """A patient's charges that no bill has taken yet, the oldest first. Raises NotAllowed, Unreachable."""
    with session.reading(UNINVOICED) as claims:
        ids = [row["_id"] for row in claims.find({"patient": patient}, ["_id"])]
    with session.reading(CHARGES.resource) as charges:
        return list(charges.find({"_id": {"$in": ids}}).sort([("created_at", 1), ("place", 1), ("label", 1)]))
