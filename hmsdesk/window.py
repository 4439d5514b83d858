"""The window: as large as it was left, and told when it is seen for the first time and when it goes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from hmsdesk.settings import write_private

FIRST_SIZE = QSize(1366, 768)
# What the system puts above a window; how much that is, it tells only of one that is shown.
TITLE_BAR = 40
PLACE_FILE = "window"


class Window(QStackedWidget):
    """The one window: sign-in, or the frame of whoever is signed in."""

    painted = Signal()
    """It has been painted for the first time."""
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_painted = False
        self.may_close: Callable[[], bool] = lambda: True
        """Asked before it is closed."""
        self.setWindowTitle("HMSDesk")
        self.setObjectName("window")
        self.resize(FIRST_SIZE)

    def fit(self, room: QSize) -> None:
        """Take no more than the screen has: where that is little, all of it."""
        beneath = QSize(room.width(), room.height() - TITLE_BAR)
        if beneath.width() <= self.width() or beneath.height() <= self.height():
            self.resize(self.size().boundedTo(beneath))
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)

    def return_to(self, folder: Path) -> None:
        """Stand where and as large as the person left it; the first time as large as the screen allows."""
        try:
            kept = (folder / PLACE_FILE).read_bytes()
        except OSError:
            kept = b""
        if not self.restoreGeometry(kept):
            self.fit(self.screen().availableGeometry().size())

    def keep_place(self, folder: Path) -> None:
        """Remember where it stands, and how large."""
        with suppress(OSError):
            write_private(folder / PLACE_FILE, bytes(self.saveGeometry().data()))

    def show_only(self, widget: QWidget) -> None:
        """Bring a widget to the front."""
        if self.indexOf(widget) < 0:
            self.addWidget(widget)
        self.setCurrentWidget(widget)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            # What lies on it is painted next, and shown with it.
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_close():
            event.ignore()
            return
        event.accept()
        self.hide()
        self.closed.emit()
