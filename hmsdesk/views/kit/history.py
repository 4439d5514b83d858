"""The versions of a record: when, who, and what was changed from what to what; the newest first."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bson import ObjectId
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.models.versions import Version, versions
from hmsdesk.security.permissions import HISTORIES
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import IconButton, normal
from hmsdesk.views.kit.contract import Keeper, Session
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.values import isolated, label_of, says_nothing, shown
from hmsdesk.views.kit.words import Label

# Versions fetched at once.
PAGE = 20
EMPTY = "(empty)"


def may_read_history(session: Session, keeper: Keeper) -> bool:
    """Whether earlier versions of these records are kept, and the signed-in role may read them."""
    resource = keeper.record.collection()
    return resource in HISTORIES and session.may(resource, "read")


class HistoryPane(QFrame):
    """The history of one record, a page at a time."""

    closed = Signal()

    def __init__(
        self, keeper: Keeper, session: Session, record: ObjectId, title: str = "History", closes: bool = True
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName(title)
        self._keeper = keeper
        self._session = session
        self._record = record
        # An answer that comes late, to a question from before a change, is dropped.
        self._latest = tasks.Latest(self)
        self._rows: list[Row] = []
        self._more = True
        self._state = StateView()
        self._list = Scroll()
        self._list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._list.setAccessibleName(title)
        self.setFocusProxy(self._list)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(self._head(title, closes))
        column.addWidget(Separator())
        column.addWidget(self._state, 1)
        column.addWidget(self._list, 1)
        self.refresh()

    def _head(self, title: str, closes: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_16, 0, theme.SPACE_8, 0)
        label = Label(title, bold=True)
        label.setFixedHeight(48)
        row.addWidget(label, 1)
        if closes:
            cross = IconButton()
            cross.setObjectName("historyClose")
            cross.setIcon(theme.icon("close", "text_muted"))
            cross.setAccessibleName("Close the history")
            cross.clicked.connect(self.closed)
            row.addWidget(cross)
        return row

    def refresh(self) -> None:
        """Fetch the newest versions; what is shown stays until they are there."""
        if not self._rows:
            self._list.hide()
            self._state.show_loading()
        self._fetch(None)

    def show_earlier(self) -> None:
        """Fetch the versions before those that are shown."""
        self._fetch(self._rows[-1]["version"])

    def _fetch(self, before: int | None) -> None:
        # One more than is shown, to compare the last one with.
        fetch = partial(self._keeper.history, self._session, self._record, before, PAGE + 1)
        self._latest.ask(fetch, partial(self._on_fetched, before), self._on_failed)

    def _on_fetched(self, before: int | None, rows: list[Row]) -> None:
        earlier = self._rows if before is not None else []
        self._more = len(rows) > PAGE
        self._rows = earlier + rows
        self._state.hide()
        self._fill()
        self._list.show()

    def _on_failed(self, problem: Exception) -> None:
        self._list.hide()
        self._state.show_problem(problem, self.refresh)

    def _fill(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(theme.SPACE_16, theme.SPACE_12, theme.SPACE_16, theme.SPACE_12)
        column.setSpacing(theme.SPACE_12)
        for n, version in enumerate(versions(self._keeper.record, self._rows, self._more)):
            if n:
                column.addWidget(Separator())
            column.addWidget(self._entry(version))
        if self._more:
            column.addWidget(self._earlier(), 0, Qt.AlignmentFlag.AlignLeading)
        column.addStretch()
        place = self._list.verticalScrollBar().value()
        self._list.show_page(page)
        self._list.verticalScrollBar().setValue(place)

    def _earlier(self) -> QWidget:
        button = normal("Show earlier changes", "history")
        button.setObjectName("historyEarlier")
        button.clicked.connect(self.show_earlier)
        return button

    def _entry(self, version: Version) -> QWidget:
        box = QWidget()
        box.setObjectName("historyEntry")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        made = "Added" if version.before is None else "Changed"
        column.addWidget(Label(f"{made} by {version.by}" if version.by else made, bold=True, wrap=True))
        if version.at is not None:
            column.addWidget(Label(self._when(version.at), muted=True, size="small"))
        for line in self._lines(version):
            column.addWidget(line)
        return box

    def _lines(self, version: Version) -> list[QWidget]:
        fields = declared_fields(self._keeper.record)
        lines: list[QWidget] = []
        for name in version.changed:
            field = fields[name]
            after = self._shown(name, field, version.row)
            if version.before is not None:
                words = self._from_to(self._shown(name, field, version.before), after)
            elif after == EMPTY or says_nothing(name, field, version.row):
                continue
            else:
                words = after
            lines.append(_line(label_of(name, field), words))
        return lines

    def _from_to(self, before: str, after: str) -> str:
        """Both values in the direction of the window, whatever their own is: the arrow always leads to the later."""
        embedding, arrow = ("\u2067", "←") if self.isRightToLeft() else ("\u2066", "→")
        return f"{embedding}\u2068{before}\u2069 {arrow} \u2068{after}\u2069\u2069"

    def _shown(self, name: str, field: object, row: Row) -> str:
        # A list without entries says as little as what was never written.
        empty = row.get(name) in (None, "", [])
        return EMPTY if empty else isolated(field, shown(name, field, row, self._session.locale))

    def _when(self, moment: datetime) -> str:
        return day_and_time(moment, self._session.locale)


def _line(label: str, words: str) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE_8)
    name = Label(label, muted=True, wrap=True)
    name.setFixedWidth(128)
    value = Label(words, wrap=True)
    value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    value.setAccessibleName(f"{label}: {words}")
    row.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(value, 1, Qt.AlignmentFlag.AlignTop)
    return box
