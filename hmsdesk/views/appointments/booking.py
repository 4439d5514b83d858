"""Booking: the form, the doctor's day beside it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from bson import ObjectId
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment, DoctorDay, Offer, Refusal
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.staff import doctors
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import OVERRIDE
from hmsdesk.views.appointments.booking_form import BookingForm, Wanted
from hmsdesk.views.appointments.comes_already import ComesAlready
from hmsdesk.views.appointments.day_looked_at import LookedAt, look_at
from hmsdesk.views.appointments.found import Finding
from hmsdesk.views.appointments.known import Known
from hmsdesk.views.appointments.refused import Refused, Way
from hmsdesk.views.appointments.slots import DaySlots, free_of
from hmsdesk.views.appointments.told import tell_booked, tell_moved
from hmsdesk.views.appointments.way_back import back_from
from hmsdesk.views.appointments.wish import Wish
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.appointment_words import near_time, short_day
from hmsdesk.views.kit.booked import ShowsBookings
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.desk_keys import add_desk_keys, register
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.drafting import DraftWriter
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.records import drafting
from hmsdesk.views.kit.sent import SentOperation
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.waiting import may_put, put_on_list

MODULE, CHART = "appointments", "patients"
# What a booked row says besides: whether the patient has left the waiting list with it.
OFF_LIST = "off_list"
FOLLOWED = {"appointments", "schedules", "clinic_days"}
NO_DOCTORS = (
    "No doctors yet",
    "An administrator adds them under Clinic, Staff, and enters their hours under Clinic, Schedules.",
)
NOT_BOOKED = UserError("This could not be booked.", "Something in the program went wrong. What you typed is kept.")


class BookingPage(Page):
    """Books one appointment, or gives one another time. One operation for each patient: nobody is booked twice."""

    def __init__(self, context: Context, wish: Wish) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._wish = wish
        self._operation = SentOperation()
        self._back, word = back_from(context, wish)
        self.stands_under = self._back[0]
        self._finding = Finding(context)
        self._asked = tasks.Latest(self)
        self._day: DoctorDay | None = None
        self._moved: Row | None = None
        self._known = Known([])
        self.form: BookingForm | None = None
        self.slots = DaySlots(self._session.locale)
        self.comes_already = ComesAlready(context)
        self.refused = Refused()
        self._state = StateView()
        self._body = QHBoxLayout()
        self._body.setSpacing(theme.SPACE_16)
        self.notice = Notice()
        self.notice.setContentsMargins(0, 0, 0, theme.SPACE_12)
        self._draft = DraftWriter(self, drafting(context, f"{MODULE}/{wish.place}"), self._typed, self.notice)
        self._column.addLayout(self._way_back(word))
        self._column.addWidget(self.notice)
        self._column.addWidget(self._state, 1)
        self._column.addLayout(self._body, 1)
        context.live.follow(self, FOLLOWED, self._look_again)
        add_desk_keys(context, self)
        self._open()

    def _way_back(self, word: str) -> QHBoxLayout:
        back = BackButton(word, self.leave)
        back.setObjectName("bookingBack")
        row = QHBoxLayout()
        row.setContentsMargins(0, theme.SPACE_12, 0, theme.SPACE_12)
        row.addWidget(back)
        row.addStretch()
        return row

    # Opening

    def _open(self) -> None:
        self._state.show_loading()
        not_opened = partial(self._state.show_problem, retry=self._open)
        tasks.run(self, self._fetch_known, self._show_form, not_opened)

    def _fetch_known(self) -> Known:
        moved = APPOINTMENTS.get(self._session, self._wish.moved) if self._wish.moved else None
        patient = moved["patient"] if moved else self._wish.patient
        return Known(doctors(self._session), PATIENTS.get(self._session, patient) if patient else None, moved)

    def _show_form(self, known: Known) -> None:
        self._moved, self._known = known.moved, known
        self._state.hide()
        form = BookingForm(self._session.locale, self._finding.find, known.doctors, moving=known.moved is not None)
        self.form = form
        self._fill(form)
        self._restore(form)
        form.put_below_date(self.comes_already)
        if self._session.may(CHART, "create"):
            form.offer_registering(lambda _: register(self._context))
        self._body.addWidget(form)
        self._body.addWidget(self._built_slots(), 1)
        self._connect(form)
        self.begin_at(form)
        if self.isVisible():
            form.setFocus()
        self._look()

    def _fill(self, form: BookingForm) -> None:
        self._known.fill(form, self._wish, self._finding, self._context)

    def _restore(self, form: BookingForm) -> None:
        """What was filled in when the program ended, or somebody else took the window."""
        kept = self._draft.values
        if kept is not None:
            form.restore(kept)
            self._operation.restore(kept)
            self.setWindowModified(True)
            self._draft.say_restored(self._session.locale, ("Start afresh", self._start_afresh))

    def _typed(self) -> Row | None:
        if self.form is None or not self.form.is_edited():
            return None
        return self.form.draft() | self._operation.draft()

    def _built_slots(self) -> QWidget:
        action = None
        if self._moved is None and may_put(self._context):
            action = quiet("Put on waiting list", "clipboard-clock-outline")
            action.setObjectName("bookingWait")
            action.clicked.connect(lambda _: self._put_on_list())
            # A refusal offers the same.
            self.refused.shown.connect(action.setHidden)
        self._panel = Panel("Times", "", action)
        self._panel.body.addWidget(self.refused)
        self._panel.body.addWidget(self.slots, 1)
        return self._panel

    def _connect(self, form: BookingForm) -> None:
        form.day_changed.connect(self._on_day_changed)
        form.time_changed.connect(self._on_time_changed)
        form.time.editor.left.connect(self._check_time)
        form.submitted.connect(self.book)
        form.left.connect(self.leave)
        form.patient.edited.connect(self._on_patient_edited)
        for row in form.rows:
            row.edited.connect(self._on_edited)
        self.slots.chosen.connect(self._on_start_chosen)

    def _on_edited(self) -> None:
        self.setWindowModified(self.form is not None and self.form.is_edited())
        self._draft.keep_soon()

    def _on_patient_edited(self) -> None:
        assert self.form is not None
        chosen = self.form.chosen_patient()
        self.form.show_who(self._finding.known(chosen))
        self._remark(self.form.chosen_day())

    def _remark(self, day: date | None) -> None:
        """Say what the patient has that day already; of a booking that is moved it is known."""
        if self.form is not None and self._moved is None:
            self.comes_already.look(self.form.chosen_patient(), day)

    # The doctor's day

    def _on_day_changed(self) -> None:
        self.refused.hide()
        self._look()

    def _on_time_changed(self) -> None:
        self.refused.hide()
        self.slots.grid.choose(self.form.chosen_start() if self.form else None)

    def _on_start_chosen(self, start: datetime) -> None:
        assert self.form is not None
        self.refused.hide()
        self.form.show_start(start)
        self._on_edited()

    def _look(self) -> None:
        """Show the chosen day anew."""
        assert self.form is not None
        # A late answer would show another day, or another doctor's.
        self._asked.drop()
        self._day = None
        doctor, day = self.form.chosen_doctor(), self.form.chosen_day()
        self._remark(day)
        if not self.form.doctors:
            self.slots.show_message("doctor", *NO_DOCTORS)
            return
        if doctor is None or day is None:
            self._panel.set_count("")
            what = "doctor" if doctor is None else "date"
            self.slots.show_message("calendar-search", f"Choose a {what}", "The free times of the day appear here.")
            return
        self.slots.show_loading()
        self._ask(doctor, day)

    def _look_again(self) -> None:
        """Something was booked or changed elsewhere; what is shown stays until the answer comes."""
        if self.form is not None:
            doctor, day = self.form.chosen_doctor(), self.form.chosen_day()
            self._remark(day)
            if doctor is not None and day is not None:
                self._ask(doctor, day)

    def _ask(self, doctor: ObjectId, day: date) -> None:
        besides = self._moved["_id"] if self._moved else None
        work = partial(look_at, self._context, doctor, day, besides)
        failed = partial(self.slots.show_problem, retry=self._look)
        self._asked.ask(work, partial(self._show_day, day), failed)

    def _check_time(self) -> None:
        """Say of a typed time what the doctor's day has against it, as far as it is known here."""
        start = self.form.chosen_start() if self.form else None
        if self.form is not None and self._day is not None and start is not None:
            self.form.refuse_time(self._day.hindrance(start, self._session.now()))

    def _show_day(self, day: date, looked_at: LookedAt) -> None:
        self._day = found = looked_at.day
        offer = looked_at.following
        following = (f"Next free: {self._offer(offer)}", partial(self._take, offer)) if offer else None
        if self.form is not None and not self.form.is_typing_time():
            self._check_time()
        to_come = [slot for slot in found.slots if slot.start > self._session.now()]
        self._panel.set_count(" · ".join(filter(None, (short_day(day), free_of(to_come)))))
        self.slots.show_day(found, to_come, following)
        self.slots.grid.choose(self.form.chosen_start() if self.form else None)

    # Booking

    def book(self, override: str = "") -> None:
        """Book what is filled in, if all of it is. override: why, where it is in spite of a rule."""
        wanted = self.form.wanted() if self.form else None
        if self.form is None or wanted is None:
            return
        # Another time may correct what was sent, and what was booked is told; another patient is another booking.
        self._operation.send({"patient": wanted.patient})
        self._draft.keep()
        self.form.set_sending(True)
        self.refused.hide()
        tasks.run(self, self._work(wanted, override), partial(self._on_booked, wanted), self._on_failed)

    def _work(self, wanted: Wanted, override: str) -> Callable[[], Row]:
        if self._moved is not None:
            where = (wanted.start, wanted.practitioner)
            return partial(APPOINTMENTS.move, self._session, self._moved, *where, self._operation.id, override)
        return partial(self._booked, BookAppointment(**vars(wanted), override=override))

    def _booked(self, booking: BookAppointment) -> Row:
        row = APPOINTMENTS.book(self._session, booking, self._operation.id)
        waited = may_put(self._context) and WAITING_LIST.left_with(self._session, row["_id"])
        return row | {OFF_LIST: bool(waited)}

    def _on_booked(self, wanted: Wanted, row: Row) -> None:
        if self._moved is not None:
            tell_moved(self._context, self._moved, row)
        else:
            as_wanted = (row["start"], row["practitioner"]) == (wanted.start, wanted.practitioner)
            tell_booked(self._context, row, as_wanted=as_wanted, off_list=row[OFF_LIST])
        self._go()
        for page in self.window().findChildren(ShowsBookings):
            page.show_booked(row)

    def _on_failed(self, problem: Exception) -> None:
        assert self.form is not None
        self.form.set_sending(False)
        known = in_words(problem, NOT_BOOKED)
        self.refused.say(known.title, known.message, self._ways(known), nearest=isinstance(problem, Refusal))
        if isinstance(problem, Refusal):
            self._offer_besides(problem)
            self._look_again()
        else:
            self.form.set_problems(known.fields)
        self.refused.focus_first()

    def _offer_besides(self, problem: Refusal) -> None:
        """What there is besides free times: all the same with a reason, or the waiting list."""
        if problem.overridable and self._session.may(APPOINTMENTS.resource, OVERRIDE):
            self.refused.offer_override("Move all the same" if self._moved else "Book all the same", self.book)
        if self._moved is None and may_put(self._context):
            self.refused.offer_waiting_list(self._put_on_list)

    def _put_on_list(self) -> None:
        """Whom no time was found for waits for one with this doctor, or any."""
        assert self.form is not None
        patient = self.form.require_patient()
        if patient is not None:
            doctor, day, note = self.form.chosen_doctor(), self.form.chosen_day(), self.form.reason.editor.raw()
            put_on_list(self._context, patient, doctor, day, note, self._go)

    def _ways(self, problem: UserError) -> list[Way]:
        """What can be done about it: a free time instead, or the same once more."""
        if isinstance(problem, Refusal):
            return [(self._offer(offer), partial(self._take, offer)) for offer in problem.nearest]
        return [("Try again", self.book)] if isinstance(problem, Unreachable) else []

    def _offer(self, offer: Offer) -> str:
        """Today, 11:40; with the doctor where it is a colleague of whom was asked for."""
        words = near_time(offer.start, self._session.locale)
        own = self.form is not None and offer.practitioner == self.form.chosen_doctor()
        return words if own else f"{words}, {offer.doctor}"

    def _take(self, offer: Offer) -> None:
        assert self.form is not None
        self.refused.hide()
        self.form.show_doctor(offer.practitioner)
        self.form.show_start(offer.start)
        self._on_edited()
        self.form.go_to_book()
        self._look()

    # Leaving

    def showEvent(self, event: QShowEvent) -> None:
        """Who asks to book finds what was filled in for the last caller, and is told so before anybody is booked."""
        super().showEvent(event)
        if not event.spontaneous() and self.form is not None and self.form.is_edited() and self._moved is None:
            words = "What you filled in before isn't booked yet."
            self.notice.say("info", words, ("Start afresh", self._start_afresh))
            self.form.setFocus()

    def _start_afresh(self) -> None:
        """As the form was when it was opened."""
        assert self.form is not None
        self.notice.hide()
        self.refused.hide()
        self.form.clear()
        self._fill(self.form)
        self._operation.begin_anew()
        self._give_up_draft()
        self.form.setFocus()
        self._look()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves wherever on the page the keyboard is."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def leave(self) -> None:
        """Go back; what was filled in is thrown away only if that is wanted."""
        if self.form is not None and self.form.is_edited():
            confirm(
                self,
                "Throw away what you filled in?",
                "Nothing is booked yet.",
                "Throw it away",
                self._go,
                keep="Keep it",
                dangerous=True,
            )
        else:
            self._go()

    def _give_up_draft(self) -> None:
        """It is booked, or not wanted; what was not shown yet stays."""
        self.setWindowModified(False)
        if self.form is not None:
            self._draft.drop()

    def _go(self) -> None:
        self._give_up_draft()
        self._context.navigate(*self._back)
        self._context.close_page(MODULE, self._wish.place)
