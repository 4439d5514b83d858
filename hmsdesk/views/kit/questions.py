"""A few fields asked one below the other outside of a record's form: in a dialog, or in a step of a wizard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.contract import NO_LOOKUP, Lookup
from hmsdesk.views.kit.editor import LONGEST, Editor, FieldState, Surroundings, mark_invalid
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.form_fields import lead_to
from hmsdesk.views.kit.password_field import CAPS_WORDS, PasswordField
from hmsdesk.views.kit.words import IconLine

WIDTH = 480
# Where no practice is known yet.
NOWHERE = Locale("EG", "EGP", "Africa/Cairo")


@dataclass(frozen=True)
class Question:
    """Something that is asked and belongs to no record. check: what is wrong with it, as a sentence; empty if nothing.

    like: a declared field that takes it in. A password is never tidied.
    """

    verbose_name: str
    check: Callable[[str], str] = lambda _: ""
    required: bool = True
    help_text: str = ""
    password: bool = False
    group: str = ""
    like: Any = None

    def clean(self, raw: object, locale: Locale) -> Any:
        """What was typed. Raises Problem."""
        text = str(raw) if self.password else str(raw).strip()
        problem = self.check(text) if text else ""
        if problem:
            raise Problem(problem)
        return self.like.clean(text, locale) if self.like is not None else text or None

    def missing(self, label: str) -> str:
        """What is said where it was left empty."""
        return f"{label} is needed."

    def show(self, value: Any, locale: Locale) -> str:
        """As it is typed."""
        return "" if value is None else str(value)


class PasswordEditor(Editor):
    """A password, with what the keyboard gives away about Caps Lock."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.line = PasswordField()
        self.line.setObjectName(name)
        self.line.setAccessibleName(self.label)
        self.line.setMaxLength(LONGEST)
        self._caps = IconLine("", "apple-keyboard-caps", "warning")
        self._caps.hide()
        self.setFocusProxy(self.line)
        self.watch(self.line)
        self.line.textEdited.connect(lambda _: self.edited.emit())
        self.line.caps_lock_seen.connect(self._on_caps_lock)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        column.addWidget(self.line)
        column.addWidget(self._caps)

    def raw(self) -> str:
        return self.line.text()

    def set_raw(self, raw: Any) -> None:
        if self.line.text() != raw:
            self.line.setText(str(raw or ""))

    def set_state(self, state: FieldState) -> None:
        mark_invalid(self.line, state == "invalid")

    def set_read_only(self) -> None:
        self.line.setReadOnly(True)

    def _on_caps_lock(self, on: bool) -> None:
        self._caps.set(CAPS_WORDS if on else "", "warning")
        self._caps.setVisible(on)


class Questions(QWidget):
    """Fields by name; a tuple of names stands on one line. Nothing typed is lost when something is wrong."""

    edited = Signal(str)
    """Which one was changed."""
    checked = Signal()
    """What is wrong with one was found out, or is no longer so."""

    def __init__(
        self,
        fields: Mapping[str, Any],
        lines: Sequence[str | tuple[str, ...]] = (),
        locale: Locale = NOWHERE,
        lookup: Lookup = NO_LOOKUP,
        width: int = WIDTH,
    ) -> None:
        """width: of the place it stands in, which no field is wider than."""
        super().__init__()
        asked = [(line,) if isinstance(line, str) else line for line in lines or tuple(fields)]
        room = {name: (width - theme.SPACE_12 * (len(line) - 1)) // len(line) for line in asked for name in line}
        self._around = Surroundings(locale, lookup, editor_for)
        # In the order in which they stand: Enter goes from one to the next, and the first that is wrong is gone to.
        self.rows = {name: FieldRow(self._editor(name, fields[name], room[name])) for line in asked for name in line}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        for line in asked:
            self._add(column, line)
        for name, row in self.rows.items():
            row.edited.connect(lambda name=name: self.edited.emit(name))
            row.checked.connect(self.checked)

    def _editor(self, name: str, field: Any, room: int) -> Editor:
        if isinstance(field, Question) and field.password:
            return PasswordEditor(name, field, self._around)
        editor = editor_for(name, field, self._around)
        for line in editor.findChildren(QLineEdit):
            line.setObjectName(name)
            if line.minimumWidth() > room:
                line.setFixedWidth(room)
        for combo in editor.findChildren(QComboBox):
            combo.setMinimumWidth(min(combo.minimumWidth(), room))
        return editor

    def _add(self, column: QVBoxLayout, names: tuple[str, ...]) -> None:
        if len(names) == 1:
            column.addWidget(self.rows[names[0]])
            return
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_12)
        for name in names:
            line.addWidget(self.rows[name], 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(line)

    def set_locale(self, locale: Locale) -> None:
        """What a phone number and a price mean from now on."""
        around = Surroundings(locale, self._around.lookup, editor_for)
        for row in self.rows.values():
            row.editor.around = around
            if row.problem:
                row.check()

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Begin with these."""
        for name, value in values.items():
            self.rows[name].show_row({name: value})

    def raw(self, name: str) -> Any:
        """What stands in a field."""
        return self.rows[name].editor.raw()

    def values(self) -> dict[str, Any]:
        """What was typed, in its right form; everything was checked before."""
        return {name: row.clean() for name, row in self.rows.items() if row.isVisibleTo(self)}

    def check(self) -> bool:
        """Whether everything is right; the first that isn't gets the focus."""
        for row in self.rows.values():
            if row.isVisibleTo(self):
                row.check()
        return not self.go_to_first_problem()

    def set_problems(self, problems: Mapping[str, str]) -> str:
        """Say beside the fields what is wrong; the rest, about fields that aren't here, is returned."""
        for name, problem in problems.items():
            if name in self.rows:
                self.rows[name].set_problem(problem)
        self.go_to_first_problem()
        return " ".join(problem for name, problem in problems.items() if name not in self.rows)

    def go_to_first_problem(self) -> bool:
        """Lead to the first field to be corrected; whether there is one."""
        wrong = next((row for row in self.rows.values() if row.problem and row.isVisibleTo(self)), None)
        if wrong is not None:
            lead_to(wrong)
        return wrong is not None

    def go_on(self) -> bool:
        """From the field one is in to the next one; False from the last."""
        rows = [row for row in self.rows.values() if row.isVisibleTo(self)]
        here = next((n for n, row in enumerate(rows) if row.isAncestorOf(self.window().focusWidget() or self)), None)
        if here is None or here + 1 >= len(rows):
            return False
        lead_to(rows[here + 1])
        return True
