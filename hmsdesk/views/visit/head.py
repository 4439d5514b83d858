"""The bar above a visit: whether it is open, what was saved when, and what is done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, primary, quiet
from hmsdesk.views.kit.page import BackButton
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label


class Head(QWidget):
    """An open visit is written and closed; a closed one may be opened again the same day."""

    left = Signal()
    templates_asked = Signal()
    history_asked = Signal()
    prescribe_asked = Signal()
    close_asked = Signal()
    reopen_asked = Signal()
    book_asked = Signal()
    bill_asked = Signal()
    """By whoever takes the money too: what the visit was charged with is to be paid."""

    def __init__(self, may_prescribe: bool, may_book: bool) -> None:
        super().__init__()
        self.setFixedHeight(theme.CONTROL)
        self._may_prescribe = may_prescribe
        self._may_book = may_book
        self.back = BackButton("Today", self.left.emit)
        self.back.setObjectName("visitBack")
        self.title = Label("Visit", bold=True, size="title")
        self.chip = Chip("Open", "stethoscope", "busy")
        self.chip.setObjectName("visitChip")
        self.state = Label(muted=True, size="small")
        self.state.setObjectName("visitState")
        self.templates = quiet("Templates", "text-box-outline", "Ctrl+T")
        self.templates.setObjectName("visitTemplates")
        self.templates.clicked.connect(self.templates_asked)
        self._history = quiet("History", "history")
        self._history.setObjectName("visitHistory")
        self._history.clicked.connect(self.history_asked)
        self._reopen = normal("Open again", "undo")
        self._reopen.setObjectName("visitReopen")
        self._reopen.clicked.connect(self.reopen_asked)
        self._book = normal("Book", "calendar-plus", "Ctrl+B")
        self._book.setObjectName("visitBook")
        self._book.setAccessibleName("Book the next visit")
        self._book.clicked.connect(self.book_asked)
        self._prescribe = normal("Prescribe", "pencil-outline", "Ctrl+E")
        self._prescribe.setObjectName("visitPrescribe")
        self._prescribe.clicked.connect(self.prescribe_asked)
        self.close_visit = primary("Close visit", "check", "Ctrl+Enter")
        self.close_visit.setObjectName("visitClose")
        self.close_visit.clicked.connect(self.close_asked)
        self.bill = primary("To the bill", "cash-register", "Ctrl+I")
        self.bill.setObjectName("visitBill")
        self.bill.clicked.connect(self.bill_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        for widget in (self.back, self.title, self.chip, self.state):
            row.addWidget(widget)
        row.addStretch()
        doing = (self._reopen, self._book, self._prescribe, self.close_visit, self.bill)
        for button in (self.templates, self._history, *doing):
            row.addWidget(button)

    def show_unsigned(self, waits: bool) -> None:
        """Whether a prescription was begun and is not signed yet."""
        self._prescribe.set_text("Sign prescription" if waits else "Prescribe")

    def show_open(self, since: str, writes: bool) -> None:
        """It is going on. writes: by the person who is signed in."""
        self.chip.set(f"Open since {since}", "stethoscope", "busy")
        self._arrange(writes=writes, may_reopen=False, bills=False)
        self._book.hide()

    def show_closed(self, when: str, may_reopen: bool, bills: bool) -> None:
        """It is closed. bills: whether who is signed in goes on with the bill."""
        self.chip.set(f"Closed {when}", "check-circle-outline", "neutral")
        self.state.clear()
        self._arrange(writes=False, may_reopen=may_reopen, bills=bills)
        self._book.setVisible(self._may_book)

    def lead_on(self) -> bool:
        """Take the keyboard to what is done after closing; whether there is something."""
        if self.bill.isVisible():
            self.bill.setFocus()
        return self.bill.isVisible()

    def _arrange(self, *, writes: bool, may_reopen: bool, bills: bool) -> None:
        self.templates.setVisible(writes)
        self.close_visit.setVisible(writes)
        self._prescribe.setVisible(self._may_prescribe)
        self._reopen.setVisible(may_reopen)
        self.bill.setVisible(bills)
