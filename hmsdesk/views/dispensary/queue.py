"""The queue: what was prescribed and not yet handed out, the longest waiting first, and below it what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bson import ObjectId
from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hmsdesk.models.record import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import Status, waiting
from hmsdesk.views.kit.page_model import Index
from hmsdesk.views.kit.parts import Panel, chip_size, paint_chip, paint_line
from hmsdesk.views.kit.words import Label

WIDTH = 224
ROW, HEADING = 52, 36
BAR = 3
LONG, TOO_LONG = 15, 30
REPAINT_MS = 20_000
WAITING = Qt.ItemDataRole.UserRole


def waited(minutes: int) -> Status:
    """The chip of what waits: minutes while one can still count them."""
    if minutes == 0:
        return Status("now", "neutral", "clock-outline")
    if minutes < 120:
        return waiting(minutes, LONG, TOO_LONG)
    hours = minutes // 60
    return Status(f"{hours} h" if hours < 48 else f"{hours // 24} days", "danger", "alert-outline")


class _Delegate(QStyledItemDelegate):
    def __init__(self, queue: Queue) -> None:
        super().__init__(queue)
        self._queue = queue

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW if index.data(WAITING) else HEADING)

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
        if row and chosen:
            left = rect.right() + 1 - BAR if mirrored else rect.x()
            painter.fillRect(left, rect.y(), BAR, rect.height(), theme.color("accent"))
        room = rect.adjusted(theme.SPACE_12, 0, -theme.SPACE_12, 0)
        if row is None:
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.color("text"))
            paint_line(painter, room, str(index.data()), option.direction)
        else:
            self._paint_row(painter, room, row, option.direction)
        painter.restore()

    def _paint_row(self, painter: QPainter, room: QRect, row: Row, direction: Qt.LayoutDirection) -> None:
        top = QRect(room.x(), room.y() + 7, room.width(), 19)
        below = QRect(room.x(), room.y() + 27, room.width(), theme.CHIP)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        paint_line(painter, top, str(row.get("patient:title") or ""), direction)
        chip = self._queue.chip_of(row)
        width = chip_size(chip.word, chip.icon).width()
        mirrored = direction == Qt.LayoutDirection.RightToLeft
        at = QRect(below.x() if mirrored else below.right() + 1 - width, below.y(), width, below.height())
        paint_chip(painter, at, chip.word, chip.icon, chip.tone, direction)
        kept = width + theme.SPACE_8
        words = below.adjusted(kept, 0, 0, 0) if mirrored else below.adjusted(0, 0, -kept, 0)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, words, _described(row), direction)


def _described(row: Row) -> str:
    lines = len(row["lines"])
    return f"{lines} {'line' if lines == 1 else 'lines'} · {row.get('practitioner:title') or ''}"


class Queue(Panel):
    """Choosing one opens it."""

    chosen = Signal(object)
    """The id of a prescription."""

    def __init__(self) -> None:
        super().__init__("Queue", "")
        self.setFixedWidth(WIDTH)
        self._ahead = timedelta()
        self._opened: ObjectId | None = None
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
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self._empty)
        self.body.addWidget(self.list, 1)
        self._clock = QTimer(self, interval=REPAINT_MS)
        self._clock.timeout.connect(self.list.viewport().update)
        self._clock.start()

    def show_rows(self, rows: Sequence[tuple[Row, bool]], now: datetime) -> None:
        """Show what waits, and whether part of each was handed out. now: the server's time."""
        self._ahead = now - datetime.now(UTC)
        fresh = [row for row, in_part in rows if not in_part]
        owed = [row for row, in_part in rows if in_part]
        self._model.clear()
        for row in fresh:
            self._model.appendRow(_item("", row))
        if owed:
            self._model.appendRow(_item(f"Owed  {len(owed)}", None))
        for row in owed:
            self._model.appendRow(_item("", row))
        self.set_count(str(len(fresh)))
        self._empty.setVisible(not rows)
        self.mark(self._opened)

    def mark(self, prescription: ObjectId | None) -> None:
        """Show which one is open."""
        self._opened = prescription
        self.list.clearSelection()
        for line in range(self._model.rowCount()):
            row = self._model.item(line).data(WAITING)
            if row and row["_id"] == prescription:
                self.list.setCurrentIndex(self._model.index(line, 0))

    def chip_of(self, row: Row) -> Status:
        """How long it has waited."""
        since = datetime.now(UTC) + self._ahead - row["issued_at"]
        return waited(max(0, int(since.total_seconds() // 60)))

    def _on_chosen(self, index: QModelIndex) -> None:
        row: Row | None = index.data(WAITING)
        if row is not None:
            self.chosen.emit(row["_id"])


def _item(text: str, row: Row | None) -> QStandardItem:
    item = QStandardItem(text or str((row or {}).get("patient:title") or ""))
    item.setData(row, WAITING)
    item.setEditable(False)
    item.setSelectable(row is not None)
    return item
