"""Counting the drawer: opening it with a float, and closing the day with what was counted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from hmsdesk.controllers.closings import CLOSINGS, CountDrawer, Drawer
from hmsdesk.models.closings import PIECES
from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import MoneyField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import ZERO, amount_of, in_column, money, nothing, rounded, worded
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.rows import sum_label
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.words import Label

MOST_PIECES = 9999
WIDTH = 496
WORDS = (
    "Count and close the day",
    "Count the cash in your drawer. What is taken afterwards belongs to the next closing.",
)


def ask_float(parent: QWidget, context: Context, usual: Decimal, drawer: Drawer, done: Callable[[Row], object]) -> Ask:
    """The cash a drawer is opened with; proposed: what it was opened with the last time.

    drawer: what was taken before it was opened, which must not be counted twice.
    """
    session = context.session
    fields = {"opened_with": MoneyField(verbose_name="Cash in the drawer", required=True)}

    def do(values: dict[str, Any], operation: str) -> Row:
        return CLOSINGS.open(session, values["opened_with"], operation)

    heading = ("Open the drawer", _float_words(drawer, session.locale.currency))
    asking = Ask(parent, heading, fields, primary("Open"), session.locale)
    if usual:
        asking.questions.show_values({"opened_with": money(usual, session.locale.currency)})
    asking.do(do, done)
    return asking


def ask_correction(parent: QWidget, context: Context, drawer: Drawer, done: Callable[[Row], object]) -> Ask:
    """What an open drawer was really opened with, and why it says otherwise."""
    session = context.session
    fields = {"opened_with": MoneyField(verbose_name="It was opened with", required=True), "reason": reason_field()}

    def do(values: dict[str, Any], operation: str) -> Row:
        return CLOSINGS.correct(session, drawer, values["opened_with"], str(values["reason"]), operation)

    says = worded(drawer.opened_with, session.locale.currency)
    text = f"It says {says}. The closing goes by what you enter here; what was said before stays in the list."
    asking = Ask(parent, ("Correct the opening", text), fields, primary("Correct"), session.locale)
    asking.questions.show_values({"opened_with": money(drawer.opened_with, session.locale.currency)})
    asking.do(do, done)
    return asking


def _float_words(drawer: Drawer, currency: str) -> str:
    if not drawer.cash:
        return "Count the change that is in it before the first payment."
    taken = worded(abs(drawer.cash), currency)
    if drawer.cash > 0:
        return f"Count the change that is in it. Leave out the {taken} in cash that you have taken: they count already."
    return f"Count the change that was in it, with the {taken} in cash that you have given back: they count already."


class _Pieces(QSpinBox):
    def __init__(self, value: str, currency: str) -> None:
        super().__init__()
        self.setObjectName(f"pieces-{value}")
        self.setAccessibleName(f"How many of {currency} {value}")
        self.setRange(0, MOST_PIECES)
        self.setFixedWidth(92)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        self.setFixedHeight(theme.CONTROL)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on to the next note, as in any other field; only Ctrl+Enter closes the day from here."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.ignore()
            else:
                self.focusNextChild()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()


class CloseDay(Ask):
    """Notes and coins, or one sum; what is expected; and a reason where they differ."""

    def __init__(self, parent: QWidget, context: Context, drawer: Drawer, done: Callable[[Row], object]) -> None:
        fields = {
            "counted": MoneyField(verbose_name="Counted cash", required=True),
            "reason": TextField(verbose_name="Reason of the difference", max_length=200),
        }
        self._drawer = drawer
        self._session = context.session
        self._locale: Locale = context.session.locale
        super().__init__(parent, WORDS, fields, primary("Close the day"), self._locale, width=WIDTH)
        self.setObjectName("countDrawer")
        self.pieces = {value: _Pieces(value, self._locale.currency) for value in PIECES.get(self._locale.currency, ())}
        self._nothing = in_column(nothing(self._locale.currency))
        self._sums = {value: sum_label(self._nothing, 84, muted=True) for value in self.pieces}
        self._difference = Label(bold=True)
        self._difference.setObjectName("difference")
        place = self.column.indexOf(self.questions)
        self.column.insertWidget(place + 1, self._difference)
        self.column.insertSpacing(place, theme.SPACE_8)
        self.column.insertWidget(place, Label(self._expected(), muted=True, wrap=True))
        self.column.insertSpacing(place, theme.SPACE_8)
        self.column.insertLayout(place, self._grid())
        self.questions.edited.connect(lambda name: self._on_counted() if name == "counted" else None)
        self._say_difference()
        self.do(self._close, done)
        next(iter(self.pieces.values()), self.questions.rows["counted"].editor).setFocus()

    def reject(self) -> None:
        """A drawer isn't counted again for a key or a button that was pressed by mistake."""
        if self.questions.raw("counted") and not self._working:
            words = ("Leave the count?", "What you have counted is not kept.", "Leave")
            confirm(self, *words, lambda: self.done(0), keep="Keep counting", dangerous=True)
        else:
            super().reject()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_8)
        grid.setVerticalSpacing(theme.SPACE_4)
        half = (len(self.pieces) + 1) // 2
        for n, (value, spin) in enumerate(self.pieces.items()):
            row, column = n % half, n // half * 4
            grid.addWidget(sum_label(value, 44), row, column)
            grid.addWidget(spin, row, column + 1)
            grid.addWidget(self._sums[value], row, column + 2)
            spin.valueChanged.connect(self._on_pieces)
        grid.setColumnStretch(3, 1)
        return grid

    def _expected(self) -> str:
        drawer = self._drawer
        expected = worded(drawer.cash, self._locale.currency)
        return f"Expected: {expected}, opened with {in_column(drawer.opened_with)}."

    def _on_pieces(self) -> None:
        whole = ZERO
        for value, spin in self.pieces.items():
            part = rounded(Decimal(value) * spin.value(), self._locale.currency)
            self._sums[value].setText(in_column(part))
            whole += part
        self.questions.show_values({"counted": money(whole, self._locale.currency)})
        self._say_difference()

    def _on_counted(self) -> None:
        """A sum of one's own: what was counted piece by piece no longer holds."""
        for value, spin in self.pieces.items():
            spin.blockSignals(True)
            spin.setValue(0)
            spin.blockSignals(False)
            self._sums[value].setText(self._nothing)
        self._say_difference()

    def _counted(self) -> Decimal | None:
        try:
            value = MoneyField().clean(self.questions.raw("counted"), self._locale)
        except Problem:
            return None
        return amount_of(value) if value else None

    def _say_difference(self) -> None:
        counted = self._counted()
        difference = (counted - self._drawer.cash) if counted is not None else ZERO
        words = f"{in_column(abs(difference))} {'is missing' if difference < 0 else 'too much'}" if difference else ""
        if counted is not None and not difference:
            words = "It is what was expected"
        self._difference.setText(words)
        self._difference.set_tone("danger" if difference else "good")
        self._difference.setVisible(bool(words))
        self.questions.rows["reason"].setVisible(bool(difference))
        self.fit_soon()

    def _close(self, values: dict[str, Any], operation: str) -> Row:
        pieces = {value: spin.value() for value, spin in self.pieces.items() if spin.value()}
        count = CountDrawer(values["counted"], pieces, values.get("reason") or "")
        return CLOSINGS.close(self._session, self._drawer, count, operation)
