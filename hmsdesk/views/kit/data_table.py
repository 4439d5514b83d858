"""A small table of figures that are all here already: what a chart shows, to be read and copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.own_order import in_order

Index = QModelIndex | QPersistentModelIndex
PAD = 10
FIRST, LEAST = 140, 84
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Figure:
    """One cell. flag: High, Low or empty; said as a word and by colour. struck: no longer valid."""

    words: str
    flag: str = ""
    struck: bool = False

    def told(self) -> str:
        """What stands in the cell."""
        return f"{self.words} {self.flag}".strip()


@dataclass(frozen=True)
class Figures:
    """Rows under their headings; the first column says when or what, the others are numbers, on the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Figure, ...], ...]


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.figures = Figures((), ())

    def show_figures(self, figures: Figures) -> None:
        self.beginResetModel()
        self.figures = figures
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.figures.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.figures.headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        figure = self.figures.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return figure.told() or "–"
        if role == Qt.ItemDataRole.FontRole:
            font = theme.font(bold=bool(figure.flag))
            font.setStrikeOut(figure.struck and bool(figure.words))
            return font
        if role == Qt.ItemDataRole.ForegroundRole:
            muted = figure.struck or not figure.words
            return theme.color("danger" if figure.flag else "text_muted" if muted else "text")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return in_order(self.figures.headings[section])
        return _side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _side(column: int) -> Qt.AlignmentFlag:
    """Numbers stand under each other on the right, in either direction."""
    if column == 0:
        return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
    return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter


class _Delegate(QStyledItemDelegate):
    """Paints like the lists do: the selected row softly, words at a distance from the edges, a line below each row."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("accent_soft"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line"))
        painter.setFont(index.data(Qt.ItemDataRole.FontRole))
        painter.setPen(index.data(Qt.ItemDataRole.ForegroundRole))
        words = str(index.data())
        room = rect.adjusted(PAD, 0, -PAD, 0)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width() + 2)
        painter.setLayoutDirection(option.direction)
        painter.drawText(room, int(index.data(Qt.ItemDataRole.TextAlignmentRole)), in_order(shown))
        painter.restore()


class DataTable(QTableView):
    """Led by the keyboard; Ctrl+C copies the selected rows, or all where none is selected; Enter opens."""

    opened = Signal(int)
    row_chosen = Signal(int)

    def __init__(self, name: str, *, chooses: bool = False) -> None:
        """chooses: something is done with the row one is at, which is always seen therefore."""
        super().__init__()
        self._chooses = chooses
        self._model = _Model()
        self.setModel(self._model)
        self.setAccessibleName(name)
        self.setItemDelegate(_Delegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.ROW)
        header = self.horizontalHeader()
        header.setFixedHeight(theme.TABLE_HEADER)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        self.selectionModel().currentRowChanged.connect(lambda now, _: self.row_chosen.emit(now.row()))
        theme.changed.connect(self.viewport().update)

    def show_figures(self, figures: Figures) -> None:
        """Show these in place of those before."""
        if figures == self._model.figures:
            return
        self._model.show_figures(figures)
        self._fit()

    def _fit(self) -> None:
        """Each column has room for its heading and its widest cell; what is left over is shared."""
        figures = self._model.figures
        metrics = QFontMetrics(theme.font("small"))
        least = [max(LEAST, metrics.horizontalAdvance(heading) + 2 * PAD + 6) for heading in figures.headings]
        least[:1] = [FIRST]
        wide = QFontMetrics(theme.font(bold=True))
        for n, cells in enumerate(zip(*figures.rows, strict=False)):
            longest = max({cell.told() for cell in cells}, key=len)
            least[n] = max(least[n], wide.horizontalAdvance(longest) + 2 * PAD)
        spare = max(0, self.viewport().width() - sum(least)) // max(1, len(least))
        for n, width in enumerate(least):
            self.horizontalHeader().resizeSection(n, width + spare)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def copy(self) -> None:
        """Put the selected rows, or all, with their headings into the clipboard, with tabs between the cells."""
        figures = self._model.figures
        chosen = sorted({index.row() for index in self.selectionModel().selectedRows()}) or range(len(figures.rows))
        lines = [figures.headings, *(tuple(one.told() for one in figures.rows[n]) for n in chosen)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._chooses and self.currentIndex().isValid() and not self.selectionModel().hasSelection():
            self.selectRow(self.currentIndex().row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in ENTER and not event.modifiers() and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
