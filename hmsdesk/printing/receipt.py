"""A receipt for one payment or refund, on A5 or A4, or on a roll of 80 mm.

Lengths are layout points (see paper.py). Nothing is read here: the caller gives every word and every sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hmsdesk.printing.heading import Letterhead, letterhead_block
from hmsdesk.printing.invoice import Addressee, patient_row
from hmsdesk.printing.lettering import Span, Style, wrap
from hmsdesk.printing.paper import (
    SIZES,
    Block,
    PageSize,
    Sheet,
    beside,
    column,
    foot_block,
    mark,
    rule,
    space,
    stack,
)
from hmsdesk.printing.table import (
    BODY,
    SMALL,
    SMALL_GREY,
    STRONG,
    Cell,
    Document,
    drawn,
    places,
    row,
)

ReceiptSize = Literal["80 mm", "A5", "A4"]
ROLL: ReceiptSize = "80 mm"
# What printers for rolls of 80 mm reach is 72 mm wide (Epson TM-T20 and those that follow it: 576 dots of 203 dpi).
_ROLL = PageSize(80, 200, 1.0, margin_mm=4)
_TITLE = Style(14, 18, bold=True)
_ROLL_TITLE = Style(11, 14, bold=True)
_AMOUNT = Style(13, 18, bold=True)
_SUM = 90.0


@dataclass(frozen=True)
class ReceiptPaper:
    """All that is printed. kind: Receipt, Refund. facts and sums: label and words; what is empty is left out."""

    letterhead: Letterhead
    patient: Addressee
    kind: str
    kind_ar: str
    number: str
    at: str
    amount: str
    facts: tuple[tuple[str, str], ...]
    sums: tuple[tuple[str, str], ...]
    copy: bool = False


def render(paper: ReceiptPaper, size: ReceiptSize) -> bytes:
    """The receipt as PDF, the same bytes for the same content; a roll is as long as what stands on it."""
    if size == ROLL:
        return _on_roll(paper)
    page = SIZES["A4" if size == "A4" else "A5"]
    return drawn(
        Document(
            title=paper.number,
            head=_head(paper, page),
            rows=[_pair(label, words, page) for label, words in paper.facts if words],
            end=stack(
                space(6),
                _pair("Amount", paper.amount, page, _AMOUNT),
                rule(page.margin, page.width, 0.5),
                space(3),
                *(_pair(label, words, page) for label, words in paper.sums if words),
            ),
            foot=lambda n, count: foot_block(_name(paper), "", f"Page {n} of {count}", page),
        ),
        page,
    )


def _name(paper: ReceiptPaper) -> str:
    return f"{paper.kind} {paper.number}" + (", copy" if paper.copy else "")


def _head(paper: ReceiptPaper, page: PageSize) -> Block:
    arabic = column(wrap(paper.kind_ar, _TITLE, page.width), page.margin, page.width, "right")
    title = column(wrap(f"{paper.kind} {paper.number}", _TITLE, page.width), page.margin, page.width)
    return stack(
        letterhead_block(paper.letterhead, page),
        space(6),
        beside(title, mark("Copy", page) if paper.copy else arabic),
        space(4),
        patient_row(paper.patient, paper.at, page),
        space(8),
        rule(page.margin, page.width, 0.5, grey=True),
        space(3),
    )


def _pair(label: str, words: str, page: PageSize, style: Style = BODY) -> Block:
    columns = places(page, page.width * 0.6)
    return stack(row([Cell(label, SMALL_GREY), Cell(words, style, "right")], columns), space(2))


def _on_roll(paper: ReceiptPaper) -> bytes:
    """Everything in the middle or over the whole width, and no taller than it is."""
    page = _ROLL
    content = _roll(paper, page)
    tall = PageSize(page.width_mm, (content.height + 2 * page.margin) / page.mm(1), page.scale, page.margin_mm)
    sheet = Sheet(tall, paper.number)
    content.draw(sheet, tall.margin)
    return sheet.finish()


def _roll(paper: ReceiptPaper, page: PageSize) -> Block:
    def centred(text: str, style: Style) -> Block:
        return column(wrap(text, style, page.width), page.margin, page.width, "centre")

    head = paper.letterhead
    phone = column(wrap([Span(head.phone, isolated=True)], SMALL, page.width), page.margin, page.width, "centre")
    line = stack(space(4), rule(page.margin, page.width, 0.7), space(4))
    title = f"{paper.kind} {paper.number}" + (" (copy)" if paper.copy else "")
    return stack(
        centred(head.name, _ROLL_TITLE),
        centred(head.name_ar, _ROLL_TITLE),
        centred(head.address, SMALL),
        phone,
        line,
        centred(title, STRONG),
        centred(paper.kind_ar, BODY),
        centred(paper.at, SMALL),
        line,
        centred(paper.patient.name, BODY),
        centred(paper.patient.name_ar, BODY),
        column(
            wrap([Span(paper.patient.identifier, isolated=True)], SMALL, page.width), page.margin, page.width, "centre"
        ),
        line,
        *(_roll_pair(label, words, page) for label, words in paper.facts if words),
        space(2),
        _roll_pair("Amount", paper.amount, page, _ROLL_TITLE),
        space(2),
        *(_roll_pair(label, words, page) for label, words in paper.sums if words),
        line,
    )


def _roll_pair(label: str, words: str, page: PageSize, style: Style = SMALL) -> Block:
    return row([Cell(label, SMALL), Cell(words, style, "right")], places(page, page.width * 0.62))
