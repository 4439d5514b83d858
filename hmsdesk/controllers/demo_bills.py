"""What the demo's patients have to pay, and have paid: every state of a bill once, and some that wait."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from hmsdesk.controllers.cash_desk import add_services, open_patient
from hmsdesk.controllers.closings import CLOSINGS
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, usual_terms
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.database.session import Session
from hmsdesk.models.record import Row

INSURED = {"insurer": "Misr Insurance", "policy": "MI-204981", "insurance_percent": 60}
# Which services each patient had, by their codes, and what they paid: method and amount; "" pays all.
VISITS: tuple[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ...] = (
    (("CONS", "ECG"), ()),
    (("CONS", "ECG", "US-ABD"), ()),
    (("CONS",), (("cash", ""),)),
    (("CONS", "INJ"), (("card", ""),)),
    (("FOLLOW",), (("transfer", ""),)),
    (("CONS", "DRESS"), (("cash", "200"),)),
    (("CONS", "US-ABD"), (("cash", "150"), ("card", "200"))),
    (("CONS",), (("cash", "0"),)),
    (("VACC", "INJ"), (("cash", ""),)),
)
# How many of them only wait to be billed.
_WAITING = 2


def add_bills(session: Session, patients: Sequence[Row], services: dict[str, Row]) -> None:
    """The cash desk's morning, in a receptionist's name. services: by their codes."""
    CLOSINGS.open(session, "500", uuid4().hex)
    insured = PATIENTS.change(session, patients[1]["_id"], patients[1]["version"], INSURED, uuid4().hex)
    everybody = [patients[0], insured, *patients[2:]]
    for n, (patient, (codes, paid)) in enumerate(zip(everybody, VISITS, strict=False)):
        add_services(session, patient["_id"], {services[code]["_id"]: 1 for code in codes}, uuid4().hex)
        if n >= _WAITING:
            _pay(session, _approved(session, patient), paid)


def _approved(session: Session, patient: Row) -> Row:
    account = open_patient(session, patient["_id"])
    terms = {one["_id"]: usual_terms(one, patient.get("insurance_percent", 0)) for one in account.charges}
    asked = IssueInvoice(patient["_id"], terms, patient.get("insurer", ""), patient.get("policy", ""))
    return INVOICES.issue(session, asked, uuid4().hex)


def _pay(session: Session, bill: Row, paid: Sequence[tuple[str, str]]) -> None:
    for method, typed in paid:
        if typed == "0":
            continue
        now = INVOICES.get(session, bill["_id"])
        amount: object = typed or now["due"]
        reference = "" if method == "cash" else "004711"
        PAYMENTS.take(session, now, TakePayment(method, amount, reference=reference), uuid4().hex)
    if len(paid) > 1:
        refund = GiveBack("cash", "50", "Shorter than booked")
        PAYMENTS.give_back(session, INVOICES.get(session, bill["_id"]), refund, uuid4().hex)
