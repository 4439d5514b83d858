"""A choice between a few words side by side."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QHBoxLayout, QSizePolicy

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.words import paint_line


class Segment(NamedTuple):
    """One of the words of a SegmentedControl."""

    key: str
    text: str
    icon: str = ""


class _SegmentButton(QAbstractButton):
    def __init__(self, segment: Segment, height: int, first: bool, last: bool) -> None:
        super().__init__()
        self.segment = segment
        self._first = first
        self._last = last
        self.setText(segment.text)
        self.setObjectName(f"segment-{segment.key}")
        self.setAccessibleName(segment.text)
        self.setCheckable(True)
        self.setFixedHeight(height)
        # The whole control has the keyboard: Tab would get lost among halves that take turns at being its stop.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.is_at = False
        """Whether the keyboard is here."""

    def _bold_width(self) -> int:
        return QFontMetrics(theme.font(bold=True)).horizontalAdvance(self.text())

    def _paint_ground(self, painter: QPainter) -> None:
        token = "accent_soft" if self.isChecked() else "hover" if self.underMouse() else "surface_raised"
        # The outer corners are round: a box that reaches beyond the inner end is cut off there.
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left, right = (self._last, self._first) if mirrored else (self._first, self._last)
        reach = 2 * theme.CORNER
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(token))
        box = self.rect().adjusted(0 if left else -reach, 0, 0 if right else reach, 0)
        painter.drawRoundedRect(box, theme.CORNER - 1, theme.CORNER - 1)
        if self.is_at:
            paint_box(painter, self.rect(), "", "accent", 2)

    def _paint_words(self, painter: QPainter) -> None:
        painter.setFont(theme.font(bold=self.isChecked()))
        width = painter.fontMetrics().horizontalAdvance(self.text())
        icon_width = theme.ICON_BUTTON + theme.SPACE_8 - 2 if self.segment.icon else 0
        x = (self.width() - width - icon_width) // 2
        token = "accent" if self.isChecked() else "text"
        if self.segment.icon:
            theme.paint_icon(painter, self._span(x, theme.ICON_BUTTON), self.segment.icon, token)
        painter.setPen(theme.color(token))
        paint_line(painter, self._span(x + icon_width, width), self.text(), self.layoutDirection())

    def _span(self, x: int, width: int) -> QRect:
        return placed(self, QRect(x, 0, width, self.height()))

    def sizeHint(self) -> QSize:
        icon_width = theme.ICON_BUTTON + theme.SPACE_8 - 2 if self.segment.icon else 0
        return QSize(self._bold_width() + icon_width + 2 * theme.SPACE_12, self.height())

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._paint_words(painter)


class SegmentedControl(QFrame):
    """A choice between a few words side by side: one stop for Tab, where the arrow keys choose."""

    chosen = Signal(str)

    def __init__(self, name: str, segments: Sequence[Segment], current: str, height: int = theme.CONTROL) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(1)
        self._buttons = [
            _SegmentButton(segment, height - 2, segment is segments[0], segment is segments[-1]) for segment in segments
        ]
        for button in self._buttons:
            self._group.addButton(button)
            row.addWidget(button)
        self.show_choice(current)
        self._group.buttonToggled.connect(self._on_toggled)

    def current(self) -> str:
        """The key of the chosen word."""
        button = self._group.checkedButton()
        assert isinstance(button, _SegmentButton)
        return button.segment.key

    def show_choice(self, key: str) -> None:
        """Mark a word as chosen without saying so; empty: none."""
        self._group.blockSignals(True)
        self._group.setExclusive(False)
        for button in self._buttons:
            button.setChecked(button.segment.key == key)
        self._group.setExclusive(True)
        self._group.blockSignals(False)
        self._show_place()

    def choose(self, key: str) -> None:
        """Choose a word as a person would."""
        for button in self._buttons:
            if button.segment.key == key:
                button.setChecked(True)

    def _on_toggled(self, button: _SegmentButton, checked: bool) -> None:
        if checked:
            self._show_place()
            self.chosen.emit(button.segment.key)

    def _place(self) -> int:
        """Where the keyboard is: at what is chosen, or else at the first word."""
        return next((n for n, button in enumerate(self._buttons) if button.isChecked()), 0)

    def _show_place(self) -> None:
        chosen = self._group.checkedButton()
        self.setAccessibleDescription(chosen.text() if chosen else "Nothing is chosen")
        for n, button in enumerate(self._buttons):
            button.is_at = self.hasFocus() and n == self._place()
            button.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_place()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show_place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        on, back = (Qt.Key.Key_Left, Qt.Key.Key_Right) if mirrored else (Qt.Key.Key_Right, Qt.Key.Key_Left)
        steps: dict[int, int] = {on: 1, Qt.Key.Key_Down: 1, back: -1, Qt.Key.Key_Up: -1}
        if event.key() in steps:
            is_open = self._group.checkedButton() is None
            place = 0 if is_open else (self._place() + steps[event.key()]) % len(self._buttons)
            self._buttons[place].setChecked(True)
        elif event.key() == Qt.Key.Key_Space:
            self._buttons[self._place()].setChecked(True)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "line", "line_strong")
