"""Icons from the Material Design font that qtawesome carries, painted in the colour of a token.

qtawesome itself isn't imported: it loads a dozen fonts before the first icon, a fifth of a second of the start.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QIconEngine, QPainter, QPainterPath, QPixmap, QRawFont, QTransform

GRID = 24
# The glyphs stand on a baseline three units above the foot of their square.
BASELINE = 21


@cache
def _font() -> tuple[QRawFont, str]:
    """The font, and the list of its icons' names and places as it is written: a line for each of seven thousand."""
    package = find_spec("qtawesome")
    assert package is not None and package.origin is not None, "qtawesome is a dependency"
    folder = Path(package.origin).parent / "fonts"
    files = [file for file in folder.iterdir() if file.name.startswith("materialdesignicons6-")]
    font = next(file for file in files if file.suffix == ".ttf")
    names = next(file for file in files if file.suffix == ".json").read_text("utf-8")
    return QRawFont(str(font), GRID, QFont.HintingPreference.PreferNoHinting), names


@cache
def outline(name: str) -> QPainterPath:
    """The shape of an icon on a square of 24 by 24. Raises KeyError for a name the font doesn't have."""
    font, names = _font()
    _, known, rest = names.partition(f'"{name}": "')
    if not known:
        raise KeyError(name)
    glyph = font.glyphIndexesForString(chr(int(rest[: rest.index('"')], 16)))[0]
    return QTransform.fromTranslate(0, BASELINE).map(font.pathForGlyph(glyph))


@cache
def pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """An icon as an image, `size` logical pixels wide on a screen of this pixel ratio."""
    shape = outline(name)
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(image.width() / GRID, image.height() / GRID)
    painter.fillPath(shape, QColor(colour))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def ratio_of(painter: QPainter) -> float:
    """The pixel ratio of what is painted on, where the painter itself isn't scaled.

    To hand out the device, PySide would look through all kinds of devices for its own, at every icon anew.
    """
    return abs(painter.deviceTransform().m11()) or 1.0


class TokenIcon(QIconEngine):
    """An icon that takes its colour when it is painted, so that it follows a change of theme by itself."""

    def __init__(self, name: str, colour: Callable[[QIcon.Mode], str]) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        image = pixmap(self._name, self._colour(mode), side, ratio_of(painter))
        painter.drawPixmap(rect.center() - QPoint((side - 1) // 2, (side - 1) // 2), image)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return pixmap(self._name, self._colour(mode), min(size.width(), size.height()), 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # Qt asks for device pixels and sets the ratio itself.
        return pixmap(self._name, self._colour(mode), min(size.width(), size.height()), 1.0)
