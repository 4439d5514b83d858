"""An invoice on A5 or A4: letterhead, patient, what is billed, who pays how much, and what was paid.

Lengths are layout points (see paper.py). Nothing is read here: the caller gives every word and every sum.
"""

from __future__ import annotations

from dataclasses import dataclass

from hmsdesk.printing.heading import Letterhead, letterhead_block
from hmsdesk.printing.lettering import Span, Style, wrap
from hmsdesk.printing.paper import (
    SIZES,
    Block,
    PageSize,
    SizeName,
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
    LABEL,
    SMALL_GREY,
    STRONG,
    Cell,
    Document,
    Place,
    drawn,
    headed,
    places,
    row,
    sums,
)

_TITLE = Style(14, 18, bold=True)
_NUMBER, _SUM = 34.0, 54.0
_SUMS = 200.0
_GAP = 8.0


@dataclass(frozen=True)
class BillLine:
    """One line. note: below the label, as why it is cheaper; a sum that is empty takes no room."""

    label: str
    quantity: str
    price: str
    insurance: str
    amount: str
    note: str = ""


@dataclass(frozen=True)
class Addressee:
    """Whose bill it is."""

    name: str
    name_ar: str
    identifier: str
    insured: str = ""


@dataclass(frozen=True)
class InvoicePaper:
    """All that is printed. sums and payments: label, amount, whether it is strong. copy: printed before.

    stamp: Void, across the page, where it is; remark: since when, and why.
    """

    letterhead: Letterhead
    patient: Addressee
    number: str
    issued: str
    currency: str
    lines: tuple[BillLine, ...]
    sums: tuple[tuple[str, str, bool], ...]
    payments: tuple[tuple[str, str, bool], ...] = ()
    copy: bool = False
    stamp: str = ""
    remark: str = ""


def render(paper: InvoicePaper, size: SizeName) -> bytes:
    """The invoice as PDF, the same bytes for the same content. Raises UserError where a part is longer than a page."""
    page = SIZES[size]
    insured = any(line.insurance for line in paper.lines)
    columns = places(page, _NUMBER, _SUM, *([_SUM] if insured else []), _SUM)
    labels = ["Service", "Quantity", "Price", *(["Insurance"] if insured else []), f"Amount ({paper.currency})"]
    return drawn(
        Document(
            title=paper.number,
            head=stack(_head(paper, page), headed(labels, columns, page)),
            rows=[_line(line, columns, insured, page) for line in paper.lines],
            end=_end(paper, page),
            foot=lambda n, count: _foot(paper, page, n, count),
            watermark=paper.stamp.upper(),
        ),
        page,
    )


def _head(paper: InvoicePaper, page: PageSize) -> Block:
    arabic = column(wrap("فاتورة", _TITLE, page.width), page.margin, page.width, "right")
    title = column(wrap(f"Invoice {paper.number}", _TITLE, page.width), page.margin, page.width)
    marked = mark("Copy", page) if paper.copy else arabic
    return stack(
        letterhead_block(paper.letterhead, page),
        space(6),
        beside(title, marked),
        space(4),
        patient_row(paper.patient, paper.issued, page),
        space(8),
    )


def patient_row(patient: Addressee, issued: str, page: PageSize) -> Block:
    """The patient at the left, the date at the right, each with its label."""
    half = page.width * 0.62
    left, right = Place(page.margin, half), Place(page.margin + half, page.width - half)
    names = [Span(patient.name, bold=True), Span(f"  {patient.name_ar}" if patient.name_ar else "")]
    about = [Span(patient.identifier, isolated=True), Span(f" · {patient.insured}" if patient.insured else "")]
    return stack(
        row([Cell("Patient", LABEL), Cell("Date", LABEL, "right")], [left, right]),
        beside(
            column(wrap(names, BODY, left.width), left.x, left.width),
            column(wrap(issued, BODY, right.width), right.x, right.width, "right"),
        ),
        column(wrap(about, SMALL_GREY, page.width), page.margin, page.width),
    )


def _line(line: BillLine, columns: list[Place], insured: bool, page: PageSize) -> Block:
    amounts = [line.quantity, line.price, *([line.insurance] if insured else []), line.amount]
    cells = [Cell(line.label), *(Cell(amount, align="right") for amount in amounts)]
    note = column(wrap(line.note, SMALL_GREY, columns[0].width), columns[0].x, columns[0].width)
    return stack(row(cells, columns), note, space(2), rule(page.margin, page.width, 0.5, grey=True), space(2))


def _end(paper: InvoicePaper, page: PageSize) -> Block:
    many = "One line" if len(paper.lines) == 1 else f"{len(paper.lines)} lines"
    said = [f"{many}. Nothing follows.", *([paper.remark] if paper.remark else [])]
    room = page.width - _SUMS - _GAP
    closing = stack(*(column(wrap(one, SMALL_GREY, room), page.margin, room) for one in said))
    paid: list[Block] = []
    if paper.payments:
        paid = [space(10), column(wrap("Payments", STRONG, page.width), page.margin, page.width), space(1)]
        paid += [rule(page.margin, page.width, 0.5, grey=True), space(2)]
        paid += [_payment(one, page) for one in paper.payments]
    return stack(space(3), beside(closing, sums(paper.sums, page, _SUMS)), *paid)


def _payment(payment: tuple[str, str, bool], page: PageSize) -> Block:
    words, amount, strong = payment
    style = STRONG if strong else BODY
    return row([Cell(words, style), Cell(amount, style, "right")], places(page, _SUM + 20))


def _foot(paper: InvoicePaper, page: PageSize, number: int, count: int) -> Block:
    name = f"Invoice {paper.number}" + (", copy" if paper.copy else "")
    return foot_block(name, "", f"Page {number} of {count}", page)
