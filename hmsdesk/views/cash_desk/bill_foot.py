"""What can be done with the bill as a whole, and what is still to be paid of it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, normal, primary
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.words import Label


class BillFoot(QWidget):
    """Whoever shows it says which of its parts are there. change: what the cashier hands back, until they go on."""

    def __init__(self) -> None:
        super().__init__()
        self.add = _button("Add service…", "plus", "addService")
        self.print = _button("Print…", "printer-outline", "printInvoice", "Ctrl+P")
        self.refund = _button("Give money back…", "undo", "refund")
        self.void = _button("Void…", "cancel", "void")
        self.left = Label(muted=True)
        self.left.setObjectName("stillToPay")
        self.left_amount = Label(bold=True, size="title")
        self.left_amount.setObjectName("stillToPayAmount")
        self.change_amount = Label(bold=True, size="title")
        self.change_amount.setObjectName("changeGiven")
        self.approve = primary("Approve", "check", "Ctrl+Enter")
        self.approve.setObjectName("approve")
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        row.setSpacing(theme.SPACE_8)
        # The sums before the buttons: messages come up at the end, and cover what is there.
        self.left_box = _below_one_another(self.left, self.left_amount)
        self._change_box = _below_one_another(Label("Change", muted=True), self.change_amount)
        row.addWidget(self.left_box)
        row.addWidget(self._change_box)
        for button in (self.add, self.print, self.refund, self.void):
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self.approve)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Separator())
        column.addLayout(row)

    def show_change(self, amount: str) -> None:
        """Say what is handed back; nothing where it is nothing."""
        self.change_amount.setText(amount)
        self._change_box.setVisible(bool(amount))


def _below_one_another(*labels: Label) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, theme.SPACE_16, 0)
    column.setSpacing(0)
    for label in labels:
        column.addWidget(label)
    return box


def _button(words: str, icon: str, name: str, shortcut: str = "") -> Button:
    button = normal(words, icon, shortcut)
    button.setObjectName(name)
    return button
