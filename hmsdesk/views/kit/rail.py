"""The rail: the pages of the role that is signed in, grouped by its work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.words import Label, paint_line

EDGE = 8
BAR = QRect(0, 6, 3, 20)
ICON_X = 17
WORD_X = 44
COUNT_END = 17


@dataclass(frozen=True)
class NavItem:
    """One page of the rail: the module it opens, its word and its icon."""

    module: str
    word: str
    icon: str


@dataclass(frozen=True)
class NavGroup:
    """Pages that belong to the same work, under a heading."""

    heading: str
    items: Sequence[NavItem]


class RailItem(QAbstractButton):
    """Icon, word and count; the current one has a bar at the window's edge."""

    def __init__(self, item: NavItem) -> None:
        super().__init__()
        self.item = item
        self.count = 0
        self.current = False
        self.setText(item.word)
        self.setObjectName(f"rail-{item.module}")
        self.setFixedHeight(theme.CONTROL)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._name()

    def set_count(self, count: int) -> None:
        """How many things wait there; 0 shows nothing."""
        self.count = count
        self._name()
        self.update()

    def set_current(self, current: bool) -> None:
        """Mark it as the page one is on."""
        self.current = current
        self._name()
        self.update()

    def _name(self) -> None:
        waiting = f", {self.count}" if self.count else ""
        self.setAccessibleName(f"{self.item.word}{waiting}")
        self.setAccessibleDescription("Current page" if self.current else "")

    def _placed(self, box: QRect) -> QRect:
        if self.layoutDirection() == Qt.LayoutDirection.LeftToRight:
            return box
        return QRect(self.width() - box.x() - box.width(), box.y(), box.width(), box.height())

    def _paint_ground(self, painter: QPainter) -> None:
        ground = "accent_soft" if self.current else "hover" if self.underMouse() else ""
        # One pixel of the rail's width is its border.
        box = self._placed(QRect(EDGE, 0, self.width() - 2 * EDGE, self.height()))
        paint_box(painter, box, ground, "")
        if self.hasFocus():
            paint_box(painter, box, "", "accent", 2)
        if self.current:
            painter.fillRect(self._placed(BAR), theme.color("accent"))

    def _paint_count(self, painter: QPainter) -> int:
        if not self.count:
            return COUNT_END
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        words = str(self.count)
        width = painter.fontMetrics().horizontalAdvance(words)
        box = QRect(self.width() - COUNT_END - width, 0, width + 1, self.height())
        painter.drawText(self._placed(box), Qt.AlignmentFlag.AlignCenter, words)
        return COUNT_END + width + theme.SPACE_4

    def sizeHint(self) -> QSize:
        return QSize(theme.RAIL - 1, theme.CONTROL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif key == Qt.Key.Key_Down:
            self.focusNextChild()
        elif key == Qt.Key.Key_Up:
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        icon = self._placed(QRect(ICON_X, 0, theme.ICON, self.height()))
        theme.paint_icon(painter, icon, self.item.icon, "accent" if self.current else "text_muted")
        end = self._paint_count(painter)
        painter.setFont(theme.font(bold=self.current))
        painter.setPen(theme.color("accent" if self.current else "text"))
        room = self.width() - WORD_X - end
        paint_line(painter, self._placed(QRect(WORD_X, 0, room, self.height())), self.text(), self.layoutDirection())


class _Emergency(QAbstractButton):
    def __init__(self) -> None:
        super().__init__()
        self.setText("Emergency")
        self.setObjectName("rail-emergency")
        self.setAccessibleName("Emergency")
        self.setFixedHeight(theme.CONTROL_TALL)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "danger_soft" if self.underMouse() else "surface_raised", "danger")
        if self.hasFocus():
            paint_box(painter, self.rect(), "", "accent", 2)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        icon = QRect(10, 0, theme.ICON, self.height())
        words = self.rect().adjusted(37, 0, -theme.SPACE_8, 0)
        if mirrored:
            icon.moveRight(self.width() - 11)
            words = self.rect().adjusted(theme.SPACE_8, 0, -37, 0)
        theme.paint_icon(painter, icon, "alarm-light-outline", "danger")
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("danger"))
        paint_line(painter, words, self.text(), self.layoutDirection())


class Rail(QWidget):
    """All pages of a role; it scrolls where the window is low."""

    chosen = Signal(str)

    def __init__(self, groups: Sequence[NavGroup]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName("Pages")
        self.setFixedWidth(theme.RAIL)
        self._items: dict[str, RailItem] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._scrolling(groups), 1)

    def _scrolling(self, groups: Sequence[NavGroup]) -> QScrollArea:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 5, 0, theme.SPACE_8)
        column.setSpacing(2)
        for group in groups:
            heading = Label(group.heading, muted=True, size="small")
            heading.setContentsMargins(theme.SPACE_16, 10, theme.SPACE_16, 3)
            heading.setFixedHeight(30)
            column.addWidget(heading)
            for item in group.items:
                column.addWidget(self._item(item))
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        # A scroll area fills its page with the window's colour unless told not to.
        page.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        return area

    def _item(self, item: NavItem) -> RailItem:
        button = RailItem(item)
        button.clicked.connect(lambda: self.chosen.emit(item.module))
        self._items[item.module] = button
        return button

    def set_current(self, module: str) -> None:
        """Mark the module one is in; none where the rail doesn't have it."""
        for name, item in self._items.items():
            item.set_current(name == module)

    def set_count(self, module: str, count: int) -> None:
        """How many things wait in a module."""
        self._items[module].set_count(count)

    def set_emergency(self, action: Callable[[], object]) -> None:
        """Offer, always in view at the foot, what is done in an emergency."""
        button = _Emergency()
        button.clicked.connect(lambda _: action())
        foot = QVBoxLayout()
        foot.setContentsMargins(*(theme.SPACE_8,) * 4)
        foot.addWidget(button)
        self._column.addLayout(foot)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface_raised"))
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.fillRect(0 if mirrored else self.width() - 1, 0, 1, self.height(), theme.color("line"))
