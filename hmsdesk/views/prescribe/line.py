"""One medicine of a prescription: what, how much of it, how often; and below it the words that will be printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.dose_amounts import Dose, exactly
from hmsdesk.models.locale import Locale
from hmsdesk.models.medicines import UNITS
from hmsdesk.models.prescription_doses import DOSINGS, ROUTES, dose_words, dosings, quantity_for, quantity_remark
from hmsdesk.models.prescriptions import PrescribedLine, checked_line
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import IconButton
from hmsdesk.views.kit.editor import LineField, Surroundings, mark_invalid
from hmsdesk.views.kit.editors import ComboEditor, editor_for
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.pickers import ReferencePicker
from hmsdesk.views.kit.words import Label, tip
from hmsdesk.views.prescribe.catalogue import Catalogue
from hmsdesk.views.prescribe.columns import (
    BY,
    DAYS,
    DOSE,
    DOSE_FIELD,
    FREQUENCY,
    NUMBER,
    OFTEN,
    QUANTITY,
    REMOVE,
    ROUTE,
    told_of,
)
from hmsdesk.views.prescribe.findings import LineFindings

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def _row(*widgets: QWidget | tuple[QWidget, int]) -> QHBoxLayout:
    """Widgets beside one another, some with a share of the room that is left."""
    row = QHBoxLayout()
    row.setSpacing(theme.SPACE_8)
    for one in widgets:
        widget, share = one if isinstance(one, tuple) else (one, 0)
        row.addWidget(widget, share)
    return row


class MedicineEditor(QWidget):
    """The fields of one line. What was typed is kept as it was typed."""

    edited = Signal()
    reasoned = Signal()
    """A reason to prescribe it all the same was given or taken back."""
    removed = Signal()
    done = Signal()
    """Enter in its last field."""

    def __init__(self, catalogue: Catalogue, locale: Locale, substitution: bool = True) -> None:
        """substitution: whether it is usually allowed here."""
        super().__init__()
        self._catalogue = catalogue
        self._locale = locale
        self._usual = substitution
        self._own_quantity = False
        self._touched: set[str] = set()
        self._refused: dict[str, str] = {}
        self._number = Label(muted=True)
        self._number.setFixedWidth(NUMBER)
        self.medicine = ReferencePicker(catalogue.find, "medicines", "Medicine", catalogue.hint, catalogue.offer)
        self.medicine.setPlaceholderText("Name or ingredient")
        self.dose = self._short("Dose", DOSE_FIELD)
        self._measure = Label(muted=True, size="small")
        self.route = self._choice("route", ROUTE)
        self._only_route = Label(muted=True)
        self.frequency = self._choice("frequency", FREQUENCY)
        for code, word in OFTEN.items():
            self.frequency.combo.setItemText(self.frequency.combo.findData(code), word)
        self.days = self._short("Days", DAYS)
        self.quantity = self._short("Quantity", QUANTITY)
        self.instructions = LineField("Instructions")
        self.instructions.setPlaceholderText("Instructions, as: With food")
        self._words = Label(muted=True, size="small", wrap=True)
        self._words.setObjectName("doseWords")
        self.substitution = QCheckBox("Substitution")
        self.substitution.setToolTip("The dispensary may hand out an equal product")
        self.findings = LineFindings(locale)
        self._remove = IconButton()
        self._lay_out()
        self._connect()
        self.restore({})

    def _short(self, name: str, width: int) -> LineField:
        line = LineField(name)
        line.setFixedWidth(width)
        line.setProperty("icons", True)
        if name != "Dose":
            line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        return line

    def _choice(self, name: str, width: int) -> ComboEditor:
        field = getattr(PrescribedLine, name)
        editor = ComboEditor(name, field, Surroundings(self._locale, self._catalogue.find, editor_for))
        editor.combo.setFixedWidth(width)
        editor.combo.view().setMinimumWidth(200)
        return editor

    def _lay_out(self) -> None:
        self._remove.setIcon(theme.icon("close", "text_muted"))
        self._remove.setFixedSize(REMOVE, REMOVE)
        # Once signed the button goes; its room stays, or the fields would leave their headings.
        room = self._remove.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self._remove.setSizePolicy(room)
        self._remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        dose = QWidget()
        dose.setFixedWidth(DOSE)
        beside = QHBoxLayout(dose)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(theme.SPACE_4)
        beside.addWidget(self.dose)
        beside.addWidget(self._measure, 1)
        route = QWidget()
        route.setFixedWidth(ROUTE)
        either = QHBoxLayout(route)
        either.setContentsMargins(0, 0, 0, 0)
        either.addWidget(self.route)
        either.addWidget(self._only_route, 1)
        first = _row(self._number, (self.medicine, 1), dose, route, self.frequency, self.days, self.quantity)
        first.addWidget(self._remove)
        second, found = _row((self.instructions, 2), (self._words, 3), self.substitution), _row((self.findings, 1))
        for row in (second, found):
            row.insertSpacing(0, NUMBER + theme.SPACE_8)
            row.addSpacing(REMOVE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_4, 0, 0)
        column.setSpacing(theme.SPACE_4)
        for row in (first, second, found):
            column.addLayout(row)
        column.addSpacing(theme.SPACE_4)
        column.addWidget(Separator())

    def _connect(self) -> None:
        self.medicine.edited.connect(self._on_medicine)
        self.medicine.editingFinished.connect(lambda: self._on_left("medicine"))
        for name, line in self._lines().items():
            line.textEdited.connect(lambda _, name=name: self._on_typed(name))
            line.editingFinished.connect(lambda name=name: self._on_left(name))
        for editor in (self.route, self.frequency):
            editor.edited.connect(lambda name=editor.name: self._on_typed(name))
        self._remove.clicked.connect(self.removed)
        self.substitution.clicked.connect(lambda _: self._on_typed("substitution"))
        self.findings.remove_asked.connect(self.removed)
        self.findings.replace_asked.connect(self.replace)
        self.findings.changed.connect(self.reasoned)
        for field in self._fields().values():
            field.installEventFilter(self)

    def _lines(self) -> dict[str, LineField]:
        return {
            "dose": self.dose,
            "days": self.days,
            "quantity": self.quantity,
            "instructions": self.instructions,
        }

    # What it holds

    def set_number(self, number: int) -> None:
        """Its place in the list."""
        self._number.setText(str(number))
        self._remove.setAccessibleName(f"Remove medicine {number}")
        self._remove.setToolTip("Remove this medicine (Ctrl+Del)")
        named = (("Medicine", self.medicine), ("Instructions", self.instructions), ("Substitution", self.substitution))
        for name, field in named:
            field.setAccessibleName(f"{name} {number}")

    def close_line(self) -> None:
        """It is signed: there is nothing to take away any more, and an example could be read as what was signed."""
        self._remove.hide()
        self.substitution.setText("Substitution" if self.substitution.isChecked() else "No substitution")
        self.instructions.setPlaceholderText("")

    @property
    def unit(self) -> str:
        """What the medicine is counted in; empty until one is chosen."""
        return self._catalogue.units.get(self.medicine.chosen, "") if self.medicine.chosen else ""

    @property
    def form(self) -> str:
        """What the medicine is made as, if that is known."""
        return self._catalogue.forms.get(self.medicine.chosen, "") if self.medicine.chosen else ""

    def is_empty(self) -> bool:
        """Whether no medicine was typed."""
        return not self.medicine.text().strip()

    def is_blank(self) -> bool:
        """Whether nothing at all was written in it."""
        return self.is_empty() and not self.instructions.text().strip()

    def raw(self) -> Row:
        """What was typed, as a draft keeps it."""
        return {
            "medicine": self.medicine.chosen,
            "name": self.medicine.text(),
            "unit": self.unit,
            "form": self.form,
            "route": self.route.raw(),
            "frequency": self.frequency.raw(),
            "own_quantity": self._own_quantity,
            "substitution": self.substitution.isChecked(),
            "reasons": self.findings.reasons(),
            **{name: line.text() for name, line in self._lines().items()},
        }

    def restore(self, raw: Mapping[str, Any]) -> None:
        """Show what a draft kept; nothing of it: a new line."""
        medicine, unit = raw.get("medicine"), str(raw.get("unit") or "")
        if medicine is not None:
            self._catalogue.know(medicine, unit, str(raw.get("form") or ""))
        self.medicine.choose(medicine, str(raw.get("name") or ""))
        self.medicine.setCursorPosition(0)
        self._offer_routes()
        self.route.set_raw(raw.get("route") or self.route.raw())
        self.frequency.set_raw(raw.get("frequency") or "")
        usual = {"dose": "1", "days": "7"}
        for name, line in self._lines().items():
            line.setText(str(raw.get(name, usual.get(name, ""))))
        self._own_quantity = bool(raw.get("own_quantity"))
        self.substitution.setChecked(bool(raw.get("substitution", self._usual)))
        self.findings.restore(raw.get("reasons") or [])
        self._touched, self._refused = set(), {}
        self._say()

    def checked(self) -> tuple[Row, dict[str, str]]:
        """The line as it will be signed, and what is wrong with it: field -> sentence."""
        raw = self.raw()
        known = {name: raw[name] for name in ("name", "unit", "form")}
        chosen = {"_id": raw["medicine"], **known} if self.unit else None
        typed = {name: raw[name] for name in ("medicine", "route", "frequency", "substitution", *self._lines())}
        return checked_line(typed, chosen, self._locale)

    def show_problems(self, problems: Mapping[str, str] | None = None) -> None:
        """Say everything that is wrong, what the server said among it."""
        self._refused = dict(problems or {})
        self._touched = {"medicine", "route", "frequency", *self._lines()}
        self._say()

    def go_to_first_problem(self) -> None:
        """Lead to the first field that is to be corrected."""
        if "overrides" in self._refused and self.findings.go_to_reason():
            return
        problems = self.checked()[1] | self._refused
        first = next((name for name in self._fields() if name in problems), "medicine")
        self._fields()[first].setFocus()

    def _fields(self) -> dict[str, QWidget]:
        return {
            "medicine": self.medicine,
            "dose": self.dose,
            "route": self.route.combo,
            "frequency": self.frequency.combo,
            "days": self.days,
            "quantity": self.quantity,
            "instructions": self.instructions,
        }

    # What the person does

    def replace(self, other: Mapping[str, Any]) -> None:
        """Put another medicine in its place. How much of it and how often is another question."""
        self._catalogue.know(other["_id"], other["unit"], other.get("form") or "")
        self.medicine.choose(other["_id"], other["name"])
        self.dose.setText("1")
        self.frequency.set_raw("")
        self._own_quantity = False
        self.quantity.clear()
        self.medicine.setFocus()
        self._on_medicine()

    def _on_medicine(self) -> None:
        self.findings.clear()
        self._offer_routes()
        self._on_typed("medicine")
        if self.medicine.chosen is not None and self.medicine.hasFocus():
            self.medicine.setCursorPosition(0)
            self.dose.setFocus()
            self.dose.selectAll()

    def _offer_routes(self) -> None:
        """Only the routes that the form is made for, the usual one first."""
        before = self.route.raw()
        combo = self.route.combo
        combo.clear()
        for route in dosings(self.unit, self.form, self.medicine.text()):
            combo.addItem(BY.get(route) or ROUTES[route][0].capitalize(), route)
        combo.setCurrentIndex(max(combo.findData(before), 0))
        self.route.setVisible(combo.count() > 1)
        self._only_route.setVisible(combo.count() <= 1)
        self._only_route.setText(combo.currentText() or "–")

    def _on_typed(self, name: str) -> None:
        self._touched.discard(name)
        self._refused.pop(name, None)
        if name == "quantity":
            self._own_quantity = bool(self.quantity.text().strip())
        else:
            self._reckon()
        self._say()
        self.edited.emit()

    def _on_left(self, name: str) -> None:
        if self.medicine.text().strip():
            before = self.quantity.text()
            self._touched.add(name)
            self._reckon()
            self._say()
            if self.quantity.text() != before:
                self.edited.emit()

    def _reckon(self) -> None:
        """Propose the quantity, unless one was typed."""
        if self._own_quantity or not self.unit:
            return
        values, problems = self.checked()
        if set(problems) <= {"quantity"} and {"dose", "route", "frequency", "days"} <= set(values):
            told = quantity_for(self.unit, *(values[name] for name in ("route", "dose", "frequency", "days")))
            self.quantity.setText(str(told))

    def _say(self) -> None:
        """The dose in the words that will be printed; or the first thing that is wrong."""
        values, problems = self.checked()
        shown = {name: why for name, why in (problems | self._refused).items() if name in self._touched}
        for name, field in self._fields().items():
            mark_invalid(field, name in shown)
            field.setAccessibleDescription(shown.get(name, ""))
        self._show_measure(values.get("dose"))
        words = "" if problems else dose_words(values)[0]
        remark = "" if problems else quantity_remark(values)
        wrong = next((told_of(name, why) for name, why in shown.items()), "")
        self._words.setText(wrong or f"{self._cut_name()} {words} {remark}".strip())
        self._words.set_tone("danger" if shown else "warning" if remark else "muted")

    def _cut_name(self) -> str:
        """The medicine's whole name where its field hasn't room for it: its strength stands at the end."""
        name = self.medicine.text() if self.medicine.chosen is not None else ""
        self.medicine.setToolTip(tip(name))
        room = self.medicine.width() - 2 * theme.SPACE_12
        return f"{name}." if self.medicine.fontMetrics().horizontalAdvance(name) > room else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say()

    def _show_measure(self, taken: Dose | None) -> None:
        dosing = DOSINGS.get(self.unit, {}).get(self.route.raw())
        measure = dosing.measure if dosing else None
        one = taken is not None and exactly(taken) <= 1
        self._measure.setText((measure.one if one else measure.several) if measure else "")
        no_number = dosing is not None and measure is None
        self.dose.setVisible(not no_number)
        if dosing is not None and no_number:
            self._measure.setText(dosing.amount.capitalize())
        unit = UNITS.get(self.unit)
        self.quantity.setToolTip(f"In {unit[1]}" if unit else "")

    def _go_on(self) -> None:
        if QApplication.focusWidget() is self.instructions:
            self.done.emit()
        else:
            self.focusNextChild()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A field would take Delete for itself, whether there is anything to delete or not.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Delete:
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if control or (watched is self.medicine and self.is_empty()):
                self.removed.emit()
                return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self._remove.setIcon(theme.icon("close", "text_muted") if self.isEnabled() else QIcon())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in ENTER and not control:
            self._go_on()
        else:
            super().keyPressEvent(event)
