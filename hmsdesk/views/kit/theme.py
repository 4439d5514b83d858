"""The one look of the program: colours, faces and sizes, in light and in dark.

Everything that is painted takes its colours from `tokens()` at the moment it paints; `changed` tells own-painted
widgets to do so again.
"""

from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QIcon, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from hmsdesk.views.kit import glyphs, style_sheet
from hmsdesk.views.kit.tokens import DARK, LIGHT, Tokens

SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24 = 4, 8, 12, 16, 24
CORNER = 6
CONTROL = 32
CONTROL_COMPACT = 28
CONTROL_TALL = 36
CHIP = 20
ICON = 18
ICON_BUTTON = 16
ICON_CHIP = 14
ROW = 36
TABLE_HEADER = 32
TABLE_FOOT = 32
PANEL_TITLE = 36
TOP_BAR = 52
RAIL = 160
PAGE_HEADER = 56
BANNER_FULL = 84
BANNER_COMPACT = 56
DETAIL_PANE = 300
WIDE_WINDOW = 1600

TextSize = Literal["small", "body", "title"]
PIXELS: dict[TextSize, int] = {"small": 12, "body": 13, "title": 20}
FUSION = "Fusion"
FACES = ["Noto Sans", "Noto Sans Arabic"]


class _Current(QObject):
    changed = Signal()
    tokens = LIGHT


_current = _Current()

changed = _current.changed
"""Emitted after the theme was switched."""


def tokens() -> Tokens:
    """The colours in use now."""
    return _current.tokens


def is_dark() -> bool:
    """Whether the dark theme is in use."""
    return _current.tokens is DARK


def color(token: str) -> QColor:
    """The colour a token has now."""
    return QColor(getattr(_current.tokens, token))


def apply(app: QApplication, dark: bool) -> None:
    """Give the whole program the light or the dark look."""
    app.setStyle(FUSION)
    dress(app, dark)
    draw_images()


def draw_images() -> None:
    """What `dress` leaves out, before the first window that has a box to tick or a list to unfold."""
    style_sheet.draw_images(_current.tokens)


def dress(app: QApplication, dark: bool) -> None:
    """The look over Fusion, without the images in boxes and arrows: the first window has neither."""
    _current.tokens = DARK if dark else LIGHT
    app.setPalette(_palette(_current.tokens))
    app.setFont(font())
    app.setStyleSheet(style_sheet.written(_current.tokens))
    changed.emit()


def _palette(t: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    roles = {
        role.Window: t.surface,
        role.Base: t.surface_raised,
        role.Button: t.surface_raised,
        role.AlternateBase: t.hover,
        role.WindowText: t.text,
        role.Text: t.text,
        role.ButtonText: t.text,
        role.PlaceholderText: t.text_muted,
        role.Highlight: t.accent,
        role.HighlightedText: t.on_accent,
        role.Accent: t.accent,
        role.Link: t.accent,
        role.LinkVisited: t.accent,
        role.Mid: t.line,
        role.Dark: t.line_strong,
        role.ToolTipBase: t.surface_raised,
        role.ToolTipText: t.text,
    }
    for one, value in roles.items():
        palette.setColor(one, QColor(value))
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(t.text_muted))
    for one in (role.Base, role.Button):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(t.neutral_soft))
    return palette


def font(size: TextSize = "body", bold: bool = False) -> QFont:
    """One of the three sizes, regular or bold."""
    # A copy: whoever asks may change theirs. Delegates ask for each cell, so it is made once.
    return QFont(_face(size, bold))


@cache
def metrics(size: TextSize = "body", bold: bool = False) -> QFontMetrics:
    """How much room words take in one of the sizes."""
    return QFontMetrics(_face(size, bold))


@cache
def _face(size: TextSize, bold: bool) -> QFont:
    face = QFont()
    face.setFamilies(FACES)
    face.setPixelSize(PIXELS[size])
    face.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    return face


def icon(name: str, token: str = "text") -> QIcon:
    """An `mdi6` icon in the colour of a token; it follows a change of theme by itself."""

    def colour(mode: QIcon.Mode) -> str:
        return str(getattr(_current.tokens, "text_muted" if mode == QIcon.Mode.Disabled else token))

    return QIcon(glyphs.TokenIcon(name, colour))


def paint_icon(painter: QPainter, rect: QRect, name: str, token: str) -> None:
    """Paint an icon in the middle of a rectangle, as large as its shorter side."""
    side = min(rect.width(), rect.height())
    ratio = glyphs.ratio_of(painter)
    image = glyphs.pixmap(_pointing(name), getattr(_current.tokens, token), side, ratio)
    painter.drawPixmap(rect.x() + (rect.width() - side) // 2, rect.y() + (rect.height() - side) // 2, image)


def forward_icon() -> str:
    """The chevron that means 'on': painted, it points with the reading direction as it is then."""
    return "chevron-forward"


def back_icon() -> str:
    """The chevron that means 'back'."""
    return "chevron-back"


def _pointing(name: str) -> str:
    """The icon itself, where a name says which way it points in words."""
    mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    on, back = ("chevron-left", "chevron-right") if mirrored else ("chevron-right", "chevron-left")
    return {forward_icon(): on, back_icon(): back}.get(name, name)


def icon_size(side: int = ICON_BUTTON) -> QSize:
    """The size of an icon in a button."""
    return QSize(side, side)
