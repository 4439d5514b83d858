"""The header of a list's table, and how the room of a cell is shared."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.values import Column

PAD_START = 12
PAD_END = 4
ARROW_GAP = 4


class Header(QHeaderView):
    """The names of the columns; those that the list can be sorted by can be clicked."""

    sort_asked = Signal(str)

    def __init__(self, pages: PageModel, table: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._pages = pages
        self.order = ""
        self.descending = False
        self.setFixedHeight(theme.TABLE_HEADER)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMouseTracking(True)
        self.sectionClicked.connect(self._on_clicked)

    def set_order(self, order: str, descending: bool) -> None:
        """Mark the column the rows are sorted by."""
        self.order, self.descending = order, descending
        self.viewport().update()

    def is_sortable(self, column: Column) -> bool:
        """Whether the list is offered in the order of this column."""
        return column.name in {order.field for order in self._pages.record.LISTING.orders}

    def _column(self, section: int) -> Column:
        return self._pages.columns[section]

    def _on_clicked(self, section: int) -> None:
        if self.is_sortable(self._column(section)):
            self.sort_asked.emit(self._column(section).name)

    def _paint_label(self, painter: QPainter, rect: QRect, column: Column, at_end: bool) -> None:
        sorted_by = column.name == self.order
        painter.setFont(theme.font("small", bold=sorted_by))
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.setPen(theme.color("text" if sorted_by else "text_muted"))
        arrow = theme.ICON_CHIP + ARROW_GAP if sorted_by else 0
        text = painter.fontMetrics().elidedText(column.label, Qt.TextElideMode.ElideRight, rect.width() - arrow)
        width = painter.fontMetrics().horizontalAdvance(text)
        x = rect.width() - width - arrow if at_end else 0
        painter.drawText(self._mirrored(rect, x, width), Qt.AlignmentFlag.AlignCenter, text)
        if sorted_by:
            place = self._mirrored(rect, x + width + ARROW_GAP, theme.ICON_CHIP)
            theme.paint_icon(painter, place, "arrow-down" if self.descending else "arrow-up", "text")

    def _mirrored(self, rect: QRect, x: int, width: int) -> QRect:
        box = QRect(rect.x() + x, rect.y(), width, rect.height())
        return QStyle.visualRect(self.layoutDirection(), rect, box)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        painter.save()
        painter.fillRect(rect, theme.color("surface"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line"))
        column = self._column(logicalIndex)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        # Numbers are on the right in either direction, and their names with them.
        self._paint_label(painter, padded(rect, mirrored), column, at_end=column.field.numeric and not mirrored)
        painter.restore()

    def mouseMoveEvent(self, e: QMouseEvent) -> None:
        section = self.logicalIndexAt(e.position().toPoint())
        sortable = section >= 0 and self.is_sortable(self._column(section))
        self.setCursor(Qt.CursorShape.PointingHandCursor if sortable else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(e)

    def paintEvent(self, e: QPaintEvent) -> None:
        paint_header(self.viewport())
        super().paintEvent(e)


class HeaderEnd(QWidget):
    """Beside the header, above the scroll bar."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(theme.TABLE_HEADER)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_header(self)


def paint_header(widget: QWidget) -> None:
    """What lies under the names of the columns."""
    painter = QPainter(widget)
    painter.fillRect(widget.rect(), theme.color("surface"))
    painter.fillRect(0, widget.height() - 1, widget.width(), 1, theme.color("line"))


def padded(cell: QRect, mirrored: bool) -> QRect:
    """The part of a cell that its words have."""
    return cell.adjusted(PAD_END, 0, -PAD_START, 0) if mirrored else cell.adjusted(PAD_START, 0, -PAD_END, 0)
