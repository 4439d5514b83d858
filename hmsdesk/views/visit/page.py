"""The page of one visit: whose it is, the note, and beside it what one looks at while writing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from bson import Decimal128, ObjectId
from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hmsdesk.controllers import consulting_room, diagnosis_codes
from hmsdesk.controllers.consulting_room import Room
from hmsdesk.controllers.encounter_notes import NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS, StillOpen
from hmsdesk.controllers.problems import add_problem
from hmsdesk.errors import UserError
from hmsdesk.models.dates import worded
from hmsdesk.models.encounters import DoneService, to_pay
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock, time_or_day
from hmsdesk.security.permissions import CREATE, UPDATE
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.banner import Banner
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.documents import accepts
from hmsdesk.views.kit.history import HistoryPane
from hmsdesk.views.kit.page import Page, is_wide
from hmsdesk.views.kit.parts import StateView
from hmsdesk.views.kit.patient_summary import summary_of
from hmsdesk.views.kit.tab_order import put_before
from hmsdesk.views.visit.around import Around
from hmsdesk.views.visit.begin import lead_to_open
from hmsdesk.views.visit.closing_steps import Closing
from hmsdesk.views.visit.earlier import EarlierDialog
from hmsdesk.views.visit.head import Head
from hmsdesk.views.visit.left_note import LeftNote
from hmsdesk.views.visit.mistake import offer_to_take_back
from hmsdesk.views.visit.note import NoteForm
from hmsdesk.views.visit.reading import ReadNote
from hmsdesk.views.visit.templates import Templates
from hmsdesk.views.visit.unsigned import unsigned_medicines
from hmsdesk.views.visit.way_back import WayBack, way_back

MODULE = "visit"


class VisitPage(Page):
    """Marked as modified while the note holds something that isn't saved."""

    def __init__(self, context: Context, visit: ObjectId) -> None:
        super().__init__(theme.SPACE_12, theme.SPACE_12)
        self.setObjectName("visit")
        self.setAcceptDrops(True)
        self._context = context
        self._session = context.session
        self._visit = visit
        self._operation = uuid4().hex
        self._back: WayBack | None = None
        self._writes = self._session.may(NOTES.resource, UPDATE)
        self._room: Room | None = None
        self._then: Callable[[], None] | None = None
        self._missed = False
        self.note: NoteForm | ReadNote | None = None
        self.history: HistoryPane | None = None
        self._latest = tasks.Latest(self)
        self.banner = self._made_banner()
        self.head = Head(self._session.may("prescriptions", CREATE), self._may_book())
        self.around = Around(context, writes=self._writes)
        self._left = LeftNote(context)
        self._state = StateView()
        self._lay_out()
        self._connect()
        self._open()

    @property
    def form(self) -> NoteForm | None:
        """The form of the note, while it can be written."""
        return self.note if isinstance(self.note, NoteForm) else None

    def _made_banner(self) -> Banner:
        may_edit = self._session.may("patient_health", UPDATE)
        banner = Banner(compact=True, edit_allergies=self._edit_health if may_edit else None)
        banner.hide()
        return banner

    def _edit_health(self) -> None:
        if self._room is not None:
            self._context.navigate("patients", f"{self._known_patient()['_id']}/health")

    def _lay_out(self) -> None:
        self._side = QStackedWidget()
        self._side.addWidget(self.around)
        self._note_place = QVBoxLayout()
        self._note_place.addWidget(self._left)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addLayout(self._note_place, 1)
        row.addWidget(self._side)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(theme.SPACE_12)
        body.addWidget(self.head)
        body.addLayout(row, 1)
        self._body.hide()
        self._column.addWidget(self.banner)
        self._column.addWidget(self._state, 1)
        self._column.addWidget(self._body, 1)

    def _connect(self) -> None:
        self.head.left.connect(self._leave)
        self.head.history_asked.connect(self._on_history)
        self.head.prescribe_asked.connect(self._on_prescribe)
        self.head.close_asked.connect(self._on_close)
        self.head.reopen_asked.connect(self._on_reopen)
        self.head.bill_asked.connect(self._on_bill)
        self.head.book_asked.connect(self._on_book)
        self.head.templates_asked.connect(self._on_templates)
        self.around.read_asked.connect(self._on_read)
        self.around.copy_asked.connect(self._on_copy)
        self.around.measure_asked.connect(self._on_measure)
        self.around.files.changed.connect(self.refresh)
        self._context.live.follow(self, set(consulting_room.COLLECTIONS), self.refresh)

    # What is shown

    def _open(self) -> None:
        self._state.show_loading()
        enter = partial(consulting_room.enter, self._session, self._visit, self._operation)
        self._latest.ask(enter, self._show_first, self._on_not_opened)
        # Ready before the first diagnosis is typed. Where it can't be read, the search says so.
        tasks.run(self, diagnosis_codes.index, lambda _: None, lambda _: None, long=True)

    def _on_not_opened(self, problem: Exception) -> None:
        if isinstance(problem, StillOpen):
            lead_to_open(self._context, problem, str(self._visit))
        else:
            self._state.show_problem(problem, retry=self._open)

    def _show_first(self, room: Room) -> None:
        self._state.hide()
        self._show(room)
        self.banner.show()
        self._body.show()
        self._fit()
        if self.isVisible() and self.note is not None:
            self.note.setFocus()
        if self._missed:
            self.refresh()

    def refresh(self) -> None:
        """Something was changed: fetch what stands here again."""
        self._missed = self._room is None
        if not self._missed:
            look = partial(consulting_room.look_again, self._session, self._visit)
            self._latest.ask(look, self._show, lambda _: None)

    def _show(self, room: Room) -> None:
        self._room = room
        encounter, locale = room.visit.encounter, self._session.locale
        since = clock(encounter["started_at"], locale), str(encounter.get("practitioner:title", ""))
        known, shown = room.known, (f"Since {since[0]}", since[1]) if room.visit.is_open else None
        self.banner.show_patient(summary_of(known.patient, known.health, locale, shown))
        if room.visit.is_open:
            self.head.show_open(since[0], self._writes)
        else:
            when = time_or_day(encounter["ended_at"], locale, locale.today())
            may_bill = self._session.may("payments", CREATE)
            bills = may_bill and locale.local(encounter["ended_at"]).date() == locale.today()
            self.head.show_closed(when, ENCOUNTERS.may_reopen(self._session, encounter), bills)
        self._show_note(room)
        self._left.look_at(room.visit)
        self._say_unsigned()
        self.around.show_room(room)
        put_before(self.head.back, self.banner)

    def _show_note(self, room: Room) -> None:
        writing = room.visit.is_open and self._writes
        if writing and isinstance(self.note, NoteForm):
            self.note.record_changed(room.visit.note)
        elif isinstance(self.note, ReadNote) and not writing and not room.visit.is_open:
            self.note.show_addenda(room.visit.addenda)
        else:
            note = NoteForm(self._context, room.visit.note) if writing else ReadNote(self._context, room.visit)
            self._put(note, room.visit.note)

    def _put(self, note: NoteForm | ReadNote, stored: Row) -> None:
        """Put a note in place of the one before. stored: what it says now on the server."""
        before, had_focus = self.note, self.note is not None and self.isAncestorOf(self.focusWidget() or self)
        typed = before.unsaved_words(stored) if isinstance(before, NoteForm) and before.is_edited() else ""
        self.note = note
        self._note_place.addWidget(note, 1)
        if isinstance(before, NoteForm):
            before.end()
        if before is not None:
            before.hide()
            before.deleteLater()
        self.setWindowModified(False)
        if isinstance(note, NoteForm):
            self._connect_form(note)
        else:
            note.added.connect(self.refresh)
            note.take_over(typed)
        self.begin_at(note)
        if had_focus and self.isVisible():
            # What was just closed leads on: what is written beneath it stays for good and mustn't begin by chance.
            closed = isinstance(before, NoteForm) and not typed
            QTimer.singleShot(0, note, lambda: (closed and self.head.lead_on()) or note.setFocus())

    def _connect_form(self, form: NoteForm) -> None:
        self._templates = Templates(self._context, form, self._known_patient(), self.head.templates)
        form.modified.connect(self.setWindowModified)
        form.state_changed.connect(self._say_state)
        form.saved.connect(lambda _: self._go_on())
        form.fields.diagnoses.problem_asked.connect(self._on_problem)
        self.setWindowModified(form.is_edited())
        self._say_state()

    def _known_patient(self) -> Row:
        return self._room.known.patient if self._room is not None else {}

    def _say_state(self) -> None:
        form = self.note
        if not isinstance(form, NoteForm):
            return
        saved_at = form.row.get("updated_at")
        if form.is_edited():
            self.head.state.setText("Not saved yet (Ctrl+S)")
        elif saved_at is not None:
            when = time_or_day(saved_at, self._session.locale, self._session.locale.today())
            self.head.state.setText(f"Saved {when}")
        else:
            self.head.state.setText("")

    # What is done with it

    def _after_saving(self, then: Callable[[], None]) -> None:
        """Save what was written, then go on; where it can't be saved, that is said and nothing else happens."""
        form = self.note
        if isinstance(form, NoteForm) and (form.is_edited() or form.is_sending):
            self._then = then
            form.save()
        else:
            then()

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _on_prescribe(self) -> None:
        place = f"{self._known_patient()['_id']}/{self._visit}"
        self._after_saving(partial(self._context.navigate, "prescribe", place))

    def _on_close(self) -> None:
        form = self.note
        if self._room is None or not isinstance(form, NoteForm) or form.is_comparing:
            return
        if form.is_sending:
            self._then = self._on_close
            return
        ready, encounter = form.to_close(), self._room.visit.encounter
        if ready is None:
            offer_to_take_back(self, self._context, form, encounter, self._leave)
            return
        closing = Closing(self, self._context, form, encounter, *ready)
        closing.closed.connect(self._on_closed)
        closing.prescribe_asked.connect(self._on_prescribe)

    def _on_closed(self, encounter: Row, follow_up_days: Any) -> None:
        if isinstance(self.note, NoteForm):
            self.note.end()
        due = to_pay(encounter.get("services", []))
        amount = {"value": Decimal128(due), "currency": self._session.locale.currency}
        text = f"{DoneService.price.show(amount, self._session.locale) if due else 'Nothing'} is charged."
        if follow_up_days:
            day = self._session.locale.today() + timedelta(days=follow_up_days)
            book = ("Book follow-up", partial(self._book, encounter, follow_up_days))
            self._context.toasts.show("The visit is closed", f"{text} To come again about {worded(day)}.", action=book)
        else:
            self._context.toasts.show("The visit is closed", text)
        self.refresh()

    def _book(self, encounter: Row, days: int) -> None:
        day = self._session.locale.today() + timedelta(days=days)
        wish = f"book/{encounter['patient']}/{day.isoformat()}/{encounter['practitioner']}"
        self._context.navigate("appointments", wish)

    def _may_book(self) -> bool:
        return self._session.may("appointments", CREATE) and self._context.has_page("appointments")

    def _on_book(self) -> None:
        """Book the visit that was spoken of, about its day; where none was, whatever is wanted."""
        if self._room is None:
            return
        days = self._room.visit.note.get("follow_up_days")
        if days:
            self._book(self._room.visit.encounter, days)
        else:
            self._context.navigate("appointments", f"book/{self._known_patient()['_id']}")

    def _on_reopen(self) -> None:
        reopen = partial(ENCOUNTERS.reopen, self._session, self._visit, uuid4().hex)
        tasks.run(self, reopen, lambda _: self._on_reopened(), self._on_refused)

    def _on_reopened(self) -> None:
        self._context.toasts.show("The visit is open again", "What it was charged with is taken back.")
        self.refresh()

    def _on_refused(self, problem: Exception) -> None:
        if isinstance(problem, UserError):
            self._context.toasts.show_problem(problem)
        self.refresh()

    def _on_problem(self, name: str) -> None:
        add = partial(add_problem, self._session, self._known_patient()["_id"], name[:120], uuid4().hex)
        tasks.run(self, add, partial(self._on_problem_added, name), self._on_refused)

    def _on_problem_added(self, name: str, added: bool) -> None:
        words = "is one of the problems now" if added else "is among the problems already"
        self._context.toasts.show(f"{name} {words}", action=("Edit problems", self._edit_health))
        self.refresh()

    def _on_templates(self) -> None:
        if isinstance(self.note, NoteForm):
            self._templates.open()

    def _on_read(self, visit: Row, note: Row) -> None:
        EarlierDialog(self, self._context, visit, note).open()

    def _on_copy(self, note: Row) -> None:
        if isinstance(self.note, NoteForm):
            undo = self.note.copy_from(note)
            if undo is None:
                self._context.toasts.show("All of it stands here already", tone="info")
            else:
                self._context.toasts.show("Copied into this note", tone="info", action=("Undo", undo))

    def _on_measure(self) -> None:
        """What is typed stays on the page, which is come back to."""
        if self._room is not None:
            encounter = self._room.visit.encounter
            self._context.navigate("vitals", str(encounter.get("appointment") or encounter["patient"]))

    def _on_bill(self) -> None:
        if self._room is not None:
            self._context.navigate("cash_desk", str(self._room.visit.encounter["patient"]))

    def _on_history(self) -> None:
        if self.history is not None:
            self._close_history()
            return
        self.history = HistoryPane(NOTES, self._session, self._visit, "Earlier versions")
        self.history.closed.connect(self._close_history)
        self._side.addWidget(self.history)
        self._side.setCurrentWidget(self.history)
        self.history.setFocus()

    def _close_history(self) -> None:
        if self.history is not None:
            self._side.removeWidget(self.history)
            self.history.deleteLater()
            self.history = None

    # Around it

    def _leave(self) -> None:
        self._context.navigate(*way_back(self._context, self._back).place)

    def _fit(self) -> None:
        self.around.fit(is_wide(self))
        self._side.setFixedWidth(self.around.width())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._session.may("documents", CREATE) and accepts(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.around.show_files()
        self.around.files.take_in(event.mimeData())
        event.acceptProposedAction()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._back = way_back(self._context, self._back)
        self.head.back.lead_to(self._back.word)
        self._say_unsigned()

    def _say_unsigned(self) -> None:
        if self._room is not None:
            self.head.show_unsigned(bool(unsigned_medicines(self._context, self._known_patient()["_id"])))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
