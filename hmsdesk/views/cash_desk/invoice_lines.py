"""An approved bill: its lines, its sums, and what was paid."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.models.invoices import VOID, insurance_rest, sums_of
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, in_column
from hmsdesk.models.payments import (
    CARD,
    CASH,
    CORRECTION,
    INSURANCE,
    METHODS,
    PAYMENT,
    REFUND,
    REVERSAL,
    TRANSFER,
    signed,
)
from hmsdesk.models.row import Row
from hmsdesk.models.times import time_or_day
from hmsdesk.views.cash_desk.rows import (
    QUANTITY,
    SUM,
    LineRow,
    Words,
    actions,
    chip_cell,
    clear,
    discount_row,
    header_row,
    small_button,
    sum_label,
    sums_row,
)
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link
from hmsdesk.views.kit.chips import Tone
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import IconLine, Label

ICONS = {CASH: "cash", CARD: "credit-card-outline", TRANSFER: "bank-transfer", INSURANCE: "umbrella-outline"}
KINDS: dict[str, tuple[str, str, Tone]] = {
    PAYMENT: ("Paid", "check", "good"),
    REFUND: ("Given back", "undo", "busy"),
    CORRECTION: ("Correction", "undo", "neutral"),
    REVERSAL: ("Reversal", "undo", "neutral"),
}
UNDONE: tuple[str, str, Tone] = ("Undone", "cancel", "neutral")
METHOD, CHIP = 96, 108


class InvoiceLines(QWidget):
    """Reads from top to bottom: what was done, who pays it, what was paid how."""

    receipt_asked = Signal(object, object)
    """A payment whose receipt is wanted, and the button that was pressed."""
    undo_asked = Signal(object)
    """A payment or a refund that was entered by mistake."""
    claim_asked = Signal()
    """What the insurance has paid is to be entered."""
    move_asked = Signal()
    """What the insurance does not pay falls to the patient."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_invoice(self, bill: Row, payments: Sequence[Row], undoable: set[ObjectId]) -> None:
        """Show a bill in place of the one before. undoable: what this cashier may still undo."""
        clear(self._column)
        insured = any(amount_of(line["insurance"]) for line in bill["lines"])
        labels = [("Quantity", QUANTITY), ("Price", SUM), *([("Insurance", SUM)] if insured else [])]
        labels.append((f"Amount ({self._locale.currency})", SUM))
        self._column.addWidget(header_row("Service", labels, with_actions=False))
        for line in bill["lines"]:
            self._column.addWidget(self._row(line, insured))
            if amount_of(line.get("discount")):
                self._column.addWidget(discount_row(line))
        self._column.addSpacing(theme.SPACE_4)
        for row in _sums(bill, payments):
            self._column.addWidget(row)
        self._column.addSpacing(theme.SPACE_8)
        if payments:
            self._column.addWidget(LineRow(first=Label("Payments", bold=True)))
        undone = {one["corrects"] for one in payments if "corrects" in one}
        for one in payments:
            kind = UNDONE if one["_id"] in undone else KINDS[one["kind"]]
            self._column.addWidget(self._payment(one, kind, one["_id"] in undoable))
        if insurance_rest(bill):
            self._column.addWidget(self._insurance(bill))
        self._column.addStretch()

    def _row(self, line: Row, insured: bool) -> LineRow:
        insurance = amount_of(line["insurance"])
        share = [sum_label(in_column(-insurance) if insurance else "", muted=True)] if insured else []
        return LineRow(
            Words(line["label"]),
            sum_label(f"{line['quantity']:,}", QUANTITY),
            sum_label(in_column(amount_of(line["price"]))),
            *share,
            sum_label(in_column(amount_of(line["amount"]))),
        )

    def _insurance(self, bill: Row) -> LineRow:
        words = Words(f"{in_column(insurance_rest(bill))} is still to be paid by {bill['insurer']}", muted=True)
        paid, moved = link("It has paid…"), link("It does not pay all…")
        for button, name, signal in ((paid, "claimPaid", self.claim_asked), (moved, "moveShare", self.move_asked)):
            button.setObjectName(name)
            button.clicked.connect(lambda _, signal=signal: signal.emit())
        return LineRow(words, paid, moved, line=False, height=40)

    def _payment(self, one: Row, kind: tuple[str, str, Tone], undoable: bool) -> LineRow:
        word, icon, tone = kind
        method = IconLine(dict(METHODS)[one["method"]], ICONS[one["method"]], "text", wrap=False)
        method.setFixedWidth(METHOD)
        when = time_or_day(one["at"], self._locale, self._locale.today())
        change = amount_of(one.get("change"))
        handed = f"change {in_column(change)}" if change else ""
        facts = (when, handed, one.get("reference"), one.get("reason"), one.get("cashier:title"))
        note = ", ".join(part for part in facts if part)
        receipt = small_button(
            f"Receipt {one['number']}", "printer-outline", lambda: self.receipt_asked.emit(one, receipt), "receipt"
        )
        buttons = [receipt]
        if undoable:
            undo = small_button(
                f"Undo {one['number']}: it was a mistake", "undo", lambda: self.undo_asked.emit(one), "undo"
            )
            buttons.append(undo)
        return LineRow(
            Words(f"\u2066{one['number']}\u2069 · {note}", muted=True),
            chip_cell(Chip(word, icon, tone), CHIP),
            actions(*buttons),
            sum_label(in_column(signed(one))),
            first=method,
        )


def _why_declined(bill: Row, payments: Sequence[Row]) -> str:
    """Why the insurance's share fell to the patient: of the reasons on a bill, what no payment and no end gave it."""
    if not amount_of(bill.get("declined")):
        return ""
    paid = {one["at"] for one in payments}
    stamps = [one for one in bill["stamps"] if one["state"] != VOID and one["at"] not in paid]
    return "; ".join(one["reason"] for one in stamps if one.get("reason"))


def _sums(bill: Row, payments: Sequence[Row]) -> list[LineRow]:
    rows = [
        sums_row(label, in_column(amount), bold=counts, muted=not counts) for label, amount, counts in sums_of(bill)
    ]
    declined = _why_declined(bill, payments)
    if declined:
        rows.append(LineRow(Words(f"Not paid by the insurance: {declined}", muted=True), line=False, height=24))
    if bill["state"] == VOID:
        stamp = bill["stamps"][-1]
        rows.append(LineRow(Label(f"Void: {stamp.get('reason', '')}", bold=True, wrap=True), line=False))
    return rows
