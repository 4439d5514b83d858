"""What every printed page shares: sizes, a sheet to draw on, blocks to stack, the foot and QR codes.

Lengths are layout points: 1/72 inch on A5. On A4 the same page is drawn `PageSize.scale` times larger.
A place is given as x from the left edge and top from the upper edge of the paper.
"""

from __future__ import annotations

import io
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from hmsdesk.errors import UserError
from hmsdesk.printing.lettering import Line, Style, body_font, plain, wrap

if TYPE_CHECKING:
    from qrcode.main import QRCode

SizeName = Literal["A5", "A4"]
Place = tuple[float, float]  # x, top
Align = Literal["start", "left", "right", "centre"]
_POINTS_PER_MM = 72 / 25.4
_HALF_CAPITAL = 0.357  # of the size of the letters: what a line is centred by
_LABEL_GREY, _LINE_GREY, _WATERMARK_GREY = 0.3, 0.6, 0.9
_finishing = threading.Lock()


@dataclass(frozen=True)
class PageSize:
    """A sheet of paper in mm, how much larger than on A5 everything is drawn on it, and what is left free around it."""

    width_mm: float
    height_mm: float
    scale: float
    margin_mm: float = 10

    def mm(self, length: float) -> float:
        """Millimetres on the paper, in layout points."""
        return length * _POINTS_PER_MM / self.scale

    @property
    def height(self) -> float:
        """Height of the paper, layout points."""
        return self.mm(self.height_mm)

    @property
    def margin(self) -> float:
        """The same on all four sides; layout points."""
        return self.mm(self.margin_mm)

    @property
    def width(self) -> float:
        """Width between the margins, layout points."""
        return self.mm(self.width_mm - 2 * self.margin_mm)


SIZES: dict[SizeName, PageSize] = {"A5": PageSize(148, 210, 1.0), "A4": PageSize(210, 297, 1.2)}


class Sheet:
    """The pages of one document. title: stands in its properties; never the name of a patient."""

    def __init__(self, size: PageSize, title: str) -> None:
        # What draws papers takes 7 MB, and whoever has a page with a paper imports this file.
        from reportlab import rl_config
        from reportlab.pdfgen.canvas import Canvas

        # Without this reportlab writes every stream as letters: a quarter larger.
        rl_config.useA85 = 0
        self.size = size
        self._file = io.BytesIO()
        paper = (size.width_mm * _POINTS_PER_MM, size.height_mm * _POINTS_PER_MM)
        self._canvas = Canvas(self._file, paper, initialFontName=body_font(), invariant=1, pageCompression=1, lang="en")
        self._canvas.setTitle(plain(title))
        for name in (self._canvas.setAuthor, self._canvas.setCreator, self._canvas.setSubject):
            name("HMSDesk")
        self._canvas.scale(size.scale, size.scale)

    def next_page(self) -> None:
        """End this page and go on with an empty one."""
        self._canvas.showPage()
        self._canvas.scale(self.size.scale, self.size.scale)

    def finish(self) -> bytes:
        """The whole document as PDF."""
        # Fonts are shared by all documents and keep a reading position of their own.
        with _finishing:
            self._canvas.save()
        return self._file.getvalue()

    def text(self, line: Line, x: float, top: float) -> None:
        """Draw a line of text with its left edge at x."""
        baseline = self.size.height - top - line.style.leading / 2 - _HALF_CAPITAL * line.style.size
        self._letters(line, x, baseline, _LABEL_GREY if line.style.grey else 0)

    def _letters(self, line: Line, x: float, baseline: float, grey: float) -> None:
        from reportlab.pdfbase import pdfmetrics

        # Written here and not by reportlab's text object, which takes three times as long.
        document = self._canvas._doc
        code = [f"BT {grey} g {x:.2f} {baseline:.2f} Td"]
        for name, characters in line.runs:
            font = pdfmetrics.getFont(name)
            for subset, letters in font.splitString(characters, document):
                selected = font.getSubsetInternalName(subset, document)
                code.append(f"{selected} {line.style.size} Tf <{letters.hex()}> Tj")
        self._canvas.addLiteral(" ".join([*code, "ET"]))

    def stroke(
        self, start: tuple[float, float], end: tuple[float, float], weight: float, *, grey: bool = False
    ) -> None:
        """A straight line between two places. weight: layout points."""
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeGray(_LINE_GREY if grey else 0)
        self._canvas.line(start[0], self.size.height - start[1], end[0], self.size.height - end[1])

    def frame(self, x: float, top: float, width: float, height: float, *, dashed: bool = False) -> None:
        """An unfilled box with a thin black border."""
        self._canvas.setLineWidth(0.5)
        self._canvas.setStrokeGray(0)
        self._canvas.setDash([3, 2] if dashed else [])
        self._canvas.rect(x, self.size.height - top - height, width, height)
        self._canvas.setDash([])

    def code(self, code: Code, x: float, top: float, side: float) -> None:
        """Draw a QR code; its caller leaves `Code.quiet_mm` around it free."""
        pixels = 8 * code.modules
        self._canvas.addLiteral(
            f"q {side:.3f} 0 0 {side:.3f} {x:.3f} {self.size.height - top - side:.3f} cm "
            f"BI /W {pixels} /H {pixels} /CS /G /BPC 1 /F [/AHx /Fl] ID {code.bitmap.hex()}> EI Q"
        )

    def watermark(self, word: str) -> None:
        """A large light word across the page, under all that is drawn later."""
        (line,) = wrap(word, Style(100, 100, bold=True), float("inf"))
        across = 0.9 * (self.size.width**2 + (self.size.height - 2 * self.size.margin) ** 2) ** 0.5
        if line.width > across:
            (line,) = wrap(word, Style(100 * across / line.width, 100, bold=True), float("inf"))
        self._canvas.saveState()
        self._canvas.translate(self.size.margin + self.size.width / 2, self.size.height / 2)
        self._canvas.rotate(54)
        self._letters(line, -line.width / 2, -_HALF_CAPITAL * line.style.size, _WATERMARK_GREY)
        self._canvas.restoreState()


# ---------------------------------------------------------------- blocks


@dataclass(frozen=True)
class Block:
    """Something with a height that draws itself on a sheet below a given top. All in layout points."""

    height: float
    draw: Callable[[Sheet, float], None]


def space(height: float) -> Block:
    """Nothing, of a height."""
    return Block(height, lambda _sheet, _top: None)


def column(lines: Sequence[Line], x: float, width: float, align: Align = "start") -> Block:
    """Lines below one another. start: at the left, Arabic ones at the right; left: these at the left as well."""

    def draw(sheet: Sheet, top: float) -> None:
        for line in lines:
            sheet.text(line, x + _indent(line, width, align), top)
            top += line.style.leading

    return Block(sum(line.style.leading for line in lines), draw)


def _indent(line: Line, width: float, align: Align) -> float:
    free = width - line.width
    if align == "centre":
        return free / 2
    if align == "left":
        return 0
    return free if align == "right" or line.rtl else 0


def stack(*blocks: Block) -> Block:
    """Blocks below one another."""

    def draw(sheet: Sheet, top: float) -> None:
        for block in blocks:
            block.draw(sheet, top)
            top += block.height

    return Block(sum(block.height for block in blocks), draw)


def beside(*blocks: Block) -> Block:
    """Blocks with the same top; each knows its own x."""

    def draw(sheet: Sheet, top: float) -> None:
        for block in blocks:
            block.draw(sheet, top)

    return Block(max((block.height for block in blocks), default=0), draw)


def rule(x: float, width: float, weight: float, *, grey: bool = False) -> Block:
    """A level line. weight: its thickness and the block's height."""

    def draw(sheet: Sheet, top: float) -> None:
        sheet.stroke((x, top + weight / 2), (x + width, top + weight / 2), weight, grey=grey)

    return Block(weight, draw)


_MARK = Style(9, 12.5, bold=True)


def mark(word: str, size: PageSize, width: float = 44.0) -> Block:
    """Words in a frame at the right, as wide as they need: Copy, Void."""
    height = 17.0
    width = max(width, *(line.width + 14 for line in wrap(word, _MARK, float("inf"))))
    x = size.margin + size.width - width
    letters = stack(space(6.5), column(wrap(word, _MARK, width), x, width, "centre"))

    def draw(sheet: Sheet, top: float) -> None:
        sheet.frame(x, top + 4, width, height)
        letters.draw(sheet, top)

    return Block(height + 6, draw)


_FOOT = Style(8, 11, grey=True)
_FOOT_GAP = 6.0


def foot_block(left: str, middle: str, right: str, size: PageSize) -> Block:
    """A thin line and three short texts below it, at the left, in the middle and at the right.

    The left one may take more than its third, up to half of the line; the middle one then moves along.
    """
    third = size.width / 3
    first = wrap(left, _FOOT, size.width / 2)
    begins = max(third, *(line.width + _FOOT_GAP for line in first)) if first else third
    between = 2 * third - begins
    cells = [
        column(first, size.margin, begins),
        column(wrap(middle, _FOOT, between), size.margin + begins, between, "centre"),
        column(wrap(right, _FOOT, third), size.margin + 2 * third, third, "right"),
    ]
    return stack(rule(size.margin, size.width, 0.5), space(3), beside(*cells))


# ---------------------------------------------------------------- QR codes

_LEAST_SIDE_MM = 30.0
_LEAST_MODULE_MM = 0.33


class Code(NamedTuple):
    """A QR code. modules: squares along one side. bitmap: 8 x 8 pixels a square, 1 is white; deflated."""

    modules: int
    bitmap: bytes

    @property
    def side_mm(self) -> float:
        """30 mm, and more where a square would be smaller than a scanner reads (0.33 mm)."""
        return max(_LEAST_SIDE_MM, self.modules * _LEAST_MODULE_MM)

    @property
    def quiet_mm(self) -> float:
        """The white border that belongs to the code: four squares."""
        return 4 * self.side_mm / self.modules


def qr_code(text: str) -> Code:
    """The code of a text, readable with up to 15 % of it damaged (level M)."""
    from qrcode.util import QRData

    data = QRData(text)
    code = _empty_code(_version(data.mode, len(data)))
    code.add_data(data, optimize=0)
    code.make(fit=False)
    # One pixel a square would be smoothed when it is enlarged, and then not every scanner reads it.
    rows = (8 * bytes(0 if dark else 255 for dark in row) for row in code.modules)
    return Code(len(code.modules), zlib.compress(b"".join(rows)))


def _empty_code(version: int | None) -> QRCode:
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.main import QRCode

    # A fixed mask: trying all eight takes most of the time, and no scanner needs the best one.
    return QRCode(version, error_correction=ERROR_CORRECT_M, mask_pattern=0, border=0)


@lru_cache(maxsize=1024)
def _version(mode: int, length: int) -> int:
    """The smallest size of code that holds so many characters; looking for it takes longer than filling it."""
    from qrcode.exceptions import DataOverflowError
    from qrcode.util import QRData

    code = _empty_code(None)
    code.add_data(QRData("0" * length, mode), optimize=0)
    try:
        return int(code.best_fit())
    except (DataOverflowError, ValueError) as error:
        raise UserError(
            "This is too much for a code on paper.", "Nothing was printed. Print it as two documents."
        ) from error
