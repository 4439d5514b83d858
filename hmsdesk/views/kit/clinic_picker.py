"""Picks the practice to sign in to, and shows whether its servers answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QMenu

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.parts import chip_size, paint_box, paint_chip, paint_line

WIDTH = 380
HEIGHT = 56


@dataclass(frozen=True)
class Clinic:
    """A practice this workstation can sign in to."""

    key: str
    name: str
    other_name: str = ""
    address: str = ""


class ClinicPicker(QAbstractButton):
    """The clinic with the state of its servers; where there are several, a menu of them."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("signInClinic")
        self.setFixedHeight(HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._clinics: list[Clinic] = []
        self._current = Clinic("", "")
        self._servers = ""
        self._status = STATUSES["reconnecting"]
        self.menu = QMenu(self)
        self.clicked.connect(self._on_clicked)

    def set_clinics(self, clinics: Sequence[Clinic], current: Clinic) -> None:
        """What can be chosen, and what is."""
        self._clinics = list(clinics)
        self._current = current
        several = len(clinics) > 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if several else Qt.FocusPolicy.NoFocus)
        self.menu.clear()
        for clinic in clinics:
            action = self.menu.addAction(clinic.name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, key=clinic.key: self.chosen.emit(key))
        self._name()

    @property
    def current(self) -> Clinic:
        """The one that is chosen."""
        return self._current

    def set_connection(self, servers: str, status: Status) -> None:
        """How many servers answer, in words, and the chip for it."""
        self._servers, self._status = servers, status
        self._name()

    def _name(self) -> None:
        self.setAccessibleName(f"Clinic: {self._current.name}, {self._servers}, {self._status.word}")
        self.update()

    def _on_clicked(self) -> None:
        if len(self._clinics) > 1:
            self.menu.setFixedWidth(self.width())
            self.menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _placed(self, x: int, y: int, width: int, height: int) -> QRect:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return QRect(self.width() - x - width if mirrored else x, y, width, height)

    def _paint_words(self, painter: QPainter, end: int) -> None:
        direction = self.layoutDirection()
        room = end - 47 - theme.SPACE_8
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("text"))
        paint_line(painter, self._placed(47, 11, room, 18), self._current.name, direction)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, self._placed(47, 28, room, 17), self._servers, direction)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        several = len(self._clinics) > 1
        pointed = several and self.underMouse()
        width = 2 if self.hasFocus() else 1
        border = "accent" if self.hasFocus() else "line_strong"
        paint_box(painter, self.rect(), "hover" if pointed else "surface_raised", border, width)
        theme.paint_icon(painter, self._placed(15, 0, theme.ICON, self.height()), "server-outline", "accent")
        end = self.width() - (42 if several else 12)
        if several:
            chevron = self._placed(self.width() - 28, 0, theme.ICON_BUTTON, self.height())
            theme.paint_icon(painter, chevron, "chevron-down", "text_muted")
        chip = chip_size(self._status.word, self._status.icon).width()
        box = self._placed(end - chip, 0, chip, self.height())
        paint_chip(painter, box, self._status.word, self._status.icon, self._status.tone, self.layoutDirection())
        self._paint_words(painter, end - chip)
