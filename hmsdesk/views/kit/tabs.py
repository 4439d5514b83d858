"""Tabs: words side by side over a page, the current one underlined, with how many there are behind each."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy, QTabBar

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.words import paint_line

HEIGHT = 36
GAP = 18
COUNT_GAP = 6
UNDERLINE = 3


class TabBar(QTabBar):
    """One stop for Tab, where the arrow keys choose."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)

    def add(self, key: str, title: str) -> None:
        """Add a tab at the end."""
        index = self.addTab(title)
        self.setTabData(index, {"key": key, "count": ""})

    def key(self) -> str:
        """The current tab's key."""
        return self._key(self.currentIndex())

    def _key(self, index: int) -> str:
        return str((self.tabData(index) or {}).get("key", ""))

    def go_to(self, key: str) -> None:
        """Make a tab the current one."""
        for index in range(self.count()):
            if self._key(index) == key:
                self.setCurrentIndex(index)

    def set_count(self, key: str, count: str) -> None:
        """Say how many there are behind a tab; 0 is not said."""
        for index in range(self.count()):
            if self._key(index) == key and self._count(index) != count:
                self.setTabData(index, {"key": key, "count": count})
                self.setAccessibleTabName(index, f"{self.tabText(index)} {count}".strip())
                # Its width depends on it.
                self.setTabText(index, self.tabText(index))
                self.update()

    def _count(self, index: int) -> str:
        return str((self.tabData(index) or {}).get("count", ""))

    def _widths(self, index: int) -> tuple[int, int]:
        words = QFontMetrics(theme.font(bold=True)).horizontalAdvance(self.tabText(index))
        count = self._count(index)
        return words, QFontMetrics(theme.font("small")).horizontalAdvance(count) + COUNT_GAP if count else 0

    def tabSizeHint(self, index: int) -> QSize:
        return QSize(sum(self._widths(index)) + GAP, HEIGHT)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def sizeHint(self) -> QSize:
        return QSize(sum(self.tabSizeHint(index).width() for index in range(self.count())), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        for index in range(self.count()):
            if self.isTabVisible(index):
                self._paint_tab(painter, index)

    def _paint_tab(self, painter: QPainter, index: int) -> None:
        box, current = self.tabRect(index), index == self.currentIndex()
        words, count = self._widths(index)

        def part(x: int, y: int, width: int, height: int) -> QRect:
            """Within the tab, mirrored where the window is."""
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                return QRect(box.right() + 1 - x - width, y, width, height)
            return QRect(box.x() + x, y, width, height)

        painter.setFont(theme.font(bold=current))
        painter.setPen(theme.color("accent" if current else "text"))
        paint_line(painter, part(0, 0, words + 2, HEIGHT - UNDERLINE), self.tabText(index), self.layoutDirection())
        if count:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text_muted"))
            own = words if current else QFontMetrics(theme.font()).horizontalAdvance(self.tabText(index))
            box_of_count = part(own + COUNT_GAP, 0, count, HEIGHT - UNDERLINE)
            paint_line(painter, box_of_count, self._count(index), self.layoutDirection())
        if current:
            painter.fillRect(part(0, HEIGHT - UNDERLINE, words + count, UNDERLINE), theme.color("accent"))
            if self.hasFocus():
                paint_box(painter, part(-4, 2, words + count + 8, HEIGHT - UNDERLINE - 3), "", "accent", 2)
