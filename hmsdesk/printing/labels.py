"""Labels for medicines: one each on a roll of labels, or many on a sheet of A4. In one language, English or Arabic.

What a patient must read is never cut off: letters get smaller down to 5.5 points, and then a second label follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hmsdesk.printing.lettering import Line, Style, wrap
from hmsdesk.printing.paper import Block, PageSize, Sheet, beside, column, rule, space, stack

LabelPaper = Literal["label", "A4"]
# A roll for a thermal printer, and the usual sheet of 21 labels (63.5 x 38.1 mm, sold as L7160).
_ROLL = PageSize(62, 29, 1.0)
_SHEET = PageSize(210, 297, 1.0)
_COLUMNS, _ROWS = 3, 7
_LEFT_MM, _TOP_MM, _STEP_X_MM, _STEP_Y_MM = 7.2, 15.1, 66.0, 38.1
_WIDTH_MM, _HEIGHT_MM = {"label": 62.0, "A4": 63.5}, {"label": 29.0, "A4": 38.1}
_MARGIN_MM = 2.0
_SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
_LEADING = 1.22


@dataclass(frozen=True)
class Label:
    """What stands on one label, in its language. rtl: it is read from right to left.

    about: whose it is and of which prescription, in numbers: two people may have one name.
    """

    clinic: str
    date: str
    patient: str
    medicine: str
    quantity: str
    dose: str
    keep_away: str
    about: str = ""
    rtl: bool = False


def render(labels: Sequence[Label], paper: LabelPaper) -> bytes:
    """The labels as PDF: a page each, or as many as go onto a sheet. Raises UserError where a font is missing."""
    size = _ROLL if paper == "label" else _SHEET
    width, height = size.mm(_WIDTH_MM[paper]), size.mm(_HEIGHT_MM[paper])
    margin = size.mm(_MARGIN_MM)
    made = [one for label in labels for one in _fitted(label, width - 2 * margin, height - 2 * margin)]
    sheet = Sheet(size, "Labels")
    on_page = 1 if paper == "label" else _COLUMNS * _ROWS
    for number, lines in enumerate(made):
        if number and number % on_page == 0:
            sheet.next_page()
        x, top = _place(number % on_page, size, paper)
        _block(lines, x + margin, width - 2 * margin).draw(sheet, top + margin)
    return sheet.finish()


def _place(number: int, size: PageSize, paper: LabelPaper) -> tuple[float, float]:
    """Where a label begins on its page."""
    if paper == "label":
        return 0, 0
    row, column_ = divmod(number, _COLUMNS)
    return size.mm(_LEFT_MM + column_ * _STEP_X_MM), size.mm(_TOP_MM + row * _STEP_Y_MM)


@dataclass(frozen=True)
class _Lines:
    """A label that was laid out. head: clinic and date, on one line."""

    head: tuple[list[Line], list[Line]]
    body: list[Line]
    foot: list[Line]
    rtl: bool

    @property
    def height(self) -> float:
        """With all its parts."""
        head = self.head[0][0].style.leading if self.head[0] else 0
        return head + 3 + _high(self.body) + _high(self.foot)


def _high(lines: Sequence[Line]) -> float:
    return sum(line.style.leading for line in lines)


def _fitted(label: Label, width: float, height: float) -> list[_Lines]:
    """A label in the largest letters that fit; in the smallest it goes on on another one."""
    for size in _SIZES:
        lines = _laid_out(label, size, width)
        if lines.height <= height:
            return [lines]
    return _in_several(_laid_out(label, _SIZES[-1], width), height)


def _laid_out(label: Label, size: float, width: float) -> _Lines:
    small = Style(min(size, 6.5), min(size, 6.5) * _LEADING)
    plain, bold = Style(size, size * _LEADING), Style(size, size * _LEADING, bold=True)
    date = wrap(label.date, small, width, label.rtl)
    room = width - max((line.width for line in date), default=0) - 6
    # The clinic's name may be shortened to its first line; all else is said in full.
    head = wrap(label.clinic, small, room, label.rtl)[:1], date
    body = [*wrap(label.patient, bold, width, label.rtl), *_medicine(label, bold, width)]
    body += wrap(label.dose, plain, width, label.rtl)
    foot = wrap(label.keep_away, small, width, label.rtl)
    # Numbers are read from left to right in either language.
    foot += wrap(label.about, small, width, False) if label.about else []
    return _Lines(head, body, foot, label.rtl)


def _medicine(label: Label, style: Style, width: float) -> list[Line]:
    """What it is and how much: on one line where both fit, as no number may stand apart from what it counts."""
    name = wrap(label.medicine, style, width, label.rtl)
    both = wrap(f"{label.medicine} · {label.quantity}", style, width, label.rtl)
    return both if len(both) == len(name) else [*name, *wrap(label.quantity, style, width, label.rtl)]


def _in_several(lines: _Lines, height: float) -> list[_Lines]:
    """The same on as many labels as it takes, each with its head and foot."""
    parts: list[list[Line]] = [[]]
    room = height - (lines.height - _high(lines.body))
    for line in lines.body:
        if parts[-1] and _high([*parts[-1], line]) > room:
            parts.append([])
        parts[-1].append(line)
    return [_Lines(lines.head, part, lines.foot, lines.rtl) for part in parts]


def _block(lines: _Lines, x: float, width: float) -> Block:
    clinic, date = lines.head
    # Arabic lines stand at the right by themselves; the date takes the other side.
    (when,) = date
    at = x if lines.rtl else x + width - when.width
    head = beside(column(clinic, x, width), column(date, at, when.width))
    return stack(head, space(1), rule(x, width, 0.4), space(1.6), column([*lines.body, *lines.foot], x, width))
