"""What the lists of a home hold, and how they are worked at: with arrows, Enter, the menu key and the mouse."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QListView, QWidget

from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import Status, waiting
from hmsdesk.views.kit.page_model import Index

ENTRY = Qt.ItemDataRole.UserRole
NOW = "now"


Say = Callable[[Row], str]
"""What is said of an appointment on its card."""


@dataclass(frozen=True)
class Entry:
    """One line or card, about `row`.

    lead: stands before the title. since: from when the chip counts minutes; status: the chip where nothing is counted.
    mark: an icon beside the chip. step: the word of the next step; "" where there is none. struck: it comes to nothing.
    more: what there is no room for on it, line by line.
    """

    key: Hashable
    title: str = ""
    detail: str = ""
    lead: str = ""
    since: datetime | None = None
    status: Status | None = None
    mark: str = ""
    step: str = ""
    struck: bool = False
    more: tuple[str, ...] = ()
    row: Row = field(default_factory=dict)


@dataclass
class Patience:
    """Since when is long: asked for each time something is painted. long, too_long: minutes."""

    now: Callable[[], datetime]
    long: int = 20
    too_long: int = 40

    def bounds(self) -> tuple[int, int]:
        """What long and too long mean now."""
        return self.long, self.too_long

    def minutes(self, entry: Entry) -> int:
        """How long it has been as it is."""
        return max(0, int((self.now() - entry.since).total_seconds() // 60)) if entry.since else 0

    def chip(self, entry: Entry) -> Status | None:
        """What the chip says now."""
        return waiting(self.minutes(entry), self.long, self.too_long) if entry.since else entry.status


class Entries(QAbstractListModel):
    """The entries of one list."""

    def __init__(self, patience: Patience, parent: QObject) -> None:
        super().__init__(parent)
        self.patience = patience
        self.rows: list[Entry] = []
        self._bounds = patience.bounds()

    def show(self, entries: Sequence[Entry]) -> bool:
        """Hold these from now on. Whether others than before, or in another order."""
        before, bounds = self.rows, self._bounds
        self._bounds = self.patience.bounds()
        if [one.key for one in entries] == [one.key for one in before]:
            self.rows = list(entries)
            # Most of what is heard from elsewhere changes none of them, and painting them all takes its time.
            for line, entry in enumerate(entries):
                if entry != before[line] or bounds != self._bounds:
                    self.dataChanged.emit(self.index(line), self.index(line))
            return False
        self.beginResetModel()
        self.rows = list(entries)
        self.endResetModel()
        return True

    def line_of(self, key: Hashable) -> int:
        """Where an entry stands; -1 where it doesn't."""
        return next((line for line, one in enumerate(self.rows) if one.key == key), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own)
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        # The line that is now is nothing to be chosen.
        return Qt.ItemFlag.NoItemFlags if index.isValid() and self.rows[index.row()].key == NOW else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self.rows[index.row()]
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{entry.title} {entry.detail}".strip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._said(entry)
        if role == Qt.ItemDataRole.ToolTipRole and entry.key != NOW:
            # A tool tip takes what looks like markup for markup.
            lines = (entry.title, entry.detail, *entry.more)
            return f"<span>{'<br>'.join(escape(line) for line in lines)}</span>"
        return None

    def _said(self, entry: Entry) -> str:
        """As a screen reader says it."""
        chip = self.patience.chip(entry)
        parts = [entry.lead, entry.title, entry.detail, chip.word if chip else ""]
        parts += [*entry.more, "vitals done" if entry.mark else "", f"Enter: {entry.step}" if entry.step else ""]
        return ", ".join(part for part in parts if part)


class EntryList(QListView):
    """A list of entries, of which at most one is chosen."""

    stepped = Signal(object)
    """Enter, or a click on the word: the next step of an entry."""
    opened = Signal(object)
    menu_asked = Signal(object, QPoint)
    sideways = Signal(int)
    """The arrow keys lead out of the list: 1 on, -1 back."""
    went_on = Signal()
    """Another key than Enter was pressed: what comes next is meant."""
    entered = Signal()
    """The keyboard came here."""
    picked = Signal(object)
    """An entry was chosen by the person, with a key or the mouse."""
    typed = Signal(object)
    """A letter or digit, as a scanner or a person types it."""
    lifted = Signal(object, QPoint)
    carried = Signal(QPoint)
    put_down = Signal(object, QPoint)
    let_go = Signal()

    def __init__(self, name: str, patience: Patience, *, carries: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.entries = Entries(patience, self)
        self.setModel(self.entries)
        self._carries = carries
        self._pressed: tuple[Entry, QPoint] | None = None
        self._lifted = self._has_stepped = False
        self._empty = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(self._on_double_click)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these; what was chosen stays so, and what was in sight as well."""
        chosen, seen = self.current(), self.verticalScrollBar().value()
        if self.entries.show(entries):
            line = self.entries.line_of(chosen.key) if chosen else -1
            if line >= 0:
                self.setCurrentIndex(self.entries.index(line))
            self.verticalScrollBar().setValue(seen)

    @property
    def empty(self) -> str:
        """What stands here where there are no entries."""
        return self._empty

    @empty.setter
    def empty(self, words: str) -> None:
        if words != self._empty:
            self._empty = words
            self.viewport().update()

    def current(self) -> Entry | None:
        """What is chosen."""
        index = self.currentIndex()
        return index.data(ENTRY) if index.isValid() else None

    def choose(self, line: int) -> None:
        """Choose the entry of a line, or the nearest there is."""
        if self.entries.rows:
            self.setCurrentIndex(self.entries.index(max(0, min(line, len(self.entries.rows) - 1))))

    def choose_none(self) -> None:
        """Choose nothing."""
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def repaint_times(self) -> None:
        """A minute has passed."""
        self.viewport().update()

    # Keys

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever clicks chooses what is clicked on; whoever comes by the keyboard begins at the first in sight."""
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self._choose_in_sight()
        super().focusInEvent(event)
        self.entered.emit()

    def _choose_in_sight(self) -> None:
        """Something is chosen, and the list stays where it was scrolled to."""
        if self.currentIndex().isValid():
            return
        lines = (self.entries.index(line) for line, entry in enumerate(self.entries.rows) if entry.key != NOW)
        first = next((index for index in lines if self.visualRect(index).top() >= 0), None)
        if first is not None:
            self.setCurrentIndex(first)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        on, back = (Qt.Key.Key_Left, Qt.Key.Key_Right) if mirrored else (Qt.Key.Key_Right, Qt.Key.Key_Left)
        current = self.current()
        if key not in _ENTER:
            self.went_on.emit()
        if key == Qt.Key.Key_Escape and self._lifted:
            self._end_carrying()
            self.let_go.emit()
        elif key in (on, back):
            self.sideways.emit(1 if key == on else -1)
        elif key in _ENTER and not event.modifiers() & ~_KEYPAD:
            # A key that is held down would take the next step of the next patient, and so on.
            if current is not None and not event.isAutoRepeat():
                self.stepped.emit(current)
        elif key == Qt.Key.Key_O and event.modifiers() == Qt.KeyboardModifier.ControlModifier and current:
            self.opened.emit(current)
        elif _is_typed(event):
            self.typed.emit(event)
            event.accept()
        else:
            super().keyPressEvent(event)
            if self.current() != current:
                self.picked.emit(self.current())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid() and index.data(ENTRY).key != NOW:
            at = self.visualRect(index).center() if by_key else event.pos()
            self.menu_asked.emit(index.data(ENTRY), self.viewport().mapToGlobal(at))

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        was = self.currentIndex()
        super().mousePressEvent(event)
        self._choose_in_sight()
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = (index.data(ENTRY), event.position().toPoint()) if left and index.isValid() else None
        self._was_chosen = index.isValid() and index == was
        self._has_stepped = False
        if index.isValid():
            self.picked.emit(self.current())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not self._carries:
            super().mouseMoveEvent(event)
            return
        entry, began = self._pressed
        at = event.globalPosition().toPoint()
        far = (event.position().toPoint() - began).manhattanLength() >= QApplication.startDragDistance()
        if self._lifted:
            self.carried.emit(at)
        elif far and entry.key != NOW:
            self._lifted = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.lifted.emit(entry, at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, lifted = self._pressed, self._lifted
        self._end_carrying()
        if lifted and pressed is not None:
            self.put_down.emit(pressed[0], event.globalPosition().toPoint())
            return
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        if pressed is not None and self._was_chosen and self.step_box(self.indexAt(at)).contains(at):
            self._has_stepped = True
            self.stepped.emit(pressed[0])

    def _on_double_click(self, index: Index) -> None:
        """Who presses the word twice in a hurry wants the step, and not the chart besides."""
        if not self._has_stepped:
            self.opened.emit(index.data(ENTRY))

    def _end_carrying(self) -> None:
        self._pressed, self._lifted = None, False
        self.unsetCursor()

    def step_box(self, index: Index) -> QRect:
        """Where the word of the next step stands, that one clicks on."""
        delegate: Any = self.itemDelegate()
        return delegate.step_box(self, index) if index.isValid() else QRect()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.entries.rows or not self._empty:
            return
        painter = QPainter(self.viewport())
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        room = self.viewport().rect().adjusted(theme.SPACE_8, theme.SPACE_12, -theme.SPACE_8, 0)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(room, int(flags), self._empty)


_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


def _is_typed(event: QKeyEvent) -> bool:
    return (
        bool(event.text())
        and event.text().isprintable()
        and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
    )


def has_keyboard(widget: QWidget) -> bool:
    """Whether the keyboard is in a widget."""
    focused = QApplication.focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))
