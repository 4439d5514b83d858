"""One field in a form: its label, its editor, the line that explains it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.models.declaration import Problem, is_unreadable
from hmsdesk.views.kit.editor import Editor
from hmsdesk.views.kit.words import Label

LABEL_GAP = 4
# How soon after a mouse button is let go of what was left is looked at.
RELEASED_MS = 20
NOT_READ = (
    "It was altered past HMSDesk, or its key is missing: tell an owner of the practice. The rest can be saved; what is "
    "typed here takes its place."
)


class FieldRow(QWidget):
    """Checks its field as soon as it is left, and again while a mistake is being corrected."""

    edited = Signal()
    checked = Signal()
    """What is wrong with it was found out, or is no longer so."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self.editor = editor
        self.name = editor.name
        self.problem = ""
        self._first: Any = None
        self._unread: Any = None
        self._touched = False
        self._label = Label(editor.label + (" *" if editor.field.required else ""), muted=True, size="small")
        self._label.setBuddy(editor)
        self._below = Label(size="small", wrap=True)
        self._below.setObjectName(f"below-{editor.name}")
        self._lay_out()
        self._say_below()
        editor.edited.connect(self._on_edited)
        editor.left.connect(self._on_left)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(LABEL_GAP)
        column.addWidget(self._label)
        column.addWidget(self.editor)
        column.addWidget(self._below)

    # What it holds

    def show_row(self, row: Mapping[str, Any]) -> None:
        """Show the stored value; from here on it counts whether something else was typed."""
        self.editor.show_row(row)
        self._first = self.editor.raw()
        stored = row.get(self.name)
        self._unread = stored if is_unreadable(stored) else None
        self._touched = False
        self._below.setMinimumHeight(0)
        self.set_problem("")

    def show_default(self) -> None:
        """Show what a new record begins with; that counts as nothing typed."""
        self.editor.show_default()
        self._first = self.editor.raw()
        self._touched = False
        self._below.setMinimumHeight(0)
        self.set_problem("")

    def restore(self, values: Mapping[str, Any]) -> None:
        """Show what a draft kept, as something that was typed."""
        self.editor.restore(values)
        self._touched = self.is_edited()

    def is_edited(self) -> bool:
        """Whether something else than the stored value was typed."""
        return bool(self.editor.raw() != self._first)

    def clean(self) -> Any:
        """The value to be stored. Raises Problem."""
        if self._stays_unread():
            return self._unread
        value = self.editor.field.clean(self.editor.raw(), self.editor.around.locale)
        if value is None and self.editor.field.required:
            raise Problem(self.editor.field.missing(self.editor.label))
        return value

    def _stays_unread(self) -> bool:
        """Whether the words that stand for what can't be read stand there still: it stays as it is kept."""
        return self._unread is not None and not self.is_edited()

    def show_label(self, visible: bool) -> None:
        """Leave the label away where another one above it says the same."""
        self._label.setVisible(visible)

    # What is wrong with it

    def check(self) -> Any:
        """The value to be stored; None where something is wrong, which is said."""
        try:
            value = self.clean()
        except Problem as problem:
            self.set_problem(str(problem))
            return None
        self.set_problem("")
        return value

    def set_problem(self, problem: str) -> None:
        """Say what is wrong with it; nothing where all is well."""
        self.problem = problem
        self.editor.set_state("invalid" if problem else "plain")
        self._say_below()
        self.checked.emit()

    def _say_below(self) -> None:
        help_text = NOT_READ if self._stays_unread() else str(self.editor.field.help_text or "")
        self._below.setText(self.problem or help_text)
        self._below.set_tone("danger" if self.problem else "muted")
        if self.problem:
            # From now on its place is kept: what stands below doesn't jump from under the mouse when it is corrected.
            self._below.setMinimumHeight(self._below.fontMetrics().height())
        self._below.setVisible(bool(self._below.text() or self._below.minimumHeight()))
        self.editor.setAccessibleDescription(self._below.text())

    def _on_edited(self) -> None:
        self._touched = True
        if self.problem:
            self._check_again()
        else:
            self.editor.set_state("plain")
        if self._unread is not None:
            self._say_below()
        self.edited.emit()

    def _check_again(self) -> None:
        """While it is corrected the message follows; a field that is right again is at rest."""
        try:
            self.clean()
        except Problem as problem:
            self.set_problem(str(problem))
        else:
            self.set_problem("")

    def _on_left(self) -> None:
        """Who only passes through a field is not told what is missing in it."""
        if not self._touched:
            return
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            # What it says may need room: the button that is being pressed must not move from under the mouse.
            QTimer.singleShot(RELEASED_MS, self, self._on_left)
            return
        value = self.check()
        if not self.problem and value is not None:
            self.editor.show_cleaned(value)
            self.editor.set_state("good")
