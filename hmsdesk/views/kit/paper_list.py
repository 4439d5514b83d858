"""A list, and beside it the paper of the selected row, to print or save as a copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import Button, normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.contract import Keeper
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.page import KeyboardStart, is_wide, margin_of
from hmsdesk.views.kit.paper_out import PrintSize, print_paper, save_paper
from hmsdesk.views.kit.paper_view import PaperView
from hmsdesk.views.kit.records import lookup
from hmsdesk.views.kit.segments import Segment

FOLLOW_MS = 250
WIDTH, WIDE = 384, 520
COMING = "One moment…"


class PaperListPage(KeyboardStart):
    """The latest first. Whoever inherits it says what a row's paper is, what it is called, and what opening means."""

    nothing = "Select a row to see its page."
    """What is said while none is selected."""

    def __init__(
        self, context: Context, keeper: Keeper, opens: str = "", sizes: Sequence[Segment] | None = None
    ) -> None:
        """opens: the word for opening a row; empty where that leads nowhere.

        sizes: those of the paper, where they aren't the usual ones.
        """
        super().__init__()
        self.setObjectName(keeper.record.collection())
        self._context = context
        self._keeper = keeper
        self._row: Row | None = None
        self._showing = tasks.Latest(self)
        self.list = self._made_list(opens)
        self.paper = PaperView("Page", sizes[0].key, sizes) if sizes else PaperView("Page")
        self._print = self._action("Print copy", "printer-outline", "Ctrl+P", self._on_print)
        self._save = self._action("Save copy", "content-save-outline", "", self._on_save)
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow.timeout.connect(self._fetch)
        self.list.table.selected.connect(self._on_selected)
        self.paper.size_chosen.connect(lambda _: self._fetch())
        self._lay_out()
        self.begin_at(self.list)
        self._clear(self.nothing)

    def paper_of(self, row: Row, size: str) -> bytes:
        """The PDF of a row, marked as a copy; called off the window's thread."""
        raise NotImplementedError

    def open_row(self, row: Row) -> None:
        """A row was opened."""
        raise NotImplementedError

    def name_of(self, row: Row) -> str:
        """What the paper is called where it is saved or printed."""
        return f"{self._keeper.record.title_of(row)} copy"

    def _made_list(self, opens: str) -> ListPage:
        context = self._context
        made = ListPage(self._keeper, context.session, context.toasts, lookup(context), opens=opens)
        made.detail.hide()
        made.open_asked.connect(self.open_row)
        context.live.follow(made, {self._keeper.record.collection()}, made.refresh)
        return made

    def _action(self, word: str, icon: str, shortcut: str, on_clicked: Callable[[], None]) -> Button:
        button = normal(word, icon, shortcut)
        button.setObjectName(word.lower().replace(" ", "-"))
        button.clicked.connect(lambda _: on_clicked())
        return button

    def _lay_out(self) -> None:
        self._beside = beside = QVBoxLayout()
        beside.setSpacing(theme.SPACE_12)
        actions = QHBoxLayout()
        actions.setSpacing(theme.SPACE_8)
        actions.addStretch()
        actions.addWidget(self._save)
        actions.addWidget(self._print)
        beside.addLayout(actions)
        beside.addWidget(self.paper, 1)
        self._columns = QHBoxLayout(self)
        self._columns.setSpacing(0)
        self._columns.addWidget(self.list, 1)
        self._columns.addLayout(beside)

    # The page

    def _on_selected(self, row: Row | None) -> None:
        same = row is not None and self._row is not None and row["_id"] == self._row["_id"]
        changed = row is not None and self._row is not None and row["version"] != self._row["version"]
        self._row = row
        if not same or changed:
            self._clear(COMING if row else self.nothing)
            self._follow.start()

    def _clear(self, words: str) -> None:
        """Show no page, and none that is still on its way: it may be another row's."""
        self._showing.drop()
        self.paper.clear(words)
        for button in (self._print, self._save):
            button.setEnabled(False)

    def _fetch(self) -> None:
        row, size = self._row, self.paper.chosen
        self._clear(COMING if row else self.nothing)
        if row is not None:
            self._showing.ask(lambda: self.paper_of(row, size), self._show, self._on_failed)

    def _show(self, pdf: bytes) -> None:
        self.paper.show_pdf(pdf)
        for button in (self._print, self._save):
            button.setEnabled(True)

    def _on_failed(self, problem: Exception) -> None:
        self._clear("")
        self.paper.say(str(in_words(problem)))

    # What is done with it

    def _on_print(self) -> None:
        if self._row is not None:
            size = cast(PrintSize, self.paper.chosen)
            pdf, name = self.paper.pdf, self.name_of(self._row)
            keep = partial(save_paper, self, self._context.toasts, pdf, name)
            print_paper(self, pdf, size, name, self._context.toasts.show_problem, keep=lambda _: keep())

    def _on_save(self) -> None:
        if self._row is not None:
            save_paper(self, self._context.toasts, self.paper.pdf, self.name_of(self._row))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        margin = margin_of(self)
        # Wider where the buttons above it are.
        self.paper.setMinimumWidth(WIDE if is_wide(self) else WIDTH)
        # A layout's margins are not mirrored.
        left, right = (margin, 0) if self.isRightToLeft() else (0, margin)
        self._columns.setContentsMargins(left, 0, right, 0)
        self._beside.setContentsMargins(0, theme.SPACE_12, 0, margin)
