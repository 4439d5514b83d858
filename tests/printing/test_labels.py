"""Labels: nothing a patient must read is cut off, in either language, on a roll and on a sheet."""

import subprocess
import unicodedata

import pytest

from hmsdesk.printing.labels import Label, render
from hmsdesk.printing.lettering import Style, wrap

ENGLISH = Label(
    "Nile Family Clinic", "17 Nov 2026", "Mohamed Ali Hassan", "Metformin 850 mg tablet", "60 tablets",
    "Take one tablet by mouth twice a day, for 30 days. With food.", "Keep out of the reach of children.",
    "RX-26-P62KXW · BK-0414-J",
)  # fmt: skip
ARABIC = Label(
    "عيادة النيل للأسرة", "17/11/2026", "محمد علي حسن", "ميتفورمين 850 مجم أقراص", "60 قرصًا",
    "قرص واحد بالفم مرتين يوميًا، لمدة 30 يومًا. بعد الأكل.", "يُحفظ بعيدًا عن متناول الأطفال.",
    "RX-26-P62KXW · BK-0414-J", rtl=True,
)  # fmt: skip


def said(pdf, tmp_path, page=None):
    (tmp_path / "labels.pdf").write_bytes(pdf)
    pages = ["-f", str(page), "-l", str(page)] if page else []
    done = subprocess.run(["pdftotext", "-raw", *pages, tmp_path / "labels.pdf", "-"], capture_output=True, check=True)
    return " ".join(unicodedata.normalize("NFKC", done.stdout.decode()).split())


def boxes(pdf, tmp_path):
    (tmp_path / "labels.pdf").write_bytes(pdf)
    done = subprocess.run(["pdfinfo", "-box", tmp_path / "labels.pdf"], capture_output=True, check=True, text=True)
    return done.stdout


def test_a_label_says_all_that_the_patient_needs(tmp_path):
    words = said(render([ENGLISH], "label"), tmp_path)
    for part in vars(ENGLISH).values():
        if isinstance(part, str):
            assert part in words


def test_an_arabic_label_says_it_in_arabic(tmp_path):
    words = said(render([ARABIC], "label"), tmp_path)
    for word in ("RX-26-P62KXW", "محمد", "علي", "حسن", "ميتفورمين", "850", "60", "بالفم", "الأطفال"):
        assert word in words, word


@pytest.mark.parametrize("length", [1, 3, 8, 30])
def test_however_long_it_is_nothing_is_lost(length, tmp_path):
    dose = " ".join(f"sentence{n} about how this is taken." for n in range(length))
    label = Label("Clinic", "17 Nov 2026", "A very long name " * 4, "Medicine " * 8, "60 tablets", dose, "Keep away.")
    words = said(render([label], "label"), tmp_path)
    for n in range(length):
        assert f"sentence{n} " in words
    assert words.count("Keep away.") == words.count("17 Nov 2026")


def test_a_roll_has_a_page_a_label_and_a_sheet_has_many(tmp_path):
    assert "Pages:           3" in boxes(render([ENGLISH] * 3, "label"), tmp_path)
    assert "175.748 x 82.2047" in boxes(render([ENGLISH], "label"), tmp_path)
    assert "Pages:           2" in boxes(render([ENGLISH] * 22, "A4"), tmp_path)
    assert said(render([ENGLISH] * 22, "A4"), tmp_path, 2).count("Mohamed") == 1


@pytest.mark.parametrize("name", ["Amoxicillin and clavulanic acid 457 mg tablet", "Paracetamol, caffeine 500 mg"])
@pytest.mark.parametrize("width", range(60, 260, 7))
def test_a_strength_stands_on_one_line(name, width):
    lines = wrap(name, Style(8.5, 10, bold=True), width)
    said = ["".join(text for _, text in line.runs) for line in lines]
    assert not [one for one in said if one.rstrip().endswith(("457", "500")) and one is not said[-1]]
