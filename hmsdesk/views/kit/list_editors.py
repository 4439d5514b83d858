"""The editor of a field that holds several parts: forms within the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from hmsdesk.models.declaration import Problem, declared_fields
from hmsdesk.models.fields import ReferenceField
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, IconButton, quiet
from hmsdesk.views.kit.editor import PASSED_BY, Editor, FieldState, Surroundings
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.scroll import bring_into_sight
from hmsdesk.views.kit.tab_order import put_before
from hmsdesk.views.kit.words import Label

# The least width of a choice among others on one line.
IN_LINE = 132
# And that of what is typed there.
NARROW = 128


class Part(QFrame):
    """One part of a list of parts: a small form with a way to take it away."""

    edited = Signal()
    left = Signal()
    taken_away = Signal()

    def __init__(self, number: int, field: Any, around: Surroundings) -> None:
        super().__init__()
        self.heading = Label(bold=True)
        self.cross = IconButton()
        self.cross.setIcon(theme.icon("close", "text_muted"))
        self.cross.clicked.connect(self.taken_away)
        # Enter leads from field to field, and must not come to what it would press next.
        self.cross.setProperty(PASSED_BY, True)
        self.rows = [self._row(name, one, around) for name, one in declared_fields(field.part).items()]
        self.lay_out()
        self.set_number(number)

    def lay_out(self) -> None:
        """One field below the other."""
        self.setObjectName("panel")
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.cross)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.SPACE_12,) * 4)
        column.setSpacing(theme.SPACE_8)
        column.addLayout(top)
        for row in self.rows:
            column.addWidget(row)

    def _row(self, name: str, field: Any, around: Surroundings) -> FieldRow:
        row = FieldRow(around.make(name, field, around))
        row.show_default()
        row.edited.connect(self.edited)
        row.editor.left.connect(self.left)
        return row

    def set_number(self, number: int) -> None:
        """Its place in the list."""
        self.heading.setText(str(number))
        self.cross.setAccessibleName(f"Take away entry {number}")
        self.cross.setToolTip(self.cross.accessibleName())

    def set_read_only(self) -> None:
        """Let it be read and copied only."""
        self.cross.hide()
        for row in self.rows:
            row.editor.set_read_only()

    def raw(self) -> Row:
        """What was typed."""
        return {row.name: row.editor.raw() for row in self.rows}

    def draft(self) -> Row:
        """What is to be kept of it in a draft."""
        return {key: value for row in self.rows for key, value in row.editor.draft().items()}

    def show_row(self, part: Mapping[str, Any]) -> None:
        """Show a stored part."""
        for row in self.rows:
            row.show_row(part)

    def restore(self, values: Mapping[str, Any]) -> None:
        """Show what a draft kept."""
        for row in self.rows:
            row.restore(values)


class LinePart(Part):
    """One part on one line, as in a table: only the first one carries the labels."""

    def lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SPACE_8)
        for row in self.rows:
            for combo in row.findChildren(QComboBox):
                combo.setMinimumWidth(IN_LINE)
            for field in row.findChildren(QLineEdit):
                if field.minimumWidth() > NARROW:
                    field.setFixedWidth(NARROW)
            # What is looked for needs the room that the others leave.
            line.addWidget(row, int(isinstance(row.editor.field, ReferenceField)), Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.cross, 0, Qt.AlignmentFlag.AlignBottom)
        if not any(isinstance(row.editor.field, ReferenceField) for row in self.rows):
            line.addStretch()

    def set_number(self, number: int) -> None:
        super().set_number(number)
        for row in self.rows:
            row.show_label(number == 1)


class PartsEditor(Editor):
    """Several parts of one kind. One that was taken away can be put back."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self._parts: list[Part] = []
        self._gone: Row | None = None
        self._at_fault: FieldRow | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_8)
        self.add = Button(field.adding or f"Add to {self.label.lower()}", "normal", "plus")
        self.add.setObjectName(f"add-{name}")
        self.add.clicked.connect(self._on_add)
        self._put_back = quiet("Put back what was taken away", "undo")
        self._put_back.clicked.connect(self._on_put_back)
        self._put_back.hide()
        self._foot = QHBoxLayout()
        self._foot.addWidget(self.add)
        self._foot.addWidget(self._put_back)
        self._foot.addStretch()
        self._column.addLayout(self._foot)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A focus proxy would make Tab pass by the parts, which lie before it. Who is led here to correct something is
        # led to what is wrong.
        wrong = next((row for part in self._parts for row in part.rows if row.problem), None) or self._at_fault
        (wrong.editor if wrong else self.add).setFocus(event.reason())

    @property
    def parts(self) -> list[Part]:
        """The forms within the form."""
        return self._parts

    def raw(self) -> list[Row]:
        return [part.raw() for part in self._parts]

    def set_raw(self, raw: Any) -> None:
        self._show([])
        for values in raw:
            self._append().restore(values)

    def show_row(self, row: Mapping[str, Any]) -> None:
        self._show(row.get(self.name) or [])

    def show_default(self) -> None:
        super().show_default()
        if self.field.required and self.field.in_line:
            self._append()

    def show_cleaned(self, value: Any) -> None:
        """Its fields show themselves."""

    def draft(self) -> Row:
        return {self.name: [part.draft() for part in self._parts]}

    def set_state(self, state: FieldState) -> None:
        """The fields of each part show it."""
        if self._at_fault is not None:
            self._at_fault.editor.set_state("invalid" if self._at_fault.problem else "plain")
            self._at_fault = None
        if state == "invalid":
            for row in (row for part in self._parts for row in part.rows):
                row.check()
            self._mark_fault()

    def _mark_fault(self) -> None:
        """Each part may be right by itself and wrong among the others."""
        if self.field.fault is None:
            return
        try:
            parts = self.field.clean(self.raw(), self.around.locale)
        except Problem:
            return
        fault = self.field.fault(parts or [])
        if fault is not None:
            self._at_fault = next(row for row in self._parts[fault.place].rows if row.name == fault.field)
            self._at_fault.editor.set_state("invalid")

    def set_read_only(self) -> None:
        self.add.hide()
        for part in self._parts:
            part.set_read_only()

    def _show(self, stored: list[Row]) -> None:
        for part in self._parts:
            self._discard(part)
        self._parts = []
        self._put_back.hide()
        for one in stored:
            self._append().show_row(one)

    def _discard(self, part: Part) -> None:
        if self._at_fault in part.rows:
            self._at_fault = None
        self._column.removeWidget(part)
        part.hide()
        part.deleteLater()

    def made_part(self, number: int) -> Part:
        """The form of one more part; lists of their own refine it."""
        return (LinePart if self.field.in_line else Part)(number, self.field, self.around)

    def _append(self) -> Part:
        part = self.made_part(len(self._parts) + 1)
        part.edited.connect(self.edited)
        part.left.connect(self._on_part_left)
        part.taken_away.connect(lambda: self._take_away(part))
        self._parts.append(part)
        self._column.insertWidget(len(self._parts) - 1, part)
        if self.isVisible():
            put_before(self.add, part)
        return part

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for part in self._parts:
            put_before(self.add, part)

    def _on_part_left(self) -> None:
        """Going from one field of a part to another is not leaving the list."""
        focused = QApplication.focusWidget()
        if focused is None or not self.isAncestorOf(focused):
            self.left.emit()

    def _on_add(self) -> None:
        last = self._parts[-1].raw() if self._parts else None
        part = self._append()
        if last is not None and self.field.following is not None:
            part.restore(self.field.following(last))
        part.rows[0].editor.setFocus()
        # All of it, and not its first field alone.
        bring_into_sight(part)
        self.edited.emit()

    def _take_away(self, part: Part) -> None:
        self._gone = part.draft()
        self._parts.remove(part)
        self._discard(part)
        for number, kept in enumerate(self._parts, start=1):
            kept.set_number(number)
        self._put_back.show()
        self.add.setFocus()
        self.edited.emit()

    def _on_put_back(self) -> None:
        if self._gone is not None:
            self._append().restore(self._gone)
            self._gone = None
            self._put_back.hide()
            self.edited.emit()
