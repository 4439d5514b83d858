"""Thin lines: one that separates, one that runs while the server is asked."""

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.direction import placed

RUNNING = 2
TICK_MS = 40
# In percent of the width.
STEP = 2
LENGTH = 40


class Separator(QWidget):
    """One pixel between two things."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(1)

    def paintEvent(self, event: object) -> None:
        QPainter(self).fillRect(self.rect(), theme.color("line"))


class ProgressLine(QWidget):
    """Runs from the start to the end as long as it is shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._place = 0
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._on_tick)
        self.hide()

    def _on_tick(self) -> None:
        self._place = (self._place + STEP) % (100 + LENGTH)
        self.update()

    def showEvent(self, event: object) -> None:
        self._place = 0
        self._clock.start()

    def hideEvent(self, event: object) -> None:
        self._clock.stop()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("line"))
        start = (self._place - LENGTH) * self.width() // 100
        length = LENGTH * self.width() // 100
        painter.fillRect(placed(self, QRect(start, 0, length, self.height())), theme.color("accent"))
