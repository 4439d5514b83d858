"""Prescriptions as PDFs: a usual one of three medicines, and one of twelve."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, replace
from functools import cache
from unittest.mock import patch

from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from bench.measure import WARMING, Figure, ratio
from bench.practice import Practice
from hmsdesk.controllers.demo.names import FAMILIES, MEN
from hmsdesk.printing.heading import Letterhead, PatientBox, PrescriberLine
from hmsdesk.printing.lettering import Line
from hmsdesk.printing.paper import Sheet
from hmsdesk.printing.prescription import PaperLine, PrescriptionPaper, render

ROUNDS = 120
BOUND = 2.0
_CODE_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_CODE_LENGTH = 330
_CODE_MM = 33
_MEDICINES = (
    PaperLine(
        "Metformin 850 mg tablet",
        60,
        "tablet",
        "Take one tablet by mouth twice a day, with breakfast and supper, for 30 days.",
        "قرص واحد بالفم مرتين يوميًا، مع الإفطار والعشاء، لمدة 30 يومًا.",
    ),
    PaperLine("Amlodipine 5 mg tablet", 30, "tablet", "Take one tablet in the morning.", "قرص واحد في الصباح."),
    PaperLine("Salbutamol inhaler", 1, "inhaler", "Two puffs when needed.", "بختان عند اللزوم."),
    PaperLine("Azithromycin 500 mg tablet", 3, "tablet", "One a day. Finish all three.", "قرص مرة يوميًا."),
)
_PAPER = PrescriptionPaper(
    letterhead=Letterhead(
        "Nile Family Clinic",
        "عيادة النيل للأسرة",
        "14 Tahrir Street, Dokki, Giza",
        "14 شارع التحرير، الدقي، الجيزة",
        "02 3555 0140",
    ),
    prescriber=PrescriberLine(
        "Dr Sara El-Masry",
        "د. سارة المصري",
        "family medicine",
        "طب الأسرة",
        "MD, Cairo University",
        "دكتوراه، جامعة القاهرة",
        "48213",
    ),
    patient=PatientBox("", "", "BK-4821-7", "12 Mar 1968", "58 years", "male", "Penicillin, sulfonamides"),
    issued="17 Nov 2026",
    lines=(),
    diagnosis="Acute bronchitis",
    advice="Drink plenty of water.",
    valid_until="17 Dec 2026",
    signed_at="17 Nov 2026, 10:52",
)


@dataclass
class _Drawn:
    """What the program wrote on each page of one document: lines, and where each begins from the lower left edge."""

    pages: list[list[tuple[Line, float, float]]]
    code: str


def run(_: Practice) -> list[Figure]:
    """Bare: a reportlab canvas on which the very same letters are drawn at the same places in the same embedded fonts,
    shaped and set out beforehand, and one QR code of the same text, made with a fixed mask, as a picture of one bit.
    """
    return [_measured(count, name) for count, name in ((3, "PDF"), (12, "PDF, twelve medicines"))]


def _measured(count: int, name: str) -> Figure:
    chance = random.Random(count)
    papers = {number: _paper(chance, number, count) for number in range(-WARMING, ROUNDS)}
    drawn = {number: _drawn(paper) for number, paper in papers.items()}
    return ratio(name, lambda number: render(papers[number], "A5"), lambda number: _bare(drawn[number]), ROUNDS, BOUND)


def _paper(chance: random.Random, number: int, count: int) -> PrescriptionPaper:
    """Another patient, other medicines in another order and another code each time."""
    names = [chance.choice(MEN), chance.choice(MEN), chance.choice(FAMILIES)]
    patient = replace(
        _PAPER.patient,
        name=" ".join(latin for latin, _ in names),
        name_ar=" ".join(arabic for _, arabic in names),
        identifier=f"BK-{chance.randrange(10_000):04}-7",
    )
    lines = tuple(
        replace(line, medicine=f"{line.medicine} {chance.randrange(1000)}")
        for line in (chance.choice(_MEDICINES) for _ in range(count))
    )
    code = "".join(chance.choices(_CODE_LETTERS, k=_CODE_LENGTH))
    return replace(_PAPER, patient=patient, lines=lines, number=f"RX-26-{number + WARMING:06}", code=code)


def _drawn(paper: PrescriptionPaper) -> _Drawn:
    drawn = _Drawn([[]], paper.code or "")
    letters, following = Sheet._letters, Sheet.next_page

    def note(sheet: Sheet, line: Line, x: float, baseline: float, grey: float) -> None:
        drawn.pages[-1].append((line, x, baseline))
        letters(sheet, line, x, baseline, grey)

    def turn(sheet: Sheet) -> None:
        drawn.pages.append([])
        following(sheet)

    with patch.object(Sheet, "_letters", note), patch.object(Sheet, "next_page", turn):
        render(paper, "A5")
    return drawn


def _bare(drawn: _Drawn) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, A5, pageCompression=1)
    for number, page in enumerate(drawn.pages):
        if number:
            canvas.showPage()
        for line, x, baseline in page:
            text = canvas.beginText(x, baseline)
            for font, letters in line.runs:
                text.setFont(font, line.style.size)
                text.textOut(letters)
            canvas.drawText(text)
    canvas.drawImage(_code(drawn.code), 10 * mm, 15 * mm, _CODE_MM * mm, _CODE_MM * mm)
    canvas.save()
    return out.getvalue()


def _code(text: str) -> ImageReader:
    """The code with a fixed mask, and of a size that was looked for beforehand, as eight pixels a square of one bit."""
    code = QRCode(_size_of(len(text)), error_correction=ERROR_CORRECT_M, mask_pattern=0, border=0)
    code.add_data(text, optimize=0)
    code.make(fit=False)
    rows = (8 * bytes(0 if dark else 255 for dark in row) for row in code.modules)
    side = 8 * len(code.modules)
    return ImageReader(Image.frombytes("1", (side, side), b"".join(rows)))


@cache
def _size_of(length: int) -> int:
    code = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=0)
    code.add_data("0A" * (length // 2), optimize=0)
    return int(code.best_fit())
