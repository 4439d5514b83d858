"""The table of a list: rows of one height, drawn by one delegate, led by the keyboard."""

from __future__ import annotations

import time
from collections.abc import Collection

from bson import ObjectId
from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHeaderView,
    QScrollBar,
    QStyle,
    QStyleOptionSlider,
    QTableView,
    QWidget,
)

from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.keys import tell_keys
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.table_header import Header, HeaderEnd

# How far a scroll bar's handle stands from its edges, and how round it is; as in the style sheet.
HANDLE = 3
CTRL = Qt.KeyboardModifier.ControlModifier


class EndBar(QScrollBar):
    """The scroll bar in a strip of its own, under which the rows go on; it stays where nothing is to be scrolled.

    Over the rows it would have all of them painted anew each time, instead of those that come into sight.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(Qt.Orientation.Vertical, table)
        self._table = table

    def _scrolls(self) -> bool:
        return self.maximum() > self.minimum()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface_raised"))
        selection, nowhere = self._table.selectionModel(), QModelIndex()
        first, last = self._table.visible_lines()
        for line in range(first, last + 1):
            row = QRect(0, self._table.rowViewportPosition(line), self.width(), theme.ROW)
            self._table.paint_ground(painter, row, line, selection.isRowSelected(line, nowhere))
        if self._scrolls():
            self._paint_handle(painter)

    def _paint_handle(self, painter: QPainter) -> None:
        """As the style sheet's of other scroll bars, which takes longer than the rows that come into sight."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_ScrollBar
        room = self.style().subControlRect(control, option, QStyle.SubControl.SC_ScrollBarSlider, self)
        pointed = self.isSliderDown() or room.contains(self.mapFromGlobal(self.cursor().pos()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("text_muted" if pointed else "line_strong"))
        painter.drawRoundedRect(room.adjusted(HANDLE, HANDLE, -HANDLE, -HANDLE), HANDLE, HANDLE)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and not self._scrolls():
            # Whoever clicks on the end of a row means the row.
            viewport = self._table.viewport()
            at = QPointF(0 if self.isRightToLeft() else viewport.width() - 1, event.position().y())
            buttons = event.button(), event.buttons(), event.modifiers()
            return QApplication.sendEvent(viewport, QMouseEvent(event.type(), at, event.globalPosition(), *buttons))
        return super().event(event)


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
        self.header = Header(pages, self)
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
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(EndBar(self))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().setSingleStep(theme.ROW)
        self.addScrollBarWidget(HeaderEnd(), Qt.AlignmentFlag.AlignTop)
        # All of it is painted below, so that what is scrolled needn't be painted again.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _connect(self) -> None:
        self.pages.landed.connect(self._on_landed)
        self.pages.about_to_shift.connect(self._on_about_to_shift)
        self.pages.shifted.connect(self._on_shifted)
        self.pages.modelReset.connect(self._on_reset)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        moving = (self.pages.modelReset, self.pages.rowsInserted, self.pages.rowsRemoved)
        for changed in (self.selectionModel().selectionChanged, *moving):
            changed.connect(self._repaint_ends)
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
        # The end of the last one lies beneath the scroll bar.
        strip = self.verticalScrollBar().sizeHint().width()
        room = self.viewport().width() + strip
        shown = list(fixed)
        while shown and room - sum(widths[n] for n in shown) < self.name_at_least:
            shown.pop()
        self._shown = sorted({*shown, stretching})
        widths[stretching] = max(room - sum(widths[n] for n in shown), 1)
        widths[self._shown[-1]] -= strip
        for n, width in enumerate(widths):
            self.setColumnHidden(n, n not in self._shown)
            self.setColumnWidth(n, width)

    def visible_lines(self) -> tuple[int, int]:
        """The first and the last line in sight."""
        first = max(self.rowAt(0), 0)
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= 0 else self.pages.rowCount() - 1

    # What the model says

    def _on_scrolled(self) -> None:
        self.pages.near(*self.visible_lines())
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
        self.pages.near(*self.visible_lines())

    def _on_about_to_shift(self) -> None:
        """Remember which row stands at the top, unless that is the beginning: new rows are welcome there."""
        self._anchor = None
        self._wanted = self._current
        at_beginning = self.verticalScrollBar().value() == 0 and self.pages.row_at(0) is not None
        if not at_beginning:
            first, last = self.visible_lines()
            line = next((n for n in range(first, last + 1) if self.pages.row_at(n) is not None), first)
            self._anchor = QPersistentModelIndex(self.pages.index(line, 0)), self.rowViewportPosition(line)

    def _on_shifted(self) -> None:
        self.updateGeometries()
        self._keep_current()
        self._keep_scroll()
        self._go_to_sought()
        self.selected.emit(self.current_row())
        self.pages.near(*self.visible_lines())

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

    def _on_current_changed(self, current: QModelIndex, former: QModelIndex) -> None:
        # Their lines go from end to end; the view itself has one cell of each painted.
        self._repaint_line(former.row())
        self._repaint_line(current.row())
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
            self._repaint_line(self.pointed_line)
            self._repaint_line(line)
            self.pointed_line = line

    def _repaint_line(self, line: int) -> None:
        if line >= 0:
            self.viewport().update(0, self.rowViewportPosition(line), self.viewport().width(), theme.ROW)
        self._repaint_ends()

    def _repaint_ends(self) -> None:
        self.verticalScrollBar().update()

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

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._point_at(QPoint(-1, -1))
        return super().viewportEvent(event)

    def paint_ground(self, painter: QPainter, rect: QRect, line: int, selected: bool) -> None:
        """Paint what lies under the words of a row, in any part of its width."""
        pointed = line == self.pointed_line and self.pages.row_at(line) is not None
        token = "accent_soft" if selected else "hover" if pointed else "surface_raised"
        painter.fillRect(rect, theme.color(token))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line"))
        if self.hasFocus() and line == self.currentIndex().row():
            for edge in (rect.y(), rect.bottom()):
                painter.fillRect(rect.x(), edge, rect.width(), 1, theme.color("accent"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("surface_raised"))
        painter.end()
        super().paintEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._repaint_ends()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._repaint_ends()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()
        self.pages.near(*self.visible_lines())
