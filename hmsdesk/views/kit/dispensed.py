"""What became of a prescription at the dispensary, in its order, and what the patient was told."""

from __future__ import annotations

from functools import partial

from bson import ObjectId
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.hand_outs import history
from hmsdesk.controllers.dispensary.queue import Owed
from hmsdesk.models.dispensations import HANDED_OUT, KINDS, REFUSED, SET_ASIDE, done_words
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.chips import Status
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.words import IconLine, sentence

ICONS = {
    HANDED_OUT: ("hand-extended-outline", "muted"),
    REFUSED: ("hand-back-right-outline", "danger"),
    SET_ASIDE: ("pause-circle-outline", "muted"),
}
UNDONE = ("undo", "muted")
CAME_IN = Status("In stock", "info", "package-variant-closed")
TOO_FEW = Status("Too few", "warning", "timer-sand")
NOT_HERE = Status("Not in stock", "neutral", "timer-sand")


def owed_status(owed: Owed) -> Status:
    """The chip of a prescription that something is owed of."""
    return CAME_IN if owed.came_in else TOO_FEW if owed.some else NOT_HERE


class Dispensed(QWidget):
    """One line for each thing that was done, the first first; takes no room where nothing was."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("dispensed")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.lines: list[IconLine] = []
        self._context = context
        self._prescription: ObjectId | None = None
        self._asking = tasks.Latest(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_4)
        self.hide()
        context.live.follow(self, {"dispensations"}, self._fetch)

    def follow(self, row: Row | None) -> None:
        """Show what became of a prescription, and what becomes of it."""
        same = row is not None and row["_id"] == self._prescription
        self._prescription = row["_id"] if row else None
        if not same:
            self._show([])
            self._fetch()

    def _fetch(self) -> None:
        if self._prescription is not None:
            work = partial(history, self._context.session, self._prescription)
            self._asking.ask(work, self._show, lambda _: None)

    def _show(self, rows: list[Row]) -> None:
        for line in self.lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = [self._line(row) for row in rows]
        for line in self.lines:
            self._column.addWidget(line)
        self.setVisible(bool(rows))

    def _line(self, row: Row) -> IconLine:
        when = day_and_time(row["created_at"], self._context.session.locale)
        who = row.get("created_by:title")
        words = f"{dict(KINDS)[row['kind']]} {when}" + (f" by {who}" if who else "")
        line = IconLine(sentence(f"{words}: {done_words(row)}"), *ICONS.get(row["kind"], UNDONE))
        line.setAccessibleName(line.text())
        return line
