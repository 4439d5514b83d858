"""What is said of a prescription as a whole: one line each, with what is wrong with it below."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.prescriptions import Prescription
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.editor import LineField
from hmsdesk.views.kit.words import Label

NOTES = {"diagnosis": "Diagnosis", "advice": "Advice to the patient"}
# So that their fields stand below one another.
LABEL = 132


class Note(QWidget):
    """One of them."""

    edited = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.line = LineField(NOTES[name])
        self.line.setObjectName(name)
        self.line.textEdited.connect(lambda _: self.edited.emit())
        self._below = Label(size="small")
        self._below.set_tone("danger")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_12)
        grid.setVerticalSpacing(theme.SPACE_4)
        grid.setColumnMinimumWidth(0, LABEL)
        grid.setColumnStretch(1, 1)
        grid.addWidget(Label(NOTES[name], muted=True), 0, 0)
        grid.addWidget(self.line, 0, 1)
        grid.addWidget(self._below, 1, 1)
        self.mark("")

    @property
    def is_wrong(self) -> bool:
        """Whether something is said to be wrong with it."""
        return bool(self._below.text())

    def wrong(self, locale: Locale) -> str:
        """What is wrong with what was typed, said here too; empty where nothing is."""
        try:
            getattr(Prescription, self._name).clean(self.line.text(), locale)
        except Problem as problem:
            self.mark(str(problem))
            return f"{NOTES[self._name]}: {problem}".rstrip(".")
        self.mark("")
        return ""

    def mark(self, problem: str) -> None:
        """Say what is wrong with it; nothing: it is all right."""
        self.line.set_state("invalid" if problem else "plain")
        self.line.setAccessibleDescription(problem)
        self._below.setText(problem)
        self._below.setVisible(bool(problem))


class Notes(dict[str, Note]):
    """All of them, by name."""

    def __init__(self) -> None:
        super().__init__({name: Note(name) for name in NOTES})

    def texts(self) -> dict[str, str]:
        """What was typed."""
        return {name: note.line.text() for name, note in self.items()}

    def show(self, typed: Mapping[str, object]) -> None:
        """Show what a draft kept."""
        for name, note in self.items():
            note.line.setText(str(typed.get(name, "")))
            note.mark("")

    def propose(self, diagnosis: str) -> None:
        """The diagnosis of an earlier prescription, where none is written yet."""
        line = self["diagnosis"].line
        if not line.text().strip():
            line.setText(diagnosis)

    def wrong(self, locale: Locale) -> str:
        """The first thing that is wrong; all of it is said at its line."""
        return next(filter(None, [note.wrong(locale) for note in self.values()]), "")

    def mark(self, problems: Mapping[str, str]) -> None:
        """Say what was refused."""
        for name, note in self.items():
            note.mark(problems.get(name, ""))

    def go_to_wrong(self) -> None:
        """Lead to the first that is wrong."""
        wrong = next((note for note in self.values() if note.is_wrong), None)
        if wrong is not None:
            wrong.line.setFocus()
