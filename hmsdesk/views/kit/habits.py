"""What was last chosen at this computer, whoever sits at it: paper, printer, light or dark, direction.

Unlike what a person looks at, it belongs to the place: its printer, its light, its screen.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from hmsdesk.settings import ChoicesFile
from hmsdesk.views.kit import theme

PAGE = "this computer"
PAPER, DARK, MIRRORED = "paper", "dark", "right to left"


class Habits:
    """Kept in the data folder once there is one; until then, as long as the program runs."""

    def __init__(self) -> None:
        self._choices: ChoicesFile | None = None
        self._known: dict[str, Any] = {}

    def keep_in(self, choices: ChoicesFile | None) -> None:
        """Know what was chosen before, and keep there what is chosen from now on."""
        self._choices = choices
        self._known = choices.read(PAGE) if choices is not None else {}

    def get(self, name: str, usual: Any = "") -> Any:
        """What was chosen last; `usual` where nothing was, or nothing of that kind."""
        known = self._known.get(name, usual)
        return known if isinstance(known, type(usual)) else usual

    def set(self, name: str, chosen: Any) -> None:
        """Know it from now on. A disk that refuses it is nobody's business."""
        self._known[name] = chosen
        if self._choices is not None:
            with suppress(OSError):
                # Another window on this computer may have chosen something else meanwhile.
                self._choices.keep(PAGE, self._choices.read(PAGE) | {name: chosen})


habits = Habits()


def printer_for(size: str) -> str:
    """Under which name the printer for a kind of paper is known: labels and sheets seldom come from the same."""
    return f"printer for {size}"


def look_as_before(application: QApplication) -> None:
    """Begin in the light and the direction that were chosen here; else as the system has them.

    The application was begun in Fusion; `theme.draw_images` is left for after the first paint.
    """
    system = application.styleHints().colorScheme() == Qt.ColorScheme.Dark
    theme.dress(application, dark=habits.get(DARK, system))
    if habits.get(MIRRORED, False):
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)


def choose_look(dark: bool) -> None:
    """Light or dark, here from now on."""
    application = QApplication.instance()
    if isinstance(application, QApplication):
        theme.apply(application, dark)
        habits.set(DARK, dark)


def choose_direction(direction: Qt.LayoutDirection) -> None:
    """Which way the windows run, here from now on."""
    QGuiApplication.setLayoutDirection(direction)
    habits.set(MIRRORED, direction == Qt.LayoutDirection.RightToLeft)
