"""What was handed out before: for this prescription, to be taken back or labelled again, and for earlier ones."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.opening import OpenedPrescription
from hmsdesk.controllers.dispensary.refusing import may_take_back
from hmsdesk.models.dates import worded
from hmsdesk.models.dispensations import HANDED_OUT, REFUSED, SET_ASIDE, TAKEN_BACK, done_words, given_words, standing
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.chips import STATUSES
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label

WHEN = 128
MOST_EARLIER = 4
BACK = "Back to the queue"


class Before(QWidget):
    """The newest last for this prescription; the newest first for earlier ones."""

    take_back = Signal(object)
    """The row of what is to be undone."""
    labels = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme.SPACE_12, theme.SPACE_12, theme.SPACE_12, theme.SPACE_12)
        self._column.setSpacing(theme.SPACE_4)

    def show_opened(self, opened: OpenedPrescription) -> None:
        """Show what was done before."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        holds = standing(opened.done).holding
        undone = {row["takes_back"]: row for row in opened.done if row["kind"] == TAKEN_BACK}
        done = [row for row in opened.done if row["kind"] != TAKEN_BACK]
        earlier = opened.earlier[:MOST_EARLIER]
        if done:
            self._column.addWidget(Label("Done for this prescription", bold=True))
        for row in done:
            self._column.addWidget(self._line(row, row["_id"] in holds, undone.get(row["_id"])))
        if earlier:
            self._column.addWidget(Label("Handed out before", bold=True))
        for row in earlier:
            self._column.addWidget(self._earlier(row))
        self.setVisible(bool(done or earlier))

    def _earlier(self, row: Row) -> QWidget:
        day = worded(self._context.session.locale.local(row["created_at"]))
        return self._row(day, given_words(row))

    def _line(self, row: Row, holds: bool, undone: Row | None) -> QWidget:
        words = done_words(row)
        if undone:
            words += f". Taken back: {undone['reason']}"
        line = self._row(day_and_time(row["created_at"], self._context.session.locale), words)
        inside = line.layout()
        assert inside is not None
        if undone:
            inside.addWidget(Chip.of(STATUSES["taken-back"]))
        if not holds:
            return line
        if row["kind"] == REFUSED:
            inside.addWidget(Chip.of(STATUSES["refused"]))
        if row["kind"] == HANDED_OUT:
            inside.addWidget(self._action("Labels", "labelsAgain", self.labels, row))
        if row["kind"] == SET_ASIDE:
            inside.addWidget(Chip.of(STATUSES["set-aside"]))
            inside.addWidget(self._action(BACK, "bringBack", self.take_back, row))
        elif may_take_back(self._context.session, row):
            inside.addWidget(self._action("Take back…", "takeBack", self.take_back, row))
        return line

    @staticmethod
    def _row(when: str, words: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        at = Label(when, muted=True)
        at.setFixedWidth(WHEN)
        row.addWidget(at)
        row.addWidget(Label(words, wrap=True), 1)
        return line

    @staticmethod
    def _action(word: str, name: str, signal: SignalInstance, row: Row) -> QWidget:
        button = quiet(word).set_compact()
        button.setObjectName(name)
        button.clicked.connect(lambda _=False: signal.emit(row))
        return button
