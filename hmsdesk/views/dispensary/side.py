"""Beside the desk: what runs low, and what expires."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from bson import ObjectId
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.controllers.dispensary.queue import owed_of
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.stock.levels import low_stock, near_days, near_expiry
from hmsdesk.models.medicines import UNITS
from hmsdesk.models.row import Row
from hmsdesk.models.text import so_many
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.chips import Status
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.export import harmless
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.page_model import Index
from hmsdesk.views.kit.parts import Panel, chip_size, paint_chip, paint_line
from hmsdesk.views.kit.putting_right import lot_menu
from hmsdesk.views.kit.saving import write_file
from hmsdesk.views.kit.words import Label

WIDTH = 250
ROW = 49
MOST = 50
MOST_ORDERED = 1000
FILE = "order list.csv"
SOON_DAYS = 30
CARD = Qt.ItemDataRole.UserRole

Card = tuple[str, str, Status, Row]
"""A title, what is said below it, its chip, and the record."""


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        title, below, chip, _ = index.data(CARD)
        painter.save()
        rect, state = option.rect, option.state
        pointed = bool(state & QStyle.StateFlag.State_MouseOver)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.fillRect(rect, theme.color("accent_soft" if focused else "hover" if pointed else "surface_raised"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line"))
        room = rect.adjusted(theme.SPACE_12, 0, -theme.SPACE_12, 0)
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        width = chip_size(chip.word, chip.icon).width()
        at = QRect(room.x() if mirrored else room.right() + 1 - width, room.y() + 7, width, theme.CHIP)
        paint_chip(painter, at, chip.word, chip.icon, chip.tone, option.direction)
        kept = width + theme.SPACE_8
        words = room.adjusted(kept, 0, 0, 0) if mirrored else room.adjusted(0, 0, -kept, 0)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        paint_line(painter, QRect(words.x(), room.y() + 6, words.width(), 19), title, option.direction)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, QRect(room.x(), room.y() + 26, room.width(), 17), below, option.direction)
        painter.restore()


class SidePanel(Panel):
    """A short list; choosing a line leads to its record."""

    chosen = Signal(object)

    def __init__(self, title: str, name: str, empty: str, remark: QWidget | None = None) -> None:
        super().__init__(title, "", remark)
        self._model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setObjectName(name)
        self.list.setAccessibleName(title)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(self))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(lambda index: self.chosen.emit(index.data(CARD)[3]))
        self.list.activated.connect(lambda index: self.chosen.emit(index.data(CARD)[3]))
        self._empty = Label(empty, muted=True, wrap=True)
        self._empty.setContentsMargins(*(theme.SPACE_12,) * 4)
        self.body.setContentsMargins(1, 0, 1, 1)
        self.body.setSpacing(0)
        self.body.addWidget(self._empty)
        self.body.addWidget(self.list, 1)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these in place of the ones before."""
        self._model.clear()
        for card in cards[:MOST]:
            item = QStandardItem(f"{card[0]}, {card[2].word}, {card[1]}")
            item.setData(card, CARD)
            item.setEditable(False)
            self._model.appendRow(item)
        self.set_count(f"{MOST}+" if len(cards) > MOST else str(len(cards)))
        self._empty.setVisible(not cards)


class Side(QWidget):
    """Both lists, live."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self._context = context
        self._asking = tasks.Latest(self)
        self._within = Label(muted=True, size="small")
        self.order = quiet("Order list")
        self.order.setObjectName("orderList")
        self.order.setToolTip("What is low, as a file for the supplier")
        self.order.clicked.connect(lambda _: self._on_order())
        self.low = SidePanel("Low stock", "lowStock", "Nothing has come down to its reorder level.", self.order)
        self.expiring = SidePanel("Expiring", "expiring", "Nothing expires soon.", self._within)
        self.low.chosen.connect(lambda row: context.navigate("stock_ledger", str(row["_id"])))
        self.expiring.chosen.connect(self._on_expiring)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        column.addWidget(self.low, 1)
        column.addWidget(self.expiring, 1)
        context.live.follow(self, {"stock_lots", "medicines", "preferences"}, self.fetch)
        self.fetch()

    def fetch(self) -> None:
        """Ask what runs low and expires now."""
        session = self._context.session

        def work() -> tuple[list[Row], list[Row], int]:
            return low_stock(session, MOST + 1), near_expiry(session, MOST + 1), near_days(session)

        self._asking.ask(work, lambda answer: self._show(*answer), lambda _: None)

    def _on_expiring(self, row: Row) -> None:
        menu, listed = lot_menu(self._context, self, row, self.fetch), self.expiring.list
        menu.popup(listed.viewport().mapToGlobal(listed.visualRect(listed.currentIndex()).center()))

    def _on_order(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the order list", str(Path.home() / FILE), "CSV (*.csv)")
        if path:
            self.write_order(Path(path))

    def write_order(self, path: Path) -> None:
        """Write what is low into a file that only its owner may read; the trail has it first."""
        session, toasts = self._context.session, self._context.toasts

        def work() -> int:
            rows = low_stock(session, MOST_ORDERED)
            MEDICINES.note_export(session, Query(filters={"reorder_level": "reached"}), len(rows))
            write_file(path, order_list(rows, owed_of(session)).encode("utf-8-sig"))
            return len(rows)

        def on_written(number: int) -> None:
            toasts.show(f"{so_many(number, 'medicine')} to order", path.name)

        def on_failed(problem: Exception) -> None:
            toasts.show_problem(in_words(problem))

        tasks.run(self, work, on_written, on_failed)

    def _show(self, low: list[Row], near: list[Row], days: int) -> None:
        self.order.setEnabled(bool(low))
        self.low.show_cards([_low(row) for row in low])
        self.expiring.show_cards([_near(row) for row in near])
        self._within.setText(f"next {so_many(days, 'day')}")


def order_list(rows: Sequence[Row], owed: Mapping[ObjectId, int]) -> str:
    """What is low, as a supplier reads it: a line for each medicine. owed: to patients, by medicine."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("Medicine", "Name in Arabic", "Counted in", "Left", "Reorder at", "Owed to patients"))
    for row in rows:
        left = (row["stock"], row["reorder_level"], owed.get(row["_id"], 0))
        cells = (row["name"], row.get("name_ar", ""), UNITS[row["unit"]][1], *left)
        writer.writerow(harmless(str(cell)) for cell in cells)
    return text.getvalue()


def _low(row: Row) -> Card:
    out = row["stock"] == 0
    status = Status("Out", "danger", "close-circle-outline") if out else Status("Low", "warning", "alert-outline")
    return row["name"], f"{row['stock']:,} left · reorder at {row['reorder_level']:,}", status, row


def _near(row: Row) -> Card:
    days = row["days"]
    if days < 0:
        status = Status("Expired", "danger", "alert-outline")
    else:
        word = "today" if days == 0 else "1 day" if days == 1 else f"{days} days"
        late = days <= SOON_DAYS
        status = Status(word, "danger" if late else "warning", "alert-outline" if late else "clock-outline")
    return row["medicine:title"], f"Lot \u2066{row['lot']}\u2069 · {row['quantity']:,} left", status, row
