"""The note of an open visit: a form that stays, saves when asked and when it is left, and never loses a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmsdesk.controllers.encounter_notes import NOTES
from hmsdesk.errors import Conflict, UserError
from hmsdesk.models.declaration import Problem
from hmsdesk.models.encounter_notes import MAIN, NOTHING_WRITTEN, OTHER, is_empty
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.contract import Lookup
from hmsdesk.views.kit.editor import Surroundings
from hmsdesk.views.kit.editors import MultilineEditor
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.form import Form
from hmsdesk.views.kit.form_fields import FormFields
from hmsdesk.views.kit.form_foot import FormFoot
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.records import drafting
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.visit.diagnoses import DiagnosesEditor

SECTIONS = ("reason", "findings", "plan")
# Short ones, side by side.
AT_THE_END = ("outcome", "follow_up_days")
LEAST_LINES, MOST_LINES = 2, 14
# Kept in a draft: where one was writing.
SECTION, CURSOR = "at_section", "at_cursor"


def place_of(note: Row) -> str:
    """Where what is typed into a note is kept."""
    return f"visit/{note['_id']}"


class SectionEditor(MultilineEditor):
    """A part of the note. It grows with what is written in it, and leaves the cursor where it was."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        # A file that is dropped is added to the visit, not its path to the words.
        self.text.setAcceptDrops(False)
        self.text.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def _fit(self) -> None:
        written = self.text.document().size().height()
        lines = min(max(written, LEAST_LINES), MOST_LINES)
        self.text.ensurePolished()
        border = self.text.contentsMargins()
        around = border.top() + border.bottom() + 2 * round(self.text.document().documentMargin()) + 1
        self.text.setFixedHeight(round(lines * self.text.fontMetrics().lineSpacing()) + around)
        if written <= MOST_LINES:
            # It grew after the cursor was brought into sight: all of it has room now.
            self.text.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # What was put in before its width was known is broken into lines anew, and nobody says so.
        QTimer.singleShot(0, self, self._fit)

    def set_raw(self, raw: Any) -> None:
        place = self.place()
        super().set_raw(raw)
        self.go_to(place)

    def place(self) -> int:
        """Where the cursor is."""
        return self.text.textCursor().position()

    def go_to(self, place: int) -> None:
        """Put the cursor somewhere, or to the end where that is beyond it."""
        cursor = self.text.textCursor()
        cursor.setPosition(min(place, len(self.raw())))
        self.text.setTextCursor(cursor)

    def selected(self) -> str:
        """What is selected in it."""
        return self.text.textCursor().selectedText().replace("\u2029", "\n")

    def put_in(self, words: str) -> None:
        """Put words in at the cursor, apart from those around it; undoing takes back these and no others."""
        cursor, written = self.text.textCursor(), self.raw()
        before, after = written[: cursor.selectionStart()], written[cursor.selectionEnd() :]
        if before and not before[-1].isspace():
            words = f" {words}" if after.strip() else f"\n{words}"
        if after and not after[0].isspace():
            words = f"{words} "
        cursor.beginEditBlock()
        cursor.insertText(words)
        cursor.endEditBlock()
        self.text.setTextCursor(cursor)

    def add(self, words: str) -> None:
        """Add words below what is written."""
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.put_in(words)


class NoteFields(FormFields):
    """The parts of the note, in the order a visit takes."""

    def made_row(self, name: str, field: Any, around: Surroundings) -> FieldRow:
        if name in SECTIONS:
            return FieldRow(SectionEditor(name, field, around))
        if name == "diagnoses":
            return FieldRow(DiagnosesEditor(name, field, around))
        return super().made_row(name, field, around)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.SPACE_16,) * 4)
        column.setSpacing(theme.SPACE_12)
        for name, row in self.rows.items():
            if name not in AT_THE_END:
                column.addWidget(row)
        last = QHBoxLayout()
        last.setSpacing(theme.SPACE_24)
        for name in AT_THE_END:
            last.addWidget(self.rows[name], 0, Qt.AlignmentFlag.AlignTop)
        last.addStretch()
        column.addLayout(last)
        column.addStretch(1)

    @property
    def diagnoses(self) -> DiagnosesEditor:
        """The diagnoses."""
        editor = self.rows["diagnoses"].editor
        assert isinstance(editor, DiagnosesEditor)
        return editor

    def section(self, name: str) -> SectionEditor:
        """One of the parts that are written freely."""
        editor = self.rows[name].editor
        assert isinstance(editor, SectionEditor)
        return editor

    def section_with_focus(self) -> SectionEditor | None:
        """The part one is writing in."""
        return next((one for one in map(self.section, SECTIONS) if one.text.hasFocus()), None)


class NoteForm(Form):
    """It isn't left by saving: one goes on writing."""

    state_changed = Signal()
    """It was saved, is being saved, or holds something new."""

    fields: NoteFields

    def __init__(self, context: Context, note: Row) -> None:
        self._last_section, self._last_cursor = "", 0
        self._has_ended = self._is_quiet = False
        kept = drafting(context, place_of(note))
        keep = kept.keep
        writing = replace(kept, keep=lambda values: keep({**values, **self._place()}))
        super().__init__(NOTES, context.session, note, drafting=writing)
        self.saved.connect(lambda _: self.state_changed.emit())
        self.modified.connect(lambda _: self.state_changed.emit())
        for name in SECTIONS:
            self.fields.section(name).text.cursorPositionChanged.connect(lambda name=name: self._on_cursor(name))
        on_key(self, "Ctrl+S", "Save the note", self.save)
        self._return_to(kept.values or {})

    def _made_fields(self, lookup: Lookup) -> NoteFields:
        return NoteFields(NOTES.record, self._session.locale, lookup, ())

    def _build(self) -> None:
        self._scroll = Scroll()
        self._show_page(self.fields)
        self._foot = FormFoot(self.may_save())
        self._foot.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._foot)
        self.setAccessibleName("Visit note")

    # What it says of itself

    @property
    def is_sending(self) -> bool:
        """Whether it is being saved."""
        return self._sending

    @property
    def is_comparing(self) -> bool:
        """Whether somebody else's version is being compared."""
        return self._comparison is not None

    @property
    def row(self) -> Row:
        """The note as it is stored, as far as is known."""
        return self._row or {}

    def to_close(self) -> tuple[int, Row] | None:
        """The version that closing goes on from, and what was written since; None where something is wrong, said."""
        if self.fields.diagnoses.complain() or not self.fields.check():
            self.fields.go_to_first_problem()
            return None
        if is_empty(self.written()):
            self.fields.set_problems({"reason": NOTHING_WRITTEN})
            self.fields.go_to_first_problem()
            return None
        return self._version, self.fields.changes(self.row)

    def written(self) -> Row:
        """The note as it stands in the fields, saved or not."""
        return self.row | self.fields.changes(self.row)

    def is_blank(self) -> bool:
        """Whether nothing is written, right or wrong."""
        try:
            return is_empty(self.written())
        except Problem:
            return False

    def end(self) -> None:
        """The visit is closed: what stands here is stored, or was taken elsewhere."""
        self._has_ended = True
        self._drop_draft()

    def unsaved_words(self, stored: Row) -> str:
        """What was typed and doesn't stand in the note as it is stored, as one text."""
        return self.fields.unsaved_words(stored)

    def copy_from(self, note: Row) -> Callable[[], None] | None:
        """Take over what an earlier note says, below what is written; what was done then stays with it.

        What takes that back; None where there was nothing to take over.
        """
        names = (*SECTIONS, "diagnoses")
        before = {name: self.fields.rows[name].editor.raw() for name in names}
        self._take_over(note)
        taken = {name: self.fields.rows[name].editor.raw() for name in names}

        def undo() -> None:
            for name in names:
                editor = self.fields.rows[name].editor
                if editor.raw() == taken[name] != before[name]:
                    editor.set_raw(before[name])
                    editor.edited.emit()

        return undo if taken != before else None

    def _take_over(self, note: Row) -> None:
        for name in SECTIONS:
            section, words = self.fields.section(name), str(note.get(name) or "")
            if words and words not in section.raw():
                section.add(words)
        editor = self.fields.diagnoses
        # The same illness under another name is the same by its code.
        known = {fold(one["text"]) for one in editor.raw()} | {one["code"] for one in editor.raw() if one.get("code")}
        more = [
            one | {"rank": OTHER}
            for one in note.get("diagnoses", [])
            if fold(one["text"]) not in known and one.get("code") not in known
        ]
        if more:
            more[0]["rank"] = OTHER if known else MAIN
            editor.set_raw([*editor.raw(), *more])
            editor.edited.emit()

    def _close_comparison(self) -> None:
        super()._close_comparison()
        # The keys of a foot would be those of the visit, and neither would do anything.
        self._foot.hide()

    # Where one was writing

    def _on_cursor(self, name: str) -> None:
        self._last_section, self._last_cursor = name, self.fields.section(name).place()

    def last_section(self) -> SectionEditor:
        """The part one was writing in last."""
        return self.fields.section(self._last_section or SECTIONS[0])

    def _place(self) -> Row:
        return {SECTION: self._last_section, CURSOR: self._last_cursor}

    def _return_to(self, kept: Mapping[str, object]) -> None:
        """Go on where one was; else below the last that is written, or at the beginning."""
        written = [name for name in SECTIONS if self.fields.section(name).raw().strip()]
        name = str(kept.get(SECTION) or "") or (written[-1] if written else SECTIONS[0])
        if name in SECTIONS:
            section = self.fields.section(name)
            section.go_to(int(str(kept.get(CURSOR, len(section.raw())))))
            self.setFocusProxy(section)

    # Leaving

    def leave(self) -> None:
        """Esc leads back from a comparison; from a note one goes by navigation, and nothing is thrown away."""
        if self._comparison is not None:
            self._comparison.put_off.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """What was written is saved when one goes elsewhere, if it is all right; else it stays a draft."""
        super().hideEvent(event)
        if self.is_edited() and not (self._sending or self._comparison or self._has_ended):
            with suppress(Problem):
                self._save_quietly()

    def _save_quietly(self) -> None:
        changes = self.fields.changes(self.row)
        if changes and not self.fields.record.rules(self.row | changes, self._session.locale):
            self._is_quiet = True
            self._send(changes)

    def _on_saved(self, row: Row) -> None:
        self._is_quiet = False
        super()._on_saved(row)

    def _on_failed(self, problem: Exception) -> None:
        quiet, self._is_quiet = self._is_quiet, False
        if quiet and isinstance(problem, UserError) and not isinstance(problem, Conflict):
            # Nobody asked for it: the window was locked, or the server is away. It stays a draft and is saved with
            # what comes next, by the same operation.
            self._sent, self._uncertain = None, True
            self._set_sending(False)
        else:
            super()._on_failed(problem)
