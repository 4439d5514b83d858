"""Who has come: somebody who is registered, or the little that is asked of somebody new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QVBoxLayout, QWidget

from hmsdesk.models.appointments import Appointment
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import Patient
from hmsdesk.models.row import Row
from hmsdesk.models.text import is_arabic
from hmsdesk.views.appointments.booking_form import NOBODY, REGISTER
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.contract import Lookup
from hmsdesk.views.kit.editor import Surroundings, go_on
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.form_foot import FormFoot
from hmsdesk.views.kit.held import Held
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.pickers import Offer, ReferenceEditor
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.words import Label

WIDTH = 440
KNOWN, NEW = "known", "new"
ASKED = ("name", "name_ar", "gender", "birth_date", "phone")
# Kept in a draft beside the fields: whether it is somebody new.
WHICH = "which"
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class WalkInForm(QFrame):
    """Enter goes on to the next field, Ctrl+Enter checks in, Esc leaves."""

    submitted = Signal()
    left = Signal()
    edited = Signal()

    def __init__(self, locale: Locale, lookup: Lookup) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self._held = Held()
        around = Surroundings(locale, lookup, editor_for)
        segments = [Segment(KNOWN, "Registered"), Segment(NEW, "New patient")]
        self.which = SegmentedControl("Patient is", segments, KNOWN)
        self.patient = FieldRow(editor_for("patient", Appointment.patient, around))
        fields = declared_fields(Patient)
        self.new = {name: FieldRow(editor_for(name, fields[name], around)) for name in ASKED}
        self._rows = (self.patient, *self.new.values())
        for row in self._rows:
            row.show_row({})
            row.edited.connect(self.edited)
        self._who = Label(muted=True)
        self._who.setObjectName("walkInWho")
        self._who.hide()
        self._foot = FormFoot(word="Check in", working="Checking in…", names=("walkInCheckIn", "walkInCancel"))
        self._lay_out()
        self.which.chosen.connect(self._on_which)
        self._foot.save_asked.connect(self.submitted)
        self._foot.leave_asked.connect(self.left)
        self._begin_with(KNOWN)
        assert isinstance(self.patient.editor, ReferenceEditor)
        self.patient.editor.picker.offer_where_nothing(NOBODY, Offer(REGISTER, lambda _: self.which.choose(NEW)))

    def _lay_out(self) -> None:
        page = QWidget()
        fields = QVBoxLayout(page)
        fields.setContentsMargins(*(theme.SPACE_16,) * 4)
        fields.setSpacing(theme.SPACE_12)
        fields.addWidget(self.which)
        for row in self._rows:
            fields.addWidget(row)
        below_name = self.patient.layout()
        assert below_name is not None
        below_name.addWidget(self._who)
        fields.addStretch()
        title = Label("Walk-in", bold=True)
        title.setContentsMargins(theme.SPACE_16, 0, theme.SPACE_16, 0)
        title.setFixedHeight(theme.PANEL_TITLE - 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(Separator())
        column.addWidget(Scroll(page), 1)
        column.addWidget(self._foot)

    def ask_before_foot(self, part: QWidget) -> None:
        """What is asked beside the form is gone to between its fields and its end."""
        self._foot.come_after(part)

    def go_to_check_in(self) -> None:
        """All is filled in."""
        self._foot.go_to_save()

    # What it holds

    def is_new(self) -> bool:
        """Whether somebody is to be registered."""
        return self.which.current() == NEW

    def show_patient(self, patient: Row, who: str) -> None:
        """It is somebody who is registered."""
        self.which.choose(KNOWN)
        self.patient.show_row({"patient": patient["_id"], "patient:title": patient["name"]})
        self.show_who(who)

    def show_who(self, words: str) -> None:
        """Say below the patient's name who that is."""
        self._who.setText(words)
        self._who.setVisible(bool(words) and not self.is_new())

    def chosen_patient(self) -> ObjectId | None:
        """Who has come, of those who are registered."""
        raw = self.patient.editor.raw()
        return raw if isinstance(raw, ObjectId) else None

    def wanted(self) -> ObjectId | Row | None:
        """Who has come, or what is known of somebody new; None where something is wrong, which is said and gone to."""
        rows = list(self.new.values()) if self.is_new() else [self.patient]
        values: dict[str, Any] = {row.name: row.check() for row in rows}
        wrong = [row for row in rows if row.problem]
        if wrong:
            wrong[0].editor.setFocus()
            return None
        if not self.is_new():
            patient = values["patient"]
            return patient if isinstance(patient, ObjectId) else None
        return {name: value for name, value in values.items() if value is not None}

    def is_edited(self) -> bool:
        """Whether something would be lost."""
        return any(row.is_edited() for row in self.new.values())

    def draft(self) -> Row:
        """All that is filled in, as it was typed."""
        kept = {name: value for row in self._rows for name, value in row.editor.draft().items()}
        # Who it is about is told where the draft is offered.
        about = {"patient:title": self.new["name"].editor.raw()} if self.is_new() else {}
        return kept | about | {WHICH: self.which.current()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Fill in what a draft kept."""
        for row in self._rows:
            row.restore(kept)
        self._begin_with(str(kept[WHICH]))

    def clear(self) -> None:
        """As it is opened: nothing is filled in."""
        for row in self._rows:
            row.show_row({})
        self.show_who("")
        self._begin_with(KNOWN)

    def _begin_with(self, which: str) -> None:
        self.which.show_choice(which)
        self._show_fields()
        self.setFocusProxy(self._first().editor)

    def _first(self) -> FieldRow:
        return self.new["name"] if self.is_new() else self.patient

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Say at their fields what the server found wrong."""
        for name, row in {"patient": self.patient, **self.new}.items():
            if name in problems:
                row.set_problem(problems[name])

    def set_sending(self, sending: bool) -> None:
        """Nothing changes while it is being sent."""
        if sending:
            self._held.hold(self.which, self.patient, *self.new.values())
        else:
            self._held.release()
        self._foot.set_sending(sending)

    def _on_which(self) -> None:
        self._show_fields()
        if self.is_new():
            self._take_over()
        self._first().editor.setFocus()

    def _take_over(self) -> None:
        """What was typed to find somebody who isn't registered is their name, in whichever script, or number."""
        typed = "" if self.chosen_patient() else self.patient.editor.raw().strip()
        name = "name_ar" if is_arabic(typed) else "phone" if any(map(str.isdigit, typed)) else "name"
        if typed and not self.new[name].editor.raw():
            self.new[name].editor.set_raw(typed)
            self.edited.emit()

    def _show_fields(self) -> None:
        self.patient.setVisible(not self.is_new())
        for row in self.new.values():
            row.setVisible(self.is_new())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = QApplication.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in ENTER and isinstance(focused, QAbstractButton):
            focused.click()
        elif event.key() in ENTER:
            go_on(self)
        else:
            super().keyPressEvent(event)
