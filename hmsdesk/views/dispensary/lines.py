"""The lines of an opened prescription: what is prescribed, from which lot, how much is there, and how much goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.handing_out import Given
from hmsdesk.controllers.dispensary.lasting import TooShort, too_short
from hmsdesk.controllers.dispensary.opening import Line, OpenedPrescription, Product
from hmsdesk.models.dates import worded
from hmsdesk.models.medicine_checks import Finding
from hmsdesk.models.medicines import counted
from hmsdesk.models.prescription_doses import dose_words, quantity_remark
from hmsdesk.models.row import Row
from hmsdesk.views.dispensary.amount import Amount
from hmsdesk.views.dispensary.lasting import Lasting
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link
from hmsdesk.views.kit.chips import STATUSES, Status, short_by
from hmsdesk.views.kit.editor import mark_invalid
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label, tip

PRESCRIBED, LOT, STOCK, HAND_OUT, STATE = 64, 104, 52, 72, 98
HEADINGS = (
    ("Prescribed", PRESCRIBED, True),
    ("Lot, expiry", LOT, False),
    ("In stock", STOCK, True),
    ("Hand out", HAND_OUT, False),
    ("Status", STATE, False),
)
ROW = 48
LOT_BUTTON = 20
ALLERGY = Status("Allergy", "danger", "alert-octagon-outline")
IN_PART = Status("In part", "warning", "circle-half-full")
TOO_MUCH = Status("Too much", "danger", "alert-outline")
EXPIRES = Status("Expires", "warning", "calendar-alert")
NOT_NOW = Status("Not now", "neutral", "minus")
Choosing = Callable[["LineRow"], object]


def _cell(widget: QWidget, width: int) -> QWidget:
    widget.setFixedWidth(width)
    return widget


def _number(number: int, width: int, tone: str = "") -> Label:
    label = Label(f"{number:,}", bold=bool(tone))
    label.set_tone(tone)
    return _at_right(label, width)


def _at_right(label: Label, width: int) -> Label:
    """Numbers and their headings stand at the right in either direction, so that units stand below each other."""
    label.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setFixedWidth(width)
    return label


def _two(first: QWidget, *second: QWidget) -> QWidget:
    cell = QWidget()
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addStretch()
    column.addWidget(first)
    for widget in second:
        column.addWidget(widget)
    column.addStretch()
    return cell


def lot_words(lot: Row) -> str:
    """MF2407, to 31 Mar 2028, 480 there."""
    return f"\u2066{lot['lot']}\u2069, to {worded(lot['expires'])}, {lot['quantity']:,} there"


class LineRow(QWidget):
    """One medicine."""

    changed = Signal()
    scanning = Signal(str)

    def __init__(self, line: Line, choosing: Choosing, against: Finding | None, closed: bool) -> None:
        super().__init__()
        self.line = line
        self.given: Given | None = None
        self._against, self._closed = against, closed
        self.spin = Amount(line)
        self.spin.setFixedWidth(HAND_OUT)
        self.spin.valueChanged.connect(self._on_changed)
        self.spin.scanning.connect(self.scanning)
        self._choosing = choosing
        self.lot = link("")
        self.lot.setObjectName(f"lot{line.number}")
        self.lot.setFixedHeight(LOT_BUTTON)
        self.lot.clicked.connect(self._on_lot)
        self._expiry = Label(size="small", muted=True)
        self._second = Label(muted=True, size="small", wrap=True)
        self._stock = _number(0, STOCK)
        self._state = QHBoxLayout()
        self._problem = Label(size="small", wrap=True)
        self._problem.setObjectName(f"problem{line.number}")
        self._problem.set_tone("danger")
        self._problem.hide()
        self.lasting = Lasting(line.number)
        self.lasting.wanted.connect(self._on_lasting)
        self._lay_out()
        self._show_product()

    def _lay_out(self) -> None:
        line = self.line
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_12, 4, theme.SPACE_12, 4)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._what(), 1)
        row.addWidget(_cell(self._prescribed(), PRESCRIBED))
        row.addWidget(_cell(_two(self.lot, self._expiry), LOT))
        row.addWidget(self._stock)
        row.addWidget(_cell(QWidget() if self.is_done() or self._closed else self.spin, HAND_OUT))
        state = QWidget()
        self._state = QHBoxLayout(state)
        self._state.setContentsMargins(0, 0, 0, 0)
        row.addWidget(_cell(state, STATE))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        self._problem.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_4)
        column.addWidget(self._problem)
        column.addWidget(self.lasting)
        column.addWidget(Separator())
        self.setAccessibleName(line.name)

    def _what(self) -> QWidget:
        what = _two(Label(self.line.name, bold=True, wrap=True), self._second)
        what.setMinimumHeight(ROW - 8)
        return what

    def _prescribed(self) -> QWidget:
        line = self.line
        first = _number(line.prescribed, PRESCRIBED)
        if line.owed in (0, line.prescribed):
            return _two(first)
        owed = Label(f"{line.owed:,} owed", muted=True, size="small")
        return _two(first, _at_right(owed, PRESCRIBED))

    def is_done(self) -> bool:
        """Whether nothing of it is owed any more."""
        return self.line.owed == 0

    @property
    def product(self) -> Product:
        """What is to be given."""
        return self.line.named(self.given.medicine if self.given else None) or self.line.product

    @property
    def quantity(self) -> int:
        """How much is to go out now."""
        return 0 if self.is_done() else self.spin.value()

    def give(self, given: Given | None) -> None:
        """Give another product or a later lot, or what was proposed at first."""
        self.given = given
        self.spin.offer(self.line, self.product)
        self._show_product()
        self.changed.emit()

    def can_give(self, given: Given) -> bool:
        """Whether this is still there."""
        product = self.line.named(given.medicine)
        lots = product.lots if product else ()
        return bool(lots) and (given.lot is None or any(lot["_id"] == given.lot for lot in lots))

    @property
    def is_wrong(self) -> bool:
        """Whether so much of it can't go out."""
        return not self.is_done() and bool(self.spin.problem())

    def set_problem(self, problem: str) -> None:
        """Say what is wrong with the quantity."""
        mark_invalid(self.spin, bool(problem))
        self.spin.setAccessibleDescription(problem)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def _on_changed(self) -> None:
        self.set_problem(self.spin.problem())
        self._show_state()
        self._show_lot()
        self.changed.emit()

    def _on_lasting(self, given: Given) -> None:
        """A lot that lasts is given for what was to go out; what offered it is gone."""
        quantity = self.quantity
        self.lot.setFocus()
        self.give(given)
        self.spin.setValue(quantity)

    def _on_lot(self) -> None:
        self._choosing(self)

    def _show_product(self) -> None:
        line, stock = self.line, self.product.stock
        self._stock.setText(f"{stock:,}")
        self._stock.set_tone("warning" if stock < line.owed else "")
        self._second.setText(self._words())
        self._second.set_tone("warning" if line.called_now or self.given else "muted")
        self._show_state()
        self._show_lot()

    def _words(self) -> str:
        """How it is taken, and what is unusual about it."""
        words = " ".join(part for part in (dose_words(self.line.dose)[0], self._remark()) if part)
        if self.line.called_now:
            words += f" In the catalogue now: {self.line.called_now}."
        if not self.given and not self._closed and self.product.stock < self.line.owed and self.line.others:
            words += f" {self.line.others[0].name} can be given: choose it under Lot."
        if self.given and self.given.medicine:
            return f"Given: {self.product.name} ({self.given.why}). {words}"
        return f"A later lot ({self.given.why}). {words}" if self.given else words

    def _remark(self) -> str:
        """What the doctor was told of the quantity and signed it all the same."""
        return "" if self.is_done() or self._closed else quantity_remark(self.line.dose)

    def _status(self) -> Status | None:
        owed, stock = self.line.owed, self.product.stock
        if self.is_done():
            return STATUSES["in-full"]
        if self._closed:
            return None
        if self._against is not None:
            return ALLERGY
        if self.is_wrong:
            return TOO_MUCH
        if stock < owed:
            return short_by(owed - stock)
        if self._too_short() is not None:
            return EXPIRES
        if self.quantity >= owed:
            return STATUSES["ready"]
        return IN_PART if self.quantity else NOT_NOW

    def _too_short(self) -> TooShort | None:
        """Whether its lot expires before it is used up."""
        left = not self.is_done() and not self._closed and not self.is_wrong
        return too_short(self.line, self.quantity, self.given) if left else None

    def _show_state(self) -> None:
        status = self._status()
        self.lasting.say(self._too_short())
        while (item := self._state.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if status is not None:
            self._state.addWidget(Chip.of(status))
        self._state.addStretch()

    def _show_lot(self) -> None:
        """The lot that is taken from first, and how many more it takes."""
        chosen = self.given.lot if self.given else None
        lots = sorted(self.product.lots, key=lambda lot: lot["_id"] != chosen)
        left, used = self.quantity, 0
        for lot in lots:
            if left <= 0:
                break
            left -= lot["quantity"]
            used += 1
        choice = not self.is_done() and not self._closed and (len(self.line.lots) > 1 or bool(self.line.others))
        self.lot.trailing_icon = "chevron-down" if choice else ""
        self.lot.setEnabled(choice)
        none = not lots or self.is_done()
        more = f" +{used - 1}" if used > 1 else ""
        nothing = "Choose" if choice else "–"
        self.lot.set_text(nothing if none else f"\u2066{lots[0]['lot']}\u2069{more}")
        self.lot.setAccessibleName(f"Lot of {self.line.name}: {self.lot.text()}")
        self._expiry.setVisible(not none)
        if not none:
            self._expiry.setText(f"to {worded(lots[0]['expires'])}")
            self.lot.setToolTip(tip("\n".join(lot_words(lot) for lot in lots)))


class _Head(QWidget):
    """The ground below the headings."""

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface"))
        for y in (0, self.height() - 1):
            painter.fillRect(0, y, self.width(), 1, theme.color("line"))


class LinesTable(QWidget):
    """All lines under their headings."""

    changed = Signal()
    scanning = Signal(str)

    def __init__(self, choosing: Choosing) -> None:
        """choosing: what happens where another lot or product is to be chosen for a line."""
        super().__init__()
        self.rows: list[LineRow] = []
        self._choosing = choosing
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._head())
        # What room is left stays below the lines.
        self._column.addStretch()

    def _head(self) -> QWidget:
        head = _Head()
        head.setFixedHeight(theme.TABLE_HEADER)
        row = QHBoxLayout(head)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(Label("Medicine", muted=True, size="small"), 1)
        for name, width, numeric in HEADINGS:
            label = Label(name, muted=True, size="small")
            row.addWidget(_at_right(label, width) if numeric else _cell(label, width))
        return head

    def show_lines(
        self, opened: OpenedPrescription, kept: Mapping[int, int], given: Mapping[int, Given], *, closed: bool
    ) -> None:
        """Show lines. kept, given: what was typed and chosen, to stay where it still can. closed: nothing goes out."""
        against = opened.allergies_against
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [LineRow(line, self._choosing, against.get(line.number), closed) for line in opened.lines]
        for row in self.rows:
            chosen = given.get(row.line.number)
            if chosen and row.can_give(chosen):
                row.give(chosen)
            if row.line.number in kept:
                row.spin.setValue(kept[row.line.number])
            row.changed.connect(self.changed)
            row.scanning.connect(self.scanning)
            self._column.insertWidget(self._column.count() - 1, row)

    def give(self, number: int, given: Given | None) -> bool:
        """Give something otherwise for a line as it stands now; whether that can still be."""
        row = next((row for row in self.rows if row.line.number == number and not row.is_done()), None)
        if row is None or (given is not None and not row.can_give(given)):
            return False
        row.give(given)
        return True

    def typed(self) -> dict[int, int]:
        """The quantities that are not those proposed."""
        return {row.line.number: row.quantity for row in self.rows if row.quantity != row.spin.most}

    def is_wrong(self) -> bool:
        """Whether more is asked for than can go out."""
        return any(row.is_wrong for row in self.rows)

    def quantities(self) -> dict[int, int]:
        """Line -> how much is to go out now."""
        return {row.line.number: row.quantity for row in self.rows}

    def given(self) -> dict[int, Given]:
        """Line -> what is given otherwise than proposed."""
        return {row.line.number: row.given for row in self.rows if row.given}

    def show_problems(self, problems: Mapping[str, str]) -> bool:
        """Show what the server refused, at its lines (`line.N`); whether there was any."""
        wrong = [row for row in self.rows if f"line.{row.line.number}" in problems]
        for row in wrong:
            row.set_problem(problems[f"line.{row.line.number}"])
        if wrong:
            wrong[0].spin.setFocus()
        return bool(wrong)

    def left_owed(self) -> list[str]:
        """What stays owed after this hand-out, in words."""
        left = ((row.line.owed - row.quantity, row.line) for row in self.rows)
        return [f"{counted(number, line.unit)} of {line.name}" for number, line in left if number > 0]
