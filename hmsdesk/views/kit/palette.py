"""The palette of Ctrl+K: patients, pages, drafts and actions, found while typing and chosen with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.errors import UserError
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.words import Label, paint_line

WIDTH = 560
TOP = 64
PAUSE_MS = 120
ROWS_SHOWN = 10
# What is named in the field that opens it has to fit there.
MOST_NAMED = 4
HEADING_HEIGHT = 28
ENTRY_HEIGHT = 36

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Entry:
    """One thing that can be chosen, and what choosing it does."""

    title: str
    subtitle: str
    icon: str
    action: Callable[[], object]


@dataclass(frozen=True)
class Source:
    """Where entries come from. remote: its `find` asks the server, and is called off the window's thread."""

    heading: str
    find: Callable[[str], Sequence[Entry]]
    remote: bool = False


class _Found(QAbstractListModel):
    """Headings (plain words) and entries, in the order of the sources."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[str | Entry] = []

    def show(self, rows: list[str | Entry]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, index: _Index) -> str | Entry:
        return self._rows[index.row()]

    def step(self, row: int, by: int) -> int:
        """The next entry from a row on, past headings; the row itself where there is none."""
        n = row + by
        while 0 <= n < len(self._rows):
            if isinstance(self._rows[n], Entry):
                return n
            n += by
        return row

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.row(index)
        return f"{row.title} {row.subtitle}".strip() if isinstance(row, Entry) else row

    def flags(self, index: _Index) -> Qt.ItemFlag:
        chosen = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return chosen if isinstance(self.row(index), Entry) else Qt.ItemFlag.NoItemFlags


class _Rows(QStyledItemDelegate):
    def _paint_heading(self, painter: QPainter, box: QRect, heading: str, direction: Qt.LayoutDirection) -> None:
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, box.adjusted(theme.SPACE_8, 4, -theme.SPACE_8, 0), heading, direction)

    def _paint_entry(self, painter: QPainter, option: QStyleOptionViewItem, entry: Entry) -> None:
        box = option.rect
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft

        def placed(x: int, width: int) -> QRect:
            start = box.right() + 1 - x - width if mirrored else box.x() + x
            return QRect(start, box.y(), width, box.height())

        if option.state & QStyle.StateFlag.State_Selected:
            paint_box(painter, box, "accent_soft", "")
        theme.paint_icon(painter, placed(theme.SPACE_8, theme.ICON), entry.icon, "text_muted")
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        wanted = painter.fontMetrics().horizontalAdvance(entry.title) + 2
        width = min(wanted, box.width() - 36 - theme.SPACE_12)
        paint_line(painter, placed(36, width), entry.title, option.direction)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        start = 36 + width + theme.SPACE_8
        rest = placed(start, max(0, box.width() - start - theme.SPACE_12))
        paint_line(painter, rest, entry.subtitle, option.direction)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        model = index.model()
        assert isinstance(model, _Found)
        return QSize(0, ENTRY_HEIGHT if isinstance(model.row(index), Entry) else HEADING_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, _Found)
        row = model.row(index)
        painter.save()
        if isinstance(row, Entry):
            self._paint_entry(painter, option, row)
        else:
            self._paint_heading(painter, option.rect, row, option.direction)
        painter.restore()


def search_words(sources: Sequence[Source]) -> str:
    """What can be searched: Search patients, pages and actions."""
    headings = [source.heading.lower() for source in sources]
    *others, last = headings if len(headings) <= MOST_NAMED else [*headings[:2], "more"]
    return f"Search {', '.join(others)} and {last}" if others else f"Search {last}"


class Palette(QDialog):
    """A field and below it what was found; ↑ ↓ move, Enter opens, Esc closes."""

    def __init__(self, parent: QWidget, sources: Sequence[Source], typed: str = "") -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._sources = list(sources)
        self._found: list[Sequence[Entry]] = [()] * len(self._sources)
        self._asked: list[tasks.Task] = []
        self._unanswered = 0
        self._problem = ""
        # The person went to a row; until then the first one is chosen.
        self._moved = False
        self._model = _Found()
        self._lay_out()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask_remote)
        self.field.textChanged.connect(self._on_typed)
        self._place(parent)
        self.field.setText(typed)
        if not typed:
            self._on_typed("")

    def _lay_out(self) -> None:
        self.field = QLineEdit()
        self.field.setObjectName("paletteField")
        words = search_words(self._sources)
        self.field.setAccessibleName(words)
        self.field.setPlaceholderText(words)
        self.field.setProperty("tall", True)
        self.field.setProperty("icons", True)
        self.field.addAction(theme.icon("magnify", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.list = QListView()
        self.list.setObjectName("paletteList")
        self.list.setAccessibleName("Found")
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.entered.connect(self._on_pointed)
        self.list.clicked.connect(self._on_clicked)
        self._note = Label(muted=True, size="small")
        self._note.setObjectName("paletteNote")
        card = QFrame()
        card.setObjectName("paletteCard")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)
        column = QVBoxLayout(card)
        column.setContentsMargins(*(theme.SPACE_12,) * 4)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._note, 1)
        row.addWidget(Label("↑ ↓ move   Enter open   Esc close", muted=True, size="small"))
        return row

    def _place(self, parent: QWidget) -> None:
        window = parent.window()
        width = min(WIDTH, window.width() - 2 * theme.SPACE_16)
        self.setFixedWidth(width)
        self.move(window.mapToGlobal(QPoint((window.width() - width) // 2, TOP)))

    def _on_typed(self, words: str) -> None:
        for task in self._asked:
            task.cancel()
        self._asked.clear()
        self._unanswered = 0
        self._problem = ""
        self._moved = False
        for n, source in enumerate(self._sources):
            self._found[n] = () if source.remote else source.find(words.strip())
        if words.strip() and any(source.remote for source in self._sources):
            self._pause.start()
        else:
            self._pause.stop()
        self._show()

    def _ask_remote(self) -> None:
        words = self.field.text().strip()
        for n, source in enumerate(self._sources):
            if source.remote:
                task = tasks.run(self, partial(source.find, words), partial(self._on_found, n), self._on_failed)
                self._asked.append(task)
        self._unanswered = len(self._asked)
        self._show()

    def _on_found(self, source: int, entries: Sequence[Entry]) -> None:
        self._found[source] = entries
        self._unanswered -= 1
        self._show()

    def _on_failed(self, problem: Exception) -> None:
        self._problem = problem.title if isinstance(problem, UserError) else "Part of the search failed."
        self._unanswered -= 1
        self._show()

    def _show(self) -> None:
        """Show what there is: the first entry is chosen, or the one the person went to, if it is still there."""
        before = self.chosen() if self._moved else None
        rows: list[str | Entry] = []
        for source, entries in zip(self._sources, self._found, strict=True):
            rows += [source.heading, *entries] if entries else []
        self._model.show(rows)
        kept = next((n for n, row in enumerate(rows) if row is before), None)
        self._choose(self._model.step(-1, 1) if kept is None else kept)
        self._say(bool(rows))
        height = sum(ENTRY_HEIGHT if isinstance(row, Entry) else HEADING_HEIGHT for row in rows)
        self.list.setFixedHeight(min(height, ROWS_SHOWN * ENTRY_HEIGHT))
        self.adjustSize()

    def _say(self, anything: bool) -> None:
        searching = self._unanswered > 0 or self._pause.isActive()
        nothing = "" if anything or not self.field.text().strip() else "Nothing found"
        self._note.setText(self._problem or ("Searching…" if searching else nothing))

    def chosen(self) -> Entry | None:
        """The entry that Enter would open."""
        index = self.list.currentIndex()
        row = self._model.row(index) if index.isValid() else None
        return row if isinstance(row, Entry) else None

    def _choose(self, row: int) -> None:
        if row >= 0:
            self.list.setCurrentIndex(self._model.index(row))

    def _on_pointed(self, index: QModelIndex) -> None:
        if isinstance(self._model.row(index), Entry):
            self._moved = True
            self.list.setCurrentIndex(index)

    def _on_clicked(self, index: QModelIndex) -> None:
        # Qt emits `clicked` for headings as well.
        if isinstance(self._model.row(index), Entry):
            self.list.setCurrentIndex(index)
            self._open_chosen()

    def _open_chosen(self) -> None:
        entry = self.chosen()
        if entry:
            self.accept()
            entry.action()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Qt gives a popup's fields no focus by itself.
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Without a compositor a translucent window would have black corners: these are cut off.
        card = QPainterPath()
        card.addRoundedRect(QRectF(self.rect()), theme.CORNER, theme.CORNER)
        self.setMask(QRegion(card.toFillPolygon().toPolygon()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            by = 1 if key == Qt.Key.Key_Down else -1
            self._moved = True
            self._choose(self._model.step(self.list.currentIndex().row(), by))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open_chosen()
        else:
            super().keyPressEvent(event)
