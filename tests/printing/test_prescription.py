"""The prescription as it comes out of the printer: read back with pdftotext, pdftoppm, zxing and zbar."""

import io
import random
import re
import shutil
import subprocess
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from html import unescape
from itertools import combinations
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from hmsdesk.errors import UserError
from hmsdesk.printing.heading import Letterhead, PatientBox, PrescriberLine
from hmsdesk.printing.paper import SizeName
from hmsdesk.printing.prescription import PaperLine, PrescriptionPaper, render

SIZES: list[SizeName] = ["A5", "A4"]
POINTS_PER_MM = 72 / 25.4
PAPER_MM = {"A5": (148, 210), "A4": (210, 297)}


def payload(length: int) -> str:
    return "".join(random.Random(length).choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", k=length))


LINES = (
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
PAPER = PrescriptionPaper(
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
    patient=PatientBox(
        "Mohamed Ali Hassan",
        "محمد علي حسن",
        "BK-4821-7",
        "12 Mar 1968",
        "58 years",
        "male",
        "Penicillin, sulfonamides",
    ),
    issued="17 Nov 2026",
    lines=LINES,
    diagnosis="Acute bronchitis",
    advice="Drink plenty of water.",
    number="RX-26-011482",
    valid_until="17 Dec 2026",
    signed_at="17 Nov 2026, 10:52",
    code=payload(200),
)
TWELVE = replace(PAPER, lines=tuple(replace(LINES[n % 4], medicine=f"Medicine{n + 1:02}") for n in range(12)))
LONG_NAME = "Maximilian Alexander Bartholomew Fitzgerald-Worthington-Cholmondeley van der Bergh Abdelrahman"
LONG_ARABIC = "عبد الرحمن محمد عبد العزيز بن سليمان بن عبد الله الأنصاري الحسيني المغربي عبد المطلب نور الدين"


def changed(**patient: str) -> PrescriptionPaper:
    return replace(PAPER, patient=replace(PAPER.patient, **patient))


OVERFULL = {
    "long names": replace(
        changed(name=LONG_NAME, name_ar=LONG_ARABIC),
        prescriber=replace(PAPER.prescriber, name=f"Dr {LONG_NAME}", name_ar=LONG_ARABIC),
        letterhead=replace(PAPER.letterhead, name=f"Clinic of {LONG_NAME}", name_ar=LONG_ARABIC),
    ),
    "long words": replace(
        changed(name="W" * 90, identifier="9" * 60, allergies="Q" * 150),
        diagnosis="D" * 100,
        advice="V" * 200,
        number="N" * 60,
        lines=(PaperLine("M" * 150, 123456789, "U" * 90, "E" * 300, "ع" * 300),),
    ),
    "many allergies": changed(allergies=", ".join(f"substance {n:03}" for n in range(150))),
    "long diagnosis": replace(PAPER, diagnosis="essential hypertension " * 40),
    "long advice": replace(PAPER, advice="\n".join(f"advice{n:03} " + "rest and drink " * 8 for n in range(60))),
    "many medicines": replace(TWELVE, lines=TWELVE.lines * 5),
    "many squares": replace(PAPER, code=payload(2500)),
    "long medicine": replace(PAPER, lines=(replace(LINES[0], medicine="Amoxicillin with clavulanic acid " * 4),)),
    "long dose": replace(PAPER, lines=(replace(LINES[0], dose_en="one two three four " * 40),)),
}


@dataclass(frozen=True)
class Word:
    text: str
    page: int
    left: float
    top: float
    right: float
    bottom: float


def words(pdf: bytes) -> list[Word]:
    """Every word with its place in points."""
    out = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    found = []
    for number, page in enumerate(out.split("<page ")[1:], start=1):
        for *box, text in re.findall(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', page):
            found.append(Word(unescape(text), number, *map(float, box)))
    return found


def pages(pdf: bytes) -> list[str]:
    """The text of each page; Arabic in reading order and plain letters."""
    out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    plain = re.sub("[\u202a-\u202e\u2066-\u2069]", "", unicodedata.normalize("NFKC", out))
    return [" ".join(page.split()) for page in plain.split("\f")[:-1]]


def picture(pdf: bytes, page: int, dots: int = 150) -> Image.Image:
    command = ["pdftoppm", "-r", str(dots), "-f", str(page), "-l", str(page), "-gray", "-"]
    out = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    return Image.open(io.BytesIO(out))


def codes(pdf: bytes, page: int) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture(pdf, page))]


# ---------------------------------------------------------------- what stands on it


@pytest.mark.parametrize("size", SIZES)
def test_four_medicines_and_everything_else_fit_on_one_page(size: SizeName) -> None:
    (text,) = pages(render(PAPER, size))
    for part in (
        "Nile Family Clinic", "14 Tahrir Street, Dokki, Giza", "Dr Sara El-Masry, family medicine",
        "MD, Cairo University · licence 48213", "Mohamed Ali Hassan", "17 Nov 2026", "12 Mar 1968, 58 years, male",
        "BK-4821-7", "Penicillin, sulfonamides", "Acute bronchitis", "℞", "1. Metformin 850 mg tablet",
        "60 (sixty) tablets", LINES[0].dose_en, "3. Salbutamol inhaler", "1 (one) inhaler", "4. Azithromycin",
        "3 (three) tablets", "Four medicines. Nothing follows.", "Advice: Drink plenty of water.",
        "Scan to open this prescription", "Signed 17 Nov 2026, 10:52",
        "Signature and stamp", "Prescription RX-26-011482", "Valid until 17 Dec 2026", "Page 1 of 1",
    ):  # fmt: skip
        assert part in text
    assert "DRAFT" not in text
    assert "opy" not in text


@pytest.mark.parametrize("size", SIZES)
def test_the_arabic_can_be_read_back(size: SizeName) -> None:
    (text,) = pages(render(PAPER, size))
    for part in (
        "عيادة النيل للأسرة", "شارع التحرير", "سارة المصري", "ترخيص", "محمد علي حسن", "قرص واحد بالفم مرتين",
        "مع الإفطار والعشاء", "بختان عند اللزوم", "للصيدلية", "امسح الرمز لفتح الوصفة",
    ):  # fmt: skip
        assert part in text
    assert text.count("02 3555 0140") == 2, "the phone number isn't turned round"


def test_the_medicines_stand_in_their_order() -> None:
    (text,) = pages(render(PAPER, "A5"))
    places = [text.index(line.medicine) for line in LINES]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("quantity", "unit", "printed"),
    [
        (1, "tablet", "1 (one) tablet"),
        (21, "tablet", "21 (twenty-one) tablets"),
        (2, "box", "2 (two) boxes"),
        (3, "suppository", "3 (three) suppositories"),
        (2, "spray", "2 (two) sprays"),
        (5, "ml", "5 (five) ml"),
        (20, "drops", "20 (twenty) drops"),
        (2, "IU", "2 (two) IU"),
        (2, "قرص", "2 (two)"),
        (4, "", "4 (four)"),
    ],
)
def test_the_quantity_stands_in_figures_and_words(quantity: int, unit: str, printed: str) -> None:
    paper = replace(PAPER, lines=(PaperLine("Something", quantity, unit),))
    (text,) = pages(render(paper, "A5"))
    assert re.search(rf"Something {re.escape(printed)} ", text)
    assert "One medicine. Nothing follows." in text


def test_a_practice_with_an_arabic_name_only_has_its_phone_number_once() -> None:
    (text,) = pages(render(replace(PAPER, letterhead=replace(PAPER.letterhead, name="", address="")), "A5"))
    assert text.count("02 3555 0140") == 1
    assert "عيادة النيل" in text


def test_a_long_diagnosis_takes_the_whole_width() -> None:
    (word,) = (word for word in words(render(changed_diagnosis("Short"), "A5")) if word.text == "Short")
    first, *_ = (word for word in words(render(changed_diagnosis("Hypertension " * 9), "A5")) if "Hyper" in word.text)
    assert word.left > 90 * POINTS_PER_MM
    assert first.left < 20 * POINTS_PER_MM


def changed_diagnosis(diagnosis: str) -> PrescriptionPaper:
    return replace(PAPER, diagnosis=diagnosis)


def test_arabic_advice_has_an_arabic_label_at_the_right() -> None:
    pdf = render(replace(PAPER, advice="اشرب الماء"), "A5")
    (label,) = (word for word in words(pdf) if "الإرشادات" in unicodedata.normalize("NFKC", word.text[::-1]))
    assert label.right == pytest.approx(138 * POINTS_PER_MM, abs=3)
    assert "اشرب الماء" in pages(pdf)[0]
    assert "Advice" not in pages(pdf)[0]


# ---------------------------------------------------------------- what is left out


def test_what_is_missing_leaves_no_label_behind() -> None:
    bare = PrescriptionPaper(
        letterhead=Letterhead("Clinic"),
        prescriber=PrescriberLine("Dr Sara"),
        patient=PatientBox("Mohamed", "", "", "", "", "", "Not recorded"),
        issued="17 Nov 2026",
        lines=(PaperLine("Aspirin", 1, "tablet"),),
        code=payload(20),
    )
    (text,) = pages(render(bare, "A5"))
    assert "Allergies Not recorded" in text
    for label in ("Born", "sex", "Patient ID", "Diagnosis", "Advice", "Next", "Signed", "Valid", "licence", "·", " ,"):
        assert label not in text


@pytest.mark.parametrize(
    ("birth", "age", "sex", "printed"),
    [
        ("1968", "58 years", "", "Born 1968, 58 years"),
        ("", "58 years", "male", "Age, sex 58 years, male"),
        ("", "", "male", "Sex male"),
    ],
)
def test_the_label_names_what_is_known_of_birth_and_sex(birth: str, age: str, sex: str, printed: str) -> None:
    (text,) = pages(render(changed(birth=birth, age=age, sex=sex, identifier=""), "A5"))
    assert f"{printed} Allergies" in text


def test_a_practice_without_arabic_gets_none() -> None:
    paper = replace(
        PAPER,
        letterhead=replace(PAPER.letterhead, name_ar="", address_ar=""),
        prescriber=replace(PAPER.prescriber, name_ar="", specialty_ar="", qualification_ar=""),
        patient=replace(PAPER.patient, name_ar=""),
        lines=tuple(replace(line, dose_ar="") for line in LINES),
    )
    pdf = render(paper, "A5")
    assert not re.search("[\u0590-\u08ff\ufb1d-\ufefc]", "".join(pages(pdf)))
    assert b"NotoSansArabic" not in pdf


@pytest.mark.parametrize("nothing", ["", " \n", "\u200b\u202e\x00"])
def test_allergies_are_never_passed_over_in_silence(nothing: str) -> None:
    with pytest.raises(ValueError, match="Not recorded"):
        replace(PAPER.patient, allergies=nothing)


# ---------------------------------------------------------------- draft and copy


@pytest.mark.parametrize("size", SIZES)
def test_a_draft_says_so_and_has_no_code(size: SizeName) -> None:
    pdf = render(replace(PAPER, code=None, number="", signed_at=""), size)
    (text,) = pages(pdf)
    assert "Code appears" in text
    assert "Scan to open" not in text
    assert "Prescription" not in text
    assert codes(pdf, 1) == []
    watermark = picture(pdf, 1).histogram()[int(0.9 * 255) - 1 : int(0.9 * 255) + 2]
    assert sum(watermark) > 10_000


def test_a_draft_may_still_be_empty() -> None:
    (text,) = pages(render(replace(PAPER, code=None, lines=()), "A5"))
    assert "℞" in text
    assert "Nothing follows" not in text


def test_every_page_of_a_copy_says_so() -> None:
    texts = pages(render(replace(TWELVE, copy="Copy"), "A5"))
    assert len(texts) > 1
    assert all(re.search(r"\bCopy\b", text) and "RX-26-011482, copy" in text for text in texts)
    assert codes(render(replace(PAPER, copy="Copy"), "A5"), 1) == [PAPER.code]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", ["RX-26-011482", "RX-26-7KQ3M9", "RX-26-MWMWMW"])
def test_the_foot_of_a_copy_is_one_line(size: SizeName, number: str) -> None:
    pdf = render(replace(PAPER, number=number, copy="Copy"), size)
    laid_out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    foot = next(line for line in laid_out.decode().splitlines() if "Prescription RX" in line)
    assert re.fullmatch(rf"\s*Prescription {number}, copy\s+Valid until 17 Dec 2026\s+Page 1 of 1\s*", foot)


# ---------------------------------------------------------------- more than one page


@pytest.mark.parametrize("size", SIZES)
def test_twelve_medicines_go_on_to_further_pages(size: SizeName) -> None:
    pdf = render(TWELVE, size)
    texts = pages(pdf)
    assert len(texts) > 1
    assert re.findall(r"Medicine\d\d", " ".join(texts)) == [line.medicine for line in TWELVE.lines]
    for number, text in enumerate(texts, start=1):
        assert "Nile Family Clinic" in text
        assert "Mohamed Ali Hassan" in text
        assert "Penicillin, sulfonamides" in text
        assert "RX-26-011482" in text
        assert f"Page {number} of {len(texts)}" in text
        assert (f"Continued on page {number + 1}." in text) is (number < len(texts))
        assert (f"Continued from page {number - 1}" in text) is (number > 1)


@pytest.mark.parametrize("size", SIZES)
def test_code_signature_and_closing_line_are_on_the_last_page_only(size: SizeName) -> None:
    pdf = render(TWELVE, size)
    texts = pages(pdf)
    last = len(texts)
    for sentence in ("Twelve medicines. Nothing follows.", "Signature and stamp", "Scan to open"):
        assert [number for number, text in enumerate(texts, start=1) if sentence in text] == [last]
    assert [codes(pdf, number) for number in range(1, last + 1)] == [[]] * (last - 1) + [[TWELVE.code]]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", range(1, 14))
def test_a_medicine_is_never_split(count: int, size: SizeName) -> None:
    lines = tuple(
        PaperLine(f"Name{n}x", n + 100, f"unit{n}x", f"Dose{n}x " + "with water " * (n % 5 * 9), f"جرعة {n + 5000}")
        for n in range(count)
    )
    texts = pages(render(replace(PAPER, lines=lines), size))
    for n in range(count):
        parts = (f"Name{n}x", f"{n + 100} (", f"unit{n}x", f"Dose{n}x", f"{n + 5000}")
        assert len({number for number, text in enumerate(texts) for part in parts if part in text}) == 1
    assert "Name" in texts[-1], "the code never stands on a page without a medicine"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["long names", "long dose", "many allergies", "long diagnosis"])
def test_the_signed_page_has_a_medicine_even_where_letters_must_shrink_for_it(name: str, size: SizeName) -> None:
    paper = OVERFULL[name]
    texts = pages(render(paper, size))
    assert paper.lines[-1].medicine in texts[-1]
    assert "Nothing follows" in texts[-1]


def test_long_advice_runs_on_and_is_all_there() -> None:
    texts = pages(render(OVERFULL["long advice"], "A5"))
    assert re.findall(r"advice(\d+)", " ".join(texts)) == [f"{n:03}" for n in range(60)]
    assert [("Nothing follows" in text, "Signature" in text) for text in texts] == [(False, False)] * (
        len(texts) - 1
    ) + [(True, True)]


def test_long_lists_of_allergies_are_shortened_in_the_box_and_complete_below_it() -> None:
    texts = pages(render(OVERFULL["many allergies"], "A5"))
    assert all("in full on page 1" in text for text in texts)
    complete = " ".join(texts).split("Allergies in full")[1].split("℞")[0]
    assert {f"{n:03}" for n in range(150)} <= set(re.findall(r"\b\d{3}\b", complete))
    assert texts[0].index("Allergies in full") > texts[0].index("in full on page 1")


# ---------------------------------------------------------------- nothing is cut off


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("paper", [PAPER, TWELVE, *OVERFULL.values()], ids=["plain", "twelve", *OVERFULL])
def test_everything_stays_within_the_margins_and_nothing_overlaps(paper: PrescriptionPaper, size: SizeName) -> None:
    found = words(render(paper, size))
    width, height = (side * POINTS_PER_MM for side in PAPER_MM[size])
    margin = 10 * POINTS_PER_MM
    for word in found:
        middle = (word.top + word.bottom) / 2
        assert word.left >= margin - 0.5, word
        assert word.right <= width - margin + 0.5, word
        assert margin < middle < height - margin, word
    assert [pair for pair in combinations(found, 2) if overlap(*pair)] == []


def overlap(one: Word, other: Word) -> bool:
    """Whether the middles of two words touch: their boxes do where a font has tall letters."""
    apart = abs((one.top + one.bottom) / 2 - (other.top + other.bottom) / 2)
    beside = min(one.right, other.right) - max(one.left, other.left)
    return one.page == other.page and beside > 1 and apart < 5


@pytest.mark.parametrize("size", SIZES)
def test_no_letter_of_a_long_word_is_lost(size: SizeName) -> None:
    text = "".join(word.text for word in words(render(OVERFULL["long words"], size)))
    per_page = text.count("W") // 90
    assert text.count("W") == 90 * per_page
    assert text.count("Q") >= 150 * per_page
    for letter, count in {"M": 150, "U": 90, "E": 300, "V": 200}.items():
        assert text.count(letter) >= count


@pytest.mark.parametrize("size", SIZES)
def test_a_medicine_that_fits_on_no_page_is_refused(size: SizeName) -> None:
    endless = replace(PAPER, lines=(*LINES, replace(LINES[0], dose_en="one tablet " * 2000)))
    with pytest.raises(UserError, match="longer than a page") as refused:
        render(endless, size)
    assert ("A4" in refused.value.message) is (size == "A5")


# ---------------------------------------------------------------- the code


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("length", "dots"), [(20, 150), (200, 150), (520, 150), (2500, 300)])
def test_scanners_read_the_code_from_the_page(length: int, dots: int, size: SizeName, tmp_path: Path) -> None:
    pdf = render(replace(PAPER, code=payload(length)), size)
    page = picture(pdf, len(pages(pdf)), dots)
    assert [found.text for found in zxingcpp.read_barcodes(page)] == [payload(length)]
    if shutil.which("zbarimg") is None:
        pytest.skip("zbar isn't installed")
    file = tmp_path / "page.png"
    page.save(file)
    command = ["zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", str(file)]
    assert subprocess.run(command, capture_output=True, check=True).stdout.decode() == payload(length) + "\n"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("length", "squares"), [(20, 21), (520, 73)])
def test_the_code_is_30_mm_wide_in_a_white_border(length: int, squares: int, size: SizeName) -> None:
    pdf = render(replace(PAPER, code=payload(length)), size)
    page = picture(pdf, len(pages(pdf)), 254)
    corners = zxingcpp.read_barcodes(page)[0].position
    left, top, right, bottom = (
        corners.top_left.x, corners.top_left.y, corners.bottom_right.x, corners.bottom_right.y,
    )  # fmt: skip
    assert right - left == pytest.approx(300, abs=5)
    assert bottom - top == pytest.approx(300, abs=5)
    quiet = 4 * 300 // squares - 2
    for band in (
        (left - quiet, top - quiet, right + quiet, top - 3),
        (left - quiet, bottom + 3, right + quiet, bottom + quiet),
        (left - quiet, top, left - 3, bottom),
        (right + 3, top, right + quiet, bottom),
    ):
        assert page.crop(band).getextrema() == (255, 255)


def test_too_much_for_a_code_is_refused() -> None:
    with pytest.raises(UserError, match="too much for a code"):
        render(replace(PAPER, code=payload(5000)), "A4")


# ---------------------------------------------------------------- the file itself


def test_equal_content_gives_equal_bytes() -> None:
    assert render(PAPER, "A5") == render(replace(PAPER), "A5")
    assert render(PAPER, "A5") != render(changed(name="Mohamed Ali Hasan"), "A5")


def test_the_properties_name_the_prescription_and_never_the_patient() -> None:
    pdf = render(PAPER, "A5")
    facts = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert re.search(r"Title: +RX-26-011482\n", facts)
    assert "Mohamed" not in facts
    assert b"Mohamed" not in pdf


def test_hostile_text_is_printed_as_it_is_or_left_out() -> None:
    name = "<b>Bob</b>\u202e\x00 &amp; \ud800(Tj) \\"
    (text,) = pages(render(replace(changed(name=name, name_ar="علي\u202d <i>"), advice="%PDF\x1b[2J 王"), "A5"))
    assert "<b>Bob</b> &amp; (Tj) \\" in text
    assert "%PDF[2J \ufffd" in text
    assert "علي" in text
    assert "<i>" in text


TEXT = st.text(max_size=200)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXT, min_size=12, max_size=12), st.integers(0, 10**9), st.sampled_from(SIZES))
def test_any_text_is_printed_or_refused_in_words(texts: list[str], quantity: int, size: SizeName) -> None:
    paper = PrescriptionPaper(
        letterhead=Letterhead(*texts[:5]),
        prescriber=PrescriberLine(*texts[5:12]),
        patient=PatientBox(*texts[:6], allergies=f"None known {texts[6]}"),
        issued=texts[7],
        lines=(PaperLine(texts[8], quantity, texts[9], texts[10], texts[11]),) * 3,
        **dict(zip(("diagnosis", "advice", "number", "valid_until"), texts, strict=False)),
        code="ABC",
    )
    with suppress(UserError):
        assert render(paper, size).startswith(b"%PDF")
