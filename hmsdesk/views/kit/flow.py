"""A layout that fills line after line, as words in a paragraph."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem

from hmsdesk.views.kit import theme


class FlowLayout(QLayout):
    """Widgets of their own sizes, from the start of a line to its end, in the direction one reads."""

    def __init__(self, gap: int = theme.SPACE_4) -> None:
        super().__init__()
        self._gap = gap
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def _arrange(self, room: QRect, place: bool) -> int:
        x, y, line = 0, 0, 0
        for item in self._items:
            wanted = item.sizeHint()
            # What is wider than a line is cut off there, if it can be.
            size = QSize(max(min(wanted.width(), room.width()), item.minimumSize().width()), wanted.height())
            if x and x + size.width() > room.width():
                x, y, line = 0, y + line + self._gap, 0
            if place:
                item.setGeometry(QRect(self._corner(room, x, y, size), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line

    def _corner(self, room: QRect, x: int, y: int, size: QSize) -> QPoint:
        parent = self.parentWidget()
        mirrored = parent is not None and parent.isRightToLeft()
        return QPoint(room.right() + 1 - x - size.width() if mirrored else room.x() + x, room.y() + y)

    def addItem(self, arg__1: QLayoutItem) -> None:
        self._items.append(arg__1)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, arg__1: int) -> int:
        return self._arrange(QRect(0, 0, arg__1, 0), place=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, arg__1: QRect) -> None:
        super().setGeometry(arg__1)
        self._arrange(arg__1, place=True)
