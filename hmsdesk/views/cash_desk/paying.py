"""Taking a payment, once, and undoing what was entered by mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.payments import PAYMENTS, TakePayment
from hmsdesk.errors import InvalidInput, Unreachable
from hmsdesk.models.money import amount_of, worded
from hmsdesk.models.payments import CORRECTION, METHODS, PAYMENT, REFUND, REVERSAL
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.asked import ask_reversal
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.failures import in_words

if TYPE_CHECKING:
    from hmsdesk.views.cash_desk.bill import BillPanel

DONE = {PAYMENT: "has taken", REFUND: "has given back", CORRECTION: "has undone", REVERSAL: "has undone the refund of"}


class Paying:
    """What the strip of a bill's panel asks for. What got no answer can only be sent again as it was."""

    def __init__(self, panel: BillPanel, context: Context) -> None:
        self._panel = panel
        self._context = context
        self._operation = uuid4().hex
        self._again: Callable[[], None] | None = None
        # The bill that was just paid, and what the cashier hands back.
        self._change: tuple[ObjectId | None, str] = (None, "")

    def begin_anew(self) -> None:
        """Another bill, or another state of it, is in front: what is taken from now on is another payment."""
        self._operation = uuid4().hex
        self._again = None

    def change_of(self, bill: Row) -> str:
        """What is handed back for what was just taken of a bill; nothing of any other."""
        whose, change = self._change
        return change if whose == bill["_id"] else ""

    def forget_change(self) -> None:
        """It has been handed back."""
        self._change = (None, "")

    def take(self, taken: TakePayment) -> None:
        """Take a payment of the bill that is shown."""
        account = self._panel.account
        if self._again is not None:
            self._again()
        elif account is not None and account.invoice is not None and not self._panel.strip.button.is_working:
            self._send(account.invoice, account.patient["name"], taken, self._operation)

    def _send(self, bill: Row, whose: str, taken: TakePayment, operation: str) -> None:
        """Sent again it is the same bill, as it was seen, and the same operation: it can't be taken twice."""
        self._again = None
        self._panel.notice.hide()
        self._panel.strip.button.set_working("Taking…")
        work = partial(PAYMENTS.take, self._context.session, bill, taken, operation)
        again = partial(self._send, bill, whose, taken, operation)
        tasks.run(self._panel, work, partial(self._on_taken, bill, whose), partial(self._on_not_taken, again))

    def _on_taken(self, bill: Row, whose: str, payment: Row) -> None:
        self.begin_anew()
        self._panel.papers.add(payment["_id"])
        currency = self._context.session.locale.currency
        change = amount_of(payment.get("change"))
        text = f"Change {worded(change, currency)}" if change else f"Receipt {payment['number']}"
        words = f"{worded(amount_of(payment['amount']), currency)} is taken"
        self._change = (bill["_id"], worded(change, currency) if change else "")
        self._panel.approving.forget()
        self._context.toasts.show(words, f"{text}, {whose}.", action=("Undo", partial(self.ask_undo, payment)))
        self._panel.strip.ready()
        self._panel.taken.emit()
        self._panel.changed.emit(bill["patient"], bill["_id"])

    def _on_not_taken(self, again: Callable[[], None], problem: Exception) -> None:
        known = in_words(problem, self._panel.NOT_DONE)
        if isinstance(problem, Unreachable):
            self._again = again
            self._panel.notice.say("danger", f"{known} Nothing is taken twice.", ("Try again", again))
            self._panel.strip.ask_again()
            return
        self._panel.strip.ready()
        if isinstance(problem, InvalidInput):
            name, words = next(iter(known.fields.items()))
            self._panel.strip.say(words, name)
            return
        self._panel.say_failed(problem)

    def ask_undo(self, payment: Row) -> None:
        """A small button between others, and a key that works anywhere: what it does to the drawer is said first."""
        if payment["kind"] == REFUND:
            ask_reversal(self._panel, self._context, payment, self._on_undone)
            return
        amount = worded(amount_of(payment["amount"]), self._context.session.locale.currency)
        how = dict(METHODS)[payment["method"]].lower()
        text = f"{amount} by {how} was entered by mistake: your drawer no longer counts it, and the bill is owed again."
        undo = partial(self._on_undo, payment)
        confirm(self._panel, f"Undo {payment['number']}?", text, "Undo the payment", undo, dangerous=True)

    def _on_undo(self, payment: Row) -> None:
        session = self._context.session

        def work() -> Row:
            return PAYMENTS.correct(session, INVOICES.get(session, payment["invoice"]), payment, uuid4().hex)

        tasks.run(self._panel, work, self._on_undone, self._panel.say_failed)

    def _on_undone(self, correction: Row) -> None:
        self.forget_change()
        what = "refund" if correction["kind"] == REVERSAL else "payment"
        self._context.toasts.show(f"The {what} is undone", str(correction["reason"]))
        self._panel.changed.emit(correction["patient"], correction["invoice"])

    def done_by_others(self, before: Sequence[Row], now: Sequence[Row]) -> str:
        """What others have taken or given back of the bill meanwhile, in words; nothing where nobody has."""
        known = {one["_id"] for one in before}
        person, currency = self._context.session.identity.person, self._context.session.locale.currency
        for one in reversed(now):
            if one["_id"] not in known and one["cashier"] != person and one["kind"] in DONE:
                who = one.get("cashier:title") or "Somebody else"
                return f"{who} {DONE[one['kind']]} {worded(amount_of(one['amount']), currency)} meanwhile."
        return ""
