"""The report of a cashier's closed drawer on A4 or A5: what came in by which method, and what was counted.

Lengths are layout points (see paper.py). Nothing is read here: the caller gives every word and every sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hmsdesk.printing.heading import Letterhead, letterhead_block
from hmsdesk.printing.lettering import Style, wrap
from hmsdesk.printing.paper import (
    SIZES,
    Block,
    PageSize,
    SizeName,
    beside,
    column,
    foot_block,
    rule,
    space,
    stack,
)
from hmsdesk.printing.table import (
    BODY,
    LABEL,
    SMALL_GREY,
    STRONG,
    Cell,
    Document,
    drawn,
    headed,
    places,
    row,
)

_TITLE = Style(14, 18, bold=True)
_SUM = 66.0
_TAKEN = 60.0


# Method, payments, taken, given back, undone, kept.
MethodLine = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class ClosingPaper:
    """All that is printed. cash: label, amount, whether it is strong. corrections: of what it was opened with.

    entries: receipt, time, patient, method, amount of each payment.
    """

    letterhead: Letterhead
    cashier: str
    title: str
    opened: str
    closed: str
    currency: str
    methods: tuple[MethodLine, ...]
    cash: tuple[tuple[str, str, bool], ...]
    corrections: tuple[str, ...] = ()
    pieces: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    entries: tuple[tuple[str, str, str, str, str], ...] = ()


def render(paper: ClosingPaper, size: SizeName) -> bytes:
    """The report as PDF, the same bytes for the same content."""
    page = SIZES[size]
    return drawn(
        Document(
            title=paper.title,
            head=_head(paper, page),
            rows=[*_methods(paper, page), *_cash(paper, page), *_entries(paper, page)],
            end=_signature(paper, page),
            foot=lambda n, count: foot_block(f"{paper.title}, {paper.cashier}", "", f"Page {n} of {count}", page),
        ),
        page,
    )


def _head(paper: ClosingPaper, page: PageSize) -> Block:
    facts = [("Cashier", paper.cashier), ("Opened", paper.opened), ("Closed", paper.closed)]
    third = page.width / len(facts)
    cells = [
        stack(
            column(wrap(label, LABEL, third), page.margin + n * third, third),
            column(wrap(words, BODY, third - 6), page.margin + n * third, third),
        )
        for n, (label, words) in enumerate(facts)
    ]
    return stack(
        letterhead_block(paper.letterhead, page),
        space(6),
        column(wrap(paper.title, _TITLE, page.width), page.margin, page.width),
        space(3),
        beside(*cells),
        space(8),
    )


def _table(
    labels: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], page: PageSize
) -> list[Block]:
    columns = places(page, *widths)
    made = [headed(labels, columns, page)]
    for one in rows:
        cells = [Cell(text, align="right" if n else "start") for n, text in enumerate(one)]
        made.append(stack(row(cells, columns), space(1.5)))
    return made


def _methods(paper: ClosingPaper, page: PageSize) -> list[Block]:
    if not paper.methods:
        return []
    labels = ("Taken by", "Payments", "Taken", "Given back", "Undone", f"Kept ({paper.currency})")
    return [*_table(labels, paper.methods, (40.0, *(_TAKEN,) * 4), page), space(8)]


def _cash(paper: ClosingPaper, page: PageSize) -> list[Block]:
    columns = places(page, _SUM + 20)
    rows = [
        row([Cell(label, STRONG if strong else BODY), Cell(amount, STRONG if strong else BODY, "right")], columns)
        for label, amount, strong in paper.cash
    ]
    heading = column(wrap("Cash", STRONG, page.width), page.margin, page.width)
    reason = column(wrap(f"Reason: {paper.reason}" if paper.reason else "", BODY, page.width), page.margin, page.width)
    counted = _table(("Notes and coins", f"Sum ({paper.currency})"), paper.pieces, (_SUM + 20,), page)
    corrected = [column(wrap(one, SMALL_GREY, page.width), page.margin, page.width) for one in paper.corrections]
    made = [heading, rule(page.margin, page.width, 0.5, grey=True), space(2), *corrected, *rows, reason, space(8)]
    return [*made, *(counted if paper.pieces else []), space(8)]


def _entries(paper: ClosingPaper, page: PageSize) -> list[Block]:
    if not paper.entries:
        return [column(wrap("Nothing was taken.", SMALL_GREY, page.width), page.margin, page.width)]
    columns = places(page, 30.0, page.width * 0.32, 60.0, _SUM)
    labels = [Cell(label, LABEL, "right" if n == 4 else "start") for n, label in enumerate(_ENTRY_LABELS)]
    made = [stack(row(labels, columns), space(1.5), rule(page.margin, page.width, 0.5), space(2))]
    for one in paper.entries:
        cells = [Cell(text, align="right" if n == 4 else "left") for n, text in enumerate(one)]
        made.append(stack(row(cells, columns), space(1.5)))
    return made


_ENTRY_LABELS = ("Receipt", "Time", "Patient", "Method", "Amount")


def _signature(paper: ClosingPaper, page: PageSize) -> Block:
    width = page.width * 0.45
    right = page.margin + page.width - width
    return stack(
        space(34),
        beside(rule(page.margin, width, 1), rule(right, width, 1)),
        space(2),
        beside(
            column(wrap(paper.cashier, SMALL_GREY, width), page.margin, width),
            column(wrap("Received by", SMALL_GREY, width), right, width),
        ),
    )
