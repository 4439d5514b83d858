"""A choice of a few ways to go, each with a sentence that explains it. The arrow keys move it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.words import paint_line

LINE = 18
MARK = 16


@dataclass(frozen=True)
class Choice:
    """One way: its key, its name, what it means, and an icon."""

    key: str
    title: str
    text: str
    icon: str


class _Card(QAbstractButton):
    def __init__(self, choice: Choice, width: int) -> None:
        super().__init__()
        self.choice = choice
        self.setObjectName(f"choice-{choice.key}")
        self.setText(choice.title)
        self.setAccessibleName(choice.title)
        self.setAccessibleDescription(choice.text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._width = width

    def _text_room(self) -> QRect:
        """Where the explanation stands, left to right."""
        start = theme.SPACE_12 + theme.ICON + theme.SPACE_12
        end = theme.SPACE_12 + MARK + theme.SPACE_12
        return QRect(start, theme.SPACE_12 + LINE + 2, self._width - start - end, 0)

    def _text_height(self) -> int:
        room = self._text_room()
        flags = Qt.TextFlag.TextWordWrap
        box = QFontMetrics(theme.font("small")).boundingRect(0, 0, room.width(), 1000, flags, self.choice.text)
        return box.height()

    def _paint_ground(self, painter: QPainter) -> None:
        on = self.isChecked()
        ground = "accent_soft" if on else "hover" if self.underMouse() and self.isEnabled() else "surface_raised"
        border = "accent" if on or self.hasFocus() else "line_strong"
        paint_box(painter, self.rect(), ground, border, 2 if self.hasFocus() else 1)

    def _paint_mark(self, painter: QPainter) -> None:
        """The ring of a radio button: a form beside the colour."""
        box = placed(self, QRect(self.width() - theme.SPACE_12 - MARK, theme.SPACE_12 + 1, MARK, MARK))
        icon = "radiobox-marked" if self.isChecked() else "radiobox-blank"
        theme.paint_icon(painter, box, icon, "accent" if self.isChecked() else "text_muted")

    def _paint_words(self, painter: QPainter) -> None:
        icon = placed(self, QRect(theme.SPACE_12, theme.SPACE_12, theme.ICON, theme.ICON))
        theme.paint_icon(painter, icon, self.choice.icon, "accent" if self.isChecked() else "text_muted")
        room = self._text_room()
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(bold=True))
        title = QRect(room.x(), theme.SPACE_12, room.width(), LINE)
        paint_line(painter, placed(self, title), self.choice.title, self.layoutDirection())
        painter.setPen(theme.color("text_muted"))
        painter.setFont(theme.font("small"))
        text = QRect(room.x(), room.y(), room.width(), self._text_height())
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        flags = int(Qt.TextFlag.TextWordWrap) | int(side) | int(Qt.AlignmentFlag.AlignAbsolute)
        painter.drawText(placed(self, text), flags, self.choice.text)

    def sizeHint(self) -> QSize:
        return QSize(self._width, theme.SPACE_12 + LINE + 2 + self._text_height() + theme.SPACE_12)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._paint_mark(painter)
        self._paint_words(painter)


class ChoiceCards(QWidget):
    """One card a way, one of them chosen."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[Choice], current: str, width: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        for choice in choices:
            card = _Card(choice, width)
            card.setChecked(choice.key == current)
            self._group.addButton(card)
            column.addWidget(card)
        self._group.buttonToggled.connect(self._on_toggled)
        self.setFocusProxy(self._card(current))

    def current(self) -> str:
        """The key of the way that is chosen."""
        card = self._group.checkedButton()
        assert isinstance(card, _Card)
        return card.choice.key

    def choose(self, key: str) -> None:
        """Choose a way as a person would."""
        self._card(key).setChecked(True)

    def set_possible(self, key: str, possible: bool) -> None:
        """Whether a way can be chosen at all; one that can't isn't shown."""
        self._card(key).setVisible(possible)

    def _card(self, key: str) -> _Card:
        cards = [card for card in self._group.buttons() if isinstance(card, _Card)]
        return next(card for card in cards if card.choice.key == key)

    def _on_toggled(self, card: QAbstractButton, checked: bool) -> None:
        if checked and isinstance(card, _Card):
            self.setFocusProxy(card)
            self.chosen.emit(card.choice.key)
