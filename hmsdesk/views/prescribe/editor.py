"""Writes one prescription and signs it. What was typed is never lost, and what was sent is signed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.prescription_paper import draft, page
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock, time_or_day
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.cancel_prescription import cancelled_words
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.drafting import CopyWriter
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.held import Held
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.page import KeyboardStart
from hmsdesk.views.kit.paper_view import PaperView
from hmsdesk.views.kit.records import NEW
from hmsdesk.views.prescribe.catalogue import Catalogue
from hmsdesk.views.prescribe.checking import Checking
from hmsdesk.views.prescribe.empty_catalogue import EmptyCatalogue
from hmsdesk.views.prescribe.head import Head
from hmsdesk.views.prescribe.kept_draft import KeptDraft
from hmsdesk.views.prescribe.lines import Lines
from hmsdesk.views.prescribe.notes import Notes
from hmsdesk.views.prescribe.of_visit import OfVisit
from hmsdesk.views.prescribe.repeat import REPEAT, RepeatButton
from hmsdesk.views.prescribe.signed import KEPT, SENT, SignedPaper, hands_out

PREVIEW_MS = 350
PREVIEW_WIDTH = 384
PREVIEW_WIDE = 520
UNSEEN = "It is signed, but its page can't be shown."
NOT_SIGNED = UserError("This could not be signed.", "Something in the program went wrong. What you typed is kept.")


class PrescriptionEditor(KeyboardStart):
    """The fields at the start, the page as it will be printed at the end."""

    modified = Signal(bool)
    """Whether something was typed that isn't signed."""

    def __init__(
        self,
        context: Context,
        patient: Row,
        preferences: Row,
        visit: OfVisit | None = None,
        repeated: ObjectId | None = None,
    ) -> None:
        """preferences: the practice's. repeated: the prescription whose lines are proposed."""
        super().__init__()
        self._context = context
        self._session = context.session
        self._patient = patient
        self._visit = visit
        place = f"prescribe/{patient['_id']}" + (f"/{REPEAT}{repeated}" if repeated else "")
        self._draft = KeptDraft(context.drafts, place)
        self._operation = uuid4().hex
        # What was sent and got no answer: nobody knows whether it is signed, so it stays as it is.
        self._sent: Prescribe | None = None
        self._signed: Row | None = None
        self._previewing = tasks.Latest(self)
        self._kept = ""
        self._narrow = False
        # Whether the notice says that the signed page can't be shown.
        self._unseen = False
        self.head = Head("Visit" if visit is not None else "Chart", hands_out(context))
        self.notice = Notice()
        catalogue = Catalogue(context.session, lambda name: context.navigate("medicines", f"{NEW}/{name}"))
        self.lines = Lines(catalogue, context.session.locale, preferences["substitution"])
        self.checks = Checking(context, patient, self.lines, self)
        self.repeat = RepeatButton(context, patient["_id"])
        self.lines.beside.insertWidget(1, self.repeat)
        self.notes = Notes()
        self.preview = PaperView("Preview", preferences["paper"])
        self.paper = SignedPaper(self, context, self.head, self.preview, patient["name"])
        self._copy = CopyWriter(self, self._write_draft, self.notice)
        self._preview_pause = self._timer(PREVIEW_MS, self._show_preview)
        self._lay_out()
        self._connect()
        self.begin_at(self.lines.editors[0].medicine)
        self._restore()
        if repeated is not None and not self.is_edited():
            self.repeat.take(repeated)
        self._show_preview()

    def _timer(self, milliseconds: int, on_timeout: Callable[[], None]) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=milliseconds)
        timer.timeout.connect(on_timeout)
        return timer

    def _lay_out(self) -> None:
        self._held = Held()
        self._fields = QWidget()
        fields = QVBoxLayout(self._fields)
        fields.setContentsMargins(0, 0, 0, 0)
        fields.setSpacing(theme.SPACE_8)
        fields.addWidget(self.notes["diagnosis"])
        fields.addWidget(self.lines, 1)
        fields.addWidget(self.checks)
        fields.addWidget(self.notes["advice"])
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self._fields, 1)
        row.addWidget(self.preview)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        column.addWidget(self.head)
        self.notice.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.notice)
        column.addWidget(EmptyCatalogue(self._context))
        column.addLayout(row, 1)

    def _connect(self) -> None:
        for note in self.notes.values():
            note.edited.connect(self._on_edited)
        self.lines.edited.connect(self._on_edited)
        self.lines.reasoned.connect(self._on_reasoned)
        self.repeat.chosen.connect(self._take_over)
        self.lines.removed.connect(self._on_removed)
        self.head.left.connect(self._leave)
        self.head.page_asked.connect(self._take_turns)
        self.head.sign_asked.connect(self.sign)
        self.head.new_asked.connect(self.begin_new)
        self.paper.cancelled.connect(self._on_cancelled)
        self.preview.size_chosen.connect(lambda _: self._show_preview())

    def _leave(self) -> None:
        """Back to the visit it is written in, or to the chart."""
        place = ("visit", self._visit.encounter) if self._visit else ("patients", self._patient["_id"])
        self._context.navigate(place[0], str(place[1]))

    # What it holds

    def _typed(self) -> Row:
        kept = {"operation": self._operation, "sent": self._sent is not None}
        return {"lines": self.lines.raw(), **self.notes.texts(), **kept}

    def is_edited(self) -> bool:
        """Whether something was typed that isn't signed."""
        typed = self._typed()
        own = typed["advice"] or typed["diagnosis"] not in ("", self._taken_over())
        return self._signed is None and bool(typed["lines"] or own)

    def _taken_over(self) -> str:
        return self._visit.diagnosis if self._visit else ""

    def _show_typed(self, typed: Mapping[str, Any]) -> None:
        self.lines.show_raw(typed.get("lines", []))
        self.notes.show(typed)
        self.begin_at(self.lines.editors[0].medicine)
        self.checks.check()

    def _restore(self) -> None:
        kept = self._draft.read()
        if kept is None:
            self.notes["diagnosis"].line.setText(self._taken_over())
            self._say_state()
            return
        self._operation = str(kept.values.get("operation") or self._operation)
        self._show_typed(kept.values)
        when = time_or_day(kept.typed_at, self._session.locale, self._session.locale.today())
        self._say_state()
        if kept.values.get("sent"):
            self._freeze(self._prescribed(), f"This was being signed at {when}, and no answer came.")
        else:
            self.notice.say("info", f"Restored what was typed at {when}.", ("Discard it", self._discard))
        self.modified.emit(True)

    def _write_draft(self) -> None:
        if self.is_edited():
            self._draft.keep(self._typed())
            self._kept = clock(self._session.now(), self._session.locale)
        else:
            self._drop_draft()
        self._say_state()

    def _on_edited(self) -> None:
        if self._is_open():
            self.modified.emit(self.is_edited())
            self.checks.check_soon()
            self._say_state()
            self._copy.keep_soon()
            self._preview_pause.start()

    def _on_reasoned(self) -> None:
        """What was found, or why it is kept, is another: that is signed, and stands on the page."""
        if self._is_open():
            self.checks.say()
            self._say_state()
            self._copy.keep_soon()
            self._preview_pause.start()

    def _take_over(self, earlier: Row) -> None:
        """The lines of an earlier prescription, in place of an empty one; what is no longer in use says so."""
        if self._is_open():
            self.notes.propose(earlier["diagnosis"])
            self.lines.add_raw(earlier["lines"])

    def _on_removed(self, raw: Row, place: int) -> None:
        undo = ("Undo", partial(self._put_back, self._operation, raw, place))
        self._context.toasts.show(f"{raw['name']} is removed", tone="info", action=undo)

    def _put_back(self, operation: str, raw: Row, place: int) -> None:
        """The message may outlast the prescription: by then this one is signed, or another one begun."""
        if self._is_open() and operation == self._operation:
            self.lines.put_back(raw, place)

    def _is_open(self) -> bool:
        """Whether it can be changed: it is neither signed nor on its way."""
        return self._signed is None and self._sent is None

    def _say_state(self) -> None:
        if self._is_open():
            missing, undecided = self._missing(), self.lines.undecided()
            self.head.show_draft(self._kept, undecided or missing, "danger" if undecided else "muted")

    def _missing(self) -> str:
        """Why it can't be signed yet."""
        wrong = self.notes.wrong(self._session.locale)
        return self.lines.missing() or wrong

    # The page

    def _show_preview(self) -> None:
        session, size, signed = self._session, self.preview.paper_size, self._signed
        self.head.set_page_ready(False)
        if signed is not None:
            # What must not happen is that the draft is printed, or another size than is chosen.
            self.preview.clear("One moment…")
            work = partial(page, session, signed, size)
        else:
            work = partial(draft, session, self._patient["_id"], self.lines.written(), self.notes.texts(), size)
        self._previewing.ask(work, self._on_preview, self._on_preview_failed)

    def _on_preview(self, pdf: bytes) -> None:
        self.preview.show_pdf(pdf)
        if self._unseen:
            self._unseen = False
            self.notice.hide()
        self.head.set_page_ready(True)

    def _on_preview_failed(self, problem: Exception) -> None:
        words = str(in_words(problem))
        self.preview.say(words)
        if self._signed is not None:
            # In a narrow window the page isn't in sight.
            self._unseen = True
            self.notice.say("danger", f"{UNSEEN} {words}", ("Try again", self._show_preview))

    def _on_cancelled(self, cancellation: Row) -> None:
        self._signed = (self._signed or {}) | {"cancelled": cancellation}
        self.head.show_cancelled()
        self.notice.say("warning", cancelled_words(cancellation, self._session.locale), icon="cancel")
        self._show_preview()

    # Signing

    def _prescribed(self) -> Prescribe:
        lines, overrides = tuple(self.lines.complete()), tuple(self.lines.overrides())
        encounter = self._visit.encounter if self._visit else None
        return Prescribe(self._patient["_id"], lines, **self.notes.texts(), encounter=encounter, overrides=overrides)

    def sign(self) -> None:
        """Sign and send it; where something is missing or undecided, lead there."""
        if not self._is_open() or self.lines.go_to_undecided():
            return
        if self.lines.missing():
            self.lines.go_to_missing()
        elif self._missing():
            self.notes.go_to_wrong()
        else:
            self._send(self._prescribed())

    def _send(self, prescribed: Prescribe) -> None:
        self._sent = prescribed
        self._copy.keep()
        self._held.hold(self._fields)
        self.checks.stop()
        self.notice.hide()
        self.head.show_signing()
        work = partial(PRESCRIPTIONS.sign, self._session, prescribed, self._operation)
        tasks.run(self, work, self._on_signed, partial(self._on_failed, prescribed))

    def _on_signed(self, row: Row) -> None:
        self._sent, self._signed, self.paper.row = None, row, row
        self._copy.stop()
        self._preview_pause.stop()
        self._drop_draft()
        self.modified.emit(False)
        self.head.show_signed(row["number"])
        self.lines.close_lines()
        self.notice.say("good", KEPT if hands_out(self._context) else SENT)
        self._show_preview()

    def _on_failed(self, prescribed: Prescribe, problem: Exception) -> None:
        if isinstance(problem, Unreachable):
            self._freeze(prescribed, str(problem))
            return
        self._sent = None
        self._held.release()
        self._copy.keep()
        known = in_words(problem, NOT_SIGNED)
        # What it was refused for may have been recorded meanwhile.
        self.checks.check()
        at_lines = self.lines.show_problems(known.fields)
        self.notes.mark(known.fields)
        if not at_lines:
            self.notice.say("danger", str(known))

    def _freeze(self, prescribed: Prescribe, words: str) -> None:
        """It may be signed already: it can only be sent again as it is, by the same operation."""
        self._sent = prescribed
        self._held.hold(self._fields)
        self.head.show_draft(self._kept, "Not known yet whether it is signed")
        self.notice.say("danger", f"{words} Nothing is signed twice.", ("Try again", partial(self._send, prescribed)))

    def begin_new(self) -> None:
        """The next prescription for the same patient."""
        self._drop_draft()
        self._operation, self._signed, self.paper.row, self._sent = uuid4().hex, None, None, None
        self._show_typed({"diagnosis": self._taken_over()})
        self._held.release()
        self.notice.hide()
        self.modified.emit(False)
        self._say_state()
        self._show_preview()
        self.lines.editors[0].medicine.setFocus(Qt.FocusReason.OtherFocusReason)

    def _discard(self) -> None:
        """Throw away what was restored, and what was typed since. It can be had back."""
        typed = self._typed()
        self.begin_new()
        undo = ("Undo", partial(self._take_back, self._operation, typed))
        self._context.toasts.show("The draft is thrown away", tone="info", action=undo)

    def _take_back(self, operation: str, typed: Row) -> None:
        if self._is_open() and operation == self._operation and not self.is_edited():
            self._operation = typed["operation"]
            self._show_typed(typed)
            self._on_edited()
            self.lines.editors[0].medicine.setFocus(Qt.FocusReason.OtherFocusReason)

    def _drop_draft(self) -> None:
        self._draft.drop()
        self._kept = ""

    def _follow_draft(self) -> None:
        """Go on from where another page of this patient left the draft: from the chart and from a visit it is one.

        What this page holds lies in the draft since one went away from it. Where that is gone now, it was signed or
        thrown away there, and must not come back here.
        """
        if not self._is_open() or not self._draft.went_on_elsewhere():
            return
        self._operation, self._kept = uuid4().hex, ""
        self._show_typed({})
        self.notice.hide()
        self._restore()
        self.modified.emit(self.is_edited())
        self._show_preview()

    def fit(self, wide: bool, narrow: bool) -> None:
        """Give the page more room in a wide window; in a narrow one it takes turns with what is typed."""
        self._narrow = narrow
        self.preview.setFixedWidth(PREVIEW_WIDE if wide or narrow else PREVIEW_WIDTH)
        self._take_turns()

    def _take_turns(self) -> None:
        shows_page = self.head.set_narrow(self._narrow)
        self._fields.setVisible(not (self._narrow and shows_page))
        self.preview.setVisible(not self._narrow or shows_page)

    def showEvent(self, event: QShowEvent) -> None:
        self._follow_draft()
        super().showEvent(event)
