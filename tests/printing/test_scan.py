"""Codes are read back from pictures of a page, and pictures that are none are refused."""

import io
import shutil
import subprocess

import pytest
from PIL import Image

from hmsdesk.controllers.dispensary.opening import Verdict, open_code
from hmsdesk.controllers.prescription_paper import page
from hmsdesk.errors import UserError
from hmsdesk.models.prescription_code import decode
from hmsdesk.printing.scan import codes_in
from tests.prescribing import line


def rasterised(pdf, tmp_path, dots=200):
    """The first page as a scanner would see it."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed")
    (tmp_path / "page.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", str(dots), "-png", "-singlefile", "page.pdf", "page"], cwd=tmp_path, check=True)
    return Image.open(tmp_path / "page.png")


def picture(image, form="PNG"):
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("size", ["A5", "A4"])
def test_a_printed_page_opens_its_prescription(practice, tmp_path, size):
    medicine = practice.medicine()
    practice.lot(medicine, 100)
    row = practice.sign(line(medicine), line(practice.medicine(), instructions="مع الإفطار"))
    image = rasterised(page(practice.pharmacist, row, size), tmp_path)
    (code,) = codes_in(picture(image))
    assert decode(code) == (row["content"], row["signature"])
    opened = open_code(practice.pharmacist, code)
    assert (opened.verdict, opened.prescription["_id"]) == (Verdict.GENUINE, row["_id"])


def test_the_longest_prescription_can_be_read_from_its_page(practice, tmp_path):
    name = "A very long name of a medicine with strength and form, for the page"
    medicines = [practice.medicine(name) for _ in range(20)]
    words = "Dissolved in half a glass of water, half an hour before breakfast and supper, and never with milk"
    row = practice.sign(*(line(one, n + 1, instructions=f"{n} {words}") for n, one in enumerate(medicines)))
    pdf = page(practice.pharmacist, row, "A4")
    (tmp_path / "page.pdf").write_bytes(pdf)
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed")
    subprocess.run(["pdftoppm", "-r", "300", "-png", "page.pdf", "page"], cwd=tmp_path, check=True)
    codes = [code for file in sorted(tmp_path.glob("page*.png")) for code in codes_in(file.read_bytes())]
    assert decode(codes[0]) == (row["content"], row["signature"])


@pytest.mark.parametrize("turned", [0, 7, 90, 180])
def test_a_crooked_grey_photo_is_read(practice, tmp_path, turned):
    row = practice.stocked()
    image = rasterised(page(practice.pharmacist, row, "A5"), tmp_path).convert("L")
    photo = image.point(lambda shade: 60 + shade // 2).rotate(turned, expand=True, fillcolor=187)
    (code,) = codes_in(picture(photo, "JPEG"))
    assert decode(code) == (row["content"], row["signature"])


def test_a_picture_without_a_code_holds_none():
    assert codes_in(picture(Image.new("L", (300, 300), 255))) == []


@pytest.mark.parametrize("file", [b"", b"hello", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"GIF89a"])
def test_what_is_no_picture_is_refused(file):
    with pytest.raises(UserError, match="not a picture"):
        codes_in(file)


def test_a_picture_that_was_cut_short_is_refused():
    whole = picture(Image.effect_noise((300, 300), 50))
    with pytest.raises(UserError, match="not a picture"):
        codes_in(whole[: len(whole) // 2])


def test_a_picture_of_too_many_points_is_refused_before_it_is_unpacked():
    huge = picture(Image.new("1", (8000, 8000)))
    with pytest.raises(UserError, match="too large"):
        codes_in(huge)


def test_a_picture_in_whose_middle_something_was_written_over_is_refused():
    whole = io.BytesIO()
    Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(whole, "PNG")
    png = whole.getvalue()
    with pytest.raises(UserError, match="not a picture"):
        codes_in(png[:75] + b"\x01" + png[65:])
