"""What waits to be billed, line by line, with what the insurance pays of it and what is taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.controllers.invoices import Bill, LineTerms, bill_of, proposed_percent, usual_terms
from hmsdesk.models.charges import FOR_OTHER
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, in_column, total
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.rows import (
    ACTIONS,
    QUANTITY,
    SUM,
    LineRow,
    Words,
    actions,
    clear,
    discount_row,
    header_row,
    small_button,
    sum_label,
    sums_row,
)
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link


@dataclass(frozen=True)
class Draft:
    """How a patient's charges are to be billed.

    terms: only where they aren't the usual ones. charges: what waited when it was looked at last.
    """

    patient: ObjectId
    insurer: str = ""
    policy: str = ""
    percent: int = 0
    terms: dict[ObjectId, LineTerms] = field(default_factory=dict)
    charges: frozenset[ObjectId] = field(default=frozenset(), compare=False)

    @classmethod
    def of(cls, patient: Row) -> Draft:
        """As the patient's record proposes it."""
        insurer = patient.get("insurer", "")
        return cls(patient["_id"], insurer, patient.get("policy", ""), proposed_percent(patient))

    def terms_of(self, charge: Row) -> LineTerms:
        """How one charge is to be billed."""
        return self.terms.get(charge["_id"]) or usual_terms(charge, self.percent)

    def with_terms(self, charge: Row, terms: LineTerms) -> Draft:
        """The same with one line billed otherwise."""
        others = {name: one for name, one in self.terms.items() if name != charge["_id"]}
        usual = terms == usual_terms(charge, self.percent)
        return replace(self, terms=others if usual else others | {charge["_id"]: terms})

    def looked_at(self, charges: Sequence[Row]) -> Draft:
        """The same, seen with all that waits now."""
        return replace(self, charges=frozenset(one["_id"] for one in charges))

    def still_about(self, charges: Sequence[Row]) -> bool:
        """Whether some of what it was agreed on waits: what comes after all of it is billed is another bill."""
        return not self.charges or any(one["_id"] in self.charges for one in charges)

    def bill(self, charges: Sequence[Row], locale: Locale) -> Bill:
        """What approving would make of it."""
        return bill_of(charges, {one["_id"]: self.terms_of(one) for one in charges}, locale)


def says_more(bill: Row, patient: Row) -> bool:
    """Whether a bill has terms that the patient's record does not propose: who bills it anew enters them again."""
    proposed = Draft.of(patient)
    by_another = bill.get("insurer") and (bill["insurer"], bill.get("policy") or "") != (
        proposed.insurer,
        proposed.policy,
    )
    return bool(by_another) or any(
        amount_of(line.get("discount")) or line["percent"] not in (0, proposed.percent) for line in bill["lines"]
    )


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
            if amount_of(line.get("discount")):
                self._column.addWidget(discount_row(line, tail=ACTIONS))
        self._column.addSpacing(theme.SPACE_8)
        discount = total(line.get("discount") for line in bill.lines)
        sums = {"Sum": bill.total + discount, "Discount": -discount, "Insurance pays": -bill.insurance}
        for label, amount in sums.items():
            if amount or label == "Sum":
                self._column.addWidget(sums_row(label, in_column(amount), tail=ACTIONS))
        self._column.addWidget(sums_row("Patient pays", in_column(bill.patient), bold=True, muted=False, tail=ACTIONS))
        self._column.addWidget(self._insurance_line(draft))
        self._column.addStretch()

    def _row(self, charge: Row, line: Row) -> LineRow:
        insurance = amount_of(line["insurance"])
        words = f"Discount, or another share of the insurance, for {line['label']}"
        change = small_button(words, "pencil-outline", lambda: self.change_asked.emit(charge))
        change.setObjectName("changeLine")
        buttons = [change]
        if charge["reason"] == FOR_OTHER:
            off = small_button(
                f"Take {line['label']} off", "close", lambda: self.take_off_asked.emit(charge), "takeOff"
            )
            buttons.append(off)
        return LineRow(
            Words(line["label"]),
            sum_label(f"{line['quantity']:,}", QUANTITY),
            sum_label(in_column(amount_of(line["price"]))),
            sum_label(in_column(-insurance) if insurance else "", muted=True),
            sum_label(in_column(amount_of(line["amount"]))),
            actions(*buttons),
        )

    def _insurance_line(self, draft: Draft) -> QWidget:
        words = insurance_words(draft.insurer, draft.policy, draft.percent)
        change = link("Change insurance…" if draft.insurer else "Add insurance…")
        change.setObjectName("changeInsurance")
        change.clicked.connect(lambda _: self.insurance_asked.emit())
        return LineRow(Words(words, muted=True), change, line=False, height=40)


def insurance_words(insurer: str, policy: str, percent: int) -> str:
    """Misr Insurance, policy MI-204981, pays 60 % of all but medicines."""
    if not insurer:
        return "No insurance"
    named = ", policy ".join(part for part in (insurer, policy) if part)
    return f"{named}, pays {percent} % of all but medicines"
