"""What waits to be billed, line by line, with what the insurance pays of it and what is taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.controllers.invoices import Bill, LineTerms, bill_of, usual_terms
from hmsdesk.models.charges import FOR_OTHER
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, in_column
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.rows import (
    QUANTITY,
    SUM,
    LineRow,
    Words,
    actions,
    clear,
    header_row,
    small_button,
    sum_label,
    sums_row,
)
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link


@dataclass(frozen=True)
class Draft:
    """How a patient's charges are to be billed. terms: only where they aren't the usual ones."""

    patient: ObjectId
    insurer: str = ""
    policy: str = ""
    percent: int = 0
    terms: dict[ObjectId, LineTerms] = field(default_factory=dict)

    @classmethod
    def of(cls, patient: Row) -> Draft:
        """As the patient's record proposes it."""
        insurer = patient.get("insurer", "")
        percent = patient.get("insurance_percent", 0) if insurer else 0
        return cls(patient["_id"], insurer, patient.get("policy", ""), percent)

    def terms_of(self, charge: Row) -> LineTerms:
        """How one charge is to be billed."""
        return self.terms.get(charge["_id"]) or usual_terms(charge, self.percent)

    def with_terms(self, charge: Row, terms: LineTerms) -> Draft:
        """The same with one line billed otherwise."""
        return replace(self, terms={**self.terms, charge["_id"]: terms})

    def bill(self, charges: Sequence[Row], locale: Locale) -> Bill:
        """What approving would make of it."""
        return bill_of(charges, {one["_id"]: self.terms_of(one) for one in charges}, locale)


class DraftLines(QWidget):
    """The lines and their sums."""

    change_asked = Signal(object)
    """A charge: how it is billed is to be changed."""
    take_off_asked = Signal(object)
    insurance_asked = Signal()

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_draft(self, draft: Draft, charges: Sequence[Row], bill: Bill) -> None:
        """Show lines in place of those before."""
        clear(self._column)
        labels = (
            ("Quantity", QUANTITY),
            ("Price", SUM),
            ("Insurance", SUM),
            (f"Amount ({self._locale.currency})", SUM),
        )
        self._column.addWidget(header_row("Service", labels, with_actions=True))
        for charge, line in zip(charges, bill.lines, strict=True):
            self._column.addWidget(self._row(charge, line))
        self._column.addSpacing(theme.SPACE_8)
        sums = [("Sum", in_column(bill.total)), ("Insurance pays", in_column(-bill.insurance))]
        for label, amount in sums if bill.insurance else sums[:1]:
            self._column.addWidget(sums_row(label, amount, tail=60))
        self._column.addWidget(sums_row("Patient pays", in_column(bill.patient), bold=True, muted=False, tail=60))
        self._column.addWidget(self._insurance_line(draft))
        self._column.addStretch()

    def _row(self, charge: Row, line: Row) -> LineRow:
        insurance, discount = amount_of(line["insurance"]), amount_of(line.get("discount"))
        label = f"{line['label']}  ({in_column(-discount)}: {line['discount_reason']})" if discount else line["label"]
        change = small_button(
            f"Change how {line['label']} is billed", "pencil-outline", lambda: self.change_asked.emit(charge)
        )
        change.setObjectName("changeLine")
        buttons = [change]
        if charge["reason"] == FOR_OTHER:
            off = small_button(
                f"Take {line['label']} off", "close", lambda: self.take_off_asked.emit(charge), "takeOff"
            )
            buttons.append(off)
        return LineRow(
            Words(label),
            sum_label(f"{line['quantity']:,}", QUANTITY),
            sum_label(in_column(amount_of(line["price"]))),
            sum_label(in_column(-insurance) if insurance else "", muted=True),
            sum_label(in_column(amount_of(line["amount"]) - discount)),
            actions(*buttons),
        )

    def _insurance_line(self, draft: Draft) -> QWidget:
        words = insurance_words(draft.insurer, draft.policy, draft.percent)
        change = link("Change insurance…" if draft.insurer else "Add insurance…")
        change.setObjectName("changeInsurance")
        change.clicked.connect(lambda _: self.insurance_asked.emit())
        return LineRow(Words(words, muted=True), change, line=False, height=40)


def insurance_words(insurer: str, policy: str, percent: int) -> str:
    """Misr Insurance, policy MI-204981, pays 60 % of consultations and tests."""
    if not insurer:
        return "No insurance"
    named = ", policy ".join(part for part in (insurer, policy) if part)
    return f"{named}, pays {percent} % of consultations and tests"
