"""Who has something to pay, the longest first, and below it who has paid today."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hmsdesk.controllers.cash_desk import PaidToday, ToPay
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import in_column
from hmsdesk.models.payments import METHODS
from hmsdesk.models.times import clock, time_or_day
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import STATUSES, Status
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
    if line.overdue:
        return STATUSES["overdue"]
    return STATUSES[line.invoice["state"] if line.invoice else "to-bill"]


def about(line: Line, locale: Locale) -> str:
    """The second line: a bill's number, since when it waits, or how and when it was paid."""
    if isinstance(line, PaidToday):
        how = dict(METHODS).get(line.method, "Insurance")
        return f"{how} · {clock(line.at, locale)}"
    if line.invoice is not None:
        return f"\u2066{line.invoice['number']}\u2069"
    return f"since {time_or_day(line.since, locale, locale.today())}"


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
        words = below.adjusted(kept, 0, 0, 0) if mirrored else below.adjusted(0, 0, -kept, 0)
        paint_line(painter, words, about(line, self._locale), direction)


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
        self.list = QListView()
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
        self.body.addWidget(self._empty)
        self.body.addWidget(self.list, 1)

    def say(self, problem: str) -> None:
        """Say why nothing is known; what was shown before stays."""
        self._empty.setText(problem)

    def show_lines(self, to_pay: Sequence[ToPay], paid: Sequence[PaidToday]) -> None:
        """Show who is to pay and who has paid."""
        self._empty.setText("Nobody has anything to pay.")
        self._model.clear()
        for line in to_pay:
            self._model.appendRow(self._item(line))
        if paid:
            heading = QStandardItem(f"Paid today  {len(paid)}")
            heading.setEditable(False)
            heading.setSelectable(False)
            self._model.appendRow(heading)
        for one in paid:
            self._model.appendRow(self._item(one))
        self.set_count(str(len(to_pay)))
        self._empty.setVisible(not to_pay)
        self.mark(*self._opened)

    def mark(self, patient: ObjectId | None, invoice: ObjectId | None) -> None:
        """Show which one is open: a bill, or what waits of a patient."""
        self._opened = (patient, invoice)
        self.list.clearSelection()
        for place in range(self._model.rowCount()):
            line: Line | None = self._model.item(place).data(LINE)
            if line is not None and self._is_open(line):
                self.list.setCurrentIndex(self._model.index(place, 0))
                return

    def _is_open(self, line: Line) -> bool:
        patient, invoice = self._opened
        mine = line.invoice["_id"] if line.invoice else None
        return mine == invoice if invoice or mine else line.patient == patient

    def _item(self, line: Line) -> QStandardItem:
        words = f"{line.name}, {in_column(line.amount)}, {chip_of(line).word}"
        item = QStandardItem(words)
        item.setData(line, LINE)
        item.setEditable(False)
        return item

    def _on_chosen(self, index: QModelIndex) -> None:
        line: Line | None = index.data(LINE)
        if line is not None:
            self.chosen.emit(line)
