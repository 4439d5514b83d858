"""One paint of the calendar's grid: only what can be seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from hmsdesk.models.locale import Locale
from hmsdesk.models.times import clock
from hmsdesk.views.calendar.axis import HOUR
from hmsdesk.views.calendar.cards import Cards
from hmsdesk.views.calendar.carry import Carried
from hmsdesk.views.calendar.cursor import Cursor, Spot, name_of
from hmsdesk.views.calendar.painting import Look, Painting, paint_hatching
from hmsdesk.views.calendar.places import Places
from hmsdesk.views.calendar.plan import Box, Column, Key
from hmsdesk.views.kit import theme

NOW_LINE = 2
NOW_MARK = 12
# Narrower columns tell what is free only where one looks.
SAID_FROM = 200
# After so many pixels of closed time its reason is told again.
SAID_AGAIN = 396
MOVING = Look("Being moved", "swap-horizontal", "info", dashed=True)


@dataclass
class Shown:
    """What there is to be painted. offered: free times in place of one that was refused, with their lengths."""

    places: Places
    now: datetime
    cursor: Cursor | None = None
    focused: bool = False
    pointed: tuple[int, Spot] | None = None
    carried: Carried | None = None
    offered: Sequence[tuple[Key, datetime, int]] = field(default=())
    may_book: bool = False


def paint(painter: QPainter, clip: QRect, shown: Shown, locale: Locale, cards: Cards) -> None:
    """Paint what lies within `clip`. cards: their pictures, kept from one paint to the next."""
    canvas = _Canvas(painter, clip, shown, locale, cards)
    painter.fillRect(clip, theme.color("surface_raised"))
    for number in shown.places.seen(clip.left(), clip.right()):
        canvas.column(number)
    canvas.offers()
    canvas.carried()


class _Canvas:
    def __init__(self, painter: QPainter, clip: QRect, shown: Shown, locale: Locale, cards: Cards) -> None:
        self._cards = cards
        self._painter = painter
        self._clip = clip
        self._shown = shown
        self._places = shown.places
        self._locale = locale
        # The positions that are painted, a little more than fully.
        self._first = self._places.position_at(clip.top()) - 5
        self._last = self._places.position_at(clip.bottom()) + 5
        self._painting = Painting(painter, locale, shown.places.mirrored)

    def column(self, number: int) -> None:
        column, places = self._places.columns[number], self._places
        rect = places.column(number)
        self._lines(number, column)
        self._closed(number, column)
        line = rect.left() if places.mirrored else rect.right()
        if number < len(places.columns) - 1 or rect.right() + 1 < places.room.width():
            self._painter.fillRect(line, rect.top(), 1, rect.height(), theme.color("line"))
        for start in column.starts:
            self._spot(number, column, start)
        # A line through a name would strike it out: over a card only its beginning is seen.
        self._now_line(number, column)
        for box in column.boxes:
            self._spot(number, column, box)
        self._now_line(number, column, NOW_MARK)

    def _lines(self, number: int, column: Column) -> None:
        axis = self._places.axis
        for start in column.starts:
            if self._first <= start.bottom <= self._last:
                self._line(number, start.bottom, "neutral_soft")
        for position in range(axis.first + HOUR, axis.last, HOUR):
            self._line(number, position, "line")

    def _line(self, number: int, position: int, token: str) -> None:
        rect = self._places.stretch(number, position, position)
        if self._clip.top() <= rect.y() <= self._clip.bottom():
            self._painter.fillRect(rect.x(), rect.y(), rect.width(), 1, theme.color(token))

    def _closed(self, number: int, column: Column) -> None:
        for closed in column.closed:
            rect = self._places.stretch(number, closed.top, closed.bottom)
            if rect.intersects(self._clip):
                paint_hatching(self._painter, rect.intersected(self._clip), rect.topLeft())
                # Where there is most room for it: a word between two cards is cut off.
                free = max(closed.free_of(column.boxes), key=lambda part: part[1] - part[0], default=None)
                if free is not None:
                    self._reason(self._places.stretch(number, *free), closed.reason)

    def _reason(self, rect: QRect, words: str) -> None:
        # Wherever one has scrolled to, it is in sight.
        for top in range(rect.y(), rect.bottom(), SAID_AGAIN):
            self._painting.reason(QRect(rect.x(), top, rect.width(), rect.bottom() - top), words)

    def _spot(self, number: int, column: Column, spot: Spot) -> None:
        says_nothing = not isinstance(spot, Box) and not spot.words
        if says_nothing or spot.bottom < self._first or spot.top > self._last:
            return
        rect = self._places.spot(number, spot)
        mirrored = self._places.mirrored
        at, pointed = self._is_at(column, spot), self._is_pointed(number, spot)
        if isinstance(spot, Box):
            if self._is_carried(spot):
                self._painting.card(rect, spot.row, MOVING)
            else:
                self._cards.card(self._painter, rect, spot.row, mirrored)
        elif pointed:
            self._painting.start(rect, spot, pointed=True, said=True)
        elif at or rect.width() >= SAID_FROM:
            self._cards.start(self._painter, rect, spot, mirrored)
        if at and self._shown.carried is None:
            self._painting.focus(rect, strong=self._shown.focused)

    def _is_carried(self, box: Box) -> bool:
        carried = self._shown.carried
        return carried is not None and box.record == carried.row["_id"] and not box.is_ghost

    def _is_at(self, column: Column, spot: Spot) -> bool:
        cursor = self._shown.cursor
        return cursor is not None and cursor.column == column.key and cursor.name == name_of(spot)

    def _is_pointed(self, number: int, spot: Spot) -> bool:
        return self._shown.may_book and self._shown.pointed == (number, spot) and self._shown.carried is None

    # What lies over the columns

    def offers(self) -> None:
        for key, start, minutes in self._shown.offered:
            rect = self._places.time(key, start, minutes)
            if rect is not None:
                self._painting.offer(rect, clock(start, self._locale))

    def carried(self) -> None:
        carried = self._shown.carried
        rect = self._places.time(carried.column, carried.start, carried.minutes) if carried else None
        if carried is None or rect is None:
            return
        time = clock(carried.start, self._locale)
        if carried.is_home and not carried.refused:
            # Before the first arrow is pressed one sees that it was taken up.
            lifted = replace(MOVING, border=MOVING.tone, dashed=False, grip=True, time=time)
            self._painting.card(rect, carried.row, lifted)
            return
        good = carried.broken is None and not carried.refused
        tone, icon = ("good", "check") if good else ("danger", "cancel")
        look = Look(carried.word, icon, "good" if good else "danger", border=tone, grip=True, time=time)
        self._painting.card(rect, carried.row, look)

    def _now_line(self, number: int, column: Column, width: int = 0) -> None:
        """The line that is now in a column of today. width: only so much of it, at its start."""
        axis, places = self._places.axis, self._places
        position = axis.position(column.day, self._shown.now)
        if column.day == self._locale.local(self._shown.now).date() and axis.first <= position <= axis.last:
            rect = places.column(number)
            y = rect.y() + axis.y(position) - NOW_LINE // 2
            wide = width or rect.width()
            x = rect.right() + 1 - wide if places.mirrored else rect.x()
            self._painter.fillRect(x, y, wide, NOW_LINE, theme.color("danger"))
