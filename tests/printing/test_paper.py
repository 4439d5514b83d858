"""Sheets, lettering and codes: what every printed page is made of."""

import random
import re
import shutil
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from reportlab.pdfbase import pdfmetrics

from hmsdesk.errors import UserError
from hmsdesk.printing import lettering
from hmsdesk.printing.lettering import Line, Span, Style, font_folders, is_rtl, plain, wrap
from hmsdesk.printing.paper import (
    SIZES,
    Block,
    Code,
    Sheet,
    SizeName,
    beside,
    column,
    foot_block,
    qr_code,
    rule,
    space,
    stack,
)

BODY = Style(9, 12)
ARABIC = "قرص واحد بالفم مرتين يوميًا، مع الإفطار والعشاء، لمدة 30 يومًا."


def drawn(line: Line) -> str:
    """The characters of a line from left to right, in their plain forms."""
    return unicodedata.normalize("NFKC", "".join(text for _, text in line.runs))


def one_line(text: str | list[Span], rtl: bool | None = None) -> str:
    (line,) = wrap(text, BODY, 1000, rtl)
    return drawn(line)


def page_with(*blocks: Block, size: SizeName = "A5", title: str = "Test") -> bytes:
    sheet = Sheet(SIZES[size], title)
    stack(*blocks).draw(sheet, sheet.size.margin)
    return sheet.finish()


def extracted(pdf: bytes) -> str:
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    return re.sub("[\u202a-\u202e\u2066-\u2069]", "", unicodedata.normalize("NFKC", text))


# ---------------------------------------------------------------- wrapping

LETTERS = st.text(st.sampled_from("abc WWW iii -/.,(): 0123 éß € يومًا قرص، لا الله 王"), max_size=120)


@given(LETTERS, st.floats(20, 300))
def test_no_line_is_wider_than_its_room(text: str, width: float) -> None:
    assert all(line.width <= width + 0.02 for line in wrap(text, BODY, width))


@given(st.text(st.sampled_from("abc WWi-/.,():0123é"), max_size=120), st.floats(20, 300))
def test_wrapping_loses_nothing(text: str, width: float) -> None:
    lines = wrap(text, BODY, width)
    assert "".join(map(drawn, lines)).replace(" ", "") == text.replace(" ", "")


@given(LETTERS)
def test_the_measured_width_is_what_the_fonts_say(text: str) -> None:
    for line in wrap(text, BODY, 200):
        advance = sum(pdfmetrics.stringWidth(part, font, 9) for font, part in line.runs)
        assert line.width == pytest.approx(advance, abs=0.01)


def test_a_word_longer_than_the_line_is_broken_where_the_line_ends() -> None:
    lines = wrap("short " + "W" * 40, BODY, 100)
    assert len(lines) > 3
    assert drawn(lines[0]) == "short"
    assert "".join(drawn(line) for line in lines[1:]) == "W" * 40


def test_hyphened_names_break_after_the_hyphen() -> None:
    width = wrap("Fitzgerald-Worth", BODY, 1000)[0].width
    assert [drawn(line) for line in wrap("Fitzgerald-Worthington", BODY, width)] == ["Fitzgerald-", "Worthington"]


@pytest.mark.parametrize("dose", ["1-2", "5/10", "BK-4821-7"])
def test_figures_are_not_torn_apart_at_a_hyphen(dose: str) -> None:
    width = wrap(f"take up {dose}", BODY, 1000)[0].width - 1
    assert [drawn(line) for line in wrap(f"take up {dose}", BODY, width)] == ["take up", dose]


def test_line_breaks_start_paragraphs_and_empty_ones_take_no_room() -> None:
    assert [drawn(line) for line in wrap("one\r\n\n  two  \n", BODY, 500)] == ["one", "two"]
    assert wrap("  \n ", BODY, 500) == []


def test_a_span_has_its_own_weight() -> None:
    (line,) = wrap([Span("Dr Sara", bold=True), Span(", family medicine")], BODY, 500)
    assert [text for _, text in line.runs] == ["Dr Sara", ", family medicine"]
    assert line.runs[0][0] != line.runs[1][0]
    assert line.width == pytest.approx(
        wrap([Span("Dr Sara", bold=True)], BODY, 500)[0].width + wrap(", family medicine", BODY, 500)[0].width
    )


# ---------------------------------------------------------------- directions


@pytest.mark.parametrize(
    ("text", "rtl"), [("12 قرص", True), ("Ali علي", False), ("12.5", False), ("", False), ("(שלום)", True)]
)
def test_the_first_letter_gives_the_direction(text: str, rtl: bool) -> None:
    assert is_rtl(text) is rtl


def test_arabic_letters_are_joined_and_run_to_the_left() -> None:
    (line,) = wrap("عيادة", BODY, 500)
    assert line.rtl
    assert "".join(text for _, text in line.runs) == "\ufe93\ufea9\ufe8e\ufef4\ufecb"


def test_figures_and_latin_words_keep_their_own_direction_in_arabic() -> None:
    assert one_line("خذ Panadol Extra لمدة 30 يوم") == "موي 30 ةدمل Panadol Extra ذخ"


def test_arabic_in_an_english_line_stays_in_its_place() -> None:
    assert one_line("Take حبة now") == "Take ةبح now"


def test_brackets_are_turned_round_in_arabic() -> None:
    assert one_line("بنسلين (طفح)") == "(حفط) نيلسنب"


def test_an_isolated_span_is_not_turned_round() -> None:
    assert one_line([Span("تليفون "), Span("02 3555 0140", isolated=True)]) == "02 3555 0140 نوفيلت"
    assert one_line("02 3555 0140", rtl=True) == "0140 3555 02"


def test_an_arabic_line_is_broken_before_it_is_turned_round() -> None:
    lines = wrap(ARABIC, BODY, 120)
    assert len(lines) > 1
    first, last = drawn(lines[0]), drawn(lines[-1])
    assert first.endswith("صرق")
    assert last.startswith(".")


def test_a_mark_that_would_strike_its_letter_is_dropped() -> None:
    def marks(text: str) -> list[str]:
        return [char for char in one_line(text) if unicodedata.combining(char)]

    assert marks("يوميًا محمّد") == ["\u0651", "\u064b"]
    assert marks("مُحَمَد كِتاب شيئًا") == []


def test_the_page_gives_back_arabic_as_it_was_written() -> None:
    text = extracted(page_with(column(wrap(ARABIC, BODY, 350), 40, 350)))
    for word in ("قرص واحد بالفم مرتين", "مع الإفطار والعشاء", "30"):
        assert word in text


# ---------------------------------------------------------------- hostile and foreign text


def test_what_cannot_be_seen_is_removed() -> None:
    assert plain("a\u202eb\x00c\u200bd\ufeff\ud800e\x1b") == "abcde"
    assert plain("a\t\n\u00a0\u2028 b") == "a b"
    assert plain("<b>&amp;</b>") == "<b>&amp;</b>"


@pytest.mark.parametrize("text", ["王小明", "ไทย", "\u0378", "\U0001fae8"])
def test_letters_that_no_font_has_leave_a_visible_sign(text: str) -> None:
    (line,) = wrap(text, BODY, 500)
    assert set(drawn(line)) == {"\ufffd"}
    assert line.width > 0


@given(st.text(max_size=60))
def test_any_text_can_be_drawn(text: str) -> None:
    assert page_with(column(wrap(text, BODY, 300), 40, 300)).startswith(b"%PDF")


# ---------------------------------------------------------------- fonts


@pytest.fixture
def fonts_only_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty folder, the only one in which fonts are looked for."""

    def forget() -> None:
        lettering._font.cache_clear()
        lettering._font_files.cache_clear()

    monkeypatch.setattr(lettering, "font_folders", lambda: [tmp_path])
    monkeypatch.setattr(lettering, "_GLYPHS", {bold: lettering._Glyphs(bold) for bold in (False, True)})
    forget()
    yield tmp_path
    forget()


def give(folder: Path, name: str) -> None:
    found = next(path for place in font_folders() for path in place.rglob(name))
    shutil.copy(found, folder / name)


def test_without_a_font_a_person_is_told_what_to_install(fonts_only_from: Path) -> None:
    with pytest.raises(UserError, match=r"Noto Sans is missing.*fonts-noto-core"):
        wrap("Clinic", BODY, 100)


def test_arabic_needs_a_font_of_its_own_and_latin_doesnt(fonts_only_from: Path) -> None:
    give(fonts_only_from, "NotoSans-Regular.ttf")
    assert one_line("Clinic") == "Clinic"
    with pytest.raises(UserError, match="Noto Sans Arabic is missing"):
        wrap("عيادة", BODY, 100)


def test_another_font_with_the_letters_takes_its_place(fonts_only_from: Path) -> None:
    if not any(path for place in font_folders() for path in place.rglob("DejaVuSans.ttf")):
        pytest.skip("DejaVu isn't installed")
    give(fonts_only_from, "DejaVuSans.ttf")
    (line,) = wrap("Clinic عيادة", BODY, 500)
    assert {font for font, _ in line.runs} == {"DejaVuSans"}


def test_a_damaged_font_counts_as_missing(fonts_only_from: Path) -> None:
    (fonts_only_from / "NotoSans-Regular.ttf").write_bytes(b"not a font")
    with pytest.raises(UserError, match="missing"):
        wrap("Clinic", BODY, 100)


def test_the_programs_own_fonts_come_first() -> None:
    assert font_folders()[0].parts[-2:] == ("resources", "fonts")


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_every_system_has_places_for_fonts(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering.sys, "platform", platform)
    assert len(font_folders()) >= 3


# ---------------------------------------------------------------- the sheet


@pytest.mark.parametrize(("size", "points"), [("A5", "419.528 x 595.276"), ("A4", "595.276 x 841.89")])
def test_the_paper_has_its_size_and_says_no_more_than_the_title(size: SizeName, points: str) -> None:
    pdf = page_with(column(wrap("Mohamed", BODY, 300), 40, 300), size=size, title="RX-1")
    facts = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert re.search(rf"Page size: +{points}", facts)
    assert re.search(r"Title: +RX-1\n", facts)
    assert "Mohamed" not in facts
    assert b"/Lang (en)" in pdf


def test_all_fonts_are_embedded_as_subsets() -> None:
    pdf = page_with(column(wrap(f"Clinic ≤ {ARABIC}", BODY, 300), 40, 300))
    table = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    rows = table.splitlines()[2:]
    assert len(rows) >= 3
    assert all(re.search(r" yes yes yes ", row) for row in rows)


def test_blocks_add_up() -> None:
    five, nine = space(5), space(9)
    assert stack(five, nine).height == 14
    assert beside(five, nine).height == 9
    assert rule(0, 10, 1.5).height == 1.5
    assert column(wrap("a\nb\nc", BODY, 100), 0, 100).height == 3 * BODY.leading


def test_the_foot_has_three_places() -> None:
    foot = foot_block("Prescription 1", "Valid until May", "Page 1 of 2", SIZES["A5"])
    words = re.split(r" {3,}", extracted(page_with(foot)).strip())
    assert words == ["Prescription 1", "Valid until May", "Page 1 of 2"]


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_documents_made_at_the_same_time_are_whole(hasty_threads: None) -> None:
    accented = "".join(map(chr, range(0xC0, 0x17F)))

    def make(number: int) -> bytes:
        return page_with(column(wrap(f"{accented[number:]} {ARABIC}", BODY, 300), 40, 300))

    alone = [make(number) for number in range(60)]
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(make, range(60))) == alone


# ---------------------------------------------------------------- codes


def payload(length: int) -> str:
    return "".join(random.Random(length).choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", k=length))


def matrix(code: Code) -> list[list[bool]]:
    """Which squares are dark; every one is a block of 8 x 8 equal pixels."""
    bitmap, side = zlib.decompress(code.bitmap), code.modules
    rows = [bitmap[start : start + side] for start in range(0, len(bitmap), side)]
    assert len(rows) == 8 * side
    assert all(len(set(rows[at : at + 8])) == 1 for at in range(0, 8 * side, 8))
    assert set(bitmap) <= {0, 255}
    return [[pixels == 0 for pixels in row] for row in rows[::8]]


@pytest.mark.parametrize("text", [payload(1), payload(20), payload(200), payload(520), "0123456789", "ä" * 70, "{a:1}"])
def test_a_code_is_as_small_as_it_can_be(text: str) -> None:
    known = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=0, border=0)
    known.add_data(text, optimize=0)
    known.make(fit=True)
    assert matrix(qr_code(text)) == known.modules


@pytest.mark.parametrize("length", [1, 20, 200, 520, 800, 1500, 3000])
def test_a_code_is_30_mm_wide_and_never_too_fine_for_a_scanner(length: int) -> None:
    code = qr_code(payload(length))
    assert code.side_mm >= 30
    assert code.side_mm / code.modules >= 0.33
    assert code.side_mm == 30 or code.modules > 90
    assert code.quiet_mm == pytest.approx(4 * code.side_mm / code.modules)


def test_what_fits_in_no_code_is_refused() -> None:
    with pytest.raises(UserError, match="too much for a code"):
        qr_code(payload(5000))
