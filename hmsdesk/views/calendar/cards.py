"""Pictures of what the calendar shows again and again, so that scrolling paints none of them anew."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPixmap

from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.views.calendar.painting import Painting
from hmsdesk.views.calendar.plan import Start
from hmsdesk.views.kit import glyphs, theme

# More than are on the largest screen, several times over.
MOST = 1500
_SHOWN = ("_id", "version", "status", "start", "minutes", "reason", "patient:title", "patient:name_ar")


class Cards:
    """Kept by what they show and how large they are; a new version of a booking has a new one."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._kept: dict[tuple[object, ...], QPixmap] = {}

    def card(self, painter: QPainter, rect: QRect, row: Row, mirrored: bool) -> None:
        """A booking as it usually looks."""
        key = tuple(row.get(name) for name in _SHOWN)
        self._paint(painter, rect, key, mirrored, lambda painting, place: painting.card(place, row))

    def start(self, painter: QPainter, rect: QRect, start: Start, mirrored: bool) -> None:
        """A start nobody has, with its words."""
        key = (start.start, start.words, start.purpose)
        self._paint(
            painter, rect, key, mirrored, lambda painting, place: painting.start(place, start, pointed=False, said=True)
        )

    def _paint(
        self,
        painter: QPainter,
        rect: QRect,
        about: tuple[object, ...],
        mirrored: bool,
        draw: Callable[[Painting, QRect], None],
    ) -> None:
        ratio = glyphs.ratio_of(painter)
        key = (*about, rect.width(), rect.height(), mirrored, ratio, theme.is_dark())
        picture = self._kept.get(key)
        if picture is None:
            if len(self._kept) >= MOST:
                self._kept.clear()
            picture = self._kept[key] = self._drawn(rect, mirrored, ratio, draw)
        painter.drawPixmap(rect.topLeft(), picture)

    def _drawn(self, rect: QRect, mirrored: bool, ratio: float, draw: Callable[[Painting, QRect], None]) -> QPixmap:
        picture = QPixmap(round(rect.width() * ratio), round(rect.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        own = QPainter(picture)
        draw(Painting(own, self._locale, mirrored), QRect(0, 0, rect.width(), rect.height()))
        own.end()
        return picture
