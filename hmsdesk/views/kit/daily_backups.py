"""Looks now and then whether this computer has a backup to make, and makes it behind the windows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer

from hmsdesk.views.kit import tasks

if TYPE_CHECKING:
    from hmsdesk.controllers.sign_in import Door

LOOK_MS = 60_000


class HasDoor(Protocol):
    """Where the practice is reached from: without a door as long as it isn't."""

    @property
    def door(self) -> Door | None:
        """The practice's door."""


class DailyBackups(QObject):
    """Works whoever is signed in, and where nobody is. What fails is told on the page of backups and on the homes."""

    def __init__(self, parent: QObject, practice: HasDoor) -> None:
        super().__init__(parent)
        self._practice = practice
        self._task: tasks.Task | None = None
        self._clock = QTimer(self, interval=LOOK_MS)
        self._clock.timeout.connect(self.look)
        self._clock.start()

    def stop(self) -> None:
        """Look no more: the window is closed."""
        self._clock.stop()

    def look(self) -> None:
        """Make one if it is due, unless one is just being made."""
        door = self._practice.door
        if door is not None and self._task is None:
            self._task = tasks.run(self, partial(_back_up, door), self._on_ended, self._on_ended, long=True)

    def _on_ended(self, _: object) -> None:
        self._task = None


def _back_up(door: Door) -> None:
    """Off the window's thread, where what it takes is imported, too."""
    from datetime import UTC, datetime

    from hmsdesk.controllers.daily_backups import back_up_if_due
    from hmsdesk.models.watch import Watch

    back_up_if_due(door, datetime.now(UTC), Watch(stopped=tasks.cancelled))
