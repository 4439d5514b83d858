"""What a page says when it is read back, as a person or a scanner reads it."""

from __future__ import annotations

import io
import subprocess
import unicodedata

import zxingcpp
from PIL import Image


def text_of(pdf: bytes) -> str:
    """The words of all pages."""
    out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return unicodedata.normalize("NFKC", out)


def sizes_of(pdf: bytes) -> list[tuple[int, int]]:
    """The size of each page in mm."""
    out = subprocess.run(["pdfinfo", "-l", "99", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    lines = [line.split(":")[1].split() for line in out.splitlines() if line.startswith("Page ") and "size" in line]
    return [(round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) for width, _, height, *_ in lines]


def codes_of(pdf: bytes, page: int = 1, dots: int = 200) -> list[str]:
    """The codes on a page, as a scanner sees them."""
    asked = ["pdftoppm", "-r", str(dots), "-f", str(page), "-l", str(page), "-png", "-"]
    picture = Image.open(io.BytesIO(subprocess.run(asked, input=pdf, capture_output=True, check=True).stdout))
    return [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))]
