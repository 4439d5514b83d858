"""A chart of a few lines over time, painted in the theme's tokens; time runs left to right in every language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.chart_scale import nice_ticks, time_ticks
from hmsdesk.views.kit.keys import tell_keys

Marker = Literal["circle", "square"]

TOP, BOTTOM, START = 16, 28, 44
END_GAP = 14
LABEL_HEIGHT = 18
MARK = 4
TIP_PADDING = 8
TIP_LINE = 18
LTR = Qt.LayoutDirection.LeftToRight


@dataclass(frozen=True)
class Point:
    """One value. at: the practice's wall time. words: the value as it is read. flag: High, Low or empty."""

    at: datetime
    value: float
    words: str
    flag: str = ""


@dataclass(frozen=True)
class Line:
    """One line: told apart by its colour and by its marker. limits: of what is normal, drawn as dotted lines."""

    name: str
    token: str
    marker: Marker
    points: tuple[Point, ...]
    limits: tuple[float, ...] = ()


class LineChart(QWidget):
    """Left and Right walk through the times that were measured; the values there are said beside them."""

    # Of the class: Qt takes the focus away from a widget whose own attributes are gone already.
    _at: datetime | None = None

    def __init__(self) -> None:
        super().__init__()
        self.setLayoutDirection(LTR)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.lines: tuple[Line, ...] = ()
        self._unit = ""
        self._times: list[datetime] = []
        tell_keys(self, (("Left", "Right"), "The values of a chart, one after the other"))
        theme.changed.connect(self.update)

    def show_lines(self, name: str, lines: Sequence[Line], unit: str) -> None:
        """Show these in place of those before. name: what the chart is called for a screen reader."""
        self.lines, self._unit = tuple(lines), unit
        self._times = sorted({point.at for line in lines for point in line.points})
        if self._at not in self._times:
            self._at = None
        self.setAccessibleName(name)
        self._tell()
        self.update()

    def pointed(self) -> list[tuple[Line, Point]]:
        """The values at the time one is at."""
        return [(line, point) for line in self.lines for point in line.points if point.at == self._at]

    def _tell(self) -> None:
        said = ", ".join(f"{line.name} {point.words} {point.flag}".strip() for line, point in self.pointed())
        when = f"{_day(self._at)}: " if self._at else ""
        self.setAccessibleDescription(f"{when}{said}" or "Left and Right walk through the values")

    # Where things are

    def _plot(self) -> QRectF:
        bold = QFontMetrics(theme.font("small", bold=True))
        ends = [bold.horizontalAdvance(_end_words(line)) for line in self.lines if line.points]
        end = max(ends, default=0) + END_GAP + theme.SPACE_8
        return QRectF(START, TOP, max(self.width() - START - end, 1), max(self.height() - TOP - BOTTOM, 1))

    def _values(self) -> list[float]:
        found = [point.value for line in self.lines for point in line.points]
        return found + self._limits()

    def _limits(self) -> list[float]:
        return [limit for line in self.lines for limit in line.limits]

    def _x(self, plot: QRectF, at: datetime) -> float:
        first, last = self._times[0], self._times[-1]
        whole = (last - first).total_seconds()
        part = (at - first).total_seconds() / whole if whole else 0.5
        inner = plot.adjusted(theme.SPACE_12, 0, -theme.SPACE_4, 0)
        return inner.x() + part * inner.width()

    @staticmethod
    def _y(plot: QRectF, ticks: Sequence[float], value: float) -> float:
        # On the middle of a pixel, so that level lines are sharp.
        return round(plot.bottom() - (value - ticks[0]) / (ticks[-1] - ticks[0]) * plot.height()) + 0.5

    # Painting

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A painter follows the program's direction, not the widget's.
        painter.setLayoutDirection(LTR)
        if self._times:
            plot, ticks = self._plot(), nice_ticks(self._values(), self.height() - TOP - BOTTOM)
            self._paint_grid(painter, plot, ticks)
            self._paint_times(painter, plot)
            self._paint_limits(painter, plot, ticks)
            self._paint_place(painter, plot)
            for line in self.lines:
                self._paint_line(painter, plot, ticks, line)
            self._paint_ends(painter, plot, ticks)
            self._paint_tip(painter, plot)
        if self.hasFocus():
            paint_box(painter, self.rect(), "", "accent", 2)

    def _paint_grid(self, painter: QPainter, plot: QRectF, ticks: Sequence[float]) -> None:
        painter.setFont(theme.font("small"))
        taken = [self._y(plot, ticks, limit) for limit in self._limits()]
        for tick in ticks:
            y = self._y(plot, ticks, tick)
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            if all(abs(y - other) >= LABEL_HEIGHT - 4 for other in taken):
                painter.setPen(theme.color("text_muted"))
                painter.drawText(_at_axis(y), _END, f"{tick:g}")

    def _paint_times(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        for at, words in time_ticks(self._times[0], self._times[-1], plot.width()):
            box = QRectF(self._x(plot, at) - 40, plot.bottom() + 6, 80, LABEL_HEIGHT)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_limits(self, painter: QPainter, plot: QRectF, ticks: Sequence[float]) -> None:
        for limit in self._limits():
            y = self._y(plot, ticks, limit)
            painter.setPen(_dotted())
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            painter.setFont(theme.font("small", bold=True))
            painter.drawText(_at_axis(y), _END, f"{limit:g}")

    def _paint_line(self, painter: QPainter, plot: QRectF, ticks: Sequence[float], line: Line) -> None:
        places = [QPointF(self._x(plot, one.at), self._y(plot, ticks, one.value)) for one in line.points]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color(line.token), 2))
        painter.drawPolyline(QPolygonF(places))
        crowded = len(places) * 2 * MARK > plot.width()
        for place, point in zip(places, line.points, strict=True):
            # Where they would cover one another only that one is at, and the last, are marked.
            if not crowded or point.at == self._at or point is line.points[-1]:
                self._paint_mark(painter, place, line, point)

    def _paint_mark(self, painter: QPainter, place: QPointF, line: Line, point: Point) -> None:
        is_here = point.at == self._at
        painter.setPen(QPen(theme.color(line.token), 2))
        painter.setBrush(theme.color(line.token if is_here else "surface_raised"))
        size = MARK + (1 if is_here else 0)
        if line.marker == "circle":
            painter.drawEllipse(place, size, size)
        else:
            painter.drawRect(QRectF(place.x() - size + 0.5, place.y() - size + 0.5, 2 * size - 1, 2 * size - 1))

    def _paint_ends(self, painter: QPainter, plot: QRectF, ticks: Sequence[float]) -> None:
        """Each line is named at its end; names that would cover one another move apart."""
        painter.setFont(theme.font("small", bold=True))
        ends = sorted(
            ((self._y(plot, ticks, line.points[-1].value), line) for line in self.lines if line.points),
            key=lambda one: one[0],
        )
        lowest = float("-inf")
        for y, line in ends:
            lowest = max(y, lowest + LABEL_HEIGHT)
            painter.setPen(theme.color(line.token))
            box = QRectF(plot.right() + END_GAP, lowest - LABEL_HEIGHT / 2, self.width() - plot.right(), LABEL_HEIGHT)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, _end_words(line))

    def _paint_place(self, painter: QPainter, plot: QRectF) -> None:
        if self._at is not None:
            x = self._x(plot, self._at)
            painter.setPen(QPen(theme.color("line_strong"), 1))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_tip(self, painter: QPainter, plot: QRectF) -> None:
        if self._at is None:
            return
        here = self.pointed()
        rows = [(_day(self._at), "text_muted", False)]
        for line, point in here:
            words = f"{point.words} {line.name}" + (f", {point.flag.lower()}" if point.flag else "")
            rows.append((words, "danger" if point.flag else "text", bool(point.flag)))
        bold = QFontMetrics(theme.font("small", bold=True))
        width = max(bold.horizontalAdvance(words) for words, _, _ in rows) + 2 * TIP_PADDING
        x = self._x(plot, self._at)
        left = x + TIP_PADDING if x + TIP_PADDING + width < self.width() else x - TIP_PADDING - width
        box = QRect(round(left), TOP // 2, width, len(rows) * TIP_LINE + TIP_PADDING)
        paint_box(painter, box, "surface_raised", "line_strong")
        for n, (words, token, is_bold) in enumerate(rows):
            painter.setFont(theme.font("small", bold=is_bold))
            painter.setPen(theme.color(token))
            line_box = QRect(box.x() + TIP_PADDING, box.y() + TIP_PADDING // 2 + n * TIP_LINE, width, TIP_LINE)
            painter.drawText(line_box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    # Walking

    def _go_to(self, at: datetime | None) -> None:
        if at != self._at:
            self._at = at
            self._tell()
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        ends: dict[int, int] = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: -1}
        if not self._times or event.key() not in {*steps, *ends}:
            super().keyPressEvent(event)
        elif event.key() in ends:
            self._go_to(self._times[ends[event.key()]])
        elif self._at is None:
            self._go_to(self._times[-1])
        else:
            place = self._times.index(self._at) + steps[event.key()]
            self._go_to(self._times[max(0, min(place, len(self._times) - 1))])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot, x = self._plot(), event.position().x()
        if self._times and plot.adjusted(-MARK, -TOP, 2 * MARK, BOTTOM).contains(event.position()):
            self._go_to(min(self._times, key=lambda at: abs(self._x(plot, at) - x)))
        elif not self.hasFocus():
            self._go_to(None)

    def leaveEvent(self, event: object) -> None:
        if not self.hasFocus():
            self._go_to(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._go_to(None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)


_END = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _dotted() -> QPen:
    pen = QPen(theme.color("good"), 2)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([1, 2])
    return pen


def _at_axis(y: float) -> QRectF:
    return QRectF(0, y - LABEL_HEIGHT / 2, START - theme.SPACE_8, LABEL_HEIGHT)


def _end_words(line: Line) -> str:
    return f"{line.points[-1].words} {line.name}".strip()


def _day(at: datetime) -> str:
    from hmsdesk.models.dates import worded

    return f"{worded(at)}, {at:%H:%M}"


class Sparkline(QWidget):
    """The last few values of one thing, beside where the next one is typed. No numbers: those stand beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._values: list[float] = []
        self.setLayoutDirection(LTR)
        self.setFixedSize(48, 20)

    def show_values(self, values: Sequence[float], words: str) -> None:
        """The oldest first. words: the same for a screen reader."""
        self._values = list(values)
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: object) -> None:
        if len(self._values) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        least, most = min(self._values), max(self._values)
        room = QRectF(self.rect()).adjusted(3, 4, -4, -4)
        step = room.width() / (len(self._values) - 1)
        spread = (most - least) or 1
        places = [
            QPointF(room.x() + n * step, room.bottom() - (one - least) / spread * room.height())
            for n, one in enumerate(self._values)
        ]
        painter.setPen(QPen(theme.color("line_strong"), 1.5))
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(places[-1], 3, 3)
