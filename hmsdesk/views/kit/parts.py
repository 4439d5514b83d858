"""The small parts that pages are put together from: one place to import them from."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import (
    Button,
    FilterChip,
    danger,
    link,
    normal,
    paint_box,
    primary,
    quiet,
)
from hmsdesk.views.kit.chips import SOFT, WORDS, Status, Tone
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.words import IconLine, Label, paint_line

__all__ = [
    "Button",
    "Chip",
    "FilterChip",
    "IconLine",
    "KeyCap",
    "Label",
    "Panel",
    "Segment",
    "SegmentedControl",
    "StateView",
    "chip_size",
    "danger",
    "link",
    "normal",
    "paint_box",
    "paint_chip",
    "paint_line",
    "primary",
    "quiet",
]

CHIP_START = 5
CHIP_GAP = 4
CHIP_END = 6


def chip_size(text: str, icon: str) -> QSize:
    """How much room a chip takes."""
    words = theme.metrics("small").horizontalAdvance(text)
    icon_width = theme.ICON_CHIP + CHIP_GAP if icon else 0
    return QSize(CHIP_START + icon_width + words + CHIP_END, theme.CHIP)


def paint_chip(
    painter: QPainter,
    rect: QRect,
    text: str,
    icon: str,
    tone: Tone,
    direction: Qt.LayoutDirection = Qt.LayoutDirection.LeftToRight,
    *,
    dashed: bool = False,
) -> None:
    """Paint a chip at the start of a rectangle, in the middle of its height; a delegate gives `option.direction`.

    dashed: an outline instead of a ground, for what isn't there any more.
    """
    size = chip_size(text, icon)
    mirrored = direction == Qt.LayoutDirection.RightToLeft
    width = min(size.width(), rect.width())
    left = rect.x() + rect.width() - width if mirrored else rect.x()
    box = QRect(left, rect.y() + (rect.height() - size.height()) // 2, width, size.height())
    painter.save()
    if dashed:
        _paint_dashes(painter, box)
    else:
        paint_box(painter, box, SOFT[tone], "")
    icon_width = theme.ICON_CHIP + CHIP_GAP if icon else 0
    if icon:
        x = box.right() + 1 - CHIP_START - theme.ICON_CHIP if mirrored else box.x() + CHIP_START
        theme.paint_icon(painter, QRect(x, box.y(), theme.ICON_CHIP, box.height()), icon, WORDS[tone])
    start, end = CHIP_START + icon_width, CHIP_END
    words = box.adjusted(end, 0, -start, 0) if mirrored else box.adjusted(start, 0, -end, 0)
    painter.setFont(theme.font("small"))
    painter.setPen(theme.color(WORDS[tone]))
    paint_line(painter, words, text, direction)
    painter.restore()


def _paint_dashes(painter: QPainter, box: QRect) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("line_strong"), 1, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), theme.CORNER, theme.CORNER)


class Chip(QWidget):
    """A status as a widget: soft ground, icon and word."""

    def __init__(self, text: str, icon: str, tone: Tone = "neutral", *, dashed: bool = False) -> None:
        super().__init__()
        self._dashed = dashed
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set(text, icon, tone)

    @classmethod
    def of(cls, status: Status) -> "Chip":
        """The chip of a row of the status table."""
        return cls(status.word, status.icon, status.tone, dashed=status.dashed)

    def set(self, text: str, icon: str, tone: Tone) -> None:
        """Show another status."""
        self.text, self.icon, self.tone = text, icon, tone
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return chip_size(self.text, self.icon)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: object) -> None:
        direction = self.layoutDirection()
        paint_chip(QPainter(self), self.rect(), self.text, self.icon, self.tone, direction, dashed=self._dashed)


class KeyCap(QLabel):
    """The name of a key; always left to right."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font("small"))
        self.setProperty("keycap", True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class Panel(QFrame):
    """A raised box: a title with a count and one quiet action or word, and below it `body`, a column to fill."""

    def __init__(self, title: str = "", count: str | None = None, action: QWidget | None = None) -> None:
        super().__init__()
        self.setObjectName("panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._title = Label(title, bold=True)
        self._count = Label(count or "", muted=True)
        self._count.setObjectName("panelCount")
        if title:
            column.addWidget(self._title_row(action))
        content = QWidget()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(*(theme.SPACE_12,) * 4)
        self.body.setSpacing(theme.SPACE_8)
        column.addWidget(content, 1)

    def _title_row(self, action: QWidget | None) -> QFrame:
        frame = QFrame()
        frame.setObjectName("panelTitle")
        frame.setFixedHeight(theme.PANEL_TITLE)
        row = QHBoxLayout(frame)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._title)
        row.addWidget(self._count)
        row.addStretch()
        if action:
            action.setFixedHeight(theme.CONTROL_COMPACT)
            row.addWidget(action)
        return frame

    def set_title(self, title: str) -> None:
        """Call it otherwise."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def set_count(self, count: str) -> None:
        """Say how many there are."""
        self._count.setText(count)
