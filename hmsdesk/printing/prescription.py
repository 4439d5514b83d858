"""A prescription on A5 or A4: letterhead, patient, numbered medicines, and the code that proves who signed it.

Lengths are layout points (see paper.py). Nothing is read here: the caller gives every word, already in its language.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from num2words import num2words

from hmsdesk.errors import UserError
from hmsdesk.printing.heading import (
    Letterhead,
    PatientBox,
    PrescriberLine,
    letterhead_block,
    overlong_lines,
    patient_block,
    prescriber_block,
)
from hmsdesk.printing.lettering import Line, Span, Style, drawable, is_rtl, wrap
from hmsdesk.printing.paper import (
    SIZES,
    Block,
    PageSize,
    Sheet,
    SizeName,
    beside,
    column,
    foot_block,
    mark,
    qr_code,
    rule,
    space,
    stack,
)

_LABEL = Style(7, 9.5, grey=True)
_BODY = Style(9, 12.5)
_STRONG = Style(9, 12.5, bold=True)
_MEDICINE = Style(11, 14.5, bold=True)
_QUANTITY = Style(9, 15.9)  # so that it stands on the line of the medicine
_MARK = Style(8, 11, bold=True)
_SMALL = Style(8, 11)
_SMALL_GREY = Style(8, 11, grey=True)
_RX = Style(27, 25, bold=True)

_NUMBER_INDENT = 22.0
_NEXT_AR = " · الزيارة القادمة"
_SIGNATURE_WIDTH = 115.0
_SHRINKING = (1.0, 0.88, 0.78)  # how far letters become smaller before a text is refused as too long


@dataclass(frozen=True)
class PaperLine:
    """One medicine. unit: in the singular ("tablet"); a dose left empty takes no room.

    marks: sentences below the dose. waits: the doctor has still to decide about it.
    """

    medicine: str
    quantity: int
    unit: str
    dose_en: str = ""
    dose_ar: str = ""
    marks: tuple[str, ...] = ()
    waits: bool = False


@dataclass(frozen=True)
class PrescriptionPaper:
    """All that is printed. Dates are given as words; what is empty is left out together with its label.

    code: the text of the QR code; None is a draft, or what stands `across` the page.
    copy: how it says that it isn't the original ("Copy 2, printed 20 Nov 2026, 10:42").
    """

    letterhead: Letterhead
    prescriber: PrescriberLine
    patient: PatientBox
    issued: str
    lines: tuple[PaperLine, ...]
    diagnosis: str = ""
    advice: str = ""
    number: str = ""
    valid_until: str = ""
    signed_at: str = ""
    code: str | None = None
    copy: str = ""
    next_visit: str = ""
    across: str = ""


def render(paper: PrescriptionPaper, size: SizeName) -> bytes:
    """The prescription as PDF, the same bytes for the same content.

    Raises UserError where a part is too long for a page, or no font of this machine has the letters.
    """
    for together, shrunk in product((True, False), _SHRINKING):
        page = replace(SIZES[size], scale=SIZES[size].scale * shrunk)
        header = _header(paper, page)
        if pages := _fill_pages(paper, page, header.height, together):
            return _draw(paper, page, header, pages)
    remedy = "Shorten it, or choose A4." if size == "A5" else "Shorten it."
    raise UserError("A text of this prescription is longer than a page.", f"Nothing was printed. {remedy}")


def _draw(paper: PrescriptionPaper, page: PageSize, header: Block, pages: list[list[Block]]) -> bytes:
    sheet = Sheet(page, paper.number or "Draft prescription")
    for number, blocks in enumerate(pages, start=1):
        if number > 1:
            sheet.next_page()
        if paper.code is None:
            sheet.watermark(paper.across or "DRAFT")
        stack(header, *blocks).draw(sheet, page.margin)
        foot = _foot(paper, page, number, len(pages))
        foot.draw(sheet, page.height - page.margin - foot.height)
    return sheet.finish()


# ---------------------------------------------------------------- pages


def _fill_pages(paper: PrescriptionPaper, page: PageSize, header: float, together: bool) -> list[list[Block]]:
    """What stands between the patient's box and the foot, page by page; no page where a part doesn't fit on one.

    together: the last medicine and the advice stand on the signed page; else long advice may fill pages of its own.
    """
    room = page.height - 2 * page.margin - header - _foot(paper, page, 99, 99).height
    turn, onward = _turn(page, 2), _onward(paper, page, 1)
    body, last, end = _parts(paper, page, together)
    least = room - onward.height
    if any(block.height > least - turn.height for block in body) or last.height + end.height > least:
        return []
    pages: list[list[Block]] = [[]]
    used = 0.0
    for block in [*body, last]:
        if used + block.height + (end.height if block is last else turn.height) > room:
            pages[-1].append(_turn(page, len(pages) + 1))
            pages.append([_onward(paper, page, len(pages))])
            used = onward.height
        pages[-1].append(block)
        used += block.height
    pages[-1] += [space(room - used - end.height), end]
    return pages


def _parts(paper: PrescriptionPaper, page: PageSize, together: bool) -> tuple[list[Block], Block, Block]:
    """What may be spread over pages; what stands at the top of the last one; what stands at its bottom."""
    count = len(paper.lines)
    medicines = [_medicine(line, number, page) for number, line in enumerate(paper.lines, start=1)]
    medicines[:1] = [stack(_rx_row(paper, page), *medicines[:1])]
    long_texts = overlong_lines(paper.patient, paper.diagnosis, page)
    before = [space(5), *_one_by_one(long_texts, page)] if long_texts else []
    closing, notes, end = _closing(count, page), _notes(paper, page), _end(paper, page)
    if together:
        return [*before, *medicines[:-1]], stack(*medicines[-1:], closing, *notes), end
    return [*before, *medicines, *notes], closing, end


# ---------------------------------------------------------------- top and foot


def _header(paper: PrescriptionPaper, page: PageSize) -> Block:
    """What stands on every page, so that no page can be taken for another patient's."""
    return stack(
        letterhead_block(paper.letterhead, page),
        space(4),
        prescriber_block(paper.prescriber, page),
        space(5),
        patient_block(paper.patient, paper.issued, paper.diagnosis, page),
    )


def _foot(paper: PrescriptionPaper, page: PageSize, number: int, count: int) -> Block:
    name = f"{'Prescription' if paper.number else 'Draft'} {paper.number}".strip()
    if paper.copy:
        name += ", copy"
    valid = f"Valid until {paper.valid_until}" if paper.valid_until else ""
    return foot_block(name, valid, f"Page {number} of {count}", page)


def _one_by_one(lines: list[Line], page: PageSize) -> list[Block]:
    return [column([line], page.margin, page.width) for line in lines]


# ---------------------------------------------------------------- medicines


def _rx_row(paper: PrescriptionPaper, page: PageSize) -> Block:
    sign = "℞" if drawable("℞", bold=True) else "Rx"
    letters = stack(space(3), column(wrap(sign, _RX, page.width), page.margin, page.width), space(1))
    return beside(letters, mark(paper.copy, page)) if paper.copy else letters


def _onward(paper: PrescriptionPaper, page: PageSize, before: int) -> Block:
    """The first line of a further page."""
    words = wrap(f"Continued from page {before}", _SMALL_GREY, page.width)
    line = stack(space(6), column(words, page.margin, page.width), space(6))
    return beside(line, mark(paper.copy, page)) if paper.copy else line


def _medicine(line: PaperLine, number: int, page: PageSize) -> Block:
    """Number, name and quantity; the dose in both languages; a thin line above all but the first one."""
    x, width = page.margin + _NUMBER_INDENT, page.width - _NUMBER_INDENT
    above = space(0) if number == 1 else rule(page.margin, page.width, 0.5, grey=True)
    if line.waits:
        return stack(above, space(3), _waiting(line, number, page), space(2.5))
    marks = [one for mark in line.marks for one in wrap(mark, _MARK, width)]
    return stack(
        above,
        space(3),
        _medicine_title(line, number, page),
        column(wrap(line.dose_en, _BODY, width), x, width),
        column(wrap(line.dose_ar, _BODY, width, rtl=True), x, width),
        column(marks, x, width),
        space(2.5),
    )


def _waiting(line: PaperLine, number: int, page: PageSize) -> Block:
    """The place of a medicine that is not decided about."""
    x, width = page.margin + _NUMBER_INDENT, page.width - _NUMBER_INDENT
    words = column(wrap(f"{line.medicine} waits for your decision.", _SMALL_GREY, width - 16), x + 8, width - 16)
    figure = column(wrap(f"{number}.", _MEDICINE, width), page.margin, width)

    def draw(sheet: Sheet, top: float) -> None:
        sheet.frame(x, top, width, words.height + 8, dashed=True)
        stack(space(4), words).draw(sheet, top)

    return beside(figure, Block(words.height + 10, draw))


def _medicine_title(line: PaperLine, number: int, page: PageSize) -> Block:
    x, width = page.margin + _NUMBER_INDENT, page.width - _NUMBER_INDENT
    quantity = wrap(_quantity(line), _QUANTITY, width)
    short = len(quantity) == 1 and quantity[0].width <= 0.45 * width
    room = width - quantity[0].width - 8 if short else width
    figure = column(wrap(f"{number}.", _MEDICINE, width), page.margin, width)
    name = column(wrap(line.medicine, _MEDICINE, room), x, room)
    amount = column(quantity, x, width, "right")
    if short:
        return Block(name.height, beside(figure, name, amount).draw)
    return stack(beside(figure, name), amount)


def _quantity(line: PaperLine) -> str:
    """In figures and words, so that neither can be changed by hand alone."""
    return f"{line.quantity} ({num2words(line.quantity)}) {_plural(line.unit, line.quantity)}"


def _plural(unit: str, count: int) -> str:
    """Measures (ml, g) and what is a plural already stay as they are."""
    if count == 1 or len(unit) <= 2 or not unit.isascii() or not unit.islower() or unit.endswith("s"):
        return unit
    if unit.endswith(("x", "ch", "sh")):
        return unit + "es"
    if unit.endswith("y") and unit[-2] not in "aeiou":
        return unit[:-1] + "ies"
    return unit + "s"


def _closing(count: int, page: PageSize) -> Block:
    if not count:
        return space(0)
    return _between_rules(f"{num2words(count).capitalize()} medicine{'s' * (count > 1)}. Nothing follows.", page)


def _turn(page: PageSize, following: int) -> Block:
    return _between_rules(f"Continued on page {following}.", page)


@lru_cache(maxsize=64)
def _between_rules(words: str, page: PageSize) -> Block:
    """Words in the middle of a line over the whole width: nothing can be added there by hand."""
    lines = wrap(words, _SMALL_GREY, page.width)
    side = (page.width - lines[0].width) / 2 - 7
    right = page.margin + page.width - side
    level = stack(space(5.5), beside(rule(page.margin, side, 0.5), rule(right, side, 0.5)))
    return stack(beside(column(lines, page.margin, page.width, "centre"), level), space(4))


# ---------------------------------------------------------------- after the medicines


def _notes(paper: PrescriptionPaper, page: PageSize) -> list[Block]:
    advice = _note("Advice:", "الإرشادات:", paper.advice, page)
    next_visit = [Span("Next visit:", bold=True), Span(f" {paper.next_visit}."), Span(_NEXT_AR)]
    visit = wrap(next_visit, _BODY, page.width) if paper.next_visit else []
    return _one_by_one(advice + visit, page)


def _note(label: str, label_ar: str, text: str, page: PageSize) -> list[Line]:
    paragraphs = [part for part in text.splitlines() if part.strip()]
    if not paragraphs:
        return []
    rtl = is_rtl(text)
    first = [Span(label_ar if rtl else label, bold=True), Span(f" {paragraphs[0]}")]
    lines = wrap(first, _BODY, page.width, rtl)
    return lines + [line for part in paragraphs[1:] for line in wrap(part, _BODY, page.width)]


def _end(paper: PrescriptionPaper, page: PageSize) -> Block:
    """The code, what it is for, and the place to sign."""
    side, quiet, code = _code(paper, page)
    gap = max(10.0, quiet)
    middle_x = page.margin + side + gap
    signature_x = page.margin + page.width - _SIGNATURE_WIDTH
    who = paper.prescriber.name or paper.prescriber.name_ar
    words = _explanation(who, _speaks_arabic(paper), middle_x, signature_x - middle_x - 10)
    signature = _signature(paper, signature_x)
    height = max(side, words.height, signature.height)
    return stack(
        space(max(7.0, quiet)),
        beside(
            code,
            space(0) if paper.code is None else stack(space((height - words.height) / 2), words),
            stack(space(height - signature.height), signature),
        ),
        space(max(7.0, quiet)),
    )


def _code(paper: PrescriptionPaper, page: PageSize) -> tuple[float, float, Block]:
    """Its side, the white border it needs, and the code; for a draft a dashed box of the same size."""
    if paper.code is None:
        return page.mm(30), 0.0, _empty_code("No code: cancelled" if paper.number else "Code appears when signed", page)
    code = qr_code(paper.code)
    side = page.mm(code.side_mm)
    return side, page.mm(code.quiet_mm), Block(side, lambda sheet, top: sheet.code(code, page.margin, top, side))


def _empty_code(why: str, page: PageSize) -> Block:
    side = page.mm(30)
    words = column(wrap(why, _SMALL_GREY, side - 16), page.margin + 8, side - 16, "centre")

    def draw(sheet: Sheet, top: float) -> None:
        sheet.frame(page.margin, top, side, side, dashed=True)
        words.draw(sheet, top + (side - words.height) / 2)

    return Block(side, draw)


@lru_cache(maxsize=64)
def _explanation(who: str, in_arabic: bool, x: float, width: float) -> Block:
    lines = wrap([Span("For the dispensary", bold=True)], _SMALL, width)
    lines += wrap(
        f"Scan to open this prescription. It proves that {who} signed it and that nothing was changed.", _SMALL, width
    )
    parts = [column(lines, x, width)]
    if in_arabic:
        arabic = " امسح الرمز لفتح الوصفة والتأكد من صحة التوقيع وأن شيئًا لم يتغير."
        parts += [space(3), column(wrap([Span("للصيدلية:", bold=True), Span(arabic)], _SMALL, width), x, width)]
    return stack(*parts)


def _speaks_arabic(paper: PrescriptionPaper) -> bool:
    named = paper.letterhead.name_ar or paper.prescriber.name_ar
    return bool(named or any(line.dose_ar for line in paper.lines))


def _signature(paper: PrescriptionPaper, x: float) -> Block:
    width = _SIGNATURE_WIDTH
    signed = wrap(f"Signed {paper.signed_at}" if paper.signed_at else "", _LABEL, width)
    name = wrap(paper.prescriber.name or paper.prescriber.name_ar, _STRONG, width)
    return stack(
        column(signed, x, width, "right"),
        space(28),
        rule(x, width, 1),
        space(2),
        column(name, x, width),
        column(wrap("Signature and stamp", _SMALL_GREY, width), x, width),
    )
