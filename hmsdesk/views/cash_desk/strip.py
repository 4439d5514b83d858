"""Where a payment is typed: how, how much, and of cash what was handed over. Enter takes it."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QElapsedTimer, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.payments import TakePayment
from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import MoneyField
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import ZERO, amount_of, as_typed, in_column, nothing, worded
from hmsdesk.models.payments import CASH, INSURANCE, METHODS, REFERENCES
from hmsdesk.views.cash_desk.invoice_lines import ICONS
from hmsdesk.views.cash_desk.rows import show_those
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.editor import LineField, keep_height
from hmsdesk.views.kit.keys import tell_keys
from hmsdesk.views.kit.words import Label

FIELD, METHOD, REFERENCE = 100, 136, 130
# The second of a double click or a double Enter is no payment of its own.
BOUNCE_MS = 450


class _Methods(QComboBox):
    """Rolling the wheel must not change how somebody pays."""

    def wheelEvent(self, e: QWheelEvent) -> None:
        e.ignore()


class _Line(LineField):
    """Enter takes the payment; held down it doesn't take another, and Ctrl+Enter is what approves a bill."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and (event.isAutoRepeat() or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            return
        super().keyPressEvent(event)


class PaymentStrip(QWidget):
    """Says `asked` with what was typed; whoever shows it takes the payment, and says what is wrong with it."""

    asked = Signal(object)

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.setObjectName("paymentStrip")
        self._locale = locale
        self._rest, self._insurance = ZERO, ZERO
        self._begun = QElapsedTimer()
        self._begun.start()
        self._is_typed = False
        self._is_held = False
        self.method = _Methods()
        self.method.setObjectName("method")
        self.method.setAccessibleName("Method")
        self.method.setFixedWidth(METHOD)
        self.method.setIconSize(QSize(theme.ICON_BUTTON, theme.ICON_BUTTON))
        keep_height(self.method, "QComboBox")
        self.amount = self._field(f"Amount ({locale.currency})", "amount", FIELD)
        self.received = self._field(f"Received ({locale.currency})", "received", FIELD)
        self.reference = self._field("Reference", "reference", REFERENCE)
        self.reference.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.change_label = Label(in_column(nothing(locale.currency)), bold=True)
        self.change_label.setObjectName("change")
        self.change_label.setMinimumWidth(60)
        self.button = primary("Take", "check", "Enter")
        self.button.setObjectName("take")
        self.problem = Label(size="small", wrap=True)
        self.problem.setObjectName("stripProblem")
        self.problem.set_tone("danger")
        self.problem.hide()
        self._lay_out()
        tell_keys(self, ("Enter", "Take the payment"))
        self.method.activated.connect(lambda _: self._on_method())
        for line in (self.amount, self.received, self.reference):
            line.textEdited.connect(lambda _: self._on_edited())
            line.returnPressed.connect(self.take)
        self.button.clicked.connect(lambda _: self.take())

    def _field(self, name: str, object_name: str, width: int) -> LineField:
        line = _Line(name)
        line.setObjectName(object_name)
        # In a narrow window, and where a large amount makes the button wide, they give way: the window never grows.
        line.setMinimumWidth(width * 3 // 4)
        line.setMaximumWidth(width)
        line.setMaxLength(60)
        line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        return line

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        self._labels = {}
        cells: tuple[tuple[str, QWidget], ...] = (
            ("Method", self.method),
            (self.amount.accessibleName(), self.amount),
            (self.received.accessibleName(), self.received),
            ("Reference", self.reference),
            ("Change", self.change_label),
        )
        for words, widget in cells:
            box = QVBoxLayout()
            box.setSpacing(theme.SPACE_4)
            label = Label(words, muted=True, size="small")
            label.setBuddy(widget)
            self._labels[widget] = label
            box.addWidget(label)
            box.addWidget(widget)
            row.addLayout(box)
        self.change_label.setFixedHeight(theme.CONTROL)
        row.addStretch()
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_12)
        column.setSpacing(theme.SPACE_4)
        column.addLayout(row)
        column.addWidget(self.problem)

    # What it shows

    def show_rest(self, rest: Decimal, insurance: Decimal) -> None:
        """Begin anew with what is still to be paid, by the patient and by the insurance.

        How somebody else paid, or the part before, says nothing of how this is paid.
        """
        self._rest, self._insurance = rest, insurance
        self._begun.start()
        self._is_typed = False
        self._hold(False)
        offered = [code for code, _ in METHODS if (insurance if code == INSURANCE else rest)]
        self.method.clear()
        for code in offered:
            self.method.addItem(theme.icon(ICONS[code]), dict(METHODS)[code], code)
        self.say("", "")
        self._on_method()

    def choose(self, method: str) -> None:
        """Be about to take it this way."""
        self.method.setCurrentIndex(self.method.findData(method))
        self._on_method()

    def _left(self) -> Decimal:
        return self._insurance if self.method.currentData() == INSURANCE else self._rest

    def _on_method(self) -> None:
        method = self.method.currentData()
        self.amount.setText(as_typed(self._left()))
        for line in (self.received, self.reference):
            line.clear()
        in_cash = method == CASH
        fields = {self.received: in_cash, self.change_label: in_cash, self.reference: not in_cash}
        show_those(fields | {self._labels[one]: shown for one, shown in fields.items()})
        words = REFERENCES.get(method, "Reference")
        self._labels[self.reference].setText(words)
        self.reference.setAccessibleName(words)
        self._on_typed()

    def ready(self) -> None:
        """What was sent is answered: the button says again what it takes."""
        self._begun.start()
        self._is_typed = False
        self._hold(False)
        self._on_typed()

    def ask_again(self) -> None:
        """Nobody knows whether what was sent was taken: it stands as it is, and Enter sends it again."""
        self._hold(True)
        self.button.set_text("Try again")

    def _hold(self, held: bool) -> None:
        self._is_held = held
        self.method.setEnabled(not held)
        for line in (self.amount, self.received, self.reference):
            line.setReadOnly(held)

    def begin(self) -> None:
        """Put the keyboard where the next thing is typed: what was received, or the number of the slip."""
        line = self.received if self.method.currentData() == CASH else self.reference
        line.setFocus()
        line.selectAll()

    # What was typed

    def _typed(self, line: LineField) -> Decimal | None:
        try:
            value = MoneyField().clean(line.text(), self._locale)
        except Problem:
            return None
        return amount_of(value) if value else None

    def _on_edited(self) -> None:
        self._is_typed = True
        self._on_typed()

    def _on_typed(self) -> None:
        amount, received = self._typed(self.amount), self._typed(self.received)
        words = worded(amount, self._locale.currency) if amount is not None else ""
        self.button.set_text(f"Take {words}".strip())
        change = received - amount if received is not None and amount is not None else ZERO
        unread = received is None and bool(self.received.text().strip())
        self.change_label.setText("–" if unread or amount is None else in_column(change))
        self.change_label.set_tone("danger" if change < 0 else "")
        self.say("", "")

    def say(self, words: str, field: str) -> None:
        """Say what is wrong, at its field; nothing where all is well."""
        lines = {"amount": self.amount, "received": self.received, "reference": self.reference}
        for name, line in lines.items():
            line.set_state("invalid" if words and name == field else "plain")
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        if words and field in lines:
            lines[field].setFocus()
            lines[field].selectAll()

    def take(self) -> None:
        """Ask for what was typed to be taken, once."""
        if not self._is_typed and self._begun.elapsed() < BOUNCE_MS:
            return
        if not self.button.is_working and self.button.isEnabled():
            method = self.method.currentData()
            received = self.received.text() if method == CASH else ""
            reference = self.reference.text().strip() if method != CASH else ""
            self.asked.emit(TakePayment(method, self.amount.text(), received or None, reference))

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("line"))
