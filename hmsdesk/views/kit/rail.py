"""The rail: the pages of the role that is signed in, grouped by its work."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import Label, paint_line

EDGE = 8
HEADING = 28
BAR = QRect(0, 6, 3, 20)
ICON_X = 17
WORD_X = 44
WORD_END = 17


@dataclass(frozen=True)
class NavItem:
    """One page of the rail: the module it opens, its word and its icon. also: modules that are reached from it."""

    module: str
    word: str
    icon: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class NavGroup:
    """Pages that belong to the same work, under a heading. folded: they are shown when the heading is pressed."""

    heading: str
    items: Sequence[NavItem]
    folded: bool = False


class _RailButton(QAbstractButton):
    """What the keyboard goes through from top to bottom."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setText(words)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

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


class RailHeading(_RailButton):
    """The heading of pages that are not needed every day: pressed, it shows or hides them."""

    def __init__(self, words: str, pages: Sequence[QWidget]) -> None:
        super().__init__(words)
        self.setObjectName(f"fold-{words}")
        self.setCheckable(True)
        self.setFixedHeight(HEADING)
        self._pages = pages
        self.toggled.connect(self._on_toggled)
        self._on_toggled(False)

    def _on_toggled(self, unfolded: bool) -> None:
        for page in self._pages:
            page.setVisible(unfolded)
        self.setAccessibleDescription("Its pages are shown" if unfolded else "Its pages are hidden")

    def sizeHint(self) -> QSize:
        return QSize(theme.RAIL - 1, HEADING)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        box = placed(self, QRect(EDGE, 2, self.width() - 2 * EDGE, self.height() - 2))
        if self.underMouse():
            paint_box(painter, box, "hover", "")
        if self.hasFocus():
            paint_box(painter, box, "", "accent", 2)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        room = QRect(theme.SPACE_16, 5, self.width() - WORD_X - theme.SPACE_16, self.height() - 5)
        paint_line(painter, placed(self, room), self.text(), self.layoutDirection())
        icon = QRect(self.width() - WORD_END - theme.ICON_CHIP, 5, theme.ICON_CHIP, self.height() - 5)
        chevron = "chevron-down" if self.isChecked() else theme.forward_icon()
        theme.paint_icon(painter, placed(self, icon), chevron, "text_muted")


class RailItem(_RailButton):
    """Icon and word; the current one has a bar at the window's edge."""

    def __init__(self, item: NavItem) -> None:
        super().__init__(item.word)
        self.item = item
        self.current = False
        self.number = 0
        self.setObjectName(f"rail-{item.module}")
        self.setFixedHeight(theme.CONTROL)
        self._name()

    def set_current(self, current: bool) -> None:
        """Mark it as the page one is on."""
        if current != self.current:
            self.current = current
            self._name()
            self.update()

    def set_number(self, number: int) -> None:
        """How much waits there; nothing is said of none."""
        if number != self.number:
            self.number = number
            self._name()
            self.update()

    def _name(self) -> None:
        self.setAccessibleName(f"{self.item.word}, {self.number}" if self.number else self.item.word)
        self.setAccessibleDescription("Current page" if self.current else "")

    def _paint_ground(self, painter: QPainter) -> None:
        ground = "accent_soft" if self.current else "hover" if self.underMouse() else ""
        # One pixel of the rail's width is its border.
        box = placed(self, QRect(EDGE, 0, self.width() - 2 * EDGE, self.height()))
        paint_box(painter, box, ground, "")
        if self.hasFocus():
            paint_box(painter, box, "", "accent", 2)
        if self.current:
            painter.fillRect(placed(self, BAR), theme.color("accent"))

    def sizeHint(self) -> QSize:
        return QSize(theme.RAIL - 1, theme.CONTROL)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        icon = placed(self, QRect(ICON_X, 0, theme.ICON, self.height()))
        theme.paint_icon(painter, icon, self.item.icon, "accent" if self.current else "text_muted")
        painter.setFont(theme.font(bold=self.current))
        painter.setPen(theme.color("accent" if self.current else "text"))
        number = f"{self.number:,}" if self.number else ""
        end = painter.fontMetrics().horizontalAdvance(number) + 1 if number else 0
        room = self.width() - WORD_X - (WORD_END + end if number else EDGE)
        paint_line(painter, placed(self, QRect(WORD_X, 0, room, self.height())), self.text(), self.layoutDirection())
        painter.setPen(theme.color("text_muted"))
        box = QRect(self.width() - WORD_END - end, 0, end, self.height())
        paint_line(painter, placed(self, box), number, self.layoutDirection())


class Rail(QWidget):
    """All pages of a role; it scrolls where the window is low."""

    chosen = Signal(str)

    def __init__(self, groups: Sequence[NavGroup]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName("Pages")
        self.setFixedWidth(theme.RAIL)
        self._items: dict[str, RailItem] = {}
        self._folds: dict[str, RailHeading] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scrolling(groups))

    def _scrolling(self, groups: Sequence[NavGroup]) -> Scroll:
        page = QWidget()
        column = QVBoxLayout(page)
        # All pages of an administrator are seen at once in a window 768 pixels high, also above the system's bar.
        column.setContentsMargins(0, 9, 0, 4)
        column.setSpacing(0)
        for group in groups:
            items = [self._item(item) for item in group.items]
            column.addWidget(self._heading(group, items))
            for item in items:
                column.addWidget(item)
        column.addStretch()
        area = Scroll(page)
        area.viewport().setAutoFillBackground(False)
        return area

    def _heading(self, group: NavGroup, items: Sequence[RailItem]) -> QWidget:
        if group.folded:
            fold = RailHeading(group.heading, items)
            self._folds.update({item.item.module: fold for item in items})
            return fold
        heading = Label(group.heading, muted=True, size="small")
        heading.setContentsMargins(theme.SPACE_16, 9, theme.SPACE_16, 2)
        heading.setFixedHeight(HEADING)
        return heading

    def _item(self, item: NavItem) -> RailItem:
        button = RailItem(item)
        button.clicked.connect(lambda: self.chosen.emit(item.module))
        self._items[item.module] = button
        return button

    def set_number(self, module: str, number: int) -> None:
        """Say how much waits in a module."""
        if module in self._items:
            self._items[module].set_number(number)

    def set_current(self, module: str) -> None:
        """Mark the module one is in; none where the rail doesn't have it."""
        for name, button in self._items.items():
            button.set_current(module in (name, *button.item.also))
            if button.current and name in self._folds:
                # Where one is must be seen, however one came there.
                self._folds[name].setChecked(True)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface_raised"))
        painter.fillRect(placed(self, QRect(self.width() - 1, 0, 1, self.height())), theme.color("line"))
