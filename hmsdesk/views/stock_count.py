"""Counting the shelves: a sheet of all lots, a field to type into, and what differs from the books, booked in one go.

What was counted is kept as a draft until it is booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from bson import ObjectId
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmsdesk.controllers.stock.counting import Difference, Found, Sheet, book, compare
from hmsdesk.models.row import Row
from hmsdesk.models.stock_counts import MOST_COUNTED
from hmsdesk.models.text import so_many
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.drafting import CopyWriter
from hmsdesk.views.kit.editor import keep_height, mark_invalid
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.page import KeyboardStart, margin_of
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.records import lookup
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import Label

PLACE = "stock_count/"
CONTROL = Qt.KeyboardModifier.ControlModifier
WIDTH = 300
MOST = 1_000_000
MOST_NAMED = 4
TOO_MANY = f"At most {MOST:,}. Was a code scanned into it?"
NOTHING = "Choose a lot of the sheet, type how many there are, and press Enter."


def make_page(context: Context, _record: str) -> QWidget:
    """The sheet, with what was counted and not booked yet."""
    return StockCountPage(context)


class Count(QLineEdit):
    """A whole number, or nothing; Enter says that it stands, also where it is empty or too large."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("counted")
        self.setAccessibleName("How many there are")
        self.setPlaceholderText("How many there are")
        self.setValidator(QIntValidator(0, MOST, self))
        keep_height(self, "QLineEdit")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & CONTROL:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class StockCountPage(KeyboardStart):
    """Enter notes a number and goes on to the next lot. With nothing in the field, the lot counts as not counted."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("stockCount")
        self._context = context
        self.counted: dict[ObjectId, Found] = {}
        self._names: dict[ObjectId, str] = {}
        self._row: Row | None = None
        self._comparing = tasks.Latest(self)
        # Before the list asks for its rows, which say what was counted.
        self._restore()
        self.sheet = Sheet(self.counted, blind=True)
        self.list = self._made_list()
        self._what = Label(bold=True, wrap=True)
        self._what.setObjectName("countedLot")
        self._which = Label(NOTHING, muted=True, wrap=True)
        self.number = Count()
        self._wrong = Label(wrap=True, size="small")
        self._wrong.setObjectName("wrongCount")
        self._wrong.set_tone("danger")
        self._wrong.hide()
        self.notice = Notice()
        self.notice.setContentsMargins(0, 0, 0, 0)
        self._copy = CopyWriter(self, self._write_draft, self.notice)
        self.blind = QCheckBox("Hide what the books say")
        self.blind.setObjectName("blind")
        self.blind.setChecked(True)
        self.differences = Label(wrap=True)
        self.differences.setObjectName("differences")
        self.show_button = normal("Show differences")
        self.show_button.setObjectName("showDifferences")
        self.discard = normal("Start anew…")
        self.discard.setObjectName("discard")
        self.book = primary("Book the count…", "check", "Ctrl+Enter")
        self.book.setObjectName("book")
        self._lay_out()
        self._connect()
        self.begin_at(self.list)
        self._say()

    def _made_list(self) -> ListPage:
        context = self._context
        made = ListPage(self.sheet, context.session, context.toasts, lookup(context), opens="Count")
        made.detail.hide()
        context.live.follow(made, {"stock_lots"}, made.refresh)
        return made

    def _lay_out(self) -> None:
        self._panel = panel = Panel("Count", "")
        panel.setFixedWidth(WIDTH)
        body = panel.body
        body.addWidget(self._what)
        body.addWidget(self._which)
        body.addWidget(self.number)
        body.addWidget(self._wrong)
        body.addWidget(self.notice)
        body.addWidget(self.blind)
        body.addWidget(self.show_button)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.differences)
        column.addStretch()
        body.addWidget(Scroll(inside), 1)
        body.addWidget(self.discard)
        body.addWidget(self.book)
        self._columns = QHBoxLayout(self)
        self._columns.setSpacing(0)
        self._columns.addWidget(self.list, 1)
        self._beside = QVBoxLayout()
        self._beside.addWidget(panel)
        self._columns.addLayout(self._beside)

    def _connect(self) -> None:
        self.list.table.selected.connect(self._on_selected)
        self.list.open_asked.connect(lambda _: self.number.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.number.entered.connect(self._on_noted)
        self.number.textChanged.connect(lambda _: self._say_wrong(""))
        self.blind.toggled.connect(self._on_blind)
        self.show_button.clicked.connect(lambda _: self._compare())
        self.book.clicked.connect(lambda _: self._on_book())
        self.discard.clicked.connect(lambda _: self._on_discard())

    # Counting

    def _on_selected(self, row: Row | None) -> None:
        same = row is not None and self._row is not None and row["_id"] == self._row["_id"]
        self._row = row
        self.number.setEnabled(row is not None)
        if row is None:
            self._what.setText("")
            self._which.setText(NOTHING)
        elif not same:
            self._what.setText(str(row.get("medicine:title") or ""))
            self._which.setText(f"Lot \u2066{row['lot']}\u2069")
            found = self.counted.get(row["_id"])
            self.number.setText(str(found.counted) if found else "")
            self.number.selectAll()

    def _on_noted(self) -> None:
        if self._note():
            self._on_next()

    def _note(self) -> bool:
        """Note what stands in the field for the lot that is chosen; False if it is no number that could be."""
        if self._row is None:
            return False
        lot, typed = self._row["_id"], self.number.text()
        if typed and not self.number.hasAcceptableInput():
            self._say_wrong(TOO_MANY)
            return False
        if typed:
            self.counted[lot] = Found(lot, int(typed), self._context.session.now())
            self._names[lot] = f"{self._what.text()}, lot {self._row['lot']}"
        else:
            self.counted.pop(lot, None)
        self._copy.keep_soon()
        self._say()
        self.differences.setText("")
        self.list.refresh()
        return True

    def _say_wrong(self, problem: str) -> None:
        mark_invalid(self.number, bool(problem))
        self._wrong.setText(problem)
        self._wrong.setVisible(bool(problem))

    def _is_noted(self) -> bool:
        found = self.counted.get(self._row["_id"]) if self._row else None
        return self.number.text() == (str(found.counted) if found else "")

    def _on_next(self) -> None:
        """Go on to the lot below."""
        table = self.list.table
        below = table.currentIndex().row() + 1
        if below < table.model().rowCount():
            table.stand_on(table.model().index(below, 0))
        self.number.setFocus()
        self.number.selectAll()

    def _on_blind(self, blind: bool) -> None:
        self.sheet.blind = blind
        self.list.refresh()

    def _say(self) -> None:
        number = len(self.counted)
        self._panel.set_count(f"{number:,} counted" if number else "")
        for button in (self.show_button, self.book, self.discard):
            button.setEnabled(number > 0)

    # What differs

    def _compare(self) -> None:
        found = list(self.counted.values())
        session = self._context.session
        self._comparing.ask(lambda: compare(session, found), self._show, self._on_failed)

    def _show(self, differences: Sequence[Difference]) -> None:
        wrong = [one for one in differences if one.change]
        lines = [
            f"{self._names[one.lot['_id']]}: {one.expected:,} in the books, {one.counted:,} counted" for one in wrong
        ]
        same = len(differences) - len(wrong)
        if not wrong or same:
            lines.append(f"{same:,} as in the books." if wrong else "All is as in the books.")
        self.differences.setText("\n\n".join(lines))

    def _said_of(self, differences: Sequence[Difference]) -> str:
        """What booking will change: the largest differences by name."""
        wrong = sorted((one for one in differences if one.change), key=lambda one: -abs(one.change))
        if not wrong:
            return "All is as in the books: nothing changes."
        named = [
            f"{self._names[one.lot['_id']]} from {one.expected:,} to {one.counted:,}" for one in wrong[:MOST_NAMED]
        ]
        more = f"; and {len(wrong) - MOST_NAMED:,} more" if len(wrong) > MOST_NAMED else ""
        return f"It changes {'; '.join(named)}{more}."

    def _on_failed(self, problem: Exception) -> None:
        self.differences.setText(str(in_words(problem)))

    def _on_book(self) -> None:
        # What was typed last is counted as well, though Enter was not pressed.
        if (not self._is_noted() and not self._note()) or not self.counted:
            return
        # A very large count is booked in several goes; the rest stays as it was counted.
        found = list(self.counted.values())[:MOST_COUNTED]
        session = self._context.session
        ask = partial(self._ask_book, found)
        self._comparing.ask(lambda: compare(session, found), ask, self._on_failed)

    def _ask_book(self, found: list[Found], differences: Sequence[Difference]) -> None:
        self._show(differences)
        lots, rest = so_many(len(found), "lot"), len(self.counted) - len(found)
        later = f" {so_many(rest, 'more is', 'more are')} booked after these." if rest else ""
        text = f"{self._said_of(differences)}{later} What was handed out since the counting is not a difference."
        fields = {"reason": reason_field("Why it was counted", 120, "End of the month, or what gave rise to it")}
        ask = Ask(self, (f"Book the count of {lots}?", text), fields, primary("Book"), self._locale())
        session = self._context.session
        ask.do(
            lambda values, operation: book(session, found, values["reason"], operation), partial(self._on_booked, found)
        )

    def _locale(self) -> Any:
        return self._context.session.locale

    def _on_booked(self, found: list[Found], count: Row) -> None:
        differed = count["differing"]
        said = "All was as in the books" if not differed else f"{differed:,} put right"
        self._context.toasts.show("The count is booked", said)
        for one in found:
            self.counted.pop(one.lot, None)
        if self._row and self._row["_id"] not in self.counted:
            # What is booked is not counted anew by what still stands there.
            self.number.clear()
        if not self.counted:
            self._forget()
            return
        self.differences.setText("")
        self._copy.keep()
        self._say()
        self.list.refresh()

    def _on_discard(self) -> None:
        lots = so_many(len(self.counted), "counted lot is", "counted lots are")
        text = f"{lots} forgotten. Nothing of it was booked."
        confirm(self, "Start anew?", text, "Start anew", self._forget, dangerous=True)

    def _forget(self) -> None:
        self.counted.clear()
        self._names.clear()
        self.differences.setText("")
        self.number.clear()
        self._copy.stop()
        self._context.drafts.drop(PLACE)
        self._say()
        self.list.refresh()

    # The draft

    def _write_draft(self) -> None:
        kept = [vars(one) | {"name": self._names[one.lot]} for one in self.counted.values()]
        self._context.drafts.keep(PLACE, {"lots": kept})

    def _restore(self) -> None:
        draft = self._context.drafts.read(PLACE)
        for one in draft.values.get("lots", ()) if draft else ():
            self._names[one["lot"]] = one.pop("name")
            self.counted[one["lot"]] = Found(**one)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._set_margins()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._set_margins()

    def _set_margins(self) -> None:
        margin = margin_of(self)
        # A layout's margins are not mirrored.
        left, right = (margin, 0) if self.isRightToLeft() else (0, margin)
        self._columns.setContentsMargins(left, 0, right, 0)
        self._beside.setContentsMargins(0, theme.PAGE_HEADER, 0, margin)
