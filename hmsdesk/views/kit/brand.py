"""The program's mark: a cross with a pulse through it."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit import theme

GRID = 24
PULSE = ((5.8, 12.0), (9.4, 12.0), (10.7, 9.7), (13.3, 14.3), (14.6, 12.0), (18.2, 12.0))


def paint_mark(painter: QPainter, rect: QRect, ground: str, ink: str) -> None:
    """Paint the mark into a square, in two tokens."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / GRID, rect.height() / GRID)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(ground))
    painter.drawRoundedRect(QRectF(0, 0, GRID, GRID), 5, 5)
    painter.setBrush(theme.color(ink))
    painter.drawRect(QRectF(9.5, 5, 5, 14))
    painter.drawRect(QRectF(5, 9.75, 14, 4.5))
    painter.setPen(QPen(theme.color(ground), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in PULSE]))
    painter.restore()


class Mark(QWidget):
    """The mark as a widget."""

    def __init__(self, side: int, ground: str, ink: str) -> None:
        super().__init__()
        self._ground = ground
        self._ink = ink
        self.setFixedSize(side, side)

    def paintEvent(self, event: object) -> None:
        paint_mark(QPainter(self), self.rect(), self._ground, self._ink)
