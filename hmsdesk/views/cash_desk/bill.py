"""The bill in front of the cashier: what waits is approved, what is approved is paid, each once."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from hmsdesk.controllers.cash_desk import Account, take_off
from hmsdesk.controllers.invoices import Bill
from hmsdesk.errors import Conflict, UserError
from hmsdesk.models.invoices import VOID, insurance_rest, may_be_void, rest
from hmsdesk.models.money import amount_of, worded
from hmsdesk.models.payments import INSURANCE, UNDOING, standing
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.approving import Approving
from hmsdesk.views.cash_desk.asked import (
    ask_insurance,
    ask_refund,
    ask_services,
    ask_share,
    ask_terms,
    ask_void,
)
from hmsdesk.views.cash_desk.bill_foot import BillFoot
from hmsdesk.views.cash_desk.bill_head import BillHead
from hmsdesk.views.cash_desk.draft import Draft, DraftLines, says_more
from hmsdesk.views.cash_desk.invoice_lines import InvoiceLines
from hmsdesk.views.cash_desk.kept_terms import KeptTerms
from hmsdesk.views.cash_desk.papers import Papers
from hmsdesk.views.cash_desk.paying import Paying
from hmsdesk.views.cash_desk.rows import show_those
from hmsdesk.views.cash_desk.strip import PaymentStrip
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.direction import below
from hmsdesk.views.kit.drafting import NOT_KEPT, CopyWriter
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.state_view import StateView


class BillPanel(QFrame):
    """Shows one account at a time. What was sent and got no answer can only be sent again as it is."""

    changed = Signal(object, object)
    """The patient and the bill to look at from now on; no bill: what waits of the patient."""
    taken = Signal()
    """A payment was taken here."""
    NOT_DONE = UserError("This could not be done.", "Something in the program went wrong. Look at the bill again.")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._context = context
        self._locale = context.session.locale
        self.account: Account | None = None
        self.draft: Draft | None = None
        self.kept = KeptTerms(context)
        # The insurance pays later, not at the desk: only whoever says so enters its share.
        self._claiming = False
        self._bill = Bill()
        self._drawer: set[ObjectId] = set()
        self._taken_off: set[ObjectId] = set()
        self.papers = Papers(self, context)
        self.approving = Approving(self, context)
        self.paying = Paying(self, context)
        self.head = BillHead()
        self.nothing = StateView()
        self.lines = DraftLines(self._locale)
        self.paid_lines = InvoiceLines(self._locale)
        self.notice = Notice()
        self._copy = CopyWriter(self, self.kept.keep_owed, self.notice)
        self.strip = PaymentStrip(self._locale)
        self._foot = foot = BillFoot()
        self.add, self.print, self.refund, self.void = foot.add, foot.print, foot.refund, foot.void
        self.approve, self.left, self.left_amount = foot.approve, foot.left, foot.left_amount
        self._lay_out()
        self._connect()
        self.show_nothing()

    def _lay_out(self) -> None:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.lines)
        rows.addWidget(self.paid_lines)
        self._body = Scroll(inside)
        self.notice.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._body, 1)
        column.addWidget(self.notice)
        column.addWidget(self.strip)
        column.addWidget(self._foot)
        column.addWidget(self.nothing, 1)

    def _connect(self) -> None:
        for part in (self.strip, self.approve):
            self._context.toasts.keep_clear(part)
        self.head.chart_asked.connect(self._on_chart)
        self.lines.change_asked.connect(self._on_change_line)
        self.lines.take_off_asked.connect(self._on_take_off)
        self.lines.insurance_asked.connect(self._on_insurance)
        self.paid_lines.receipt_asked.connect(self._on_receipt)
        self.paid_lines.undo_asked.connect(self.paying.ask_undo)
        self.paid_lines.claim_asked.connect(self._on_claim)
        self.paid_lines.move_asked.connect(self._on_move_share)
        self.strip.asked.connect(self.paying.take)
        foot = {self.add: self._on_add, self.print: self._on_print, self.refund: self._on_refund}
        for button, action in (foot | {self.void: self._on_void, self.approve: self.approving.approve}).items():
            button.clicked.connect(lambda _, action=action: action())

    # What it shows

    def show_nothing(self, words: str = "Choose somebody who has something to pay.") -> None:
        """Show no bill."""
        self.account = self.draft = None
        for part in (self.head, self._body, self.strip, self._foot, self.notice):
            part.hide()
        self.nothing.show_empty("receipt-text-outline", words, "Or make a new invoice of the price list.")
        self.nothing.show()

    def show_account(self, account: Account, drawer: set[ObjectId]) -> None:
        """Show a patient's account. drawer: the payments in the cashier's open drawer, which can still be undone."""
        same = self.account is not None and _key(self.account) == _key(account)
        if same and self.account == account and self._drawer == drawer:
            return
        moved = same and self.account is not None and self.account.invoice != account.invoice
        news = self._news(self.account, account) if same and self.account is not None else ""
        held = self._has_keyboard()
        self.account, self._drawer = account, drawer
        if not same:
            self.notice.hide()
            self.draft = None
            self._claiming = False
        if not same or moved:
            self.approving.begin_anew()
            self.paying.begin_anew()
        if account.invoice is None:
            self.draft = self.kept.of(account, self.draft)
        self.nothing.hide()
        self._show_parts(keep_strip=same and not moved)
        if not same:
            self._say_restored()
        if news:
            # What the disk refuses is said again; this isn't.
            self.notice.withdraw(NOT_KEPT)
            if self.notice.isHidden():
                self.notice.say("warning", news)
        # What had the keyboard may be hidden by now: it must not go on somewhere else on the page.
        if held and not self._has_keyboard():
            self.begin()

    def _say_restored(self) -> None:
        """Terms that were entered some other time must not go into the bill unseen."""
        if self.draft is not None and self.account is not None and self.draft != Draft.of(self.account.patient):
            words = "This is as it was agreed before, and not as the patient's record says."
            self.notice.say("info", words, ("As in the record", self._on_as_in_record))

    def _on_as_in_record(self) -> None:
        if self.account is not None and self.account.invoice is None:
            self._on_drafted(Draft.of(self.account.patient))

    def _has_keyboard(self) -> bool:
        """Whether it has it in its window, which may have a dialog before it."""
        where = self.window().focusWidget()
        return bool(where) and where.isVisible() and self.isAncestorOf(where)

    def _news(self, before: Account, now: Account) -> str:
        """What others have done to what is looked at: it must not change under the cashier's hands unsaid."""
        if now.invoice is not None:
            return self.paying.done_by_others(before.payments, now.payments)
        stays = {one["_id"] for one in now.charges} | self._taken_off
        gone = [one for one in before.charges if one["_id"] not in stays]
        if not gone:
            return ""
        draft = self.draft or Draft.of(before.patient)
        left = draft.still_about(now.charges)
        agreed = any(one["_id"] in draft.terms for one in gone) or (not left and draft != Draft.of(before.patient))
        words = f"{gone[0]['label']} was taken back meanwhile: somebody corrects what was done."
        return words + (" What was agreed on it is to be entered again." if agreed else "")

    def _show_parts(self, *, keep_strip: bool = False) -> None:
        account = self.account
        assert account is not None
        bill = account.invoice
        self.head.show_account(account, self._locale)
        self.lines.setVisible(bill is None)
        self.paid_lines.setVisible(bill is not None)
        if bill is None:
            self._show_draft()
        else:
            # A void bill stands as it is.
            kinds = UNDOING if bill["state"] != VOID else ()
            undoable = {one["_id"] for one in standing(account.payments, kinds)} & self._drawer
            self.paid_lines.show_invoice(bill, account.payments, undoable)
            self._show_invoice(bill, keep_strip)
        # Last: with everything in it shown at once, it would make the window wider for a moment, and so for good.
        for part in (self.head, self._body, self._foot):
            part.show()

    def _show_draft(self) -> None:
        assert self.account is not None
        assert self.draft is not None
        charges = self.account.charges
        self._bill = self.draft.bill(charges, self._locale)
        self.lines.show_draft(self.draft, charges, self._bill)
        self.strip.hide()
        for button in (self.print, self.refund, self.void):
            button.hide()
        self.add.show()
        self.approve.setVisible(bool(charges))
        self.approve.set_text(f"Approve {worded(self._bill.patient, self._locale.currency)}")
        self.left.setText("Patient pays" if charges else "Nothing waits to be billed")
        self.left_amount.setText("")
        self._foot.show_change("")
        self._foot.left_box.setVisible(not charges)

    def _show_invoice(self, bill: Row, keep_strip: bool) -> None:
        left, insurance = rest(bill), insurance_rest(bill)
        given_back = {self.refund: bool(amount_of(bill["paid"])), self.void: may_be_void(bill)}
        show_those({self.add: False, self.approve: False, self.print: True} | given_back)
        self._foot.left_box.show()
        self.left.setText("Still to pay")
        self.left_amount.setText(worded(left, self._locale.currency))
        self.left_amount.set_tone("" if left else "muted")
        self._foot.show_change(self.paying.change_of(bill))
        if not keep_strip:
            self._claiming = False
            self.strip.show_rest(left, insurance)
        self.strip.setVisible(bool(left or (insurance and self._claiming)))

    def say_approved(self, bill: Row) -> None:
        """What was looked at has been billed, at another desk."""
        changed = self.kept.drop(bill["patient"])
        if bill["created_by"] != self._context.session.identity.person:
            lost = " What you changed is not on it." if changed else ""
            who = bill.get("created_by:title") or "Somebody else"
            self.notice.say("warning", f"{who} has approved this bill meanwhile.{lost}")
            # An Enter that was meant to approve must not take the money.
            self.print.setFocus()

    def begin(self) -> None:
        """Put the keyboard where one goes on."""
        if self.account is None:
            return
        if self.account.invoice is None:
            (self.approve if self.account.charges else self.add).setFocus()
        elif self.strip.isVisible():
            self.strip.begin()
        else:
            self.print.setFocus()

    def _on_chart(self) -> None:
        if self.account is not None:
            self._context.navigate("patients", str(self.account.patient["_id"]))

    # What waits

    def _on_change_line(self, charge: Row) -> None:
        if self.draft is not None:
            ask_terms(self, charge, self.draft, self._locale, self._on_drafted)

    def _on_insurance(self) -> None:
        if self.draft is not None:
            ask_insurance(self, self.draft, self._locale, self._on_drafted)

    def _on_drafted(self, draft: Draft) -> None:
        account = self.account
        if account is not None and self.draft is not None and self.draft.patient == draft.patient:
            self.draft = draft.looked_at(account.charges)
            self.approving.begin_anew()
            self.notice.hide()
            self._show_draft()
            self.begin()
            if draft == Draft.of(account.patient) or not account.charges:
                self.kept.drop(draft.patient)
            else:
                self.keep(self.draft)

    def keep(self, draft: Draft) -> None:
        """Keep what is agreed until it is billed."""
        self.kept.keep(draft)
        self._copy.keep()

    def _on_take_off(self, charge: Row) -> None:
        patient = charge["patient"]
        self._taken_off.add(charge["_id"])
        work = partial(take_off, self._context.session, charge, uuid4().hex)
        tasks.run(self, work, lambda _: self.changed.emit(patient, None), partial(self._on_not_taken_off, charge))

    def _on_not_taken_off(self, charge: Row, problem: Exception) -> None:
        # Should a colleague take it back later, that is news.
        self._taken_off.discard(charge["_id"])
        self.say_failed(problem)

    def _on_add(self) -> None:
        if self.account is not None:
            ask_services(self, self._context, self.account.patient, lambda patient: self.changed.emit(patient, None))

    # The insurance

    def _on_claim(self) -> None:
        bill = self.account.invoice if self.account else None
        self._claiming = not self._claiming
        if self._claiming:
            self.strip.show()
            self.strip.choose(INSURANCE)
            self.strip.begin()
        elif bill is not None:
            # Asked for once more, it is put away.
            self.strip.show_rest(rest(bill), insurance_rest(bill))
            self.strip.setVisible(bool(rest(bill)))

    def _on_move_share(self) -> None:
        if self.account is not None and self.account.invoice is not None:
            ask_share(self, self._context, self.account.invoice, self._on_share_moved)

    def _on_share_moved(self, bill: Row) -> None:
        self.paying.forget_change()
        words = f"{worded(rest(bill), self._locale.currency)} is to be paid by the patient now"
        self._context.toasts.show(words, f"{bill['number']} says so.")
        self.changed.emit(bill["patient"], bill["_id"])

    # Giving back, void, paper

    def _on_refund(self) -> None:
        if self.account is not None and self.account.invoice is not None:
            ask_refund(self, self._context, self.account, self._on_refunded)

    def _on_refunded(self, refund: Row) -> None:
        self.papers.add(refund["_id"])
        words = f"{worded(amount_of(refund['amount']), self._locale.currency)} is given back"
        undo = ("Undo", partial(self.paying.ask_undo, refund))
        self._context.toasts.show(words, f"Receipt {refund['number']}.", action=undo)
        self.changed.emit(refund["patient"], refund["invoice"])

    def _on_void(self) -> None:
        if self.account is not None and self.account.invoice is not None:
            ask_void(self, self._context, self.account.invoice, self._on_voided)

    def _on_voided(self, bill: Row) -> None:
        again = self.account is not None and says_more(bill, self.account.patient)
        words = " What was agreed on it is to be entered again." if again else ""
        self._context.toasts.show(f"{bill['number']} is void", f"What it billed waits to be billed anew.{words}")
        self.changed.emit(bill["patient"], None)

    def _on_print(self) -> None:
        if self.account is not None and self.account.invoice is not None:
            latest = next(reversed(self.account.payments), None)
            menu = self.papers.menu(latest, self.account.invoice)
            menu.popup(below(self.print, menu.sizeHint().width()))
            # Enter prints on the usual paper.
            menu.setActiveAction(menu.actions()[0])

    def _on_receipt(self, payment: Row, button: QWidget) -> None:
        if self.account is not None and self.account.invoice is not None:
            menu = self.papers.menu(payment, None)
            menu.popup(below(button, menu.sizeHint().width(), at_end=True))
            # Enter prints on the usual paper.
            menu.setActiveAction(menu.actions()[0])

    def say_failed(self, problem: Exception) -> None:
        """Say why something was not done, and look at the bill again."""
        known = in_words(problem, self.NOT_DONE)
        self.notice.say("warning" if isinstance(problem, Conflict) else "danger", str(known))
        if self.account is not None:
            self._show_parts(keep_strip=True)
            self.changed.emit(self.account.patient["_id"], _key(self.account)[1])


def _key(account: Account) -> tuple[ObjectId, ObjectId | None]:
    return account.patient["_id"], account.invoice["_id"] if account.invoice else None
