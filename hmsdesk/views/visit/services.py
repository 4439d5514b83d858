"""What was done in a visit and is to be charged: the prices are the practice's, waiving needs a reason."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from bson import Decimal128
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.encounters import Doing
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.services import SERVICES
from hmsdesk.models.declaration import Problem
from hmsdesk.models.encounters import DoneService
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.services import Service
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import IconButton
from hmsdesk.views.kit.contract import Found
from hmsdesk.views.kit.editor import LineField
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.pickers import ReferencePicker
from hmsdesk.views.kit.words import Label, tip

QUANTITY, PRICE = 44, 96
FOUND = 8
_AT_END = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
WHY = "Say why it costs nothing."


def find_services(session: Any, _among: str, typed: str) -> Sequence[Found]:
    """The services on offer that a text finds, with their prices."""
    rows = SERVICES.page(session, Query(text=typed, filters={"active": True}, limit=FOUND)).rows
    return [Found(row, row["name"], Service.price.show(row["price"], session.locale)) for row in rows]


class ServicePicker(ReferencePicker):
    """A service that is chosen becomes a line, and the field is empty again."""

    taken = Signal(object)

    def __init__(self, session: Any) -> None:
        super().__init__(partial(find_services, session), "services", "Add a service")
        self.setPlaceholderText("Add a service: type its name")

    def _take(self, found: Found) -> None:
        self.choose(None, "")
        self.taken.emit(found.record)


class ServiceLine(QWidget):
    """One service with its quantity and its price."""

    edited = Signal()
    removed = Signal()

    def __init__(self, line: Row, locale: Locale) -> None:
        super().__init__()
        self.service = line.get("service")
        self._locale = locale
        self._price: Row = line["price"]
        self._quantity = LineField(f"Quantity of {line['label']}")
        self._quantity.setFixedWidth(QUANTITY)
        self._quantity.setText(str(line.get("quantity", 1)))
        self._waived = QCheckBox("Free")
        self._waived.setAccessibleName(f"{line['label']} costs nothing")
        self._why = LineField(f"Why {line['label']} costs nothing")
        self._why.setPlaceholderText("Reason")
        self._why.setText(str(line.get("waived") or ""))
        self._waived.setChecked(bool(line.get("waived")))
        self._sum = Label()
        self._sum.setFixedWidth(PRICE)
        self._sum.setAlignment(_AT_END)
        self._below = Label(size="small")
        self._below.set_tone("danger")
        self._lay_out(line["label"])
        self._quantity.textEdited.connect(lambda _: self._on_edited())
        self._why.textEdited.connect(lambda _: self._on_edited())
        self._waived.toggled.connect(lambda _: self._on_waived())
        self._say()

    def _lay_out(self, name: str) -> None:
        cross = IconButton()
        cross.setIcon(theme.icon("close", "text_muted"))
        cross.setFixedSize(theme.CONTROL_COMPACT, theme.CONTROL_COMPACT)
        cross.setAccessibleName(f"Take away {name}")
        cross.setToolTip(tip(cross.accessibleName()))
        cross.clicked.connect(self.removed)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(Label(name, wrap=True), 1)
        for widget in (self._quantity, self._waived, self._sum, cross):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_4, 0, theme.SPACE_4)
        column.setSpacing(theme.SPACE_4)
        column.addLayout(row)
        column.addWidget(self._why)
        column.addWidget(self._below)

    def doing(self) -> Doing:
        """What is entered."""
        waived = self._why.text().strip() if self._waived.isChecked() else ""
        quantity = self._quantity.text().strip()
        return Doing(self.service, int(quantity) if quantity.isdecimal() else 0, waived)

    def amount(self) -> Decimal:
        """What it comes to."""
        price: Decimal = self._price["value"].to_decimal()
        return Decimal(0) if self._waived.isChecked() else price * self.doing().quantity

    def problem(self) -> str:
        """What is wrong with it."""
        try:
            DoneService.quantity.clean(self._quantity.text(), self._locale)
            DoneService.waived.clean(self._why.text(), self._locale)
        except Problem as problem:
            return str(problem)
        if not self._quantity.text().strip():
            return "How many?"
        return WHY if self._waived.isChecked() and not self._why.text().strip() else ""

    def complain(self) -> bool:
        """Say what is wrong with it; whether something is."""
        problem = self.problem()
        self._below.setText(problem)
        self._below.setVisible(bool(problem))
        self._why.set_state("invalid" if problem == WHY else "plain")
        self._quantity.set_state("invalid" if problem and problem != WHY else "plain")
        return bool(problem)

    def _on_waived(self) -> None:
        self._say()
        if self._waived.isChecked():
            self._why.setFocus()
        self.edited.emit()

    def _on_edited(self) -> None:
        self._say()
        self.edited.emit()

    def _say(self) -> None:
        money = self._price | {"value": Decimal128(self.amount())}
        self._sum.setText(DoneService.price.show(money, self._locale))
        self._why.setVisible(self._waived.isChecked())
        self._below.hide()


class ServicesEditor(QWidget):
    """The lines with their sum, and a field that adds one."""

    edited = Signal()

    def __init__(self, session: Any, lines: Sequence[Row]) -> None:
        super().__init__()
        self._locale: Locale = session.locale
        self.lines: list[ServiceLine] = []
        self.picker = ServicePicker(session)
        self.picker.setObjectName("addService")
        self.picker.taken.connect(self._on_taken)
        self.total = Label(bold=True)
        self.total.setObjectName("visitTotal")
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        foot = QHBoxLayout()
        foot.addWidget(Label("Charged", bold=True))
        foot.addStretch()
        foot.addWidget(self.total)
        # The sum stands under the amounts, which have a cross behind them.
        foot.addSpacing(theme.CONTROL_COMPACT + theme.SPACE_8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addLayout(self._list)
        column.addWidget(self.picker)
        column.addWidget(Separator())
        column.addLayout(foot)
        for line in lines:
            self._append(line)
        self._first = self.doing()
        self._say()

    def doing(self) -> list[Doing]:
        """What is entered."""
        return [line.doing() for line in self.lines]

    def changed(self) -> bool:
        """Whether it is something else than at first."""
        return self.doing() != self._first

    def complain(self) -> bool:
        """Say what is wrong; whether something is."""
        wrong = [line for line in self.lines if line.complain()]
        return bool(wrong)

    def _append(self, line: Row) -> None:
        one = ServiceLine(line, self._locale)
        one.edited.connect(self._on_edited)
        one.removed.connect(lambda: self._on_removed(one))
        self.lines.append(one)
        self._list.addWidget(one)

    def _on_taken(self, service: Row) -> None:
        self._append({"service": service["_id"], "label": service["name"], "price": service["price"]})
        self._on_edited()

    def _on_removed(self, line: ServiceLine) -> None:
        self.lines.remove(line)
        line.hide()
        line.deleteLater()
        self.picker.setFocus()
        self._on_edited()

    def _on_edited(self) -> None:
        self._say()
        self.edited.emit()

    def _say(self) -> None:
        money = {"value": Decimal128(sum((line.amount() for line in self.lines), Decimal(0)))}
        self.total.setText(DoneService.price.show(money | {"currency": self._locale.currency}, self._locale))
