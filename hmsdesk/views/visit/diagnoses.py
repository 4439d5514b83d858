"""The diagnoses of a visit, one a line: what it is, how certain, whether it is the main one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout

from hmsdesk.models.declaration import Problem
from hmsdesk.models.encounter_notes import MAIN, OTHER, Diagnosis
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.editor import Editor, Surroundings
from hmsdesk.views.kit.editors import ComboEditor, editor_for
from hmsdesk.views.kit.list_editors import Part, PartsEditor
from hmsdesk.views.kit.words import Label
from hmsdesk.views.visit.diagnosis_line import DiagnosisEditor

CHOICES = {"rank": 84, "certainty": 116}
CODE = 56
EMPTY_ROW = "Write the diagnosis, or take this line away."


def make_editor(name: str, field: Any, around: Surroundings) -> Editor:
    """The editor of one field of a diagnosis; words side by side would leave it no room."""
    if field is Diagnosis.text:
        return DiagnosisEditor(name, field, around)
    return ComboEditor(name, field, around) if name in CHOICES else editor_for(name, field, around)


class DiagnosisPart(Part):
    """One diagnosis on one line. The code is chosen, never typed."""

    problem_asked = Signal(str)
    """It is to be one of the patient's problems."""

    def lay_out(self) -> None:
        self._at = {row.name: row for row in self.rows}
        self._words: DiagnosisEditor = self._at["text"].editor  # type: ignore[assignment]
        self._code = Label(muted=True, size="small")
        self._code.setFixedWidth(CODE)
        self._add = quiet("Add to problems", "playlist-plus")
        self._add.setObjectName("addToProblems")
        self._add.setToolTip("Make this one of the patient's problems")
        self._add.clicked.connect(lambda _: self.problem_asked.emit(self._words.raw().strip()))
        self._at["code"].hide()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SPACE_8)
        line.addWidget(self._at["text"], 1)
        line.addWidget(self._code)
        for name, width in CHOICES.items():
            for combo in self._at[name].findChildren(QComboBox):
                # Neither can be left open: there is always one of the words.
                combo.removeItem(combo.findData(""))
                combo.setFixedWidth(width)
            self._at[name].setFixedWidth(width)
            line.addWidget(self._at[name])
        line.addWidget(self._add)
        line.addWidget(self.cross)
        for row in self.rows:
            row.show_label(False)
        self._words.edited.connect(self._say)
        self._say()

    def _say(self) -> None:
        words = "No code" if self._words.raw().strip() else ""
        self._code.setText(f"\u2066{self._words.code}\u2069" if self._words.code else words)
        self._code.setAccessibleName(f"ICD-10 {self._words.code}" if self._words.code else "No code")
        self._add.setEnabled(bool(self._words.raw().strip()))

    def is_empty(self) -> bool:
        """Whether nothing is written in it."""
        return not self._words.raw().strip()

    def complain(self) -> None:
        """It is empty, and can't stay so."""
        self._at["text"].set_problem(EMPTY_ROW)

    def set_number(self, number: int) -> None:
        super().set_number(number)
        self._words.picker.setAccessibleName(f"Diagnosis {number}")
        self._add.setAccessibleName(f"Add diagnosis {number} to problems")

    def set_read_only(self) -> None:
        super().set_read_only()
        self._add.hide()

    def raw(self) -> Row:
        return {**super().raw(), "code": self._words.code}

    def draft(self) -> Row:
        return {**super().draft(), "code": self._words.code}

    def show_row(self, part: Mapping[str, Any]) -> None:
        super().show_row(part)
        self._say()

    def restore(self, values: Mapping[str, Any]) -> None:
        super().restore(values)
        self._say()


class DiagnosesEditor(PartsEditor):
    """Lines in which nothing is written don't count. The first diagnosis is the main one unless one says otherwise."""

    problem_asked = Signal(str)

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, Surroundings(around.locale, around.lookup, make_editor))
        self.add.set_text("Add a diagnosis")

    def show_row(self, row: Mapping[str, Any]) -> None:
        """What stands here already stays as it is, with the keyboard in it: a note goes on being written once saved."""
        if (row.get(self.name) or []) != self._stored():
            super().show_row(row)

    def set_raw(self, raw: Any) -> None:
        if list(raw) != self.raw():
            super().set_raw(raw)

    def _stored(self) -> list[Row] | None:
        """What stands here as it would be stored; None where something in it is wrong."""
        try:
            return self.field.clean(self.raw(), self.around.locale) or []
        except Problem:
            return None

    def raw(self) -> list[Row]:
        return [part.raw() for part in self._written()]

    def draft(self) -> Row:
        return {self.name: [part.draft() for part in self._written()]}

    def made_part(self, number: int) -> Part:
        part = DiagnosisPart(number, self.field, self.around)
        part.restore({"rank": MAIN if number == 1 else OTHER})
        part.problem_asked.connect(self.problem_asked)
        return part

    def complain(self) -> bool:
        """Say at each empty line that it can't stay so; whether there is one."""
        empty = [part for part in self.parts if isinstance(part, DiagnosisPart) and part.is_empty()]
        for part in empty:
            part.complain()
        if empty:
            empty[0].rows[0].editor.setFocus()
        return bool(empty)

    def _written(self) -> list[Part]:
        return [part for part in self.parts if not (isinstance(part, DiagnosisPart) and part.is_empty())]
