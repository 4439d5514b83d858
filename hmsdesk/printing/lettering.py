"""Lettering on paper: fonts found on this machine, and text in both directions measured, wrapped and put in order.

Lengths are in points. Nothing here draws; `paper.Sheet` does.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import bidi
import bidi.algorithm

from hmsdesk.errors import UserError

if TYPE_CHECKING:
    from arabic_reshaper import ArabicReshaper
    from reportlab.pdfbase.ttfonts import TTFont


@dataclass(frozen=True)
class Style:
    """How a line of text looks. size and leading: layout points."""

    size: float
    leading: float
    bold: bool = False
    grey: bool = False


@dataclass(frozen=True)
class Span:
    """A part of a paragraph with its own weight. isolated: digits and signs stay left to right, as in an ID."""

    text: str
    bold: bool = False
    isolated: bool = False


_Weights = tuple[str, str]
_BROAD: tuple[_Weights, ...] = (
    ("dejavusans.ttf", "dejavusans-bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
    ("arial.ttf", "arial bold.ttf"),
)
_LATIN: tuple[_Weights, ...] = (("notosans-regular.ttf", "notosans-bold.ttf"), *_BROAD)
_ARABIC: tuple[_Weights, ...] = (("notosansarabic-regular.ttf", "notosansarabic-bold.ttf"), *_BROAD)
_SYMBOLS: tuple[_Weights, ...] = (
    ("notosansmath-regular.ttf",) * 2,
    ("notosanssymbols-regular.ttf", "notosanssymbols-bold.ttf"),
    ("dejavusans.ttf", "dejavusans-bold.ttf"),
    ("seguisym.ttf",) * 2,
)
_ARABIC_NEEDED = "\u0627\ufe8e\ufedf\ufefb\ufdf2\u060c"  # plain, final, initial, the two ligatures, the comma
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


class _Glyph(NamedTuple):
    font: str
    width: float  # of a letter of size 1
    char: str


class _Glyphs(dict[str, _Glyph]):
    """What one weight draws for a character; looked up in the fonts once."""

    def __init__(self, bold: bool) -> None:
        super().__init__()
        self._bold = bold

    def __missing__(self, char: str) -> _Glyph:
        self[char] = glyph = self.find(char) or self.find("\ufffd") or self["?"]
        return glyph

    def find(self, char: str) -> _Glyph | None:
        """The glyph of the first font that has one."""
        code = ord(char)
        for font in self._fonts(char):
            if code in font.face.charToGlyph:
                return _Glyph(font.fontName, font.face.getCharWidth(code) / 1000, char)
        return None

    def _fonts(self, char: str) -> Iterator[TTFont]:
        yield _needed_font(_LATIN, self._bold, "A?", "Noto Sans")
        if _RTL.match(char):
            yield _needed_font(_ARABIC, self._bold, _ARABIC_NEEDED, "Noto Sans Arabic")
        for weights in _SYMBOLS:
            if font := _font(weights[self._bold]):
                yield font


_GLYPHS = {bold: _Glyphs(bold) for bold in (False, True)}


def body_font() -> str:
    """The name of the font that most of a page is set in."""
    return _GLYPHS[False]["?"].font


def drawable(char: str, bold: bool = False) -> bool:
    """Whether a font of this machine has the character."""
    return _GLYPHS[bold].find(char) is not None


def _needed_font(choices: tuple[_Weights, ...], bold: bool, letters: str, name: str) -> TTFont:
    for weights in choices:
        font = _font(weights[bold])
        if font and all(ord(letter) in font.face.charToGlyph for letter in letters):
            return font
    raise UserError(
        f"The font {name} is missing on this machine.",
        "Nothing was printed. Install it (Debian: fonts-noto-core) and start the program again.",
    )


@cache
def _font(file_name: str) -> TTFont | None:
    path = _font_files().get(file_name)
    if path is None:
        return None
    # Whoever can print imports this file, and doesn't print every day.
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    try:
        font = TTFont(path.stem, str(path), asciiReadable=False)
    except (TTFError, OSError):
        return None
    pdfmetrics.registerFont(font)
    return font


@cache
def _font_files() -> dict[str, Path]:
    """Lower-case file name -> file; the program's own fonts come before the machine's."""
    found: dict[str, Path] = {}
    for folder in font_folders():
        for at, _, names in os.walk(folder):
            for name in names:
                found.setdefault(name.lower(), Path(at, name))
    return found


def font_folders() -> list[Path]:
    """Where fonts are looked for: the program's own folder, then the user's and the system's."""
    own, home = Path(__file__).parents[2] / "resources" / "fonts", Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"), "Microsoft/Windows/Fonts")
        return [own, local, Path(os.environ.get("WINDIR", "C:/Windows"), "Fonts")]
    if sys.platform == "darwin":
        return [own, home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [own, home / ".local/share/fonts", home / ".fonts", *(Path(part, "fonts") for part in shared.split(":"))]


_SPACE = re.compile(r"\s+")
_MIRRORED = re.compile(r"[()\[\]{}<>«»‹›]")
_MARKED = re.compile("(.)([\u064b-\u065f\u0670]+)")
_JOINERS = "\u200c\u200d"


class Line(NamedTuple):
    """One line, ready to draw: (font, text) from left to right. width: layout points."""

    runs: tuple[tuple[str, str], ...]
    width: float
    style: Style
    rtl: bool


def is_rtl(text: str) -> bool:
    """Whether the first letter with a direction is Arabic or Hebrew."""
    return next((d != "L" for d in map(unicodedata.bidirectional, text) if d in ("L", "R", "AL")), False)


def plain(text: str) -> str:
    """The text without characters that can't be seen, control or reverse others; white space becomes one space."""
    text = _SPACE.sub(" ", unicodedata.normalize("NFC", text))
    return text if text.isprintable() else "".join(map(_printed, text))


def _printed(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cn":
        return "\ufffd"  # the reordering can't place what has no direction
    return char if char in _JOINERS or category not in ("Cc", "Cf", "Cs") else ""


def wrap(text: str | Sequence[Span], style: Style, width: float, rtl: bool | None = None) -> list[Line]:
    """The lines of a text, none wider than `width`; none for an empty text.

    rtl: the direction of the paragraph; None takes it from the first letter. A line break in a str starts a paragraph.
    """
    paragraphs = [[Span(part, style.bold)] for part in text.splitlines()] if isinstance(text, str) else [list(text)]
    return [line for spans in paragraphs for line in _paragraph(spans, style, width, rtl)]


_Cell = tuple[str, int, float]  # a character, the index of its span, its width


def _paragraph(spans: list[Span], style: Style, width: float, rtl: bool | None) -> Iterator[Line]:
    shaped = [_shape(plain(span.text)) for span in spans]
    direction = is_rtl("".join(shaped)) if rtl is None else rtl
    cells = [
        (char, index, _GLYPHS[span.bold][char].width * style.size)
        for index, span in enumerate(spans)
        for char in shaped[index]
    ]
    for row in _rows(cells, width):
        if row := _without_outer_spaces(row):
            yield _line(row, spans, style, direction)


def _shape(text: str) -> str:
    """Arabic letters in the form they take beside their neighbours, still in the order they are read."""
    if not _RTL.search(text):
        return text
    shaped: str = _reshaper().reshape(_MARKED.sub(_clear_marks, text))
    return shaped.replace("\u200c", "").replace("\u200d", "")


def _clear_marks(match: re.Match[str]) -> str:
    """One mark at most, and none that would strike a hamza or a descender: the fonts' anchors aren't used here."""
    letter, marks = match.groups()
    kept = next((mark for mark in "\u0651\u064b\u064c" if mark in marks), "")
    return letter if letter in "أإآؤئ" else letter + kept


def _rows(cells: list[_Cell], width: float) -> Iterator[list[_Cell]]:
    """Breaks after spaces and between hyphened words; a word longer than the line is broken where the line ends.

    No number stands apart from what it counts, and no strength from its unit.
    """
    start, after, used, at = 0, 0, 0.0, 0
    while at < len(cells):
        char, _, advance = cells[at]
        if char != " " and used + advance > width + 0.01 and at > start:
            end = after if after > start else at
            yield cells[start:end]
            start, used = end, sum(cell[2] for cell in cells[end:at])
            continue
        used += advance
        at += 1
        if (char == " " and not _counts(cells, at - 1)) or (char in "-/" and _between_letters(cells, at - 1)):
            after = at
    yield cells[start:]


def _counts(cells: list[_Cell], at: int) -> bool:
    """Whether a space lies between a figure and a unit, or whatever there are so many of."""
    return (
        0 < at < len(cells) - 1
        and cells[at - 1][0].isdigit()
        and (cells[at + 1][0].isalpha() or cells[at + 1][0] == "%")
    )


def _between_letters(cells: list[_Cell], at: int) -> bool:
    """Whether a sign joins two words; never true between figures, where it is a part of the dose."""
    return 0 < at < len(cells) - 1 and cells[at - 1][0].isalpha() and cells[at + 1][0].isalpha()


def _without_outer_spaces(row: list[_Cell]) -> list[_Cell]:
    inked = [at for at, cell in enumerate(row) if cell[0] != " "]
    return row[inked[0] : inked[-1] + 1] if inked else []


def _line(row: list[_Cell], spans: list[Span], style: Style, rtl: bool) -> Line:
    pieces = [(spans[index], "".join(cell[0] for cell in cells)) for index, cells in groupby(row, lambda cell: cell[1])]
    runs: list[tuple[str, str]] = []
    for span, text in reversed(pieces) if rtl else pieces:
        runs += _runs(_visual(text, rtl and not span.isolated), _GLYPHS[span.bold])
    return Line(tuple(runs), sum(cell[2] for cell in row), style, rtl)


def _runs(text: str, glyphs: _Glyphs) -> list[tuple[str, str]]:
    """As few pieces of one font each as can be: a space goes with what stands before it."""
    runs: list[tuple[str, str]] = []
    font, start, drawn = "", 0, [glyphs[char] for char in text]
    for at, glyph in enumerate(drawn):
        if glyph.font != font and not (glyph.char == " " and font and _space_width(font) == glyph.width):
            runs.append((font, "".join(glyph.char for glyph in drawn[start:at])))
            font, start = glyph.font, at
    return [*runs[1:], (font, "".join(glyph.char for glyph in drawn[start:]))]


@cache
def _reshaper() -> ArabicReshaper:
    from arabic_reshaper import ArabicReshaper

    return ArabicReshaper(configuration={"delete_harakat": False})


@cache
def _space_width(font: str) -> float:
    from reportlab.pdfbase import pdfmetrics

    width: float = pdfmetrics.getFont(font).face.getCharWidth(32) / 1000
    return width


def _visual(text: str, rtl: bool) -> str:
    """The characters of one line from left to right."""
    if not rtl and not _RTL.search(text):
        return text
    # The fast reordering doesn't turn brackets round; the one in Python does.
    reorder = bidi.algorithm.get_display if _MIRRORED.search(text) else bidi.get_display
    visual: str = reorder(text, base_dir="R" if rtl else "L")
    return visual
