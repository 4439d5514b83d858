"""A note that is only read: one that is closed, an earlier one, or one that a nurse looks at."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from hmsdesk.controllers.encounter_notes import ADDENDA
from hmsdesk.controllers.encounters import Visit
from hmsdesk.errors import Unreachable
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.encounter_notes import EncounterNote
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.editor import mark_invalid
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.own_order import in_order
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.values import shown
from hmsdesk.views.kit.words import Label

ADDENDUM_HEIGHT = 92
NO_LONGER_OPEN = "This visit was closed elsewhere while you were writing. What you typed stands in the addendum below."


def told(note: Row, locale: Locale) -> list[tuple[str, str]]:
    """What is written in a note: what it is called and what it says."""
    fields = declared_fields(EncounterNote)
    lines = [(str(field.verbose_name), shown(name, field, note, locale)) for name, field in fields.items()]
    return [(label, text) for label, text in lines if text and label != str(fields["patient"].verbose_name)]


def note_words(note: Row, locale: Locale) -> QWidget:
    """A note to be read, its words selectable."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_4)
    for label, text in told(note, locale):
        column.addWidget(Label(label, muted=True, size="small"))
        column.addWidget(_words(text, label))
        column.addSpacing(theme.SPACE_8)
    if not told(note, locale):
        column.addWidget(Label("Nothing is written here.", muted=True))
    return page


def _words(text: str, name: str) -> Label:
    words = Label(text, wrap=True)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    words.setAccessibleName(f"{name}: {text}")
    return words


class ReadNote(QFrame):
    """The note of a visit with what was added to it; who may, adds more."""

    added = Signal()

    def __init__(self, context: Context, visit: Visit) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._context = context
        self._encounter: ObjectId = visit.encounter["_id"]
        self._operation = uuid4().hex
        self.notice = Notice()
        self.text: QPlainTextEdit | None = None
        self._addenda = QVBoxLayout()
        self._addenda.setSpacing(theme.SPACE_8)
        self._column = QVBoxLayout()
        page = QWidget()
        page.setLayout(self._column)
        self._column.setContentsMargins(*(theme.SPACE_16,) * 4)
        self._column.setSpacing(theme.SPACE_8)
        self._column.addWidget(note_words(visit.note, context.session.locale))
        self._column.addLayout(self._addenda)
        if not visit.is_open and context.session.may(ADDENDA.resource, "create"):
            self._offer_addendum()
        self._column.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(Scroll(page), 1)
        self.show_addenda(visit.addenda)

    def show_addenda(self, addenda: Sequence[Row]) -> None:
        """Show what was added, the oldest first."""
        while (item := self._addenda.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in addenda:
            when = day_and_time(one["created_at"], self._context.session.locale)
            self._addenda.addWidget(Separator())
            self._addenda.addWidget(
                Label(f"Added {when} by {one.get('created_by:title', '')}", muted=True, size="small")
            )
            self._addenda.addWidget(_words(one["text"], "Addendum"))

    def take_over(self, words: str) -> None:
        """Put what was being typed as the visit was closed into the addendum, where one may be written."""
        if words and self.text is not None:
            self.text.setPlainText(words)
            self.notice.say("warning", NO_LONGER_OPEN)

    def _offer_addendum(self) -> None:
        self.text = text = QPlainTextEdit(tabChangesFocus=True)
        text.setObjectName("addendum")
        text.setAccessibleName("Addendum")
        text.setPlaceholderText(in_order("What is to be added. It can't be changed afterwards."))
        text.setFixedHeight(ADDENDUM_HEIGHT)
        text.textChanged.connect(lambda: self._say(""))
        self.setFocusProxy(text)
        self._below = Label(size="small", wrap=True)
        self._below.set_tone("danger")
        self._below.hide()
        self._add = normal("Add to this visit", "plus", "Ctrl+Enter")
        self._add.setObjectName("addAddendum")
        self._add.clicked.connect(lambda _: self._on_add())
        self._column.addSpacing(theme.SPACE_8)
        self._column.addWidget(Label("Addendum", muted=True, size="small"))
        self._column.addWidget(self.text)
        self._column.addWidget(self._below)
        self._column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeading)

    def _on_add(self) -> None:
        if self._add.is_working or self.text is None:
            return
        session, words, operation = self._context.session, self.text.toPlainText(), self._operation
        self._say("")
        self._add.set_working("Adding…")
        tasks.run(
            self, lambda: ADDENDA.add(session, self._encounter, words, operation), self._on_added, self._on_failed
        )

    def _on_added(self, _row: Row) -> None:
        self._add.set_text("Add to this visit")
        self._operation = uuid4().hex
        if self.text is not None:
            self.text.clear()
        self.added.emit()

    def _on_failed(self, problem: Exception) -> None:
        self._add.set_text("Add to this visit")
        known = in_words(problem)
        if known.fields.get("text"):
            self._say(known.fields["text"])
        else:
            again = self._on_add if isinstance(problem, Unreachable) else None
            self._context.toasts.show_problem(known, again)

    def _say(self, problem: str) -> None:
        if self.text is not None:
            mark_invalid(self.text, bool(problem))
        self._below.setText(problem)
        self._below.setVisible(bool(problem))
