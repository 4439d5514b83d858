"""What is asked to book: who, with whom, when, and a note."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bson import ObjectId
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.appointments import Appointment
from hmsdesk.models.booking import wall
from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import ChoiceField, YesNoField
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.times import TimeField, clock
from hmsdesk.views.appointments.day_bar import day_editor
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.contract import Lookup
from hmsdesk.views.kit.editor import Editor, Surroundings, go_on
from hmsdesk.views.kit.editors import ComboEditor, editor_for
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.form_foot import FormFoot
from hmsdesk.views.kit.held import Held
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.pickers import Offer, ReferenceEditor
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import Label

WIDTH = 440
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
NOBODY, REGISTER = "Nobody is called so.", "Register “{}” as a new patient"
SKIPPED = "On this day the clock jumps over this time."
# Kept in a draft beside the fields: the very start that was chosen, and what tells who comes apart.
START, WHO = "start", "who"


@dataclass(frozen=True)
class Wanted:
    """What was filled in. start: UTC."""

    patient: ObjectId
    practitioner: ObjectId
    start: datetime
    reason: str
    pending: bool


class BookingForm(QFrame):
    """A few fields, one below the other. Knows nothing of what is free."""

    day_changed = Signal()
    """Another doctor or day was chosen."""
    time_changed = Signal()
    submitted = Signal()
    left = Signal()

    def __init__(self, locale: Locale, lookup: Lookup, doctors: Sequence[Row], *, moving: bool = False) -> None:
        """moving: a booking is given another time; who comes, and why, stays."""
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self._locale = locale
        self.doctors = doctors
        # A start that was chosen, of which there may be two with the same wall time.
        self._start: datetime | None = None
        # The start it was opened with: nothing is lost with that.
        self._given: datetime | None = None
        self._held = Held()
        around = Surroundings(locale, lookup, editor_for)
        # An id is 24 characters of text in a list of choices.
        names = tuple((str(row["_id"]), row["name"]) for row in doctors)
        self.patient = FieldRow(editor_for("patient", Appointment.patient, around))
        doctor_field = ChoiceField(verbose_name="Doctor", choices=names, required=True)
        self.doctor = FieldRow(ComboEditor("practitioner", doctor_field, around))
        self.day = FieldRow(day_editor(locale, "Date"))
        self.time = FieldRow(editor_for("time", _time_field(), around))
        self.reason = FieldRow(editor_for("reason", Appointment.reason, around))
        self.confirmed = FieldRow(editor_for("confirmed", _confirmed_field(), around))
        self.moving = moving
        when = (self.patient, self.doctor, self.day, self.time)
        self.rows = when if moving else (*when, self.reason, self.confirmed)
        self.clear()
        if moving:
            self.patient.editor.set_read_only()
        self._who = Label(muted=True)
        self._who.setObjectName("bookingWho")
        self._who.hide()
        word, working = ("Move", "Moving…") if moving else ("Book", "Booking…")
        self._foot = FormFoot(word=word, working=working, names=("bookingBook", "bookingCancel"))
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.time.editor if moving else self.patient.editor)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(Separator())
        column.addWidget(self._fields(), 1)
        column.addWidget(self._foot)

    def _fields(self) -> Scroll:
        """On a low screen they scroll, and the way out stays in view."""
        page = QWidget()
        fields = QVBoxLayout(page)
        fields.setContentsMargins(*(theme.SPACE_16,) * 4)
        fields.setSpacing(theme.SPACE_12)
        for row in self.rows:
            fields.addWidget(row)
        # Right below the name it belongs to.
        below_name = self.patient.layout()
        assert below_name is not None
        below_name.addWidget(self._who)
        fields.addStretch()
        return Scroll(page)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_16, 0, theme.SPACE_16, 0)
        title = Label("Give another time" if self.moving else "Book appointment", bold=True)
        title.setFixedHeight(theme.PANEL_TITLE - 2)
        row.addWidget(title, 1)
        row.addWidget(Label("* required", muted=True, size="small"))
        return row

    def _connect(self) -> None:
        self.doctor.edited.connect(self._on_day_edited)
        self.day.editor.left.connect(self.day_changed)
        self.day.edited.connect(self._on_day_edited)
        self.time.edited.connect(self._on_time_edited)
        self._foot.save_asked.connect(self.submitted)
        self._foot.leave_asked.connect(self.left)

    # What it holds

    def show_patient(self, patient: Row) -> None:
        """Fill in who comes."""
        self.patient.show_row({"patient": patient["_id"], "patient:title": patient["name"]})

    def show_who(self, words: str) -> None:
        """Say below the patient's name who that is."""
        self._who.setText(words)
        self._who.setVisible(bool(words))

    def put_below_date(self, widget: QWidget) -> None:
        """Put something below the day that it is about."""
        below_date = self.day.layout()
        assert below_date is not None
        below_date.addWidget(widget)

    def say_now(self, words: str) -> None:
        """Say where it is that is moved."""
        now = Label(words, muted=True, wrap=True)
        now.setObjectName("bookingNow")
        below_name = self.patient.layout()
        assert below_name is not None
        below_name.addWidget(now)

    def require_patient(self) -> ObjectId | None:
        """Who comes; where nobody is chosen that is said, and gone to."""
        chosen = self.patient.check()
        if not isinstance(chosen, ObjectId):
            self.patient.editor.setFocus()
            return None
        return chosen

    def chosen_patient(self) -> ObjectId | None:
        """Who comes; None while nobody is chosen."""
        raw = self.patient.editor.raw()
        return raw if isinstance(raw, ObjectId) else None

    def show_doctor(self, doctor: ObjectId | None) -> None:
        """Fill in with whom."""
        self.doctor.show_row({"practitioner": str(doctor or "")})

    def show_day(self, day: date) -> None:
        """Fill in the day."""
        self.day.show_row({"day": day.isoformat()})

    def show_start(self, start: datetime) -> None:
        """Fill in a time that was chosen, UTC; its day with it."""
        self.show_day(self._locale.local(start).date())
        self.time.show_row({"time": clock(start, self._locale)})
        self._start = start

    def show_given(self, start: datetime) -> None:
        """Fill in the time the form is opened for, UTC."""
        self.show_start(start)
        self._given = start

    def chosen_doctor(self) -> ObjectId | None:
        """Whose day is looked at."""
        return ObjectId(raw) if (raw := self.doctor.editor.raw()) else None

    def chosen_day(self) -> date | None:
        """Which day is looked at; None while what is typed is none."""
        typed = _cleaned(self.day.editor)
        return date.fromisoformat(typed) if typed else None

    def chosen_start(self) -> datetime | None:
        """The time that is filled in, UTC; None while there is none."""
        if self._start is not None:
            return self._start
        day, typed = self.chosen_day(), _cleaned(self.time.editor)
        return wall(day, typed, self._locale) if day and typed else None

    def is_edited(self) -> bool:
        """Whether something would be lost."""
        # Looking at another doctor's day, or another day, is no work that would be lost.
        lasting = [row for row in self.rows if row not in (self.doctor, self.day)]
        return any(row.is_edited() for row in lasting) or self._start != self._given

    def draft(self) -> Row:
        """All that is filled in, as it was typed."""
        kept = {name: value for row in self.rows for name, value in row.editor.draft().items()}
        return kept | {START: self._start, WHO: self._who.text()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Fill in what a draft kept."""
        for row in self.rows:
            row.restore(kept)
        self._start = kept.get(START)
        self.show_who(str(kept.get(WHO) or ""))

    def wanted(self) -> Wanted | None:
        """What was filled in; None where something is wrong, which is said and gone to."""
        values = {row.name: row.check() for row in self.rows}
        wrong = [row for row in self.rows if row.problem]
        start = self.chosen_start()
        if not wrong and start is None:
            self.time.set_problem(SKIPPED)
            wrong = [self.time]
        if wrong or start is None:
            wrong[0].editor.setFocus()
            return None
        doctor = ObjectId(values["practitioner"])
        return Wanted(values["patient"], doctor, start, values.get("reason") or "", values.get("confirmed") is False)

    def set_problems(self, problems: dict[str, str]) -> None:
        """Say at their fields what the server found wrong."""
        for row in self.rows:
            if row.name in problems:
                row.set_problem(problems[row.name])

    def refuse_time(self, why: str) -> None:
        """Say at the time that it can't be booked; empty: that nothing is known against it."""
        if why != self.time.problem:
            self.time.set_problem(why)

    def is_typing_time(self) -> bool:
        """Whether the time isn't finished yet."""
        focused = QApplication.focusWidget()
        return focused is not None and self.time.isAncestorOf(focused)

    def set_sending(self, sending: bool) -> None:
        """Nothing changes while it is being booked."""
        if sending:
            self._held.hold(*self.rows)
        else:
            self._held.release()
        self._foot.set_sending(sending)

    def offer_registering(self, register: Callable[[str], object]) -> None:
        """Of somebody who is found nowhere; register: is told what was typed."""
        assert isinstance(self.patient.editor, ReferenceEditor)
        self.patient.editor.picker.offer_where_nothing(NOBODY, Offer(REGISTER, register))

    def clear(self) -> None:
        """Nothing is filled in; from here on it counts whether something was typed."""
        self._start = self._given = None
        for row in self.rows:
            row.show_row({"confirmed": True})

    def go_to_book(self) -> None:
        """All is filled in."""
        self._foot.go_to_save()

    def _on_day_edited(self) -> None:
        self._start = None
        if self.day.editor.line.isModified():  # type: ignore[attr-defined]
            # A typed date is meant once it is finished.
            return
        self.day_changed.emit()

    def _on_time_edited(self) -> None:
        self._start = None
        self.time_changed.emit()

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


def _time_field() -> Any:
    return TimeField(verbose_name="Time", required=True, help_text="Choose a free one, or type it: 10:25")


def _confirmed_field() -> Any:
    return YesNoField(verbose_name="The booking is", words=("Approved", "Still to be approved"), required=True)


def _cleaned(editor: Editor) -> str | None:
    """What was typed, as it is stored; None where that isn't possible yet."""
    try:
        typed: str | None = editor.field.clean(editor.raw(), editor.around.locale)
    except Problem:
        return None
    return typed
