"""Prescriptions: the list of what was signed, and the page of the selected one, to print or save as a copy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.prescription_paper import page
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import Button, normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.page import KeyboardStart, is_wide, margin_of
from hmsdesk.views.kit.paper_out import print_paper, save_paper
from hmsdesk.views.kit.paper_view import PaperView
from hmsdesk.views.kit.records import lookup

FOLLOW_MS = 250
WIDTH, WIDE = 384, 520
COMING = "One moment…"
NOTHING = "Select a prescription to see its page."


def make_page(context: Context, _record: str) -> QWidget:
    """The list."""
    return PrescriptionsPage(context)


class PrescriptionsPage(KeyboardStart):
    """Enter hands out (for the dispensary) or opens the patient's chart."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("prescriptions")
        self._context = context
        self._row: Row | None = None
        self._showing = tasks.Latest(self)
        self._dispenses = context.session.may("dispensations", CREATE)
        self.list = self._made_list()
        self.paper = PaperView("Page")
        self._print = self._action("Print copy", "printer-outline", "Ctrl+P", self._on_print)
        self._save = self._action("Save copy", "content-save-outline", "", self._on_save)
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow.timeout.connect(self._fetch)
        self.list.table.selected.connect(self._on_selected)
        self.paper.size_chosen.connect(lambda _: self._fetch())
        self._lay_out()
        self.begin_at(self.list)
        self._clear(NOTHING)

    def _made_list(self) -> ListPage:
        context = self._context
        made = ListPage(PRESCRIPTIONS, context.session, context.toasts, lookup(context), opens="Open")
        made.detail.hide()
        made.filters.set_order("issued_at", descending=True)
        made.filters.changed.emit()
        made.open_asked.connect(self._on_open)
        context.live.follow(made, {PRESCRIPTIONS.resource}, made.refresh)
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
        self._row = row
        if not same:
            self._clear(COMING if row else NOTHING)
            self._follow.start()

    def _clear(self, words: str) -> None:
        """Show no page, and none that is still on its way: it may be another prescription's."""
        self._showing.drop()
        self.paper.clear(words)
        for button in (self._print, self._save):
            button.setEnabled(False)

    def _fetch(self) -> None:
        self._clear(COMING if self._row else NOTHING)
        if self._row is None:
            return
        session, prescription, size = self._context.session, self._row["_id"], self.paper.paper_size

        def work() -> bytes:
            return page(session, PRESCRIPTIONS.open(session, prescription), size, copy=True)

        self._showing.ask(work, self._show, self._on_failed)

    def _show(self, pdf: bytes) -> None:
        self.paper.show_pdf(pdf)
        for button in (self._print, self._save):
            button.setEnabled(True)

    def _on_failed(self, problem: Exception) -> None:
        self._clear("")
        self.paper.say(str(in_words(problem)))

    # What is done with it

    def _on_open(self, row: Row) -> None:
        if self._dispenses:
            self._context.navigate("dispensary", str(row["_id"]))
        else:
            self._context.navigate("patients", str(row["patient"]))

    def _name(self) -> str:
        return f"{self._row['number']} copy" if self._row else "prescription"

    def _on_print(self) -> None:
        print_paper(self, self.paper.pdf, self.paper.paper_size, self._name(), self._context.toasts.show_problem)

    def _on_save(self) -> None:
        save_paper(self, self._context.toasts, self.paper.pdf, self._name())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        margin = margin_of(self)
        self.paper.setFixedWidth(WIDE if is_wide(self) else WIDTH)
        # A layout's margins are not mirrored.
        left, right = (margin, 0) if self.isRightToLeft() else (0, margin)
        self._columns.setContentsMargins(left, 0, right, 0)
        self._beside.setContentsMargins(0, theme.SPACE_12, 0, margin)
