"""Notices that nobody is at the workstation any more, or is about to leave it, and that a session lasts long enough.

Times run on a monotonic clock: setting the computer's clock neither locks nor keeps open.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from hmsdesk.views.kit.keys import LEAVING

if TYPE_CHECKING:
    # PySide draws up what a class has when it is first asked for.
    from PySide6.QtGui import QWindow

_SIGNS_OF_LIFE = (
    QEvent.Type.KeyPress,
    # All that comes of a key that a shortcut takes.
    QEvent.Type.KeyRelease,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
)
_LOOK_MS = 500


class Idle(QObject):
    """Watches what windows are told between `start` and `stop`. idle_s and session_s are seconds.

    It watches windows, which are given input before the widgets in them, and not the application: that would ask it
    about every event of every widget, some thousand of them for a page that is shown.
    """

    idle = Signal()
    expired = Signal()
    leaving = Signal()
    """LEAVING was pressed in what stands over the pages: where a dialog or a menu is open, Qt takes no other's keys."""

    def __init__(
        self, application: QGuiApplication, idle_s: float, session_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._idle_s = idle_s
        self._session_s = session_s
        self._clock = clock
        self._began = self._touched = clock()
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        application.focusWindowChanged.connect(self._watch)

    def start(self) -> None:
        """Somebody has signed in."""
        self._began = self._touched = self._clock()
        self._timer.start()

    def stop(self) -> None:
        """Nobody is signed in."""
        self._timer.stop()

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            # One that is watched already is not watched twice.
            window.installEventFilter(self)

    def _look(self) -> None:
        # Menus and lists that unfold have windows of their own, which never get the keyboard.
        for window in QGuiApplication.topLevelWindows():
            self._watch(window)
        now = self._clock()
        if now - self._began >= self._session_s:
            self.stop()
            self.expired.emit()
        elif now - self._touched >= self._idle_s:
            self.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in _SIGNS_OF_LIFE:
            return False
        self._touched = self._clock()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or not self._timer.isActive():
            return False
        if QKeySequence(event.keyCombination()) != QKeySequence(LEAVING):
            return False
        self.leaving.emit()
        return True
