"""Who has something to pay: who was here today, then who owes from earlier, and below them who has paid today."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from hmsdesk.controllers.cash_desk import PaidToday, ToPay
from hmsdesk.models.invoices import OPEN
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, in_column
from hmsdesk.models.payments import METHODS
from hmsdesk.models.text import so_many, words
from hmsdesk.models.times import clock, time_or_day
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.filter_bar import SearchField
from hmsdesk.views.kit.keys import on_key, tell_keys
from hmsdesk.views.kit.page_model import Index
from hmsdesk.views.kit.parts import Panel, chip_size, paint_chip, paint_line
from hmsdesk.views.kit.words import Label

WIDTH = 236
ROW, HEADING = 52, 36
BAR = 3
LINE = Qt.ItemDataRole.UserRole
Line = ToPay | PaidToday


def chip_of(line: Line) -> Status:
    """How far somebody is."""
    if isinstance(line, PaidToday):
        return STATUSES["paid"]
    state = line.invoice["state"] if line.invoice else "to-bill"
    return STATUSES["overdue" if line.overdue and state == OPEN else state]


def about(line: Line, locale: Locale) -> str:
    """The second line: a bill's number, since when it waits, or how and when it was paid."""
    if isinstance(line, PaidToday):
        unpaid = "Insurance" if amount_of(line.invoice["insurance"]) else "Nothing to pay"
        how = dict(METHODS).get(line.method, unpaid)
        return f"{how} · {clock(line.at, locale)}"
    if line.invoice is not None:
        return f"\u2066{line.invoice['number']}\u2069"
    return f"since {time_or_day(line.since, locale, locale.today())}"


def _is_found(line: Line, sought: Sequence[str]) -> bool:
    number = line.invoice["number"] if line.invoice else ""
    known = words(f"{line.name} {line.other_name} {number}")
    return all(any(_fits(word, one) for word in known) for one in sought)


def _fits(word: str, sought: str) -> bool:
    """A name by its first letters; a number by its last digits too, as nobody types the zeros before them."""
    return word.startswith(sought) or (sought.isdecimal() and word.endswith(sought))


def _heading(text: str) -> QStandardItem:
    heading = QStandardItem(text)
    # The arrows pass it by.
    heading.setEnabled(False)
    heading.setEditable(False)
    heading.setSelectable(False)
    return heading


class _Delegate(QStyledItemDelegate):
    def __init__(self, locale: Locale, parent: QListView) -> None:
        super().__init__(parent)
        self._locale = locale

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW if index.data(LINE) else HEADING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        line: Line | None = index.data(LINE)
        rect, state, flag = option.rect, option.state, QStyle.StateFlag
        chosen, pointed = bool(state & flag.State_Selected), bool(state & flag.State_MouseOver)
        token = "accent_soft" if line and chosen else "hover" if line and pointed else "surface_raised"
        painter.fillRect(rect, theme.color(token))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line"))
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        if line and chosen:
            left = rect.right() + 1 - BAR if mirrored else rect.x()
            painter.fillRect(left, rect.y(), BAR, rect.height(), theme.color("accent"))
        room = rect.adjusted(theme.SPACE_12, 0, -theme.SPACE_12, 0)
        if line is None:
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.color("text"))
            paint_line(painter, room, str(index.data()), option.direction)
        else:
            self._paint_line(painter, room, line, option.direction)
        painter.restore()

    def _paint_line(self, painter: QPainter, room: QRect, line: Line, direction: Qt.LayoutDirection) -> None:
        mirrored = direction == Qt.LayoutDirection.RightToLeft
        amount = in_column(line.amount)
        wide = QFontMetrics(theme.font()).horizontalAdvance(amount) + 2
        top = QRect(room.x(), room.y() + 7, room.width(), 19)
        below = QRect(room.x(), room.y() + 27, room.width(), theme.CHIP)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        end = QRect(top.x() if mirrored else top.right() + 1 - wide, top.y(), wide, top.height())
        painter.drawText(end, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), amount)
        kept = wide + theme.SPACE_8
        paint_line(
            painter, top.adjusted(kept, 0, 0, 0) if mirrored else top.adjusted(0, 0, -kept, 0), line.name, direction
        )
        chip = chip_of(line)
        width = chip_size(chip.word, chip.icon).width()
        at = QRect(below.x() if mirrored else below.right() + 1 - width, below.y(), width, below.height())
        paint_chip(painter, at, chip.word, chip.icon, chip.tone, direction)
        kept = width + theme.SPACE_8
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        room = below.adjusted(kept, 0, 0, 0) if mirrored else below.adjusted(0, 0, -kept, 0)
        paint_line(painter, room, about(line, self._locale), direction)


class PayList(Panel):
    """Choosing one opens it."""

    chosen = Signal(object)
    """A ToPay or a PaidToday."""

    def __init__(self, locale: Locale) -> None:
        super().__init__("To pay", "", Label("longest first", muted=True, size="small"))
        self.setFixedWidth(WIDTH)
        self._locale = locale
        self._opened: tuple[ObjectId | None, ObjectId | None] = (None, None)
        self._model = QStandardItemModel(self)
        # Until the server has answered nobody knows whether somebody has something to pay.
        self._empty = Label("One moment…", muted=True, wrap=True)
        self._empty.setObjectName("toPayEmpty")
        self._empty.setContentsMargins(theme.SPACE_12, theme.SPACE_12, theme.SPACE_12, theme.SPACE_12)
        self._to_pay: Sequence[ToPay] = ()
        self._paid: Sequence[PaidToday] = ()
        self.search = SearchField("names")
        self.search.asked.connect(lambda _: self._fill())
        self.search.list_key.connect(self._on_list_key)
        on_key(self, "Ctrl+F", "Find somebody in the list", self._on_find)
        self.list = QListView()
        tell_keys(self.list, (("↑", "↓"), "Up and down in the list"), ("Enter", "Open what they have to pay"))
        self.list.setObjectName("toPay")
        self.list.setAccessibleName("To pay, and paid today")
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(locale, self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(self._on_chosen)
        self.list.activated.connect(self._on_chosen)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        above = QVBoxLayout()
        above.setContentsMargins(*(theme.SPACE_8,) * 4)
        above.addWidget(self.search)
        self.body.addLayout(above)
        self.body.addWidget(self._empty)
        self.body.addWidget(self.list, 1)
        self._older = Label("", muted=True, size="small")
        self._older.setObjectName("olderBills")
        self._older.setContentsMargins(theme.SPACE_12, theme.SPACE_4, theme.SPACE_12, theme.SPACE_8)
        self._older.hide()
        self.body.addWidget(self._older)

    def say(self, problem: str) -> None:
        """Say why nothing is known; what was shown before stays."""
        self._empty.setText(problem)

    def show_lines(self, to_pay: Sequence[ToPay], paid: Sequence[PaidToday], unlisted: int = 0) -> None:
        """Show who is to pay and who has paid. unlisted: how many older bills are owed that aren't among them."""
        self._to_pay, self._paid = to_pay, paid
        self.set_count(f"{len(to_pay) + unlisted:,}")
        self._older.setText(f"{so_many(unlisted, 'older bill is', 'older bills are')} under Invoices")
        self._older.setVisible(bool(unlisted))
        self._fill()

    def _fill(self) -> None:
        """The lines that what is typed into the search finds."""
        sought = words(self.search.text())
        to_pay = [one for one in self._to_pay if _is_found(one, sought)]
        paid = [one for one in self._paid if _is_found(one, sought)]
        self._empty.setText("Nobody found." if sought else "Nobody has anything to pay.")
        self._empty.setVisible(not to_pay)
        scrolled = self.list.verticalScrollBar().value()
        self._model.clear()
        today = [one for one in to_pay if not one.overdue]
        earlier = [one for one in to_pay if one.overdue]
        parts: tuple[tuple[str, Sequence[Line]], ...] = (
            ("", today),
            ("From earlier days", earlier),
            ("Paid today", paid),
        )
        for heading, lines in parts:
            if lines and heading:
                self._model.appendRow(_heading(f"{heading}  {len(lines)}"))
            for line in lines:
                self._model.appendRow(self._item(line))
        self.list.doItemsLayout()
        self.list.verticalScrollBar().setValue(scrolled)
        self.mark(*self._opened)

    def _on_find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _on_list_key(self, event: QKeyEvent) -> None:
        """The arrows and Enter of the search are the list's; Enter alone opens the first that is found."""
        if not self.list.currentIndex().isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            first = next((row for row in range(self._model.rowCount()) if self._model.item(row).data(LINE)), None)
            if first is not None:
                self._on_chosen(self._model.index(first, 0))
            return
        if event.key() == Qt.Key.Key_Down and isinstance(self.list.currentIndex().data(LINE), PaidToday):
            # Whoever has just paid is done: the search goes down to those who wait.
            self.list.setCurrentIndex(QModelIndex())
        self.list.setFocus()
        QApplication.sendEvent(self.list, event)

    def mark(self, patient: ObjectId | None, invoice: ObjectId | None) -> None:
        """Show which one is open: a bill, or what waits of a patient."""
        self._opened = (patient, invoice)
        self.list.clearSelection()
        for place in range(self._model.rowCount()):
            line: Line | None = self._model.item(place).data(LINE)
            if line is not None and self._is_open(line):
                # Who has just paid stands far below: those who still wait stay in sight.
                self.list.setAutoScroll(isinstance(line, ToPay))
                self.list.setCurrentIndex(self._model.index(place, 0))
                self.list.setAutoScroll(True)
                return
        # Nothing is chosen: the arrow down goes to the first line.
        self.list.setCurrentIndex(QModelIndex())

    def _is_open(self, line: Line) -> bool:
        patient, invoice = self._opened
        mine = line.invoice["_id"] if line.invoice else None
        return mine == invoice if invoice or mine else line.patient == patient

    def _item(self, line: Line) -> QStandardItem:
        item = QStandardItem(f"{line.name}, {in_column(line.amount)}, {chip_of(line).word}")
        item.setData(line, LINE)
        item.setEditable(False)
        return item

    def _on_chosen(self, index: QModelIndex) -> None:
        line: Line | None = index.data(LINE)
        if line is not None:
            self.chosen.emit(line)
