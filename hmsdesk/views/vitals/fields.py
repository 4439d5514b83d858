"""The fields of vital signs, in the order in which one measures, and the body mass index while it is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.declaration import Problem
from hmsdesk.models.observations import BMI, BMI_UNIT, MEASURED, Observation, bmi_of
from hmsdesk.models.vital_ranges import weight_class
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.contract import NO_LOOKUP
from hmsdesk.views.kit.editor import Surroundings
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.form import Form
from hmsdesk.views.kit.form_fields import FormFields, counted
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.kit.words import Label
from hmsdesk.views.vitals.measure_row import LABEL, ConfirmedEditor, Known, MeasureRow, SideRow

CONFIRMED = "confirmed"
LEFT_OUT = ("patient", "appointment")


class VitalsFields(FormFields):
    """tall: the height that counts until it is measured again. remarks: what is said above the fields."""

    def __init__(self, words: VitalWords, known: Known, tall: object, remarks: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(Observation, words.locale, NO_LOOKUP, LEFT_OUT)
        self._norms = known.norms
        self._tall = tall
        self._together: dict[str, str] = {}
        for row in self.measured():
            row.know(words, known)
            row.edited.connect(self._say_index)
            row.confirmed.connect(self._on_confirmed)
            row.editor.left.connect(self._judge_together)
        self.rows["systolic"].edited.connect(self._part_pressures)
        for remark in reversed(remarks):
            self._say_above(*remark)
        self._say_index()

    def _say_above(self, words: str, tone: str) -> None:
        said = Label(words, size="small", wrap=True)
        said.set_tone(tone)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, said)

    def made_row(self, name: str, field: object, around: Surroundings) -> FieldRow:
        if name == CONFIRMED:
            return FieldRow(ConfirmedEditor(name, field, around))
        return (MeasureRow if name in MEASURED else SideRow)(editor_for(name, field, around))

    def measured(self) -> list[MeasureRow]:
        """The lines of what is measured."""
        return [row for row in self.rows.values() if isinstance(row, MeasureRow)]

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_16, theme.SPACE_12, theme.SPACE_16, theme.SPACE_12)
        column.setSpacing(5)
        for name, row in self.rows.items():
            if name == CONFIRMED:
                # Its place is the boxes below the values.
                row.setParent(self)
                row.hide()
            else:
                column.addWidget(row)
            if name == "height":
                column.addWidget(self._index_line())
        column.addStretch()

    def _index_line(self) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        name = Label("Body mass index", muted=True)
        name.setFixedWidth(LABEL)
        self.index = Label("–")
        self.index.setObjectName("bodyMassIndex")
        row.addWidget(name)
        row.addWidget(self.index, 1)
        return line

    def _say_index(self) -> None:
        weight, height = (self._typed(name) for name in ("weight", "height"))
        index = bmi_of({"weight": weight, "height": height or self._tall})
        self.index.setText("–")
        self.index.set_tone("muted")
        if index is not None:
            span = self._norms.normal.get(BMI)
            words = [f"{index} {BMI_UNIT}", weight_class(index) if span else ""]
            words.append("" if height else f"with the last height, {self._tall} cm")
            self.index.setText(", ".join(filter(None, words)))
            self.index.set_tone("danger" if span and span.flag(index) else "")

    def _typed(self, name: str) -> object:
        try:
            return self.rows[name].clean()
        except Problem:
            return None

    def _part_pressures(self) -> None:
        """Both are typed in one go as everybody writes them: 120/80."""
        systolic, diastolic = (self.rows[name].editor for name in ("systolic", "diastolic"))
        upper, slash, lower = str(systolic.raw()).partition("/")
        if not slash:
            return
        diastolic.setFocus(Qt.FocusReason.TabFocusReason)
        for editor, typed in ((systolic, upper), (diastolic, lower)):
            if typed.strip():
                editor.set_raw(typed.strip())
                editor.edited.emit()

    def check(self) -> bool:
        """What two values say of each other is told besides what is wrong with others."""
        super().check()
        self._judge_together()
        return not self.wrong()

    def _judge_together(self) -> None:
        """What two values say of each other is told as soon as both are typed, and no more once it is so no more."""
        values = {row.name: value for row in self.measured() if (value := self._typed(row.name)) is not None}
        found = Observation.rules(values, self._locale) if values else {}
        for name, problem in self._together.items():
            if name not in found and self.rows[name].problem == problem:
                self.rows[name].set_problem("")
        for name, problem in found.items():
            if not self.rows[name].problem:
                self.rows[name].set_problem(problem)
        self._together = found

    # Confirming

    def _on_confirmed(self) -> None:
        names = [row.name for row in self.measured() if row.confirm.isChecked()]
        row = self.rows[CONFIRMED]
        if row.editor.raw() != sorted(names):
            row.editor.set_raw(names)
            row.editor.edited.emit()
        self.checked.emit()

    def _show_confirmed(self) -> None:
        names = list(self.rows[CONFIRMED].editor.raw())
        for row in self.measured():
            row.confirm.setChecked(row.name in names and bool(row.warning))

    def show_row(self, values: Mapping[str, object]) -> None:
        super().show_row(values)
        self._show_confirmed()
        self._say_index()

    def show_defaults(self) -> None:
        super().show_defaults()
        self._say_index()

    def restore(self, values: Mapping[str, object]) -> None:
        super().restore(values)
        self._show_confirmed()
        self._say_index()

    def wrong(self) -> list[FieldRow]:
        return [row for row in self.rows.values() if row.problem or (isinstance(row, MeasureRow) and row.is_open())]

    def left_to_do(self) -> str:
        """1 field to correct, 2 values to confirm."""
        problems = [row for row in self.wrong() if row.problem]
        words = (
            counted(len(problems), "field", "to correct"),
            counted(len(self.wrong()) - len(problems), "value", "to confirm"),
        )
        return ", ".join(filter(None, words))

    def go_to_first_problem(self) -> None:
        first = next(iter(self.wrong()), None)
        if isinstance(first, MeasureRow) and first.is_open() and not first.problem:
            first.confirm.setFocus()
        else:
            super().go_to_first_problem()

    def asked_now(self) -> MeasureRow | None:
        """The line one is at, if its value is judged only now and must be asked about."""
        now = QApplication.focusWidget()
        row = next((one for one in self.measured() if now is not None and one.editor.isAncestorOf(now)), None)
        if row is None or row.is_asked():
            return None
        row.settle()
        return row if row.is_asked() else None


class VitalsForm(Form):
    """Numbers are typed one after the other without looking up: what is asked about a value that is just left is no
    stop on the way. One comes to it by going back, and when it is saved."""

    fields: VitalsFields

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        asked = self.fields.asked_now()
        moved = super().focusNextPrevChild(next)
        if asked is not None and asked.confirm.hasFocus():
            moved = super().focusNextPrevChild(next)
        return moved
