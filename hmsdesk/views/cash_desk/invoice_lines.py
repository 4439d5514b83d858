"""An approved bill: its lines, its sums, and what was paid."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.models.invoices import VOID, insurance_rest
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, in_column
from hmsdesk.models.payments import CARD, CASH, CORRECTION, INSURANCE, METHODS, PAYMENT, REFUND, TRANSFER
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
    header_row,
    small_button,
    sum_label,
    sums_row,
)
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import Tone
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import IconLine, Label

ICONS = {CASH: "cash", CARD: "credit-card-outline", TRANSFER: "bank-transfer", INSURANCE: "umbrella-outline"}
KINDS: dict[str, tuple[str, str, Tone]] = {
    PAYMENT: ("Paid", "check", "good"),
    REFUND: ("Given back", "undo", "busy"),
    CORRECTION: ("Corrected", "undo", "neutral"),
}
METHOD, CHIP = 96, 108


class InvoiceLines(QWidget):
    """Reads from top to bottom: what was done, who pays it, what was paid how."""

    receipt_asked = Signal(object, object)
    """A payment whose receipt is wanted, and the button that was pressed."""
    undo_asked = Signal(object)
    """A payment that was entered by mistake."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_invoice(self, bill: Row, payments: Sequence[Row], undoable: set[ObjectId]) -> None:
        """Show a bill in place of the one before. undoable: payments that this cashier may still undo."""
        clear(self._column)
        insured = bool(amount_of(bill["insurance"]))
        labels = [("Quantity", QUANTITY), ("Price", SUM), *([("Insurance", SUM)] if insured else [])]
        labels.append((f"Amount ({self._locale.currency})", SUM))
        self._column.addWidget(header_row("Service", labels, with_actions=False))
        for line in bill["lines"]:
            self._column.addWidget(self._row(line, insured))
        self._column.addSpacing(theme.SPACE_4)
        for row in _sums(bill):
            self._column.addWidget(row)
        self._column.addSpacing(theme.SPACE_8)
        if payments:
            self._column.addWidget(_payments_heading(payments))
        for one in payments:
            self._column.addWidget(self._payment(one, one["_id"] in undoable))
        if insurance_rest(bill):
            words = f"{bill['insurer']} still has to pay {in_column(insurance_rest(bill))}."
            self._column.addWidget(LineRow(IconLine(words, "umbrella-outline"), line=False))
        self._column.addStretch()

    def _row(self, line: Row, insured: bool) -> LineRow:
        insurance, discount = amount_of(line["insurance"]), amount_of(line.get("discount"))
        label = f"{line['label']}  ({in_column(-discount)}: {line['discount_reason']})" if discount else line["label"]
        share = [sum_label(in_column(-insurance) if insurance else "", muted=True)] if insured else []
        return LineRow(
            Words(label),
            sum_label(f"{line['quantity']:,}", QUANTITY),
            sum_label(in_column(amount_of(line["price"]))),
            *share,
            sum_label(in_column(amount_of(line["amount"]) - discount)),
        )

    def _payment(self, one: Row, undoable: bool) -> LineRow:
        word, icon, tone = KINDS[one["kind"]]
        method = IconLine(dict(METHODS)[one["method"]], ICONS[one["method"]], "text", wrap=False)
        method.setFixedWidth(METHOD)
        when = time_or_day(one["at"], self._locale, self._locale.today())
        note = ", ".join(
            part for part in (when, one.get("cashier:title"), one.get("reference"), one.get("reason")) if part
        )
        sign = 1 if one["kind"] == PAYMENT else -1
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
            Words(f"{note} · {one['number']}", muted=True),
            chip_cell(Chip(word, icon, tone), CHIP),
            actions(*buttons),
            sum_label(in_column(sign * amount_of(one["amount"]))),
            first=method,
        )


def _sums(bill: Row) -> list[LineRow]:
    insurance, credited = amount_of(bill["insurance"]), amount_of(bill["credited"])
    rows = [sums_row("Sum", in_column(amount_of(bill["total"])))]
    if insurance:
        rows.append(sums_row("Insurance pays", in_column(-insurance)))
    rows.append(sums_row("Patient pays", in_column(amount_of(bill["due"])), bold=True, muted=False))
    if credited:
        rows.append(sums_row("Given back", in_column(-credited)))
    if bill["state"] == VOID:
        stamp = bill["stamps"][-1]
        rows.append(LineRow(Label(f"Void: {stamp.get('reason', '')}", bold=True, wrap=True), line=False))
    return rows


def _payments_heading(payments: Sequence[Row]) -> LineRow:
    parts = sum(one["kind"] == PAYMENT for one in payments)
    split = Label(f"split over {parts}" if parts > 1 else "", muted=True)
    return LineRow(split, first=Label("Payments", bold=True))
