"""The pane beside the waiting list: the selected entry, the times that would suit it, and what else can be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import about, reached_at
from hmsdesk.models.row import Row
from hmsdesk.models.waiting_list import OFFERED, TAKEN_OFF, WAITING
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.appointment_words import facts_of
from hmsdesk.views.kit.buttons import Button, ButtonKind
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.settling import let_settle
from hmsdesk.views.kit.waiting_words import NOTHING_FITS, fit_words, status_of, waits_since, when_suits, with_whom
from hmsdesk.views.kit.words import Label
from hmsdesk.views.waiting_list.listed import FITS

LABELS = 72
BOOK_KEY = "Ctrl+Enter"


class Beside(QFrame):
    """Follows the selection. A button stands here only if this person may do it."""

    book_asked = Signal(object)
    """The offer that is to be booked."""
    step_asked = Signal(str)
    chart_asked = Signal()
    edit_asked = Signal()

    def __init__(self, locale: Locale, *, may_book: bool, may_change: bool) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(theme.DETAIL_PANE)
        self.setAccessibleName("Selected entry")
        self._locale = locale
        self._may_book = may_book
        self._may_change = may_change
        self._shown: tuple[Row | None, str] = (None, "not yet")
        self._scroll = Scroll()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self._scroll)

    def show_entry(self, entry: Row | None, now: datetime) -> None:
        """Show an entry; None while nothing is selected."""
        shown = (entry, waits_since(entry, now, self._locale) if entry else "")
        if shown == self._shown:
            return
        before, self._shown = self._shown[0], shown
        had_focus = self.isAncestorOf(focused) if (focused := self.window().focusWidget()) else False
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*(theme.SPACE_16,) * 4)
        column.setSpacing(theme.SPACE_12)
        if entry is None:
            column.addWidget(Label("Nobody is selected.", muted=True))
        else:
            column.addLayout(self._heading(entry))
            column.addWidget(Chip.of(status_of(entry)))
            column.addWidget(Separator())
            column.addLayout(self._fits(entry))
            column.addWidget(Separator())
            column.addLayout(self._facts(entry, now))
            column.addWidget(Separator())
            column.addLayout(self._others(entry))
        column.addStretch()
        self._scroll.show_page(page)
        follow = self._focus_first if had_focus else lambda: None
        if entry is not None and before is not None:
            # Also where the one before has left the list: a second press would book the next one.
            let_settle(self, page, follow)
        else:
            follow()

    def _focus_first(self) -> None:
        """Whoever worked here with the keyboard goes on here."""
        first = self.findChild(Button)
        if isinstance(first, Button):
            first.setFocus()

    def _heading(self, entry: Row) -> QVBoxLayout:
        names = QVBoxLayout()
        names.setSpacing(theme.SPACE_4)
        title = Label(str(entry.get("patient:title") or ""), bold=True, wrap=True)
        title.setObjectName("besidePatient")
        names.addWidget(title)
        facts = facts_of(entry)
        if facts.get("name_ar"):
            names.addWidget(Label(facts["name_ar"], wrap=True))
        known = [about(facts, self._locale), f"\u2066{facts.get('identifier', '')}\u2069"]
        names.addWidget(Label(" · ".join(part for part in known if part), muted=True, wrap=True))
        number = reached_at(facts, self._locale)
        if number:
            # Who is offered a time is rung up.
            phone = Label(number, bold=True)
            phone.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            names.addWidget(phone)
        return names

    def _fits(self, entry: Row) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_8)
        column.addWidget(Label("Book what suits" if self._may_book else "Free and suits", bold=True))
        if not entry[FITS]:
            column.addWidget(Label(NOTHING_FITS, muted=True, wrap=True))
        for number, offer in enumerate(entry[FITS]):
            words = fit_words(offer, self._locale)
            if self._may_book:
                button = self._button(words, "normal", "")
                if number == 0:
                    # There is no room for its word beside a long name.
                    button.setToolTip(BOOK_KEY)
                    on_key(button, (BOOK_KEY, BOOK_KEY.replace("Enter", "Return")), f"Book {words}", button.click)
                button.setAccessibleName(f"Book {words}")
                button.setObjectName(f"fit-{number}")
                button.clicked.connect(lambda _, offer=offer: self.book_asked.emit(offer))
                column.addWidget(button)
            else:
                column.addWidget(Label(words, wrap=True))
        return column

    def _facts(self, entry: Row, now: datetime) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for name, text in (
            ("With", with_whom(entry)),
            ("Suits", when_suits(entry)),
            ("Waiting", waits_since(entry, now, self._locale)),
            ("Note", entry.get("note", "")),
        ):
            if text:
                label = Label(name, muted=True)
                label.setFixedWidth(LABELS)
                line = grid.rowCount()
                grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(Label(text, wrap=True), line, 1, Qt.AlignmentFlag.AlignTop)
        return grid

    def _others(self, entry: Row) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_8)
        for name, word, icon, action in self._actions(entry):
            kind: ButtonKind = "danger" if name == "off" else "normal"
            button = self._button(word, kind, icon, "Enter" if name == "chart" else "")
            button.setObjectName(f"entry-{name}")
            button.clicked.connect(lambda _, action=action: action())
            column.addWidget(button)
        return column

    def _actions(self, entry: Row) -> list[tuple[str, str, str, Callable[[], object]]]:
        """Name, word, icon and what it does; last what takes the entry away."""
        chart = ("chart", "Open chart", "folder-account-outline", self.chart_asked.emit)
        if not self._may_change:
            return [chart]
        called = ("offered", "Time was offered", "phone-outline", partial(self.step_asked.emit, OFFERED))
        waits = ("waiting", "Back to waiting", "undo", partial(self.step_asked.emit, WAITING))
        change = ("edit", "Change", "pencil-outline", self.edit_asked.emit)
        off = ("off", "Take off the list", "close-circle-outline", partial(self.step_asked.emit, TAKEN_OFF))
        return [called if entry["status"] == WAITING else waits, change, chart, off]

    @staticmethod
    def _button(word: str, kind: ButtonKind, icon: str, key: str = "") -> Button:
        """As wide as the pane, however long its words are."""
        button = Button(word, kind, icon, key)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return button
