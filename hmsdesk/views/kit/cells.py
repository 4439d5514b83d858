"""How a cell of a list is painted: the selected and the pointed-at row, names in two scripts, what a search found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QTextLayout, QTextLine, QTextOption
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.row import Row
from hmsdesk.models.text import words
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.marks import matches
from hmsdesk.views.kit.page_model import Index
from hmsdesk.views.kit.parts import chip_size, paint_chip
from hmsdesk.views.kit.table import Table
from hmsdesk.views.kit.table_header import padded
from hmsdesk.views.kit.values import ABSENT, Column, reads_left_to_right, title_field

BAR = 3
NAMES_GAP = 8
PLACEHOLDER = 10
UNDERLINE = 2
# A screen of cells: whoever scrolls or points at a row sees most of them again.
LAID_OUT = 512
NOT_IN_USE = "archive-outline"
ZEROS = ("0.00", "0.000")


@dataclass(frozen=True)
class Words:
    """A piece of text as it stands in a cell."""

    text: str
    token: str
    left_to_right: bool
    marked: list[tuple[int, int]]

    @property
    def width(self) -> int:
        """How much room it takes."""
        return _advance(self.text) + 1

    def paint(self, painter: QPainter, rect: QRect, mirrored: bool) -> None:
        """Paint it at the start of the rectangle, shortened where it is too long."""
        text = self.text
        if self.width > rect.width():
            text = theme.metrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        layout, line = _laid_out(text, self.left_to_right)
        left = rect.right() + 1 - line.naturalTextWidth() if mirrored else rect.x()
        top = rect.y() + (rect.height() - line.height()) / 2
        painter.setPen(theme.color(self.token))
        layout.draw(painter, QPointF(left, top))
        for start, end in self.marked:
            if start < len(text):
                self._underline(painter, line, left, top + line.ascent(), start, min(end, len(text)))

    @staticmethod
    def _underline(painter: QPainter, line: QTextLine, left: float, baseline: float, start: int, end: int) -> None:
        # The font's own underline is thinner than can be seen at a glance.
        first: Any = line.cursorToX(start)
        last: Any = line.cursorToX(end)
        one, other = left + first[0], left + last[0]
        painter.fillRect(QRectF(min(one, other), baseline + 4, abs(other - one), UNDERLINE), theme.color("accent"))


@lru_cache(LAID_OUT)
def _advance(text: str) -> int:
    return theme.metrics().horizontalAdvance(text)


@lru_cache(LAID_OUT)
def _laid_out(text: str, left_to_right: bool) -> tuple[QTextLayout, QTextLine]:
    direction = Qt.LayoutDirection.LeftToRight if left_to_right else Qt.LayoutDirection.LayoutDirectionAuto
    option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    option.setTextDirection(direction)
    layout = QTextLayout(text, theme.font())
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(1e5)
    layout.endLayout()
    return layout, line


def _part(room: QRect, start: int, width: int, mirrored: bool) -> QRect:
    """A part of a cell, counted from where one begins to read."""
    left = room.right() + 1 - start - width if mirrored else room.x() + start
    return QRect(left, room.y(), width, room.height())


class CellDelegate(QStyledItemDelegate):
    """Paints the cells of one table."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        rect = option.rect
        self._table.paint_ground(painter, rect, index.row(), selected)
        if selected and self._table.is_first_column(index.column()):
            left = rect.right() + 1 - BAR if self._mirrored(option) else rect.x()
            painter.fillRect(left, rect.y(), BAR, rect.height(), theme.color("accent"))

    @staticmethod
    def _mirrored(option: QStyleOptionViewItem) -> bool:
        return bool(option.direction == Qt.LayoutDirection.RightToLeft)

    @staticmethod
    def _paint_placeholder(painter: QPainter, room: QRect, index: Index, mirrored: bool) -> None:
        # Shares of the width as words of different lengths would take.
        width = room.width() * (55 + (index.row() * 17 + index.column() * 29) % 40) // 100
        left = room.right() + 1 - width if mirrored else room.x()
        bar = QRect(left, room.y() + (room.height() - PLACEHOLDER) // 2, width, PLACEHOLDER)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("neutral_soft"))
        painter.drawRoundedRect(bar, PLACEHOLDER / 2, PLACEHOLDER / 2)

    def _paint_value(self, painter: QPainter, room: QRect, column: Column, row: Row, mirrored: bool) -> None:
        first, second = self._names(column, row, mirrored)
        if column.field.numeric:
            width = min(first.width, room.width())
            first.paint(painter, QRect(room.right() + 1 - width, room.y(), width, room.height()), mirrored=False)
            self._paint_before(painter, room.adjusted(0, 0, -width - NAMES_GAP, 0), self._status(column, row))
            return
        status = self._status(column, row)
        direction = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
        if status and status.word == first.text:
            # A chip that says just that stands in its place.
            place = _part(room, 0, chip_size(status.word, status.icon).width(), mirrored)
            paint_chip(painter, place, status.word, status.icon, status.tone, direction)
            return
        chip = chip_size(status.word, status.icon).width() + NAMES_GAP if status else 0
        taken = min(first.width, room.width() - chip)
        first.paint(painter, _part(room, 0, taken, mirrored), mirrored)
        if second is not None and taken + NAMES_GAP + second.width + chip <= room.width():
            second.paint(painter, _part(room, taken + NAMES_GAP, second.width, mirrored), mirrored)
            taken += NAMES_GAP + second.width
        if status:
            place = _part(room, taken + NAMES_GAP, chip, mirrored)
            paint_chip(painter, place, status.word, status.icon, status.tone, direction)

    @staticmethod
    def _paint_before(painter: QPainter, room: QRect, status: Status | None) -> None:
        """Numbers stand below each other, so that what is said of one stands before it."""
        width = chip_size(status.word, status.icon).width() if status else 0
        if status and width <= room.width():
            place = QRect(room.right() + 1 - width, room.y(), width, room.height())
            paint_chip(painter, place, status.word, status.icon, status.tone, Qt.LayoutDirection.LeftToRight)

    def _status(self, column: Column, row: Row) -> Status | None:
        """The chip behind a value: that the record is not in use, or what its column says."""
        record = self._table.pages.record
        if row.get("active") is False and column.name == title_field(record):
            return Status(declared_fields(record)["active"].words[1], "neutral", NOT_IN_USE)
        return STATUSES.get(column.status(row))

    def _names(self, column: Column, row: Row, mirrored: bool) -> tuple[Words, Words | None]:
        """The value, and what stands muted after it; in an Arabic window the Arabic name comes first."""
        text, other = column.text(row), column.second_text(row)
        if mirrored and other:
            text, other = other, text
        muted = text == ABSENT or (column.field.numeric and text in ZEROS)
        ltr = reads_left_to_right(column.field)
        second = Words(other, "text_muted", False, self._marked(column, other)) if other else None
        return Words(text, "text_muted" if muted else "text", ltr, self._marked(column, text)), second

    def _marked(self, column: Column, text: str) -> list[tuple[int, int]]:
        sought = words(self._table.pages.query.text)
        return matches(text, sought) if sought and column.name in self._table.listing.search else []

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        self._paint_ground(painter, option, index)
        mirrored = self._mirrored(option)
        room = padded(option.rect, mirrored)
        # Through the index Qt would copy the whole row there and back.
        row = self._table.pages.row_at(index.row())
        if row is None:
            self._paint_placeholder(painter, room, index, mirrored)
        else:
            painter.setFont(theme.font())
            self._paint_value(painter, room, self._table.pages.columns[index.column()], row, mirrored)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        text = str(index.data() or "")
        room = padded(option.rect, self._mirrored(option))
        too_long = QFontMetrics(theme.font()).horizontalAdvance(text) > room.width()
        if event.type() == QEvent.Type.ToolTip and too_long:
            # A tool tip takes what looks like markup for markup.
            QToolTip.showText(event.globalPos(), f"<span>{escape(text)}</span>", view)
        else:
            QToolTip.hideText()
        return True
