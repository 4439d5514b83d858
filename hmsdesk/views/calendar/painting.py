"""How the calendar looks: bookings, closed time, free starts. Everything is given in the pixels it is painted at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap

from hmsdesk.models.appointments import COMPLETED, NO_SHOW
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_REPRESENTATIVES
from hmsdesk.models.times import clock
from hmsdesk.views.calendar.plan import GONE, Start
from hmsdesk.views.kit import glyphs, theme
from hmsdesk.views.kit.appointment_words import patient_of, status_of
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.chips import SOFT, WORDS, Tone
from hmsdesk.views.kit.words import paint_line

EDGE = 4
CORNER = 5
PAD, PAD_END = 10, 7
GAP = 8
TIME_GAP = 7
LINE, SMALL_LINE = 18, 16
# Lower than this a card has one line; narrower than these it leaves out the time, and the name.
TWO_LINES = 44
WITH_TIME, WITH_NAME = 150, 44
REASON_INDENT = 12
REASON_HEIGHT = 24
TILE = 8
REPRESENTATIVE = "briefcase-outline"
# Whose visit is over is muted.
OVER = (COMPLETED, NO_SHOW, *GONE)


@dataclass(frozen=True)
class Look:
    """What a card shows besides the booking itself. word, icon, tone: in place of the status's."""

    word: str = ""
    icon: str = ""
    tone: Tone = "neutral"
    border: str = ""
    dashed: bool = False
    grip: bool = False
    time: str = ""


def name_of(row: Row, mirrored: bool) -> str:
    """Who comes, in the script of the window where both are known."""
    return str((mirrored and row.get("patient:name_ar")) or patient_of(row))


def details_of(row: Row) -> str:
    """First visit, 40 min."""
    return ", ".join(part for part in (row.get("reason", ""), f"{row['minutes']} min") if part)


def described(row: Row, locale: Locale) -> str:
    """A booking in one line, as a tool tip and a screen reader tell it."""
    doctor = row.get("practitioner:title") or ""
    parts = (doctor, clock(row["start"], locale), patient_of(row), status_of(row).word, details_of(row))
    return ", ".join(str(part) for part in parts if part)


@cache
def _hatching(colour: str, ground: str, ratio: float) -> QPixmap:
    """One tile of closed time."""
    tile = QPixmap(round(TILE * ratio), round(TILE * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(ground)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 2))
    for shift in (-TILE, 0, TILE):
        painter.drawLine(QPoint(shift - 1, TILE + 1), QPoint(shift + TILE + 1, -1))
    painter.end()
    return tile


def paint_hatching(painter: QPainter, rect: QRect, origin: QPoint) -> None:
    """Closed time. origin: where the tiles begin, so that they move with what scrolls."""
    tokens = theme.tokens()
    tile = _hatching(tokens.hatch, tokens.surface, glyphs.ratio_of(painter))
    painter.setBrushOrigin(origin)
    painter.fillRect(rect, QBrush(tile))


class Painting:
    """Paints the parts of one paint event."""

    def __init__(self, painter: QPainter, locale: Locale, mirrored: bool) -> None:
        self._painter = painter
        self._locale = locale
        self._mirrored = mirrored
        self._direction = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
        self._body, self._bold, self._small = theme.font(), theme.font(bold=True), theme.font("small")
        self._body_metrics, self._small_metrics = QFontMetrics(self._body), QFontMetrics(self._small)
        self._time = max(self._body_metrics.horizontalAdvance("00:00"), 34) + TIME_GAP
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    # Closed time and free starts

    def reason(self, rect: QRect, words: str) -> None:
        """Why a stretch is closed, on a plain ground at its start; in a narrow column on two lines."""
        indent = REASON_INDENT if rect.width() >= WITH_TIME else PAD_END
        room = rect.width() - 2 * indent
        full = self._small_metrics.horizontalAdvance(words) + 2 * PAD_END
        lines = 2 if full > room and rect.height() >= 2 * REASON_HEIGHT else 1
        height = REASON_HEIGHT + (lines - 1) * SMALL_LINE
        if rect.height() < height:
            return
        box = self._part(rect, indent, min(full, room))
        box.setHeight(height)
        box.translate(0, min(5, (rect.height() - height) // 2))
        self._painter.fillRect(box, theme.color("surface"))
        inside = box.adjusted(PAD_END, 0, -PAD_END, 0)
        if lines == 1:
            self._words(inside, words, "text_muted", small=True)
            return
        self._painter.setFont(self._small)
        self._painter.setPen(theme.color("text_muted"))
        side = Qt.AlignmentFlag.AlignRight if self._mirrored else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
        self._painter.drawText(inside, int(flags) | int(Qt.TextFlag.TextWordWrap), words)

    def start(self, rect: QRect, start: Start, *, pointed: bool, said: bool) -> None:
        """A start nobody has. pointed: the mouse is over it. said: it tells what it is without that too."""
        if pointed and start.bookable:
            paint_box(self._painter, rect, "hover", "line")
        if not (said or pointed):
            return
        x = PAD
        self._words(self._line(rect, x, self._time), clock(start.start, self._locale), "text_muted")
        x += self._time
        if not start.bookable and start.purpose != FOR_REPRESENTATIVES:
            self._icon(self._line(rect, x, theme.ICON_CHIP), "cancel", "text_muted")
            x += theme.ICON_CHIP + 6
        words = "Book" if pointed and start.bookable else start.words
        token = "accent" if pointed and start.bookable else "text_muted"
        self._words(self._line(rect, x, rect.width() - x - PAD_END), words, token, small=True)

    def offer(self, rect: QRect, time: str) -> None:
        """A free time that is offered in place of one that was refused."""
        self._outline(rect, "accent", 2, dashed=True, ground="surface_raised")
        self._words(self._line(rect, PAD, self._time), time, "accent", bold=True)
        room = rect.width() - PAD - self._time - PAD_END
        self._words(self._line(rect, PAD + self._time, room), "Free, offered", "accent", bold=True)

    def focus(self, rect: QRect, *, strong: bool) -> None:
        """Around what the keyboard is at."""
        self._outline(rect, "accent", 2 if strong else 1)

    # Bookings

    def card(self, rect: QRect, row: Row, look: Look | None = None) -> None:
        """One booking."""
        status = status_of(row)
        look = look or Look()
        tone = look.tone if look.word else status.tone
        self._ground(rect, tone, look, hollow=look.dashed or (row["status"] in GONE and row["status"] != NO_SHOW))
        x = PAD
        if look.grip:
            self._icon(self._line(rect, x - 2, theme.ICON_CHIP), "drag-vertical", "text_muted")
            x += theme.ICON_CHIP
        word, icon = (look.word, look.icon) if look.word else (status.word, status.icon)
        if rect.width() < WITH_NAME:
            self._icon(rect, icon, WORDS[tone])
            return
        high = rect.height() >= TWO_LINES
        top = rect.y() + (rect.height() - LINE - SMALL_LINE) // 2
        first = QRect(rect.x(), top, rect.width(), LINE) if high else rect
        if rect.width() >= WITH_TIME:
            time = look.time or clock(row["start"], self._locale)
            self._words(self._line(first, x, self._time), time, "text" if look.border else "text_muted")
            x += self._time
        if row["purpose"] == FOR_REPRESENTATIVES and rect.width() >= WITH_TIME:
            self._icon(self._line(first, x, theme.ICON_BUTTON), REPRESENTATIVE, "text")
            x += theme.ICON_BUTTON + 6
        if high:
            below = QRect(rect.x(), first.bottom() + 1, rect.width(), SMALL_LINE)
            self._name(first, x, rect.width() - x - PAD_END, row, muted=look.dashed, struck=status.struck)
            self._two(below, x, details_of(row), word, icon, tone)
        else:
            self._one(first, x, row, (word, icon, tone), muted=look.dashed, struck=status.struck)

    def _one(self, rect: QRect, x: int, row: Row, shown: tuple[str, str, Tone], *, muted: bool, struck: bool) -> None:
        """Name, icon and word on one line: the word gives way before the name does."""
        word, icon, tone = shown
        room = rect.width() - x - PAD_END
        name = self._body_metrics.horizontalAdvance(name_of(row, self._mirrored))
        worded = theme.ICON_CHIP + 4 + self._small_metrics.horizontalAdvance(word)
        end = worded if name + GAP + worded <= room else theme.ICON_CHIP
        if room < theme.ICON_CHIP + WITH_NAME:
            end = 0
        else:
            self._status(rect, rect.width() - PAD_END - end, word if end == worded else "", icon, tone)
        self._name(rect, x, room - end - (GAP if end else 0), row, muted=muted, struck=struck)

    def _two(self, rect: QRect, x: int, details: str, word: str, icon: str, tone: Tone) -> None:
        """The second line: length and note, and the status at its end."""
        room = rect.width() - x - PAD_END
        worded = theme.ICON_CHIP + 4 + self._small_metrics.horizontalAdvance(word)
        end = worded if worded + GAP + WITH_NAME <= room else theme.ICON_CHIP
        self._status(rect, rect.width() - PAD_END - end, word if end == worded else "", icon, tone)
        self._words(self._line(rect, x, room - end - GAP), details, "text_muted", small=True)

    def _status(self, rect: QRect, x: int, word: str, icon: str, tone: Tone) -> None:
        self._icon(self._line(rect, x, theme.ICON_CHIP), icon, WORDS[tone])
        if word:
            x += theme.ICON_CHIP + 4
            self._words(self._line(rect, x, rect.width() - x - PAD_END), word, WORDS[tone], small=True)

    def _name(self, rect: QRect, x: int, width: int, row: Row, *, muted: bool, struck: bool) -> None:
        name = name_of(row, self._mirrored)
        token = "text_muted" if muted or row["status"] in OVER else "text"
        self._words(self._line(rect, x, width), name, token)
        if struck:
            line = self._line(rect, x, min(width, self._body_metrics.horizontalAdvance(name)))
            self._painter.fillRect(line.x(), line.center().y() + 1, line.width(), 1, theme.color(token))

    def _ground(self, rect: QRect, tone: Tone, look: Look, *, hollow: bool) -> None:
        if hollow:
            border = look.border or ("info" if look.dashed else "line_strong")
            self._outline(rect, border, 1, dashed=True, ground="surface_raised")
            return
        box = QPainterPath()
        box.addRoundedRect(QRectF(rect), CORNER, CORNER)
        self._painter.fillPath(box, theme.color("surface_raised" if look.border else SOFT[tone]))
        self._painter.save()
        self._painter.setClipPath(box, Qt.ClipOperation.IntersectClip)
        self._painter.fillRect(self._part(rect, 0, EDGE), theme.color(WORDS[tone]))
        self._painter.restore()
        if look.border:
            self._outline(rect, look.border, 2)

    def _outline(self, rect: QRect, token: str, width: int, *, dashed: bool = False, ground: str = "") -> None:
        pen = QPen(theme.color(token), width)
        if dashed:
            pen.setDashPattern([3, 2])
        self._painter.setPen(pen)
        self._painter.setBrush(theme.color(ground) if ground else Qt.BrushStyle.NoBrush)
        inset = width / 2
        self._painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), CORNER, CORNER)

    # Pieces

    def _part(self, rect: QRect, start: int, width: int) -> QRect:
        """A part of a box, counted from where one begins to read."""
        left = rect.right() + 1 - start - width if self._mirrored else rect.x() + start
        return QRect(left, rect.y(), width, rect.height())

    def _line(self, rect: QRect, start: int, width: int) -> QRect:
        return self._part(rect, start, max(0, width))

    def _icon(self, rect: QRect, name: str, token: str) -> None:
        side = min(theme.ICON_CHIP if rect.width() <= theme.ICON_CHIP else theme.ICON_BUTTON, rect.width())
        box = QRect(rect.x() + (rect.width() - side) // 2, rect.y() + (rect.height() - side) // 2, side, side)
        theme.paint_icon(self._painter, box, name, token)

    def _words(self, rect: QRect, text: str, token: str, *, small: bool = False, bold: bool = False) -> None:
        if rect.width() <= 0:
            return
        self._painter.setFont(self._small if small else self._bold if bold else self._body)
        self._painter.setPen(theme.color(token))
        paint_line(self._painter, rect, text, self._direction)
