"""The practice one signs in to, and whether its servers answer."""

from typing import NamedTuple

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.parts import chip_size, paint_box, paint_chip, paint_line

WIDTH = 380
HEIGHT = 56


class Clinic(NamedTuple):
    """The practice this workstation signs in to."""

    name: str
    other_name: str = ""
    address: str = ""


class ClinicPicker(QWidget):
    """The one clinic a data folder knows, with the state of its servers."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("signInClinic")
        self.setFixedHeight(HEIGHT)
        self._current = Clinic("")
        self._servers = ""
        self._status = STATUSES["reconnecting"]

    def set_clinic(self, clinic: Clinic) -> None:
        """Which one is shown."""
        self._current = clinic
        self._name()

    @property
    def current(self) -> Clinic:
        """The one that is shown."""
        return self._current

    def set_connection(self, servers: str, status: Status) -> None:
        """How many servers answer, in words, and the chip for it."""
        self._servers, self._status = servers, status
        self._name()

    def _name(self) -> None:
        self.setAccessibleName(f"Clinic: {self._current.name}, {self._servers}, {self._status.word}")
        self.update()

    def _paint_words(self, painter: QPainter, end: int) -> None:
        direction = self.layoutDirection()
        room = end - 47 - theme.SPACE_8
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("text"))
        paint_line(painter, placed(self, QRect(47, 11, room, 18)), self._current.name, direction)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, placed(self, QRect(47, 28, room, 17)), self._servers, direction)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "surface_raised", "line_strong")
        theme.paint_icon(painter, placed(self, QRect(15, 0, theme.ICON, self.height())), "server-outline", "accent")
        end = self.width() - 12
        chip = chip_size(self._status.word, self._status.icon).width()
        box = placed(self, QRect(end - chip, 0, chip, self.height()))
        paint_chip(painter, box, self._status.word, self._status.icon, self._status.tone, self.layoutDirection())
        self._paint_words(painter, end - chip)
