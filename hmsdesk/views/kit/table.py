"""The table of a list: rows of one height, drawn by one delegate, led by the keyboard."""

from __future__ import annotations

import time
from collections.abc import Collection

from bson import ObjectId
from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHeaderView,
    QScrollBar,
    QStyle,
    QTableView,
    QWidget,
)

from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.keys import tell_keys
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.values import Column

PAD_START = 12
PAD_END = 4
# Kept free for the scroll bar.
PAD_LAST = 16
ARROW_GAP = 4
CTRL = Qt.KeyboardModifier.ControlModifier


class Header(QHeaderView):
    """The names of the columns; those that the list can be sorted by can be clicked."""

    sort_asked = Signal(str)

    def __init__(self, table: Table) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
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
        return column.name in {order.field for order in self._table.listing.orders}

    def _column(self, section: int) -> Column:
        return self._table.pages.columns[section]

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
        end = PAD_LAST if self._table.is_last_column(logicalIndex) else PAD_END
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        room = rect.adjusted(end, 0, -PAD_START, 0) if mirrored else rect.adjusted(PAD_START, 0, -end, 0)
        # Numbers are on the right in either direction, and their names with them.
        self._paint_label(painter, room, column, at_end=column.field.numeric and not mirrored)
        painter.restore()

    def mouseMoveEvent(self, e: QMouseEvent) -> None:
        section = self.logicalIndexAt(e.position().toPoint())
        sortable = section >= 0 and self.is_sortable(self._column(section))
        self.setCursor(Qt.CursorShape.PointingHandCursor if sortable else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(e)

    def paintEvent(self, e: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.color("surface"))
        painter.fillRect(0, self.height() - 1, self.viewport().width(), 1, theme.color("line"))
        painter.end()
        super().paintEvent(e)


class OverlayBar(QScrollBar):
    """A scroll bar above the rows: the columns keep their places whether there is something to scroll or not."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, table)
        self._real = table.verticalScrollBar()
        self._area = QRect()
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._real.rangeChanged.connect(self._on_range)
        self._real.valueChanged.connect(self.setValue)
        self.valueChanged.connect(self._real.setValue)
        self._on_range(0, 0)

    def _on_range(self, least: int, most: int) -> None:
        self.setPageStep(self._real.pageStep())
        self.setSingleStep(self._real.singleStep())
        self.setRange(least, most)
        self.setValue(self._real.value())
        self.setVisible(most > least)

    def place(self, area: QRect) -> None:
        """Stand at the end of the area that is scrolled."""
        self._area = area
        width = self.sizeHint().width()
        left = area.x() if self.isRightToLeft() else area.right() + 1 - width
        self.setGeometry(left, area.y(), width, area.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # The table keeps its size when the direction is changed, and would not place it anew.
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.place(self._area)


class Table(QTableView):
    """Shows the rows of a PageModel; whoever makes it says what paints them.

    Enter or a double click opens; letters, Home and End jump; Ctrl+C copies.
    """

    name_at_least = 200
    """Columns at the end give way until the stretching one has this much, px."""
    opened = Signal(dict)
    selected = Signal(object)
    """The current row, or None; again when it was fetched anew."""
    missed = Signal(ObjectId)
    """What is sought is not among the rows that were fetched, and may be among the others."""

    def __init__(self, pages: PageModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages = pages
        self.listing = pages.record.LISTING
        self.header = Header(self)
        self.pointed_line = -1
        self._left_out: frozenset[str] = frozenset()
        self._shown = list(range(len(pages.columns)))
        self._typed = ""
        self._typed_at = 0.0
        self._anchor: tuple[QPersistentModelIndex, int] | None = None
        self._current: ObjectId | None = None
        self._wanted: ObjectId | None = None
        self._sought: ObjectId | None = None
        self._set_up()
        self.setModel(pages)
        self._connect()

    def tell_what_keys_do(self, *, opens: bool) -> None:
        """Say it where keys are told. opens: whether Enter opens a row."""
        opening = [("Enter", "Open what is chosen")] if opens else []
        tell_keys(
            self,
            (("↑", "↓"), "Move in the list"),
            *opening,
            (("Home", "End"), "First and last"),
            ("Letters", "Jump to what begins with them"),
            ("Ctrl+C", "Copy the row"),
        )

    def _set_up(self) -> None:
        self.setObjectName("table")
        self.setAccessibleName(f"List of {self.listing.plural}")
        self.tell_what_keys_do(opens=True)
        self.setHorizontalHeader(self.header)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.ROW)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(theme.ROW)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._overlay = OverlayBar(self)

    def _connect(self) -> None:
        self.pages.landed.connect(self._on_landed)
        self.pages.about_to_shift.connect(self._on_about_to_shift)
        self.pages.shifted.connect(self._on_shifted)
        self.pages.modelReset.connect(self._on_reset)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(self._open)
        theme.changed.connect(self.viewport().update)

    def current_row(self) -> Row | None:
        """The row the keyboard is on."""
        return self.pages.row_at(self.currentIndex().row())

    def seek(self, record: ObjectId) -> None:
        """Go to a record once it is among the rows; until another question is asked. `missed` where it is elsewhere."""
        self._sought = record

    def is_first_column(self, section: int) -> bool:
        """Whether no visible column stands before this one."""
        return section == min(self._visible_sections(), default=-1)

    def is_last_column(self, section: int) -> bool:
        """Whether no visible column follows this one."""
        return section == max(self._visible_sections(), default=-1)

    def _visible_sections(self) -> list[int]:
        return self._shown

    def leave_out(self, names: Collection[str]) -> None:
        """Show all columns but these, which say nothing now."""
        self._left_out = frozenset(names)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Give the stretching column what is left; columns at the end give way where that is too little."""
        widths = [column.width for column in self.pages.columns]
        stretching = widths.index(0) if 0 in widths else 0
        every = [n for n in range(len(widths)) if n != stretching]
        fixed = [n for n in every if self.pages.columns[n].name not in self._left_out]
        room = self.viewport().width()
        shown = list(fixed)
        while shown and room - sum(widths[n] for n in shown) < self.name_at_least:
            shown.pop()
        self._shown = sorted({*shown, stretching})
        for n in every:
            self.setColumnHidden(n, n not in shown)
            self.setColumnWidth(n, widths[n])
        self.setColumnWidth(stretching, max(room - sum(widths[n] for n in shown), 1))

    def _visible_lines(self) -> tuple[int, int]:
        first = max(self.rowAt(0), 0)
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= 0 else self.pages.rowCount() - 1

    # What the model says

    def _on_scrolled(self) -> None:
        self.pages.near(*self._visible_lines())
        self._point_at(self.viewport().mapFromGlobal(self.cursor().pos()))

    def _on_reset(self) -> None:
        self.updateGeometries()
        self._current = self._sought = None
        self.selected.emit(None)

    def _on_landed(self, line: int) -> None:
        index = self.pages.index(line, 0)
        at_end = line == self.pages.rowCount() - 1
        self.updateGeometries()
        self.stand_on(index)
        hint = QAbstractItemView.ScrollHint
        self.scrollTo(index, hint.PositionAtBottom if at_end else hint.PositionAtTop)
        self.pages.near(*self._visible_lines())

    def _on_about_to_shift(self) -> None:
        """Remember which row stands at the top, unless that is the beginning: new rows are welcome there."""
        self._anchor = None
        self._wanted = self._current
        at_beginning = self.verticalScrollBar().value() == 0 and self.pages.row_at(0) is not None
        if not at_beginning:
            first, last = self._visible_lines()
            line = next((n for n in range(first, last + 1) if self.pages.row_at(n) is not None), first)
            self._anchor = QPersistentModelIndex(self.pages.index(line, 0)), self.rowViewportPosition(line)

    def _on_shifted(self) -> None:
        self.updateGeometries()
        self._keep_current()
        self._keep_scroll()
        self._go_to_sought()
        self.selected.emit(self.current_row())
        self.pages.near(*self._visible_lines())

    def _keep_scroll(self) -> None:
        bar = self.verticalScrollBar()
        if self._anchor is None:
            bar.setValue(0)
        elif self._anchor[0].isValid():
            index, position = self._anchor
            bar.setValue(bar.value() + self.rowViewportPosition(index.row()) - position)

    def stand_on(self, index: QModelIndex) -> None:
        """Go to a row by oneself: by the view's own way a key still held (Ctrl of Ctrl+Enter) would add it instead."""
        only = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, only)

    def _keep_current(self) -> None:
        """A row that moved within the list stays the selected one."""
        row = self.current_row()
        if self._wanted is not None and (row is None or row["_id"] != self._wanted):
            line = self.pages.line_of(self._wanted)
            if line >= 0:
                self.stand_on(self.pages.index(line, 0))

    def _go_to_sought(self) -> None:
        line = self.pages.line_of(self._sought) if self._sought is not None else -1
        if line >= 0:
            self._sought = None
            self.stand_on(self.pages.index(line, 0))
        elif self._sought is not None and not self.pages.complete():
            record, self._sought = self._sought, None
            self.missed.emit(record)

    def _on_current_changed(self) -> None:
        row = self.current_row()
        self._current = row["_id"] if row else None
        self.selected.emit(row)

    # What the person does

    def _open(self) -> None:
        row = self.current_row()
        if row is not None:
            self.opened.emit(row)

    def copy(self) -> None:
        """Put the selected rows into the clipboard, with tabs between the cells."""
        lines = sorted({index.row() for index in self.selectionModel().selectedRows()})
        rows = [row for row in map(self.pages.row_at, lines) if row is not None]
        shown = [self.pages.columns[n] for n in self._visible_sections()]
        text = "\n".join("\t".join(column.text(row) for column in shown) for row in rows)
        QGuiApplication.clipboard().setText(text)

    def _point_at(self, position: QPoint) -> None:
        inside = self.viewport().rect().contains(position) and self.viewport().underMouse()
        line = self.rowAt(position.y()) if inside else -1
        if line != self.pointed_line:
            self.pointed_line = line
            self.viewport().update()

    def keyboardSearch(self, search: str) -> None:
        now = time.monotonic()
        together = now - self._typed_at < QApplication.keyboardInputInterval() / 1000
        self._typed = self._typed + search if together else search
        self._typed_at = now
        if self._typed.strip():
            self.pages.jump(self._typed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & CTRL:
            self._open()
        elif event.key() == Qt.Key.Key_Home:
            self.pages.to_start()
        elif event.key() == Qt.Key.Key_End:
            self.pages.to_end()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position().toPoint())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(QPoint(-1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()
        self._overlay.place(self.viewport().geometry())
        self.pages.near(*self._visible_lines())
