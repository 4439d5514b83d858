"""The queue: who waits, the longest first; below it what is owed, what was set aside, and how much was done today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bson import ObjectId
from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hmsdesk.controllers.dispensary import queue as controller
from hmsdesk.controllers.dispensary.finding import Found
from hmsdesk.controllers.dispensary.queue import Owed
from hmsdesk.models.dates import day_and_month
from hmsdesk.models.row import Row
from hmsdesk.models.text import so_many
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import STATUSES, Status, waiting
from hmsdesk.views.kit.dispensed import owed_status
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.page_model import Index
from hmsdesk.views.kit.parts import Panel, chip_size, paint_chip, paint_line
from hmsdesk.views.kit.words import Label

WIDTH = 224
ROW, HEADING = 52, 36
# Who it is stands on a line of its own, where a name alone doesn't say it.
WHO = 18
BAR = 3
REPAINT_MS = 20_000
FOOT = 32
WAITING = Qt.ItemDataRole.UserRole
OWED = Qt.ItemDataRole.UserRole + 1
FOUND = Qt.ItemDataRole.UserRole + 2


def waited(minutes: int, long: int, too_long: int) -> Status:
    """The chip of what waits: minutes while one can still count them. long, too_long: as the practice has decided."""
    if minutes == 0:
        return Status("now", "neutral", "clock-outline")
    if minutes < 120:
        return waiting(minutes, long, too_long)
    hours = minutes // 60
    return Status(f"{hours} h" if hours < 48 else so_many(hours // 24, "day"), "danger", "alert-outline")


class _Delegate(QStyledItemDelegate):
    def __init__(self, queue: Queue) -> None:
        super().__init__(queue)
        self._queue = queue

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: Row | None = index.data(WAITING)
        return QSize(0, HEADING if row is None else ROW + WHO * bool(row.get("patient:who")))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        row: Row | None = index.data(WAITING)
        rect = option.rect
        state, flag = option.state, QStyle.StateFlag
        chosen, pointed = bool(state & flag.State_Selected), bool(state & flag.State_MouseOver)
        token = "accent_soft" if row and chosen else "hover" if row and pointed else "surface_raised"
        painter.fillRect(rect, theme.color(token))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line"))
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        chip = self._queue.chip_of(index) if row else None
        late = chip is not None and chip.tone == "danger"
        if row and (chosen or late):
            left = rect.right() + 1 - BAR if mirrored else rect.x()
            painter.fillRect(left, rect.y(), BAR, rect.height(), theme.color("accent" if chosen else "danger"))
        room = rect.adjusted(theme.SPACE_12, 0, -theme.SPACE_12, 0)
        if row is None:
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.color("text"))
            paint_line(painter, room, str(index.data()), option.direction)
        elif chip is not None:
            self._paint_row(painter, room, index, chip, option.direction)
        painter.restore()

    @staticmethod
    def _paint_row(painter: QPainter, room: QRect, index: Index, chip: Status, direction: Qt.LayoutDirection) -> None:
        row: Row = index.data(WAITING)
        top = QRect(room.x(), room.y() + 7, room.width(), 19)
        who = str(row.get("patient:who") or "")
        below = QRect(room.x(), room.y() + 27 + WHO * bool(who), room.width(), theme.CHIP)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        paint_line(painter, top, str(row.get("patient:title") or ""), direction)
        if who:
            painter.setFont(theme.font("small"))
            paint_line(painter, top.translated(0, WHO), who, direction)
        width = chip_size(chip.word, chip.icon).width()
        mirrored = direction == Qt.LayoutDirection.RightToLeft
        at = QRect(below.x() if mirrored else below.right() + 1 - width, below.y(), width, below.height())
        paint_chip(painter, at, chip.word, chip.icon, chip.tone, direction)
        kept = width + theme.SPACE_8
        words = below.adjusted(kept, 0, 0, 0) if mirrored else below.adjusted(0, 0, -kept, 0)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, words, _described(row, index.data(OWED), index.data(FOUND)), direction)


def _described(row: Row, owed: Owed | None, found: Found | None) -> str:
    if owed is not None:
        (name, number), *more = owed.left
        return f"{number:,} {name}" + (f" and {len(more)} more" if more else "")
    lines = len(row["lines"])
    many = f"{lines} {'line' if lines == 1 else 'lines'}"
    # The chip says when it was signed, unless it says what became of it.
    if found is not None and found.state:
        return f"{day_and_month(found.signed)} · {many}"
    return str(row.get("set_aside") or f"{many} · {row.get('practitioner:title') or ''}")


class Queue(Panel):
    """Choosing one opens it."""

    chosen = Signal(object)
    """The id of a prescription."""

    def __init__(self) -> None:
        super().__init__("Queue", "", Label("longest first", muted=True, size="small"))
        self.setFixedWidth(WIDTH)
        self._ahead = timedelta()
        self._long, self._too_long = 0, 0
        self._opened: ObjectId | None = None
        self._found: list[Found] = []
        self._shown: controller.Queue | None = None
        self._model = QStandardItemModel(self)
        self._empty = Label("Nothing waits.", muted=True)
        self._empty.setContentsMargins(theme.SPACE_12, theme.SPACE_12, theme.SPACE_12, theme.SPACE_12)
        self.list = QListView()
        self.list.setObjectName("queue")
        self.list.setAccessibleName("Prescriptions to dispense")
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(self))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        # The scan field keeps the focus; Tab comes here.
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.clicked.connect(self._on_chosen)
        self.list.activated.connect(self._on_chosen)
        self.body.setContentsMargins(1, 0, 1, 1)
        self.body.addWidget(self._empty)
        self.body.addWidget(self.list, 1)
        self.body.setSpacing(0)
        self.body.addWidget(Separator())
        self._today = Label(muted=True)
        self._today.setObjectName("dispensedToday")
        self._today.setFixedHeight(FOOT)
        self._today.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        self.body.addWidget(self._today)
        self._clock = QTimer(self, interval=REPAINT_MS)
        self._clock.timeout.connect(self.list.viewport().update)
        self._clock.start()

    def show_queue(self, queue: controller.Queue) -> None:
        """Show who waits, and what is owed."""
        self._ahead = queue.now - datetime.now(UTC)
        self._long, self._too_long = queue.long, queue.too_long
        self._shown = queue
        self._fill(queue)

    def show_found(self, found: list[Found]) -> None:
        """Show what was found above the queue, and let one of it be chosen; nothing: only the queue."""
        if found == self._found:
            return
        self._found = found
        if self._shown is not None:
            self._fill(self._shown)
        if found:
            self.list.scrollToTop()
            self.list.setCurrentIndex(self._model.index(1, 0))
            self.list.setFocus()

    def _fill(self, queue: controller.Queue) -> None:
        # Whoever looks further down stays there when something new comes.
        at = self.list.verticalScrollBar().value()
        self._model.clear()
        if self._found:
            self._model.appendRow(_item(f"Found  {len(self._found)}", None))
        for found in self._found:
            self._model.appendRow(_item("", found.prescription, found=found))
        if self._found and queue.waiting:
            self._model.appendRow(_item(f"Waiting  {len(queue.waiting)}", None))
        for row in queue.waiting:
            self._model.appendRow(_item("", row))
        if queue.owed:
            self._model.appendRow(_item(f"Owed  {len(queue.owed)}", None))
        for one in queue.owed:
            self._model.appendRow(_item("", one.prescription, one))
        if queue.aside:
            self._model.appendRow(_item(f"Set aside  {len(queue.aside)}", None))
        for row in queue.aside:
            self._model.appendRow(_item("", row))
        self.set_count(str(len(queue.waiting)))
        self._empty.setVisible(not queue.waiting and not queue.owed and not queue.aside)
        self._today.setText(f"{queue.dispensed_today:,} dispensed today")
        self._select()
        self.list.verticalScrollBar().setValue(at)

    def mark(self, prescription: ObjectId | None) -> None:
        """Show which one is open."""
        self._opened = prescription
        index = self._select()
        if index is not None:
            self.list.scrollTo(index)

    def _select(self) -> QModelIndex | None:
        self.list.clearSelection()
        for line in range(self._model.rowCount()):
            row, index = self._model.item(line).data(WAITING), self._model.index(line, 0)
            if row and row["_id"] == self._opened:
                self.list.setCurrentIndex(index)
                return index
        return None

    def chip_of(self, index: Index) -> Status:
        """How long it has waited, or that it was set aside; of what is owed, whether it is here; what was found is."""
        found: Found | None = index.data(FOUND)
        if found is not None:
            return STATUSES[found.state] if found.state else Status(day_and_month(found.signed), "neutral", "calendar")
        owed: Owed | None = index.data(OWED)
        if owed is not None:
            return owed_status(owed)
        if "set_aside" in index.data(WAITING):
            return STATUSES["set-aside"]
        since = datetime.now(UTC) + self._ahead - index.data(WAITING)["since"]
        return waited(max(0, int(since.total_seconds() // 60)), self._long, self._too_long)

    def _on_chosen(self, index: QModelIndex) -> None:
        row: Row | None = index.data(WAITING)
        if row is not None:
            self.chosen.emit(row["_id"])


def _item(text: str, row: Row | None, owed: Owed | None = None, found: Found | None = None) -> QStandardItem:
    item = QStandardItem(text or str((row or {}).get("patient:title") or ""))
    item.setData(row, WAITING)
    item.setData(owed, OWED)
    item.setData(found, FOUND)
    item.setEditable(False)
    item.setSelectable(row is not None)
    return item
