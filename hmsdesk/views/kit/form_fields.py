"""The fields of a form, one below the other under their headings, and all that was typed into them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.models.declaration import Problem, declared_fields, typed_fields
from hmsdesk.models.fields import PartsField, ReferenceField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Record
from hmsdesk.models.row import Row
from hmsdesk.models.text import so_many
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.contract import Lookup
from hmsdesk.views.kit.editor import Editor, Surroundings
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.scroll import bring_into_sight
from hmsdesk.views.kit.values import shown
from hmsdesk.views.kit.words import Label


class FormFields(QWidget):
    """What is declared of a record, to be filled in."""

    edited = Signal()
    checked = Signal()

    def __init__(self, record: type[Record], locale: Locale, lookup: Lookup, leave_out: tuple[str, ...]) -> None:
        super().__init__()
        self.record = record
        self._locale = locale
        around = Surroundings(locale, lookup, editor_for)
        fields = {name: field for name, field in typed_fields(record).items() if name not in leave_out}
        self.rows = {name: self.made_row(name, field, around) for name, field in fields.items()}
        self._lay_out()
        for row in self.rows.values():
            row.edited.connect(self.edited)
            row.checked.connect(self.checked)

    def made_row(self, name: str, field: object, around: Surroundings) -> FieldRow:
        """One field with all that stands around it; forms of their own refine it."""
        return FieldRow(editor_for(name, field, around))

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(*(theme.SPACE_16,) * 4)
        self._column.setSpacing(theme.SPACE_12)
        groups = dict.fromkeys(row.editor.field.group for row in self.rows.values())
        for group in sorted(groups, key=bool):
            if group:
                self._column.addSpacing(theme.SPACE_8)
                self._column.addWidget(Label(group, bold=True))
            for row in self.rows.values():
                if row.editor.field.group == group:
                    self._column.addWidget(row)
        self._column.addStretch()

    def has_lines(self) -> bool:
        """Whether there is a table among them, of things that are looked for by name."""
        parts = [one.editor.field for one in self.rows.values() if isinstance(one.editor.field, PartsField)]
        return any(
            isinstance(one, ReferenceField)
            for field in parts
            if field.in_line
            for one in declared_fields(field.part).values()
        )

    # What they hold

    def show_defaults(self) -> None:
        """Begin a new record."""
        for row in self.rows.values():
            row.show_default()

    def show_row(self, values: Mapping[str, object]) -> None:
        """Show a stored record."""
        for row in self.rows.values():
            row.show_row(values)

    def rebase(self, values: Mapping[str, object]) -> None:
        """Take a stored record as the one that is changed; what was typed stays typed."""
        for row in self.rows.values():
            typed = row.editor.draft() if row.is_edited() else {}
            row.show_row(values)
            row.restore(typed)

    def draft(self, *, every: bool = False) -> Row:
        """What was typed, so that it can be shown again. every: what stands in the other fields as well."""
        rows = list(self.rows.values()) if every else self.edited_rows()
        return {key: value for row in rows for key, value in row.editor.draft().items()}

    def restore(self, values: Mapping[str, object]) -> None:
        """Show what a draft kept."""
        for row in self.rows.values():
            row.restore(values)

    def edited_rows(self) -> list[FieldRow]:
        """The fields in which something else was typed than is stored."""
        return [row for row in self.rows.values() if row.is_edited()]

    def values(self) -> Row:
        """What was typed as it will be stored, without what is empty; everything was checked before."""
        cleaned = {name: row.clean() for name, row in self.rows.items()}
        return {name: value for name, value in cleaned.items() if value is not None}

    def changes(self, stored: Row) -> Row:
        """What differs from a stored record; None for what was emptied."""
        cleaned = {row.name: row.clean() for row in self.edited_rows()}
        return {name: value for name, value in cleaned.items() if value != stored.get(name)}

    def typed(self, stored: Row) -> Row:
        """A stored record with what was typed in place of its own values, to be read; wrong ones are left out."""
        row = dict(stored)
        for one in self.edited_rows():
            try:
                row |= one.editor.draft() | {one.name: one.clean()}
            except Problem:
                continue
        return row

    def unsaved_words(self, stored: Row) -> str:
        """What was typed and isn't stored, as one text; what is wrong, and never could be, just as it was typed."""
        parts = []
        for row in self.edited_rows():
            words = self._words_in(row)
            if words and words != shown(row.name, row.editor.field, stored, self._locale):
                parts.append(f"{row.editor.label}: {words}")
        return "\n".join(parts)

    def _words_in(self, row: FieldRow) -> str:
        try:
            typed = row.editor.draft() | {row.name: row.clean()}
        except Problem:
            return _as_typed(row.editor.raw())
        return shown(row.name, row.editor.field, typed, self._locale)

    # What is wrong with them

    def check(self) -> bool:
        """Whether everything is right; what isn't is said beside its field."""
        for row in self.rows.values():
            row.check()
        if not self.wrong():
            self.set_problems(self.record.rules(self.values(), self._locale))
        return not self.wrong()

    def wrong(self) -> list[FieldRow]:
        """The fields to be corrected."""
        return [row for row in self.rows.values() if row.problem]

    def left_to_do(self) -> str:
        """3 fields to correct; empty where there are none."""
        return counted(len(self.wrong()), "field", "to correct")

    def set_problems(self, problems: Mapping[str, str]) -> str:
        """Say beside the fields what is wrong; the rest, about fields that aren't here, is returned."""
        for name in problems:
            if name in self.rows:
                self.rows[name].set_problem(problems[name])
        return " ".join(problem for name, problem in problems.items() if name not in self.rows)

    def go_to_first_problem(self) -> None:
        """Lead to the first field to be corrected."""
        if self.wrong():
            lead_to(self.wrong()[0])

    def first(self, *, changing: bool) -> Editor:
        """Where one begins; not at what can't be changed of a record that is there already."""
        editors = [row.editor for row in self.rows.values()]
        return next((one for one in editors if not (changing and one.field.fixed)), editors[0])

    def keep_fixed(self) -> None:
        """Of a record that is there already, let what never changes be read and copied only."""
        for row in self.rows.values():
            if row.editor.field.fixed:
                row.editor.set_read_only()

    def set_read_only(self) -> None:
        """Let them be read and copied only."""
        for row in self.rows.values():
            row.editor.set_read_only()


def _as_typed(raw: object) -> str:
    """All words of it."""
    if isinstance(raw, Mapping):
        return ", ".join(filter(None, map(_as_typed, raw.values())))
    if isinstance(raw, list):
        return "\n".join(filter(None, map(_as_typed, raw)))
    return raw.strip() if isinstance(raw, str) else ""


def counted(number: int, thing: str, what: str) -> str:
    """1 field to correct; empty for none."""
    return f"{so_many(number, thing)} {what}" if number else ""


def listed(labels: list[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(labels[:-1]), *labels[-1:]]) if len(labels) > 1 else "".join(labels)


def lead_to(row: FieldRow) -> None:
    """Give a field the focus as Tab does, so that what is typed stands in place of what is wrong with one line, and
    scroll to it even if it had the focus."""
    row.editor.setFocus(Qt.FocusReason.TabFocusReason)
    bring_into_sight(row.editor)
