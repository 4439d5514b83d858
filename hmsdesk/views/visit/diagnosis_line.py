"""A diagnosis while it is typed: ICD-10 is searched meanwhile, and what was typed stays unless one is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.controllers import diagnosis_codes
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.contract import Found
from hmsdesk.views.kit.editor import Editor, FieldState, Surroundings
from hmsdesk.views.kit.pickers import ReferencePicker

NOT_FOUND = "“{}” is not in ICD-10. It stays as you typed it."
FOUND_AT_ONCE = 12
POPUP_WIDTH = 560
LEAST_LETTERS = 2
ICD = "icd-10"
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def find(_among: str, typed: str) -> Sequence[Found]:
    """The codes a text finds, as a picker shows them."""
    # One letter says nothing.
    if len(typed.strip()) < LEAST_LETTERS:
        return []
    return [Found(one.code, one.title, one.code) for one in diagnosis_codes.find(typed, FOUND_AT_ONCE)]


class DiagnosisPicker(ReferencePicker):
    """Nothing is chosen beforehand: Enter and Tab keep what was typed, Down goes to what was found."""

    waits_for_found = False
    taken = Signal(str)
    """A code was chosen; its title stands in the field."""

    def __init__(self, name: str) -> None:
        super().__init__(find, ICD, name)
        self.setPlaceholderText("Words or code; Down chooses from ICD-10")
        self.finder.nothing = NOT_FOUND
        # Keys that came before the answer: Down, and Enter after it.
        self._goes_down = self._chooses = False
        self.textEdited.connect(lambda _: self._forget_keys())

    def _forget_keys(self) -> None:
        self._goes_down = self._chooses = False

    def _on_answered(self) -> None:
        goes_down, chooses = self._goes_down, self._chooses
        self._forget_keys()
        if chooses and self.hasFocus() and self.finder.found:
            self._take(self.finder.found[0])
        elif self.hasFocus() and len(self.text().strip()) >= LEAST_LETTERS:
            self.popup.setStyleSheet(f"QListView {{ border: 1px solid {theme.tokens().line_strong}; }}")
            self.popup.setMinimumWidth(min(POPUP_WIDTH, self.window().width()))
            self._completer.complete()
            self.popup.setCurrentIndex(self.finder.model.index(0, 0) if goes_down else QModelIndex())

    def _take(self, found: Found) -> None:
        self.choose(None, found.title)
        self.taken.emit(str(found.record))
        self.edited.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down and Enter in quick succession choose the first, however late it comes."""
        if event.key() in ENTER and self._goes_down:
            self._chooses = True
            return
        self._goes_down = event.key() == Qt.Key.Key_Down and not self.isReadOnly()
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._forget_keys()
        self.finder.forget()
        super().focusOutEvent(event)


class DiagnosisEditor(Editor):
    """The words of a diagnosis, and the code they were chosen with; typing on in them gives the code up."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.code = ""
        self.picker = DiagnosisPicker(self.label)
        self.setFocusProxy(self.picker)
        self.picker.taken.connect(self._on_taken)
        self.picker.textEdited.connect(self._on_typed)
        self.picker.edited.connect(self.edited)
        self.watch(self.picker)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.picker)

    def raw(self) -> str:
        return self.picker.text()

    def set_raw(self, raw: Any) -> None:
        self.picker.choose(None, str(raw))
        self.picker.setCursorPosition(0)

    def show_row(self, row: Mapping[str, Any]) -> None:
        self.code = str(row.get("code") or "")
        super().show_row(row)

    def restore(self, values: Mapping[str, Any]) -> None:
        self.code = str(values.get("code") or "")
        super().restore(values)

    def set_state(self, state: FieldState) -> None:
        self.picker.set_state("plain" if state == "good" else state)

    def set_read_only(self) -> None:
        self.picker.setReadOnly(True)

    def _on_taken(self, code: str) -> None:
        self.code = code
        self.picker.setCursorPosition(0)

    def _on_typed(self) -> None:
        self.code = ""
