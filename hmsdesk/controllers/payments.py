"""Taking money for a bill and giving it back: each once, and never more than there is to pay or to give back.

A bill's sums and its ledger of payments change in one transaction, against the version that the cashier looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from bson import ObjectId

from hmsdesk.controllers import references
from hmsdesk.controllers.dated import Dated
from hmsdesk.controllers.invoices import INVOICES, numbered, stamp_of
from hmsdesk.controllers.keeping import add_authors
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, UserError
from hmsdesk.models.closings import OPENINGS, opening_that_counts, takings
from hmsdesk.models.declaration import checked, clean_values
from hmsdesk.models.invoices import REFUNDED, VOID, Invoice, claim_of, insurance_rest, rest, state_of
from hmsdesk.models.money import ZERO, amount_of, money, worded
from hmsdesk.models.payments import CASH, INSURANCE, PAYMENT, REFUND, REVERSAL, UNDOING, Payment, signed
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, UPDATE

_MEANWHILE = "Somebody else changed this bill meanwhile, and nothing was taken or given back now."
_UNDONE = ("This is undone already.", "Look at the payments again.")


@dataclass(frozen=True)
class TakePayment:
    """What was paid, checked by the fields of Payment. received: of cash, what was handed over."""

    method: str
    amount: object
    received: object = None
    reference: str = ""


@dataclass(frozen=True)
class GiveBack:
    """What is given back to the patient, checked by the fields of Payment."""

    method: str
    amount: object
    reason: str
    reference: str = ""


@dataclass(frozen=True)
class _Entry:
    """What is to be added to the ledger. named: the titles it is searched by. corrects: the entry that it undoes."""

    values: Row
    named: Row
    action: str
    corrects: Row | None


class Payments(Dated):
    """The ledger: payments, refunds and what undoes either, added to only."""

    def take(self, session: Session, seen: Row, taken: TakePayment, operation: str) -> Row:
        """Take a payment for a bill, and give a receipt's number. The same operation takes it once.

        seen: the bill as it was looked at. Raises InvalidInput for more than there is to pay, Conflict where somebody
        else took or gave back something meanwhile, NotAllowed.
        """
        values = _cleaned(session, {name: value for name, value in vars(taken).items() if value not in (None, "")})
        if seen["state"] == VOID:
            raise UserError("This bill is void.", "What it billed waits to be billed anew.")
        left = insurance_rest(seen) if taken.method == INSURANCE else rest(seen)
        amount = amount_of(values["amount"])
        if amount > left:
            raise InvalidInput({"amount": f"Only {worded(left, session.locale.currency)} is still to be paid."})
        values |= _change_due(values, session)
        return self._record(session, seen, {**values, "kind": PAYMENT}, "take payment", operation)

    def give_back(self, session: Session, seen: Row, refund: GiveBack, operation: str) -> Row:
        """Give back what was paid, or a part of it: so much less is to be paid from then on.

        seen: the bill as it was looked at. Raises InvalidInput for more than was paid or, in cash, than the drawer
        holds; Conflict, NotAllowed.
        """
        values = _cleaned(session, {name: value for name, value in vars(refund).items() if value not in (None, "")})
        paid = amount_of(seen["paid"])
        if amount_of(values["amount"]) > paid:
            raise InvalidInput({"amount": f"Only {worded(paid, session.locale.currency)} was paid."})
        return self._record(session, seen, {**values, "kind": REFUND}, "refund", operation)

    def correct(self, session: Session, seen: Row, payment: Row, operation: str) -> Row:
        """Undo a payment that was entered by mistake: the bill is owed again as if it had never been.

        Only whoever took it can, before their drawer is closed; after that it is a refund. Raises UserError, Conflict.
        """
        if payment["kind"] != PAYMENT or payment["cashier"] != session.identity.person:
            raise UserError("This can't be undone by you.", "Give the money back with a refund.")
        reason = f"{payment['number']} was entered by mistake"
        return self._undo(session, seen, payment, reason, "correct payment", operation)

    def reverse(self, session: Session, seen: Row, refund: Row, reason: str, operation: str) -> Row:
        """Undo a refund that was entered by mistake: the bill is paid as if nothing had been given back.

        Only whoever entered it can, before their drawer is closed. Raises InvalidInput without a reason, UserError,
        Conflict.
        """
        if refund["kind"] != REFUND or refund["cashier"] != session.identity.person:
            raise UserError("This can't be undone by you.", "Ask who gave the money back.")
        if seen["state"] == VOID:
            raise UserError("This bill is void.", "What it billed waits to be billed anew.")
        if checked("reason", Payment.reason, reason, session.locale) is None:
            raise InvalidInput({"reason": "Why was it a mistake?"})
        return self._undo(session, seen, refund, reason, "reverse refund", operation)

    def _undo(self, session: Session, seen: Row, entry: Row, reason: str, action: str, operation: str) -> Row:
        same: Row = {name: entry[name] for name in ("method", "amount", "reference") if name in entry}
        values = {**same, "kind": UNDOING[entry["kind"]], "reason": reason}
        return self._record(session, seen, values, action, operation, entry)

    def of_invoice(self, session: Session, invoice: ObjectId) -> list[Row]:
        """What was paid for a bill and given back, the oldest first. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            rows = list(collection.find({"invoice": invoice}).sort([("at", 1), ("_id", 1)]))
        self.add_titles(session, rows)
        add_authors(session, rows)
        return rows

    def _record(
        self, session: Session, seen: Row, values: Row, action: str, operation: str, corrects: Row | None = None
    ) -> Row:
        session.require(self.resource, CREATE)
        session.require(INVOICES.resource, UPDATE)
        whose = {"invoice": seen["_id"], "patient": seen["patient"], "cashier": session.identity.person}
        entry = _Entry(whose | values, references.titles(session, Payment, whose), action, corrects)
        try:
            row = write(session, operation, partial(self._write, session, seen, entry))
            return self.as_got(session, row, {**entry.named, "cashier:title": session.identity.name})
        except Repeated:
            pass
        except InvalidInput as refused:
            if "corrects" in refused.fields:
                raise Conflict(*_UNDONE, seen) from None
            raise
        except Conflict as conflict:
            raise Conflict(_MEANWHILE, "Look at its payments, then go on.", conflict.current) from None
        return self.get(session, record_id(operation))

    def _write(self, session: Session, seen: Row, entry: _Entry, work: Work) -> Row:
        drawer = work.hold(drawer_of(session.identity.person)) + 1
        sums = _sums_after(session, seen, entry.values, work)
        # All cashiers' receipts are of one series: from here on the others wait, or begin anew.
        number = numbered("REC", session, work)
        receipts = [*seen.get("receipts", ()), number]
        found = {"receipts": receipts, "find": Invoice.derived({**seen, **entry.named, "receipts": receipts})}
        # Here it is found out that this was done before, or that the bill is another by now.
        work.change(INVOICES.resource, seen, sums | found, entry.action)
        if entry.values["kind"] != PAYMENT:
            _require_in_drawer(session, entry, drawer, work)
        issued = {"at": work.at, "drawer": drawer, "number": number}
        built = Payment.build(entry.values | issued, session.locale, entry.named)
        own = {"_id": record_id(work.operation)} | ({"corrects": entry.corrects["_id"]} if entry.corrects else {})
        return work.insert(self.resource, built | own, entry.action)


def drawer_of(cashier: ObjectId) -> str:
    """The series in which a cashier's closings are counted: what they take belongs to the drawer after the last one."""
    return f"drawer {cashier}"


def _cleaned(session: Session, asked: Mapping[str, object]) -> Row:
    """What was typed as it will be kept. Raises InvalidInput."""
    needed = {"amount", "method", *asked}
    cleaned, problems = clean_values(Payment, asked, session.locale, only=needed.__contains__)
    if not problems and not amount_of(cleaned["amount"]):  # type: ignore[arg-type]
        problems = {"amount": "An amount is needed."}
    if problems:
        raise InvalidInput(problems)
    return cleaned


def _change_due(values: Row, session: Session) -> Row:
    """What was received in cash and what goes back at once; nothing said means the exact sum."""
    if values["method"] != CASH:
        return {}
    received = values.get("received") or values["amount"]
    change = amount_of(received) - amount_of(values["amount"])
    if change < 0:
        raise InvalidInput({"received": "This is less than the amount. To take a part, lower the amount first."})
    return {"received": received, "change": money(change, session.locale.currency)}


def _sums_after(session: Session, seen: Row, entry: Row, work: Work) -> Row:
    """What changes in a bill by an entry of the ledger."""
    amount = signed(entry)
    currency = session.locale.currency
    if entry["method"] == INSURANCE:
        paid = amount_of(seen["insurance_paid"]) + amount
        _require_paid(paid)
        claim = claim_of(amount_of(seen["insurance"]), paid)
        return {"insurance_paid": money(paid, currency), "claim": claim}
    credited = amount_of(seen["credited"]) - (amount if entry["kind"] in (REFUND, REVERSAL) else ZERO)
    if credited < 0:
        raise UserError(*_UNDONE)
    paid = amount_of(seen["paid"]) + amount
    _require_paid(paid)
    state = state_of(amount_of(seen["due"]), credited, paid)
    stamp = stamp_of(session, work, state, str(entry.get("reason") or ""))
    sums = {"paid": money(paid, currency), "credited": money(credited, currency), "state": state}
    owes_nothing = paid == amount_of(seen["due"]) - credited and state != REFUNDED
    settled_at = work.at if owes_nothing else None
    return sums | {"stamps": [*seen["stamps"], stamp], "settled_at": settled_at}


def _require_paid(paid: Decimal) -> None:
    if paid < 0:
        raise UserError("Some of this payment was given back already.", "Look at the payments of the bill again.")


def _require_in_drawer(session: Session, entry: _Entry, drawer: int, work: Work) -> None:
    """Cash comes out of an open drawer that holds it; what is undone was entered into that drawer."""
    if entry.corrects is not None and entry.corrects["drawer"] != drawer:
        if entry.values["kind"] == REVERSAL:
            raise UserError("The drawer it was given back from is closed.", "What was counted stands as it is.")
        raise UserError("The drawer it was taken into is closed.", "Give the money back with a refund.")
    if entry.values["method"] != CASH or signed(entry.values) > 0:
        return
    mine = {"cashier": session.identity.person, "drawer": drawer}
    opened = opening_that_counts(work.find_all("closings", mine | {"kind": {"$in": list(OPENINGS)}})) or {}
    holds = takings(work.find_all("payments", mine)).cash_with(amount_of(opened.get("opened_with")))
    if amount_of(entry.values["amount"]) > holds:
        only: Decimal = max(holds, ZERO)
        raise InvalidInput({"amount": f"Your drawer holds only {worded(only, session.locale.currency)} in cash."})


PAYMENTS = Payments(Payment, "at")
