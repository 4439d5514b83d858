"""The form of a record, generated from its declaration. What was typed into it is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QVBoxLayout, QWidget

from hmsdesk.errors import Conflict, Unreachable, UserError
from hmsdesk.models.declaration import Problem
from hmsdesk.models.row import Row
from hmsdesk.models.times import time_or_day
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.conflict import Comparison, differing, who_changed
from hmsdesk.views.kit.contract import NO_LOOKUP, Keeper, Lookup, Session
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.drafting import OPERATION, Drafting, DraftWriter
from hmsdesk.views.kit.editor import go_on
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.form_fields import FormFields, listed
from hmsdesk.views.kit.form_foot import FormFoot
from hmsdesk.views.kit.form_head import FormHead
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.scroll import Scroll

WIDEST = 640
# Of a form that has a table in it: names and dates are not to be cut off there.
WIDEST_OF_LINES = 860
THROWN_AWAY = "What you typed is thrown away."
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
NOT_SAVED = UserError("This could not be saved.", "Something in the program went wrong. What you typed is kept.")
# Kept in a draft beside the fields' values.
VERSION = "version"


class Form(QFrame):
    """Creates a record, or changes `row`. Says `saved` with the record as it stands then, or `closed`."""

    saved = Signal(dict)
    closed = Signal()
    modified = Signal(bool)
    """Whether something was typed that isn't saved."""

    def __init__(
        self,
        keeper: Keeper,
        session: Session,
        row: Row | None = None,
        lookup: Lookup = NO_LOOKUP,
        drafting: Drafting | None = None,
        fields: FormFields | None = None,
    ) -> None:
        """fields: in place of the generated ones."""
        super().__init__()
        self.setObjectName("panel")
        self._keeper = keeper
        self._session = session
        self._row = row
        self._version = row["version"] if row else 0
        self._operation = uuid4().hex
        self._sending = self._typed_meanwhile = False
        # The operation that made the record here: restored as a new one, the draft then finds it instead of another.
        self._made_by = ""
        # What was sent and got no answer: whether it is stored is not known.
        self._sent: Row | None = None
        self._uncertain = False
        # The draft that was restored belongs to an older version of the record.
        self._outdated = False
        self._comparison: Comparison | None = None
        self.fields = fields or self._made_fields(lookup)
        self.notice = Notice()
        self._build()
        self._draft = DraftWriter(self, drafting, lambda: self._typed() if self.is_edited() else None, self.notice)
        self._connect()
        self._fill()
        self._restore()

    def _made_fields(self, lookup: Lookup) -> FormFields:
        # A new record is in use; retiring is something one does to it later.
        leave_out = () if self._row else ("active",)
        return FormFields(self._keeper.record, self._session.locale, lookup, leave_out)

    # How it looks

    def _build(self) -> None:
        self.setMaximumWidth(WIDEST_OF_LINES if self.fields.has_lines() else WIDEST)
        self._scroll = Scroll()
        self._show_page(self.fields)
        self._foot = FormFoot(self.may_save())
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        has_required = any(one.editor.field.required for one in self.fields.rows.values())
        self._head = FormHead(self._keeper.record, self._row, has_required=has_required)
        column.addLayout(self._head)
        column.addWidget(Separator())
        column.addWidget(self.notice)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._foot)
        self.setFocusProxy(self.fields.first(changing=self._row is not None))

    def _show_page(self, page: QWidget) -> None:
        self._scroll.takeWidget()
        self._scroll.show_page(page)
        page.show()

    def set_title(self, words: str) -> None:
        """Name it otherwise than after its record."""
        self._head.title.setText(words)

    def may_save(self) -> bool:
        """Whether this person may save what is typed here."""
        return self._session.may(self._keeper.record.collection(), "update" if self._row else "create")

    # What it holds

    def _connect(self) -> None:
        self.fields.edited.connect(self._on_edited)
        self._foot.follow(self.fields)
        self._foot.save_asked.connect(self.save)
        self._foot.leave_asked.connect(self.leave)

    def _fill(self) -> None:
        if self._row is None:
            self.fields.show_defaults()
        else:
            self.fields.show_row(self._row)
            self.fields.keep_fixed()
        if not self.may_save():
            self.fields.set_read_only()

    def _restore(self) -> None:
        kept = self._draft.values
        if kept is None or not self.may_save():
            return
        self._take_in(kept)
        self._draft.say_restored(self._session.locale, ("Discard it", self.throw_away))

    def _take_in(self, kept: Mapping[str, object]) -> None:
        self.fields.restore(kept)
        self._operation = str(kept.get(OPERATION) or self._operation)
        # The program may have ended while this was being saved.
        self._uncertain = True
        self._outdated = kept.get(VERSION, self._version) != self._version
        self._version = int(str(kept.get(VERSION, self._version)))
        self.modified.emit(True)

    def _clock(self, moment: datetime) -> str:
        return time_or_day(moment, self._session.locale, self._session.locale.today())

    @property
    def operation(self) -> str:
        """By which it is saved; the same one for as long as nobody knows whether it is."""
        return self._operation

    def is_edited(self) -> bool:
        """Whether something was typed that isn't saved."""
        return self.may_save() and bool(self.fields.edited_rows())

    def discard(self) -> None:
        """Throw away what was typed."""
        self._version = self._row["version"] if self._row else 0
        self._operation = uuid4().hex
        self._outdated = self._uncertain = False
        self._sent = None
        self._fill()
        self._drop_draft()
        self.notice.hide()

    def throw_away(self) -> None:
        """Throw away what was typed. Until something else is typed it can be had back."""
        typed = self._typed()
        self.discard()
        self.notice.say("info", THROWN_AWAY, ("Undo", lambda: self._take_back(typed)))
        self.setFocus()

    def _take_back(self, typed: Row) -> None:
        self.notice.hide()
        self._take_in(typed)
        self._keep_draft()
        self.setFocus()

    def _typed(self) -> Row:
        known_by = {VERSION: self._version, OPERATION: self._made_by or self._operation}
        return self.fields.draft(every=bool(self._made_by)) | known_by

    def _on_edited(self) -> None:
        self.notice.withdraw(THROWN_AWAY)
        self._typed_meanwhile |= self._sending
        self.modified.emit(self.is_edited())
        self._draft.keep_soon()

    def _keep_draft(self) -> None:
        self._draft.keep()

    def _drop_draft(self) -> None:
        self.modified.emit(False)
        self._draft.drop()

    # Saving

    def save(self) -> None:
        """Save what was typed, if it is all right."""
        if self._sending or self._comparison is not None:
            return
        if not self.fields.check():
            self.fields.go_to_first_problem()
        elif self._sent is not None:
            self._send(self._sent)
        elif self._row is None:
            self._send(self.fields.values())
        elif changes := self.fields.changes(self._row):
            self._send(changes)
        else:
            self._end()

    def _send(self, values: Row) -> None:
        keeper, session, row = self._keeper, self._session, self._row
        version, operation = self._version, self._operation
        self._sent, self._typed_meanwhile = values, False
        self._keep_draft()
        self._set_sending(True)

        def work() -> Row:
            if row is None:
                return keeper.create(session, values, operation)
            return keeper.change(session, row["_id"], version, values, operation)

        tasks.run(self, work, self._on_saved, self._on_failed)

    def _set_sending(self, sending: bool) -> None:
        """What is being saved is on its way; one may go on typing."""
        self._sending = sending
        self._foot.set_sending(sending)

    def _on_saved(self, row: Row) -> None:
        # An operation that was sent before may have been stored then, with what was typed then.
        may_be_older, self._uncertain = self._uncertain, False
        self._set_sending(False)
        if self._row is None:
            self._made_by = self._operation
        self._row, self._version, self._sent = row, row["version"], None
        self._operation = uuid4().hex
        self.fields.rebase(row)
        if self._typed_meanwhile and not self._is_all_stored(row):
            self._keep_draft()
            self.notice.say("info", "Saved. What you typed since then isn't saved yet.")
        elif may_be_older and self.fields.changes(row):
            self.save()
        else:
            self._end()

    def _is_all_stored(self, row: Row) -> bool:
        try:
            return not self.fields.changes(row)
        except Problem:
            return False

    def _end(self) -> None:
        self.fields.show_row(self._row or {})
        self._drop_draft()
        self.notice.hide()
        self.saved.emit(self._row)

    def _on_failed(self, problem: Exception) -> None:
        self._set_sending(False)
        if isinstance(problem, Unreachable):
            self._uncertain = True
            self.notice.say("danger", str(problem), ("Try again", self.save))
            return
        self._sent = None
        if isinstance(problem, Conflict):
            self.compare(problem.current)
            return
        known = in_words(problem, NOT_SAVED)
        rest = self.fields.set_problems(known.fields)
        self.fields.go_to_first_problem()
        if rest or not known.fields:
            self.notice.say("danger", rest or str(known))
        else:
            self.notice.hide()

    # Others change it as well

    def record_changed(self, row: Row) -> None:
        """The open record was changed elsewhere and stands like this now."""
        if self._row is None or self._sending or row["version"] <= self._row["version"]:
            return
        if self.is_edited():
            self._offer_comparison(row)
        else:
            words = self._what_changed(row)
            self._row, self._version = row, row["version"]
            self._fill()
            self.notice.say("info", words)

    def _what_changed(self, row: Row) -> str:
        names = differing(self._keeper.record, self._row or {}, row)
        labels = listed([self.fields.rows[name].editor.label for name in names if name in self.fields.rows])
        when = f" at {self._clock(row['updated_at'])}" if row.get("updated_at") else ""
        return f"{who_changed(row)} changed {labels or 'this'}{when}."

    def _offer_comparison(self, row: Row) -> None:
        words = f"{self._what_changed(row)} What you typed is kept."
        self.notice.say("warning", words, ("Compare", lambda: self.compare(row)))

    def compare(self, current: Row) -> None:
        """Show value by value what differs from the record as it stands now."""
        base = self._row or {}
        mine = self.fields.typed(base)
        typed = [row.name for row in self.fields.edited_rows()]
        changed = differing(self._keeper.record, base, current)
        theirs = typed if self._outdated else changed
        both = [name for name in typed if name in theirs and mine.get(name) != current.get(name)]
        alone = [name for name in changed if name not in typed]
        self._close_comparison()
        self._comparison = Comparison(self._keeper.record, self._session.locale, mine, current, both, alone)
        self._comparison.decided.connect(lambda names: self._on_decided(current, names))
        self._comparison.put_off.connect(lambda: self._on_put_off(current))
        self._show_page(self._comparison)
        self._comparison.setFocus()
        self._foot.hide()
        self.notice.hide()

    def _on_put_off(self, current: Row) -> None:
        self._close_comparison()
        self._offer_comparison(current)

    def _on_decided(self, current: Row, theirs: list[str]) -> None:
        self._close_comparison()
        self._row, self._version, self._outdated = current, current["version"], False
        self.fields.rebase(current)
        for name in theirs:
            self.fields.rows[name].show_row(current)
        self.save()

    def _close_comparison(self) -> None:
        if self._comparison is not None:
            self._show_page(self.fields)
            self._comparison.deleteLater()
            self._comparison = None
            self._foot.show()
            self.setFocus()

    # Leaving

    def leave(self) -> None:
        """Close it; what was typed is thrown away only if that is wanted."""
        if self._sending:
            return
        if self._comparison is not None:
            self._comparison.put_off.emit()
        elif self.is_edited():
            confirm(
                self,
                "Throw away what you typed?",
                "It is not saved yet.",
                "Throw it away",
                self._on_given_up,
                keep="Keep typing",
                dangerous=True,
            )
        else:
            self._on_given_up()

    def _on_given_up(self) -> None:
        self.discard()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = QApplication.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in ENTER and isinstance(focused, QAbstractButton) and not focused.isCheckable():
            focused.click()
        elif event.key() in ENTER:
            go_on(self)
        else:
            super().keyPressEvent(event)
