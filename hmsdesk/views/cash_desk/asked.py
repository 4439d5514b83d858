"""What the cash desk asks in dialogs: terms of a line, insurance, reasons, refunds, services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.cash_desk import Account, add_services
from hmsdesk.controllers.invoices import INVOICES, LineTerms, bill_of
from hmsdesk.controllers.payments import PAYMENTS, GiveBack
from hmsdesk.errors import Conflict, InvalidInput
from hmsdesk.models.fields import ChoiceField, MoneyField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.invoices import InvoiceLine, insurance_rest
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, money, worded
from hmsdesk.models.patients import Patient
from hmsdesk.models.payments import BY_PATIENT, INSURANCE, METHODS, standing
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.draft import Draft
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import danger, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.pickers import ReferenceEditor
from hmsdesk.views.kit.records import lookup
from hmsdesk.views.kit.words import Label


def ask_terms(parent: QWidget, charge: Row, draft: Draft, locale: Locale, done: Callable[[Draft], object]) -> Ask:
    """How one line is billed: the insurance's percentage, and what is taken off and why."""
    now = draft.terms_of(charge)
    fields: dict[str, Any] = {
        "percent": InvoiceLine.percent,
        "discount": MoneyField(verbose_name="Discount", help_text="Taken off the amount before the insurance pays"),
        "reason": TextField(verbose_name="Reason of the discount", max_length=120),
    }

    def do(values: dict[str, Any], _operation: str) -> Draft:
        terms = LineTerms(values["percent"] or 0, values["discount"], values["reason"] or "")
        if terms.percent and not draft.insurer:
            raise InvalidInput({"percent": "No insurance is on this bill. Add it first, below the lines."})
        try:
            bill_of([charge], {charge["_id"]: terms}, locale)
        except InvalidInput as refused:
            raise InvalidInput({name.rpartition(".")[2]: words for name, words in refused.fields.items()}) from None
        return draft.with_terms(charge, terms)

    about = f"{charge['label']}, {worded(amount_of(charge['amount']), locale.currency)}"
    asking = Ask(parent, ("Discount and insurance", about), fields, primary("Change"), locale)
    asking.questions.show_values({"percent": now.percent, "discount": now.discount, "reason": now.reason})
    asking.do(do, done)
    return asking


def ask_insurance(parent: QWidget, draft: Draft, locale: Locale, done: Callable[[Draft], object]) -> Ask:
    """Which insurance pays how much of this bill. The patient's record stays as it is."""
    fields = {"insurer": Patient.insurer, "policy": Patient.policy, "insurance_percent": Patient.insurance_percent}

    def do(values: dict[str, Any], _operation: str) -> Draft:
        insurer, percent = values["insurer"] or "", values["insurance_percent"] or 0
        if percent and not insurer:
            raise InvalidInput({"insurer": "Which insurance is it?"})
        return Draft(draft.patient, insurer, values["policy"] or "", percent)

    heading = ("Insurance on this bill", "To have it proposed the next time, enter it in the patient's record.")
    asking = Ask(parent, heading, fields, primary("Change" if draft.insurer else "Add"), locale)
    values = {"insurer": draft.insurer, "policy": draft.policy, "insurance_percent": draft.percent or None}
    asking.questions.show_values(values)
    asking.do(do, done)
    return asking


def ask_void(parent: QWidget, context: Context, bill: Row, done: Callable[[Row], object]) -> Ask:
    """Why a bill is void."""
    fields = {"reason": reason_field()}
    text = "Its number stays taken. What it billed waits to be billed anew."
    heading = (f"Make {bill['number']} void?", text)

    def do(values: dict[str, Any], operation: str) -> Row:
        return INVOICES.void(context.session, bill, str(values["reason"]), operation)

    asking = Ask(parent, heading, fields, danger("Make void"), context.session.locale)
    asking.do(do, done)
    return asking


def ask_share(parent: QWidget, context: Context, bill: Row, done: Callable[[Row], object]) -> Ask:
    """How much of its share the insurance does not pay, and why: the patient pays it then."""
    session, left = context.session, insurance_rest(bill)
    fields: dict[str, Any] = {
        "amount": MoneyField(verbose_name="The patient pays of it", required=True),
        "reason": reason_field(),
    }
    currency = session.locale.currency
    text = f"{bill['insurer']} still has to pay {worded(left, currency)}. What it does not pay is owed by the patient."

    def do(values: dict[str, Any], operation: str) -> Row:
        return INVOICES.move_share(session, bill, values["amount"], str(values["reason"]), operation)

    asking = Ask(parent, ("The insurance does not pay all", text), fields, primary("To the patient"), session.locale)
    asking.questions.show_values({"amount": money(left, currency)})
    asking.do(do, done)
    return asking


def ask_refund(parent: QWidget, context: Context, account: Account, done: Callable[[Row], object]) -> Ask:
    """How much of what was paid is given back, how and why."""
    bill = account.invoice
    assert bill is not None
    session, paid, seen = context.session, amount_of(bill["paid"]), [bill]
    fields: dict[str, Any] = {
        "method": ChoiceField(verbose_name="Method", choices=BY_PATIENT, required=True),
        "amount": MoneyField(verbose_name="Amount", required=True),
        "reference": TextField(verbose_name="Slip number or reference", max_length=60, help_text="Not needed for cash"),
        "reason": reason_field(),
    }
    text = (
        f"{worded(paid, session.locale.currency)} was paid for {bill['number']}. What you give back is taken off the "
        "bill: nobody has to pay it again."
    )

    def do(values: dict[str, Any], operation: str) -> Row:
        refund = GiveBack(values["method"], values["amount"], values["reason"], values["reference"] or "")
        try:
            return PAYMENTS.give_back(session, seen[0], refund, operation)
        except Conflict:
            # It is said, and behind the dialog it shows: who goes on then means the bill as it is now.
            seen[0] = INVOICES.get(session, bill["_id"])
            raise

    asking = Ask(parent, ("Give money back", text), fields, primary("Give back"), session.locale)
    asking.questions.show_values({"method": _one_method(account), "amount": bill["paid"]})
    asking.do(do, done)
    return asking


def ask_reversal(parent: QWidget, context: Context, refund: Row, done: Callable[[Row], object]) -> Ask:
    """Why a refund was a mistake."""
    session = context.session
    amount = worded(amount_of(refund["amount"]), session.locale.currency)
    how = dict(METHODS)[refund["method"]].lower()
    text = f"{amount} by {how} was not given back: your drawer and the bill count it again."

    def do(values: dict[str, Any], operation: str) -> Row:
        bill = INVOICES.get(session, refund["invoice"])
        return PAYMENTS.reverse(session, bill, refund, str(values["reason"]), operation)

    words = (f"Undo {refund['number']}?", text)
    asking = Ask(parent, words, {"reason": reason_field()}, danger("Undo the refund"), session.locale)
    asking.do(do, done)
    return asking


def _one_method(account: Account) -> str | None:
    """How the patient paid; None where that was more than one way, and somebody has to choose."""
    ways = {one["method"] for one in standing(account.payments) if one["method"] != INSURANCE}
    return ways.pop() if len(ways) == 1 else None


def ask_services(parent: QWidget, context: Context, patient: Row | None, done: Callable[[ObjectId], object]) -> Ask:
    """A service of the price list for a patient, who is asked for unless one is open."""
    whom = {} if patient else {"patient": ReferenceField(verbose_name="Patient", refers_to="patients", required=True)}
    fields: dict[str, Any] = {
        **whom,
        "service": ReferenceField(verbose_name="Service", refers_to="services", required=True),
        "quantity": WholeNumberField(verbose_name="Quantity", min_value=1, max_value=2000, required=True),
    }

    def do(values: dict[str, Any], operation: str) -> ObjectId:
        chosen: ObjectId = patient["_id"] if patient else values["patient"]
        add_services(context.session, chosen, {values["service"]: values["quantity"]}, operation)
        return chosen

    title = f"Add a service for {patient['name']}" if patient else "New invoice"
    text = "At the price of the price list. Further services can be added to the bill before it is approved."
    asking = Ask(parent, (title, text), fields, primary("Add"), context.session.locale, lookup=lookup(context))
    asking.questions.show_values({"quantity": 1})
    if not patient:
        _tell_who(asking)
    asking.do(do, done)
    return asking


def _tell_who(asking: Ask) -> None:
    """Two may have the same name: below it stands which one was chosen."""
    row = asking.questions.rows["patient"]
    who, column = Label(muted=True, wrap=True), row.layout()
    who.setObjectName("whoIsBilled")
    who.hide()
    assert column is not None
    column.addWidget(who)

    def show() -> None:
        assert isinstance(row.editor, ReferenceEditor)
        who.setText(row.editor.picker.told)
        who.setVisible(bool(who.text()))
        asking.fit_soon()

    row.edited.connect(show)
