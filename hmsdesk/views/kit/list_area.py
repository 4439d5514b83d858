"""A table with what belongs around it: its states in its place, a line while it loads, a foot that counts."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import getdoc

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.listing import Count, Total
from hmsdesk.models.money import in_column, worded
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.cells import CellDelegate
from hmsdesk.views.kit.lines import RUNNING, ProgressLine, Separator
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.parts import KeyCap
from hmsdesk.views.kit.state_view import Action, StateView
from hmsdesk.views.kit.table import Table
from hmsdesk.views.kit.words import Label

NO_BREAK = "\u00a0"


class Foot(QWidget):
    """Under a table: how many there are, what goes wrong or on, and the keys."""

    cancelled = Signal()
    retried = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(theme.TABLE_FOOT)
        self.words = Label(size="small", muted=True)
        self.words.setObjectName("listCount")
        self._cancel = quiet("Cancel").set_compact()
        self._cancel.clicked.connect(self.cancelled)
        self._retry = quiet("Try again").set_compact()
        self._retry.setObjectName("footRetry")
        self._retry.clicked.connect(self.retried)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_4)
        row.addWidget(self.words)
        row.addWidget(self._cancel)
        row.addWidget(self._retry)
        row.addStretch()
        self._add_key(row, ("↑", "↓"), "move")
        self._opening = self._add_key(row, ("Enter",), "open")
        self.say("")

    @staticmethod
    def _add_key(row: QHBoxLayout, caps: tuple[str, ...], meaning: str) -> list[QWidget]:
        widgets: list[QWidget] = [*map(KeyCap, caps), Label(meaning, muted=True, size="small")]
        for widget in widgets:
            row.addWidget(widget)
        row.addSpacing(theme.SPACE_8)
        return widgets

    def set_opens(self, opens: bool) -> None:
        """Whether Enter opens a row."""
        for widget in self._opening:
            widget.setVisible(opens)

    def say(self, words: str, *, failed: bool = False, waiting: bool = False) -> None:
        """Say how many there are; that more could not be fetched; that one waits."""
        self.words.setText(words)
        self.words.set_tone("danger" if failed else "muted")
        self._retry.setVisible(failed)
        self._cancel.setVisible(waiting)


def in_all(heading: str, sums: Sequence[Total] | None) -> str:
    """Together: paid EGP 200.00 · still to pay 50.00; what is nothing is left out, unless all is. None: too many."""
    if sums is None:
        return f"{heading}: too many to add up, choose days"
    told: list[str] = []
    currency = ""
    for one in [one for one in sums if one.amount] or sums[:1]:
        amount = in_column(one.amount) if one.currency == currency else worded(one.amount, one.currency)
        told.append(f"{one.label} {amount}".strip().replace(" ", NO_BREAK))
        currency = one.currency
    return f"{heading}: {' · '.join(told)}" if told else ""


class ListArea(QFrame):
    """The panel of a list: table, states and foot. Says by itself what there is to say about the rows."""

    state_shown = Signal(bool)
    """Whether something else stands in the place of the rows, with a primary action of its own."""

    def __init__(self, pages: PageModel) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.pages = pages
        self.table = Table(pages)
        self.table.setItemDelegate(CellDelegate(self.table))
        self.state = StateView()
        self.state.setParent(self.table)
        self.state.hide()
        self.sums = Label(size="small", bold=True, wrap=True)
        self.sums.setObjectName("listSums")
        self.sums.setContentsMargins(theme.SPACE_12, theme.SPACE_4, theme.SPACE_12, theme.SPACE_4)
        self.sums.hide()
        self.foot = Foot()
        self.foot.cancelled.connect(pages.cancel)
        self.foot.retried.connect(pages.retry)
        self._line = ProgressLine(self.table)
        self._first: Action | None = None
        self._narrowed = False
        self._sorted_by = ""
        self._counted = ""
        self._lay_out()
        pages.state_changed.connect(self._on_state)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(Separator())
        column.addWidget(self.sums)
        column.addWidget(self.foot)

    def set_opens(self, opens: bool) -> None:
        """Whether Enter opens a row: said at the foot, and among the keys."""
        self.foot.set_opens(opens)
        self.table.tell_what_keys_do(opens=opens)

    def offer_first(self, action: Action) -> None:
        """What to do about an empty list."""
        self._first = action

    def set_question(self, sorted_by: str, narrowed: bool) -> None:
        """What the rows are sorted by, and whether a search or filter leaves some out."""
        self._sorted_by, self._narrowed = sorted_by, narrowed

    def set_counts(self, found: Count, all_rows: Count) -> None:
        """How many the question finds, and how many there are."""
        listing = self.pages.record.LISTING
        noun = listing.noun if all_rows.number == 1 else listing.plural
        number = f"{found} of {all_rows}" if self._narrowed else str(all_rows)
        self._counted = f"{number} {noun}" + (f" · sorted by {self._sorted_by.lower()}" if found.number else "")
        self._say_foot()

    def set_sums(self, words: str) -> None:
        """What the rows come to; empty where that isn't told."""
        self.sums.setText(words)
        self.sums.setVisible(bool(words))

    # States

    def _on_state(self) -> None:
        self._line.setVisible(self.pages.slow)
        self._say_foot()
        if self.pages.problem is not None and not self.pages.rows:
            self._show_problem(self.pages.problem)
        elif self.pages.complete() and not self.pages.rows:
            self._show_empty()
        else:
            self.state.hide()
        self.state_shown.emit(not self.state.isHidden() and not self._narrowed)

    def _show_problem(self, problem: Exception) -> None:
        self.state.show_problem(problem, self.pages.retry, "The list could not be loaded")
        self._show_state()

    def _show_empty(self) -> None:
        listing = self.pages.record.LISTING
        if self._narrowed:
            text = "Look with fewer letters or other filters. Esc in the search field clears the search."
            self.state.show_empty("magnify", f"No {listing.noun} matches", text)
        else:
            purpose = (getdoc(self.pages.record) or "").partition("\n")[0]
            self.state.show_empty("inbox-outline", f"No {listing.plural} yet", purpose, self._first)
        self._show_state()

    def _show_state(self) -> None:
        self._place_overlays()
        self.state.show()

    def _say_foot(self) -> None:
        if self.pages.slow:
            self.foot.say("Asking the server…", waiting=True)
        elif self.pages.problem is not None and self.pages.rows:
            self.foot.say("More could not be loaded.", failed=True)
        else:
            self.foot.say(self._counted)

    def _place_overlays(self) -> None:
        header = theme.TABLE_HEADER
        self._line.setGeometry(0, header - RUNNING, self.table.width(), RUNNING)
        self.state.setGeometry(0, header, self.table.width(), self.table.height() - header)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.pages.problem is not None:
            self.pages.retry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_overlays()
