"""Who comes without a booking: found or registered, booked and checked in, with one press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.duplicates import Duplicate
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.walk_in import Sees, expected_today, is_let_in, walk_in, who_sees
from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.appointments import CHECKED_IN
from hmsdesk.models.row import Row
from hmsdesk.views.appointments.expected import HERE, expected_words, here_words
from hmsdesk.views.appointments.found import Finding
from hmsdesk.views.appointments.refused import Refused, Way
from hmsdesk.views.appointments.told import tell_received, tell_walked_in
from hmsdesk.views.appointments.walk_in_form import WIDTH, WalkInForm
from hmsdesk.views.appointments.who_sees import WhoSees
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.booked import ShowsBookings
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.drafting import DraftWriter
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.form import WIDEST
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.records import drafting
from hmsdesk.views.kit.sent import SentOperation
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.walk_in_button import WALK_IN
from hmsdesk.views.kit.warned import Warned

MODULE = "appointments"
LISTS = (MODULE, "home", "calendar")
# To whom somebody is let in, as a draft keeps it.
DOCTOR = "practitioner"
FOLLOWED = {"appointments", "schedules", "clinic_days"}
MINUTE_MS = 60_000
NO_HOURS = "No doctor has hours yet"
BY_OTHERS, BY_ONESELF = "An administrator enters them under Clinic, Schedules.", "Enter them under Clinic, Schedules."
NOT_DONE = UserError("Nobody could be checked in.", "Something in the program went wrong. What you typed is kept.")
_LIKENESS = ("name", "name_ar", "birth_date", "phone")


@dataclass(frozen=True)
class Alike:
    """Somebody new who may be registered already: nothing was done yet."""

    found: Sequence[Duplicate]


@dataclass(frozen=True)
class Expected:
    """Somebody who has a booking today, or is here: nothing was done yet."""

    rows: Sequence[Row]


class WalkInPage(Page):
    """The form, and beside it the doctors. One operation for each patient and doctor that are filled in."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._operation = SentOperation()
        self._finding = Finding(context)
        self._warned = Warned()
        self._sent_early = False
        self._asked = tasks.Latest(self)
        behind = context.list_behind()
        self._back = behind if behind[0] in LISTS else (MODULE, "Bookings")
        self.stands_under = self._back[0]
        self.form = WalkInForm(self._session.locale, self._finding.find)
        self.notice = Notice()
        self.notice.setContentsMargins(0, 0, 0, theme.SPACE_12)
        self._draft = DraftWriter(self, drafting(context, f"{MODULE}/{WALK_IN}"), self._typed, self.notice)
        self.refused = Refused()
        self.doctors = WhoSees(self._session.locale)
        self._state = StateView()
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._lay_out()
        self._connect()
        self._restore()
        self.begin_at(self.form)
        self._state.show_loading()
        self.refresh()

    def _lay_out(self) -> None:
        back = BackButton(self._back[1], self.leave)
        back.setObjectName("walkInBack")
        way = QHBoxLayout()
        way.setContentsMargins(0, theme.SPACE_12, 0, theme.SPACE_12)
        way.addWidget(back)
        way.addStretch()
        self.seen_by = Panel("Seen by", "")
        self.seen_by.body.addWidget(self._state, 1)
        self.seen_by.body.addWidget(self.doctors, 1)
        self.doctors.hide()
        beside = QVBoxLayout()
        beside.setSpacing(theme.SPACE_16)
        beside.addWidget(self.refused)
        beside.addWidget(self.seen_by, 1)
        beside.addStretch()
        body = QHBoxLayout()
        body.setSpacing(theme.SPACE_16)
        body.addWidget(self.form)
        body.addLayout(beside, 1)
        body.addStretch()
        self._column.addLayout(way)
        self._column.addWidget(self.notice)
        self._column.addLayout(body, 1)

    def _connect(self) -> None:
        self.form.submitted.connect(self.check_in)
        self.form.left.connect(self.leave)
        self.form.edited.connect(self._on_edited)
        self.doctors.chose.connect(self._draft.keep_soon)
        self.doctors.went_on.connect(self.form.go_to_check_in)
        self._context.live.follow(self, FOLLOWED, self.refresh)
        self._minute.timeout.connect(self.refresh)
        self._minute.start()

    def _on_edited(self) -> None:
        self.refused.hide()
        # Who goes on typing has yet to send it.
        self._sent_early = False
        chosen = self.form.chosen_patient()
        self.form.show_who(self._finding.known(chosen))
        self.setWindowModified(self.form.is_edited())
        self._draft.keep_soon()

    def _restore(self) -> None:
        """What was typed of somebody new when the program ended, or somebody else took the window."""
        kept = self._draft.values
        if kept is not None:
            self.form.restore(kept)
            self.doctors.choose(kept.get(DOCTOR))
            self._operation.restore(kept)
            self.setWindowModified(True)
            self._draft.say_restored(self._session.locale, ("Start afresh", self._start_afresh))

    def _typed(self) -> Row | None:
        if not self.form.is_edited():
            return None
        return self.form.draft() | {DOCTOR: self.doctors.chosen()} | self._operation.draft()

    def _start_afresh(self) -> None:
        """As the form was when it was opened."""
        self.notice.hide()
        self.refused.hide()
        self.form.clear()
        self._operation.begin_anew()
        self._give_up_draft()
        self.form.setFocus()

    def _give_up_draft(self) -> None:
        """They are checked in, or it is not wanted."""
        self.setWindowModified(False)
        self._draft.drop()

    # The doctors

    def refresh(self) -> None:
        """Ask who can see somebody now."""
        failed = partial(self._state.show_problem, retry=self.refresh)
        self._asked.ask(partial(who_sees, self._session), self._show_doctors, failed)

    def _show_doctors(self, found: list[Sees]) -> None:
        self.doctors.setVisible(bool(found))
        self._state.setVisible(not found)
        # Who is the only doctor isn't asked who sees the patient.
        alone = [one.doctor["_id"] for one in found] == [self._session.identity.member]
        self.seen_by.setVisible(not alone)
        self.form.setFixedWidth(WIDEST if alone else WIDTH)
        if found:
            self._state.hide()
            self.doctors.show_doctors(found)
            self.form.ask_before_foot(self.doctors.last())
            if self._sent_early:
                self._sent_early = False
                self._go_on_from_early(alone)
        else:
            enters = self._session.may("schedules", "create")
            enter = ("Enter hours", partial(self._context.navigate, "schedules", "new")) if enters else None
            self._state.show_empty("doctor", NO_HOURS, BY_ONESELF if enters else BY_OTHERS, enter)

    def _go_on_from_early(self, alone: bool) -> None:
        """What was sent before the doctors were known: where there is a choice it is to be looked at first."""
        if alone:
            self.check_in()
        else:
            self.doctors.take_keyboard()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves wherever on the page the keyboard is."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    # Checking in

    def check_in(self) -> None:
        """Let in who is filled in, to the chosen doctor, if all of it is right."""
        doctor, patient = self.doctors.chosen(), self.form.wanted()
        # What is wrong was gone to: the doctors must not take the keyboard from there.
        self._sent_early = doctor is None and patient is not None
        if doctor is None or patient is None:
            return
        if self._operation.send({"patient": patient, DOCTOR: doctor}):
            # Whether the patient is here by now is asked afresh.
            self._warned = Warned()
        self._draft.keep()
        self.form.set_sending(True)
        self.refused.hide()
        failed = partial(self._on_failed, self.check_in)
        tasks.run(self, partial(self._let_in, patient, doctor), self._on_answer, failed)

    def _let_in(self, patient: ObjectId | Row, doctor: ObjectId) -> Row | Alike | Expected:
        """Of somebody new it is said once who they may be, of somebody known that they come today already; sent
        again it is a decision.
        """
        if isinstance(patient, ObjectId):
            about: object = patient
        else:
            about = tuple(patient.get(name) for name in _LIKENESS)
        if not self._warned.is_decided(about):
            doubt = None if self._is_done() else self._doubt(patient)
            if doubt is not None:
                self._warned.warn(about)
                self._operation.hold_back()
                return doubt
            self._warned.found_nothing(about)
        return walk_in(self._session, patient, doctor, self._operation.id)

    def _is_done(self) -> bool:
        """The program may have ended before the answer came: who was let in is not warned of themselves."""
        return self._operation.was_sent_before() and is_let_in(self._session, self._operation.id)

    def _doubt(self, patient: ObjectId | Row) -> Alike | Expected | None:
        if isinstance(patient, ObjectId):
            rows = expected_today(self._session, patient)
            return Expected(rows) if rows else None
        found = PATIENTS.duplicates(self._session, patient)
        return Alike(found) if found else None

    def _on_answer(self, answer: Row | Alike | Expected) -> None:
        if isinstance(answer, Expected):
            self._say_expected(answer.rows)
            return
        if isinstance(answer, Alike):
            self.form.set_sending(False)
            ways: list[Way] = [self._offer(one) for one in answer.found]
            words = "Choose who it is. If it is somebody else, check in again."
            self.refused.say("This patient may be registered already.", words, ways)
            self.refused.focus_first()
            return
        tell_walked_in(self._context, answer)
        self._go()
        for page in self.window().findChildren(ShowsBookings):
            page.show_booked(answer)

    def _say_expected(self, rows: Sequence[Row]) -> None:
        """Who is here, or is expected, is rarely meant to be let in besides."""
        self.form.set_sending(False)
        here = next((row for row in rows if row["status"] in HERE), None)
        if here is not None:
            title, words = "This patient is here already.", f"{here_words(here, self._session.locale)}. "
        else:
            title, words = "This patient has a booking today.", ""
        to_come = [row for row in rows if here is None and CHECKED_IN in APPOINTMENTS.steps(self._session, row)]
        ways: list[Way] = [
            (f"Check in for {expected_words(row, self._session.locale)}", partial(self._receive, row, uuid4().hex))
            for row in to_come
        ]
        self.refused.say(title, f"{words}If a further visit is meant, check in again.", ways)
        self.refused.focus_first()

    def _receive(self, row: Row, operation: str) -> None:
        """It was the booking that the patient came for. operation: this way's own, the same when it is tried again."""
        self.form.set_sending(True)
        self.refused.hide()
        # Whoever takes this way wants no further visit: should it fail, checking in warns as it did.
        self._warned = Warned()
        work = partial(APPOINTMENTS.set_status, self._session, row, CHECKED_IN, operation)
        failed = partial(self._on_failed, partial(self._receive, row, operation))
        tasks.run(self, work, partial(self._on_received, row), failed)

    def _on_received(self, before: Row, now: Row) -> None:
        tell_received(self._context, before, now)
        self._go()

    def _offer(self, one: Duplicate) -> Way:
        patient = one.patient

        def take() -> None:
            self.refused.hide()
            self.form.show_patient(patient, self._finding.who(patient))

        return f"{patient['name']} · {self._finding.who(patient)} · {one.why}", take

    def _on_failed(self, again: Callable[[], object], problem: Exception) -> None:
        """Say what went wrong. again: does the very thing that wasn't answered."""
        self.form.set_sending(False)
        known = in_words(problem, NOT_DONE)
        ways: list[Way] = [("Try again", again)] if isinstance(problem, Unreachable) else []
        self.refused.say(known.title, known.message, ways)
        self.refused.focus_first()
        self.form.set_problems(known.fields)
        self.refresh()

    # Leaving

    def leave(self) -> None:
        """Go back; what was typed of somebody new is thrown away only if that is wanted."""
        if not self.form.is_edited():
            self._go()
            return
        words = ("Throw away what you filled in?", "Nobody is registered or checked in yet.", "Throw it away")
        confirm(self, *words, self._go, keep="Keep it", dangerous=True)

    def _go(self) -> None:
        self._give_up_draft()
        self._context.navigate(self._back[0], "")
        self._context.close_page(MODULE, WALK_IN)
