"""What stays in place while the grid is scrolled: the doctors above it, the hours beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip, QWidget

from hmsdesk.models.locale import Locale
from hmsdesk.models.times import clock
from hmsdesk.views.calendar.axis import Axis
from hmsdesk.views.calendar.places import Places
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.chips import Tone
from hmsdesk.views.kit.parts import chip_size, paint_chip
from hmsdesk.views.kit.words import paint_line

HEIGHT = 49
WIDTH = 54
MARK = 18
PAD = 12
NAME_BESIDE_CHIP = 140


@dataclass(frozen=True)
class Head:
    """What stands above a column. chip: its words; empty for none."""

    title: str
    subtitle: str
    chip: str = ""
    icon: str = ""
    tone: Tone = "neutral"
    marked: bool = False


class Heads(QWidget):
    """The names of the columns; one can be clicked, as the day of a week."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.heads: Sequence[Head] = ()
        self.places: Places | None = None

    def show_heads(self, heads: Sequence[Head], places: Places) -> None:
        """Name the columns, where they are now."""
        self.heads, self.places = heads, places
        self.update()

    def _at(self, x: int) -> int | None:
        number = self.places.column_at(x) if self.places else None
        return number if number is not None and number < len(self.heads) else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._at(int(event.position().x()))
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(number)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            number = self._at(event.pos().x())
            if number is not None:
                head = self.heads[number]
                words = ", ".join(part for part in (head.title, head.subtitle, head.chip) if part)
                QToolTip.showText(event.globalPos(), f"<span>{escape(words)}</span>", self)
            return True
        return super().event(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface_raised"))
        if self.places is not None:
            for number in self.places.seen(0, self.width()):
                rect = self.places.column(number)
                self._paint(painter, QRect(rect.x(), 0, rect.width(), HEIGHT - 1), self.heads[number])
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, theme.color("line"))

    def _paint(self, painter: QPainter, rect: QRect, head: Head) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        line = rect.left() if mirrored else rect.right()
        last = rect.left() <= 0 if mirrored else rect.right() >= self.width() - 1
        if not last:
            painter.fillRect(line, 0, 1, HEIGHT, theme.color("line"))
        room = rect.adjusted(PAD, 0, -PAD, 0)
        size = chip_size(head.chip, head.icon)
        # In a narrow column the name has the whole first line.
        narrow = bool(head.chip) and room.width() - size.width() < NAME_BESIDE_CHIP
        if head.chip:
            left = room.x() if mirrored else room.right() + 1 - size.width()
            box = (
                QRect(left, 24, size.width(), size.height()) if narrow else QRect(left, 0, size.width(), rect.height())
            )
            paint_chip(painter, box, head.chip, head.icon, head.tone, self.layoutDirection())
        taken = size.width() + theme.SPACE_8 if head.chip else 0
        self._words(painter, room, 0 if narrow else taken, QRect(0, 5 if narrow else 7, 0, 18), head, subtitle=False)
        self._words(painter, room, taken, QRect(0, 26 if narrow else 25, 0, 16), head, subtitle=True)

    def _words(self, painter: QPainter, room: QRect, taken: int, line: QRect, head: Head, *, subtitle: bool) -> None:
        """One line of a head, beside what is taken of its end."""
        painter.setFont(theme.font("small") if subtitle else theme.font(bold=True))
        painter.setPen(theme.color("text_muted" if subtitle else "accent" if head.marked else "text"))
        left = room.x() + (taken if self.isRightToLeft() else 0)
        words = QRect(left, line.y(), room.width() - taken, line.height())
        paint_line(painter, words, head.subtitle if subtitle else head.title, self.layoutDirection())


class Hours(QWidget):
    """The hours, and the mark of the time it is."""

    def __init__(self, parent: QWidget, locale: Locale) -> None:
        super().__init__(parent)
        self._locale = locale
        self._axis: Axis | None = None
        self._scrolled = 0
        self._now: tuple[int, str] | None = None

    def show_hours(self, axis: Axis, scrolled: int) -> None:
        """Show the hours, of which so many pixels have gone past."""
        self._axis, self._scrolled = axis, scrolled
        self.update()

    def show_now(self, position: int | None, now: datetime) -> None:
        """Mark the time it is; None where it isn't among the hours."""
        self._now = (position, clock(now, self._locale)) if position is not None else None
        self.update()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface_raised"))
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        edge = 0 if mirrored else self.width() - 1
        painter.fillRect(edge, 0, 1, self.height(), theme.color("line"))
        if self._axis is None:
            return
        painter.setFont(theme.font("small"))
        for position, words in self._axis.hours():
            y = self._axis.y(position) - self._scrolled
            painter.fillRect(0 if mirrored else self.width() - 8, y, 8, 1, theme.color("line"))
            if self._hides(y):
                continue
            painter.setPen(theme.color("text"))
            room = QRect(PAD if mirrored else 0, y + 4, self.width() - PAD, 16)
            side = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
            painter.drawText(room, side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, words)
        self._paint_now(painter, mirrored)

    def _now_y(self) -> int | None:
        return self._axis.y(self._now[0]) - self._scrolled if self._axis and self._now else None

    def _hides(self, y: int) -> bool:
        """Whether the mark stands where the word of an hour would be."""
        now = self._now_y()
        return now is not None and now - MARK // 2 - 18 < y < now + MARK // 2 - 2

    def _paint_now(self, painter: QPainter, mirrored: bool) -> None:
        y = self._now_y()
        if y is None or self._now is None:
            return
        box = QRect(QPoint(9 if mirrored else 4, y - MARK // 2), QPoint(0, 0))
        box.setSize(self.rect().adjusted(0, 0, -13, 0).size())
        box.setHeight(MARK)
        painter.fillRect(0, y - 1, self.width(), 2, theme.color("danger"))
        paint_box(painter, box, "danger", "")
        painter.setFont(theme.font("small", bold=True))
        painter.setPen(theme.color("surface_raised"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._now[1])
