"""The papers of the cash desk: invoices, receipts and closing reports, put into the words that are printed."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.closings import CLOSINGS, payments_of
from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.letterhead import letterhead
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.database.session import Session
from hmsdesk.models.closings import CLOSED, CORRECTED, OPENED
from hmsdesk.models.invoices import STATES, VOID, insurance_rest, rest, sums_of
from hmsdesk.models.money import amount_of, in_column, total, worded
from hmsdesk.models.payments import CASH, CORRECTION, METHODS, PAYMENT, REFERENCES, REFUND, REVERSAL, signed
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock, day_and_time
from hmsdesk.printing import closing, invoice, receipt
from hmsdesk.printing.closing import ClosingPaper, MethodLine
from hmsdesk.printing.invoice import Addressee, BillLine, InvoicePaper
from hmsdesk.printing.paper import SizeName
from hmsdesk.printing.receipt import ReceiptPaper, ReceiptSize
from hmsdesk.security.permissions import READ

_KINDS = {
    PAYMENT: ("Receipt", "إيصال"),
    REFUND: ("Refund", "رد مبلغ"),
    CORRECTION: ("Correction", "تصحيح"),
    REVERSAL: ("Refund reversed", "إلغاء رد مبلغ"),
}
_METHODS = dict(METHODS)
_CLOSINGS = {
    OPENED: "Opening of drawer",
    CORRECTED: "Corrected opening of drawer",
    CLOSED: "Day closing, drawer",
}


def invoice_page(session: Session, record: ObjectId, size: SizeName, *, copy: bool = False) -> bytes:
    """The PDF of a bill as it stands now. copy: it was printed before, and says so. Raises NotAllowed, Unreachable."""
    bill = INVOICES.get(session, record)
    paid = PAYMENTS.of_invoice(session, record) if session.may(PAYMENTS.resource, READ) else []
    patient = PATIENTS.get(session, bill["patient"])
    insured = ", policy ".join(part for part in (bill.get("insurer"), bill.get("policy")) if part)
    paper = InvoicePaper(
        letterhead=letterhead(session),
        patient=_addressee(patient, insured),
        number=bill["number"],
        issued=day_and_time(bill["issued_at"], session.locale),
        currency=session.locale.currency,
        lines=tuple(_bill_line(line) for line in bill["lines"]),
        sums=tuple(_sums(bill)),
        payments=tuple(_paid(session, one) for one in paid),
        copy=copy,
        stamp=dict(STATES)[VOID] if bill["state"] == VOID else "",
        remark=_void(session, bill) if bill["state"] == VOID else "",
    )
    return invoice.render(paper, size)


def _void(session: Session, bill: Row) -> str:
    last = bill["stamps"][-1]
    return f"Void since {day_and_time(last['at'], session.locale)}: {last.get('reason', '')}"


def _addressee(patient: Row, insured: str = "") -> Addressee:
    return Addressee(patient["name"], patient.get("name_ar", ""), patient["identifier"], insured)


def _bill_line(line: Row) -> BillLine:
    discount, insurance = amount_of(line.get("discount")), amount_of(line["insurance"])
    less = f"{in_column(-discount)}: {line.get('discount_reason', '')}" if discount else ""
    return BillLine(
        label=line["label"],
        quantity=f"{line['quantity']:,}",
        price=in_column(amount_of(line["price"])),
        insurance=in_column(-insurance) if insurance else "",
        amount=in_column(amount_of(line["amount"])),
        note=less,
    )


def _sums(bill: Row) -> list[tuple[str, str, bool]]:
    """What stands below the lines, to what the patient still owes; what counts is told with its currency."""
    sums = [*sums_of(bill), ("Paid", amount_of(bill["paid"]), False), ("Still to pay", rest(bill), True)]
    currency = bill["due"]["currency"]
    return [
        (label, worded(amount, currency) if counts else in_column(amount), counts) for label, amount, counts in sums
    ]


def _paid(session: Session, one: Row) -> tuple[str, str, bool]:
    reference = f", {REFERENCES[one['method']].lower()} {one['reference']}" if one.get("reference") else ""
    kind = "" if one["kind"] == PAYMENT else f"{_KINDS[one['kind']][0]}, "
    words = f"{kind}{_METHODS[one['method']]}{reference}, {day_and_time(one['at'], session.locale)}, {one['number']}"
    return words, in_column(signed(one)), False


def receipt_page(session: Session, record: ObjectId, size: ReceiptSize, *, copy: bool = False) -> bytes:
    """The PDF of a receipt. copy: it was printed before, and says so. Raises NotAllowed, Unreachable."""
    entry = PAYMENTS.get(session, record)
    bill = INVOICES.get(session, entry["invoice"])
    patient = PATIENTS.get(session, entry["patient"])
    kind, kind_ar = _KINDS[entry["kind"]]
    received = amount_of(entry.get("received"))
    by_insurance = entry["method"] == "insurance"
    left = insurance_rest(bill) if by_insurance else rest(bill)
    paper = ReceiptPaper(
        letterhead=letterhead(session),
        patient=_addressee(patient),
        kind=kind,
        kind_ar=kind_ar,
        number=entry["number"],
        at=day_and_time(entry["at"], session.locale),
        amount=worded(amount_of(entry["amount"]), session.locale.currency),
        facts=(
            ("Invoice", bill["number"]),
            ("Method", _METHODS[entry["method"]]),
            (REFERENCES.get(entry["method"], ""), entry.get("reference", "")),
            ("Reason", entry.get("reason", "")),
            ("Cashier", entry.get("cashier:title", "")),
        ),
        sums=(
            ("Received", in_column(received) if received else ""),
            ("Change", in_column(amount_of(entry.get("change"))) if received else ""),
            ("Insurance still to pay" if by_insurance else "Still to pay", in_column(left)),
        ),
        copy=copy,
    )
    return receipt.render(paper, size)


def closing_page(session: Session, record: ObjectId, size: SizeName) -> bytes:
    """The PDF of a closed drawer; of an opening, what it was opened with and what it has taken since.

    Raises NotAllowed, Unreachable.
    """
    row = CLOSINGS.get(session, record)
    locale = session.locale
    opened = row.get("opened_at") or (None if row["kind"] == CLOSED else row["at"])
    closed = CLOSINGS.closed_at(session, row)
    paper = ClosingPaper(
        letterhead=letterhead(session),
        cashier=row.get("cashier:title", ""),
        title=f"{_CLOSINGS[row['kind']]} {row['drawer']}",
        opened=day_and_time(opened, locale) if opened else "Not opened by itself",
        closed=day_and_time(closed, locale) if closed else "Still open",
        currency=locale.currency,
        methods=_by_method(row),
        cash=tuple(_cash(row)),
        pieces=tuple(_piece(one) for one in row.get("pieces", ())),
        corrections=_corrections(CLOSINGS.openings(session, row)),
        # Why an opening was corrected stands beside the sums.
        reason=row.get("reason", "") if row["kind"] == CLOSED else "",
        entries=tuple(_entry(session, one) for one in payments_of(session, row)),
    )
    return closing.render(paper, size)


def _corrections(openings: list[Row]) -> tuple[str, ...]:
    """What a drawer was said to be opened with before that was put right, and why."""
    said = [(in_column(amount_of(one["opened_with"])), one.get("reason", "")) for one in openings]
    return tuple(
        f"Opened with {wrong}, corrected to {right}: {reason}" for (wrong, _), (right, reason) in pairwise(said)
    )


def _by_method(row: Row) -> tuple[MethodLine, ...]:
    taken = row.get("taken", [])
    lines = [_method_line(_METHODS[one["method"]], [one]) for one in taken]
    return (*lines, _method_line("All together", taken)) if taken else ()


def _method_line(name: str, parts: list[Row]) -> MethodLine:
    taken, returned, undone = (total(one.get(part) for one in parts) for part in ("taken", "returned", "undone"))
    number = sum(one["payments"] for one in parts)
    kept = in_column(taken - returned - undone)
    return name, f"{number:,}", in_column(taken), _less(returned), _less(undone), kept


def _less(amount: Decimal) -> str:
    return in_column(-amount) if amount else "–"


def _cash(row: Row) -> list[tuple[str, str, bool]]:
    made = [("Opened with", in_column(amount_of(row["opened_with"])), False)]
    cash: Any = next((one for one in row.get("taken", []) if one["method"] == CASH), None)
    if cash is None:
        return made
    made += [("Taken in cash", in_column(amount_of(cash["taken"])), False)]
    if amount_of(cash["returned"]):
        made += [("Given back in cash", in_column(-amount_of(cash["returned"])), False)]
    if amount_of(cash.get("undone")):
        made += [("Undone in cash", in_column(-amount_of(cash["undone"])), False)]
    made += [("Expected in the drawer", in_column(amount_of(row["expected"])), True)]
    made += [("Counted", in_column(amount_of(row["counted"])), True)]
    differences = (("missing", "Missing", -1), ("surplus", "Too much", 1))
    found = [(label, in_column(sign * amount_of(row[name])), True) for name, label, sign in differences if name in row]
    return made + (found or [("Difference", in_column(amount_of(None)), False)])


def _piece(one: Row) -> tuple[str, str]:
    value = amount_of(one["value"])
    return f"{one['number']:,} x {in_column(value)}", in_column(value * one["number"])


def _entry(session: Session, one: Row) -> tuple[str, str, str, str, str]:
    kind = "" if one["kind"] == PAYMENT else f", {_KINDS[one['kind']][0].lower()}"
    method = f"{_METHODS[one['method']]}{kind}"
    amount = in_column(signed(one))
    return one["number"], clock(one["at"], session.locale), one.get("patient:title", ""), method, amount
