"""The top of every page about a patient: the practice, who writes, and the box that says whom it is about.

Lengths are layout points (see paper.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hmsdesk.printing.lettering import Line, Span, Style, plain, wrap
from hmsdesk.printing.paper import Block, PageSize, Sheet, beside, column, rule, space, stack

_Text = tuple[str | Sequence[Span], Style]

_PRACTICE = Style(15, 18, bold=True)
_PRACTICE_LONG = Style(11, 14, bold=True)
_SMALL_GREY = Style(8, 11, grey=True)
_LABEL = Style(7, 9.5, grey=True)
_BODY = Style(9, 12.5)
_STRONG = Style(9, 12.5, bold=True)
_NAME = Style(10.5, 15, bold=True)
_NAME_AR = Style(10.5, 15)

_PAD = 7.0
_RIGHT_PART = 0.285
_BOX_LINES = 5  # the most that allergies or diagnosis take in the box, which stands on every page


@dataclass(frozen=True)
class Letterhead:
    """The practice, in both languages."""

    name: str
    name_ar: str = ""
    address: str = ""
    address_ar: str = ""
    phone: str = ""


@dataclass(frozen=True)
class PrescriberLine:
    """Who prescribes, in both languages. name: with the title ("Dr Sara El-Masry")."""

    name: str
    name_ar: str = ""
    specialty: str = ""
    specialty_ar: str = ""
    qualification: str = ""
    qualification_ar: str = ""
    licence: str = ""


@dataclass(frozen=True)
class PatientBox:
    """Who it is for. birth and age: as printed ("12 Mar 1968", "58 years").

    allergies: never empty; "None known" and "Not recorded" are different words, and the caller knows which.
    """

    name: str
    name_ar: str
    identifier: str
    birth: str
    age: str
    sex: str
    allergies: str

    def __post_init__(self) -> None:
        if not plain(self.allergies).strip():
            raise ValueError("allergies must be said: 'None known' or 'Not recorded' if there are none")


# ---------------------------------------------------------------- practice and prescriber


@lru_cache(maxsize=16)
def letterhead_block(head: Letterhead, page: PageSize) -> Block:
    """Name and address at the left, the Arabic ones at the right, and a strong line below."""
    left = _practice(head.name, head.address, head.phone, page)
    right = _practice(head.name_ar, head.address_ar, head.phone, page)
    words = _bilingual(left, right, page.margin, page.width)
    return stack(words, space(5), rule(page.margin, page.width, 1.3))


def _practice(name: str, address: str, phone: str, page: PageSize) -> list[_Text]:
    """One column; the name in smaller letters where it would take more than two lines of half the page."""
    if not name and not address:
        return []
    long = len(wrap(name, _PRACTICE, page.width * 0.4)) > 2
    title = _PRACTICE_LONG if long else _PRACTICE
    return [(name, title), (address, _SMALL_GREY), ([Span(phone, isolated=True)], _SMALL_GREY)]


@lru_cache(maxsize=64)
def prescriber_block(who: PrescriberLine, page: PageSize) -> Block:
    """Name and specialty, below them qualification and licence; in Arabic at the right."""
    left: list[_Text] = [
        ([Span(who.name, bold=True), Span(_after(", ", who.name, who.specialty))], _BODY),
        (_licensed(who.qualification, "licence", who.licence), _SMALL_GREY),
    ]
    right: list[_Text] = [
        ([Span(who.name_ar, bold=True), Span(_after("، ", who.name_ar, who.specialty_ar))], _BODY),
        (_licensed(who.qualification_ar, "ترخيص", who.licence), _SMALL_GREY),
    ]
    arabic = who.name_ar or who.specialty_ar or who.qualification_ar
    return _bilingual(left, right if arabic else [], page.margin, page.width)


def _after(sign: str, before: str, text: str) -> str:
    return sign + text if before and text else text


def _licensed(qualification: str, word: str, licence: str) -> list[Span]:
    if not licence:
        return [Span(qualification)]
    return [Span(qualification), Span(_after(" · ", qualification, f"{word} ")), Span(licence, isolated=True)]


def _bilingual(left: Sequence[_Text], right: Sequence[_Text], x: float, width: float) -> Block:
    """Two columns, the right one in Arabic. Each gets the room it needs, both half of it where that isn't enough."""
    wants = _natural_width(left, False), _natural_width(right, True)
    room = width - 12 if all(wants) else width
    first = min(wants[0], max(room / 2, room - wants[1]))
    second = min(wants[1], room - first)
    return beside(
        column(_wrap_all(left, first, False), x, first),
        column(_wrap_all(right, second, True), x + width - second, second, "right"),
    )


def _natural_width(texts: Sequence[_Text], rtl: bool) -> float:
    return max((line.width for line in _wrap_all(texts, float("inf"), rtl)), default=0)


def _wrap_all(texts: Sequence[_Text], width: float, rtl: bool) -> list[Line]:
    return [line for content, style in texts for line in wrap(content, style, width, rtl or None)]


# ---------------------------------------------------------------- the patient's box

_Field = Callable[[float, float], Block]  # x and width -> what stands in a cell


def patient_block(patient: PatientBox, issued: str, diagnosis: str, page: PageSize) -> Block:
    """The box; a field that is empty leaves its room to the other one of its row."""
    rows = [
        [_patient_field(patient), _field("Date", issued, _NAME_AR)],
        [_born_field(patient), _field("Patient ID", patient.identifier, _BODY)],
        *_health_rows(patient.allergies, diagnosis, page),
    ]
    cells = stack(*(_row(fields, page) for row in rows if (fields := [field for field in row if field])))

    def draw(sheet: Sheet, top: float) -> None:
        cells.draw(sheet, top)
        sheet.frame(page.margin, top, page.width, cells.height)

    return Block(cells.height, draw)


def overlong_lines(patient: PatientBox, diagnosis: str, page: PageSize) -> list[Line]:
    """What the box had to shorten, in full."""
    lines: list[Line] = []
    for label, text, style in (("Allergies", patient.allergies, _STRONG), ("Diagnosis", diagnosis, _BODY)):
        if len(wrap(text, style, page.width - 2 * _PAD)) > _BOX_LINES:
            lines += wrap(f"{label} in full", _LABEL, page.width) + wrap(text, style, page.width)
    return lines


def _row(fields: list[_Field], page: PageSize) -> Block:
    """One field over the whole width or two beside one another, with thin lines above and between."""
    left, right = page.margin, page.margin + page.width
    split = right - page.width * _RIGHT_PART if len(fields) == 2 else right
    places = [(left, split), (split, right)][: len(fields)]
    cells = [field(start + _PAD, end - start - 2 * _PAD) for field, (start, end) in zip(fields, places, strict=True)]
    content = beside(*cells)

    def draw(sheet: Sheet, top: float) -> None:
        sheet.stroke((left, top), (right, top), 0.5, grey=True)
        sheet.stroke((split, top), (split, top + content.height), 0.5, grey=True)
        content.draw(sheet, top)

    return Block(content.height, draw)


def _cell(label: str, content: Block, x: float, width: float) -> Block:
    return stack(space(2), column(wrap(label, _LABEL, width), x, width), content, space(2.5))


def _field(label: str, text: str, style: Style) -> _Field | None:
    if not plain(text).strip():
        return None

    def block(x: float, width: float) -> Block:
        lines = wrap(text, style, width)
        if len(lines) > _BOX_LINES:
            lines = lines[: _BOX_LINES - 1] + wrap("… in full on page 1, below this box", _LABEL, width)
        return _cell(label, column(lines, x, width), x, width)

    return block


def _patient_field(patient: PatientBox) -> _Field:
    """The name in both scripts: on one line where there is room, else below one another."""

    def block(x: float, width: float) -> Block:
        name = wrap(patient.name, _NAME, width)
        other = wrap(patient.name_ar, _NAME_AR if name else _NAME, width)
        if len(name) == len(other) == 1 and name[0].width + 8 + other[0].width <= width:
            content = beside(column(name, x, width), column(other, x + name[0].width + 8, other[0].width))
        else:
            content = stack(column(name, x, width), column(other, x, width))
        return _cell("Patient", content, x, width)

    return block


def _born_field(patient: PatientBox) -> _Field | None:
    parts = [("born", patient.birth), ("" if patient.birth else "age", patient.age), ("sex", patient.sex)]
    label = ", ".join(name for name, value in parts if name and value)
    return _field(label.capitalize(), ", ".join(value for _, value in parts if value), _BODY)


def _health_rows(allergies: str, diagnosis: str, page: PageSize) -> list[list[_Field | None]]:
    """Beside one another, or below one another where one of them is long."""
    right = page.width * _RIGHT_PART - 2 * _PAD
    left = page.width - page.width * _RIGHT_PART - 2 * _PAD
    short = len(wrap(allergies, _STRONG, left)) <= 3 and len(wrap(diagnosis, _BODY, right)) <= 3
    fields = [_field("Allergies", allergies, _STRONG), _field("Diagnosis", diagnosis, _BODY)]
    return [fields] if short else [fields[:1], fields[1:]]
