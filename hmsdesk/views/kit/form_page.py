"""The page of one record: fetches it as it stands now, then shows its form."""

from __future__ import annotations

from functools import partial

from bson import ObjectId
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.errors import NotAllowed
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import Button, quiet
from hmsdesk.views.kit.contract import NO_LOOKUP, Keeper, Lookup, Session
from hmsdesk.views.kit.drafting import Drafting
from hmsdesk.views.kit.form import Form
from hmsdesk.views.kit.form_fields import FormFields
from hmsdesk.views.kit.history import HistoryPane, may_read_history
from hmsdesk.views.kit.left_behind import NOT_IN_THIS_ROLE, LeftBehind
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.words import Label

# A form takes all it can use, before the room beside it takes any.
FORM_SHARE, BESIDE_SHARE = 100, 70


class FormPage(Page):
    """Adds a record, or opens the one with an id. A page with something unsaved is marked as modified."""

    saved = Signal(dict)
    closed = Signal()

    def __init__(
        self,
        keeper: Keeper,
        session: Session,
        record: ObjectId | None = None,
        lookup: Lookup = NO_LOOKUP,
        drafting: Drafting | None = None,
        *,
        alone: bool = False,
        title: str = "",
    ) -> None:
        """alone: there is only this record, and so no list that one came from and goes back to. title: what the form
        is about, where whose it is stands above it."""
        super().__init__()
        self.form: Form | None = None
        self._keeper = keeper
        self._session = session
        self._record = record
        self._lookup = lookup
        self._drafting = drafting
        self._alone = alone
        self._title = title
        self._latest = tasks.Latest(self)
        self._state = StateView()
        self._left = LeftBehind(session.locale)
        self._column.addLayout(self._way_back())
        self._column.addWidget(self._left)
        self._column.addWidget(self._state, 1)
        self._beside: QWidget | None = None
        self._room = QHBoxLayout()
        self._room.setSpacing(theme.SPACE_16)
        self._room.addStretch(1)
        self._column.addLayout(self._room)
        if record is None:
            self._show_form(None)
        else:
            self._fetch(record)

    def _way_back(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, theme.SPACE_12, 0, theme.SPACE_12)
        listing = self._keeper.record.LISTING
        plural = listing.heading or listing.plural.capitalize()
        if self._alone:
            row.addWidget(Label(plural, size="title", bold=True))
        else:
            back = BackButton(plural, self._on_back)
            back.setObjectName("formBack")
            row.addWidget(back)
        row.addStretch()
        if self._record is not None and may_read_history(self._session, self._keeper):
            row.addWidget(self._history_button())
        return row

    def _history_button(self) -> Button:
        button = quiet("History", "history")
        button.setObjectName("formHistory")
        button.clicked.connect(self._on_history)
        return button

    def show_above(self, widget: QWidget) -> None:
        """Put something above the form, such as whom it is about."""
        self._column.insertWidget(1, widget)
        self._column.insertSpacing(2, theme.SPACE_12)

    def show_beside(self, widget: QWidget | None) -> None:
        """Put something beside the form in place of what was there; None: nothing."""
        if self._beside is not None:
            self._room.removeWidget(self._beside)
            self._beside.hide()
            self._beside.deleteLater()
        self._beside = widget
        if widget is not None:
            self._room.insertWidget(1, widget, BESIDE_SHARE)
            widget.show()

    def _on_history(self) -> None:
        if isinstance(self._beside, HistoryPane):
            self.show_beside(None)
        elif self._record is not None:
            pane = HistoryPane(self._keeper, self._session, self._record)
            pane.closed.connect(self._close_history)
            self.show_beside(pane)
            pane.setFocus()

    def record_changed(self) -> None:
        """Somebody changed the open record: fetch it, so that the form can say so."""
        if isinstance(self._beside, HistoryPane):
            self._beside.refresh()
        if self.form is not None and self._record is not None:
            get = partial(self._keeper.get, self._session, self._record)
            # A record that is gone is said when it is saved.
            self._latest.ask(get, self.form.record_changed, lambda _: None)

    def _fetch(self, record: ObjectId) -> None:
        self._state.show_loading()
        get = partial(self._keeper.get, self._session, record)
        self._latest.ask(get, self._show_form, partial(self._on_failed, record))

    def _on_failed(self, record: ObjectId, problem: Exception) -> None:
        self._state.show_problem(problem, partial(self._fetch, record))
        if isinstance(problem, NotAllowed):
            self._look_for_left(None)

    def _show_form(self, row: Row | None) -> None:
        self._state.hide()
        form = Form(self._keeper, self._session, row, self._lookup, self._drafting)
        if self._title:
            form.set_title(self._title)
        form.saved.connect(self._on_saved)
        form.closed.connect(self.closed)
        form.modified.connect(self.setWindowModified)
        self.setWindowModified(form.is_edited())
        self.form = form
        self._room.insertWidget(0, form, FORM_SHARE)
        self._column.setStretchFactor(self._room, 1)
        if not form.may_save():
            self._look_for_left(row)
        self.begin_at(form)
        if self.isVisible():
            form.show()
            form.setFocus()

    def _look_for_left(self, row: Row | None) -> None:
        """What another role of this person typed here."""
        if self._drafting is not None:
            made_fields = partial(FormFields, self._keeper.record, self._session.locale, self._lookup, ())
            self._left.look(self._drafting, made_fields, row, NOT_IN_THIS_ROLE)

    def showEvent(self, event: QShowEvent) -> None:
        """Who comes back to what was typed before is told that it isn't what is kept."""
        super().showEvent(event)
        form = self.form
        if not event.spontaneous() and form is not None and form.is_edited() and form.notice.isHidden():
            form.notice.say("info", "What you typed here is not saved yet.", ("Discard it", form.throw_away))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves first what stands beside the form, then the form, wherever on the page the keyboard is."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif isinstance(self._beside, HistoryPane):
            self._close_history()
        else:
            self._on_back()

    def _close_history(self) -> None:
        self.show_beside(None)
        if self.form is not None:
            self.form.setFocus()

    def _on_saved(self, row: Row) -> None:
        self._record = row["_id"]
        self.saved.emit(row)

    def _on_back(self) -> None:
        if self.form is not None:
            self.form.leave()
        else:
            self.closed.emit()
