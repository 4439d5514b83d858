"""Rows of words and sums below one another, over as many pages as they need.

Lengths are layout points (see paper.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hmsdesk.errors import UserError
from hmsdesk.printing.lettering import Span, Style, wrap
from hmsdesk.printing.paper import Align, Block, PageSize, Sheet, beside, column, rule, space, stack

LABEL = Style(7, 9.5, grey=True)
BODY = Style(9, 12.5)
STRONG = Style(9, 12.5, bold=True)
SMALL = Style(8, 11)
SMALL_GREY = Style(8, 11, grey=True)
GAP = 6.0


@dataclass(frozen=True)
class Cell:
    """What stands in one column of a row. A sum keeps its direction among Arabic words."""

    text: str
    style: Style = BODY
    align: Align = "start"


@dataclass(frozen=True)
class Place:
    """A column: where it begins, and how wide it is."""

    x: float
    width: float


def places(page: PageSize, *widths: float) -> list[Place]:
    """Columns over the whole width: the first one takes what the others, of these widths, leave."""
    made = [Place(page.margin, page.width - sum(width + GAP for width in widths))]
    for width in widths:
        made.append(Place(made[-1].x + made[-1].width + GAP, width))
    return made


def row(cells: Sequence[Cell], columns: Sequence[Place]) -> Block:
    """One row; what is too long for its column takes several lines."""
    blocks = [
        column(wrap(_content(cell), cell.style, place.width), place.x, place.width, cell.align)
        for cell, place in zip(cells, columns, strict=True)
    ]
    return beside(*blocks)


def _content(cell: Cell) -> str | list[Span]:
    return [Span(cell.text, cell.style.bold, isolated=True)] if cell.align == "right" else cell.text


def headed(labels: Sequence[str], columns: Sequence[Place], page: PageSize) -> Block:
    """The labels over the columns; all but the first stand at the right, over their sums."""
    cells = [Cell(label, LABEL, "right" if n else "start") for n, label in enumerate(labels)]
    return stack(row(cells, columns), space(1.5), rule(page.margin, page.width, 0.5), space(2))


def sums(lines: Sequence[tuple[str, str, bool]], page: PageSize, width: float) -> Block:
    """Labels and sums at the right end, so wide; the third says which are strong."""
    split = Place(page.margin + page.width - width, width * 0.6 - GAP)
    amounts = Place(page.margin + page.width - width * 0.4, width * 0.4)
    rows = [
        row(
            [Cell(label, STRONG if strong else BODY), Cell(amount, STRONG if strong else BODY, "right")],
            [split, amounts],
        )
        for label, amount, strong in lines
    ]
    return stack(*rows)


@dataclass(frozen=True)
class Document:
    """What is spread over pages: a head on each of them, rows, and an end that stays together.

    foot: of page n of so many. watermark: a word across each page.
    """

    title: str
    head: Block
    rows: Sequence[Block]
    end: Block
    foot: Callable[[int, int], Block]
    watermark: str = ""


def drawn(document: Document, page: PageSize) -> bytes:
    """The PDF. Raises UserError where a part of it is longer than a page."""
    room = page.height - 2 * page.margin - document.head.height - document.foot(99, 99).height - GAP
    pages: list[list[Block]] = [[]]
    left = room
    for block in [*document.rows, document.end]:
        if block.height > room:
            raise UserError("A text of this paper is longer than a page.", "Nothing was printed. Choose A4.")
        if block.height > left:
            pages.append([])
            left = room
        pages[-1].append(block)
        left -= block.height
    sheet = Sheet(page, document.title)
    for number, blocks in enumerate(pages, start=1):
        if number > 1:
            sheet.next_page()
        if document.watermark:
            sheet.watermark(document.watermark)
        stack(document.head, *blocks).draw(sheet, page.margin)
        foot = document.foot(number, len(pages))
        foot.draw(sheet, page.height - page.margin - foot.height)
    return sheet.finish()
